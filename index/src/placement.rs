//! The kinds of placements: rows of recommendations by name.

use serde::{Deserialize, Serialize};

/// Which recommender fills a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementKind {
    /// Alternatives to a product.
    Similar,
    /// What goes with a product.
    Complementary,
    /// A better product for a little more.
    Upsell,
    /// What those who looked at a product bought in the end.
    ViewedThenBought,
    /// What helps with what was bought, and what is due again.
    AfterPurchase,
    /// What this visit leads to.
    Next,
    /// What this shopper may want next; popular products for strangers.
    ForYou,
    /// What is more wanted now than it used to be.
    Trending,
    /// What came into the shop lately.
    NewArrivals,
    /// What the shopper looked at before.
    RecentlyViewed,
    /// What the shopper bought and may need again.
    BuyAgain,
    /// What many shoppers want.
    Popular,
    /// Categories to return to and to explore, each with products.
    Categories,
}

impl PlacementKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Similar,
        Self::Complementary,
        Self::Upsell,
        Self::ViewedThenBought,
        Self::AfterPurchase,
        Self::Next,
        Self::ForYou,
        Self::Trending,
        Self::NewArrivals,
        Self::RecentlyViewed,
        Self::BuyAgain,
        Self::Popular,
        Self::Categories,
    ];

    /// The kind as requests spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Similar => "similar",
            Self::Complementary => "complementary",
            Self::Upsell => "upsell",
            Self::ViewedThenBought => "viewed-then-bought",
            Self::AfterPurchase => "after-purchase",
            Self::Next => "next",
            Self::ForYou => "for-you",
            Self::Trending => "trending",
            Self::NewArrivals => "new-arrivals",
            Self::RecentlyViewed => "recently-viewed",
            Self::BuyAgain => "buy-again",
            Self::Popular => "popular",
            Self::Categories => "categories",
        }
    }

    /// Whether it says something about products, and nothing without any.
    pub fn needs_products(self) -> bool {
        matches!(self, Self::Similar | Self::Complementary | Self::Upsell | Self::ViewedThenBought)
    }
}
