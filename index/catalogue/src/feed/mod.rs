//! Feeds: the shop's catalogue, in the formats that shops have, as [`Product`]s.
//!
//! [`open`] detects the format and returns a [`Feed`]. Feeds stream: one record is in memory at a
//! time, however long the file. A bad row is reported with its line and field, and reading goes on;
//! only an I/O error ends the feed. Every format passes one suite of tests (`suite.rs`). A format's
//! fields are mapped to those of [`Product`]; columns without a counterpart and unreadable values
//! are counted in [`FeedNotes`].
//!
//! [`Product`]: crate::product::Product

mod checked;
mod documents;
mod elements;
mod format;
mod json_ld;
mod json_lines;
mod lines;
mod machine;
mod merchant;
mod notes;
mod shopify;
mod source;
#[cfg(test)]
mod suite;
mod table;
mod value;

pub use checked::ValidatedFeed;
pub use format::FeedFormat;
pub use json_ld::JsonLd;
pub use json_lines::{JsonLines, read_product};
pub use machine::is_for_machines;
pub use merchant::{MerchantTable, MerchantXml};
pub use notes::{Dropped, FeedNotes};
pub use shopify::Shopify;
pub use source::FeedSource;
pub use value::{Currency, Price, PriceError, parse_price, plain_text};

use std::fmt;
use std::io::{self, Read};

use jiff::Timestamp;

use crate::product::{FieldError, Product};

/// The longest record, in bytes; a longer one is a bad row.
pub const MAX_RECORD_BYTES: usize = 4 << 20;

/// A valid product or a bad row.
pub type FeedRow = Result<Product, BadRow>;

/// A catalogue that is read row by row.
pub trait Feed {
    /// The next product or bad row; `None` at the end.
    ///
    /// # Errors
    /// Only if the file cannot be read any further.
    fn next_row(&mut self) -> io::Result<Option<FeedRow>>;

    /// The 1-based line where the last row starts; for a product inside a document, the line of the document.
    fn line(&self) -> u64;

    /// The encoding of the file, as detected so far.
    fn encoding(&self) -> &'static str;

    /// The columns and values that were dropped so far.
    fn notes(&self) -> &FeedNotes;
}

/// Facts that a feed relies on but the file does not contain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedContext {
    /// The shop's currency, for prices without one.
    pub currency: Option<Currency>,
    /// The current time; a sale price with dates applies if they include it.
    pub now: Timestamp,
}

/// A row that could not be read as a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// 1-based line in the file.
    pub line: u64,
    /// The path of the field, if known.
    pub field: Option<String>,
    /// The mistake, and the accepted values.
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

/// The error of a file that ends before `missing`: a part of its products would pass for all of them.
fn cut_off(missing: &str) -> io::Error {
    let message = format!("the file ends before {missing}, so it was cut off; export or copy it again");
    io::Error::new(io::ErrorKind::UnexpectedEof, message)
}

/// An error that makes a whole file unusable as a feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The file cannot be read.
    #[error("the feed cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Its first bytes match no known format.
    #[error("cannot tell the format of the feed, which begins with {start}; name it with --format ({names})", names = FeedFormat::NAMES.join(", "))]
    Unknown {
        /// The beginning of the file.
        start: String,
    },
    /// The file violates its format.
    #[error("is no {format} feed: {message}")]
    Other {
        /// The format that was tried.
        format: FeedFormat,
        /// The violation.
        message: String,
    },
}

/// Opens a feed in the given format, or in the one detected from its first bytes.
///
/// # Errors
/// If the file cannot be read or has no header of that format.
pub fn open(
    input: impl Read + 'static,
    format: Option<FeedFormat>,
    reading: FeedContext,
) -> Result<(FeedFormat, Box<dyn Feed>), FeedError> {
    let mut source = FeedSource::new(input);
    let format = match format {
        Some(format) => format,
        None => format::detect(source.peek(format::PEEK_BYTES)?)?,
    };
    let other = |message| FeedError::Other { format, message };
    let feed: Box<dyn Feed> = match format {
        FeedFormat::Native => Box::new(JsonLines::new(source)),
        FeedFormat::MerchantTsv => Box::new(MerchantTable::open(source, reading)?.map_err(other)?),
        FeedFormat::MerchantXml => Box::new(MerchantXml::new(source, reading)),
        FeedFormat::Shopify => Box::new(Shopify::open(source, reading)?.map_err(other)?),
        FeedFormat::JsonLd => Box::new(JsonLd::new(source, reading)?),
    };
    Ok((format, Box::new(ValidatedFeed::new(feed))))
}
