//! A second pass over a finished level 0. Insertion chose each node's
//! neighbours while later nodes were missing, and kept the nearest where it
//! should have kept a varied few; here every node searches the whole graph,
//! chooses again, and is offered to those it chose.
//!
//! Choosing follows Malkov and Yashunin (2018), algorithm 4: a candidate is
//! kept if it is nearer to the node than to any kept before it. Each step
//! reads one graph and writes another, so threads change nothing in the result.

use rayon::prelude::*;

use crate::id::Ordinal;
use crate::vector::NoFilter;
use crate::vector::dot::{CODE_LANES, Kernel};
use crate::vector::graph::{Graph, NONE};
use crate::vector::rows::Vectors;
use crate::vector::scratch::SearchScratch;

/// A node with fewer neighbours than this many eighths of its places gets the nearest of
/// those passed over as well; measured to need the fewest scored products for a recall.
const FILL_EIGHTHS: usize = 5;
/// Nodes between two words of progress.
const BATCH_NODES: usize = 4_096;

/// Chooses all neighbours of level 0 again. `beam` is how many candidates a
/// node finds; `progress` hears how many nodes are done.
pub(super) fn polish(graph: Graph, vectors: &Vectors, beam: usize, progress: &dyn Fn(u64)) -> Graph {
    let width = graph.widths[0];
    let fill = width * FILL_EIGHTHS / 8;
    let nodes: Vec<Ordinal> = (0..graph.len() as Ordinal).collect();
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
    for (node, list) in chosen.iter().enumerate() {
        list.iter().for_each(|near| offers[*near as usize].push(node as Ordinal));
    }
    let mut base = vec![NONE; nodes.len() * width];
    base.par_chunks_mut(width).zip(offers.into_par_iter()).enumerate().for_each_init(
        Chooser::default,
        |chooser, (node, (row, offered))| {
            let list = chooser.choose(vectors, node as Ordinal, offered, width, fill);
            row[..list.len()].copy_from_slice(&list);
        },
    );
    Graph { base: base.into(), ..graph }
}

impl Graph {
    /// The nodes a beam finds around a node.
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

/// Chooses neighbours, on memory of its own.
#[derive(Default)]
struct Chooser {
    scratch: SearchScratch,
    sums: Vec<i32>,
}

impl Chooser {
    /// At most `width` of the candidates that are kept, nearest first, then the nearest of
    /// the others while there are fewer than `fill`.
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
        let row_of = |row: Ordinal| &codes[row as usize * stride..][..stride];
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|candidate| *candidate != node && scales[*candidate as usize] > 0.0);
        kernel.gather(row_of(node), codes, &candidates, &mut self.sums);
        let score = |sum: i32, other: Ordinal| sum as f32 * scales[other as usize];
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
