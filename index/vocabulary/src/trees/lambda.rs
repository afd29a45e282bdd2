//! Lambda gradients: each pair of rows of one query with different gains pulls the better row up and the worse
//! one down, by the change of nDCG if they swapped places times the probability that the model has them the
//! wrong way round (Burges 2010). As in LightGBM, the change is divided by the distance of the scores, and the
//! gradients of a query are normalised.

use super::Examples;
use crate::eval::discounted;

/// The first and second derivative of the cost by the score of one row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slope {
    pub(super) gradient: f64,
    pub(super) curvature: f64,
}

/// Computes the slopes of one query's rows into `out`. A pair counts only if one of its rows is among the first
/// `depth` of the present order. `order` is a buffer that is overwritten.
pub(super) fn query_slopes(
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
    let discount = |place| discounted(1.0, place);
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
            // Without the guard, equal scores everywhere (the first tree) would weigh every pair by 100.
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
