//! Refinements evaluated against columns. Each becomes one set of products, so that a facet can be
//! counted under the refinements of all other fields.

use std::collections::BTreeMap;

use super::filter::moment;
use super::{Columns, FieldColumns};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::query::{Interval, Refinement};

/// The refinements of a search: one set of products for each refined field.
#[derive(Debug)]
pub struct Refinements<'a> {
    columns: &'a Columns,
    /// By the stored name of the column, whichever way the request spells it.
    fields: Vec<(&'a str, &'a Refinement, Bitmap)>,
}

impl<'a> Refinements<'a> {
    /// Evaluates the refinements; empty ones are dropped.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field that the catalogue does not have, and for a range over texts.
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

    /// True if nothing is refined.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Intersects `set` with every refinement.
    pub fn apply(&self, set: &mut Bitmap) {
        self.fields.iter().for_each(|(.., passing)| set.and(passing));
    }

    /// True if a product passes every refinement.
    pub fn passes(&self, ordinal: Ordinal) -> bool {
        self.fields.iter().all(|(.., passing)| passing.contains(ordinal))
    }

    /// The set that a facet of `field` is counted over: the part of `found`, the matches before refinement, that
    /// passes the refinements of all other fields. `None` if the refined match set is the right one: the field is not
    /// refined, or it requires all of its values, so that one more value narrows it further.
    pub fn others(&self, field: &str, found: &Bitmap) -> Option<Bitmap> {
        let own = self.of(field).filter(|refinement| !matches!(refinement, Refinement::All(_)));
        own.map(|_| {
            let mut set = found.clone();
            let others = self.fields.iter().filter(|(other, ..)| *other != self.columns.name(field));
            others.for_each(|(.., passing)| set.and(passing));
            set
        })
    }

    /// The selected values of a field.
    pub fn chosen(&self, field: &str) -> &'a [String] {
        self.of(field).map_or(&[], Refinement::values)
    }

    fn of(&self, field: &str) -> Option<&'a Refinement> {
        let name = self.columns.name(field);
        self.fields.iter().find(|(other, ..)| *other == name).map(|(_, refinement, _)| *refinement)
    }
}

fn passing(column: &FieldColumns, refinement: &Refinement, products: usize) -> Bitmap {
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

/// Adds the products with a value. A number is also accepted in the printed form in which facets list it.
fn with_value(column: &FieldColumns, value: &str, set: &mut Bitmap) {
    if let Some(keyword) = column.keyword.as_ref().map(|keyword| keyword.view()) {
        keyword.products_of(keyword.equal_to(value)).iter().for_each(|&ordinal| set.insert(ordinal));
    } else if let Some(numeric) = &column.numeric {
        let written = value.parse().ok().or_else(|| moment(value).filter(|_| column.is_date));
        if let Some(wanted) = written {
            set.or(&numeric.view().matching(|value| value == wanted));
        }
    }
}

fn with_number(column: &FieldColumns, products: usize, test: impl Fn(f64) -> bool) -> Bitmap {
    column.numeric.as_ref().map_or_else(|| Bitmap::new(products), |numeric| numeric.view().matching(test))
}

/// True if the interval contains the value; never for NaN.
pub(super) fn contains(range: &Interval, value: f64) -> bool {
    range.0.unwrap_or(f64::NEG_INFINITY) <= value && range.1.is_none_or(|end| value < end)
}
