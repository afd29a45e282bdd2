//! What can be tuned in the counting of behaviour, with defaults and units.
//! The defaults are starting points; a shop's own replay decides.

use serde::{Deserialize, Serialize};

use super::blend::Blend;
use crate::event::InteractionKind;

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How interactions become popularity.
    pub popularity: PopularitySettings,
    /// What counts as one basket or one visit.
    pub baskets: BasketSettings,
    /// What counts as a complement.
    pub complements: ComplementSettings,
    /// What comes next, over all interactions.
    pub next: NextSettings,
    /// Which products read alike.
    pub content: ContentSettings,
    /// Which visits are kept to compare others with.
    pub sessions: SessionSettings,
    /// What is bought after a view, how soon again, and what is on the rise.
    pub after: AfterSettings,
    /// How queries are learned from.
    pub queries: super::QuerySettings,
}

/// How interactions become popularity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PopularitySettings {
    /// What one view is worth.
    pub view_weight: f64,
    /// What one addition to a cart is worth.
    pub cart_weight: f64,
    /// What one purchase is worth.
    pub purchase_weight: f64,
    /// After how many days an interaction is worth half; 0 turns ageing off.
    pub half_life_days: f64,
}

impl PopularitySettings {
    /// What one interaction is worth before it ages.
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
        Self { view_weight: 1.0, cart_weight: 3.0, purchase_weight: 5.0, half_life_days: 30.0 }
    }
}

/// Limits of one basket or visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BasketSettings {
    /// Different products taken from one basket or visit, the earliest first: work grows with its
    /// square, and a bulk order says little about what goes with what.
    pub max_products: usize,
}

impl Default for BasketSettings {
    fn default() -> Self {
        Self { max_products: 100 }
    }
}

/// What counts as a complement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComplementSettings {
    /// Pairs must have a signed log-likelihood ratio above this; 10.8 is one in a thousand by chance.
    pub min_llr: f64,
    /// Baskets that must hold both: in a small shop one basket can look significant by itself.
    pub min_together: u32,
    /// Added to both sides of the lift, in baskets.
    pub lift_smoothing: f64,
    /// Partners kept of one leaf category.
    pub per_category: usize,
    /// Partners kept in one row.
    pub per_row: usize,
    /// Share of the baskets (or shoppers) with a product of a category that have several, from which on two
    /// products of it are no substitutes.
    pub several_share: f32,
    /// Visits that must hold both products before viewing together can make a pair substitutes.
    pub min_viewed_together: u32,
    /// Partner categories kept of one category.
    pub categories_per_row: usize,
    /// GivenPopularity products kept of one category.
    pub products_per_category: usize,
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
        }
    }
}

/// What follows what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NextSettings {
    /// Latest steps of a shopper that are read.
    pub max_steps: usize,
    /// Steps between two products that are still counted.
    pub max_distance: usize,
    /// What a step backwards is worth beside a step forwards.
    pub backward_weight: f32,
    /// Exponent of the count of the product a row belongs to.
    pub source_exponent: f32,
    /// Exponent of the count of the partner; larger favours rarer partners.
    pub target_exponent: f32,
    /// Added to the counts of both, so that what was met once or twice does not look certain.
    pub shrinkage: f32,
    /// Partners kept in one row.
    pub per_row: usize,
    /// What meeting a product as a view is worth.
    pub view_weight: f32,
    /// What meeting a product as an addition to the cart is worth.
    pub cart_weight: f32,
    /// What meeting a product as a purchase is worth.
    pub purchase_weight: f32,
    /// How a history speaks.
    pub blend: Blend,
    /// Shoppers whose latest step is hidden in the replay that chooses `blend`, `backward_weight` and the
    /// exponents; 0 leaves them as they are here.
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

/// Which products read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContentSettings {
    /// What the brand is worth beside a word of the title.
    pub brand_weight: f32,
    /// What each level of a category path is worth beside a word of the title.
    pub category_weight: f32,
    /// What an attribute's value is worth beside a word of the title.
    pub attribute_weight: f32,
    /// Terms in more than this share of the products say nothing.
    pub max_share: f32,
    /// Products read, over a product's terms, in search of those alike.
    pub postings: usize,
    /// Products kept in one row.
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

/// Which visits are kept to compare others with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// The latest visits kept.
    pub max_visits: usize,
    /// Visits with more products say little and are left out.
    pub max_products: usize,
    /// The latest visits kept of one product.
    pub visits_per_product: usize,
    /// How many visits vote.
    pub voters: usize,
    /// After how many days a visit counts half, beside the latest.
    pub half_life_days: f64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { max_visits: 2_000_000, max_products: 100, visits_per_product: 500, voters: 500, half_life_days: 4.0 }
    }
}

/// What is bought after a view, how soon again, and what is on the rise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AfterSettings {
    /// A pause of so many hours ends a shopper's way from viewing to buying.
    pub pause_hours: f64,
    /// Shoppers' ways that must hold both.
    pub min_together: u32,
    /// A pair must have a signed log-likelihood ratio above this; 3.84 is one in twenty by chance.
    pub min_llr: f64,
    /// Ways added to the count of a product, as if they had ended like those of all products.
    pub prior: f64,
    /// Products kept in one row.
    pub per_row: usize,
    /// What a day back leaves of an interaction in what is on the rise, 0 to 1.
    pub daily_decay: f64,
    /// Days before the latest that say what was to be expected.
    pub expected_days: u32,
    /// Buyers added to a product's own, as if they had bought again as those of its category did.
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
