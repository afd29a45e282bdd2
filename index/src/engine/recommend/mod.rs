//! Recommendation placements for one page: every recommender over the same context, no product twice on the page,
//! filters, stock and the merchant's rules respected.

mod allowed;
mod categories;
mod diversity;
mod heading;
mod page;
mod row;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::shopper::ShopperHistory;
use super::{Engine, RequestContext, Snapshot};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::product::Related;
use crate::recommend::{Description, Interest, Reason, RecommendContext, RecommendRequest, Recommendation};

use allowed::AllowedProducts;
pub use categories::RecommendedCategory;
pub(super) use heading::Heading;
pub use heading::RowReason;
use page::PageContext;
pub(super) use row::{FilledRow, RowCandidates, RowRequest};

/// Settings of all recommendations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendSettings {
    /// Days for which a dismissed product, and its variants, are not recommended to that shopper.
    pub dismissed_days: u32,
    /// Categories, each with everything below it, whose products are recommended only on the pages of such products:
    /// age-restricted or private ones.
    pub sensitive_categories: Vec<String>,
    /// The weight of the similarity to products that stand in the row already, 0 to 1: 0 orders by score alone.
    pub diversity: f32,
}

impl Default for RecommendSettings {
    fn default() -> Self {
        Self { dismissed_days: 90, sensitive_categories: Vec::new(), diversity: 0.05 }
    }
}

/// A request for one placement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The recommender.
    pub kind: PlacementKind,
    /// The products the placement is about: the one on the page, or those in the cart. Some kinds need one; no kind
    /// shows them.
    pub product_ids: Vec<String>,
    /// The category to which it is narrowed, with everything below it; none if absent.
    pub category: Option<String>,
    /// The number of items, at most.
    pub limit: usize,
}

impl Placement {
    /// A placement about these products, of any category.
    pub fn about(kind: PlacementKind, product_ids: Vec<String>, limit: usize) -> Self {
        Self { kind, product_ids, category: None, limit }
    }
}

/// The answer to one placement.
#[derive(Debug, Serialize)]
pub struct PlacementAnswer {
    /// The recommender.
    pub kind: PlacementKind,
    /// A heading for the row.
    pub title: String,
    /// The reason for the row, as data.
    pub reason: RowReason,
    /// The reason for the row, in words.
    pub because: String,
    /// The ids of the merchant's rules that applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Its items, best first.
    pub items: Vec<RecommendedItem>,
    /// Its categories, for that kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<RecommendedCategory>>,
}

impl PlacementAnswer {
    /// The ids of all products it shows, in order.
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
    /// The score, comparable within one placement only.
    pub score: f32,
    /// The reason, as data.
    pub reason: Reason<String, String, String>,
    /// The reason, as a sentence.
    pub because: String,
    /// The product as the shop sent it.
    pub product: Arc<RawValue>,
}

impl Engine {
    /// Fills placements in order; products of one are left out of the later ones.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown product, for a placement without one that needs one, or past a limit;
    /// [`Error::Filter`] when the filter does not parse.
    pub fn recommend(
        &self,
        placements: &[Placement],
        filter: Option<&str>,
        request_context: &RequestContext<'_>,
    ) -> Result<Vec<PlacementAnswer>> {
        let limits = &self.0.settings.limits;
        if placements.len() > limits.placements {
            let message = format!("has {} entries, at most {} are allowed", placements.len(), limits.placements);
            return Err(Error::invalid("placements", message));
        }
        let seeds = |(index, placement)| seeds(&self.0, index, placement);
        let seeds: Vec<Vec<Ordinal>> = placements.iter().enumerate().map(seeds).collect::<Result<_>>()?;
        let mut page = Recommend::new(&self.0, filter, request_context)?;
        // No row shows a product that the page is about.
        page.page.shown = seeds.concat();
        placements.iter().zip(&seeds).map(|(placement, seeds)| page.answer(placement, seeds)).collect()
    }
}

/// The recommendations of one page over a snapshot.
pub(super) struct Recommend<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) page: PageContext<'a>,
}

impl<'a> Recommend<'a> {
    /// Recommendations for an empty page.
    ///
    /// # Errors
    /// [`Error::Filter`] when the filter does not parse.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        filter: Option<&str>,
        request_context: &'a RequestContext<'a>,
    ) -> Result<Self> {
        Ok(Self { snapshot, page: PageContext::new(snapshot, filter, request_context)? })
    }

    /// Answers a placement, and puts its products on the page.
    fn answer(&mut self, placement: &Placement, seeds: &[Ordinal]) -> Result<PlacementAnswer> {
        let Placement { kind, limit, .. } = *placement;
        let category = placement.category.as_deref();
        let row = RowRequest { kind, name: kind.name(), seeds, category, limit };
        let FilledRow { products, rules } = self.fill(&row);
        self.page.shown.extend(products.iter().map(|one| one.ordinal));
        let Heading { title, reason, because } = self.heading(kind, seeds, &products);
        let categories = match kind {
            PlacementKind::Categories => Some(self.categories(&row)?),
            _ => None,
        };
        let items = products.into_iter().map(|one| self.item(one)).collect::<Result<_>>()?;
        Ok(PlacementAnswer { kind, title: title.to_owned(), reason, because, rules, items, categories })
    }

    /// Puts a question to the behaviour tables, about the products `seeds`, of which only `allowed` may be shown.
    pub(super) fn ask<T>(
        &self,
        allowed: &Bitmap,
        seeds: &[Ordinal],
        question: impl FnOnce(&RecommendContext<'_>, &RecommendRequest<'_>) -> T,
    ) -> T {
        let Self { snapshot, page } = self;
        let generation = &snapshot.generation;
        let shown = AllowedProducts { snapshot, allowed };
        let forest = generation.for_you.as_deref();
        let reranker = forest.map(|forest| |scores: &[f32], rows: &[f32]| forest.scores(scores, rows));
        let context = RecommendContext {
            behaviour: &generation.behaviour,
            reranker: reranker.as_ref().map(|reranker| reranker as _),
            catalogue: generation.products.view(),
            vectors: Some(&shown),
            lists: Some(&*snapshot.caches.lists).filter(|_| page.is_usual(allowed, seeds)),
            allowed: &|ordinal| allowed.contains(ordinal),
            stated: &|ordinal| stated_complements(snapshot, ordinal),
            facts: &shown,
        };
        let ShopperHistory { history, visit, purchased, bought, interests } = &page.shopper;
        let interests: Vec<Interest<'_>> =
            interests.iter().map(|(weight, vector)| Interest { vector, weight: *weight }).collect();
        let request = RecommendRequest {
            seeds,
            history,
            visit,
            purchased,
            bought,
            segments: &page.segments,
            now_ms: page.request_context.now.as_millisecond(),
            interests: &interests,
            exclude: &page.shown,
            limit: 0,
        };
        question(&context, &request)
    }

    /// A recommendation with names in place of numbers, and the product as the shop sent it.
    pub(super) fn item(&self, recommendation: Recommendation) -> Result<RecommendedItem> {
        let Recommendation { ordinal, score, reason } = recommendation;
        let reason = reason.named(self.snapshot);
        let id = self.snapshot.generation.products.id(ordinal).to_owned();
        let product = self.snapshot.card(ordinal)?.product.clone();
        Ok(RecommendedItem { id, score, because: reason.to_string(), reason, product })
    }
}

/// The products a placement is about, checked.
fn seeds(snapshot: &Snapshot, index: usize, placement: &Placement) -> Result<Vec<Ordinal>> {
    let limit = snapshot.settings.limits.placement_items;
    let field = |name: &str| format!("placements[{index}].{name}");
    if placement.limit > limit {
        return Err(Error::invalid(field("limit"), format!("{} is more than the limit of {limit}", placement.limit)));
    }
    if placement.product_ids.is_empty() && Description::of(placement.kind).needs_products() {
        return Err(Error::invalid(field("product_id"), "is required for this kind of placement"));
    }
    if placement.product_ids.len() > limit {
        let message = format!("has {} products, at most {limit} are allowed", placement.product_ids.len());
        return Err(Error::invalid(field("product_ids"), message));
    }
    let known = |id: &String| {
        let unknown = || Error::invalid(field("product_id"), format!("`{id}` is not in the catalogue"));
        snapshot.ordinal(id).ok_or_else(unknown)
    };
    placement.product_ids.iter().map(known).collect()
}

/// The complements that the shop's feed states for a product, in that order.
fn stated_complements(snapshot: &Snapshot, ordinal: Ordinal) -> Vec<Ordinal> {
    #[derive(Deserialize)]
    struct WithRelated {
        related: Option<Related>,
    }
    let products = &snapshot.generation.products;
    let product: Option<WithRelated> = serde_json::from_slice(products.json_bytes(ordinal)).ok();
    let related = product.and_then(|product| product.related).unwrap_or_default();
    related.complements.iter().filter_map(|id| products.ordinal(id)).collect()
}
