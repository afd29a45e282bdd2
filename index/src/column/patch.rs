//! Columns after single products changed: a column in which one of them has something else now is
//! built anew in memory, all others are shared. That costs some ten nanoseconds a product of the
//! catalogue and column, whatever changed before, and readers need not know.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::build::{Sections, Texts};
use super::fields::{NUMBERS, TEXTS, is_value};
use super::{Column, Columns, KeywordColumn, NumericColumn};
use crate::error::Result;
use crate::flat::Section;
use crate::id::Ordinal;
use crate::product::Product;

/// What errors name; nothing here comes from a file.
const NAME: &str = "columns in memory";

impl Columns {
    /// These columns once `changed`, ascending by ordinal, are as given in `fields`; and the names of
    /// the columns in which that makes a difference.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] when a column grows past its limit.
    pub fn patched(&self, changed: &[(Ordinal, Product)], fields: &[&str]) -> Result<(Self, Vec<&'static str>)> {
        let mut patched = self.clone();
        let mut names = Vec::new();
        for (name, read) in TEXTS.iter().filter(|(name, _)| fields.contains(name)) {
            let texts = changed.iter().map(|(ordinal, product)| {
                let mut texts = Vec::new();
                read(product, &mut |text| texts.extend(is_value(text).then(|| text.to_owned())));
                (*ordinal, texts)
            });
            if let Some(column) = self.with_texts(name, &texts.collect())? {
                patched.patched.insert((*name).to_owned(), Arc::new(column));
                names.push(*name);
            }
        }
        for (name, read) in NUMBERS.iter().filter(|(name, _)| fields.contains(name)) {
            let number = |product| read(product).filter(|number| number.is_finite()).map(|number| number + 0.0);
            let numbers = changed.iter().map(|(ordinal, product)| (*ordinal, number(product)));
            if let Some(column) = self.with_numbers(name, &numbers.collect())? {
                patched.patched.insert((*name).to_owned(), Arc::new(column));
                names.push(*name);
            }
        }
        Ok((patched, names))
    }

    /// A column of texts with other rows; none when they are what it has.
    fn with_texts(&self, name: &str, rows: &BTreeMap<Ordinal, Vec<String>>) -> Result<Option<Column>> {
        let Some((column, view)) = self.column(name).and_then(|column| Some((column, column.keyword.as_ref()?.view())))
        else {
            return Ok(None);
        };
        let same = |(ordinal, texts): (&Ordinal, &Vec<String>)| {
            let held: HashSet<&str> = view.values(*ordinal).iter().map(|&id| view.text(id)).collect();
            held == texts.iter().map(String::as_str).collect::<HashSet<_>>()
        };
        if rows.iter().all(same) {
            return Ok(None);
        }
        let mut texts = Texts::known((0..view.distinct() as u32).map(|id| view.text(id)));
        for ordinal in 0..self.products as Ordinal {
            match rows.get(&ordinal) {
                None => view.values(ordinal).iter().for_each(|&id| texts.push_known(ordinal, id)),
                Some(own) => own.iter().for_each(|text| texts.push(ordinal, text)),
            }
        }
        let mut sections = Sections::default();
        let entry = sections.keyword(name, self.products, texts)?;
        let (words, text) = (Section::from(sections.words), Section::from(sections.text));
        let keyword = KeywordColumn::open(Path::new(NAME), self.products, &entry, &words, &text)?;
        Ok(Some(Column { keyword: Some(keyword), ..column.clone() }))
    }

    /// A column of single numbers with other ones; none when they are what it has.
    fn with_numbers(&self, name: &str, rows: &BTreeMap<Ordinal, Option<f64>>) -> Result<Option<Column>> {
        let Some((column, view)) = self.column(name).and_then(|column| Some((column, column.numeric.as_ref()?.view())))
        else {
            return Ok(None);
        };
        if rows.iter().all(|(&ordinal, number)| view.first(ordinal) == *number) {
            return Ok(None);
        }
        let number = |ordinal: Ordinal| rows.get(&ordinal).copied().unwrap_or_else(|| view.first(ordinal));
        let numbers = (0..self.products as Ordinal).filter_map(|ordinal| Some((ordinal, number(ordinal)?)));
        let mut sections = Sections::default();
        let entry = sections.numeric(self.products, numbers.collect());
        let (words, numbers) = (Section::from(sections.words), Section::from(sections.numbers));
        let numeric = NumericColumn::open(Path::new(NAME), self.products, &entry, &words, &numbers)?;
        Ok(Some(Column { numeric: Some(numeric), ..column.clone() }))
    }
}
