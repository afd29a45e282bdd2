//! One Parquet file: rows in the order of the journal, in row groups of bounded size, compressed with Snappy,
//! texts dictionary-encoded. The same events give the same bytes.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, TypePtr};
use tastemaker_index::event::Event;
use xxhash_rust::xxh3::Xxh3Default;

use super::columns::{self, ANONYMOUS_ID, ArchiveRow, COLUMNS, ColumnContent, MESSAGE_ID, USER_ID};
use crate::store::error::{Result, StoreError};

/// Rows after which a row group ends; its last event may exceed it.
const GROUP_ROWS: usize = 65_536;
/// Rows read at a time.
const READ_ROWS: usize = 8192;

/// Counts, length and XXH3-64 of a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrittenFile {
    pub(super) events: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) xxh3: u64,
}

/// A writer that counts and hashes the bytes passed on.
struct ChecksumWriter<W> {
    inner: W,
    hash: Xxh3Default,
    bytes: u64,
}

impl<W: Write> Write for ChecksumWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Length and XXH3-64 of a file.
pub(super) fn sum(path: &Path) -> Result<(u64, u64)> {
    let mut summed = ChecksumWriter { inner: io::sink(), hash: Xxh3Default::new(), bytes: 0 };
    File::open(path).and_then(|mut file| io::copy(&mut file, &mut summed)).map_err(StoreError::io("read", path))?;
    Ok((summed.bytes, summed.hash.digest()))
}

/// Writes events to a new file at `path`; the file is not synced.
pub(super) fn write(path: &Path, events: impl Iterator<Item = Result<Event>>) -> Result<WrittenFile> {
    let file = File::create(path).map_err(StoreError::io("create", path))?;
    let summed = ChecksumWriter { inner: file, hash: Xxh3Default::new(), bytes: 0 };
    let schema = columns::schema().map_err(translate(path))?;
    let begun = SerializedFileWriter::new(summed, schema, Arc::new(properties()));
    let mut writer = begun.map_err(translate(path))?;
    let (mut group, mut rows_in_group) = (Vec::new(), 0);
    let (mut count, mut rows) = (0, 0);
    for event in events {
        let event = event?;
        let lines = event.products.len().max(1);
        group.push(event);
        rows_in_group += lines;
        rows += lines as u64;
        count += 1;
        if rows_in_group >= GROUP_ROWS {
            write_group(&mut writer, &group).map_err(translate(path))?;
            // Only one group of events is in memory at a time.
            group.clear();
            rows_in_group = 0;
        }
    }
    if !group.is_empty() {
        write_group(&mut writer, &group).map_err(translate(path))?;
    }
    writer.finish().map_err(translate(path))?;
    let summed = writer.inner();
    Ok(WrittenFile { events: count, rows, bytes: summed.bytes, xxh3: summed.hash.digest() })
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(concat!("tastemaker version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_column_dictionary_enabled(ColumnPath::from(MESSAGE_ID), false)
        .build()
}

fn write_group<W: Write + Send>(writer: &mut SerializedFileWriter<W>, events: &[Event]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in COLUMNS {
        let rows = events.iter().flat_map(columns::rows);
        let Some(mut out) = group.next_column()? else { break };
        let required = column.required;
        match column.content {
            ColumnContent::Text(of) => {
                let bytes = |row| of(&row).map(|text| ByteArray::from(text.into_owned().into_bytes()));
                put(out.typed::<ByteArrayType>(), rows.map(bytes), required)?;
            }
            ColumnContent::Whole(of) => {
                put(out.typed::<Int64Type>(), rows.map(|row: ArchiveRow<'_>| of(&row)), required)?
            }
            ColumnContent::Small(of) => {
                put(out.typed::<Int32Type>(), rows.map(|row: ArchiveRow<'_>| of(&row)), required)?
            }
            ColumnContent::Moment(of) => {
                let ms = |row: ArchiveRow<'_>| of(&row).map(|time| time.as_millisecond());
                put(out.typed::<Int64Type>(), rows.map(ms), required)?;
            }
            ColumnContent::Real(of) => {
                put(out.typed::<DoubleType>(), rows.map(|row: ArchiveRow<'_>| of(&row)), required)?
            }
            ColumnContent::Flag(of) => {
                put(out.typed::<BoolType>(), rows.map(|row: ArchiveRow<'_>| of(&row)), required)?
            }
        }
        out.close()?;
    }
    group.close().map(drop)
}

/// Writes one column of a row group: definition levels (1 for a value, 0 for none), and the values.
fn put<T: DataType>(
    out: &mut ColumnWriterImpl<'_, T>,
    rows: impl Iterator<Item = Option<T::T>>,
    required: bool,
) -> Result<(), ParquetError> {
    let (mut there, mut values) = (Vec::new(), Vec::new());
    for value in rows {
        there.push(i16::from(value.is_some()));
        values.extend(value);
    }
    out.write_batch(&values, (!required).then_some(&there), None).map(drop)
}

/// Number of rows in a file.
pub(super) fn row_count(path: &Path) -> Result<u64> {
    let reader = open(path)?;
    Ok(u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or_default())
}

/// Counts the rows whose `user_id` and `anonymous_id` `is_named` accepts.
pub(super) fn rows_naming(path: &Path, is_named: &dyn Fn(Option<&str>, Option<&str>) -> bool) -> Result<u64> {
    let reader = open(path)?;
    let mut count = 0;
    for group in 0..reader.num_row_groups() {
        let users = texts(&reader, group, USER_ID).map_err(translate(path))?;
        let devices = texts(&reader, group, ANONYMOUS_ID).map_err(translate(path))?;
        count +=
            users.iter().zip(&devices).filter(|(user, device)| is_named(user.as_deref(), device.as_deref())).count();
    }
    Ok(count as u64)
}

fn texts(reader: &SerializedFileReader<File>, group: usize, name: &str) -> Result<Vec<Option<String>>, ParquetError> {
    let at = COLUMNS.iter().position(|column| column.name == name).unwrap_or_default();
    let group = reader.get_row_group(group)?;
    let mut column = parquet::column::reader::get_typed_column_reader::<ByteArrayType>(group.get_column_reader(at)?);
    let mut found = Vec::new();
    loop {
        let (mut there, mut values) = (Vec::new(), Vec::new());
        let (rows, _, _) = column.read_records(READ_ROWS, Some(&mut there), None, &mut values)?;
        if rows == 0 {
            return Ok(found);
        }
        let mut values = values.into_iter();
        for there in there {
            let value = if there == 0 { None } else { values.next() };
            found.push(value.map(|value: ByteArray| String::from_utf8_lossy(value.data()).into_owned()));
        }
    }
}

fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let reader = SerializedFileReader::new(file).map_err(translate(path))?;
    let expected = columns::schema().map_err(translate(path))?;
    let found: TypePtr = Arc::new(reader.metadata().file_metadata().schema().clone());
    if found.get_fields() != expected.get_fields() {
        return Err(damaged(path, "its columns are not those of this release"));
    }
    Ok(reader)
}

/// Maps a Parquet error to a store error.
fn translate(path: &Path) -> impl Fn(ParquetError) -> StoreError + '_ {
    move |error| match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(io) => StoreError::io("write", path)(*io),
            Err(other) => damaged(path, &other.to_string()),
        },
        other => damaged(path, &other.to_string()),
    }
}

/// The error for a damaged file of the archive.
pub(super) fn damaged(path: &Path, detail: &str) -> StoreError {
    StoreError::Corrupt {
        path: path.to_path_buf(),
        offset: 0,
        detail: detail.to_owned(),
        remedy: "`tastemaker journal export` writes it again from the journal",
    }
}
