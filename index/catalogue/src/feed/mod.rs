//! The shop's catalogue, in the formats shops have, as [`Product`]s.
//!
//! [`open`] finds out the format and returns a [`Feed`]. Feeds stream: one record in memory at a time, however
//! long the file. A bad row is reported with its line and field and the next one is read; only a failing file
//! ends the feed. Every format passes one suite of tests (`suite.rs`), and what a format says is put where
//! [`Product`] has it: columns nothing is made of and values that cannot be read are counted in [`Notes`].
//!
//! [`Product`]: crate::product::Product

mod checked;
mod documents;
mod elements;
mod format;
mod json_ld;
mod json_lines;
mod lines;
mod merchant;
mod notes;
mod shopify;
mod source;
#[cfg(test)]
mod suite;
mod table;
mod value;

pub use checked::Checked;
pub use format::Format;
pub use json_ld::JsonLd;
pub use json_lines::{JsonLines, read_product};
pub use merchant::{MerchantTable, MerchantXml};
pub use notes::{Dropped, Notes};
pub use shopify::Shopify;
pub use source::Source;
pub use value::{Currency, Price, PriceError, parse_price, plain_text};

use std::fmt;
use std::io::{self, Read};

use jiff::Timestamp;

use crate::product::{FieldError, Product};

/// The longest record read, in bytes; a longer one is a bad row.
pub const MAX_RECORD_BYTES: usize = 4 << 20;

/// A good product or a bad row.
pub type Row = Result<Product, BadRow>;

/// A catalogue being read.
pub trait Feed {
    /// The next product or bad row; `None` at the end.
    ///
    /// # Errors
    /// Only when the file itself cannot be read on.
    fn next_row(&mut self) -> io::Result<Option<Row>>;

    /// 1-based line that the last row starts at; of a product in a document, the document's.
    fn line(&self) -> u64;

    /// The encoding of the file, as far as it was read.
    fn encoding(&self) -> &'static str;

    /// What was not taken so far.
    fn notes(&self) -> &Notes;
}

/// What the file does not say itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// The shop's currency, of prices that name none.
    pub currency: Option<Currency>,
    /// Today; sale prices with dates count when it lies in them.
    pub now: Timestamp,
}

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

impl BadRow {
    fn of(line: u64, error: FieldError) -> Self {
        Self { line, field: Some(error.field), message: error.message }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "line {}, field {field}: {}", self.line, self.message),
            None => write!(formatter, "line {}: {}", self.line, self.message),
        }
    }
}

/// Why a file is no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It cannot be read.
    #[error("the feed cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Its first bytes are of no known format.
    #[error("cannot tell the format of the feed, which begins `{start}`; name it with --format ({names})", names = Format::NAMES.join(", "))]
    Unknown {
        /// How it begins.
        start: String,
    },
    /// It is not what it should be.
    #[error("is no {format} feed: {message}")]
    Other {
        /// The format it was read as.
        format: Format,
        /// What is wrong.
        message: String,
    },
}

/// Opens a feed in the given format, or in the one its first bytes show.
///
/// # Errors
/// When the file cannot be read or has no header of that format.
pub fn open(
    input: impl Read + 'static,
    format: Option<Format>,
    reading: Reading,
) -> Result<(Format, Box<dyn Feed>), FeedError> {
    let mut source = Source::new(input);
    let format = match format {
        Some(format) => format,
        None => format::detect(source.peek(format::PEEK_BYTES)?)?,
    };
    let other = |message| FeedError::Other { format, message };
    let feed: Box<dyn Feed> = match format {
        Format::Native => Box::new(JsonLines::new(source)),
        Format::MerchantTsv => Box::new(MerchantTable::open(source, reading)?.map_err(other)?),
        Format::MerchantXml => Box::new(MerchantXml::new(source, reading)),
        Format::Shopify => Box::new(Shopify::open(source, reading)?.map_err(other)?),
        Format::JsonLd => Box::new(JsonLd::new(source, reading)?),
    };
    Ok((format, Box::new(Checked::new(feed))))
}
