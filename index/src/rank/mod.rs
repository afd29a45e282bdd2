//! From candidates to an order: the signals of a score, the merchant's boosts, the features and models of
//! learned ranking. Pure arithmetic over candidates: retrieving, filtering and showing them is the engine's.

mod boost;
mod bury;
mod candidate;
mod evidence;
pub mod features;
pub mod learned;
mod settings;
pub mod signal;
mod taste;

pub use boost::Boosts;
pub use bury::Bury;
pub use candidate::{Candidate, by_score};
pub use evidence::evidence;
pub use settings::{PersonalSettings, RankSettings};
pub use signal::{Scale, TunedRange};
pub use taste::Taste;
