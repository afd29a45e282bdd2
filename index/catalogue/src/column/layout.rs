//! The layout of `columns.flat`. A catalogue can have thousands of columns, so they share four
//! sections (`directory` as JSON, `words`, `numbers`, `text`), and the directory records the piece
//! of each section that belongs to a column. Everything read is validated before use: damage is an
//! error, never a panic.

use std::ops::Deref;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::flat::{Section, SectionValue};
use crate::id::Number;

/// The format written, and the newest one read. Format 1 had neither locations nor respellings.
pub(super) const VERSION: u32 = 2;

/// The JSON directory, read before everything else.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Directory {
    pub(super) version: u32,
    pub(super) products: usize,
    pub(super) columns: Vec<ColumnEntry>,
}

/// One field: its texts, its numbers, or both; or its locations.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ColumnEntry {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keyword: Option<KeywordEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) numeric: Option<NumericEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) geo: Option<GeoEntry>,
}

/// Dense: every product has a row. Sparse: only products with a value have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Encoding {
    Dense,
    Sparse,
}

/// The offsets and lengths of a keyword column.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeywordEntry {
    pub(super) encoding: Encoding,
    pub(super) words_at: usize,
    pub(super) text_at: usize,
    pub(super) text_bytes: usize,
    pub(super) distinct: usize,
    pub(super) rows: usize,
    pub(super) values: usize,
    /// The number of texts that differ from their predecessor in case only.
    #[serde(default)]
    pub(super) respelled: usize,
}

/// The offsets and lengths of the column of locations.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GeoEntry {
    pub(super) encoding: Encoding,
    pub(super) words_at: usize,
    pub(super) distinct: usize,
    pub(super) rows: usize,
    pub(super) values: usize,
}

/// The offsets and length of a numeric column.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NumericEntry {
    pub(super) encoding: Encoding,
    pub(super) words_at: usize,
    pub(super) numbers_at: usize,
    pub(super) values: usize,
}

/// A slice of a section.
#[derive(Debug, Clone)]
pub(super) struct SectionSlice<T> {
    section: Section<T>,
    at: usize,
    count: usize,
}

impl<T: SectionValue> From<Vec<T>> for SectionSlice<T> {
    fn from(values: Vec<T>) -> Self {
        Self { at: 0, count: values.len(), section: values.into() }
    }
}

impl<T: SectionValue> Deref for SectionSlice<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.section.get(self.at..self.at + self.count).unwrap_or_default()
    }
}

/// Cuts consecutive slices from one section.
pub(super) struct Cutter<'a, T> {
    path: &'a Path,
    section: &'a Section<T>,
    at: usize,
}

impl<'a, T: SectionValue> Cutter<'a, T> {
    /// Starts cutting at an offset into a section of the file at `path`.
    pub(super) fn new(path: &'a Path, section: &'a Section<T>, at: usize) -> Self {
        Self { path, section, at }
    }

    /// Cuts the next `count` values, which may be numbers of another kind.
    pub(super) fn cut<U: SectionValue>(&mut self, count: usize) -> Result<SectionSlice<U>> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.section.len());
        let end = end.ok_or_else(|| Error::corrupt(self.path, "a column lies outside its section"))?;
        let part = SectionSlice { section: self.section.cast(), at: self.at, count };
        self.at = end;
        Ok(part)
    }
}

/// Checks that `starts` begins at 0, never decreases and ends at `end`.
pub(super) fn check_starts(path: &Path, what: &str, starts: &[u32], end: usize) -> Result<()> {
    let ends = starts.first() == Some(&0) && starts.last().map(|&last| last as usize) == Some(end);
    if ends && starts.is_sorted() { Ok(()) } else { Err(Error::corrupt(path, format!("{what} do not add up"))) }
}

/// Checks that every number is below `limit`.
pub(super) fn check_below<N: Number>(path: &Path, what: &str, numbers: &[N], limit: usize) -> Result<()> {
    match numbers.iter().max() {
        Some(&highest) if highest.index() >= limit => {
            Err(Error::corrupt(path, format!("{what} hold {highest}, must lie below {limit}")))
        }
        _ => Ok(()),
    }
}
