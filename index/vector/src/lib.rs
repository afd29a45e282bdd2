//! Similarity search over the vectors of products. [`Vectors`] holds the rows and [`Graph`] their neighbour
//! lists; [`scan`] compares every row that passes a filter, [`Graph::search`] walks the graph and compares few;
//! [`VectorIndex`] holds both in one file and chooses between them. [`build`] makes the graph and is the only
//! user of the graph library. [`embed`] turns texts into vectors. Only ordinals of products are known here.

pub mod build;
pub mod dot;
pub mod embed;
pub mod graph;
pub mod rows;
pub mod scan;
pub mod scratch;
pub mod walk;

mod beam;
#[cfg(test)]
pub(crate) mod clusters;
mod index;
mod overlay;
mod polish;
mod reach;
#[cfg(test)]
mod suite;

// The vocabulary under its own names: `crate::id` here is `tastemaker_vocabulary::id`.
#[cfg(test)]
use tastemaker_vocabulary::random;
use tastemaker_vocabulary::{bitmap, characters, error, flat, id, product};

pub use build::GraphSettings;
pub use graph::Graph;
pub use index::{FILE_NAME, SearchSettings, VectorIndex};
pub use rows::Vectors;
pub use scratch::SearchScratch;

use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// The dot product of two rows of equal length (the shorter one counts).
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    (dot::Kernel::detect().dot)(a, b)
}

/// The products that pass a filter.
pub trait Allowed {
    /// True if a product passes.
    fn contains(&self, ordinal: Ordinal) -> bool;
    /// The number of products that pass.
    fn count(&self) -> usize;
    /// Visits the products that pass, in ascending order.
    fn for_each(&self, visit: impl FnMut(Ordinal));
}

/// The type of an absent filter: it has no values, so only `None` can be passed.
#[derive(Debug, Clone, Copy)]
pub enum NoFilter {}

impl Allowed for NoFilter {
    fn contains(&self, _: Ordinal) -> bool {
        match *self {}
    }

    fn count(&self) -> usize {
        match *self {}
    }

    fn for_each(&self, _: impl FnMut(Ordinal)) {
        match *self {}
    }
}

impl Allowed for Bitmap {
    fn contains(&self, ordinal: Ordinal) -> bool {
        Bitmap::contains(self, ordinal)
    }

    fn count(&self) -> usize {
        Bitmap::count(self)
    }

    fn for_each(&self, visit: impl FnMut(Ordinal)) {
        self.iter().for_each(visit);
    }
}
