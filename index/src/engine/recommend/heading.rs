//! The heading of a row: its title, and the reason for it as data and in words. The kind's [`Description`] gives all
//! three, except for a row without products and for one that has only products for everybody.

use serde::Serialize;

use super::Recommend;
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::recommend::{Description, Reason, Recommendation, RowBasis, RowInput};

/// The reason for a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RowReason {
    /// It is about these products.
    Products {
        /// Their ids, as requested.
        product_ids: Vec<String>,
    },
    /// It follows from the visit under way.
    Visit {
        /// The number of products the shopper interacted with in the visit.
        products: usize,
    },
    /// It follows from the shopper's history.
    History {
        /// The number of products the shopper interacted with.
        products: usize,
    },
    /// It follows from the shopper's purchases.
    Purchases {
        /// The number of products bought.
        products: usize,
    },
    /// It is of the shop as a whole, the same for everybody.
    Shop,
    /// It has no products: leave it out.
    Nothing,
}

/// A row's heading.
pub(in crate::engine) struct Heading {
    pub(in crate::engine) title: &'static str,
    pub(in crate::engine) reason: RowReason,
    pub(in crate::engine) because: String,
}

impl Recommend<'_> {
    /// The heading of a row that shows `products`.
    pub(in crate::engine) fn heading(
        &self,
        kind: PlacementKind,
        seeds: &[Ordinal],
        products: &[Recommendation],
    ) -> Heading {
        let description = Description::of(kind);
        if products.is_empty() && description.recommender.is_some() {
            let because = "nothing to show here yet".to_owned();
            return Heading { title: description.title, reason: RowReason::Nothing, because };
        }
        // A row that had to be filled up entirely must not claim a personal reason.
        let has = |reason: &Reason| products.iter().any(|one| one.reason == *reason);
        let general = products.iter().all(|one| one.reason.is_for_everybody() || one.reason == Reason::Pinned);
        if general && has(&Reason::Popular) {
            let popular = Description::of(PlacementKind::Popular);
            let because = (popular.because)(RowBasis::Shop, "");
            return Heading { title: popular.title, reason: RowReason::Shop, because };
        }
        if general && has(&Reason::Listed) {
            let because = Reason::<String, String>::Listed.to_string();
            return Heading { title: "From the shop", reason: RowReason::Shop, because };
        }
        let shopper = &self.page.shopper;
        let input = RowInput { seeds: seeds.len(), visit: shopper.visit.len(), history: shopper.history.len() };
        let basis = (description.basis)(&input);
        let reason = match basis {
            RowBasis::Products => RowReason::Products { product_ids: self.ids(seeds) },
            RowBasis::Visit => RowReason::Visit { products: input.visit },
            RowBasis::History => RowReason::History { products: input.history },
            RowBasis::Purchases => RowReason::Purchases { products: shopper.purchased.len() },
            RowBasis::Shop => RowReason::Shop,
        };
        let because = (description.because)(basis, &self.names(seeds));
        Heading { title: description.title, reason, because }
    }

    fn ids(&self, products: &[Ordinal]) -> Vec<String> {
        products.iter().map(|&product| self.snapshot.generation.products.id(product).to_owned()).collect()
    }

    /// The name of the first product and the number of the others; empty for no products.
    fn names(&self, products: &[Ordinal]) -> String {
        let Some(&first) = products.first() else { return String::new() };
        match products.len() - 1 {
            0 => self.snapshot.name_of(first),
            more => format!("{} and {more} more", self.snapshot.name_of(first)),
        }
    }
}
