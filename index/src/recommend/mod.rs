//! What to show beside, after and instead of a search: one file per recommender,
//! all with the same small interface ([`Recommender`]) over the same context
//! ([`RecommendContext`]), all passing one shared test suite. Whatever the
//! recommender: out-of-stock and filtered products never appear, nor does
//! anything shown already, nor two variants of one product; ties go by ordinal.
//!
//! **Scores** are `tier + s / (1 + s)`, where `s ≥ 0` is the strength within its
//! tier and a higher tier is better evidence. They fall down the list, mean the
//! same from answer to answer, and are not comparable between recommenders.

mod complementary;
mod context;
mod for_you;
mod popular;
mod reason;
mod select;
mod similar;
#[cfg(test)]
mod suite;

pub use complementary::Complementary;
pub use context::{Interest, ItemVectors, Names, RecommendContext, Request};
pub use for_you::ForYou;
pub use popular::Popular;
pub use reason::Reason;
pub use similar::Similar;

use crate::id::Ordinal;

/// One recommended product.
#[derive(Debug, Clone, PartialEq)]
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
