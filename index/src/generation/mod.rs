//! A generation: everything that can be recomputed from catalogue and journal,
//! as one immutable, checksummed folder. [`build`] writes one, [`publish`] makes
//! it current, [`Generation`] serves one. The nightly reindex, and only it,
//! writes here.
//!
//! [`publish`]: Building::publish

mod accompany;
mod build;
mod foresee;
pub mod manifest;
mod open;
mod order;
mod products;
mod publish;
mod since;
mod terms;

pub use build::{BuildInput, BuildSettings, Built, Learner, Pages, Tables, build, build_and_learn};
pub use manifest::{Current, FORMAT, Manifest};
pub use open::Generation;
pub use products::Products;
pub use publish::{Building, Step};
