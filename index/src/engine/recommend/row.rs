//! What stands above a row: its name for people, and why it is there, as data and in words.

use serde::Serialize;

use super::asking::Asking;
use crate::engine::Snapshot;
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::recommend::{Reason, Recommendation};

/// Why a row is on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RowReason {
    /// It is about these products, by id.
    Products {
        /// The ids, as asked.
        product_ids: Vec<String>,
    },
    /// What was met in the visit under way.
    Visit {
        /// How many products.
        products: usize,
    },
    /// What the shopper met so far.
    History {
        /// How many products.
        products: usize,
    },
    /// What the shopper bought.
    Purchases {
        /// How many products.
        products: usize,
    },
    /// The shop as a whole, the same for everybody.
    Shop,
    /// Nothing stands in it: leave it out.
    Nothing,
}

/// A row's heading.
pub(in crate::engine) struct Heading {
    pub(in crate::engine) title: &'static str,
    pub(in crate::engine) reason: RowReason,
    pub(in crate::engine) because: String,
}

impl Snapshot {
    /// The heading of a row that came out so.
    pub(in crate::engine) fn heading(
        &self,
        asking: &Asking<'_>,
        kind: PlacementKind,
        seeds: &[Ordinal],
        found: &[Recommendation],
    ) -> Heading {
        let shopper = &asking.shopper;
        if found.is_empty() && kind != PlacementKind::Categories {
            let because = "nothing to show here yet".to_owned();
            return Heading { title: title(kind), reason: RowReason::Nothing, because };
        }
        // A row that knew nothing better says so.
        let said = |reason: &Reason| found.iter().any(|one| one.reason == *reason);
        let general = found.iter().all(|one| one.reason.is_for_everybody() || one.reason == Reason::Pinned);
        if general && said(&Reason::Popular) {
            let because = because(PlacementKind::Popular, &RowReason::Shop, "");
            return Heading { title: title(PlacementKind::Popular), reason: RowReason::Shop, because };
        }
        if general && said(&Reason::Listed) {
            let because = Reason::<String, String>::Listed.to_string();
            return Heading { title: "From the shop", reason: RowReason::Shop, because };
        }
        let (met, here, bought) = (shopper.history.len(), shopper.visit.len(), shopper.purchased.len());
        let reason = match kind {
            PlacementKind::Similar
            | PlacementKind::Complementary
            | PlacementKind::Upsell
            | PlacementKind::ViewedThenBought => self.about(seeds),
            PlacementKind::AfterPurchase if !seeds.is_empty() => self.about(seeds),
            PlacementKind::AfterPurchase | PlacementKind::BuyAgain => RowReason::Purchases { products: bought },
            PlacementKind::Next if here > 0 => RowReason::Visit { products: here },
            PlacementKind::Next if !seeds.is_empty() => self.about(seeds),
            PlacementKind::Next | PlacementKind::ForYou | PlacementKind::RecentlyViewed | PlacementKind::Categories
                if met > 0 =>
            {
                RowReason::History { products: met }
            }
            _ => RowReason::Shop,
        };
        let because = because(kind, &reason, &self.called(seeds));
        Heading { title: title(kind), reason, because }
    }

    fn about(&self, seeds: &[Ordinal]) -> RowReason {
        RowReason::Products {
            product_ids: seeds.iter().map(|&seed| self.generation.products.id(seed).to_owned()).collect(),
        }
    }

    /// What the products a row is about are called, in a few words.
    fn called(&self, seeds: &[Ordinal]) -> String {
        let Some(&first) = seeds.first() else { return String::new() };
        match seeds.len() - 1 {
            0 => self.name_of(first),
            more => format!("{} and {more} more", self.name_of(first)),
        }
    }
}

fn title(kind: PlacementKind) -> &'static str {
    match kind {
        PlacementKind::Similar => "Similar",
        PlacementKind::Complementary => "Goes with it",
        PlacementKind::Upsell => "A step up",
        PlacementKind::ViewedThenBought => "Bought in the end",
        PlacementKind::AfterPurchase => "For what you bought",
        PlacementKind::Next => "Next",
        PlacementKind::ForYou => "For you",
        PlacementKind::Trending => "On the rise",
        PlacementKind::NewArrivals => "New",
        PlacementKind::RecentlyViewed => "Viewed lately",
        PlacementKind::BuyAgain => "Buy again",
        PlacementKind::Popular => "Popular",
        PlacementKind::Categories => "Categories",
    }
}

fn because(kind: PlacementKind, reason: &RowReason, called: &str) -> String {
    let about = matches!(reason, RowReason::Products { .. });
    match (kind, reason) {
        (PlacementKind::Similar, _) => format!("alternatives to {called}"),
        (PlacementKind::Complementary, _) => format!("goes with {called}"),
        (PlacementKind::Upsell, _) => format!("better than {called}, for a little more"),
        (PlacementKind::ViewedThenBought, _) => format!("bought in the end by those who looked at {called}"),
        (PlacementKind::AfterPurchase, _) if about => format!("helps with {called}"),
        (PlacementKind::AfterPurchase, _) => "helps with what you bought".to_owned(),
        (PlacementKind::Next, _) if about => format!("what others look at after {called}"),
        (PlacementKind::Next, RowReason::Visit { .. }) => "because of what you look at in this visit".to_owned(),
        (PlacementKind::Next | PlacementKind::ForYou, _) => "because of what you looked at and bought".to_owned(),
        (PlacementKind::RecentlyViewed, _) => "you looked at these".to_owned(),
        (PlacementKind::BuyAgain, _) => "you bought these and may need them again".to_owned(),
        (PlacementKind::NewArrivals, _) => "new in the shop".to_owned(),
        (PlacementKind::Trending, _) => "more wanted now than before".to_owned(),
        (PlacementKind::Categories, RowReason::History { .. }) => "to return to and to explore".to_owned(),
        (PlacementKind::Categories | PlacementKind::Popular, _) => "popular with all shoppers".to_owned(),
    }
}
