//! What every feed is held to, whatever its format: products that pass their own check, ids that are unique,
//! and vectors of one length.

use std::collections::HashMap;
use std::io;

use xxhash_rust::xxh3::xxh3_128;

use super::{BadRow, Feed, Notes, Row};
use crate::product::Product;

/// A feed whose products can be relied on.
pub struct Checked {
    feed: Box<dyn Feed>,
    /// Line of the product, by hash of its id.
    seen: HashMap<u128, u64>,
    dimensions: Option<usize>,
}

impl Checked {
    /// Checks what `feed` yields.
    pub fn new(feed: Box<dyn Feed>) -> Self {
        Self { feed, seen: HashMap::new(), dimensions: None }
    }

    fn check(&mut self, product: Product) -> Row {
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
            None => Ok(product),
            Some(first) => {
                self.seen.insert(xxh3_128(product.id.as_bytes()), first);
                Err(bad("id", format!("`{}` is already the product of line {first}", product.id)))
            }
        }
    }
}

impl Feed for Checked {
    fn next_row(&mut self) -> io::Result<Option<Row>> {
        let row = self.feed.next_row()?;
        Ok(row.map(|row| row.and_then(|product| self.check(product))))
    }

    fn line(&self) -> u64 {
        self.feed.line()
    }

    fn encoding(&self) -> &'static str {
        self.feed.encoding()
    }

    fn notes(&self) -> &Notes {
        self.feed.notes()
    }
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Checked").field("products", &self.seen.len()).finish_non_exhaustive()
    }
}
