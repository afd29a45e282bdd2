//! The values of each product, in both directions: a product's value ids, ascending and without
//! duplicates, and each value's products, ascending. The owning column knows what an id refers to
//! (a text, a location). A column that few products have lists those products instead of all.

use std::ops::Range;
use std::path::Path;

use super::layout::{Cutter, Encoding, SectionSlice, check_below, check_starts};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::{Ordinal, ValueId};

/// The lengths of the arrays of a [`Rows`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) encoding: Encoding,
    pub(super) distinct: usize,
    pub(super) rows: usize,
    pub(super) values: usize,
}

/// The rows of a column.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) products: usize,
    /// The products that have a row; `None` if every product has one.
    pub(super) rows: Option<SectionSlice<Ordinal>>,
    pub(super) starts: SectionSlice<u32>,
    pub(super) values: SectionSlice<ValueId>,
    pub(super) list_starts: SectionSlice<u32>,
    pub(super) lists: SectionSlice<Ordinal>,
}

impl Rows {
    /// Cuts rows from their section and checks them.
    pub(super) fn open(path: &Path, products: usize, shape: Shape, words: &mut Cutter<'_, u32>) -> Result<Self> {
        let sparse = shape.encoding == Encoding::Sparse;
        let cut = Self {
            products,
            rows: if sparse { Some(words.cut(shape.rows)?) } else { None },
            starts: words.cut(one_more(path, if sparse { shape.rows } else { products })?)?,
            values: words.cut(shape.values)?,
            list_starts: words.cut(one_more(path, shape.distinct)?)?,
            lists: words.cut(shape.values)?,
        };
        check_starts(path, "row starts", &cut.starts, cut.values.len())?;
        check_starts(path, "list starts", &cut.list_starts, cut.lists.len())?;
        check_below(path, "rows", &cut.values, shape.distinct)?;
        check_below(path, "lists", &cut.lists, products)?;
        if let Some(rows) = &cut.rows {
            check_below(path, "products", rows, products)?;
            if !rows.is_sorted_by(|a, b| a < b) {
                return Err(Error::corrupt(path, "products of a column are not ascending"));
            }
        }
        Ok(cut)
    }

    /// The rows as plain slices.
    pub(super) fn view(&self) -> RowsView<'_> {
        RowsView {
            products: self.products,
            rows: self.rows.as_deref(),
            starts: &self.starts,
            values: &self.values,
            list_starts: &self.list_starts,
            lists: &self.lists,
        }
    }
}

/// A count read from a file, plus one.
pub(super) fn one_more(path: &Path, count: usize) -> Result<usize> {
    count.checked_add(1).ok_or_else(|| Error::corrupt(path, "a column is too large"))
}

/// A borrowed [`Rows`].
#[derive(Debug, Clone, Copy)]
pub(super) struct RowsView<'a> {
    products: usize,
    rows: Option<&'a [Ordinal]>,
    starts: &'a [u32],
    values: &'a [ValueId],
    list_starts: &'a [u32],
    lists: &'a [Ordinal],
}

impl<'a> RowsView<'a> {
    /// The ids of a product's values, ascending; empty if it has none.
    pub(super) fn values(&self, ordinal: Ordinal) -> &'a [ValueId] {
        let row = match self.rows {
            None => Some(ordinal.index()),
            Some(rows) => rows.binary_search(&ordinal).ok(),
        };
        row.map_or(&[], |row| self.row(row))
    }

    /// The products of a range of values: ascending for one value; for several, one list after the other.
    pub(super) fn products_of(&self, ids: Range<ValueId>) -> &'a [Ordinal] {
        let at = |id: ValueId| self.list_starts.get(id.index()).map(|&start| start as usize);
        at(ids.start).zip(at(ids.end)).and_then(|(from, to)| self.lists.get(from..to)).unwrap_or_default()
    }

    /// The products that have any value.
    pub(super) fn present(&self) -> Bitmap {
        match self.rows {
            Some(rows) => Bitmap::from_ordinals(self.products, rows.iter().copied()),
            None => {
                let ordinals = Ordinal::all(self.products);
                Bitmap::from_ordinals(self.products, ordinals.filter(|&ordinal| !self.row(ordinal.index()).is_empty()))
            }
        }
    }

    /// Visits each product of `matches` that has a row, ascending.
    pub(super) fn for_each(&self, matches: &Bitmap, mut visit: impl FnMut(Ordinal, &[ValueId])) {
        match self.rows {
            None => matches.iter().for_each(|ordinal| visit(ordinal, self.row(ordinal.index()))),
            // Looking up one product costs about sixteen times as much as skipping one row.
            Some(rows) if matches.count().saturating_mul(16) < rows.len() => {
                matches.iter().for_each(|ordinal| visit(ordinal, self.values(ordinal)));
            }
            Some(rows) => {
                let rows = rows.iter().enumerate().filter(|(_, ordinal)| matches.contains(**ordinal));
                rows.for_each(|(row, &ordinal)| visit(ordinal, self.row(row)));
            }
        }
    }

    fn row(&self, row: usize) -> &'a [ValueId] {
        slice(self.starts, row, self.values).unwrap_or_default()
    }
}

/// The piece of `values` between two neighbouring offsets.
pub(super) fn slice<'a, T>(starts: &[u32], at: usize, values: &'a [T]) -> Option<&'a [T]> {
    values.get(*starts.get(at)? as usize..*starts.get(at.checked_add(1)?)? as usize)
}
