//! The summary of a profile, for people to read.

use serde::Serialize;

use super::Engine;
use super::shopper::{Shopper, ShopperReader};
use crate::column::CATEGORY;
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product};
use crate::profile::affinity::{Affinities, AffinityFacts, affinities};

/// The number of products listed with an interest.
const NEAREST: usize = 5;

/// The summary of a profile in this catalogue.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TasteSummary {
    /// Decayed number of products in the history.
    pub evidence: f32,
    /// The gate, 0 to 1: the confidence in the history, which scales its part of a search score.
    pub gate: f32,
    /// The shopper's affinities.
    pub affinities: Affinities,
    /// Long-term interests, the strongest first.
    pub interests: Vec<InterestSummary>,
    /// The current session, if there is one.
    pub session: Option<InterestSummary>,
}

/// One interest vector, described by products.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InterestSummary {
    /// The product that represents it; the session has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its share of all long-term interests, 0 to 1; 1 for the session.
    pub share: f32,
    /// Products nearest to it, the nearest first.
    pub nearest_products: Vec<String>,
}

impl Engine {
    /// The summary of a shopper's profile in this catalogue.
    pub fn taste_summary(&self, shopper: &Shopper) -> TasteSummary {
        ShopperReader::new(&self.0).summary(shopper)
    }

    /// The title of a product, if the catalogue has it.
    pub fn title(&self, product_id: &str) -> Option<String> {
        let products = &self.0.generation.products;
        products.product(products.ordinal(product_id)?).map(|product| product.title)
    }
}

impl ShopperReader<'_> {
    /// The summary of a shopper's profile in this catalogue.
    fn summary(self, shopper: &Shopper) -> TasteSummary {
        let settings = &self.snapshot.settings;
        let facts = |id: &str| self.facts(self.snapshot.generation.products.ordinal(id)?);
        let affinities = affinities(&shopper.profile, &settings.interest, shopper.now_ms, facts);
        let taste = self.taste(shopper);
        let summary = |product_id: Option<&str>, share, vector: &[f32]| InterestSummary {
            product_id: product_id.map(str::to_owned),
            share,
            nearest_products: self.nearest(vector),
        };
        let interests = &shopper.interests;
        TasteSummary {
            evidence: taste.as_ref().map_or(0.0, |taste| taste.evidence),
            gate: taste.as_ref().map_or(0.0, |taste| taste.gate(&settings.rank.personal)),
            affinities,
            interests: interests.long_term.iter().map(|i| summary(Some(&i.product_id), i.weight, &i.vector)).collect(),
            session: interests.session.as_ref().map(|vector| summary(None, 1.0, vector)),
        }
    }

    /// The products nearest to a vector, the nearest first.
    fn nearest(self, vector: &[f32]) -> Vec<String> {
        let found = self.snapshot.generation.vectors.search::<crate::bitmap::Bitmap>(vector, NEAREST, None);
        found.unwrap_or_default().iter().map(|&(at, _)| self.snapshot.generation.products.id(at).to_owned()).collect()
    }

    /// The facts of one product that affinities are computed from.
    fn facts(self, ordinal: Ordinal) -> Option<AffinityFacts> {
        let Product { brand, categories, attributes, .. } = self.snapshot.generation.products.product(ordinal)?;
        let mut named = Vec::new();
        for (name, value) in &attributes {
            value.for_each(&mut |single| {
                if let AttributeValue::Text(text) = single {
                    named.push((name.clone(), text.clone()));
                }
            });
        }
        let price_position = self.price_position(ordinal, &categories);
        Some(AffinityFacts { brand, categories, attributes: named, price_position })
    }

    /// The share of the products of its first category that cost less, 0 to 1; `None` without a price or other products.
    fn price_position(self, ordinal: Ordinal, categories: &[String]) -> Option<f32> {
        let prices = self.snapshot.generation.columns.numeric("final_price")?.view();
        let price = prices.first(ordinal)?;
        let levels = self.snapshot.generation.columns.keyword(CATEGORY)?.view();
        let others = levels.products_of(levels.equal_to(categories.first()?));
        let known: Vec<f64> = others.iter().filter_map(|&other| prices.first(other)).collect();
        let cheaper = known.iter().filter(|&&other| other < price).count();
        (known.len() > 1).then(|| cheaper as f32 / (known.len() - 1) as f32)
    }
}
