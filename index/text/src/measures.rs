//! Measures in other units: a product of 0.5 l has the 500 ml of a query. The measure as it was typed goes first.

use super::AlternativeSource;
use super::analysis::{PieceKind, same_measures};
use super::meanings::add_to;
use super::slots::{SlotBuilder, all_of};
use super::understand::{Alternative, QuerySlot, QueryWord};
use crate::error::Result;

/// The weight of a measure in another unit than the typed one.
const OTHER_UNIT: f32 = 0.95;

impl SlotBuilder<'_> {
    /// Adds to a number and its unit the same measure in other units, where the catalogue has it.
    pub(super) fn add_measures(&self, words: &[QueryWord], slots: &mut [(QuerySlot, bool)]) -> Result<()> {
        for (at, pair) in words.windows(2).enumerate() {
            let [number, unit] = pair else { continue };
            if number.token.kind != PieceKind::Number || unit.token.kind != PieceKind::Unit {
                continue;
            }
            let mut others = Vec::new();
            for (number, unit) in same_measures(&number.token.term, &unit.token.term) {
                if self.index.reader().has_term(&number)? {
                    let same = all_of(&[number, unit.to_owned()]).by(AlternativeSource::Measure);
                    others.push(Alternative { adjacent: true, weight: OTHER_UNIT, ..same });
                }
            }
            add_to(slots, at..at + 2, &others);
        }
        Ok(())
    }
}
