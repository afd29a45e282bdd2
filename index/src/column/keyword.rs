//! Columns of texts. The distinct texts lie in a dictionary, ordered ignoring
//! case and then by bytes, so that the spellings a filter takes as equal have
//! neighbouring ids. A product's row is its ids, ascending, without repeats; the
//! reverse, each text's products, lies beside it, so that a filter costs what it
//! finds. Columns few products have list those products instead of all.

use std::ops::Range;
use std::path::Path;

use super::fold;
use super::layout::{Cutter, Encoding, KeywordEntry, Part, check_below, check_starts};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::flat::Section;
use crate::id::Ordinal;
use crate::product::CATEGORY_SEPARATOR;

/// A text's place in its column's dictionary.
pub type ValueId = u32;

/// A column of texts, any number a product.
#[derive(Debug, Clone)]
pub struct KeywordColumn {
    products: usize,
    text: Part<u8>,
    offsets: Part<u32>,
    rows: Option<Part<u32>>,
    starts: Part<u32>,
    values: Part<u32>,
    list_starts: Part<u32>,
    lists: Part<u32>,
}

impl KeywordColumn {
    /// Cuts a column from its sections and checks it.
    pub(super) fn open(
        path: &Path,
        products: usize,
        entry: &KeywordEntry,
        words: &Section<u32>,
        text: &Section<u8>,
    ) -> Result<Self> {
        let more = |count: usize| count.checked_add(1).ok_or_else(|| Error::corrupt(path, "a column is too large"));
        let mut words = Cutter::new(path, words, entry.words_at);
        let sparse = entry.encoding == Encoding::Sparse;
        let column = Self {
            products,
            text: Cutter::new(path, text, entry.text_at).cut(entry.text_bytes)?,
            offsets: words.cut(more(entry.distinct)?)?,
            rows: if sparse { Some(words.cut(entry.rows)?) } else { None },
            starts: words.cut(more(if sparse { entry.rows } else { products })?)?,
            values: words.cut(entry.values)?,
            list_starts: words.cut(more(entry.distinct)?)?,
            lists: words.cut(entry.values)?,
        };
        column.check(path)?;
        Ok(column)
    }

    fn check(&self, path: &Path) -> Result<()> {
        check_starts(path, "dictionary offsets", &self.offsets, self.text.len())?;
        check_starts(path, "row starts", &self.starts, self.values.len())?;
        check_starts(path, "list starts", &self.list_starts, self.lists.len())?;
        check_below(path, "rows", &self.values, self.view().distinct())?;
        check_below(path, "lists", &self.lists, self.products)?;
        let text = std::str::from_utf8(&self.text).map_err(|_| Error::corrupt(path, "a dictionary is not UTF-8"))?;
        if !self.offsets.iter().all(|&at| text.is_char_boundary(at as usize)) {
            return Err(Error::corrupt(path, "a dictionary entry splits a character"));
        }
        if let Some(rows) = &self.rows {
            check_below(path, "products", rows, self.products)?;
            if !rows.is_sorted_by(|a, b| a < b) {
                return Err(Error::corrupt(path, "products of a column are not ascending"));
            }
        }
        Ok(())
    }

    /// The column as plain slices; take it once outside a loop.
    pub fn view(&self) -> KeywordView<'_> {
        KeywordView {
            products: self.products,
            text: &self.text,
            offsets: &self.offsets,
            rows: self.rows.as_deref(),
            starts: &self.starts,
            values: &self.values,
            list_starts: &self.list_starts,
            lists: &self.lists,
        }
    }
}

/// A borrowed [`KeywordColumn`], to read from in loops.
#[derive(Debug, Clone, Copy)]
pub struct KeywordView<'a> {
    products: usize,
    text: &'a [u8],
    offsets: &'a [u32],
    rows: Option<&'a [u32]>,
    starts: &'a [u32],
    values: &'a [u32],
    list_starts: &'a [u32],
    lists: &'a [u32],
}

impl<'a> KeywordView<'a> {
    /// How many distinct texts there are.
    pub fn distinct(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// A product's texts, ascending; empty when it has none.
    pub fn values(&self, ordinal: Ordinal) -> &'a [ValueId] {
        let row = match self.rows {
            None => Some(ordinal as usize),
            Some(rows) => rows.binary_search(&ordinal).ok(),
        };
        row.map_or(&[], |row| self.row(row))
    }

    /// The text of an id; empty for an id of another column.
    pub fn text(&self, id: ValueId) -> &'a str {
        slice(self.offsets, id as usize, self.text).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The texts equal to `text` ignoring case.
    pub fn equal_to(&self, text: &str) -> Range<ValueId> {
        self.range(|entry| fold::compare(entry, text).is_lt(), |entry| fold::compare(entry, text).is_le())
    }

    /// The id of exactly this text.
    pub fn id_of(&self, text: &str) -> Option<ValueId> {
        self.equal_to(text).find(|&id| self.text(id) == text)
    }

    /// The texts below `path` in a hierarchy written `Shoes > Boots`, without `path` itself.
    pub fn below(&self, path: &str) -> Range<ValueId> {
        let prefix = format!("{path}{CATEGORY_SEPARATOR}");
        let before = |entry: &str| fold::compare(entry, &prefix).is_lt();
        self.range(before, |entry| before(entry) || fold::starts_with(entry, &prefix))
    }

    /// The products of a range of texts: ascending for one text, each text's
    /// products after the other's for several.
    pub fn products_of(&self, ids: Range<ValueId>) -> &'a [Ordinal] {
        let at = |id: ValueId| self.list_starts.get(id as usize).map(|&start| start as usize);
        at(ids.start).zip(at(ids.end)).and_then(|(from, to)| self.lists.get(from..to)).unwrap_or_default()
    }

    /// The products that have any text.
    pub fn present(&self) -> Bitmap {
        match self.rows {
            Some(rows) => Bitmap::from_ordinals(self.products, rows.iter().copied()),
            None => {
                let ordinals = 0..self.products as Ordinal;
                Bitmap::from_ordinals(self.products, ordinals.filter(|&ordinal| !self.row(ordinal as usize).is_empty()))
            }
        }
    }

    /// The products listed, when only those that have a text are.
    pub(super) fn rows(&self) -> Option<&'a [Ordinal]> {
        self.rows
    }

    /// The texts in a row: of the product itself in a dense column, of the
    /// product at this place of [`Self::rows`] in a sparse one.
    pub(super) fn row(&self, row: usize) -> &'a [ValueId] {
        slice(self.starts, row, self.values).unwrap_or_default()
    }

    /// The ids from the first entry that is not `before` to the first that is not `within`.
    fn range(&self, before: impl Fn(&str) -> bool, within: impl Fn(&str) -> bool) -> Range<ValueId> {
        self.first_not(before)..self.first_not(within)
    }

    fn first_not(&self, holds: impl Fn(&str) -> bool) -> ValueId {
        let (mut from, mut to) = (0, self.distinct() as ValueId);
        while from < to {
            let middle = from + (to - from) / 2;
            if holds(self.text(middle)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }
}

fn slice<'a, T>(starts: &[u32], at: usize, values: &'a [T]) -> Option<&'a [T]> {
    values.get(*starts.get(at)? as usize..*starts.get(at.checked_add(1)?)? as usize)
}
