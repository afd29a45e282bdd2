//! Products that rules put at places of an answer, whatever their score.

use std::collections::BTreeMap;

use crate::bitmap::Bitmap;
use crate::column::Groups;
use crate::id::Ordinal;

/// Products that stand at places, whatever their score.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// By wanted place, from 1, each place once.
    wanted: Vec<(usize, Ordinal)>,
}

impl Pins {
    /// Products at wanted places, in the order of the places; no place and no product twice.
    pub(super) fn new(wanted: Vec<(usize, Ordinal)>) -> Self {
        Self { wanted }
    }

    pub(super) fn ordinals(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.wanted.iter().map(|(_, ordinal)| *ordinal)
    }

    /// Those that are in `set`, of a group of variants the first.
    pub(super) fn within(&self, set: &Bitmap, groups: Option<&Groups>) -> Self {
        let group = |ordinal| groups.map_or(ordinal, |groups| groups.first(ordinal));
        let mut met: Vec<Ordinal> = Vec::new();
        let mut kept = self.wanted.clone();
        kept.retain(|&(_, ordinal)| {
            let keep = set.contains(ordinal) && !met.contains(&group(ordinal));
            if keep {
                met.push(group(ordinal));
            }
            keep
        });
        Self { wanted: kept }
    }

    pub(super) fn contains(&self, ordinal: Ordinal) -> bool {
        self.ordinals().any(|pinned| pinned == ordinal)
    }

    /// Pinned products by place from 0 in an answer of `total` products, all of them counted in it:
    /// where the answer is shorter than a wanted place, they stand at its end.
    fn places(&self, total: usize) -> BTreeMap<usize, Ordinal> {
        let behind = (0..self.wanted.len()).rev();
        let placed = self.wanted.iter().zip(behind).map(|((wanted, ordinal), behind)| {
            let last = total.saturating_sub(1 + behind);
            ((wanted - 1).min(last), *ordinal)
        });
        placed.collect()
    }

    /// The products at places `offset..offset + limit` of an answer of `total`, where `others`
    /// gives those that are not pinned from some place of their own order on.
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

    /// The whole answer in pages of a size; others are 100, 101, …
    fn paged(pins: &Pins, total: usize, per_page: usize) -> Vec<Ordinal> {
        let others = total - pins.wanted.len();
        let slice =
            |offset: usize, limit: usize| (offset..others.min(offset + limit)).map(|at| 100 + at as Ordinal).collect();
        let page = |offset| pins.page(total, offset, per_page, |pinned| pinned, slice);
        (0..total.div_ceil(per_page)).flat_map(|at| page(at * per_page)).collect()
    }

    #[test]
    fn pins_stand_where_they_were_put_and_at_the_end_of_a_short_answer() {
        let pins = Pins::new(vec![(1, 1), (3, 2), (50, 3)]);
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
            let pins = Pins::new(places.iter().copied().zip(1..).collect());
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
