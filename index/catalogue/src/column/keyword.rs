//! Columns of texts. The distinct texts lie in a dictionary, ordered ignoring case and then by
//! bytes, so that spellings which a filter treats as equal have neighbouring ids. [`Rows`] maps
//! products to ids and ids to products, so a filter costs only as much as it matches.

use std::ops::Range;
use std::path::Path;

use super::alphabet::Alphabet;
use super::fold;
use super::layout::{Cutter, KeywordEntry, SectionSlice, check_below, check_starts};
use super::rows::{Rows, RowsView, Shape, one_more, slice};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::flat::Section;
use crate::id::{Ordinal, ValueId};
use crate::product::CATEGORY_SEPARATOR;

/// A column of texts, any number for each product.
#[derive(Debug, Clone)]
pub struct KeywordColumn {
    pub(super) text: SectionSlice<u8>,
    pub(super) offsets: SectionSlice<u32>,
    pub(super) rows: Rows,
    pub(super) respelled: SectionSlice<ValueId>,
    pub(super) alphabet: Alphabet,
}

impl KeywordColumn {
    /// Cuts a column from its sections and validates it.
    pub(super) fn open(
        path: &Path,
        products: usize,
        entry: &KeywordEntry,
        words: &Section<u32>,
        text: &Section<u8>,
    ) -> Result<Self> {
        let &KeywordEntry { encoding, distinct, rows, values, .. } = entry;
        let mut words = Cutter::new(path, words, entry.words_at);
        let column = Self {
            text: Cutter::new(path, text, entry.text_at).cut(entry.text_bytes)?,
            offsets: words.cut(one_more(path, distinct)?)?,
            rows: Rows::open(path, products, Shape { encoding, distinct, rows, values }, &mut words)?,
            respelled: words.cut(entry.respelled)?,
            alphabet: Alphabet::default(),
        };
        check_starts(path, "dictionary offsets", &column.offsets, column.text.len())?;
        let text = std::str::from_utf8(&column.text).map_err(|_| Error::corrupt(path, "a dictionary is not UTF-8"))?;
        if !column.offsets.iter().all(|&at| text.is_char_boundary(at as usize)) {
            return Err(Error::corrupt(path, "a dictionary entry splits a character"));
        }
        check_below(path, "spellings", &column.respelled, distinct)?;
        if column.respelled.first() == Some(&ValueId::new(0)) || !column.respelled.is_sorted_by(|a, b| a < b) {
            return Err(Error::corrupt(path, "spellings of a dictionary are out of order"));
        }
        Ok(column)
    }

    /// The place of each text in the alphabet of a language, by id. The first call sorts the texts.
    pub(super) fn alphabet(&self, language: &str) -> &[u32] {
        self.alphabet.places(self.view(), language)
    }

    /// The column as plain slices; call it once, outside of loops.
    pub fn view(&self) -> KeywordView<'_> {
        KeywordView { text: &self.text, offsets: &self.offsets, rows: self.rows.view(), respelled: &self.respelled }
    }
}

/// A borrowed [`KeywordColumn`] for use in loops.
#[derive(Debug, Clone, Copy)]
pub struct KeywordView<'a> {
    text: &'a [u8],
    offsets: &'a [u32],
    pub(super) rows: RowsView<'a>,
    respelled: &'a [ValueId],
}

impl<'a> KeywordView<'a> {
    /// The number of distinct texts.
    pub fn distinct(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The ids of a product's texts, ascending; empty if it has none.
    pub fn values(&self, ordinal: Ordinal) -> &'a [ValueId] {
        self.rows.values(ordinal)
    }

    /// The text of an id; empty if the id is out of range.
    pub fn text(&self, id: ValueId) -> &'a str {
        slice(self.offsets, id.index(), self.text).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The ids of all texts equal to `text` ignoring case.
    pub fn equal_to(&self, text: &str) -> Range<ValueId> {
        self.range(|entry| fold::compare(entry, text).is_lt(), |entry| fold::compare(entry, text).is_le())
    }

    /// The id of exactly this text.
    pub fn id_of(&self, text: &str) -> Option<ValueId> {
        ValueId::within(self.equal_to(text)).find(|&id| self.text(id) == text)
    }

    /// The id that this text has, or would be inserted at.
    pub(super) fn place_of(&self, text: &str) -> ValueId {
        self.first_not(|entry| fold::compare(entry, text).then_with(|| entry.cmp(text)).is_lt())
    }

    /// The ids of the texts below `path` in a hierarchy written `Shoes > Boots`, without `path` itself.
    pub fn below(&self, path: &str) -> Range<ValueId> {
        let prefix = format!("{path}{CATEGORY_SEPARATOR}");
        let before = |entry: &str| fold::compare(entry, &prefix).is_lt();
        self.range(before, |entry| before(entry) || fold::starts_with(entry, &prefix))
    }

    /// The products of a range of texts: ascending for one text; for several, one list after the other.
    pub fn products_of(&self, ids: Range<ValueId>) -> &'a [Ordinal] {
        self.rows.products_of(ids)
    }

    /// The products that have any text.
    pub fn present(&self) -> Bitmap {
        self.rows.present()
    }

    /// The ids, ascending, of texts that differ from their predecessor in case only.
    pub(super) fn respelled(&self) -> &'a [ValueId] {
        self.respelled
    }

    /// The most frequent spelling of a text in the catalogue; the first on ties. `first` is the id of its first
    /// spelling.
    pub(super) fn commonest_spelling(&self, first: ValueId) -> &'a str {
        let others = self.respelled.partition_point(|&id| id <= first);
        let others = self.respelled[others..].iter().zip(first.get() + 1..).take_while(|(id, next)| id.get() == *next);
        let spellings = std::iter::once(first).chain(others.map(|(&id, _)| id));
        let products = |id: ValueId| self.products_of(id..id.next()).len();
        self.text(spellings.min_by_key(|&id| std::cmp::Reverse(products(id))).unwrap_or(first))
    }

    /// The ids from the first entry for which `before` is false to the first for which `within` is false.
    fn range(&self, before: impl Fn(&str) -> bool, within: impl Fn(&str) -> bool) -> Range<ValueId> {
        self.first_not(before)..self.first_not(within)
    }

    fn first_not(&self, holds: impl Fn(&str) -> bool) -> ValueId {
        let (mut from, mut to) = (0, self.distinct());
        while from < to {
            let middle = from + (to - from) / 2;
            if holds(self.text(ValueId::from_index(middle))) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        ValueId::from_index(from)
    }
}
