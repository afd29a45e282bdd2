//! Merchant Center's product data as a table: a header of attribute names, then one product in each
//! record, separated by tabs or, when saved from a spreadsheet, by commas or semicolons.

use std::io;

use super::super::table::{TableRecord, TextTable};
use super::super::{BadRow, Feed, FeedContext, FeedNotes, FeedRow, FeedSource};
use super::{Attributes, column_name};

/// Streams products from a table.
#[derive(Debug)]
pub struct MerchantTable {
    table: TextTable,
    names: Vec<String>,
    reading: FeedContext,
    line: u64,
    notes: FeedNotes,
}

impl MerchantTable {
    /// Reads the header.
    ///
    /// # Errors
    /// If the file cannot be read; the inner error is a message for a header that lacks a required column.
    pub fn open(source: FeedSource, reading: FeedContext) -> io::Result<Result<Self, String>> {
        let table = match TextTable::open(source)? {
            Ok(table) => table,
            Err(message) => return Ok(Err(message)),
        };
        let names: Vec<String> = table.columns().iter().map(|column| column_name(column)).collect();
        if let Some(missing) = ["id", "title"].iter().find(|name| !names.iter().any(|column| column == *name)) {
            return Ok(Err(format!("the header has no column `{missing}`")));
        }
        Ok(Ok(Self { table, names, reading, line: 0, notes: FeedNotes::default() }))
    }

    fn product(&mut self, record: &TableRecord) -> FeedRow {
        let mut attributes = Attributes::new(self.reading, record.line, &mut self.notes);
        for (name, value) in self.names.iter().zip(&record.fields) {
            attributes.take(name, value).map_err(|error| BadRow::of(record.line, error))?;
        }
        Ok(attributes.finish())
    }
}

impl Feed for MerchantTable {
    fn next_row(&mut self) -> io::Result<Option<FeedRow>> {
        let Some(record) = self.table.next()? else { return Ok(None) };
        Ok(Some(record.and_then(|record| {
            self.line = record.line;
            self.product(&record)
        })))
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn encoding(&self) -> &'static str {
        self.table.source().encoding()
    }

    fn notes(&self) -> &FeedNotes {
        &self.notes
    }
}
