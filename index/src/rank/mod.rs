//! From candidates to an order: fusion of words, vectors and popularity, then
//! the shopper. Pure arithmetic over candidates; what is retrieved, filtered
//! and shown is the engine's business.

mod boost;
pub mod features;
mod feedback;
mod fusion;
pub mod learned;
mod personal;
mod settings;

pub use boost::Boosts;
pub use feedback::evidence;
pub use fusion::{Candidate, fuse, weights as fusion_weights};
pub use personal::{PersonalSignals, Taste, personalise};
pub use settings::{PersonalSettings, RankSettings};

use std::cmp::Ordering;

/// Best score first, ties by ordinal: a total order.
pub fn by_score(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.ordinal.cmp(&b.ordinal))
}
