//! Recommendation placements for one page: each recommender over the same
//! context, no product twice on the page, filters and stock respected.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Engine, Shopper};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::Product;
use crate::recommend::{
    Complementary, ForYou, Interest, ItemVectors, Names, Reason, RecommendContext, Recommender, Request, Similar,
};

/// Which recommender fills a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementKind {
    /// Alternatives to a product.
    Similar,
    /// What goes with a product.
    Complementary,
    /// What this shopper may want next; popular products for strangers.
    ForYou,
}

impl PlacementKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Similar, Self::Complementary, Self::ForYou];

    /// The kind as requests spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Similar => "similar",
            Self::Complementary => "complementary",
            Self::ForYou => "for-you",
        }
    }
}

/// One placement asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The recommender.
    pub kind: PlacementKind,
    /// The product the placement is about; required but for `for-you`.
    pub product_id: Option<String>,
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

/// Products that may be shown: in stock, and passing the filter.
struct Shown<'a> {
    engine: &'a Engine,
    allowed: &'a Bitmap,
}

impl ItemVectors for Shown<'_> {
    fn nearest(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        self.engine.generation.vectors.search(query, k, Some(self.allowed)).unwrap_or_default()
    }

    fn row(&self, product: Ordinal) -> Option<&[f32]> {
        let vectors = &self.engine.generation.vectors;
        vectors.has_direction(product).then(|| vectors.row(product))
    }
}

impl Names for Shown<'_> {
    fn product(&self, product: Ordinal) -> String {
        let products = &self.engine.generation.products;
        products.product(product).map_or_else(|| products.id(product).to_owned(), |product| product.title)
    }

    fn category(&self, category: u32) -> String {
        self.engine.generation.products.category(category).to_owned()
    }
}

impl Engine {
    /// Fills placements in order; what one shows, the later ones leave out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a placement about no or an unknown product, or past a limit;
    /// [`Error::Filter`] when the filter does not parse.
    pub fn recommend(
        &self,
        placements: &[Placement],
        filter: Option<&str>,
        shopper: Option<&Shopper>,
    ) -> Result<Vec<PlacementAnswer>> {
        let limits = &self.settings.limits;
        if placements.len() > limits.placements {
            let message = format!("has {} entries, at most {} are allowed", placements.len(), limits.placements);
            return Err(Error::invalid("placements", message));
        }
        let mut allowed =
            (*self.filters.get(&crate::column::Filter::parse("in_stock = true")?, &self.generation.columns)?).clone();
        if let Some(filter) = self.allowed(filter, None)? {
            allowed.and(&filter);
        }
        if let Some(avoided) = shopper.and_then(|shopper| self.avoided(&shopper.profile)) {
            allowed.and_not(&avoided);
        }
        let shown = Shown { engine: self, allowed: &allowed };
        let products = &self.generation.products;
        let context = RecommendContext {
            behaviour: &self.generation.behaviour,
            catalogue: products.view(),
            vectors: Some(&shown),
            allowed: &|ordinal| allowed.contains(ordinal),
            stated: &|ordinal| self.stated_complements(ordinal),
            names: &shown,
        };
        let shopper = shopper.map(|shopper| self.history(shopper)).unwrap_or_default();
        let interest: Vec<Interest<'_>> =
            shopper.interests.iter().map(|(weight, vector)| Interest { vector, weight: *weight }).collect();
        let mut seen: Vec<Ordinal> = Vec::new();
        let mut answers = Vec::with_capacity(placements.len());
        for (index, placement) in placements.iter().enumerate() {
            let seeds = self.seeds(index, placement)?;
            let request = Request {
                seeds: &seeds,
                history: &shopper.history,
                purchased: &shopper.purchased,
                interests: &interest,
                exclude: &seen,
                limit: placement.limit,
            };
            let found = match placement.kind {
                PlacementKind::Similar => Similar::default().recommend(&context, &request),
                PlacementKind::Complementary => Complementary::default().recommend(&context, &request),
                PlacementKind::ForYou => ForYou::default().recommend(&context, &request),
            };
            seen.extend(found.iter().map(|found| found.ordinal));
            let items = found.into_iter().map(|found| self.item(found.ordinal, found.score, found.reason));
            answers.push(PlacementAnswer { kind: placement.kind, items: items.collect::<Result<_>>()? });
        }
        Ok(answers)
    }

    fn item(&self, ordinal: Ordinal, score: f32, reason: Reason) -> Result<RecommendedItem> {
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
        match (&placement.product_id, placement.kind) {
            (None, PlacementKind::ForYou) => Ok(Vec::new()),
            (None, _) => Err(Error::invalid(field("product_id"), "is required for this kind of placement")),
            (Some(id), _) => match self.ordinal(id) {
                Some(ordinal) => Ok(vec![ordinal]),
                None => Err(Error::invalid(field("product_id"), format!("`{id}` is not in the catalogue"))),
            },
        }
    }

    fn stated_complements(&self, ordinal: Ordinal) -> Vec<Ordinal> {
        let products = &self.generation.products;
        let related = products.product(ordinal).and_then(|Product { related, .. }| related).unwrap_or_default();
        related.complements.iter().filter_map(|id| products.ordinal(id)).collect()
    }
}
