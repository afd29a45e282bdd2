//! Columns after products changed or were added. A column in which a changed product has another
//! value is rebuilt in memory; all others are shared with the columns before. Readers see no
//! difference.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::build::MAX_ATTRIBUTES;
use super::fields::{ATTRIBUTE_PREFIX, LOCATIONS, NUMBERS, Single, TEXTS, for_each_single, is_date, is_value};
use super::{Columns, FieldColumns, GeoPoint, KeywordColumn, NumericColumn};
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product};

/// The old and new version of a product; a new product has no old one.
#[derive(Debug, Clone, Copy)]
pub struct ProductVersions<'a> {
    /// Its ordinal.
    pub ordinal: Ordinal,
    /// The version that the columns hold; `None` for a new product.
    pub before: Option<&'a Product>,
    /// The version that they are to hold.
    pub now: &'a Product,
}

type TextRows = BTreeMap<Ordinal, BTreeSet<String>>;
type NumberRows = BTreeMap<Ordinal, Vec<f64>>;

impl Columns {
    /// These columns extended to `products` products, with the changes applied, and the names of the columns whose
    /// values differ.
    ///
    /// # Errors
    /// [`Error::Refused`] if a column grows past its limit, or there are too many attributes.
    pub fn patched(&self, products: usize, changes: &[ProductVersions<'_>]) -> Result<(Self, Vec<Arc<str>>)> {
        let mut patch = Patch { products, columns: (*self.columns).clone(), names: Vec::new() };
        if products > self.products {
            patch.columns.values_mut().for_each(|column| *column = column.among(products).into());
        }
        for (name, read) in TEXTS {
            let texts = |product: &Product| {
                let mut texts = BTreeSet::new();
                read(product, &mut |text| texts.extend(is_value(text).then(|| text.to_owned())));
                texts
            };
            patch.texts(name, changes.iter().map(|change| (change.ordinal, texts(change.now))).collect())?;
        }
        for (name, read) in NUMBERS {
            let number = |product| read(product).filter(|number| number.is_finite()).map(|number| number + 0.0);
            patch.numbers(
                name,
                changes.iter().map(|change| (change.ordinal, number(change.now).into_iter().collect())).collect(),
            );
        }
        patch.places(changes.iter().map(|change| (change.ordinal, GeoPoint::of(change.now).collect())).collect())?;
        let differs = |change: &&ProductVersions<'_>| {
            change.before.is_none_or(|before| before.attributes != change.now.attributes)
        };
        let changes: Vec<&ProductVersions<'_>> = changes.iter().filter(differs).collect();
        let both = changes.iter().flat_map(|change| change.before.into_iter().chain([change.now]));
        let names: BTreeSet<&String> = both.flat_map(|product| product.attributes.keys()).collect();
        for name in names {
            patch.attribute(name, changes.iter().map(|change| (change.ordinal, change.now.attributes.get(name))))?;
        }
        let language = Arc::clone(&self.language);
        Ok((Self { products, columns: patch.columns.into(), language }, patch.names))
    }
}

impl FieldColumns {
    /// The same column for more products, the new ones without values.
    fn among(&self, products: usize) -> Self {
        Self {
            keyword: self.keyword.as_ref().map(|keyword| keyword.among(products)),
            numeric: self.numeric.as_ref().map(|numeric| numeric.among(products)),
            geo: self.geo.as_ref().map(|geo| geo.among(products)),
            is_date: self.is_date,
        }
    }
}

/// Columns while changes are applied to them.
struct Patch {
    products: usize,
    columns: BTreeMap<Arc<str>, Arc<FieldColumns>>,
    names: Vec<Arc<str>>,
}

impl Patch {
    /// Replaces the column of a name and notes the name. Callers first drop rows that are unchanged.
    fn put(&mut self, name: &str, column: FieldColumns) {
        let name: Arc<str> = name.into();
        if self.names.last() != Some(&name) {
            self.names.push(Arc::clone(&name));
        }
        self.columns.insert(name, column.into());
    }

    fn texts(&mut self, name: &str, mut rows: TextRows) -> Result<()> {
        let Some(column) = self.columns.get(name).map(Arc::clone) else { return Ok(()) };
        let Some(keyword) = &column.keyword else { return Ok(()) };
        let view = keyword.view();
        rows.retain(|&ordinal, texts| {
            let held = view.values(ordinal);
            held.len() != texts.len() || held.iter().any(|&id| !texts.contains(view.text(id)))
        });
        if !rows.is_empty() {
            let keyword = keyword.spliced(self.products, &rows)?;
            self.put(name, FieldColumns { keyword: Some(keyword), ..(*column).clone() });
        }
        Ok(())
    }

    fn numbers(&mut self, name: &str, mut rows: NumberRows) {
        let Some(column) = self.columns.get(name).map(Arc::clone) else { return };
        let Some(numeric) = &column.numeric else { return };
        let view = numeric.view();
        rows.retain(|&ordinal, numbers| view.values(ordinal) != *numbers);
        if !rows.is_empty() {
            let numeric = numeric.spliced(self.products, &rows);
            self.put(name, FieldColumns { numeric: Some(numeric), ..(*column).clone() });
        }
    }

    fn places(&mut self, mut rows: BTreeMap<Ordinal, BTreeSet<GeoPoint>>) -> Result<()> {
        let Some(column) = self.columns.get(LOCATIONS).map(Arc::clone) else { return Ok(()) };
        let Some(geo) = &column.geo else { return Ok(()) };
        rows.retain(|&ordinal, places| geo.view().places_of(ordinal).collect::<BTreeSet<_>>() != *places);
        if !rows.is_empty() {
            let geo = geo.spliced(self.products, &rows)?;
            self.put(LOCATIONS, FieldColumns { geo: Some(geo), ..(*column).clone() });
        }
        Ok(())
    }

    /// Changes an attribute of some products, adding a text or number column if it had none. As in a build, the texts
    /// also hold the numbers as printed.
    fn attribute<'a>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = (Ordinal, Option<&'a AttributeValue>)>,
    ) -> Result<()> {
        let (mut texts, mut numbers) = (TextRows::new(), NumberRows::new());
        let mut has_text = false;
        for (ordinal, value) in values {
            let (texts, numbers) = (texts.entry(ordinal).or_default(), numbers.entry(ordinal).or_default());
            value.into_iter().for_each(|value| {
                for_each_single(value, |single| match single {
                    Single::Text(text) => has_text |= texts.insert(text.to_owned()),
                    Single::Number(number) => numbers.push(number + 0.0),
                });
            });
            texts.extend(numbers.iter().map(f64::to_string));
            numbers.sort_unstable_by(f64::total_cmp);
            numbers.dedup();
        }
        let name = format!("{ATTRIBUTE_PREFIX}{name}");
        let column = self.columns.get(&*name).cloned();
        if column.is_none() && self.columns.len() > MAX_ATTRIBUTES + TEXTS.len() + NUMBERS.len() {
            let message = format!("more than {MAX_ATTRIBUTES} attribute names, `{name}` is one too many");
            return Err(Error::Refused(message));
        }
        let none = || FieldColumns { keyword: None, numeric: None, geo: None, is_date: is_date(&name) };
        let mut column = column.map_or_else(none, |column| (*column).clone());
        let has_number = numbers.values().any(|numbers| !numbers.is_empty());
        if (column.keyword.is_none() && has_text) || (column.numeric.is_none() && has_number) {
            self.widen(&mut column, has_text, has_number)?;
            self.put(&name, column);
        }
        self.texts(&name, texts)?;
        self.numbers(&name, numbers);
        Ok(())
    }

    /// Adds the kinds of column that an attribute lacks.
    fn widen(&self, column: &mut FieldColumns, texts: bool, numbers: bool) -> Result<()> {
        if column.keyword.is_none() && texts {
            let mut written = TextRows::new();
            if let Some(view) = column.numeric.as_ref().map(NumericColumn::view) {
                for ordinal in view.present().iter() {
                    written.insert(ordinal, view.values(ordinal).iter().map(f64::to_string).collect());
                }
            }
            column.keyword = Some(KeywordColumn::empty(self.products).spliced(self.products, &written)?);
        }
        if column.numeric.is_none() && numbers {
            column.numeric = Some(NumericColumn::of(self.products, Some(Vec::new()), Vec::new()));
        }
        Ok(())
    }
}
