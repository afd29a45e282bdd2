//! The heading of a row: its title, and the reason for it as data and in words. The kind's [`Description`] gives the
//! basis, and the texts of the request's language the words, except for a row without products and for one that has
//! only products for everybody.

use serde::Serialize;

use super::{Recommend, RecommendedCategory};
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::recommend::{CategoryReason, Description, Reason, Recommendation, RowBasis, RowInput};

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
    /// It is about products that are not in the catalogue: leave it out.
    UnknownProducts {
        /// Their ids, as requested.
        product_ids: Vec<String>,
    },
}

/// A row's heading.
pub(in crate::engine) struct Heading {
    pub(in crate::engine) title: String,
    pub(in crate::engine) reason: RowReason,
    pub(in crate::engine) because: String,
}

impl Recommend<'_> {
    /// The heading of a row about products that the catalogue does not have.
    pub(super) fn heading_of_gone(&self, kind: PlacementKind, unknown: &[String]) -> Heading {
        let texts = &self.texts;
        let because = texts.text("because", "gone", &[("names", unknown.join(", "))]);
        let reason = RowReason::UnknownProducts { product_ids: unknown.to_vec() };
        Heading { title: texts.title(kind, RowBasis::Products).to_owned(), reason, because }
    }

    /// The heading of a row of products or, if it is of that kind, of categories.
    pub(super) fn heading_of(
        &self,
        kind: PlacementKind,
        seeds: &[Ordinal],
        products: &[Recommendation],
        categories: Option<&[RecommendedCategory]>,
    ) -> Heading {
        let heading = self.heading(kind, seeds, products);
        let text = |key: &str| self.texts.text("because", key, &[]);
        match categories {
            Some([]) => Heading { reason: RowReason::Nothing, because: text("nothing"), ..heading },
            // Nobody did anything yet, so nothing is popular.
            Some(all) if all.iter().all(|one| one.reason == CategoryReason::Listed) => {
                Heading { reason: RowReason::Shop, because: text("listed"), ..heading }
            }
            _ => heading,
        }
    }

    /// The heading of a row that shows `products`.
    pub(in crate::engine) fn heading(
        &self,
        kind: PlacementKind,
        seeds: &[Ordinal],
        products: &[Recommendation],
    ) -> Heading {
        let (description, texts, shopper) = (Description::of(kind), &self.texts, &self.page.shopper);
        let input = RowInput { seeds: seeds.len(), visit: shopper.visit.len(), history: shopper.history.len() };
        let basis = (description.basis)(&input);
        let heading = |kind: PlacementKind, basis: RowBasis, reason: RowReason, names: &str| Heading {
            title: texts.title(kind, basis).to_owned(),
            because: texts.because(kind, basis, names),
            reason,
        };
        if products.is_empty() && description.recommender.is_some() {
            let because = texts.text("because", "nothing", &[]);
            return Heading { because, ..heading(kind, basis, RowReason::Nothing, "") };
        }
        // A row that had to be filled up entirely must not claim a personal reason.
        let has = |wanted: fn(&Reason) -> bool| products.iter().any(|one| wanted(&one.reason));
        let general = products.iter().all(|one| one.reason.is_for_everybody() || one.reason == Reason::Pinned);
        if general && has(|reason| matches!(reason, Reason::Popular { .. })) {
            return heading(PlacementKind::Popular, RowBasis::Shop, RowReason::Shop, "");
        }
        if general && has(|reason| matches!(reason, Reason::Listed)) {
            let [title, because] = ["title", "because"].map(|section| texts.text(section, "listed", &[]));
            return Heading { title, reason: RowReason::Shop, because };
        }
        let reason = match basis {
            RowBasis::Products => RowReason::Products { product_ids: self.ids(seeds) },
            RowBasis::Visit => RowReason::Visit { products: input.visit },
            RowBasis::History => RowReason::History { products: input.history },
            RowBasis::Purchases => RowReason::Purchases { products: shopper.purchased.len() },
            RowBasis::Shop => RowReason::Shop,
        };
        heading(kind, basis, reason, &self.names(seeds))
    }

    fn ids(&self, products: &[Ordinal]) -> Vec<String> {
        products.iter().map(|&product| self.snapshot.generation.products.id(product).to_owned()).collect()
    }

    /// The name of the first product and the number of the others; empty for no products.
    fn names(&self, products: &[Ordinal]) -> String {
        let Some(&first) = products.first() else { return String::new() };
        let first = self.snapshot.name_of(first);
        match products.len() - 1 {
            0 => first,
            more => self.texts.text("names", "more", &[("first", first), ("more", more.to_string())]),
        }
    }
}
