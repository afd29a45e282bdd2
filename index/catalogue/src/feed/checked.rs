//! Guarantees of every feed, whatever its format: each product passes its own check, ids are
//! unique, and all vectors have the same length.

use std::collections::HashMap;
use std::io;

use xxhash_rust::xxh3::xxh3_128;

use super::{BadRow, Feed, FeedNotes, FeedRow};
use crate::product::Product;

/// A feed whose products are validated.
pub struct ValidatedFeed {
    feed: Box<dyn Feed>,
    /// The line of each product, by hash of its id.
    seen: HashMap<u128, u64>,
    dimensions: Option<usize>,
}

impl ValidatedFeed {
    /// Validates the products of `feed`.
    pub fn new(feed: Box<dyn Feed>) -> Self {
        Self { feed, seen: HashMap::new(), dimensions: None }
    }

    fn check(&mut self, product: Product) -> FeedRow {
        let line = self.feed.line();
        let bad = |field: &str, message: String| BadRow { line, field: Some(field.to_owned()), message };
        product.check().map_err(|error| bad(&error.field, error.message))?;
        if let Some(vector) = &product.vector {
            let expected = *self.dimensions.get_or_insert(vector.len());
            if vector.len() != expected {
                let message = format!("has {} numbers, the vectors before it have {expected}", vector.len());
                return Err(bad("vector", message));
            }
        }
        match self.seen.insert(xxh3_128(product.id.as_bytes()), line) {
            None => Ok(product.composed()),
            Some(first) => {
                // Later duplicates must name the first line, too.
                self.seen.insert(xxh3_128(product.id.as_bytes()), first);
                Err(bad("id", format!("`{}` is already the product of line {first}", product.id)))
            }
        }
    }
}

impl Feed for ValidatedFeed {
    fn next_row(&mut self) -> io::Result<Option<FeedRow>> {
        let row = self.feed.next_row()?;
        Ok(row.map(|row| row.and_then(|product| self.check(product))))
    }

    fn line(&self) -> u64 {
        self.feed.line()
    }

    fn encoding(&self) -> &'static str {
        self.feed.encoding()
    }

    fn notes(&self) -> &FeedNotes {
        self.feed.notes()
    }
}

impl std::fmt::Debug for ValidatedFeed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ValidatedFeed").field("products", &self.seen.len()).finish_non_exhaustive()
    }
}
