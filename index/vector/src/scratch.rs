//! Memory that searches reuse, so that a search allocates nothing but its result, and the rescoring at full
//! precision that ends every search.

use std::sync::{Mutex, PoisonError};

use crate::Allowed;
use crate::beam::{Beam, Visited};
use crate::dot::{Kernel, prefetch};
use crate::id::Ordinal;
use crate::rows::Vectors;

/// The number of rows rescored at full precision for `k` hits. Codes misplace a row by a few ranks; each
/// rescored row costs a read from memory.
fn second_looks(k: usize) -> usize {
    (k + k / 2).max(k + 14)
}

/// The reusable memory of one search at a time.
#[derive(Debug, Default)]
pub struct SearchScratch {
    pub(super) visited: Visited,
    pub(super) beam: Beam,
    /// Nodes about to be scored, and the dot products of their codes.
    pub(super) pending: Vec<Ordinal>,
    pub(super) sums: Vec<i32>,
    /// The codes of the query.
    pub(super) query: Vec<i8>,
    exact: Vec<(Ordinal, f32)>,
}

impl SearchScratch {
    /// The beam needed so that rescoring can choose `k` hits.
    pub(super) fn depth(k: usize) -> usize {
        second_looks(k)
    }

    /// Rescores the best nodes of the beam that pass the filter at full precision.
    pub(super) fn rescore<A: Allowed>(&mut self, vectors: &Vectors, query: &[f32], k: usize, allowed: Option<&A>) {
        let dot = Kernel::detect().dot;
        let scales = vectors.scales();
        self.pending.clear();
        let passes = |ordinal: &Ordinal| allowed.is_none_or(|allowed| allowed.contains(*ordinal));
        let found = self.beam.ordinals().filter(|ordinal| scales[ordinal.index()] > 0.0 && passes(ordinal));
        self.pending.extend(found.take(second_looks(k)));
        self.pending.iter().for_each(|ordinal| prefetch(vectors.row(*ordinal)));
        self.exact.clear();
        self.exact.extend(self.pending.iter().map(|&ordinal| (ordinal, dot(query, vectors.row(ordinal)))));
        sort_hits(&mut self.exact);
    }

    /// The first `k` hits after rescoring.
    pub(super) fn best(&self, k: usize) -> Vec<(Ordinal, f32)> {
        self.exact.iter().take(k).copied().collect()
    }
}

/// Sorts by descending similarity, ties by ascending ordinal.
pub(super) fn sort_hits(hits: &mut [(Ordinal, f32)]) {
    hits.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
}

/// A pool with one scratch for each thread that searches at the same time.
#[derive(Debug, Default)]
pub(super) struct ScratchPool(Mutex<Vec<SearchScratch>>);

impl ScratchPool {
    /// Runs a search on a free scratch of the pool, or on a new one.
    pub(super) fn with<T>(&self, search: impl FnOnce(&mut SearchScratch) -> T) -> T {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = free.unwrap_or_default();
        let found = search(&mut scratch);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        found
    }
}
