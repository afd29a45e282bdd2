//! QuickScorer (Lucchese, Nardini, Orlando, Perego, Tonellotto, Venturini, SIGIR 2015): a layout of a forest
//! that scores many rows fast. The nodes of all trees are grouped by feature and sorted by threshold. Every
//! node whose threshold is below the row's value removes the leaves of its left subtree; the leftmost leaf
//! that remains in a tree is the one that a walk from its root would reach. No branch depends on the shape of
//! a tree, so the processor mispredicts few. The scores equal those of [`Forest::score`] to the last bit.

use super::forest::{Forest, LEAF, Tree};

/// The largest number of leaves of a tree: a mask has one bit for each.
const MOST_LEAVES: usize = u64::BITS as usize;

/// A branch: a row whose feature is above `value` can reach only the leaves in `mask`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Threshold {
    value: f32,
    tree: u32,
    mask: u64,
}

/// A forest in the layout of QuickScorer.
#[derive(Debug, Clone, PartialEq)]
pub struct QuickForest {
    features: usize,
    base_scale: f32,
    /// The branches of all trees by feature, ascending by value.
    thresholds: Vec<Vec<Threshold>>,
    /// The leaf values of all trees, left to right.
    leaves: Vec<f32>,
    /// The position of each tree's first leaf in `leaves`.
    starts: Vec<u32>,
}

impl QuickForest {
    /// Lays a forest out; `None` if a tree has more than 64 leaves.
    pub fn new(forest: &Forest) -> Option<Self> {
        let mut quick = Self {
            features: forest.features,
            base_scale: forest.base_scale,
            thresholds: vec![Vec::new(); forest.features],
            leaves: Vec::new(),
            starts: Vec::with_capacity(forest.trees.len()),
        };
        for (number, tree) in (0..).zip(&forest.trees) {
            if tree.nodes.len() >= 2 * MOST_LEAVES {
                return None;
            }
            quick.starts.push(quick.leaves.len() as u32);
            quick.add_subtree(number, tree, 0)?;
        }
        for thresholds in &mut quick.thresholds {
            thresholds.sort_by(|a, b| a.value.total_cmp(&b.value));
        }
        Some(quick)
    }

    /// Adds the subtree of a node, leaves left to right; `None` if the tree has too many leaves.
    fn add_subtree(&mut self, number: u32, tree: &Tree, at: u32) -> Option<()> {
        let start = self.starts[number as usize] as usize;
        let node = tree.nodes[at as usize];
        if node.feature == LEAF {
            self.leaves.push(node.value);
            return (self.leaves.len() - start <= MOST_LEAVES).then_some(());
        }
        let first = self.leaves.len() - start;
        self.add_subtree(number, tree, node.left)?;
        let removed = (first..self.leaves.len() - start).fold(0u64, |bits, leaf| bits | 1 << leaf);
        self.thresholds[node.feature as usize].push(Threshold { value: node.value, tree: number, mask: !removed });
        self.add_subtree(number, tree, node.left + 1)
    }

    /// The score `base_scale · base + Σ trees` of each row; `rows` holds the features of one row for each base.
    pub fn scores(&self, bases: &[f32], rows: &[f32]) -> Vec<f32> {
        let mut reached = vec![u64::MAX; self.starts.len()];
        let score = |(&base, row): (&f32, &[f32])| {
            reached.fill(u64::MAX);
            for (thresholds, &value) in self.thresholds.iter().zip(row) {
                for one in thresholds.iter().take_while(|one| value > one.value) {
                    reached[one.tree as usize] &= one.mask;
                }
            }
            let masks = reached.iter().zip(&self.starts);
            let leaf = |(mask, &start): (&u64, &u32)| self.leaves[start as usize + mask.trailing_zeros() as usize];
            self.base_scale * base + masks.map(leaf).sum::<f32>()
        };
        bases.iter().zip(rows.chunks_exact(self.features.max(1))).map(score).collect()
    }
}
