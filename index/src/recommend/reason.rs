//! Why a product is recommended: data for a program, a sentence for a person.
//! Products and categories are numbers until an answer names those it shows.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

use crate::id::Ordinal;

/// What things are called, for reasons a person reads.
pub trait Names {
    /// A product's title, or its id.
    fn product(&self, product: Ordinal) -> String;

    /// A category's name.
    fn category(&self, category: u32) -> String;

    /// What shoppers of a country, a region or a segment are called together.
    fn crowd(&self, crowd: u32) -> String;
}

/// The reason; `P` is a product and `C` a category, by number or by name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason<P = Ordinal, C = u32> {
    /// The merchant says it goes with the product.
    Merchant,
    /// A rule of the merchant puts it there.
    Pinned,
    /// Lies in the same baskets.
    BoughtTogether {
        /// In how many.
        together: u32,
        /// How many times as often as by chance.
        lift: f32,
    },
    /// Lies in the same baskets as a variant of the product.
    VariantBoughtTogether {
        /// In how many.
        together: u32,
        /// How many times as often as by chance.
        lift: f32,
    },
    /// Bought by the same shoppers, some other time.
    AlsoBought {
        /// What they bought too.
        product: P,
    },
    /// Popular in a category that is bought with the product's category.
    CategoryPair {
        /// The product's category.
        category: C,
        /// The category bought with it.
        partner: C,
        /// In how many baskets both categories lie.
        together: u32,
        /// How many times as often as by chance.
        lift: f32,
    },
    /// Looks or reads alike.
    SimilarContent {
        /// Cosine of the two products' vectors, at most 1.
        similarity: f32,
    },
    /// Shoppers look at both in one visit.
    ViewedTogether {
        /// The product it is viewed with.
        product: P,
    },
    /// Popular in the same category.
    SameCategory {
        /// The category.
        category: C,
    },
    /// Often comes after what the shopper met.
    Follows {
        /// What the shopper met.
        product: P,
    },
    /// Reads much like what the shopper met.
    ReadsLike {
        /// What the shopper met.
        product: P,
    },
    /// Close to the shopper's taste.
    Taste {
        /// Cosine to the nearest interest, at most 1.
        similarity: f32,
    },
    /// Bought in the end by those who looked at a product.
    ViewedThenBought {
        /// What they looked at.
        product: P,
        /// How many times.
        together: u32,
    },
    /// An alternative that costs a little more.
    StepUp {
        /// What it is an alternative to.
        product: P,
    },
    /// The shopper looked at it before.
    RecentlyViewed,
    /// The shopper bought it before and may need it again.
    BuyAgain {
        /// How long ago, in days.
        days_ago: u32,
        /// After how many days it is usually bought again, where that is known.
        every_days: Option<u32>,
    },
    /// It came into the shop lately.
    New {
        /// How long ago, in days.
        days_ago: u32,
    },
    /// More wanted now than it used to be.
    Trending,
    /// More wanted now than it used to be, by shoppers of one country, region or segment.
    TrendingAmong {
        /// Whom: `region se-ab`.
        crowd: C,
    },
    /// Many shoppers want it.
    Popular,
    /// Nothing is known of it yet; it comes where the shop lists it.
    Listed,
}

impl<P, C> Reason<P, C> {
    /// Whether it would be shown to anybody.
    pub fn is_for_everybody(&self) -> bool {
        matches!(self, Self::Popular | Self::Listed)
    }
}

impl Reason {
    /// The same reason with names for numbers.
    pub fn named(self, names: &dyn Names) -> Reason<String, String> {
        match self {
            Self::Merchant => Reason::Merchant,
            Self::Pinned => Reason::Pinned,
            Self::BoughtTogether { together, lift } => Reason::BoughtTogether { together, lift },
            Self::VariantBoughtTogether { together, lift } => Reason::VariantBoughtTogether { together, lift },
            Self::AlsoBought { product } => Reason::AlsoBought { product: names.product(product) },
            Self::CategoryPair { category, partner, together, lift } => {
                let (category, partner) = (names.category(category), names.category(partner));
                Reason::CategoryPair { category, partner, together, lift }
            }
            Self::SimilarContent { similarity } => Reason::SimilarContent { similarity },
            Self::ViewedTogether { product } => Reason::ViewedTogether { product: names.product(product) },
            Self::SameCategory { category } => Reason::SameCategory { category: names.category(category) },
            Self::Follows { product } => Reason::Follows { product: names.product(product) },
            Self::ReadsLike { product } => Reason::ReadsLike { product: names.product(product) },
            Self::Taste { similarity } => Reason::Taste { similarity },
            Self::ViewedThenBought { product, together } => {
                Reason::ViewedThenBought { product: names.product(product), together }
            }
            Self::StepUp { product } => Reason::StepUp { product: names.product(product) },
            Self::RecentlyViewed => Reason::RecentlyViewed,
            Self::BuyAgain { days_ago, every_days } => Reason::BuyAgain { days_ago, every_days },
            Self::New { days_ago } => Reason::New { days_ago },
            Self::Trending => Reason::Trending,
            Self::TrendingAmong { crowd } => Reason::TrendingAmong { crowd: names.crowd(crowd) },
            Self::Popular => Reason::Popular,
            Self::Listed => Reason::Listed,
        }
    }
}

impl<P: Display, C: Display> Display for Reason<P, C> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Merchant => write!(out, "chosen by the shop to go with it"),
            Self::Pinned => write!(out, "placed here by the shop"),
            Self::BoughtTogether { together, lift } => {
                write!(out, "bought together {together} times, {lift:.1} times as often as by chance")
            }
            Self::VariantBoughtTogether { together, lift } => {
                write!(out, "bought with another variant {together} times, {lift:.1} times as often as by chance")
            }
            Self::AlsoBought { product } => write!(out, "bought by those who bought {product}"),
            Self::CategoryPair { category, partner, .. } => {
                write!(out, "popular in {partner}, which is often bought with {category}")
            }
            Self::SimilarContent { .. } => write!(out, "similar to it"),
            Self::ViewedTogether { product } => write!(out, "often viewed with {product}"),
            Self::SameCategory { category } => write!(out, "popular in {category}"),
            Self::Follows { product } => write!(out, "because of {product}"),
            Self::ReadsLike { product } => write!(out, "similar to {product}"),
            Self::Taste { .. } => write!(out, "matches what this shopper likes"),
            Self::ViewedThenBought { product, together } => {
                write!(out, "bought {together} times after a look at {product}")
            }
            Self::StepUp { product } => write!(out, "a step up from {product}"),
            Self::RecentlyViewed => write!(out, "viewed lately"),
            Self::BuyAgain { days_ago, every_days: Some(days) } => {
                write!(out, "bought {days_ago} days ago, usually bought again after {days}")
            }
            Self::BuyAgain { days_ago, every_days: None } => write!(out, "bought {days_ago} days ago"),
            Self::New { days_ago: 0 } => write!(out, "new today"),
            Self::New { days_ago } => write!(out, "new, here since {days_ago} days"),
            Self::Trending => write!(out, "more wanted now than before"),
            Self::TrendingAmong { crowd } => write!(out, "more wanted now than before in {crowd}"),
            Self::Popular => write!(out, "popular with all shoppers"),
            Self::Listed => write!(out, "from the shop's list"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_data_and_a_sentence() {
        let reason: Reason = Reason::BoughtTogether { together: 12, lift: 3.5 };
        let json = serde_json::to_value(reason).unwrap_or_default();
        assert_eq!(json, serde_json::json!({"kind": "bought_together", "together": 12, "lift": 3.5}));
        assert_eq!(reason.to_string(), "bought together 12 times, 3.5 times as often as by chance");
    }

    #[test]
    fn names_take_the_place_of_numbers() {
        struct Numbered;
        impl Names for Numbered {
            fn product(&self, product: Ordinal) -> String {
                format!("product {product}")
            }
            fn category(&self, category: u32) -> String {
                format!("category {category}")
            }
            fn crowd(&self, crowd: u32) -> String {
                format!("crowd {crowd}")
            }
        }
        let reason = Reason::CategoryPair { category: 1, partner: 2, together: 5, lift: 2.0 };
        let sentence = "popular in category 2, which is often bought with category 1";
        assert_eq!(reason.named(&Numbered).to_string(), sentence);
    }
}
