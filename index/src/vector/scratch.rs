//! What a search writes on, kept from one search to the next so that none
//! allocates but for its answer, and the second look every search ends with.

use std::sync::{Mutex, PoisonError};

use crate::id::Ordinal;
use crate::vector::Allowed;
use crate::vector::beam::{Beam, Visited};
use crate::vector::dot::{Kernel, prefetch};
use crate::vector::rows::Vectors;

/// How many of the best by int8 codes get a second look for `k` hits: codes
/// misplace a product by a few ranks, and each look costs a row from memory.
fn second_looks(k: usize) -> usize {
    (k + k / 2).max(k + 14)
}

/// Reusable memory of one search at a time.
#[derive(Debug, Default)]
pub struct SearchScratch {
    pub(super) visited: Visited,
    pub(super) beam: Beam,
    /// Nodes about to be scored, and their code sums.
    pub(super) pending: Vec<Ordinal>,
    pub(super) sums: Vec<i32>,
    /// The query's codes.
    pub(super) query: Vec<i8>,
    exact: Vec<(Ordinal, f32)>,
}

impl SearchScratch {
    /// How long a beam must be for `k` hits to be chosen from it by a second look.
    pub(super) fn depth(k: usize) -> usize {
        second_looks(k)
    }

    /// Scores the best of the beam that pass at full precision.
    pub(super) fn rescore<A: Allowed>(&mut self, vectors: &Vectors, query: &[f32], k: usize, allowed: Option<&A>) {
        let dot = Kernel::detect().dot;
        let scales = vectors.scales();
        self.pending.clear();
        let passes = |ordinal: &Ordinal| allowed.is_none_or(|allowed| allowed.contains(*ordinal));
        let found = self.beam.ordinals().filter(|ordinal| scales[*ordinal as usize] > 0.0 && passes(ordinal));
        self.pending.extend(found.take(second_looks(k)));
        self.pending.iter().for_each(|ordinal| prefetch(vectors.row(*ordinal)));
        self.exact.clear();
        self.exact.extend(self.pending.iter().map(|&ordinal| (ordinal, dot(query, vectors.row(ordinal)))));
        sort_hits(&mut self.exact);
    }

    /// The first `k` of the second look.
    pub(super) fn best(&self, k: usize) -> Vec<(Ordinal, f32)> {
        self.exact.iter().take(k).copied().collect()
    }
}

/// Sorts by descending similarity, ties by ascending ordinal.
pub(super) fn sort_hits(hits: &mut [(Ordinal, f32)]) {
    hits.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
}

/// Scratch for every thread that searches at the same time.
#[derive(Debug, Default)]
pub(super) struct ScratchPool(Mutex<Vec<SearchScratch>>);

impl ScratchPool {
    /// Runs a search on scratch that was used before, if any is free.
    pub(super) fn with<T>(&self, search: impl FnOnce(&mut SearchScratch) -> T) -> T {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = free.unwrap_or_default();
        let found = search(&mut scratch);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        found
    }
}
