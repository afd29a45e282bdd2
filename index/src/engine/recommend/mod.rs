//! Recommendation placements for one page: each recommender over the same
//! context, no product twice on the page, filters, stock and the merchant's rules
//! respected.

mod arrange;
mod asking;
mod categories;
mod kind;
mod row;
mod shown;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::shopper::ShopperHistory;
use super::{RequestContext, Snapshot};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::product::Related;
use crate::recommend::{Interest, Reason, RecommendContext, Recommendation, Request};

pub(super) use arrange::{Choice, Filled, Row};
pub(super) use asking::Asking;
pub use categories::RecommendedCategory;
pub(super) use row::Heading;
pub use row::RowReason;
use shown::Shown;

/// What is never recommended, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendSettings {
    /// Days for which a dismissed product, and its variants, are not recommended to that shopper.
    pub dismissed_days: u32,
    /// Categories, each with everything under it, that are recommended only on their own products' pages:
    /// what is age-restricted, or nobody's business.
    pub sensitive_categories: Vec<String>,
    /// What likeness to what stands in a row already takes from a product's value there, 0 to 1: 0 orders
    /// by score alone.
    pub diversity: f32,
}

impl Default for RecommendSettings {
    fn default() -> Self {
        Self { dismissed_days: 90, sensitive_categories: Vec::new(), diversity: 0.05 }
    }
}

/// One placement asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The recommender.
    pub kind: PlacementKind,
    /// The products the placement is about: the one on the page, or those in the cart. Some kinds need
    /// one; the others leave them out of what they show.
    pub product_ids: Vec<String>,
    /// The category it shows products of, with everything below it; any where absent.
    pub category: Option<String>,
    /// How many items, at most.
    pub limit: usize,
}

impl Placement {
    /// A placement about these products, of any category.
    pub fn about(kind: PlacementKind, product_ids: Vec<String>, limit: usize) -> Self {
        Self { kind, product_ids, category: None, limit }
    }
}

/// One placement answered.
#[derive(Debug, Serialize)]
pub struct PlacementAnswer {
    /// The recommender.
    pub kind: PlacementKind,
    /// What may stand above it.
    pub title: String,
    /// Why it is there, as data.
    pub reason: RowReason,
    /// Why it is there, in words.
    pub because: String,
    /// The merchant's rules that had a say, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Its items, best first.
    pub items: Vec<RecommendedItem>,
    /// Its categories, for that kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<RecommendedCategory>>,
}

impl PlacementAnswer {
    /// Every product it shows, in order.
    pub fn products(&self) -> impl Iterator<Item = &str> {
        let of_categories = self.categories.iter().flatten().flat_map(|category| &category.items);
        self.items.iter().chain(of_categories).map(|item| item.id.as_str())
    }
}

/// One recommended product.
#[derive(Debug, Serialize)]
pub struct RecommendedItem {
    /// The product's id.
    pub id: String,
    /// Comparable within one placement only.
    pub score: f32,
    /// Why, as data.
    pub reason: Reason<String, String>,
    /// Why, as a sentence.
    pub because: String,
    /// The product as the shop said it.
    pub product: Arc<RawValue>,
}

impl Snapshot {
    /// Fills placements in order; what one shows, the later ones leave out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a placement about no or an unknown product, or past a limit;
    /// [`Error::Filter`] when the filter does not parse.
    pub fn recommend(
        &self,
        placements: &[Placement],
        filter: Option<&str>,
        request_context: &RequestContext<'_>,
    ) -> Result<Vec<PlacementAnswer>> {
        let limits = &self.settings.limits;
        if placements.len() > limits.placements {
            let message = format!("has {} entries, at most {} are allowed", placements.len(), limits.placements);
            return Err(Error::invalid("placements", message));
        }
        let seeds: Vec<Vec<Ordinal>> =
            placements.iter().enumerate().map(|(index, one)| self.seeds(index, one)).collect::<Result<_>>()?;
        let mut asking = self.asking(filter, request_context)?;
        // What the page is about is no news in any of its rows.
        asking.seen = seeds.concat();
        placements.iter().zip(&seeds).map(|(placement, seeds)| self.answer(&mut asking, placement, seeds)).collect()
    }

    fn answer(&self, asking: &mut Asking<'_>, placement: &Placement, seeds: &[Ordinal]) -> Result<PlacementAnswer> {
        let Placement { kind, limit, .. } = *placement;
        let category = placement.category.as_deref();
        let row = Row { kind, name: kind.name(), seeds, category, limit };
        let Filled { found, rules } = self.fill(asking, &row);
        asking.seen.extend(found.iter().map(|found| found.ordinal));
        let Heading { title, reason, because } = self.heading(asking, kind, seeds, &found);
        let categories = match kind {
            PlacementKind::Categories => Some(self.categories(asking, &row)?),
            _ => None,
        };
        let items = found.into_iter().map(|found| self.item(found)).collect::<Result<_>>()?;
        Ok(PlacementAnswer { kind, title: title.to_owned(), reason, because, rules, items, categories })
    }

    /// Asks anything over the tables, about these products, of which only some may be shown.
    pub(super) fn ask<T>(
        &self,
        asking: &Asking<'_>,
        allowed: &Bitmap,
        seeds: &[Ordinal],
        question: impl FnOnce(&RecommendContext<'_>, &Request<'_>) -> T,
    ) -> T {
        let shown = Shown { engine: self, allowed };
        let forest = self.generation.for_you.as_deref();
        let order = forest.map(|forest| |loud: &[f32], rows: &[f32]| forest.scores(loud, rows));
        let context = RecommendContext {
            behaviour: &self.generation.behaviour,
            foreseen: order.as_ref().map(|order| order as _),
            catalogue: self.generation.products.view(),
            vectors: Some(&shown),
            kept: Some(&*self.kept).filter(|_| asking.is_usual(allowed, seeds)),
            allowed: &|ordinal| allowed.contains(ordinal),
            stated: &|ordinal| self.stated_complements(ordinal),
            facts: &shown,
        };
        let ShopperHistory { history, visit, purchased, bought, interests } = &asking.shopper;
        let interests: Vec<Interest<'_>> =
            interests.iter().map(|(weight, vector)| Interest { vector, weight: *weight }).collect();
        let request = Request {
            seeds,
            history,
            visit,
            purchased,
            bought,
            crowds: &asking.crowds,
            now_ms: asking.request_context.now.as_millisecond(),
            interests: &interests,
            exclude: &asking.seen,
            limit: 0,
        };
        question(&context, &request)
    }

    /// A recommendation with the product as the shop said it.
    pub(super) fn item(&self, found: Recommendation) -> Result<RecommendedItem> {
        let Recommendation { ordinal, score, reason } = found;
        let reason = reason.named(self);
        let id = self.generation.products.id(ordinal).to_owned();
        let product = self.card(ordinal)?.product.clone();
        Ok(RecommendedItem { id, score, because: reason.to_string(), reason, product })
    }

    /// The products a placement is about, checked.
    fn seeds(&self, index: usize, placement: &Placement) -> Result<Vec<Ordinal>> {
        let limit = self.settings.limits.placement_items;
        let field = |name: &str| format!("placements[{index}].{name}");
        if placement.limit > limit {
            return Err(Error::invalid(
                field("limit"),
                format!("{} is more than the limit of {limit}", placement.limit),
            ));
        }
        if placement.product_ids.is_empty() && placement.kind.needs_products() {
            return Err(Error::invalid(field("product_id"), "is required for this kind of placement"));
        }
        if placement.product_ids.len() > limit {
            let message = format!("has {} products, at most {limit} are allowed", placement.product_ids.len());
            return Err(Error::invalid(field("product_ids"), message));
        }
        let known = |id: &String| {
            let unknown = || Error::invalid(field("product_id"), format!("`{id}` is not in the catalogue"));
            self.ordinal(id).ok_or_else(unknown)
        };
        placement.product_ids.iter().map(known).collect()
    }

    fn stated_complements(&self, ordinal: Ordinal) -> Vec<Ordinal> {
        #[derive(Deserialize)]
        struct Stated {
            related: Option<Related>,
        }
        let products = &self.generation.products;
        let stated: Option<Stated> = serde_json::from_slice(products.json_bytes(ordinal)).ok();
        let related = stated.and_then(|stated| stated.related).unwrap_or_default();
        related.complements.iter().filter_map(|id| products.ordinal(id)).collect()
    }
}
