//! Pins: products that rules put at positions of an answer, regardless of their scores.

use std::collections::BTreeMap;

use crate::bitmap::Bitmap;
use crate::column::Groups;
use crate::id::Ordinal;

/// Pinned products.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// The wanted position, counted from 1, and the product; ascending, each position once.
    wanted: Vec<(usize, Ordinal)>,
}

impl Pins {
    /// Pins at ascending positions; no position and no product twice.
    pub(super) fn new(wanted: Vec<(usize, Ordinal)>) -> Self {
        Self { wanted }
    }

    pub(super) fn ordinals(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.wanted.iter().map(|(_, ordinal)| *ordinal)
    }

    /// The pins of products in `set`, the first only of each group of variants.
    pub(super) fn within(&self, set: &Bitmap, groups: Option<&Groups>) -> Self {
        let group = |ordinal| groups.map_or(ordinal, |groups| groups.first(ordinal));
        let mut seen: Vec<Ordinal> = Vec::new();
        let mut wanted = self.wanted.clone();
        wanted.retain(|&(_, ordinal)| {
            let keep = set.contains(ordinal) && !seen.contains(&group(ordinal));
            if keep {
                seen.push(group(ordinal));
            }
            keep
        });
        Self { wanted }
    }

    pub(super) fn contains(&self, ordinal: Ordinal) -> bool {
        self.ordinals().any(|pinned| pinned == ordinal)
    }

    /// Pinned products by position, counted from 0, in an answer of `total` products that includes them. If the answer
    /// is shorter than a wanted position, they stand at its end.
    fn places(&self, total: usize) -> BTreeMap<usize, Ordinal> {
        let behind = (0..self.wanted.len()).rev();
        let placed = self.wanted.iter().zip(behind).map(|((wanted, ordinal), behind)| {
            let last = total.saturating_sub(1 + behind);
            ((wanted - 1).min(last), *ordinal)
        });
        placed.collect()
    }

    /// The products at positions `offset..offset + limit` of an answer of `total`. `others` gives products that are
    /// not pinned, by offset and limit in their own order.
    pub(super) fn page<T>(
        &self,
        total: usize,
        offset: usize,
        limit: usize,
        pinned: impl Fn(Ordinal) -> T,
        others: impl FnOnce(usize, usize) -> Vec<T>,
    ) -> Vec<T> {
        let places = self.places(total);
        let end = offset.saturating_add(limit).min(total);
        let before = places.range(..offset).count();
        let here = places.range(offset..end.max(offset)).count();
        let mut others = others(offset - before, (end.saturating_sub(offset)) - here).into_iter();
        let at = |place: usize| match places.get(&place) {
            Some(&ordinal) => Some(pinned(ordinal)),
            None => others.next(),
        };
        (offset..end).filter_map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pins(wanted: impl IntoIterator<Item = (usize, u32)>) -> Pins {
        Pins::new(wanted.into_iter().map(|(place, ordinal)| (place, Ordinal::new(ordinal))).collect())
    }

    /// The whole answer in pages of a size; others are 100, 101, …
    fn paged(pins: &Pins, total: usize, per_page: usize) -> Vec<u32> {
        let others = total - pins.wanted.len();
        let slice = |offset: usize, limit: usize| {
            (offset..others.min(offset + limit)).map(|at| Ordinal::from_index(100 + at)).collect()
        };
        let page = |offset| pins.page(total, offset, per_page, |pinned| pinned, slice);
        (0..total.div_ceil(per_page)).flat_map(|at| page(at * per_page)).map(Ordinal::get).collect()
    }

    #[test]
    fn pins_stand_where_they_were_put_and_at_the_end_of_a_short_answer() {
        let pins = pins([(1, 1), (3, 2), (50, 3)]);
        assert_eq!(paged(&pins, 6, 2), [1, 100, 2, 101, 102, 3]);
        assert_eq!(paged(&pins, 3, 10), [1, 2, 3]);
        assert_eq!(paged(&Pins::default(), 3, 2), [100, 101, 102]);
    }

    proptest! {
        #[test]
        fn pages_of_any_size_give_every_product_once(
            places in proptest::collection::btree_set(1usize..40, 0..8),
            more in 0usize..40,
            per_page in 1usize..50,
        ) {
            let pins = pins(places.iter().copied().zip(1..));
            let total = more + places.len();
            let whole = paged(&pins, total, total.max(1));
            prop_assert_eq!(&paged(&pins, total, per_page), &whole);
            let mut sorted = whole.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), total);
            for (place, ordinal) in places.iter().copied().zip(1..).filter(|(place, _)| *place <= more + 1) {
                prop_assert_eq!(whole[place - 1], ordinal, "place {} of {}", place, total);
            }
        }
    }
}
