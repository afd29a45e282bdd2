//! Reading a table row by row, with the columns in the requested order.

use std::fs::File;
use std::path::Path;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::super::error::{Result, StoreError};
use super::{ColumnKind, TableColumn};

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TableCell<'a> {
    /// A text.
    Text(&'a str),
    /// An integer.
    Number(i64),
    /// A finite number.
    Float(f64),
    /// Null.
    Nothing,
}

impl<'a> TableCell<'a> {
    /// The text; empty for other values.
    pub fn text(&self) -> &'a str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// The integer, if it is one.
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The number; 0 for other values.
    pub fn float(&self) -> f32 {
        if let Self::Float(number) = self { *number as f32 } else { 0.0 }
    }

    /// Converts a field to the type of its column; absent if it does not fit.
    fn of(field: &'a Field, kind: ColumnKind) -> Option<Self> {
        let whole = match field {
            Field::Byte(number) => Some(i64::from(*number)),
            Field::Short(number) => Some(i64::from(*number)),
            Field::Int(number) => Some(i64::from(*number)),
            Field::Long(number) => Some(*number),
            Field::UByte(number) => Some(i64::from(*number)),
            Field::UShort(number) => Some(i64::from(*number)),
            Field::UInt(number) => Some(i64::from(*number)),
            Field::ULong(number) => i64::try_from(*number).ok(),
            _ => None,
        };
        match (kind, field) {
            (ColumnKind::Number, _) => whole.map(Self::Number),
            (ColumnKind::Optional, Field::Null) => Some(Self::Nothing),
            (ColumnKind::Optional, _) => whole.map(Self::Number),
            (ColumnKind::Text, Field::Str(text)) => Some(Self::Text(text)),
            (ColumnKind::Float, Field::Float(number)) => Some(Self::Float(f64::from(*number))),
            (ColumnKind::Float, Field::Double(number)) => Some(Self::Float(*number)),
            (ColumnKind::Float, _) => whole.map(|number| Self::Float(number as f64)),
            (ColumnKind::Text, _) => None,
        }
        .filter(|cell| !matches!(cell, Self::Float(number) if !(*number as f32).is_finite()))
    }
}

/// Reads a table and calls `take` with each row's cells in the order of `columns`; `take` returns an error
/// message for a wrong row. False if there is no such file.
///
/// # Errors
/// [`StoreError::Corrupt`] with file, row and column if a column is missing, a value has another type or
/// `take` refuses a row; or a system error.
pub fn read(
    path: &Path,
    columns: &[TableColumn],
    take: &mut dyn FnMut(&[TableCell<'_>]) -> Result<(), String>,
) -> Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let wrong = |detail: String| StoreError::Corrupt {
        path: path.to_path_buf(),
        offset: 0,
        detail,
        remedy: "write the table again",
    };
    let parquet = |error: ParquetError| wrong(error.to_string());
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    let reader = SerializedFileReader::new(file).map_err(parquet)?;
    let schema = reader.metadata().file_metadata().schema();
    let mut fields = Vec::new();
    for (name, _) in columns {
        let field = schema.get_fields().iter().find(|field| field.name() == *name);
        fields.push(field.cloned().ok_or_else(|| wrong(format!("there is no column {name}")))?);
    }
    let wanted = Type::group_type_builder(schema.name()).with_fields(fields).build().map_err(parquet)?;
    for (at, row) in reader.get_row_iter(Some(wanted)).map_err(parquet)?.enumerate() {
        let row = row.map_err(parquet)?;
        let mut cells = Vec::with_capacity(columns.len());
        for ((name, kind), (_, field)) in columns.iter().zip(row.get_column_iter()) {
            let cell = TableCell::of(field, *kind);
            cells.push(cell.ok_or_else(|| wrong(format!("row {}, column {name}: {field} does not fit", at + 1)))?);
        }
        take(&cells).map_err(|detail| wrong(format!("row {}, {detail}", at + 1)))?;
    }
    Ok(true)
}
