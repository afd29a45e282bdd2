//! Many short lists of numbers, laid one after another: baskets of ordinals and, transposed, the baskets of
//! each ordinal. Counting the partners of one product touches only that product's lists, so memory stays
//! linear in the input, whatever the number of pairs. Sections, after a name: `.starts` (`u64`) and
//! `.values` (`u32`).

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::{Number, Ordinal};

/// Lists of numbers, of products unless it says otherwise, in the order they were pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists<N = Ordinal> {
    starts: Vec<usize>,
    values: Vec<N>,
}

impl<N> Default for Lists<N> {
    fn default() -> Self {
        Self { starts: vec![0], values: Vec::new() }
    }
}

impl<N: Number> Lists<N> {
    /// Appends a list.
    pub fn push(&mut self, list: &[N]) {
        self.values.extend_from_slice(list);
        self.starts.push(self.values.len());
    }

    /// The number of lists.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// True if there is no list.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list at `index`, which must be below [`Self::len`].
    pub fn get(&self, index: usize) -> &[N] {
        &self.values[self.starts[index]..self.starts[index + 1]]
    }

    /// All lists, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[N]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// For each number below `count`, the indices of the lists that contain it, ascending, once per
    /// occurrence. Numbers of `count` or more are left out.
    pub fn transpose<L: Number>(&self, count: usize) -> Lists<L> {
        let mut starts = vec![0; count + 1];
        let known = |value: N| value.index() < count;
        for &value in self.values.iter().filter(|&&value| known(value)) {
            starts[value.index() + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut values = vec![L::default(); starts[count]];
        for (index, list) in self.iter().enumerate() {
            for &value in list.iter().filter(|&&value| known(value)) {
                values[next[value.index()]] = L::from_index(index);
                next[value.index()] += 1;
            }
        }
        Lists { starts, values }
    }
}

impl<'a, N: Number> FromIterator<&'a [N]> for Lists<N> {
    fn from_iter<I: IntoIterator<Item = &'a [N]>>(lists: I) -> Self {
        let mut all = Self::default();
        lists.into_iter().for_each(|list| all.push(list));
        all
    }
}

/// Lists as sections of a file, or before they are written.
#[derive(Debug, Clone)]
pub(super) struct StoredLists<N = Ordinal> {
    starts: Section<u64>,
    values: Section<N>,
}

impl<N: Number> From<Lists<N>> for StoredLists<N> {
    fn from(lists: Lists<N>) -> Self {
        let starts: Vec<u64> = lists.starts.into_iter().map(|start| start as u64).collect();
        Self { starts: starts.into(), values: lists.values.into() }
    }
}

impl<N: Number> StoredLists<N> {
    /// The number of lists.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The list at `index`; empty if out of range.
    pub(super) fn get(&self, index: usize) -> &[N] {
        if index >= self.len() {
            return &[];
        }
        &self.values[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    /// Writes the lists as sections with names that start with `name`.
    pub(super) fn write(&self, file: &mut FlatWriter, name: &str) -> Result<()> {
        file.section::<u64>(&format!("{name}.starts"), &self.starts)?;
        file.section::<N>(&format!("{name}.values"), &self.values)
    }

    /// Opens `count` lists of numbers below `limit`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the sections hold anything else.
    pub(super) fn open(file: &FlatFile, name: &str, count: usize, limit: usize) -> Result<Self> {
        let starts = file.section_of::<u64>(&format!("{name}.starts"), count + 1)?;
        let values: Section<N> = file.section(&format!("{name}.values"))?;
        let whole = starts[0] == 0 && starts[count] == values.len() as u64;
        if !whole || starts.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(Error::corrupt(file.path(), format!("lists {name} do not follow each other")));
        }
        if values.iter().any(|value| value.index() >= limit) {
            return Err(Error::corrupt(file.path(), format!("lists {name} name a number that is too large")));
        }
        Ok(Self { starts, values })
    }
}

/// A sum for each of `count` numbers; emptying it takes time by the numbers in use, not by `count`.
#[derive(Debug)]
pub(super) struct SparseCounter<N = Ordinal> {
    totals: Vec<f32>,
    seen: Vec<N>,
}

impl<N: Number> SparseCounter<N> {
    /// A counter of zeros.
    pub(super) fn new(count: usize) -> Self {
        Self { totals: vec![0.0; count], seen: Vec::new() }
    }

    /// Adds a positive amount. Whole numbers are exact up to 2^24.
    pub(super) fn add(&mut self, number: N, amount: f32) {
        let total = &mut self.totals[number.index()];
        if *total == 0.0 {
            self.seen.push(number);
        }
        *total += amount;
    }

    /// Takes out all sums above 0, by number, and leaves zeros.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (N, f32)> {
        self.seen.sort_unstable();
        self.drain_unsorted()
    }

    /// Takes out all sums above 0, in the order of first use, and leaves zeros.
    pub(super) fn drain_unsorted(&mut self) -> impl Iterator<Item = (N, f32)> {
        let totals = &mut self.totals;
        self.seen.drain(..).map(|number| (number, std::mem::take(&mut totals[number.index()])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_gives_the_lists_of_each_number() {
        let lists: Lists<u32> = [[0, 2].as_slice(), &[], &[2, 1, 9]].into_iter().collect();
        let turned: Lists<u32> = lists.transpose(4);
        assert_eq!(turned.iter().collect::<Vec<_>>(), [&[0][..], &[2], &[0, 2], &[]]);
    }

    #[test]
    fn a_drained_counter_starts_over() {
        let mut tally = SparseCounter::<u32>::new(5);
        tally.add(4, 1.0);
        tally.add(1, 0.5);
        tally.add(4, 1.0);
        assert_eq!(tally.drain().collect::<Vec<_>>(), [(1, 0.5), (4, 2.0)]);
        assert_eq!(tally.drain().count(), 0);
        tally.add(4, 3.0);
        assert_eq!(tally.drain().collect::<Vec<_>>(), [(4, 3.0)]);
    }
}
