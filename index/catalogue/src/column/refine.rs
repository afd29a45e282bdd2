//! Refinements against columns. Each is one set of products, so that a facet can
//! be counted under all refinements but its own field's by joining the others.

use std::collections::BTreeMap;

use super::filter::moment;
use super::{Column, Columns};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::query::{Interval, Refinement};

/// What a search is refined by: a set of products a field.
#[derive(Debug)]
pub struct Refinements<'a> {
    columns: &'a Columns,
    /// By the column's own name, however the request spells it.
    fields: Vec<(&'a str, &'a Refinement, Bitmap)>,
}

impl<'a> Refinements<'a> {
    /// Evaluates what is asked; refinements that ask for nothing are left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field the catalogue does not have, and for a range of texts.
    pub fn new(asked: &'a BTreeMap<String, Refinement>, columns: &'a Columns) -> Result<Self> {
        let mut fields = Vec::new();
        for (field, refinement) in asked.iter().filter(|(_, refinement)| !refinement.is_empty()) {
            let column = columns.require("refinements", field)?;
            if column.numeric.is_none() && matches!(refinement, Refinement::Between { .. } | Refinement::Ranges(_)) {
                return Err(Error::invalid("refinements", format!("`{field}` has no numbers; give a list of values")));
            }
            let passing = passing(column, refinement, columns.len());
            fields.push((columns.name(field), refinement, passing));
        }
        Ok(Self { columns, fields })
    }

    /// Whether nothing is refined.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Keeps of `set` what passes every refinement.
    pub fn apply(&self, set: &mut Bitmap) {
        self.fields.iter().for_each(|(.., passing)| set.and(passing));
    }

    /// The part of `found`, all that was found before refining, that a facet of `field` is counted
    /// over: what passes the refinements of the other fields. Nothing when that is what passes all:
    /// the field is not refined, or asks for all of its values and would be narrowed by one more.
    pub fn others(&self, field: &str, found: &Bitmap) -> Option<Bitmap> {
        let own = self.of(field).filter(|refinement| !matches!(refinement, Refinement::All(_)));
        own.map(|_| {
            let mut set = found.clone();
            let others = self.fields.iter().filter(|(other, ..)| *other != self.columns.name(field));
            others.for_each(|(.., passing)| set.and(passing));
            set
        })
    }

    /// The values of a field that are chosen.
    pub fn chosen(&self, field: &str) -> &'a [String] {
        self.of(field).map_or(&[], Refinement::values)
    }

    fn of(&self, field: &str) -> Option<&'a Refinement> {
        let name = self.columns.name(field);
        self.fields.iter().find(|(other, ..)| *other == name).map(|(_, refinement, _)| *refinement)
    }
}

fn passing(column: &Column, refinement: &Refinement, products: usize) -> Bitmap {
    match refinement {
        Refinement::Any(values) => {
            let mut any = Bitmap::new(products);
            values.iter().for_each(|value| with_value(column, value, &mut any));
            any
        }
        Refinement::All(values) => {
            let mut all = Bitmap::full(products);
            for value in values {
                let mut with = Bitmap::new(products);
                with_value(column, value, &mut with);
                all.and(&with);
            }
            all
        }
        &Refinement::Between { min, max } => {
            let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
            with_number(column, products, |value| min <= value && value <= max)
        }
        Refinement::Ranges(ranges) => {
            with_number(column, products, |value| ranges.iter().any(|range| contains(range, value)))
        }
    }
}

/// Adds the products with a value. Numbers are also understood as written, as facets list them.
fn with_value(column: &Column, value: &str, set: &mut Bitmap) {
    if let Some(keyword) = column.keyword.as_ref().map(|keyword| keyword.view()) {
        keyword.products_of(keyword.equal_to(value)).iter().for_each(|&ordinal| set.insert(ordinal));
    } else if let Some(numeric) = &column.numeric {
        let written = value.parse().ok().or_else(|| moment(value).filter(|_| column.is_date));
        if let Some(wanted) = written {
            set.or(&numeric.view().matching(|value| value == wanted));
        }
    }
}

fn with_number(column: &Column, products: usize, test: impl Fn(f64) -> bool) -> Bitmap {
    column.numeric.as_ref().map_or_else(|| Bitmap::new(products), |numeric| numeric.view().matching(test))
}

/// Whether an interval holds a value; never for NaN.
pub(super) fn contains(range: &Interval, value: f64) -> bool {
    range.0.unwrap_or(f64::NEG_INFINITY) <= value && range.1.is_none_or(|end| value < end)
}
