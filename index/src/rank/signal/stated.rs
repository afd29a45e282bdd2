//! The preferences that the shopper stated: liked and avoided brands and categories, wanted attributes. No
//! evidence gates them, and they hold for products bought already.

use std::ops::Range;

use super::explain::{either, for_a_shopper};
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};
use crate::column::{CATEGORY, Columns, KeywordView, ValueId};
use crate::event::Leaning;
use crate::id::Ordinal;
use crate::profile::Profile;

pub(super) const SIGNAL: Signal = Signal {
    name: "stated",
    title: "What you said",
    meaning: "Mean of the stated preferences that apply to the product: 1 liked, -1 avoided or another value than wanted.",
    range: (Some(-1.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Stated,
        weight: weight!(personal.stated, 0.0 to 10.0: "weight of stated preferences"),
        fill,
    },
    present: for_a_shopper,
    sentence: |_, factor| either(factor, "You said that you like this.", "You said that you do not want this."),
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    let Some(shopper) = inputs.shopper else { return };
    for candidate in window {
        let values = shopper.stated.iter().map(|preference| preference.value(candidate.ordinal));
        let (sum, count) =
            values.filter(|value| *value != 0.0).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        candidate.values[slot] = if count > 0.0 { sum / count } else { 0.0 };
    }
}

/// One stated preference, against the column it is about.
pub struct StatedPreference<'a> {
    column: KeywordView<'a>,
    values: Vec<Range<ValueId>>,
    /// The value for a product that has one of the texts.
    present: f32,
    /// The value for a product that has other texts only.
    otherwise: f32,
}

impl<'a> StatedPreference<'a> {
    /// True if it is about brands or categories to avoid.
    pub fn avoids(&self) -> bool {
        self.present < 0.0
    }

    /// The products that have one of its texts; a product with several of them comes more than once.
    pub fn products(&self) -> impl Iterator<Item = Ordinal> + '_ {
        self.values.iter().flat_map(|range| self.column.products_of(range.clone())).copied()
    }

    fn value(&self, ordinal: Ordinal) -> f32 {
        let has = self.column.values(ordinal);
        match has.iter().any(|value| self.values.iter().any(|wanted| wanted.contains(value))) {
            true => self.present,
            false if has.is_empty() => 0.0,
            false => self.otherwise,
        }
    }
}

/// The stated preferences of a profile, as far as the catalogue has columns for them.
pub fn stated_preferences<'a>(
    profile: &'a Profile,
    columns: &'a Columns,
) -> impl Iterator<Item = StatedPreference<'a>> + use<'a> {
    let column = |field: &str| columns.keyword(field).map(|column| column.view());
    let signed = |leaning| if leaning == Leaning::Avoid { -1.0 } else { 1.0 };
    let (brands, categories) = (column("brand"), column(CATEGORY));
    let one = move |column: Option<KeywordView<'a>>, name: &str, leaning| {
        let values = vec![column?.equal_to(name)];
        Some(StatedPreference { column: column?, values, present: signed(leaning), otherwise: 0.0 })
    };
    let brands = profile.stated.brands().filter_map(move |(name, leaning)| one(brands, name, leaning));
    let categories = profile.stated.categories().filter_map(move |(name, leaning)| one(categories, name, leaning));
    let attributes = profile.stated.attributes().filter_map(move |(name, wanted)| {
        let column = columns.keyword(name).map(|column| column.view())?;
        let values = wanted.iter().map(|value| column.equal_to(value)).collect();
        Some(StatedPreference { column, values, present: 1.0, otherwise: -1.0 })
    });
    brands.chain(categories).chain(attributes)
}
