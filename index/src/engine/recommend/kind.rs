//! The recommender behind each kind of placement.

use crate::placement::PlacementKind;
use crate::recommend::{
    AfterPurchase, BuyAgain, Complementary, ForYou, NewArrivals, Next, Popular, RecentlyViewed, Recommender, Similar,
    Trending, Upsell, ViewedThenBought,
};

/// Chooses the products of a row; nothing where a row is of categories.
pub(super) fn recommender(kind: PlacementKind) -> Option<Box<dyn Recommender>> {
    Some(match kind {
        PlacementKind::Similar => Box::new(Similar::default()),
        PlacementKind::Complementary => Box::new(Complementary::default()),
        PlacementKind::Upsell => Box::new(Upsell::default()),
        PlacementKind::ViewedThenBought => Box::new(ViewedThenBought),
        PlacementKind::AfterPurchase => Box::new(AfterPurchase::default()),
        PlacementKind::Next => Box::new(Next::default()),
        PlacementKind::ForYou => Box::new(ForYou::default()),
        PlacementKind::Trending => Box::new(Trending),
        PlacementKind::NewArrivals => Box::new(NewArrivals::default()),
        PlacementKind::RecentlyViewed => Box::new(RecentlyViewed::default()),
        PlacementKind::BuyAgain => Box::new(BuyAgain::default()),
        PlacementKind::Popular => Box::new(Popular),
        PlacementKind::Categories => return None,
    })
}
