//! Matches by score, sorted only as far as they are read: few shoppers leave the first page, and a match set may be
//! a fifth of the catalogue.

use crate::column::order_first;
use crate::id::Ordinal;

/// The number sorted first; every further time the sorted part doubles.
const FIRST: usize = 256;

/// A match with the score of its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    /// The key of the order, the largest first.
    pub(super) key: f32,
    pub(super) ordinal: Ordinal,
    /// The score of its words.
    pub(super) text: f32,
    /// The match level within the answer: see [`crate::rank::Candidate::held`].
    pub(super) held: f32,
    /// The place among matches of the same key, the smallest first: see [`crate::rank::Candidate::place`].
    pub(super) place: u32,
}

impl Scored {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.key.total_cmp(&self.key).then(self.place.cmp(&other.place)).then(self.ordinal.cmp(&other.ordinal))
    }
}

/// Moves the best `count` to the front, in order: by key, ties by ordinal.
pub(super) fn bring_forward(scored: &mut [Scored], count: usize) {
    order_first(scored, count, Scored::order);
}

/// Iterates over all matches, the best first.
pub(super) struct Descending {
    scored: Vec<Scored>,
    /// The length of the sorted part.
    ordered: usize,
    next: usize,
}

impl Descending {
    pub(super) fn new(scored: Vec<Scored>) -> Self {
        Self { scored, ordered: 0, next: 0 }
    }
}

impl Iterator for Descending {
    type Item = Scored;

    fn next(&mut self) -> Option<Scored> {
        if self.next == self.ordered {
            let more = self.ordered.max(FIRST).min(self.scored.len() - self.ordered);
            bring_forward(&mut self.scored[self.ordered..], more);
            self.ordered += more;
        }
        let next = self.scored.get(self.next).copied();
        self.next += usize::from(next.is_some());
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_a_full_sort(keys in proptest::collection::vec(0u8..40, 0..2_000), best in 0usize..300) {
            let mut scored: Vec<Scored> = Ordinal::enumerate(&keys).map(|(ordinal, &key)| Scored { key: f32::from(key), ordinal, text: 0.0, held: 1.0, place: 0 }).collect();
            let mut sorted = scored.clone();
            sorted.sort_by(|a, b| b.key.total_cmp(&a.key).then(a.ordinal.cmp(&b.ordinal)));
            prop_assert_eq!(Descending::new(scored.clone()).collect::<Vec<_>>(), sorted.clone());
            bring_forward(&mut scored, best);
            prop_assert_eq!(&scored[..best.min(keys.len())], &sorted[..best.min(keys.len())]);
        }
    }
}
