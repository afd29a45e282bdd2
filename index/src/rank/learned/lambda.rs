//! Gradients: for each two products of a query of different gain, what their
//! swap would change in nDCG times how wrongly they stand (Burges 2010, with the
//! damping by score difference and the norm by query that LightGBM uses).

use super::Examples;

/// First and second derivative of the cost by each row's score, to be added up by a tree.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slope {
    pub(super) gradient: f64,
    pub(super) curvature: f64,
}

/// The slopes of one query's rows. Pairs below the first `depth` places of the present order do
/// not count. `order` is room to work in.
pub(super) fn slopes(
    examples: &Examples,
    query: usize,
    scores: &[f32],
    depth: usize,
    order: &mut Vec<usize>,
    out: &mut [Slope],
) {
    let rows = examples.query(query);
    let gains = &examples.gains[rows.clone()];
    let scores = &scores[rows];
    out.fill(Slope::default());
    order.clear();
    order.extend(0..gains.len());
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let (Some(&best), Some(&worst)) = (order.first(), order.last()) else { return };
    let ideal = f64::from(examples.ideals[query]);
    let spread = scores[best] != scores[worst];
    if ideal <= 0.0 {
        return;
    }
    let discount = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let mut sum = 0.0;
    for upper in 0..order.len().min(depth) {
        for lower in upper + 1..order.len() {
            let (a, b) = (order[upper], order[lower]);
            if gains[a] == gains[b] {
                continue;
            }
            let (better, worse) = if gains[a] > gains[b] { (a, b) } else { (b, a) };
            let ahead = f64::from(scores[better] - scores[worse]);
            let mut change = f64::from(gains[better] - gains[worse]) * (discount(upper) - discount(lower)) / ideal;
            if spread {
                change /= 0.01 + ahead.abs();
            }
            let wrong = 1.0 / (1.0 + ahead.exp());
            let (pull, curvature) = (change * wrong, change * wrong * (1.0 - wrong));
            out[better].gradient -= pull;
            out[worse].gradient += pull;
            out[better].curvature += curvature;
            out[worse].curvature += curvature;
            sum += 2.0 * pull;
        }
    }
    if sum > 0.0 {
        let norm = (1.0 + sum).log2() / sum;
        for slope in out {
            slope.gradient *= norm;
            slope.curvature *= norm;
        }
    }
}
