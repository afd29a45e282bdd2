//! Gradient-boosted regression trees for ranking: LambdaMART (Burges, "From RankNet to LambdaRank to
//! LambdaMART", MSR-TR-2010-82). [`train`] turns [`Examples`], rows of features grouped by query, into a
//! [`Forest`]; [`QuickForest`] scores many rows of one fast.
//!
//! A plain library: it knows no products and no search. Pure and deterministic: the same examples and seed
//! give the same trees on any number of threads. The caller makes the examples and decides if a forest is good
//! enough to serve.

mod bins;
mod boost;
mod examples;
mod forest;
mod grow;
mod lambda;
mod quick;
#[cfg(test)]
mod tests;

pub use boost::{BoostSettings, train};
pub use examples::Examples;
pub use forest::{Forest, Tree};
pub use quick::QuickForest;
