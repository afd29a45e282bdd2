//! Recommendation placements for one page: every recommender over the same context, no product twice on the page,
//! filters, stock and the merchant's rules respected.

mod allowed;
mod categories;
#[cfg(test)]
mod claims_tests;
mod diversity;
mod explain;
mod heading;
mod page;
#[cfg(test)]
mod planted_tests;
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
use crate::recommend::{
    Description, EvidenceSettings, Interest, Reason, RecommendContext, RecommendRequest, Recommendation, RowTexts,
};

use allowed::{AllowedProducts, NamesBeside};
pub use categories::RecommendedCategory;
pub use explain::{RowExplanation, RowOutcome};
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
    /// The least evidence of each kind of row.
    pub evidence: EvidenceSettings,
}

impl Default for RecommendSettings {
    fn default() -> Self {
        Self {
            dismissed_days: 90,
            sensitive_categories: Vec::new(),
            diversity: 0.05,
            evidence: EvidenceSettings::default(),
        }
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
    /// The id of a product whose place in the row is to be explained.
    pub explain: Option<String>,
}

impl Placement {
    /// A placement about these products, of any category.
    pub fn about(kind: PlacementKind, product_ids: Vec<String>, limit: usize) -> Self {
        Self { kind, product_ids, category: None, limit, explain: None }
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
    /// Ids in the request that are not in the catalogue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_products: Vec<String>,
    /// The explanation that the request asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<RowExplanation>,
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

    /// All items that it shows.
    pub fn items_mut(&mut self) -> impl Iterator<Item = &mut RecommendedItem> {
        let of_categories = self.categories.iter_mut().flatten().flat_map(|category| &mut category.items);
        self.items.iter_mut().chain(of_categories)
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

/// The products that a placement names.
#[derive(Debug, Default)]
struct PlacementProducts {
    known: Vec<Ordinal>,
    unknown: Vec<String>,
}

impl PlacementProducts {
    /// True if the placement is about products none of which the catalogue has any more.
    fn are_gone(&self) -> bool {
        self.known.is_empty() && !self.unknown.is_empty()
    }
}

impl Engine {
    /// Fills the placements of a page. No product appears twice: rows with few candidates choose first, the others in
    /// the order of the request. A placement about products that the catalogue does not have is empty.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a placement without a product that needs one, or past a limit; [`Error::Filter`] when the
    /// filter does not parse.
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
        let products = |(index, placement)| products_of(&self.0, index, placement);
        let products: Vec<PlacementProducts> = placements.iter().enumerate().map(products).collect::<Result<_>>()?;
        let mut page = Recommend::new(&self.0, filter, request_context)?;
        // No row shows a product that the page is about.
        page.page.shown = products.iter().flat_map(|one| one.known.iter().copied()).collect();
        let asked: Vec<(&Placement, &PlacementProducts)> = placements.iter().zip(&products).collect();
        let first = |&(placement, products): &(&Placement, &PlacementProducts)| {
            request_context.deadline.check()?;
            Ok(page.first_candidates(placement, products))
        };
        let mut candidates: Vec<Option<RowCandidates>> = asked.iter().map(first).collect::<Result<_>>()?;
        let mut answers: Vec<(usize, PlacementAnswer)> = Vec::with_capacity(placements.len());
        for at in filling_order(placements, &candidates) {
            request_context.deadline.check()?;
            let (placement, products) = asked[at];
            answers.push((at, page.answer(placement, products, candidates[at].take())?));
        }
        answers.sort_by_key(|answer| answer.0);
        Ok(answers.into_iter().map(|answer| answer.1).collect())
    }
}

/// The order in which rows choose their products: first those for which the merchant chose products; then those with fewer
/// than two candidates for each place, the one with the fewest first; then the others in the order of the request.
fn filling_order(placements: &[Placement], candidates: &[Option<RowCandidates>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..placements.len()).collect();
    order.sort_by_key(|&at| {
        let found = candidates[at].as_ref().map_or(usize::MAX, RowCandidates::len);
        let few = if found < 2 * placements[at].limit { found } else { usize::MAX };
        (!candidates[at].as_ref().is_some_and(RowCandidates::are_chosen), few, at)
    });
    order
}

/// The recommendations of one page over a snapshot.
pub(super) struct Recommend<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The headings and reasons in the language of the request.
    pub(super) texts: Arc<RowTexts>,
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
        let texts = snapshot.texts.of(request_context.lang, &snapshot.generation.manifest.language.code());
        Ok(Self { snapshot, texts, page: PageContext::new(snapshot, filter, request_context)? })
    }

    /// The candidates of a placement while the page is empty; none for a kind without a recommender.
    fn first_candidates(&self, placement: &Placement, products: &PlacementProducts) -> Option<RowCandidates> {
        if products.are_gone() { None } else { self.candidates(&row_of(placement, products)) }
    }

    /// Answers a placement, and puts its products on the page. `candidates` are those of the empty page.
    fn answer(
        &mut self,
        placement: &Placement,
        products: &PlacementProducts,
        candidates: Option<RowCandidates>,
    ) -> Result<PlacementAnswer> {
        let (kind, row) = (placement.kind, row_of(placement, products));
        let before = self.page.shown.clone();
        let filled = candidates.map(|candidates| self.fill(&row, candidates)).unwrap_or_default();
        let FilledRow { products: shown, rules } = filled;
        self.page.shown.extend(shown.iter().map(|one| one.ordinal));
        let explain = placement.explain.as_deref().map(|product_id| self.explain(product_id, &row, &shown, &before));
        let categories = match kind {
            PlacementKind::Categories if !products.are_gone() => Some(self.categories(&row)?),
            PlacementKind::Categories => Some(Vec::new()),
            _ => None,
        };
        let Heading { title, reason, because } = match products.are_gone() {
            true => self.heading_of_gone(kind, &products.unknown),
            false => self.heading_of(kind, row.seeds, &shown, categories.as_deref()),
        };
        let items = shown.into_iter().map(|one| self.item(one)).collect::<Result<_>>()?;
        let unknown_products = products.unknown.clone();
        Ok(PlacementAnswer { kind, title, reason, because, rules, unknown_products, explain, items, categories })
    }

    /// Puts a question to the behaviour tables, about the products `seeds`, of which only `allowed` may be shown.
    pub(super) fn ask<T>(
        &self,
        allowed: &Bitmap,
        seeds: &[Ordinal],
        question: impl FnOnce(&RecommendContext<'_>, &RecommendRequest<'_>) -> T,
    ) -> T {
        let Self { snapshot, page, .. } = self;
        let generation = &snapshot.generation;
        let shown =
            AllowedProducts { snapshot, allowed, audiences: &page.audiences, telling_leaves: &page.telling_leaves };
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
            evidence: snapshot.settings.recommend.evidence,
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
        let reason = reason.named(&NamesBeside { snapshot: self.snapshot, beside: ordinal });
        let id = self.snapshot.generation.products.id(ordinal).to_owned();
        let product = self.snapshot.card(ordinal)?.product.clone();
        Ok(RecommendedItem { id, score, because: reason.sentence(&self.texts), reason, product })
    }
}

/// The row of a placement.
fn row_of<'a>(placement: &'a Placement, products: &'a PlacementProducts) -> RowRequest<'a> {
    let Placement { kind, limit, .. } = *placement;
    RowRequest { kind, name: kind.name(), seeds: &products.known, category: placement.category.as_deref(), limit }
}

/// The products a placement is about, checked against the limits.
fn products_of(snapshot: &Snapshot, index: usize, placement: &Placement) -> Result<PlacementProducts> {
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
    let mut products = PlacementProducts::default();
    for id in &placement.product_ids {
        match snapshot.ordinal(id) {
            Some(ordinal) => products.known.push(ordinal),
            None => products.unknown.push(id.clone()),
        }
    }
    Ok(products)
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
