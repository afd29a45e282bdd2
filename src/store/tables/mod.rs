//! Tables as Parquet files for any query engine: the settled history, catalogue columns and behaviour tables.
//! Columns are found by name, others are ignored, and integers may have any width. This module knows names
//! and types; the meaning of a table is known to its caller.

mod read;
mod write;

pub use read::{TableCell, read};
pub use write::TableWriter;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// An integer in every row.
    Number,
    /// An integer or null.
    Optional,
    /// A text in every row.
    Text,
    /// A finite number in every row.
    Float,
}

/// A column: name and type.
pub type TableColumn = (&'static str, ColumnKind);

/// The columns of a pair of products with a score.
pub const PAIR: [TableColumn; 3] =
    [("product", ColumnKind::Text), ("other", ColumnKind::Text), ("score", ColumnKind::Float)];

/// The columns of a pair with evidence: number of baskets (or shoppers) with both, lift and signed
/// log-likelihood ratio.
pub const PAIR_WITH_EVIDENCE: [TableColumn; 6] = [
    PAIR[0],
    PAIR[1],
    PAIR[2],
    ("together", ColumnKind::Number),
    ("lift", ColumnKind::Float),
    ("llr", ColumnKind::Float),
];

/// The columns of product popularity.
pub const POPULARITY: [TableColumn; 5] = [
    ("product", ColumnKind::Text),
    ("views", ColumnKind::Number),
    ("carts", ColumnKind::Number),
    ("purchases", ColumnKind::Number),
    ("score", ColumnKind::Float),
];

/// The columns of the settled history.
pub const INTERACTIONS: [TableColumn; 11] = [
    ("shopper", ColumnKind::Number),
    ("position", ColumnKind::Number),
    ("event", ColumnKind::Number),
    ("time_ms", ColumnKind::Optional),
    ("session", ColumnKind::Optional),
    ("order_hash", ColumnKind::Optional),
    ("visit", ColumnKind::Number),
    ("basket", ColumnKind::Number),
    ("meeting", ColumnKind::Text),
    ("product", ColumnKind::Text),
    ("quantity", ColumnKind::Number),
];

/// The columns of products.
pub const PRODUCTS: [TableColumn; 3] =
    [("product", ColumnKind::Text), ("place", ColumnKind::Number), ("variants", ColumnKind::Number)];

/// The columns of products' leaf categories.
pub const CATEGORIES: [TableColumn; 2] = [("product", ColumnKind::Text), ("category", ColumnKind::Text)];

/// The columns of the kinds that products' titles name.
pub const KINDS: [TableColumn; 2] = [("product", ColumnKind::Text), ("kind", ColumnKind::Number)];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::error::{Result, StoreError};
    use super::*;

    fn written(path: &Path, rows: i64) -> Result<()> {
        let mut table = TableWriter::create(path, &POPULARITY)?;
        for row in 0..rows {
            table.push(&[
                TableCell::Text("p"),
                TableCell::Number(row),
                TableCell::Number(2),
                TableCell::Number(3),
                TableCell::Float(if row == 9 { f64::NAN } else { 0.5 }),
            ])?;
        }
        table.finish()
    }

    #[test]
    fn what_is_written_is_read_by_the_names_of_columns() -> Result<()> {
        let folder = tempfile::tempdir().map_err(StoreError::io("create", Path::new("temp")))?;
        let path = folder.path().join("t.parquet");
        assert!(!read(&path, &PAIR, &mut |_| Ok(()))?, "there is no such file");
        written(&path, 3)?;
        let mut rows = Vec::new();
        let columns = [("score", ColumnKind::Float), ("views", ColumnKind::Number), ("product", ColumnKind::Text)];
        read(&path, &columns, &mut |row| {
            rows.push(format!("{row:?}"));
            Ok(())
        })?;
        assert_eq!(rows[2], r#"[Float(0.5), Number(2), Text("p")]"#);
        let lacks = read(&path, &PAIR, &mut |_| Ok(())).map_err(|error| error.to_string());
        assert!(lacks.is_err_and(|error| error.contains("t.parquet") && error.contains("no column other")));
        Ok(())
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_row_and_column() -> Result<()> {
        let folder = tempfile::tempdir().map_err(StoreError::io("create", Path::new("temp")))?;
        let path = folder.path().join("t.parquet");
        written(&path, 12)?;
        let wrong = read(&path, &POPULARITY, &mut |_| Ok(())).map_err(|error| error.to_string());
        assert!(wrong.is_err_and(|error| error.contains("row 10, column score")));
        let other = read(&path, &[("product", ColumnKind::Number)], &mut |_| Ok(())).map_err(|error| error.to_string());
        assert!(other.is_err_and(|error| error.contains("row 1, column product")));
        Ok(())
    }
}
