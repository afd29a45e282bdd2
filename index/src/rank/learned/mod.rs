//! Learned ranking: LambdaMART (Burges, "From RankNet to LambdaRank to
//! LambdaMART", MSR-TR-2010-82), boosted regression trees whose gradients are
//! what each swap of two products would change in nDCG. [`Examples`] are judged
//! candidates, [`train`] makes a [`Forest`] of them, which adds to the linear
//! score it began with. Pure and deterministic: the same examples and seed give
//! the same trees, on any number of threads. Where examples come from and
//! whether a forest is good enough to serve is not decided here.

mod bins;
mod boost;
mod examples;
mod forest;
mod grow;
mod lambda;
mod model;
mod quick;
#[cfg(test)]
mod tests;

pub use boost::{BoostSettings, train};
pub use examples::Examples;
pub use forest::{Forest, Tree};
pub use model::{Measured, Model};
pub use quick::QuickForest;
