//! The search through a [`Graph`]: greedily down the upper levels, then a beam
//! over level 0, all on int8 codes, then the best few dozen scored again at
//! full precision. A filter holds for results, never for the way: products
//! that do not pass still lead to those that do.

use crate::id::Ordinal;
use crate::vector::Allowed;
use crate::vector::dot::{Kernel, prefetch};
use crate::vector::graph::{Graph, NONE, filled};
use crate::vector::rows::Vectors;
use crate::vector::scratch::SearchScratch;

/// Hits of a walk through the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Products with their cosine, the most similar first, ties by ordinal.
    pub hits: Vec<(Ordinal, f32)>,
    /// Whether enough that pass the filter lie nearer than the beam looked. If
    /// not, a wider beam may find better ones.
    pub settled: bool,
    /// How many products were scored on the way, upper levels left out: the work done.
    pub scored: usize,
}

impl Graph {
    /// The `k` products nearest to a unit query, by a beam of at least `k`.
    ///
    /// The graph and the vectors must be of one generation and `query` as long
    /// as a row.
    pub fn search<A: Allowed>(
        &self,
        vectors: &Vectors,
        query: &[f32],
        k: usize,
        beam: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) -> Vec<(Ordinal, f32)> {
        self.walk(vectors, query, k, beam, allowed, scratch).hits
    }

    /// [`Self::search`], with word on whether a wider beam could do better.
    pub fn walk<A: Allowed>(
        &self,
        vectors: &Vectors,
        query: &[f32],
        k: usize,
        beam: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) -> Walk {
        let beam = beam.max(k);
        vectors.encode_query(query, &mut scratch.query);
        let scored = self.fill_beam(vectors, beam, allowed, scratch);
        let last = SearchScratch::depth(k) - 1;
        let settled = allowed.is_none()
            || scratch
                .beam
                .floor()
                .is_none_or(|horizon| scratch.passing.score_at(last).is_some_and(|last| last >= horizon));
        scratch.rescore(vectors, query, k, allowed.is_some());
        Walk { hits: scratch.best(k), settled, scored }
    }

    /// Walks level 0 until no node of the beam is left to expand; nodes that
    /// pass the filter are kept apart. The query is in the scratch, encoded.
    /// Returns how many nodes were scored.
    pub(super) fn fill_beam<A: Allowed>(
        &self,
        vectors: &Vectors,
        beam: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) -> usize {
        let kernel = Kernel::detect();
        let (codes, scales, base) = (vectors.codes(), vectors.scales(), &*self.base);
        let width = self.widths[0];
        let start = self.descend(vectors, kernel, scratch);
        let SearchScratch { visited, beam: best, passing, fresh, sums, query, .. } = scratch;
        visited.reset(self.count);
        best.reset(beam);
        passing.reset(beam);
        fresh.clear();
        fresh.extend(start.filter(|start| visited.insert(*start)));
        let mut scored = 0;
        loop {
            scored += fresh.len();
            kernel.gather(query, codes, fresh, sums);
            for (&node, &sum) in fresh.iter().zip(sums.iter()) {
                let score = sum as f32 * scales[node as usize];
                best.offer(score, node);
                if allowed.is_some_and(|allowed| allowed.contains(node)) {
                    passing.offer(score, node);
                }
            }
            let Some(node) = best.expand_next() else { return scored };
            if let Some(next) = best.peek_next() {
                prefetch(&base[next as usize * width..][..width]);
            }
            fresh.clear();
            for &neighbour in filled(&base[node as usize * width..][..width]) {
                if visited.insert(neighbour) {
                    prefetch(&scales[neighbour as usize..][..1]);
                    fresh.push(neighbour);
                }
            }
        }
    }

    /// Goes down the upper levels, on each to the node from which no neighbour is nearer.
    fn descend(&self, vectors: &Vectors, kernel: Kernel, scratch: &mut SearchScratch) -> Option<Ordinal> {
        let entry = self.entry?;
        let SearchScratch { fresh, sums, query, .. } = scratch;
        let (codes, scales) = (vectors.codes(), vectors.scales());
        let (ordinals, firsts, rows) = (&*self.upper_ordinals, &*self.upper_firsts, &*self.upper_rows);
        if entry.slot == NONE {
            return Some(entry.ordinal);
        }
        kernel.gather(query, codes, &[entry.ordinal], sums);
        let mut slot = entry.slot;
        let mut score = sums[0] as f32 * scales[entry.ordinal as usize];
        for level in (1..=entry.level).rev() {
            loop {
                let row = u64::from(firsts[slot as usize]) + u64::from(level) - 1;
                if row >= u64::from(firsts[slot as usize + 1]) {
                    break;
                }
                let slots = filled(&rows[row as usize * self.widths[1]..][..self.widths[1]]);
                fresh.clear();
                fresh.extend(slots.iter().map(|slot| ordinals[*slot as usize]));
                kernel.gather(query, codes, fresh, sums);
                let before = slot;
                for ((&next, &ordinal), &sum) in slots.iter().zip(fresh.iter()).zip(sums.iter()) {
                    let next_score = sum as f32 * scales[ordinal as usize];
                    if next_score > score {
                        (slot, score) = (next, next_score);
                    }
                }
                if slot == before {
                    break;
                }
            }
        }
        Some(ordinals[slot as usize])
    }
}
