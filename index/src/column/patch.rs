//! Columns after products changed or were added. A column in which a changed product has another
//! value is rebuilt in memory; all others are shared with the columns before. Readers see no
//! difference.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::build::MAX_ATTRIBUTES;
use super::fields::{ATTRIBUTE_PREFIX, LOCATIONS, NUMBERS, Single, TEXTS, for_each_single, is_date, is_value};
use super::{Column, Columns, KeywordColumn, NumericColumn, Place};
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product};

/// The old and new version of a product; a new product has no old one.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Its ordinal.
    pub ordinal: Ordinal,
    /// The version that the columns hold; `None` for a new product.
    pub before: Option<&'a Product>,
    /// The version that they are to hold.
    pub now: &'a Product,
}

type Texts = BTreeMap<Ordinal, BTreeSet<String>>;
type Numbers = BTreeMap<Ordinal, Vec<f64>>;

impl Columns {
    /// These columns extended to `products` products, with the changes applied, and the names of the columns whose
    /// values differ.
    ///
    /// # Errors
    /// [`Error::Refused`] if a column grows past its limit, or there are too many attributes.
    pub fn patched(&self, products: usize, said: &[Said<'_>]) -> Result<(Self, Vec<Arc<str>>)> {
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
            patch.texts(name, said.iter().map(|said| (said.ordinal, texts(said.now))).collect())?;
        }
        for (name, read) in NUMBERS {
            let number = |product| read(product).filter(|number| number.is_finite()).map(|number| number + 0.0);
            patch.numbers(
                name,
                said.iter().map(|said| (said.ordinal, number(said.now).into_iter().collect())).collect(),
            );
        }
        patch.places(said.iter().map(|said| (said.ordinal, Place::of(said.now).collect())).collect())?;
        let differs = |said: &&Said<'_>| said.before.is_none_or(|before| before.attributes != said.now.attributes);
        let said: Vec<&Said<'_>> = said.iter().filter(differs).collect();
        let both = said.iter().flat_map(|said| said.before.into_iter().chain([said.now]));
        let names: BTreeSet<&String> = both.flat_map(|product| product.attributes.keys()).collect();
        for name in names {
            patch.attribute(name, said.iter().map(|said| (said.ordinal, said.now.attributes.get(name))))?;
        }
        Ok((Self { products, columns: patch.columns.into() }, patch.names))
    }
}

impl Column {
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
    columns: BTreeMap<Arc<str>, Arc<Column>>,
    names: Vec<Arc<str>>,
}

impl Patch {
    /// Replaces the column of a name and notes the name. Callers first drop rows that are unchanged.
    fn put(&mut self, name: &str, column: Column) {
        let name: Arc<str> = name.into();
        if self.names.last() != Some(&name) {
            self.names.push(Arc::clone(&name));
        }
        self.columns.insert(name, column.into());
    }

    fn texts(&mut self, name: &str, mut rows: Texts) -> Result<()> {
        let Some(column) = self.columns.get(name).map(Arc::clone) else { return Ok(()) };
        let Some(keyword) = &column.keyword else { return Ok(()) };
        let view = keyword.view();
        rows.retain(|&ordinal, texts| {
            let held = view.values(ordinal);
            held.len() != texts.len() || held.iter().any(|&id| !texts.contains(view.text(id)))
        });
        if !rows.is_empty() {
            let keyword = keyword.spliced(self.products, &rows)?;
            self.put(name, Column { keyword: Some(keyword), ..(*column).clone() });
        }
        Ok(())
    }

    fn numbers(&mut self, name: &str, mut rows: Numbers) {
        let Some(column) = self.columns.get(name).map(Arc::clone) else { return };
        let Some(numeric) = &column.numeric else { return };
        let view = numeric.view();
        rows.retain(|&ordinal, numbers| view.values(ordinal) != *numbers);
        if !rows.is_empty() {
            let numeric = numeric.spliced(self.products, &rows);
            self.put(name, Column { numeric: Some(numeric), ..(*column).clone() });
        }
    }

    fn places(&mut self, mut rows: BTreeMap<Ordinal, BTreeSet<Place>>) -> Result<()> {
        let Some(column) = self.columns.get(LOCATIONS).map(Arc::clone) else { return Ok(()) };
        let Some(geo) = &column.geo else { return Ok(()) };
        rows.retain(|&ordinal, places| geo.view().places_of(ordinal).collect::<BTreeSet<_>>() != *places);
        if !rows.is_empty() {
            let geo = geo.spliced(self.products, &rows)?;
            self.put(LOCATIONS, Column { geo: Some(geo), ..(*column).clone() });
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
        let (mut texts, mut numbers) = (Texts::new(), Numbers::new());
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
        let none = || Column { keyword: None, numeric: None, geo: None, is_date: is_date(&name) };
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
    fn widen(&self, column: &mut Column, texts: bool, numbers: bool) -> Result<()> {
        if column.keyword.is_none() && texts {
            let mut written = Texts::new();
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
