//! Variant groups. Products of one group have adjacent ordinals, so a group is a run and is
//! identified by its first ordinal. Code that visits ordinals in ascending order counts groups by
//! remembering the last one seen. Only groups that products joined or left since the build lie
//! **apart** and need a set to be counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::bitmap::{BITS, Bitmap};
use crate::id::{GroupNumber, Ordinal};

/// The variant group of each product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    first: Vec<Ordinal>,
    /// One bit for each product, set on the last of its run; bits past the products are set, because each of those is
    /// a run of its own.
    lasts: Vec<u64>,
    /// The members of groups that lie apart, ascending, by the first member.
    apart: BTreeMap<Ordinal, Vec<Ordinal>>,
    /// All those members, ascending.
    members_apart: Vec<Ordinal>,
}

impl Groups {
    /// Groups products by their group number, `None` for a product without variants. Returns `None` if no two
    /// neighbours share a number: then every product is a group of its own.
    pub fn new(numbers: impl IntoIterator<Item = Option<GroupNumber>>) -> Option<Self> {
        Self::with_apart(numbers, [])
    }

    /// As [`Self::new`], with the members, ascending, of groups that need not be adjacent.
    pub fn with_apart<'a>(
        numbers: impl IntoIterator<Item = Option<GroupNumber>>,
        apart: impl IntoIterator<Item = &'a [Ordinal]>,
    ) -> Option<Self> {
        let mut groups = Self::default();
        let (mut before, mut any) = (None, false);
        for (ordinal, number) in Ordinal::enumerate(numbers) {
            let same = number.is_some() && number == before;
            let start = groups.first.last().copied().filter(|_| same);
            groups.first.push(start.unwrap_or(ordinal));
            any |= same;
            before = number;
        }
        for members in apart {
            let Some(&first) = members.first() else { continue };
            for &member in members {
                if let Some(name) = groups.first.get_mut(member.index()) {
                    *name = first;
                }
            }
            any |= members.len() > 1;
            groups.apart.insert(first, members.to_vec());
        }
        groups.lasts = vec![u64::MAX; groups.first.len().div_ceil(BITS)];
        for (at, pair) in groups.first.windows(2).enumerate() {
            groups.lasts[at / BITS] &= !(u64::from(pair[0] == pair[1]) << (at % BITS));
        }
        groups.members_apart = groups.apart.values().flatten().copied().collect();
        groups.members_apart.sort_unstable();
        any.then_some(groups)
    }

    /// The first ordinal of a product's group, which identifies the group.
    pub fn first(&self, ordinal: Ordinal) -> Ordinal {
        self.first.get(ordinal.index()).copied().unwrap_or(ordinal)
    }

    /// True if the group with this first ordinal has members that are not adjacent.
    pub fn is_apart(&self, first: Ordinal) -> bool {
        self.apart.contains_key(&first)
    }

    /// All products of a product's group, itself included, ascending.
    pub fn members(&self, ordinal: Ordinal) -> impl Iterator<Item = Ordinal> + '_ {
        let first = self.first(ordinal);
        let apart = self.apart.get(&first).map_or(&[][..], Vec::as_slice);
        let rest = self.first.get(first.index() + 1..).unwrap_or_default();
        let run = if apart.is_empty() { 1 + rest.iter().take_while(|&&other| other == first).count() } else { 0 };
        (first.index()..first.index() + run).map(Ordinal::from_index).chain(apart.iter().copied())
    }

    /// The number of groups with a product in `set`.
    ///
    /// A run is counted if its last bit is set, or if adding ones to all bits of the run below the last carries into
    /// it. So one addition counts the runs of 64 products, with a carry for a run that continues in the next word.
    pub fn count(&self, set: &Bitmap) -> usize {
        let (mut carry, mut count) = (false, 0);
        let lasts = self.lasts.iter().copied().chain(std::iter::repeat(u64::MAX));
        for (&bits, lasts) in set.words().iter().zip(lasts) {
            let (sum, above) = (bits & !lasts).overflowing_add(!lasts);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = above || again;
            count += ((sum | bits) & lasts).count_ones() as usize;
        }
        // The loop above counted the runs of groups that lie apart as groups of their own; correct that.
        let (mut seen, mut before, mut counted) = (BTreeSet::new(), None, false);
        for &ordinal in &self.members_apart {
            let first = self.first(ordinal);
            counted &= before.is_some_and(|(before, group): (Ordinal, _)| before.next() == ordinal && group == first);
            if set.contains(ordinal) {
                count -= usize::from(!counted);
                count += usize::from(seen.insert(first));
                counted = true;
            }
            before = Some((ordinal, first));
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn groups<const N: usize>(numbers: [Option<u32>; N]) -> Option<Groups> {
        Groups::new(numbers.map(|number| number.map(GroupNumber::new)))
    }

    fn members(groups: &Groups, ordinal: u32) -> Vec<u32> {
        groups.members(Ordinal::new(ordinal)).map(Ordinal::get).collect()
    }

    #[test]
    fn without_variants_there_is_nothing_to_group() {
        assert_eq!(groups([None, Some(1), None, Some(2)]), None);
        assert_eq!(groups([]), None);
    }

    #[test]
    fn a_group_is_named_by_its_first_and_knows_its_members() {
        let groups = groups([Some(4), Some(4), None, None, Some(9), Some(9), Some(9)]);
        let Some(groups) = groups else { panic!("there are variants") };
        assert_eq!(Ordinal::all(7).map(|at| groups.first(at).get()).collect::<Vec<_>>(), [0, 0, 2, 3, 4, 4, 4]);
        assert_eq!([1, 2, 5].map(|at| members(&groups, at)), [vec![0, 1], vec![2], vec![4, 5, 6]]);
        assert_eq!(groups.count(&Bitmap::full(7)), 4);
        assert_eq!(groups.count(&Bitmap::from_ordinals(7, Ordinal::array([1, 4, 6]))), 2);
        assert_eq!(
            groups.count(&Bitmap::from_ordinals(130, Ordinal::array([1, 6, 7, 8, 129]))),
            5,
            "later products are alone"
        );
    }

    #[test]
    fn a_group_that_lies_apart_is_one_all_the_same() {
        let numbers = [Some(4), Some(4), Some(4), None, Some(9), Some(4), Some(9)];
        let lists: [&[Ordinal]; 2] = [&Ordinal::array([0, 2, 5]), &Ordinal::array([4, 6])];
        let alone =
            numbers.into_iter().enumerate().map(|(at, number)| number.filter(|_| at != 1).map(GroupNumber::new));
        let Some(groups) = Groups::with_apart(alone, lists) else { panic!("there are variants") };
        assert_eq!(Ordinal::all(8).map(|at| groups.first(at).get()).collect::<Vec<_>>(), [0, 1, 0, 3, 4, 0, 4, 7]);
        assert_eq!([5, 1, 7].map(|at| members(&groups, at)), [vec![0, 2, 5], vec![1], vec![7]]);
        assert_eq!(groups.count(&Bitmap::full(7)), 4);
    }

    proptest! {
        #[test]
        fn groups_are_counted_as_a_set_would(runs in vec((option::of(0u32..3), 1usize..4), 1..30), picks in vec(any::<bool>(), 90)) {
            // Consecutive runs have different numbers, so neighbours are one group exactly if they are one run.
            let numbers: Vec<Option<GroupNumber>> = GroupNumber::enumerate(&runs)
                .flat_map(|(run, &(grouped, length))| vec![grouped.map(|_| run); length]).collect();
            let picked = Ordinal::all(numbers.len()).filter(|at| picks[at.index() % picks.len()]);
            let set = Bitmap::from_ordinals(numbers.len(), picked.clone());
            let expected: BTreeSet<(Option<GroupNumber>, Option<Ordinal>)> =
                picked.map(|at| (numbers[at.index()], Some(at).filter(|_| numbers[at.index()].is_none()))).collect();
            let counted = Groups::new(numbers.iter().copied()).map_or(set.count(), |groups| groups.count(&set));
            prop_assert_eq!(counted, expected.len());
        }

        #[test]
        fn groups_that_lie_apart_are_counted_as_a_set_would(numbers in vec(0u32..9, 1..200), picks in vec(any::<bool>(), 90)) {
            let mut apart: BTreeMap<u32, Vec<Ordinal>> = BTreeMap::new();
            Ordinal::enumerate(&numbers).for_each(|(at, number)| apart.entry(*number).or_default().push(at));
            // Products of the first four numbers lie apart; all others are alone.
            let apart: Vec<Vec<Ordinal>> = apart.into_iter().filter(|(number, _)| *number < 4).map(|(_, all)| all).collect();
            let groups = Groups::with_apart(numbers.iter().map(|_| None), apart.iter().map(Vec::as_slice));
            let picked = Ordinal::all(numbers.len()).filter(|at| picks[at.index() % picks.len()]);
            let set = Bitmap::from_ordinals(numbers.len(), picked.clone());
            let expected: BTreeSet<(u32, Option<Ordinal>)> = picked.map(|at| match numbers[at.index()] {
                number @ 0..4 => (number, None),
                number => (number, Some(at)),
            }).collect();
            prop_assert_eq!(groups.map_or(set.count(), |groups| groups.count(&set)), expected.len());
        }
    }
}
