//! Products that come directly after a product in a visit: `P(j | i)`, the share of steps from i that go to
//! j. Steps back to an earlier product count, and so do steps from a product to itself. Section: the
//! neighbour table `successors`.

use super::interaction::Interaction;
use super::next::Sequences;
use super::table::{Neighbour, NeighbourTable, keep_best};
use crate::id::Ordinal;

/// The most probable successors of each product. Interactions are sorted by shopper and time.
pub fn successors(interactions: &[Interaction], products: usize, per_row: usize) -> NeighbourTable {
    let visits = interactions.chunk_by(Sequences::same_visit);
    let step = |pair: &[Interaction]| (pair[0].ordinal, pair[1].ordinal);
    let mut steps: Vec<(Ordinal, Ordinal)> = visits.flat_map(|visit| visit.windows(2).map(step)).collect();
    steps.sort_unstable();
    let mut rows = vec![Vec::new(); products];
    for from in steps.chunk_by(|a, b| a.0 == b.0) {
        let share = |to: &[(Ordinal, Ordinal)]| Neighbour {
            ordinal: to[0].1,
            score: to.len() as f32 / from.len() as f32,
            evidence: None,
        };
        let row = &mut rows[from[0].0.index()];
        row.extend(from.chunk_by(|a, b| a == b).map(share));
        keep_best(row, per_row);
    }
    NeighbourTable::from_rows(rows)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;
    use crate::event::InteractionKind;

    #[test]
    fn shares_of_steps_within_a_visit() {
        let interaction = |visit: u64, ordinal| Interaction {
            session: NonZeroU64::new(visit),
            kind: InteractionKind::View,
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        let log = [
            interaction(1, 0),
            interaction(1, 1),
            interaction(1, 0),
            interaction(1, 0),
            interaction(2, 0),
            interaction(2, 1),
            interaction(3, 2),
        ];
        let table = successors(&log, 3, 5);
        assert_eq!(table.bare(0), [(1, 2.0 / 3.0), (0, 1.0 / 3.0)]);
        assert_eq!(table.bare(1), [(0, 1.0)], "the next visit is another");
        assert_eq!(table.bare(2), []);
    }
}
