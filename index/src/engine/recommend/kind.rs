//! The kinds of placements, and the recommender behind each.

use serde::{Deserialize, Serialize};

use crate::recommend::{
    AfterPurchase, BuyAgain, Complementary, ForYou, NewArrivals, Next, Popular, RecentlyViewed, Recommender, Similar,
    Trending, Upsell, ViewedThenBought,
};

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
}

impl PlacementKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
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
        }
    }

    /// Whether it says something about products, and nothing without any.
    pub(super) fn needs_products(self) -> bool {
        matches!(self, Self::Similar | Self::Complementary | Self::Upsell | Self::ViewedThenBought)
    }

    pub(super) fn recommender(self) -> Box<dyn Recommender> {
        match self {
            Self::Similar => Box::new(Similar::default()),
            Self::Complementary => Box::new(Complementary::default()),
            Self::Upsell => Box::new(Upsell::default()),
            Self::ViewedThenBought => Box::new(ViewedThenBought),
            Self::AfterPurchase => Box::new(AfterPurchase::default()),
            Self::Next => Box::new(Next::default()),
            Self::ForYou => Box::new(ForYou::default()),
            Self::Trending => Box::new(Trending),
            Self::NewArrivals => Box::new(NewArrivals::default()),
            Self::RecentlyViewed => Box::new(RecentlyViewed::default()),
            Self::BuyAgain => Box::new(BuyAgain::default()),
            Self::Popular => Box::new(Popular),
        }
    }
}
