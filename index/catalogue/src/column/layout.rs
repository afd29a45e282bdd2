//! How columns lie in `columns.flat`. A catalogue can have thousands of columns,
//! so they share four sections (`directory` as JSON, `words`, `numbers`, `text`)
//! and the directory says which piece belongs to which column. Everything read
//! here is checked before use: damage is an error, never a panic.

use std::ops::Deref;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::flat::{Section, SectionValue};

/// The format written, and the newest one read. Format 1 had no places and no spellings.
pub(super) const VERSION: u32 = 2;

/// The first thing read from the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Directory {
    pub(super) version: u32,
    pub(super) products: usize,
    pub(super) columns: Vec<Entry>,
}

/// One field: its texts, its numbers, or both; or its places.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keyword: Option<KeywordEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) numeric: Option<NumericEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) geo: Option<GeoEntry>,
}

/// Whether every product has a row, or only those with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Encoding {
    Dense,
    Sparse,
}

/// Where a keyword column begins and how many of everything it has.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeywordEntry {
    pub(super) encoding: Encoding,
    pub(super) words_at: usize,
    pub(super) text_at: usize,
    pub(super) text_bytes: usize,
    pub(super) distinct: usize,
    pub(super) rows: usize,
    pub(super) values: usize,
    /// How many texts differ from the one before in case only.
    #[serde(default)]
    pub(super) respelled: usize,
}

/// Where the column of places begins and how many of everything it has.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GeoEntry {
    pub(super) encoding: Encoding,
    pub(super) words_at: usize,
    pub(super) distinct: usize,
    pub(super) rows: usize,
    pub(super) values: usize,
}

/// Where a numeric column begins and how many values it has.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NumericEntry {
    pub(super) encoding: Encoding,
    pub(super) words_at: usize,
    pub(super) numbers_at: usize,
    pub(super) values: usize,
}

/// A piece of a section.
#[derive(Debug, Clone)]
pub(super) struct Part<T> {
    section: Section<T>,
    at: usize,
    count: usize,
}

impl<T: SectionValue> From<Vec<T>> for Part<T> {
    fn from(values: Vec<T>) -> Self {
        Self { at: 0, count: values.len(), section: values.into() }
    }
}

impl<T: SectionValue> Deref for Part<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.section.get(self.at..self.at + self.count).unwrap_or_default()
    }
}

/// Cuts consecutive pieces from one section.
pub(super) struct Cutter<'a, T> {
    path: &'a Path,
    section: &'a Section<T>,
    at: usize,
}

impl<'a, T: SectionValue> Cutter<'a, T> {
    /// Starts cutting at a place of a section of the file at `path`.
    pub(super) fn new(path: &'a Path, section: &'a Section<T>, at: usize) -> Self {
        Self { path, section, at }
    }

    /// The next `count` values.
    pub(super) fn cut(&mut self, count: usize) -> Result<Part<T>> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.section.len());
        let end = end.ok_or_else(|| Error::corrupt(self.path, "a column lies outside its section"))?;
        let part = Part { section: self.section.clone(), at: self.at, count };
        self.at = end;
        Ok(part)
    }
}

/// Checks that `starts` begins at 0, never falls and ends at `end`.
pub(super) fn check_starts(path: &Path, what: &str, starts: &[u32], end: usize) -> Result<()> {
    let ends = starts.first() == Some(&0) && starts.last().map(|&last| last as usize) == Some(end);
    if ends && starts.is_sorted() { Ok(()) } else { Err(Error::corrupt(path, format!("{what} do not add up"))) }
}

/// Checks that every number lies below `limit`.
pub(super) fn check_below(path: &Path, what: &str, numbers: &[u32], limit: usize) -> Result<()> {
    match numbers.iter().max() {
        Some(&highest) if highest as usize >= limit => {
            Err(Error::corrupt(path, format!("{what} hold {highest}, must lie below {limit}")))
        }
        _ => Ok(()),
    }
}
