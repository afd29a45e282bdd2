//! Sorting by a field: `price:asc`, `rating:desc`, or `relevance`. Products
//! without a value come last in both directions and ties go by ordinal, so
//! that the order is total and pages never overlap.

use std::collections::BinaryHeap;

use super::{Column, Columns};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The lowest first.
    Ascending,
    /// The highest first.
    Descending,
}

/// The order of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sort {
    /// By score.
    Relevance,
    /// By a field's numbers, or its texts where it has no numbers; by the
    /// lowest where a product has several.
    Field {
        /// The field.
        field: String,
        /// Which end comes first.
        direction: Direction,
    },
}

impl Sort {
    /// Reads `relevance`, `FIELD:asc` or `FIELD:desc`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for field `sort` when it is none of these or there is no such field.
    pub fn parse(text: &str, columns: &Columns) -> Result<Self> {
        if text.trim().eq_ignore_ascii_case("relevance") {
            return Ok(Self::Relevance);
        }
        let parsed = text.rsplit_once(':').and_then(|(field, direction)| {
            let direction = match direction.trim().to_ascii_lowercase().as_str() {
                "asc" => Direction::Ascending,
                "desc" => Direction::Descending,
                _ => return None,
            };
            Some((field.trim().to_owned(), direction))
        });
        let Some((field, direction)) = parsed else {
            let shown: String = text.chars().take(80).collect();
            let message = format!("`{shown}` is not an order; use `relevance`, `FIELD:asc` or `FIELD:desc`");
            return Err(Error::invalid("sort", message));
        };
        columns.require("sort", &field)?;
        Ok(Self::Field { field, direction })
    }
}

/// The products at places `offset..offset + limit` of `matches` ordered by
/// `column`: one pass, keeping the best `offset + limit`.
pub fn top(matches: &Bitmap, column: &Column, direction: Direction, offset: usize, limit: usize) -> Vec<Ordinal> {
    let keep = offset.saturating_add(limit).min(matches.count());
    let numbers = column.numeric.as_ref().map(|numeric| numeric.view());
    let texts = column.keyword.as_ref().map(|keyword| keyword.view());
    let rank = |ordinal: Ordinal| {
        let value = match (numbers, texts) {
            (Some(view), _) => view.first(ordinal).map(number_rank),
            (None, Some(view)) => view.values(ordinal).first().map(|&id| u64::from(id)),
            (None, None) => None,
        };
        value.map(|rank| if direction == Direction::Ascending { rank } else { !rank })
    };
    let mut best: BinaryHeap<(bool, u64, Ordinal)> = BinaryHeap::with_capacity(keep.saturating_add(1));
    for ordinal in matches.iter() {
        let value = rank(ordinal);
        let key = (value.is_none(), value.unwrap_or(0), ordinal);
        if best.len() < keep {
            best.push(key);
        } else if let Some(mut worst) = best.peek_mut()
            && key < *worst
        {
            *worst = key;
        }
    }
    best.into_sorted_vec().into_iter().skip(offset).map(|(_, _, ordinal)| ordinal).collect()
}

/// An integer that orders as `f64::total_cmp` does.
fn number_rank(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_order_as_numbers_do(a: f64, b: f64) {
            prop_assert_eq!(number_rank(a).cmp(&number_rank(b)), a.total_cmp(&b));
        }
    }
}
