//! Recommendation placements for one page: each recommender over the same
//! context, no product twice on the page, filters and stock respected.

mod kind;
mod shown;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::shopper::History;
use super::{Engine, Shopper};
use crate::bitmap::Bitmap;
use crate::column::Filter;
use crate::error::{Error, Result};
use crate::event::EventKind;
use crate::id::Ordinal;
use crate::product::Product;
use crate::profile::Profile;
use crate::recommend::{Interest, Reason, RecommendContext, Recommendation, Request};

pub use kind::PlacementKind;
use shown::Shown;

const DAY_MS: i64 = 86_400_000;

/// What is never recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecommendSettings {
    /// Days for which a dismissed product, and its variants, are not recommended to that shopper.
    pub dismissed_days: u32,
    /// Categories, each with everything under it, that are recommended only on their own products' pages:
    /// what is age-restricted, or nobody's business.
    pub sensitive_categories: Vec<String>,
}

impl Default for RecommendSettings {
    fn default() -> Self {
        Self { dismissed_days: 90, sensitive_categories: Vec::new() }
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
    /// How many items, at most.
    pub limit: usize,
}

/// One placement answered.
#[derive(Debug, Serialize)]
pub struct PlacementAnswer {
    /// The recommender.
    pub kind: PlacementKind,
    /// Its items, best first.
    pub items: Vec<RecommendedItem>,
}

/// One recommended product.
#[derive(Debug, Serialize)]
pub struct RecommendedItem {
    /// The product's id.
    pub id: String,
    /// Comparable within one placement only.
    pub score: f32,
    /// Why, as data.
    pub reason: Reason,
    /// Why, as a sentence.
    pub because: String,
    /// The product as the shop said it.
    pub product: Box<RawValue>,
}

/// Who asks for a page, and what may stand on it.
pub(super) struct Asking {
    shopper: History,
    /// What may be shown where it is asked for.
    everywhere: Bitmap,
    sensitive: Option<Bitmap>,
    /// The same without what is sensitive; none where nothing is.
    unasked: Option<Bitmap>,
    /// What the page shows already.
    seen: Vec<Ordinal>,
    now_ms: i64,
}

impl Asking {
    /// What may be shown beside these products.
    pub(super) fn allowed(&self, seeds: &[Ordinal]) -> &Bitmap {
        let asked_for = |sensitive: &Bitmap| seeds.iter().any(|&seed| sensitive.contains(seed));
        match &self.unasked {
            Some(unasked) if !self.sensitive.as_ref().is_some_and(asked_for) => unasked,
            _ => &self.everywhere,
        }
    }

    /// Whether a product may be shown as something new: allowed, neither met nor bought before.
    pub(super) fn is_new(&self, product: Ordinal) -> bool {
        let shopper = &self.shopper;
        let known = shopper.history.contains(&product) || shopper.purchased.contains(&product);
        !known && self.allowed(&[]).contains(product)
    }
}

impl Engine {
    /// Fills placements in order at `now_ms` (Unix milliseconds); what one shows, the later ones leave out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a placement about no or an unknown product, or past a limit;
    /// [`Error::Filter`] when the filter does not parse.
    pub fn recommend(
        &self,
        placements: &[Placement],
        filter: Option<&str>,
        shopper: Option<&Shopper>,
        now_ms: i64,
    ) -> Result<Vec<PlacementAnswer>> {
        let limits = &self.settings.limits;
        if placements.len() > limits.placements {
            let message = format!("has {} entries, at most {} are allowed", placements.len(), limits.placements);
            return Err(Error::invalid("placements", message));
        }
        let seeds: Vec<Vec<Ordinal>> =
            placements.iter().enumerate().map(|(index, one)| self.seeds(index, one)).collect::<Result<_>>()?;
        let mut asking = self.asking(filter, shopper, now_ms)?;
        // What the page is about is no news in any of its rows.
        asking.seen = seeds.concat();
        let mut answers = Vec::with_capacity(placements.len());
        for (placement, seeds) in placements.iter().zip(&seeds) {
            let found = self.fill(&asking, placement.kind, seeds, placement.limit);
            asking.seen.extend(found.iter().map(|found| found.ordinal));
            let items = found.into_iter().map(|found| self.item(found));
            answers.push(PlacementAnswer { kind: placement.kind, items: items.collect::<Result<_>>()? });
        }
        Ok(answers)
    }

    /// What a page is made from.
    pub(super) fn asking(&self, filter: Option<&str>, shopper: Option<&Shopper>, now_ms: i64) -> Result<Asking> {
        let everywhere = self.recommendable(filter, shopper, now_ms)?;
        let sensitive = self.sensitive()?;
        let unasked = sensitive.as_ref().map(|sensitive| {
            let mut unasked = everywhere.clone();
            unasked.and_not(sensitive);
            unasked
        });
        let shopper = shopper.map(|shopper| self.history(shopper)).unwrap_or_default();
        Ok(Asking { shopper, everywhere, sensitive, unasked, seen: Vec::new(), now_ms })
    }

    /// The products one recommender chooses, about these.
    pub(super) fn fill(
        &self,
        asking: &Asking,
        kind: PlacementKind,
        seeds: &[Ordinal],
        limit: usize,
    ) -> Vec<Recommendation> {
        self.ask(asking, seeds, |context, request| {
            kind.recommender().recommend(context, &Request { limit, ..*request })
        })
    }

    /// Asks anything over the tables, about these products.
    pub(super) fn ask<T>(
        &self,
        asking: &Asking,
        seeds: &[Ordinal],
        question: impl FnOnce(&RecommendContext<'_>, &Request<'_>) -> T,
    ) -> T {
        let allowed = asking.allowed(seeds);
        let shown = Shown { engine: self, allowed };
        let context = RecommendContext {
            behaviour: &self.generation.behaviour,
            catalogue: self.generation.products.view(),
            vectors: Some(&shown),
            allowed: &|ordinal| allowed.contains(ordinal),
            stated: &|ordinal| self.stated_complements(ordinal),
            facts: &shown,
            names: &shown,
        };
        let History { history, visit, purchased, bought, interests } = &asking.shopper;
        let interests: Vec<Interest<'_>> =
            interests.iter().map(|(weight, vector)| Interest { vector, weight: *weight }).collect();
        let request = Request {
            seeds,
            history,
            visit,
            purchased,
            bought,
            now_ms: asking.now_ms,
            interests: &interests,
            exclude: &asking.seen,
            limit: 0,
        };
        question(&context, &request)
    }

    /// What may be recommended to this shopper at all: there, in stock, passing the filter, neither avoided
    /// nor dismissed.
    fn recommendable(&self, filter: Option<&str>, shopper: Option<&Shopper>, now_ms: i64) -> Result<Bitmap> {
        let in_stock = Filter::parse("in_stock = true")?;
        let mut allowed = (*self.filters.get(&in_stock, &self.generation.columns)?).clone();
        if let Some(filter) = self.allowed(filter, None)? {
            allowed.and(&filter);
        }
        let Some(shopper) = shopper else { return Ok(allowed) };
        if let Some(avoided) = self.avoided(&shopper.profile) {
            allowed.and_not(&avoided);
        }
        for product in self.dismissed(&shopper.profile, now_ms) {
            allowed.remove(product);
        }
        Ok(allowed)
    }

    /// What a shopper dismissed lately, with all variants.
    fn dismissed(&self, profile: &Profile, now_ms: i64) -> Vec<Ordinal> {
        let since_ms = now_ms - i64::from(self.settings.recommend.dismissed_days) * DAY_MS;
        let view = self.generation.products.view();
        let late = profile.history.iter().rev().take_while(|met| met.time_ms >= since_ms);
        late.filter(|met| met.kind == EventKind::Dismiss)
            .filter_map(|met| self.generation.products.ordinal(&met.product_id))
            .flat_map(|product| view.variants(product).chain([product]))
            .collect()
    }

    /// The products of sensitive categories, where the shop has named any.
    fn sensitive(&self) -> Result<Option<Bitmap>> {
        let mut sensitive: Option<Bitmap> = None;
        for category in &self.settings.recommend.sensitive_categories {
            let filter = Filter::parse(&format!("category UNDER {}", serde_json::Value::from(category.as_str())))?;
            let products = self.filters.get(&filter, &self.generation.columns)?;
            sensitive.get_or_insert_with(|| Bitmap::new(self.generation.products.len())).or(&products);
        }
        Ok(sensitive)
    }

    /// A recommendation with the product as the shop said it.
    pub(super) fn item(&self, found: Recommendation) -> Result<RecommendedItem> {
        let Recommendation { ordinal, score, reason } = found;
        let id = self.generation.products.id(ordinal).to_owned();
        Ok(RecommendedItem { id, score, because: reason.to_string(), reason, product: self.shown(ordinal)? })
    }

    /// The product a placement is about, checked.
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
        let products = &self.generation.products;
        let related = products.product(ordinal).and_then(|Product { related, .. }| related).unwrap_or_default();
        related.complements.iter().filter_map(|id| products.ordinal(id)).collect()
    }
}
