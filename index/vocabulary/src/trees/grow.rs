//! Growing one tree leaf-wise (Shi, "Best-first decision tree learning", 2007; as LightGBM does): the leaf
//! whose best split lowers the cost most is split next, until there are enough leaves. The histogram of the
//! larger child is that of its parent minus that of the smaller one. A feature with a monotone constraint
//! allows only splits in its direction, and bounds on the leaf values below such a split keep later splits
//! from reversing it.

use rayon::prelude::*;

use super::bins::{Bins, MAX_BINS};
use super::boost::BoostSettings;
use super::forest::{LEAF, Tree, TreeNode};
use super::lambda::Slope;

/// The sums over the rows of one bin.
#[derive(Debug, Clone, Copy, Default)]
struct BinSums {
    gradient: f64,
    curvature: f64,
    rows: u32,
}

type Histogram = Vec<[BinSums; MAX_BINS]>;

/// A leaf that may still be split.
struct Leaf {
    node: usize,
    /// The leaf's rows, a range of the array shared by all leaves.
    rows: std::ops::Range<usize>,
    histogram: Histogram,
    /// The smallest and largest value that monotone constraints allow here.
    bounds: (f64, f64),
    best: Option<LeafSplit>,
}

/// A possible split of a leaf.
#[derive(Debug, Clone, Copy)]
struct LeafSplit {
    /// The decrease of the cost.
    gain: f64,
    /// The position of the feature in [`Growth::features`].
    place: usize,
    /// The last bin that goes left.
    bin: usize,
    /// The values of the two children, before the learning rate.
    left: f64,
    right: f64,
}

/// The inputs of growing one tree.
pub(super) struct Growth<'a> {
    pub(super) bins: &'a Bins,
    pub(super) slopes: &'a [Slope],
    /// The features this tree may use.
    pub(super) features: &'a [usize],
    /// The monotone constraint of each feature: −1, 0 or 1.
    pub(super) directions: &'a [i8],
    pub(super) settings: &'a BoostSettings,
}

impl Growth<'_> {
    /// Grows a tree over `rows`, which it reorders. The value of a leaf is its Newton step times the learning
    /// rate.
    pub(super) fn tree(&self, rows: &mut [u32]) -> Tree {
        let mut nodes = vec![TreeNode { feature: LEAF, value: 0.0, left: 0 }];
        let histogram = self.histogram(rows);
        let mut leaves = vec![self.leaf(0, 0..rows.len(), histogram, (f64::NEG_INFINITY, f64::INFINITY))];
        while leaves.len() < self.settings.leaves {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |split| split.gain);
            // `max_by` takes the last of equals: reversed, that is the first, so the tree is deterministic.
            let next = (0..leaves.len()).rev().max_by(|&a, &b| gain(&leaves[a]).total_cmp(&gain(&leaves[b])));
            let Some((at, split)) = next.and_then(|at| Some((at, leaves[at].best?))) else { break };
            let parent = leaves.swap_remove(at);
            let [left, right] = self.split(parent, split, rows, &mut nodes);
            leaves.extend([left, right]);
        }
        Tree { nodes }
    }

    /// Splits a leaf in two and turns its node into a branch.
    fn split(&self, parent: Leaf, split: LeafSplit, rows: &mut [u32], nodes: &mut Vec<TreeNode>) -> [Leaf; 2] {
        let feature = self.features[split.place];
        let column = self.bins.column(feature);
        let here = &mut rows[parent.rows.clone()];
        let (mut left, right): (Vec<u32>, Vec<u32>) =
            here.iter().partition(|&&row| usize::from(column[row as usize]) <= split.bin);
        let middle = parent.rows.start + left.len();
        left.extend(right);
        here.copy_from_slice(&left);
        let children = nodes.len();
        nodes[parent.node] =
            TreeNode { feature: feature as u32, value: self.bins.cuts[feature][split.bin], left: children as u32 };
        for value in [split.left, split.right] {
            nodes.push(TreeNode { feature: LEAF, value: (value * self.settings.rate) as f32, left: 0 });
        }
        // Below a constrained split no leaf of one side may pass the middle, or it could reverse the order.
        let half = (split.left + split.right) / 2.0;
        let (low, high) = parent.bounds;
        let (left_bounds, right_bounds) = match self.directions[feature] {
            1 => ((low, half), (half, high)),
            -1 => ((half, high), (low, half)),
            _ => (parent.bounds, parent.bounds),
        };
        let (left_range, right_range) = (parent.rows.start..middle, middle..parent.rows.end);
        let left_is_smaller = left_range.len() <= right_range.len();
        let smaller = self.histogram(&rows[if left_is_smaller { left_range.clone() } else { right_range.clone() }]);
        let larger = less(parent.histogram, &smaller);
        let (left, right) = if left_is_smaller { (smaller, larger) } else { (larger, smaller) };
        [self.leaf(children, left_range, left, left_bounds), self.leaf(children + 1, right_range, right, right_bounds)]
    }

    fn leaf(&self, node: usize, rows: std::ops::Range<usize>, histogram: Histogram, bounds: (f64, f64)) -> Leaf {
        let best = (0..self.features.len()).filter_map(|place| self.best_split(&histogram[place], place, bounds));
        let best = best.reduce(|best, other| if other.gain > best.gain { other } else { best });
        Leaf { node, rows, histogram, bounds, best }
    }

    fn histogram(&self, rows: &[u32]) -> Histogram {
        let fill = |&feature: &usize| {
            let column = self.bins.column(feature);
            let mut cells = [BinSums::default(); MAX_BINS];
            for &row in rows {
                let slope = self.slopes[row as usize];
                let cell = &mut cells[usize::from(column[row as usize]) % MAX_BINS];
                cell.gradient += slope.gradient;
                cell.curvature += slope.curvature;
                cell.rows += 1;
            }
            cells
        };
        self.features.par_iter().map(fill).collect()
    }

    fn best_split(&self, cells: &[BinSums; MAX_BINS], place: usize, bounds: (f64, f64)) -> Option<LeafSplit> {
        let BoostSettings { min_rows, l2, .. } = *self.settings;
        let total = cells.iter().fold(BinSums::default(), add);
        let direction = f64::from(self.directions[self.features[place]]);
        let step = |cell: &BinSums| (-cell.gradient / (cell.curvature + l2)).clamp(bounds.0, bounds.1);
        // The decrease of the cost by a step; for the unbounded step it equals ½·G²/(H+λ).
        let decrease = |cell: &BinSums, step: f64| -(cell.gradient * step + 0.5 * (cell.curvature + l2) * step * step);
        let before = decrease(&total, step(&total));
        let mut left = BinSums::default();
        let mut best: Option<LeafSplit> = None;
        let cuts = self.bins.cuts[self.features[place]].len();
        for (bin, cell) in cells.iter().enumerate().take(cuts) {
            left = add(left, cell);
            let right = BinSums {
                gradient: total.gradient - left.gradient,
                curvature: total.curvature - left.curvature,
                rows: total.rows - left.rows,
            };
            let enough = left.rows.min(right.rows) as usize >= min_rows && left.curvature.min(right.curvature) > 1e-6;
            let (to_left, to_right) = (step(&left), step(&right));
            if !enough || direction * (to_right - to_left) < 0.0 {
                continue;
            }
            let gain = decrease(&left, to_left) + decrease(&right, to_right) - before;
            if gain > best.map_or(1e-9, |best| best.gain) {
                best = Some(LeafSplit { gain, place, bin, left: to_left, right: to_right });
            }
        }
        best
    }
}

fn add(a: BinSums, b: &BinSums) -> BinSums {
    BinSums { gradient: a.gradient + b.gradient, curvature: a.curvature + b.curvature, rows: a.rows + b.rows }
}

fn less(mut whole: Histogram, part: &Histogram) -> Histogram {
    for (whole, part) in whole.iter_mut().flatten().zip(part.iter().flatten()) {
        whole.gradient -= part.gradient;
        whole.curvature -= part.curvature;
        whole.rows -= part.rows;
    }
    whole
}
