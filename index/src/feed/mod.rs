//! The shop's catalogue, in the formats shops have, as [`Product`]s.
//!
//! Readers stream: one row in memory at a time. A bad row is reported with its
//! line and field and the next one is read; only a failing file ends the feed.
//!
//! [`Product`]: crate::product::Product

pub mod json_lines;

pub use json_lines::JsonLines;

use std::fmt;

/// A row that could not become a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// 1-based line in the file.
    pub line: u64,
    /// The field, as a path, when it is known.
    pub field: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "line {}, field {field}: {}", self.line, self.message),
            None => write!(formatter, "line {}: {}", self.line, self.message),
        }
    }
}
