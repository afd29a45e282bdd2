//! A forest laid out to score many rows fast: QuickScorer (Lucchese, Nardini,
//! Orlando, Perego, Tonellotto, Venturini, SIGIR 2015). Instead of walking each
//! tree from its root, all nodes of a feature lie in order of their values; those
//! below a row's value strike the leaves on their left, and the leftmost leaf
//! that is left of each tree is where the walk would end. No branch depends on a
//! tree, so nothing is guessed wrongly. The scores are those of
//! [`Forest::score`] to the last bit.

use super::forest::{Forest, LEAF, Tree};

/// Leaves of one tree, at most: one bit each.
const MOST_LEAVES: usize = u64::BITS as usize;

/// A node: a row with more than `value` does not reach the leaves that `keeps` lacks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    value: f32,
    tree: u32,
    keeps: u64,
}

/// A forest ready to score.
#[derive(Debug, Clone, PartialEq)]
pub struct QuickForest {
    features: usize,
    base_scale: f32,
    /// The nodes of all trees by feature, each from the least value up.
    steps: Vec<Vec<Step>>,
    /// The leaves of all trees, from the left.
    leaves: Vec<f32>,
    /// Where each tree's leaves begin.
    starts: Vec<u32>,
}

impl QuickForest {
    /// The forest laid out; `None` when a tree has more than 64 leaves.
    pub fn new(forest: &Forest) -> Option<Self> {
        let mut quick = Self {
            features: forest.features,
            base_scale: forest.base_scale,
            steps: vec![Vec::new(); forest.features],
            leaves: Vec::new(),
            starts: Vec::with_capacity(forest.trees.len()),
        };
        for (number, tree) in (0..).zip(&forest.trees) {
            if tree.nodes.len() >= 2 * MOST_LEAVES {
                return None;
            }
            quick.starts.push(quick.leaves.len() as u32);
            quick.lay(number, tree, 0)?;
        }
        for steps in &mut quick.steps {
            steps.sort_by(|a, b| a.value.total_cmp(&b.value));
        }
        Some(quick)
    }

    /// Lays out what hangs below a node.
    fn lay(&mut self, number: u32, tree: &Tree, at: u32) -> Option<()> {
        let start = self.starts[number as usize] as usize;
        let node = tree.nodes[at as usize];
        if node.feature == LEAF {
            self.leaves.push(node.value);
            return (self.leaves.len() - start <= MOST_LEAVES).then_some(());
        }
        let first = self.leaves.len() - start;
        self.lay(number, tree, node.left)?;
        let strikes = (first..self.leaves.len() - start).fold(0u64, |bits, leaf| bits | 1 << leaf);
        self.steps[node.feature as usize].push(Step { value: node.value, tree: number, keeps: !strikes });
        self.lay(number, tree, node.left + 1)
    }

    /// `base_scale · base + Σ trees` of each row; `rows` holds as many values for each base as there are
    /// features.
    pub fn scores(&self, bases: &[f32], rows: &[f32]) -> Vec<f32> {
        let mut reached = vec![u64::MAX; self.starts.len()];
        let score = |(&base, row): (&f32, &[f32])| {
            reached.fill(u64::MAX);
            for (steps, &value) in self.steps.iter().zip(row) {
                for step in steps.iter().take_while(|step| value > step.value) {
                    reached[step.tree as usize] &= step.keeps;
                }
            }
            let ends = reached.iter().zip(&self.starts);
            let leaf =
                |(reached, &start): (&u64, &u32)| self.leaves[start as usize + reached.trailing_zeros() as usize];
            self.base_scale * base + ends.map(leaf).sum::<f32>()
        };
        bases.iter().zip(rows.chunks_exact(self.features.max(1))).map(score).collect()
    }
}
