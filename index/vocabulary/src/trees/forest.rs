//! The trained model as it is scored and stored. In a file, the nodes of all trees lie one after the other
//! in parallel arrays. Children come after their parents in the list of nodes, so a walk from the root always ends.

use std::path::Path;

use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};

/// The largest number of nodes of a stored forest.
const MAX_NODES: usize = 1 << 20;

/// One regression tree. Its first node is the root.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    pub(super) nodes: Vec<TreeNode>,
}

/// A branch or a leaf. At a branch, a row goes left if its feature is at most `value`; a leaf adds `value` to
/// the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TreeNode {
    /// The number of the feature, or [`LEAF`].
    pub(super) feature: u32,
    pub(super) value: f32,
    /// The number of the left child; the right one is `left + 1`. Unused in a leaf.
    pub(super) left: u32,
}

/// The feature number that marks a leaf.
pub(super) const LEAF: u32 = u32::MAX;

impl Tree {
    /// The value of the leaf that a row reaches.
    pub fn score(&self, row: &[f32]) -> f32 {
        let mut node = self.nodes[0];
        while node.feature != LEAF {
            let right = u32::from(row[node.feature as usize] > node.value);
            node = self.nodes[(node.left + right) as usize];
        }
        node.value
    }
}

/// The trees, whose values add up to a score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forest {
    /// The number of features of a row.
    pub features: usize,
    /// The factor on the base score, to which the trees add.
    pub base_scale: f32,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl Forest {
    /// The score of a row: `base_scale · base + Σ trees`.
    pub fn score(&self, base: f32, row: &[f32]) -> f32 {
        self.base_scale * base + self.trees.iter().map(|tree| tree.score(row)).sum::<f32>()
    }

    /// Writes the sections `forest.*`.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        let nodes = || self.trees.iter().flat_map(|tree| &tree.nodes);
        let ends = self.trees.iter().scan(0u32, |end, tree| {
            *end += tree.nodes.len() as u32;
            Some(*end)
        });
        file.section("forest.features", &[self.features as u32])?;
        file.section("forest.base_scale", &[self.base_scale])?;
        file.section("forest.ends", &ends.collect::<Vec<u32>>())?;
        file.section("forest.feature", &nodes().map(|node| node.feature).collect::<Vec<u32>>())?;
        file.section("forest.value", &nodes().map(|node| node.value).collect::<Vec<f32>>())?;
        file.section("forest.left", &nodes().map(|node| node.left).collect::<Vec<u32>>())
    }

    /// Reads the sections `forest.*` and checks that every walk ends.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the forest has another number of features, a value is not finite, or a child
    /// does not come after its parent in the same tree.
    pub fn open(file: &FlatFile, features: usize) -> Result<Self> {
        let corrupt = |detail: &str| Error::corrupt(file.path(), format!("learned ranking: {detail}"));
        if file.section_of::<u32>("forest.features", 1)?[0] as usize != features {
            return Err(corrupt("was made for other features"));
        }
        let base_scale = file.section_of::<f32>("forest.base_scale", 1)?[0];
        let ends = file.section::<u32>("forest.ends")?;
        let feature = file.section::<u32>("forest.feature")?;
        let value = file.section_of::<f32>("forest.value", feature.len())?;
        let left = file.section_of::<u32>("forest.left", feature.len())?;
        let whole = ends.last().copied().unwrap_or(0) as usize == feature.len() && feature.len() <= MAX_NODES;
        if !whole || !base_scale.is_finite() || value.iter().any(|value| !value.is_finite()) {
            return Err(corrupt("its trees cannot be followed"));
        }
        let mut trees = Vec::with_capacity(ends.len());
        let mut start = 0usize;
        for &end in &*ends {
            let end = end as usize;
            if end <= start {
                return Err(corrupt("has an empty tree"));
            }
            let nodes: Vec<TreeNode> =
                (start..end).map(|at| TreeNode { feature: feature[at], value: value[at], left: left[at] }).collect();
            let follows = |(at, node): (usize, &TreeNode)| {
                node.feature == LEAF
                    || ((node.feature as usize) < features
                        && node.left as usize > at
                        && (node.left as usize).saturating_add(1) < nodes.len())
            };
            if !nodes.iter().enumerate().all(follows) {
                return Err(corrupt("has a node that leads nowhere"));
            }
            trees.push(Tree { nodes });
            start = end;
        }
        Ok(Self { features, base_scale, trees })
    }

    /// Writes the forest as a file of its own.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut file = FlatWriter::create(path)?;
        self.write(&mut file)?;
        file.finish()
    }
}
