//! The evidence of the pairs of a table that was made from lists (the visits or purchases of one shopper each): the
//! number of lists that hold both products, the lift, and the log-likelihood ratio.

use super::lists::{Lists, SparseCounter};
use super::llr::PairCounts;
use super::table::{Neighbour, NeighbourTable, PairEvidence};
use crate::id::Ordinal;

/// The same table with the evidence of each pair in `lists`, which may name a product several times.
pub(super) fn with_evidence(table: &NeighbourTable, lists: &Lists, products: usize) -> NeighbourTable {
    let mut distinct = Lists::default();
    let mut list: Vec<Ordinal> = Vec::new();
    for own in lists.iter() {
        list.clear();
        list.extend(own.iter().filter(|product| product.index() < products));
        list.sort_unstable();
        list.dedup();
        distinct.push(&list);
    }
    let lies_in: Lists<u32> = distinct.transpose(products);
    let alone = |product: Ordinal| lies_in.get(product.index()).len() as f64;
    let total = distinct.len() as f64;
    let row = |tally: &mut SparseCounter, product: Ordinal| {
        let row: Vec<(Ordinal, f32)> = table.row(product).collect();
        if row.is_empty() {
            return Vec::new();
        }
        for &list in lies_in.get(product.index()) {
            distinct.get(list as usize).iter().for_each(|&other| tally.add(other, 1.0));
        }
        let counted: Vec<(Ordinal, f32)> = tally.drain().collect();
        let neighbour = |(ordinal, score): (Ordinal, f32)| {
            let at = counted.binary_search_by_key(&ordinal, |one| one.0).ok();
            let together = at.map_or(0.0, |at| f64::from(counted[at].1));
            let counts = PairCounts { together, first: alone(product), second: alone(ordinal), total };
            let lift = if together > 0.0 { counts.lift() } else { 0.0 };
            let llr = if together > 0.0 { counts.signed_llr() } else { 0.0 };
            let evidence = PairEvidence { together: together as u32, lift: lift as f32, llr: llr as f32 };
            Neighbour { ordinal, score, evidence: Some(evidence) }
        };
        row.into_iter().map(neighbour).collect()
    };
    NeighbourTable::build(products, || SparseCounter::new(products), row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_counts_once_however_often_it_names_a_product() {
        let lists: [&[u32]; 4] = [&[0, 1, 0, 1], &[1, 0], &[2], &[0, 3]];
        let lists: Lists = lists.into_iter().map(Ordinal::slice).collect();
        let pair = |ordinal| Neighbour { ordinal: Ordinal::new(ordinal), score: 1.0, evidence: None };
        let table = NeighbourTable::from_rows([vec![pair(1), pair(3)], vec![], vec![], vec![]]);
        let found: Vec<_> = with_evidence(&table, &lists, 4).neighbours(Ordinal::new(0)).collect();
        let counted = |at: usize| found[at].evidence.map(|one| (one.together, one.lift));
        assert_eq!((counted(0), counted(1)), (Some((2, 4.0 / 3.0)), Some((1, 4.0 / 3.0))));
    }
}
