//! What to show beside, after and instead of a search: one file per recommender,
//! all with the same small interface ([`Recommender`]) over the same context
//! ([`RecommendContext`]), all passing one shared test suite. Whatever the
//! recommender: out-of-stock and filtered products never appear, nor does
//! anything shown already, nor two variants of one product; ties go by ordinal.
//!
//! **Scores** are `tier + s / (1 + s)`, where `s ≥ 0` is the strength within its
//! tier and a higher tier is better evidence. They fall down the list, mean the
//! same from answer to answer, and are not comparable between recommenders.

mod after_purchase;
mod buy_again;
mod categories;
mod complementary;
mod context;
mod for_you;
mod for_you_features;
mod kept;
mod new_arrivals;
mod next;
mod popular;
mod reason;
mod recently_viewed;
mod select;
mod similar;
#[cfg(test)]
mod suite;
mod trending;
mod upsell;
mod viewed_then_bought;

pub use after_purchase::AfterPurchase;
pub use buy_again::BuyAgain;
pub use categories::{Categories, CategoryPick, CategoryReason};
pub use complementary::Complementary;
pub use context::{Bought, Facts, Interest, ItemVectors, Order, RecommendContext, Request};
pub use for_you::ForYou;
pub use for_you_features::{FOR_YOU_FEATURES, ForYouFeatures, RERANK_DEPTH};
pub use kept::Kept;
pub use new_arrivals::NewArrivals;
pub use next::Next;
pub use popular::Popular;
pub use reason::{Names, Reason};
pub use recently_viewed::RecentlyViewed;
pub use similar::Similar;
pub use trending::Trending;
pub use upsell::Upsell;
pub use viewed_then_bought::ViewedThenBought;

use crate::id::Ordinal;

/// One recommended product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recommendation {
    /// The product.
    pub ordinal: Ordinal,
    /// How strong; see the module.
    pub score: f32,
    /// Why.
    pub reason: Reason,
}

/// One way to choose products.
pub trait Recommender {
    /// At most `request.limit` products, best first; fewer when there is nothing more to say.
    /// The same context and request give the same answer.
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation>;
}
