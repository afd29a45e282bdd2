//! Behaviour tables and the history they are counted from, as Parquet, so that
//! a query engine can count in place of `reindex`. Any engine may write the
//! tables of pairs: columns are found by name, others are left alone, `score`
//! is a float of 32 or 64 bits, and rows come in any order.
//!
//! ```text
//! interactions.parquet   shopper, visit, position, time_ms, order_hash, meeting, product, quantity
//! next.parquet           product, other, score        and so co_viewed, also_bought, successors
//! ```

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;

use super::error::{Result, StoreError};

/// Rows of a row group.
const GROUP_ROWS: usize = 65_536;

const INTERACTIONS: &str = "message interactions {
    REQUIRED INT64 shopper; REQUIRED INT64 visit; REQUIRED INT64 position; OPTIONAL INT64 time_ms;
    OPTIONAL INT64 order_hash; REQUIRED BYTE_ARRAY meeting (UTF8); REQUIRED BYTE_ARRAY product (UTF8);
    REQUIRED INT64 quantity;
}";

const PAIRS: &str = "message pairs {
    REQUIRED BYTE_ARRAY product (UTF8); REQUIRED BYTE_ARRAY other (UTF8); REQUIRED FLOAT score;
}";

/// One shopper meeting one product.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// A number for the person, from 0.
    pub shopper: i64,
    /// A number for the visit, from 0, over all shoppers.
    pub visit: i64,
    /// The place in the shopper's history, from 0.
    pub position: i64,
    /// When, in Unix milliseconds, if known.
    pub time_ms: Option<i64>,
    /// What tells orders apart, if it belongs to one.
    pub order_hash: Option<i64>,
    /// `view`, `add_to_cart` or `purchase`.
    pub meeting: &'static str,
    /// The product's id.
    pub product: &'a str,
    /// How many.
    pub quantity: i64,
}

/// One pair of a table.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The product's id.
    pub product: &'a str,
    /// The partner's id.
    pub other: &'a str,
    /// How strong.
    pub score: f32,
}

/// Writes the history.
///
/// # Errors
/// What the system said.
pub fn write_interactions<'a>(path: &Path, rows: impl Iterator<Item = Met<'a>>) -> Result<()> {
    write(path, INTERACTIONS, rows, |column, out, rows| {
        let number = |of: fn(&Met<'_>) -> i64| rows.iter().map(|row| Some(of(row))).collect();
        match column {
            0 => numbers(out, number(|row| row.shopper), true),
            1 => numbers(out, number(|row| row.visit), true),
            2 => numbers(out, number(|row| row.position), true),
            3 => numbers(out, rows.iter().map(|row| row.time_ms).collect(), false),
            4 => numbers(out, rows.iter().map(|row| row.order_hash).collect(), false),
            5 => texts(out, rows.iter().map(|row| row.meeting)),
            6 => texts(out, rows.iter().map(|row| row.product)),
            _ => numbers(out, number(|row| row.quantity), true),
        }
    })
}

/// Writes a table of pairs.
///
/// # Errors
/// What the system said.
pub fn write_pairs<'a>(path: &Path, rows: impl Iterator<Item = Pair<'a>>) -> Result<()> {
    write(path, PAIRS, rows, |column, out, rows| match (column, out) {
        (0, out) => texts(out, rows.iter().map(|row| row.product)),
        (1, out) => texts(out, rows.iter().map(|row| row.other)),
        (_, ColumnWriter::FloatColumnWriter(out)) => {
            let scores: Vec<f32> = rows.iter().map(|row| row.score).collect();
            out.write_batch(&scores, None, None).map(drop)
        }
        _ => Err(ParquetError::General("score is a float".to_owned())),
    })
}

fn write<T>(
    path: &Path,
    schema: &str,
    mut rows: impl Iterator<Item = T>,
    column: impl Fn(usize, &mut ColumnWriter<'_>, &[T]) -> Result<(), ParquetError>,
) -> Result<()> {
    let file = File::create(path).map_err(StoreError::io("create", path))?;
    let mut all = || {
        let schema = Arc::new(parse_message_type(schema)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut writer = SerializedFileWriter::new(&file, schema, Arc::new(properties))?;
        loop {
            let some: Vec<T> = rows.by_ref().take(GROUP_ROWS).collect();
            if some.is_empty() {
                return writer.close().map(drop);
            }
            let (mut group, mut at) = (writer.next_row_group()?, 0);
            while let Some(mut out) = group.next_column()? {
                column(at, out.untyped(), &some)?;
                out.close()?;
                at += 1;
            }
            group.close()?;
        }
    };
    all().map_err(|error: ParquetError| StoreError::io("write", path)(std::io::Error::other(error)))
}

fn numbers(out: &mut ColumnWriter<'_>, values: Vec<Option<i64>>, required: bool) -> Result<(), ParquetError> {
    let ColumnWriter::Int64ColumnWriter(out) = out else {
        return Err(ParquetError::General("a whole number of 64 bits".to_owned()));
    };
    let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<i64> = values.into_iter().flatten().collect();
    out.write_batch(&values, (!required).then_some(&there), None).map(drop)
}

fn texts<'a>(out: &mut ColumnWriter<'_>, values: impl Iterator<Item = &'a str>) -> Result<(), ParquetError> {
    let ColumnWriter::ByteArrayColumnWriter(out) = out else {
        return Err(ParquetError::General("a text".to_owned()));
    };
    let values: Vec<ByteArray> = values.map(|text| ByteArray::from(text.as_bytes().to_vec())).collect();
    out.write_batch(&values, None, None).map(drop)
}

/// Reads a table of pairs, one at a time; whether there is such a file.
///
/// # Errors
/// [`StoreError::Corrupt`] naming the column that is missing, or of another type, or holds a score
/// that is not finite; what the system said.
pub fn read_pairs(path: &Path, take: &mut dyn FnMut(Pair<'_>)) -> Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let wrong = |detail: String| StoreError::Corrupt {
        path: path.to_path_buf(),
        offset: 0,
        detail,
        remedy: "write the table again",
    };
    let parquet = |error: ParquetError| wrong(error.to_string());
    let reader = SerializedFileReader::new(file).map_err(parquet)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    for name in ["product", "other", "score"] {
        if !schema.columns().iter().any(|column| column.path().string() == name) {
            return Err(wrong(format!("there is no column {name}")));
        }
    }
    for row in reader.get_row_iter(None).map_err(parquet)? {
        let row = row.map_err(parquet)?;
        let (mut product, mut other, mut score) = (None, None, None);
        for (name, value) in row.get_column_iter() {
            match (name.as_str(), value) {
                ("product", Field::Str(text)) => product = Some(text.as_str()),
                ("other", Field::Str(text)) => other = Some(text.as_str()),
                ("score", Field::Float(number)) => score = Some(*number),
                ("score", Field::Double(number)) => score = Some(*number as f32),
                _ => {}
            }
        }
        let product = product.ok_or_else(|| wrong("column product holds what is not a text".to_owned()))?;
        let other = other.ok_or_else(|| wrong("column other holds what is not a text".to_owned()))?;
        let score = score.filter(|score| score.is_finite());
        let score = score.ok_or_else(|| wrong("column score holds what is not a finite float".to_owned()))?;
        take(Pair { product, other, score });
    }
    Ok(true)
}
