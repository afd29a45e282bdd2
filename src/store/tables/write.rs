//! Writing a table row by row; one row group is held in memory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::super::error::{Result, StoreError};
use super::{ColumnKind, TableCell, TableColumn};

/// Rows per row group.
const GROUP_ROWS: usize = 65_536;

/// Values of one column that are not written yet.
#[derive(Debug)]
enum ColumnValues {
    Numbers(Vec<i64>),
    /// The values, and for each row 1 if it has one, else 0.
    Optional(Vec<i64>, Vec<i16>),
    Texts(Vec<ByteArray>),
    Floats(Vec<f32>),
}

/// Writes one table.
pub struct TableWriter {
    path: PathBuf,
    out: SerializedFileWriter<File>,
    waiting: Vec<ColumnValues>,
    rows: usize,
}

fn empty(columns: &[TableColumn]) -> Vec<ColumnValues> {
    let values = |(_, kind): &TableColumn| match kind {
        ColumnKind::Number => ColumnValues::Numbers(Vec::new()),
        ColumnKind::Optional => ColumnValues::Optional(Vec::new(), Vec::new()),
        ColumnKind::Text => ColumnValues::Texts(Vec::new()),
        ColumnKind::Float => ColumnValues::Floats(Vec::new()),
    };
    columns.iter().map(values).collect()
}

impl TableWriter {
    /// Creates a table with these columns, overwriting an existing file.
    ///
    /// # Errors
    /// A system error.
    pub fn create(path: &Path, columns: &[TableColumn]) -> Result<Self> {
        let field = |(name, kind): &TableColumn| match kind {
            ColumnKind::Number => format!("REQUIRED INT64 {name};"),
            ColumnKind::Optional => format!("OPTIONAL INT64 {name};"),
            ColumnKind::Text => format!("REQUIRED BYTE_ARRAY {name} (UTF8);"),
            ColumnKind::Float => format!("REQUIRED FLOAT {name};"),
        };
        let schema = format!("message table {{ {} }}", columns.iter().map(field).collect::<String>());
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = File::create(path).map_err(StoreError::io("create", path))?;
        let out = parse_message_type(&schema)
            .and_then(|schema| SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)))
            .map_err(|error| failed(path, error))?;
        Ok(Self { path: path.to_path_buf(), out, waiting: empty(columns), rows: 0 })
    }

    /// Appends one row: a cell per column, of the column's type.
    ///
    /// # Errors
    /// A system error, or a cell of another type.
    pub fn push(&mut self, cells: &[TableCell<'_>]) -> Result<()> {
        for (values, cell) in self.waiting.iter_mut().zip(cells) {
            match (values, cell) {
                (ColumnValues::Numbers(all), TableCell::Number(number)) => all.push(*number),
                (ColumnValues::Optional(all, there), TableCell::Number(number)) => {
                    all.push(*number);
                    there.push(1);
                }
                (ColumnValues::Optional(_, there), TableCell::Nothing) => there.push(0),
                (ColumnValues::Texts(all), TableCell::Text(text)) => all.push(text.as_bytes().to_vec().into()),
                (ColumnValues::Floats(all), TableCell::Float(number)) => all.push(*number as f32),
                _ => return Err(failed(&self.path, ParquetError::General(format!("{cell:?} is of another kind")))),
            }
        }
        self.rows += 1;
        if self.rows == GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    /// Writes the remaining rows and the file's end.
    ///
    /// # Errors
    /// A system error.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.out.close().map(drop).map_err(|error| failed(&self.path, error))
    }

    fn flush(&mut self) -> Result<()> {
        // A row group without rows is not allowed.
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let (out, waiting) = (&mut self.out, &mut self.waiting);
        let write = || {
            let mut group = out.next_row_group()?;
            for values in waiting {
                let Some(mut column) = group.next_column()? else { break };
                values.write(column.untyped())?;
                column.close()?;
            }
            group.close().map(drop)
        };
        write().map_err(|error| failed(&self.path, error))
    }
}

impl ColumnValues {
    /// Writes the values and clears them.
    fn write(&mut self, out: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        match (self, out) {
            (Self::Numbers(all), ColumnWriter::Int64ColumnWriter(out)) => {
                out.write_batch(&std::mem::take(all), None, None).map(drop)
            }
            (Self::Optional(all, there), ColumnWriter::Int64ColumnWriter(out)) => {
                out.write_batch(&std::mem::take(all), Some(&std::mem::take(there)), None).map(drop)
            }
            (Self::Texts(all), ColumnWriter::ByteArrayColumnWriter(out)) => {
                out.write_batch(&std::mem::take(all), None, None).map(drop)
            }
            (Self::Floats(all), ColumnWriter::FloatColumnWriter(out)) => {
                out.write_batch(&std::mem::take(all), None, None).map(drop)
            }
            _ => Err(ParquetError::General("a column is of another kind".to_owned())),
        }
    }
}

fn failed(path: &Path, error: ParquetError) -> StoreError {
    StoreError::io("write", path)(std::io::Error::other(error))
}
