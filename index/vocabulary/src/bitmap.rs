//! A set of products with one bit an ordinal. Filters produce such sets, both retrievers respect them, and
//! facets and totals are counted over them. The representation is dense: the sets that matter are large, and
//! combining two takes a few instructions a 64 products. Bits past the length are always zero.

use crate::id::Ordinal;

/// The number of ordinals in a word of a set.
pub const BITS: usize = u64::BITS as usize;

/// A set of ordinals below a fixed length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// The empty set of length `len`.
    pub fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(BITS)], len }
    }

    /// The full set of length `len`.
    pub fn full(len: usize) -> Self {
        let mut bitmap = Self { words: vec![u64::MAX; len.div_ceil(BITS)], len };
        bitmap.clear_tail();
        bitmap
    }

    /// The set of the listed ordinals, which come in any order; those not below `len` are left out.
    pub fn from_ordinals(len: usize, ordinals: impl IntoIterator<Item = Ordinal>) -> Self {
        let mut bitmap = Self::new(len);
        for ordinal in ordinals {
            bitmap.insert(ordinal);
        }
        bitmap
    }

    /// The set of the places of `values` that pass `test`.
    pub fn from_test<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let pack = |chunk: &[T]| chunk.iter().rev().fold(0, |bits, &value| bits << 1 | u64::from(test(value)));
        Self { words: values.chunks(BITS).map(pack).collect(), len: values.len() }
    }

    /// The same set with a length of at least `len`.
    pub fn lengthened(mut self, len: usize) -> Self {
        self.len = self.len.max(len);
        self.words.resize(self.len.div_ceil(BITS), 0);
        self
    }

    /// The fixed length: members are ordinals in `0..len`.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if the set has no member.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Adds an ordinal. An ordinal not below the length changes nothing.
    pub fn insert(&mut self, ordinal: Ordinal) {
        let at = ordinal.index();
        if at < self.len {
            self.words[at / BITS] |= 1 << (at % BITS);
        }
    }

    /// Removes an ordinal.
    pub fn remove(&mut self, ordinal: Ordinal) {
        if let Some(word) = self.words.get_mut(ordinal.index() / BITS) {
            *word &= !(1 << (ordinal.index() % BITS));
        }
    }

    /// True if the ordinal is a member.
    pub fn contains(&self, ordinal: Ordinal) -> bool {
        let at = ordinal.index();
        self.words.get(at / BITS).is_some_and(|word| word >> (at % BITS) & 1 == 1)
    }

    /// Intersects with `other`. Ordinals past the end of `other` are removed.
    pub fn and(&mut self, other: &Self) {
        let both = other.words.len().min(self.words.len());
        let (here, beyond) = self.words.split_at_mut(both);
        here.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
        beyond.fill(0);
    }

    /// Adds the members of `other` that lie below this length.
    pub fn or(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self.clear_tail();
    }

    /// Removes the members of `other`.
    pub fn and_not(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Turns the set into its complement.
    pub fn not(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.clear_tail();
    }

    /// The number of members.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The number of members of both sets.
    pub fn count_and(&self, other: &Self) -> usize {
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// The members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| Ones { word, base: at * BITS })
    }

    /// The bits: ordinal `o` is bit `o % 64` of word `o / 64`.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The ranks of the members.
    pub fn ranks(&self) -> MemberRanks<'_> {
        let mut count = 0;
        let before = self.words.iter().map(|word| {
            let before = count;
            count += word.count_ones();
            before
        });
        MemberRanks { before: before.collect(), words: &self.words, count: count as usize }
    }

    fn clear_tail(&mut self) {
        if let Some(last) = self.words.last_mut()
            && !self.len.is_multiple_of(BITS)
        {
            *last &= (1 << (self.len % BITS)) - 1;
        }
    }
}

/// The ranks of the members of a set: member number `n`, in ascending order, has rank `n` from 0. They index
/// arrays with one value a member.
#[derive(Debug)]
pub struct MemberRanks<'a> {
    words: &'a [u64],
    /// The number of members before each word.
    before: Vec<u32>,
    count: usize,
}

impl MemberRanks<'_> {
    /// The number of members.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rank of an ordinal; `None` if it is not a member.
    pub fn of(&self, ordinal: Ordinal) -> Option<usize> {
        let (at, bit) = (ordinal.index() / BITS, ordinal.index() % BITS);
        let word = *self.words.get(at)?;
        let before = word & ((1 << bit) - 1);
        (word >> bit & 1 == 1).then(|| (self.before[at] + before.count_ones()) as usize)
    }
}

/// Iterates over the set bits of one word.
struct Ones {
    word: u64,
    base: usize,
}

impl Iterator for Ones {
    type Item = Ordinal;

    fn next(&mut self) -> Option<Ordinal> {
        if self.word == 0 {
            return None;
        }
        let bit = self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(Ordinal::from_index(self.base + bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::btree_set;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn set(bitmap: &Bitmap) -> BTreeSet<u32> {
        bitmap.iter().map(Ordinal::get).collect()
    }

    fn of(len: usize, ordinals: &BTreeSet<u32>) -> Bitmap {
        Bitmap::from_ordinals(len, ordinals.iter().copied().map(Ordinal::new))
    }

    proptest! {
        #[test]
        fn behaves_as_a_set(len in 0usize..200, a in btree_set(0u32..220, 0..80), b in btree_set(0u32..220, 0..80)) {
            let inside = |s: &BTreeSet<u32>| s.iter().copied().filter(|&o| (o as usize) < len).collect::<BTreeSet<_>>();
            let (x, y) = (of(len, &a), of(len, &b));
            let (a, b) = (inside(&a), inside(&b));
            prop_assert_eq!(&set(&x), &a);
            prop_assert_eq!(x.iter().map(Ordinal::get).collect::<Vec<_>>(), a.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!((x.count(), x.is_empty(), x.len()), (a.len(), a.is_empty(), len));
            prop_assert!((0..250).all(|o| x.contains(Ordinal::new(o)) == a.contains(&o)));
            let ranks = x.ranks();
            prop_assert!((0..250).all(|o| ranks.of(Ordinal::new(o)) == a.iter().position(|&other| other == o)));
            prop_assert_eq!(ranks.count(), a.len());
            prop_assert_eq!(x.count_and(&y), a.intersection(&b).count());
            let apply = |change: fn(&mut Bitmap, &Bitmap)| { let mut x = x.clone(); change(&mut x, &y); set(&x) };
            prop_assert_eq!(apply(Bitmap::and), &a & &b);
            prop_assert_eq!(apply(Bitmap::or), &a | &b);
            prop_assert_eq!(apply(Bitmap::and_not), &a - &b);
            let mut complement = x.clone();
            complement.not();
            prop_assert_eq!(set(&complement), &set(&Bitmap::full(len)) - &a);
            prop_assert_eq!(Bitmap::full(len).count(), len);
            let mut emptied = x.clone();
            a.iter().for_each(|&o| emptied.remove(Ordinal::new(o)));
            prop_assert!(emptied.is_empty());
            let places: Vec<u32> = (0..len as u32).collect();
            prop_assert_eq!(Bitmap::from_test(&places, |o| a.contains(&o)), x);
        }

        #[test]
        fn sets_of_unlike_length_combine_without_leaving_their_own(short in 0usize..130, long in 130usize..300) {
            let mut a = Bitmap::full(short);
            a.or(&Bitmap::full(long));
            prop_assert_eq!(&a, &Bitmap::full(short));
            let mut b = Bitmap::full(long);
            b.and(&a);
            prop_assert_eq!(b.count(), short);
        }
    }
}
