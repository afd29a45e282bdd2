//! Recommenders of products, for rows on any page: one file per recommender, all with the same small interface
//! ([`Recommender`]) over the same context ([`RecommendContext`]), each with a [`Description`] in the registry, all
//! passing one shared test suite. Products out of stock or filtered out never appear, nor do products shown already,
//! nor two variants of one product; ties go by ordinal.
//!
//! **Scores** are `tier + s / (1 + s)`, where `s ≥ 0` is the strength within its tier and a higher tier is better
//! evidence. They fall down the list, mean the same from response to response, and are not comparable between
//! recommenders.

mod after_purchase;
mod alternative;
mod buy_again;
mod categories;
mod category_pairs;
mod complementary;
mod context;
mod evidence;
mod explain;
mod for_you;
mod for_you_features;
mod list_cache;
mod new_arrivals;
mod next;
mod popular;
mod reason;
mod recently_viewed;
mod registry;
mod select;
mod similar;
#[cfg(test)]
mod suite;
mod texts;
mod trending;
mod upsell;
mod viewed_then_bought;

pub use after_purchase::AfterPurchase;
pub use buy_again::BuyAgain;
pub use categories::{Categories, CategoryPick, CategoryReason};
pub use complementary::Complementary;
pub use context::{
    Interest, ItemVectors, ProductFacts, PurchasedProduct, RecommendContext, RecommendRequest, Reranker,
};
pub use evidence::{EvidenceSettings, Shortfall};
pub use explain::{Shortcoming, shortcoming};
pub use for_you::ForYou;
pub use for_you_features::{FOR_YOU_FEATURES, ForYouFeatures, RERANK_DEPTH};
pub use list_cache::ListCache;
pub use new_arrivals::NewArrivals;
pub use next::Next;
pub use popular::Popular;
pub use reason::{Names, Reason};
pub use recently_viewed::RecentlyViewed;
pub use registry::{DESCRIPTIONS, Description, Filling, Needs, RowBasis, RowInput, documentation};
pub use similar::Similar;
pub use texts::{OwnTexts, RowTexts, ShopTexts, check as check_texts};
pub use trending::Trending;
pub use upsell::Upsell;
pub use viewed_then_bought::ViewedThenBought;

use crate::id::Ordinal;

/// One recommended product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recommendation {
    /// The product.
    pub ordinal: Ordinal,
    /// The strength of the evidence; see the module.
    pub score: f32,
    /// The reason for it.
    pub reason: Reason,
}

/// A source of recommended products.
pub trait Recommender {
    /// At most `request.limit` products, best first; fewer if it has no more candidates. The same context and request
    /// give the same products.
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation>;
}
