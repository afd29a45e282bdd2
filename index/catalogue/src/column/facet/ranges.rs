//! Counts of many ranges in one pass. The sorted bounds of all ranges cut the numbers into cells; a value is looked up
//! among the bounds once, by binary search, and a range is a run of cells. A group of variants counts once in a range,
//! however many of its values lie in it: with its cells ascending, `e₁ < e₂ < … < eₖ`, the run `[a, b)` holds one of them
//! exactly if the number of `eᵢ` in it minus the number of neighbours `(eᵢ, eᵢ₊₁)` in it is 1. So a range is the sum of its
//! cells minus the sum of a rectangle of pairs, and both come from prefix sums.

use std::collections::BTreeMap;

use crate::id::Ordinal;
use crate::query::Interval;

/// Counts of groups by the cells of their values.
pub(super) struct RangeCounts {
    /// The bounds of all ranges, ascending, each once.
    bounds: Vec<f64>,
    /// The groups with a value in a cell.
    cells: Vec<u32>,
    /// The groups with values in two cells and none between them.
    pairs: BTreeMap<(usize, usize), u32>,
    /// The group whose values are being visited, and its cells.
    group: Option<Ordinal>,
    own: Vec<usize>,
    /// The cells of groups whose members are not adjacent.
    apart: BTreeMap<Ordinal, Vec<usize>>,
}

impl RangeCounts {
    /// Counts of nothing yet.
    pub(super) fn new(ranges: &[Interval]) -> Self {
        let mut bounds: Vec<f64> = ranges.iter().flat_map(|&(from, to)| from.into_iter().chain(to)).collect();
        bounds.sort_unstable_by(f64::total_cmp);
        bounds.dedup();
        let cells = vec![0; bounds.len() + 1];
        Self { bounds, cells, pairs: BTreeMap::new(), group: None, own: Vec::new(), apart: BTreeMap::new() }
    }

    /// The cell of a value: the number of bounds up to it.
    fn cell(&self, value: f64) -> usize {
        self.bounds.partition_point(|&bound| bound <= value)
    }

    /// Takes in a value of a group. The values of a group follow each other, unless it `is_apart`.
    pub(super) fn add(&mut self, group: Ordinal, is_apart: bool, value: f64) {
        let cell = self.cell(value);
        if is_apart {
            self.apart.entry(group).or_default().push(cell);
            return;
        }
        if self.group != Some(group) {
            self.close();
            self.group = Some(group);
        }
        // Most groups have one value, or several in one cell.
        if self.own.last() != Some(&cell) {
            self.own.push(cell);
        }
    }

    /// Counts the group whose values were visited.
    fn close(&mut self) {
        let mut own = std::mem::take(&mut self.own);
        self.count(&mut own);
        own.clear();
        self.own = own;
    }

    fn count(&mut self, own: &mut Vec<usize>) {
        own.sort_unstable();
        own.dedup();
        own.iter().for_each(|&cell| self.cells[cell] += 1);
        own.windows(2).for_each(|pair| *self.pairs.entry((pair[0], pair[1])).or_default() += 1);
    }

    /// The groups with a value in each range.
    pub(super) fn of(mut self, ranges: &[Interval]) -> Vec<u32> {
        self.close();
        for mut own in std::mem::take(&mut self.apart).into_values() {
            self.count(&mut own);
        }
        let before: Vec<u32> = std::iter::once(0)
            .chain(self.cells.iter().scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            }))
            .collect();
        let pairs = PairSums::new(&self.pairs, self.cells.len());
        let count = |&(from, to): &Interval| {
            let first = from.map_or(0, |from| self.cell(from));
            let end = to.map_or(self.cells.len(), |to| self.cell(to));
            if first >= end { 0 } else { before[end] - before[first] - pairs.within(first, end) }
        };
        ranges.iter().map(count).collect()
    }
}

/// Sums of pairs `(a, b)` with `a < b`, by a table of prefix sums; empty where no group has values in two cells.
struct PairSums {
    /// At `(a, b)` the number of pairs from `a` on that end before `b`.
    sums: Vec<u32>,
    width: usize,
}

impl PairSums {
    fn new(pairs: &BTreeMap<(usize, usize), u32>, cells: usize) -> Self {
        let width = cells + 1;
        if pairs.is_empty() {
            return Self { sums: Vec::new(), width };
        }
        let mut sums = vec![0; width * width];
        for from in (0..cells).rev() {
            let mut in_row = 0;
            for end in 1..width {
                in_row += pairs.get(&(from, end - 1)).copied().unwrap_or_default();
                sums[from * width + end] = sums[(from + 1) * width + end] + in_row;
            }
        }
        Self { sums, width }
    }

    /// The pairs that lie in `[first, end)`.
    fn within(&self, first: usize, end: usize) -> u32 {
        self.sums.get(first * self.width + end).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_range_counts_each_group_once(
            values in prop::collection::vec((0u32..12, -3i32..24), 0..60),
            ends in prop::collection::vec((prop::option::of(-2i32..22), prop::option::of(-2i32..22)), 0..12),
        ) {
            let ranges: Vec<Interval> =
                ends.iter().map(|&(from, to)| (from.map(f64::from), to.map(f64::from))).collect();
            let mut values = values;
            // Groups below 9 are adjacent, the others come in any order.
            values.sort_by_key(|&(group, _)| if group < 9 { group } else { 9 });
            let mut counts = RangeCounts::new(&ranges);
            for &(group, value) in &values {
                counts.add(Ordinal::from_index(group as usize), group >= 9, f64::from(value));
            }
            let within = |&(from, to): &Interval, value: i32| {
                from.is_none_or(|from| from <= f64::from(value)) && to.is_none_or(|to| f64::from(value) < to)
            };
            let expected: Vec<u32> = ranges.iter().map(|range| {
                let groups: std::collections::BTreeSet<u32> =
                    values.iter().filter(|&&(_, value)| within(range, value)).map(|&(group, _)| group).collect();
                groups.len() as u32
            }).collect();
            prop_assert_eq!(counts.of(&ranges), expected);
        }
    }
}
