//! Settings of the behaviour tables, with defaults and units. The weights of the next-item table are starting
//! points only: the replay in the reindex chooses them for the shop.

use serde::{Deserialize, Serialize};

use super::blend::Blend;
use crate::event::InteractionKind;

/// All settings of the behaviour tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Weights of interactions in popularity.
    pub popularity: PopularitySettings,
    /// Limits of baskets and visits.
    pub baskets: BasketSettings,
    /// Tests and limits of complements.
    pub complements: ComplementSettings,
    /// Weights and limits of the next-item tables.
    pub next: NextSettings,
    /// Weights and limits of content similarity.
    pub content: ContentSettings,
    /// Limits and votes of past visits.
    pub sessions: SessionSettings,
    /// Purchases after a view, repurchases and rising products.
    pub after: AfterSettings,
    /// Learning from searches.
    pub queries: super::QuerySettings,
}

/// Weights of interactions in popularity: `ln(1 + Σ weight · ½^(age / half-life))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PopularitySettings {
    /// The weight of a view.
    pub view_weight: f64,
    /// The weight of an addition to the cart.
    pub cart_weight: f64,
    /// The weight of a purchase.
    pub purchase_weight: f64,
    /// The half-life of an interaction's weight in days; 0 turns ageing off.
    pub half_life_days: f64,
    /// The most views of one visitor on one UTC day; a visitor with more is a robot.
    pub views_a_day: usize,
    /// The most views of one product by one visitor on one UTC day; a visitor with more is a robot.
    pub views_a_day_of_product: usize,
}

impl PopularitySettings {
    /// The weight of an interaction of this kind before it ages.
    pub fn weight(&self, kind: InteractionKind) -> f64 {
        match kind {
            InteractionKind::View => self.view_weight,
            InteractionKind::AddToCart => self.cart_weight,
            InteractionKind::Purchase => self.purchase_weight,
        }
    }
}

impl Default for PopularitySettings {
    fn default() -> Self {
        Self {
            view_weight: 1.0,
            cart_weight: 3.0,
            purchase_weight: 5.0,
            half_life_days: 30.0,
            views_a_day: 500,
            views_a_day_of_product: 40,
        }
    }
}

/// Limits of baskets and visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BasketSettings {
    /// The most products of one basket or visit, the earliest first: work grows with the square of the
    /// number, and a bulk order tells little about which products go together.
    pub max_products: usize,
}

impl Default for BasketSettings {
    fn default() -> Self {
        Self { max_products: 100 }
    }
}

/// Tests and limits of complements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComplementSettings {
    /// The signed log-likelihood ratio that a pair must exceed; 10.8 is the .999 quantile of chance.
    pub min_llr: f64,
    /// The fewest baskets with both products: in a small shop a single basket can pass the other test.
    pub min_together: u32,
    /// Baskets added to both sides of the lift.
    pub lift_smoothing: f64,
    /// The most partners of one leaf category in a row.
    pub per_category: usize,
    /// The most partners in a row.
    pub per_row: usize,
    /// A share of baskets (or shoppers). If at least this share of those with a product of a category have
    /// several of it, two products of the category are not substitutes.
    pub several_share: f32,
    /// The fewest visits with both products before viewing them together can make them substitutes.
    pub min_viewed_together: u32,
    /// The most partner categories of a category.
    pub categories_per_row: usize,
    /// The most popular products of a category.
    pub products_per_category: usize,
    /// The share of the baskets of several products from which on a product in them is an add-on, 0 to 1.
    pub add_on_share: f64,
}

impl Default for ComplementSettings {
    fn default() -> Self {
        Self {
            min_llr: 10.8,
            min_together: 2,
            lift_smoothing: 1.0,
            per_category: 2,
            per_row: 20,
            several_share: 0.3,
            min_viewed_together: 3,
            categories_per_row: 10,
            products_per_category: 50,
            add_on_share: 0.5,
        }
    }
}

/// Weights and limits of the next-item tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NextSettings {
    /// The latest interactions of a shopper that are read.
    pub max_steps: usize,
    /// The longest distance between two products of a pair, in interactions.
    pub max_distance: usize,
    /// The weight of a backward pair, relative to a forward one.
    pub backward_weight: f32,
    /// The exponent of the weight sum of the row's product.
    pub source_exponent: f32,
    /// The exponent of the weight sum of the partner; larger favours rarer partners.
    pub target_exponent: f32,
    /// Added to the weight sums of both products, so that one or two interactions do not look certain.
    pub shrinkage: f32,
    /// The most partners in a row.
    pub per_row: usize,
    /// The weight of a view.
    pub view_weight: f32,
    /// The weight of an addition to the cart.
    pub cart_weight: f32,
    /// The weight of a purchase.
    pub purchase_weight: f32,
    /// Weights by which the next-item and content tables score a history together.
    pub blend: Blend,
    /// The most shoppers whose latest interaction is held out in the replay, which chooses `blend`,
    /// `backward_weight` and the exponents; 0 turns the replay off.
    pub replayed_shoppers: usize,
}

impl Default for NextSettings {
    fn default() -> Self {
        Self {
            max_steps: 50,
            max_distance: 20,
            backward_weight: 0.3,
            source_exponent: 0.4,
            target_exponent: 0.1,
            shrinkage: 4.0,
            per_row: 100,
            view_weight: 0.5,
            cart_weight: 0.8,
            purchase_weight: 1.0,
            blend: Blend::default(),
            replayed_shoppers: 20_000,
        }
    }
}

/// Weights and limits of content similarity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContentSettings {
    /// The weight of the brand, relative to a term of the title.
    pub brand_weight: f32,
    /// The weight of each level of a category path, relative to a term of the title.
    pub category_weight: f32,
    /// The weight of an attribute value, relative to a term of the title.
    pub attribute_weight: f32,
    /// The largest share of products with a term; more frequent terms are ignored.
    pub max_share: f32,
    /// The most postings read per product, over all its terms, in search of similar products.
    pub postings: usize,
    /// The most products in a row.
    pub per_row: usize,
}

impl Default for ContentSettings {
    fn default() -> Self {
        Self {
            brand_weight: 1.5,
            category_weight: 0.7,
            attribute_weight: 0.5,
            max_share: 0.1,
            postings: 20_000,
            per_row: 100,
        }
    }
}

/// Limits and votes of past visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// The most visits, the latest first.
    pub max_visits: usize,
    /// The most products of a visit; longer visits are left out.
    pub max_products: usize,
    /// The most visits of a product, the latest first.
    pub visits_per_product: usize,
    /// The most similar visits that vote.
    pub voters: usize,
    /// The half-life of a visit's weight in days, counted back from the latest visit, where none is chosen.
    pub half_life_days: f64,
    /// The most latest visits that are replayed to choose the half-life; 0 takes it from the settings.
    pub replayed_visits: usize,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            max_visits: 2_000_000,
            max_products: 100,
            visits_per_product: 500,
            voters: 500,
            half_life_days: 30.0,
            replayed_visits: 5_000,
        }
    }
}

/// Purchases after a view, repurchases and rising products.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AfterSettings {
    /// The pause in hours that ends a shopper's path from view to purchase.
    pub pause_hours: f64,
    /// The fewest paths with both products.
    pub min_together: u32,
    /// The signed log-likelihood ratio that a pair must exceed; 3.84 is the .95 quantile of chance.
    pub min_llr: f64,
    /// Paths added to those of a product, which end like the paths of all products (the prior).
    pub prior: f64,
    /// The most products in a row.
    pub per_row: usize,
    /// The factor per day of age on interactions in rising products, 0 to 1.
    pub daily_decay: f64,
    /// The days, today included, from which the expected interactions are taken.
    pub expected_days: u32,
    /// Buyers added to those of a product, who buy again like the buyers of its category (the prior).
    pub repurchase_prior: f64,
}

impl Default for AfterSettings {
    fn default() -> Self {
        Self {
            pause_hours: 24.0,
            min_together: 2,
            min_llr: 3.84,
            prior: 20.0,
            per_row: 20,
            daily_decay: 0.9,
            expected_days: 56,
            repurchase_prior: 5.0,
        }
    }
}
