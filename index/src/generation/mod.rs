//! A generation: everything that can be recomputed from catalogue and journal, as one immutable, checksummed
//! folder. [`build`] writes one, [`publish`] makes it current, [`Generation`] opens one. Only the reindex writes
//! here; models are trained by [`Trainers`] that its caller passes in.
//!
//! [`publish`]: Building::publish

mod build;
mod changes;
mod choose;
mod count;
pub mod manifest;
mod open;
mod order;
mod parts;
mod products;
mod publish;
mod terms;
mod trainers;

pub use build::{BuildInput, BuildSettings, Built, QueryPages, Tables, build};
pub use choose::{StoredGeneration, choose, choose_latest, chosen, is_behind, newest_whole, stored};
pub use manifest::{CurrentPointer, FORMAT, Manifest};
pub use open::Generation;
pub use products::Products;
pub use publish::{Building, PublishStep};
pub use trainers::{CartModelTrainer, ForYouTrainer, SearchOrderTrainer, Trainers};
