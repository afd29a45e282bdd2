//! The order of suggestions as whole numbers, computed once for all prefixes, ties included. Searching the best
//! of a range then compares integers only and skips whole blocks.

use rayon::prelude::*;

use super::KINDS;

/// The number of entries in a block.
const BLOCK: usize = 64;

/// The bonus for a match at the start of the text: ln 2, as much as twice the successes.
const AT_START: f32 = std::f32::consts::LN_2;

/// The rank value of a suggestion with this weight, matched at `offset` in its text.
pub(super) fn rank(weight: f32, offset: u32) -> f32 {
    weight.max(0.0) + if offset == 0 { AT_START } else { 0.0 }
}

/// The place of each entry `(suggestion, offset of the word)` in the order of all, 0 for the best: by rank
/// value, then the shorter text, then the suggestion's number. `ends` are the ends of the texts.
pub(super) fn places(entries: &[(u32, u32)], weights: &[f32], ends: &[u64]) -> Vec<u32> {
    let length = |id: usize| ends[id] - if id == 0 { 0 } else { ends[id - 1] };
    let whole = 0..weights.len() as u32;
    let mut order: Vec<(u32, bool)> = whole.flat_map(|id| [(id, true), (id, false)]).collect();
    order.par_sort_unstable_by(|&(a, a_starts), &(b, b_starts)| {
        let of = |id: u32, starts: bool| rank(weights[id as usize], u32::from(!starts));
        let by_rank = of(b, b_starts).total_cmp(&of(a, a_starts));
        by_rank.then_with(|| length(a as usize).cmp(&length(b as usize))).then_with(|| a.cmp(&b))
    });
    let mut place = vec![0u32; order.len()];
    order.iter().zip(0..).for_each(|(&(id, starts), at)| place[id as usize * 2 + usize::from(starts)] = at);
    entries.iter().map(|&(id, offset)| place[id as usize * 2 + usize::from(offset == 0)]).collect()
}

/// The best place of each kind in each block; `u32::MAX` if the block has none of a kind.
#[derive(Debug, Default)]
pub(super) struct Blocks(Vec<[u32; KINDS.len()]>);

impl Blocks {
    /// The blocks of entries with these places; `kind` is the kind of an entry.
    pub(super) fn new(places: &[u32], kind: impl Fn(usize) -> usize + Sync) -> Self {
        let block = |(block, places): (usize, &[u32])| {
            let mut best = [u32::MAX; KINDS.len()];
            for (at, &place) in (block * BLOCK..).zip(places) {
                let best = &mut best[kind(at)];
                *best = place.min(*best);
            }
            best
        };
        Self(places.par_chunks(BLOCK).enumerate().map(block).collect())
    }

    /// The entries of the `limit` best suggestions of one kind in a range, the best first. `id_of_kind` is the
    /// suggestion of an entry, if it is of that kind.
    pub(super) fn best(
        &self,
        range: std::ops::Range<usize>,
        number: usize,
        limit: usize,
        places: &[u32],
        id_of_kind: impl Fn(usize) -> Option<u32>,
    ) -> impl Iterator<Item = usize> {
        let mut best: Vec<(u32, u32, usize)> = Vec::with_capacity(limit + 1);
        let mut worst = if limit == 0 { 0 } else { u32::MAX };
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min((at / BLOCK + 1) * BLOCK);
            // A block whose best place is no better than the worst of the full list has nothing to add.
            if self.0[at / BLOCK][number] < worst {
                for (at, &place) in (at..end).zip(&places[at..end]) {
                    let Some(id) = (place < worst).then(|| id_of_kind(at)).flatten() else { continue };
                    // A suggestion with the prefix in several words is listed once, at its best place.
                    match best.iter().position(|&(_, known, _)| known == id) {
                        Some(known) if best[known].0 <= place => continue,
                        Some(known) => drop(best.remove(known)),
                        None => {}
                    }
                    best.insert(best.partition_point(|other| other.0 < place), (place, id, at));
                    best.truncate(limit);
                    worst = best.get(limit - 1).map_or(u32::MAX, |last| last.0);
                }
            }
            at = end;
        }
        best.into_iter().map(|(_, _, at)| at)
    }
}
