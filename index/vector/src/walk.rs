//! Search by a walk through a [`Graph`]: greedy descent of the upper levels, then a beam search on level 0, all
//! by int8 codes, then the best few dozen rescored at full precision.
//!
//! Under a filter only products that pass are scored. If few neighbours pass, the walk continues to the
//! neighbours of those that do not (Patel and others, "ACORN", SIGMOD 2024). Some passing products from all
//! over the graph are scored at the start, in case none near the query passes.

use crate::Allowed;
use crate::beam::Visited;
use crate::dot::{Kernel, prefetch};
use crate::graph::{Graph, NONE, filled};
use crate::id::Ordinal;
use crate::rows::Vectors;
use crate::scratch::SearchScratch;

/// The number of nodes, spread over the graph, of which those that pass a filter are scored at the start.
const SPREAD: usize = 64;

impl Graph {
    /// The `k` products nearest to a unit query by a walk with a beam of at least `k`, with their cosine, the
    /// most similar first, ties by ordinal. Graph and vectors must be of one generation, and `query` as long as
    /// a row. May return fewer under a filter.
    pub fn search<A: Allowed>(
        &self,
        vectors: &Vectors,
        query: &[f32],
        k: usize,
        beam: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) -> Vec<(Ordinal, f32)> {
        vectors.encode_query(query, &mut scratch.query);
        self.fill_beam(vectors, beam.max(k), allowed, scratch);
        scratch.rescore(vectors, query, k, allowed);
        scratch.best(k)
    }

    /// Walks level 0 until every node of the beam is expanded. The scratch holds the encoded query. The node at
    /// which the walk enters level 0 is in the beam even if it does not pass the filter.
    pub(super) fn fill_beam<A: Allowed>(
        &self,
        vectors: &Vectors,
        beam: usize,
        allowed: Option<&A>,
        scratch: &mut SearchScratch,
    ) {
        let kernel = Kernel::detect();
        let (codes, scales, base) = (vectors.codes(), vectors.scales(), &*self.base);
        let width = self.widths[0];
        let start = self.descend(vectors, kernel, scratch);
        let SearchScratch { visited, beam: best, pending, sums, query, .. } = scratch;
        visited.reset(self.count);
        best.reset(beam);
        pending.clear();
        pending.extend(start.filter(|start| visited.insert(*start)));
        if let Some(allowed) = allowed {
            let spread = (0..SPREAD).map(|at| Ordinal::from_index(at * self.count / SPREAD));
            pending.extend(spread.filter(|&node| allowed.contains(node) && visited.insert(node)));
        }
        loop {
            kernel.gather(query, codes, pending, sums);
            for (&node, &sum) in pending.iter().zip(sums.iter()) {
                best.offer(sum as f32 * scales[node.index()], node);
            }
            let Some(node) = best.expand_next() else { return };
            // The next node's neighbours are fetched from memory while this node's are scored.
            if let Some(next) = best.peek_next() {
                prefetch(&base[next.index() * width..][..width]);
            }
            pending.clear();
            let neighbours = filled(&base[node.index() * width..][..width]);
            match allowed {
                None => pending.extend(neighbours.iter().copied().filter(|&node| visited.insert(node))),
                Some(allowed) => self.passing_around(neighbours, allowed, visited, pending),
            }
            pending.iter().for_each(|&node| prefetch(&scales[node.index()..][..1]));
        }
    }

    /// Collects the unseen neighbours that pass. If they are few, neighbours of the others are added until
    /// there are half as many as a row of neighbours is wide.
    fn passing_around<A: Allowed>(
        &self,
        neighbours: &[Ordinal],
        allowed: &A,
        visited: &mut Visited,
        pending: &mut Vec<Ordinal>,
    ) {
        let (base, width) = (&*self.base, self.widths[0]);
        // Neighbours already seen count too: where they pass, the walk has been there.
        let mut room = width / 2;
        for &node in neighbours.iter().filter(|&&node| allowed.contains(node)) {
            room = room.saturating_sub(1);
            pending.extend(visited.insert(node).then_some(node));
        }
        for &over in neighbours.iter().filter(|&&node| !allowed.contains(node)) {
            if room == 0 {
                return;
            }
            // A node that does not pass is marked as well, so that its neighbours are read once.
            if visited.insert(over) {
                for &node in filled(&base[over.index() * width..][..width]) {
                    if allowed.contains(node) && visited.insert(node) {
                        pending.push(node);
                        room = room.saturating_sub(1);
                    }
                }
            }
        }
    }

    /// Descends the upper levels, on each to a node that is nearer than all its neighbours. Returns the node at
    /// which the search enters level 0.
    fn descend(&self, vectors: &Vectors, kernel: Kernel, scratch: &mut SearchScratch) -> Option<Ordinal> {
        let entry = self.entry?;
        let SearchScratch { pending, sums, query, .. } = scratch;
        let (codes, scales) = (vectors.codes(), vectors.scales());
        let (ordinals, firsts, rows) = (&*self.upper_ordinals, &*self.upper_firsts, &*self.upper_rows);
        if entry.slot == NONE {
            return Some(entry.ordinal);
        }
        kernel.gather(query, codes, &[entry.ordinal], sums);
        let mut slot = entry.slot;
        let mut score = sums[0] as f32 * scales[entry.ordinal.index()];
        for level in (1..=entry.level).rev() {
            loop {
                // A node has rows for its own levels only.
                let row = u64::from(firsts[slot as usize]) + u64::from(level) - 1;
                if row >= u64::from(firsts[slot as usize + 1]) {
                    break;
                }
                let slots = filled(&rows[row as usize * self.widths[1]..][..self.widths[1]]);
                pending.clear();
                pending.extend(slots.iter().map(|slot| ordinals[*slot as usize]));
                kernel.gather(query, codes, pending, sums);
                let before = slot;
                for ((&next, &ordinal), &sum) in slots.iter().zip(pending.iter()).zip(sums.iter()) {
                    let next_score = sum as f32 * scales[ordinal.index()];
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
