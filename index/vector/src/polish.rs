//! A second pass over a finished level 0. During insertion, each node chose its neighbours while later nodes
//! were missing, and took the nearest rather than a diverse few. Here every node searches the whole graph,
//! chooses again, and is offered to the nodes it chose.
//!
//! The choice follows algorithm 4 of Malkov and Yashunin (2018): a candidate is chosen if it is nearer to the
//! node than to any candidate chosen before. Each step reads one graph and writes another, so the result does
//! not depend on threads.

use rayon::prelude::*;

use crate::NoFilter;
use crate::dot::{CODE_LANES, Kernel};
use crate::graph::{Graph, NO_NODE};
use crate::id::Ordinal;
use crate::rows::Vectors;
use crate::scratch::SearchScratch;

/// A node with fewer neighbours than this many eighths of its row also gets the nearest of the candidates
/// passed over. This value needs the fewest comparisons for the same recall.
const FILL_EIGHTHS: usize = 5;
/// Nodes between two reports of progress.
const BATCH_NODES: usize = 4_096;

/// Chooses all neighbours of level 0 again. `beam` is the number of candidates of a node; `progress` receives
/// the number of nodes done.
pub(super) fn polish(graph: Graph, vectors: &Vectors, beam: usize, progress: &dyn Fn(u64)) -> Graph {
    let width = graph.widths[0];
    let fill = width * FILL_EIGHTHS / 8;
    let nodes: Vec<Ordinal> = Ordinal::all(graph.len()).collect();
    let mut chosen: Vec<Vec<Ordinal>> = Vec::with_capacity(nodes.len());
    for batch in nodes.chunks(BATCH_NODES) {
        let lists = batch.par_iter().map_init(Chooser::default, |chooser, &node| {
            if !vectors.has_direction(node) {
                return Vec::new();
            }
            let mut candidates = graph.candidates(vectors, node, beam, &mut chooser.scratch);
            candidates.extend_from_slice(graph.neighbours(node));
            chooser.choose(vectors, node, candidates, width, 0)
        });
        chosen.extend(lists.collect::<Vec<_>>());
        progress(chosen.len() as u64);
    }
    let mut offers = chosen.clone();
    // Each node is also offered the nodes that chose it, so that links can run both ways.
    for (node, list) in Ordinal::enumerate(&chosen) {
        list.iter().for_each(|near| offers[near.index()].push(node));
    }
    let mut base = vec![NO_NODE; nodes.len() * width];
    base.par_chunks_mut(width).zip(offers.into_par_iter()).enumerate().for_each_init(
        Chooser::default,
        |chooser, (node, (row, offered))| {
            let list = chooser.choose(vectors, Ordinal::from_index(node), offered, width, fill);
            row[..list.len()].copy_from_slice(&list);
        },
    );
    Graph { base: base.into(), ..graph }
}

impl Graph {
    /// The nodes that a walk with this beam finds around a node.
    pub(super) fn candidates(
        &self,
        vectors: &Vectors,
        node: Ordinal,
        beam: usize,
        scratch: &mut SearchScratch,
    ) -> Vec<Ordinal> {
        vectors.encode_query(vectors.row(node), &mut scratch.query);
        self.fill_beam::<NoFilter>(vectors, beam, None, scratch);
        scratch.beam.ordinals().collect()
    }
}

/// Chooses neighbours, with memory of its own that is reused.
#[derive(Default)]
struct Chooser {
    scratch: SearchScratch,
    sums: Vec<i32>,
}

impl Chooser {
    /// Chooses at most `width` of the candidates, nearest first; while there are fewer than `fill`, the nearest
    /// of the others are added.
    fn choose(
        &mut self,
        vectors: &Vectors,
        node: Ordinal,
        mut candidates: Vec<Ordinal>,
        width: usize,
        fill: usize,
    ) -> Vec<Ordinal> {
        let kernel = Kernel::detect();
        let stride = vectors.dimensions().next_multiple_of(CODE_LANES);
        let (codes, scales) = (vectors.codes(), vectors.scales());
        let row_of = |row: Ordinal| &codes[row.index() * stride..][..stride];
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|candidate| *candidate != node && scales[candidate.index()] > 0.0);
        kernel.gather(row_of(node), codes, &candidates, &mut self.sums);
        let score = |sum: i32, other: Ordinal| sum as f32 * scales[other.index()];
        let mut ranked: Vec<(Ordinal, f32, i32)> =
            candidates.iter().zip(&self.sums).map(|(&near, &sum)| (near, score(sum, near), sum)).collect();
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut kept: Vec<Ordinal> = Vec::with_capacity(width);
        let mut passed_over = Vec::new();
        for (near, _, sum) in ranked {
            if kept.len() == width {
                break;
            }
            let to_node = score(sum, node);
            kernel.gather(row_of(near), codes, &kept, &mut self.sums);
            if kept.iter().zip(&self.sums).all(|(&other, &sum)| score(sum, other) < to_node) {
                kept.push(near);
            } else {
                passed_over.push(near);
            }
        }
        let places = fill.saturating_sub(kept.len());
        kept.extend(passed_over.into_iter().take(places));
        kept
    }
}
