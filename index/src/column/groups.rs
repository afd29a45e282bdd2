//! Variants of one product: products of one group have adjacent ordinals, so a
//! group is a run of them and its first ordinal names it. Whatever visits
//! ordinals in ascending order counts groups by remembering the last one met.

use std::ops::Range;

use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// The group of each product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    first: Vec<Ordinal>,
}

impl Groups {
    /// Takes each product's group number, `None` for a product alone. Nothing when no product has
    /// a variant beside it: then every product is a group of its own.
    pub fn new(numbers: impl IntoIterator<Item = Option<u32>>) -> Option<Self> {
        let mut first: Vec<Ordinal> = Vec::new();
        let (mut before, mut any) = (None, false);
        for (ordinal, number) in (0..).zip(numbers) {
            let same = number.is_some() && number == before;
            let start = first.last().copied().filter(|_| same);
            first.push(start.unwrap_or(ordinal));
            any |= same;
            before = number;
        }
        any.then_some(Self { first })
    }

    /// The first ordinal of a product's group, which names the group.
    pub fn first(&self, ordinal: Ordinal) -> Ordinal {
        self.first.get(ordinal as usize).copied().unwrap_or(ordinal)
    }

    /// All products of a product's group, itself included.
    pub fn members(&self, ordinal: Ordinal) -> Range<Ordinal> {
        let first = self.first(ordinal);
        let rest = self.first.get(first as usize..).unwrap_or_default();
        first..first + rest.iter().take_while(|&&other| other == first).count() as Ordinal
    }

    /// How many groups have a product in `set`.
    pub fn count(&self, set: &Bitmap) -> usize {
        let mut last = None;
        set.iter().filter(|&ordinal| last.replace(self.first(ordinal)) != last).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn without_variants_there_is_nothing_to_group() {
        assert_eq!(Groups::new([None, Some(1), None, Some(2)]), None);
        assert_eq!(Groups::new([]), None);
    }

    #[test]
    fn a_group_is_named_by_its_first_and_knows_its_members() {
        let groups = Groups::new([Some(4), Some(4), None, None, Some(9), Some(9), Some(9)]);
        let Some(groups) = groups else { panic!("there are variants") };
        assert_eq!((0..7).map(|at| groups.first(at)).collect::<Vec<_>>(), [0, 0, 2, 3, 4, 4, 4]);
        assert_eq!((groups.members(1), groups.members(2), groups.members(5)), (0..2, 2..3, 4..7));
        assert_eq!(groups.count(&Bitmap::full(7)), 4);
        assert_eq!(groups.count(&Bitmap::from_ordinals(7, [1, 4, 6])), 2);
    }

    proptest! {
        #[test]
        fn groups_are_counted_as_a_set_would(runs in vec((option::of(0u32..3), 1usize..4), 1..30), picks in vec(any::<bool>(), 90)) {
            // Runs of unlike numbers, so that neighbours are one group exactly when they are one run.
            let numbers: Vec<Option<u32>> = (0..).zip(&runs)
                .flat_map(|(run, &(grouped, length))| vec![grouped.map(|_| run); length]).collect();
            let picked = (0..numbers.len() as u32).filter(|&at| picks[at as usize % picks.len()]);
            let set = Bitmap::from_ordinals(numbers.len(), picked.clone());
            let expected: BTreeSet<(Option<u32>, u32)> =
                picked.map(|at| (numbers[at as usize], numbers[at as usize].map_or(at, |_| 0))).collect();
            let counted = Groups::new(numbers.iter().copied()).map_or(set.count(), |groups| groups.count(&set));
            prop_assert_eq!(counted, expected.len());
        }
    }
}
