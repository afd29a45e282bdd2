//! The exhaustive scan: every row that passes the filter, without the graph. By int8 codes with rescoring it is
//! the fastest search under narrow filters; at full precision it is the ground truth that approximate search is
//! measured against.

use crate::Allowed;
use crate::dot::Kernel;
use crate::id::Ordinal;
use crate::rows::Vectors;
use crate::scratch::{SearchScratch, sort_hits};

/// The number of rows scored in one call.
const BATCH_ROWS: usize = 256;

/// The `k` rows nearest to a unit query by int8 codes, after the best few dozen are rescored at full precision;
/// the most similar first, ties by ordinal.
pub fn scan<A: Allowed>(
    vectors: &Vectors,
    query: &[f32],
    k: usize,
    allowed: Option<&A>,
    scratch: &mut SearchScratch,
) -> Vec<(Ordinal, f32)> {
    vectors.encode_query(query, &mut scratch.query);
    scratch.beam.reset(SearchScratch::depth(k));
    scratch.pending.clear();
    let kernel = Kernel::detect();
    let (codes, scales) = (vectors.codes(), vectors.scales());
    let SearchScratch { beam, pending, sums, query: query_codes, .. } = scratch;
    let mut score_batch = |rows: &mut Vec<Ordinal>| {
        kernel.gather(query_codes, codes, rows, sums);
        for (&row, &sum) in rows.iter().zip(sums.iter()) {
            beam.offer(sum as f32 * scales[row.index()], row);
        }
        rows.clear();
    };
    for_each_row(vectors, allowed, |row| {
        pending.push(row);
        if pending.len() == BATCH_ROWS {
            score_batch(pending);
        }
    });
    score_batch(pending);
    scratch.rescore(vectors, query, k, allowed);
    scratch.best(k)
}

/// The `k` rows nearest to a unit query, with every row compared at full precision.
pub fn exact<A: Allowed>(vectors: &Vectors, query: &[f32], k: usize, allowed: Option<&A>) -> Vec<(Ordinal, f32)> {
    let dot = Kernel::detect().dot;
    let mut hits = Vec::new();
    for_each_row(vectors, allowed, |row| hits.push((row, dot(query, vectors.row(row)))));
    sort_hits(&mut hits);
    hits.truncate(k);
    hits
}

/// Visits the rows that pass and have a direction, in ascending order.
fn for_each_row<A: Allowed>(vectors: &Vectors, allowed: Option<&A>, mut visit: impl FnMut(Ordinal)) {
    let scales = vectors.scales();
    let directed = |row: &Ordinal| scales.get(row.index()).is_some_and(|scale| *scale > 0.0);
    match allowed {
        Some(allowed) => allowed.for_each(|row| {
            if directed(&row) {
                visit(row);
            }
        }),
        None => Ordinal::all(vectors.len()).filter(directed).for_each(visit),
    }
}
