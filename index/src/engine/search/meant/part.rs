//! One part in play: what it hides, keeps, drops, raises and excludes.

use std::ops::Range;
use std::sync::Arc;

use crate::bitmap::Bitmap;
use crate::hit::UnderstoodPart;
use crate::id::Ordinal;
use crate::text::meant::{Meaning, MeantExclusion, PriceWish, Reading, WidenedWord};

/// One part of a query with its effect on a search.
#[derive(Debug, Clone, Default)]
pub(super) struct PartInPlay {
    pub(super) shown: UnderstoodPart,
    /// Its words that are not searched for.
    pub(super) hidden: Vec<Range<usize>>,
    /// The products that it allows.
    pub(super) keeps: Option<Arc<Bitmap>>,
    /// The products that it leaves out.
    pub(super) drops: Option<Arc<Bitmap>>,
    /// Products that it raises, each set by an amount.
    pub(super) raises: Vec<(Arc<Bitmap>, f32)>,
    /// The amount by which the cheapest product of a category is raised.
    pub(super) low_price: f32,
    pub(super) excludes: Option<MeantExclusion>,
    pub(super) widens: Option<WidenedWord>,
    pub(super) either: Option<(Range<usize>, Range<usize>)>,
    /// The least certain part is given up first.
    pub(super) certainty: u8,
}

impl PartInPlay {
    /// True if products are left out because of it.
    pub(super) fn narrows(&self) -> bool {
        self.keeps.is_some() || self.drops.is_some() || self.excludes.is_some()
    }

    /// The amount that it raises a product by. `cheapness` is how low its price is in its category, 0 to 1.
    pub(super) fn raise(&self, ordinal: Ordinal, cheapness: f32) -> f32 {
        let holding = self.raises.iter().filter(|(products, _)| products.contains(ordinal));
        holding.map(|(_, amount)| amount).sum::<f32>() + self.low_price * cheapness
    }

    /// Adds it to the reading of its query.
    pub(super) fn read(&self, reading: &mut Reading) {
        match &self.excludes {
            Some(excluded) if !self.shown.relaxed => {
                // The words between the negation and the thing are hidden, the thing itself is excluded.
                reading.hidden.extend(self.hidden.iter().map(|range| range.start..excluded.range.start));
                reading.excluded.push(excluded.clone());
            }
            _ => reading.hidden.extend(self.hidden.iter().cloned()),
        }
        reading.widened.extend(self.widens.clone());
        reading.either.extend(self.either.clone());
    }
}

/// The kind of a part, as requests and answers name it.
pub(super) fn kind(meaning: &Meaning) -> &'static str {
    match meaning {
        Meaning::Price { .. } => "price",
        Meaning::PriceWish(PriceWish::Low | PriceWish::Lowest) => "low_price",
        Meaning::PriceWish(PriceWish::Highest) => "high_price",
        Meaning::PriceWish(PriceWish::Reduced) => "reduced",
        Meaning::Without { .. } => "without",
        Meaning::Person(..) => "person",
        Meaning::Gift => "gift",
        Meaning::Occasion(_) => "occasion",
        Meaning::Colour(_) => "colour",
        Meaning::Size(_) => "size",
        Meaning::Either(..) => "either",
        Meaning::Both => "both",
    }
}
