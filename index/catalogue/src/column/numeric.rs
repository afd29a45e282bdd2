//! Columns of numbers. A dense column has one slot for each product, NaN if the product has no
//! number. A sparse one has pairs of product and value, ascending, so a product may have several.
//! Comparisons are never true for a product without a value.

use std::path::Path;

use super::layout::{Cutter, Encoding, NumericEntry, SectionSlice, check_below};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::flat::Section;
use crate::id::Ordinal;

/// A column of numbers.
#[derive(Debug, Clone)]
pub struct NumericColumn {
    products: usize,
    extent: Option<(f64, f64)>,
    /// The product of each value; `None` if the column is dense.
    pub(super) rows: Option<SectionSlice<Ordinal>>,
    pub(super) values: SectionSlice<f64>,
}

impl NumericColumn {
    /// Cuts a column from its sections and validates it.
    pub(super) fn open(
        path: &Path,
        products: usize,
        entry: &NumericEntry,
        words: &Section<u32>,
        numbers: &Section<f64>,
    ) -> Result<Self> {
        let sparse = entry.encoding == Encoding::Sparse;
        let rows = if sparse { Some(Cutter::new(path, words, entry.words_at).cut(entry.values)?) } else { None };
        let count = if sparse { entry.values } else { products };
        let values: SectionSlice<f64> = Cutter::new(path, numbers, entry.numbers_at).cut(count)?;
        if let Some(rows) = &rows {
            check_below(path, "products", rows, products)?;
            if !rows.is_sorted() || values.iter().any(|value| value.is_nan()) {
                return Err(Error::corrupt(path, "a sparse column of numbers is out of order"));
            }
        }
        Ok(Self { products, extent: extent(&values), rows, values })
    }

    /// A column of these numbers. `rows` holds the product of each value, ascending; without it, `values` is dense.
    pub(super) fn of(products: usize, rows: Option<Vec<Ordinal>>, values: Vec<f64>) -> Self {
        Self { products, extent: extent(&values), rows: rows.map(Into::into), values: values.into() }
    }

    /// The same column for more products, the new ones without numbers.
    pub(super) fn among(&self, products: usize) -> Self {
        Self { products, ..self.clone() }
    }

    /// The lowest and highest value; `None` if no product has one.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.extent
    }

    /// The column as plain slices; call it once, outside of loops.
    pub fn view(&self) -> NumericView<'_> {
        NumericView { products: self.products, rows: self.rows.as_deref(), values: &self.values }
    }
}

/// The lowest and highest value, NaN excluded.
fn extent(values: &[f64]) -> Option<(f64, f64)> {
    let wider = |(low, high): (f64, f64), &value: &f64| (low.min(value), high.max(value));
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), wider);
    (low <= high).then_some((low, high))
}

/// A borrowed [`NumericColumn`] for use in loops.
#[derive(Debug, Clone, Copy)]
pub struct NumericView<'a> {
    products: usize,
    rows: Option<&'a [Ordinal]>,
    values: &'a [f64],
}

impl<'a> NumericView<'a> {
    /// A product's values, ascending.
    pub fn values(&self, ordinal: Ordinal) -> &'a [f64] {
        let range = match self.rows {
            None => ordinal.index()..ordinal.index() + 1,
            Some(rows) => {
                let from = rows.partition_point(|&row| row < ordinal);
                from..from + rows[from..].iter().take_while(|&&row| row == ordinal).count()
            }
        };
        self.values.get(range).filter(|values| values.first().is_some_and(|value| !value.is_nan())).unwrap_or_default()
    }

    /// A product's lowest value.
    pub fn first(&self, ordinal: Ordinal) -> Option<f64> {
        self.values(ordinal).first().copied()
    }

    /// The products with a value that passes `test`, which is also called with NaN, the absent value, and must return
    /// false for it.
    pub fn matching(&self, test: impl Fn(f64) -> bool) -> Bitmap {
        match self.rows {
            None => Bitmap::from_test(self.values, test).lengthened(self.products),
            Some(rows) => {
                let passing = rows.iter().zip(self.values).filter(|(_, value)| test(**value)).map(|(&row, _)| row);
                Bitmap::from_ordinals(self.products, passing)
            }
        }
    }

    /// The products that have any value.
    pub fn present(&self) -> Bitmap {
        self.matching(|value| !value.is_nan())
    }

    /// Visits the values of the products in `matches`, ascending by ordinal.
    pub(super) fn for_each(&self, matches: &Bitmap, mut visit: impl FnMut(Ordinal, f64)) {
        match self.rows {
            None => matches.iter().for_each(|ordinal| match self.values.get(ordinal.index()) {
                Some(&value) if !value.is_nan() => visit(ordinal, value),
                _ => {}
            }),
            Some(rows) => {
                let pairs = rows.iter().zip(self.values).filter(|(row, _)| matches.contains(**row));
                pairs.for_each(|(&ordinal, &value)| visit(ordinal, value));
            }
        }
    }
}
