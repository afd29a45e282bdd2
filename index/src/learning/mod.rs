//! Everything that a reindex trains and validates. Four trainers, each of which holds a part of the shop's data
//! out, trains on the rest, and ships only what the held-out part supports:
//!
//! | trainer | learns | from | ships |
//! | --- | --- | --- | --- |
//! | [`history_weights`] | weights of the next-item table and of a history's sum | each shopper's latest purchase | the best of its grid, which holds the configured values |
//! | [`cart_model`] | the prior of the cart model | late baskets with a product hidden | if surely better than the tiers of `complementary` |
//! | [`for_you`] | the reranker of for-you, boosted trees | the purchases held out by the first | if surely better than the history's sum |
//! | [`search_order`] | the reranker of search, boosted trees | judged queries and clicks | if surely better than the linear score |
//!
//! "Surely better" is [`crate::eval::GainInterval::is_sure_gain`]. [`trainers`] hands all four to the build, which
//! calls them ([`crate::generation::Trainers`]); nothing below this module knows them.

pub mod cart_model;
pub mod for_you;
pub mod history_weights;
pub mod search_order;

use crate::generation::{SearchOrderTrainer, Trainers};

/// All trainers. The caller makes that of the search order, which needs an engine and judged queries; `None`
/// leaves the linear order.
pub fn trainers(search_order: Option<SearchOrderTrainer<'_>>) -> Trainers<'_> {
    Trainers {
        history_weights: Some(history_weights::train),
        cart_model: Some(cart_model::train),
        for_you: Some(for_you::train),
        search_order,
    }
}
