//! Tables that were counted elsewhere, by a query engine for instance, and are
//! taken as they are given instead of being counted from the journal.

use super::table::{Neighbour, NeighbourTable, keep_best};
use crate::id::Ordinal;

/// What was given; what is absent is counted.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// In place of [`super::Behaviour::next`]; then no replay chooses its weights.
    pub next: Option<NeighbourTable>,
    /// In place of [`super::Behaviour::co_viewed`].
    pub co_viewed: Option<NeighbourTable>,
    /// In place of [`super::Behaviour::also_bought`].
    pub also_bought: Option<NeighbourTable>,
    /// In place of [`super::Behaviour::successors`].
    pub successors: Option<NeighbourTable>,
}

/// A table of `products` rows from (product, partner, score) in any order, at most `per_row` a row;
/// ordinals lie below `products`, scores are finite. Of a pair given twice the better score stays.
pub fn table_of_pairs(mut pairs: Vec<(Ordinal, Ordinal, f32)>, products: usize, per_row: usize) -> NeighbourTable {
    pairs.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
    pairs.dedup_by_key(|pair| (pair.0, pair.1));
    let mut rest = pairs.as_slice();
    NeighbourTable::from_rows((0..products as Ordinal).map(|product| {
        let (own, others) = rest.split_at(rest.partition_point(|pair| pair.0 <= product));
        rest = others;
        let partner = |&(_, ordinal, score): &(_, _, _)| Neighbour { ordinal, score, evidence: None };
        let mut row: Vec<Neighbour> = own.iter().map(partner).collect();
        keep_best(&mut row, per_row);
        row
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_rows_best_first_and_no_longer_than_allowed() {
        let pairs = vec![(2, 0, 0.5), (0, 1, 0.1), (0, 2, 0.9), (0, 1, 0.3), (0, 3, 0.2)];
        let table = table_of_pairs(pairs, 4, 2);
        assert_eq!(table.row(0).collect::<Vec<_>>(), [(2, 0.9), (1, 0.3)]);
        assert_eq!(table.row(2).collect::<Vec<_>>(), [(0, 0.5)]);
        assert_eq!((table.rows(), table.pairs()), (4, 3));
    }
}
