//! Joins parts of the graph that no path connects. Many equal rows, such as variants of one product, choose
//! only each other, and a search that enters elsewhere never reaches them. Every node without a path on level 0
//! from the entry point is linked, both ways, to the nearest node that has one.

use crate::graph::{Graph, NO_NODE, filled};
use crate::id::Ordinal;
use crate::rows::Vectors;
use crate::scratch::SearchScratch;

/// Reached nodes near an unreached one that are searched for a free place.
const CANDIDATES: usize = 64;

/// Links every unreached node that has a direction.
pub(super) fn join(graph: Graph, vectors: &Vectors) -> Graph {
    let Some(entry) = graph.entry else { return graph };
    let width = graph.widths[0];
    let mut base = graph.base.to_vec();
    let mut reached = vec![false; graph.len()];
    let mut scratch = SearchScratch::default();
    flood(&base, width, entry.ordinal, &mut reached);
    for node in Ordinal::all(graph.len()).filter(|node| vectors.has_direction(*node)) {
        if reached[node.index()] {
            continue;
        }
        let mut near = graph.candidates(vectors, node, CANDIDATES, &mut scratch);
        near.retain(|near| reached[near.index()]);
        let has_place = |near: &&Ordinal| base[(near.index() + 1) * width - 1] == NO_NODE;
        let host = near.iter().find(has_place).or(near.first()).copied().unwrap_or(entry.ordinal);
        link(&mut base[host.index() * width..][..width], node);
        link(&mut base[node.index() * width..][..width], host);
        // Everything that this node leads to is reached now, too.
        flood(&base, width, node, &mut reached);
    }
    Graph { base: base.into(), ..graph }
}

/// Marks all nodes that a path from `start` leads to.
fn flood(base: &[Ordinal], width: usize, start: Ordinal, reached: &mut [bool]) {
    reached[start.index()] = true;
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for &near in filled(&base[node.index() * width..][..width]) {
            if !std::mem::replace(&mut reached[near.index()], true) {
                open.push(near);
            }
        }
    }
}

/// Puts a neighbour in the first free place of a row, or in its last one.
fn link(row: &mut [Ordinal], neighbour: Ordinal) {
    let place = filled(row).len().min(row.len() - 1);
    row[place] = neighbour;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;
    use crate::graph::{EntryPoint, NONE};

    #[test]
    fn islands_are_joined_both_ways_and_rows_without_direction_stay_out() -> Result<()> {
        let vectors = Vectors::from_rows(2, vec![1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.1, 0.9, 0.0, 0.0])?;
        let islands = Graph {
            count: 5,
            widths: [2, 1],
            entry: Some(EntryPoint { ordinal: Ordinal::new(0), slot: NONE, level: 0 }),
            base: Ordinal::array([1, NONE, 0, NONE, 3, NONE, 2, NONE, NONE, NONE]).to_vec().into(),
            upper_ordinals: vec![].into(),
            upper_firsts: vec![0].into(),
            upper_rows: vec![].into(),
        };
        let joined = join(islands, &vectors);
        assert_eq!(
            joined.neighbours(Ordinal::new(1)),
            Ordinal::array([0, 2]),
            "the nearest reached node leads to the island"
        );
        assert_eq!(joined.neighbours(Ordinal::new(2)), Ordinal::array([3, 1]), "and the island leads back");
        assert_eq!(joined.neighbours(Ordinal::new(0)), Ordinal::array([1]));
        assert!(joined.neighbours(Ordinal::new(4)).is_empty());
        Ok(())
    }
}
