//! What a profile amounts to, for a person to read.

use serde::Serialize;

use super::Snapshot;
use super::shopper::Shopper;
use crate::column::CATEGORY;
use crate::id::Ordinal;
use crate::product::{AttributeValue, Product};
use crate::profile::affinity::{Affinities, ProductFacts, affinities};

/// Products named beside an interest.
const NEAREST: usize = 5;

/// What a profile amounts to in this catalogue.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TasteSummary {
    /// Decayed number of products met.
    pub evidence: f32,
    /// How far it changes the order of a search, 0 to 1.
    pub gate: f32,
    /// What the shopper is drawn to.
    pub affinities: Affinities,
    /// Long-term interests, the strongest first.
    pub interests: Vec<InterestTold>,
    /// The visit under way, if one is.
    pub session: Option<InterestTold>,
}

/// One interest vector, told by products.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InterestTold {
    /// The product that speaks for it; the session has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its share of all long-term interests, 0 to 1; 1 for the session.
    pub share: f32,
    /// Products nearest to it, the nearest first.
    pub nearest_products: Vec<String>,
}

impl Snapshot {
    /// What a person's profile amounts to in this catalogue.
    pub fn taste_summary(&self, shopper: &Shopper) -> TasteSummary {
        let settings = &self.settings;
        let facts = |id: &str| self.facts(self.generation.products.ordinal(id)?);
        let affinities = affinities(&shopper.profile, &settings.interest, shopper.now_ms, facts);
        let taste = self.taste(shopper);
        let told = |product_id: Option<&str>, share, vector: &[f32]| InterestTold {
            product_id: product_id.map(str::to_owned),
            share,
            nearest_products: self.nearest(vector),
        };
        let interests = &shopper.interests;
        TasteSummary {
            evidence: taste.as_ref().map_or(0.0, |taste| taste.evidence),
            gate: taste.as_ref().map_or(0.0, |taste| taste.gate(&settings.rank.personal)),
            affinities,
            interests: interests.long_term.iter().map(|i| told(Some(&i.product_id), i.weight, &i.vector)).collect(),
            session: interests.session.as_ref().map(|vector| told(None, 1.0, vector)),
        }
    }

    fn nearest(&self, vector: &[f32]) -> Vec<String> {
        let found = self.generation.vectors.search::<crate::bitmap::Bitmap>(vector, NEAREST, None);
        found.unwrap_or_default().iter().map(|&(at, _)| self.generation.products.id(at).to_owned()).collect()
    }

    /// What the catalogue says of one product; how alike products are is left to the vectors.
    fn facts(&self, ordinal: Ordinal) -> Option<ProductFacts> {
        let Product { brand, categories, attributes, .. } = self.generation.products.product(ordinal)?;
        let mut named = Vec::new();
        for (name, value) in &attributes {
            value.for_each(&mut |single| {
                if let AttributeValue::Text(text) = single {
                    named.push((name.clone(), text.clone()));
                }
            });
        }
        let price_position = self.price_position(ordinal, &categories);
        Some(ProductFacts { brand, categories, attributes: named, price_position })
    }

    /// Share of the products of its first category that cost less, 0 to 1.
    fn price_position(&self, ordinal: Ordinal, categories: &[String]) -> Option<f32> {
        let prices = self.generation.columns.numeric("final_price")?.view();
        let price = prices.first(ordinal)?;
        let levels = self.generation.columns.keyword(CATEGORY)?.view();
        let others = levels.products_of(levels.equal_to(categories.first()?));
        let known: Vec<f64> = others.iter().filter_map(|&other| prices.first(other)).collect();
        let cheaper = known.iter().filter(|&&other| other < price).count();
        (known.len() > 1).then(|| cheaper as f32 / (known.len() - 1) as f32)
    }

    /// The title of a product, if the catalogue has it.
    pub fn title(&self, product_id: &str) -> Option<String> {
        let ordinal = self.generation.products.ordinal(product_id)?;
        self.generation.products.product(ordinal).map(|product| product.title)
    }
}
