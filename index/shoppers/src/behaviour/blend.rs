//! The score that a history gives to products:
//! `score(j) = Σ_p decay^p · (W[i_p, j] + content_weight · T[i_p, j])`, p = 0 the latest step, over the
//! next-item table W and the content table T. The training that chooses the weights and the recommender that
//! serves them compute this same sum.

use serde::{Deserialize, Serialize};

use super::table::NeighbourTable;
use crate::id::Ordinal;

/// The weights of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blend {
    /// The factor on a contribution for each step back in the history, 0 to 1.
    pub decay: f32,
    /// The factor on a content similarity, 0 or more.
    pub content_weight: f32,
    /// The number of latest steps that contribute.
    pub max_steps: usize,
}

impl Default for Blend {
    fn default() -> Self {
        Self { decay: 0.7, content_weight: 0.4, max_steps: 50 }
    }
}

/// One term of the sum: the contribution of one step of the history to the score of one product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryContribution {
    /// The product of the history.
    pub source: Ordinal,
    /// The product whose score it raises.
    pub product: Ordinal,
    /// The weighted score, above 0.
    pub score: f32,
    /// True if it comes from the content table, false if from the next-item table.
    pub content: bool,
}

impl Blend {
    /// Calls `add` with every contribution of a history, the latest product first.
    pub fn contributions(
        &self,
        history: &[Ordinal],
        next: &NeighbourTable,
        content: &NeighbourTable,
        mut add: impl FnMut(HistoryContribution),
    ) {
        let mut fading = 1.0;
        for &source in history.iter().take(self.max_steps) {
            for (product, weight) in next.row(source) {
                add(HistoryContribution { source, product, score: fading * weight, content: false });
            }
            if self.content_weight > 0.0 {
                for (product, similarity) in content.row(source) {
                    let score = fading * self.content_weight * similarity;
                    add(HistoryContribution { source, product, score, content: true });
                }
            }
            fading *= self.decay;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Neighbour;
    use super::*;

    fn table(rows: &[&[(u32, f32)]]) -> NeighbourTable {
        let neighbour =
            |&(ordinal, score): &(u32, f32)| Neighbour { ordinal: Ordinal::new(ordinal), score, evidence: None };
        NeighbourTable::from_rows(rows.iter().map(|row| row.iter().map(neighbour).collect()))
    }

    #[test]
    fn each_step_back_contributes_less_and_content_is_marked() {
        let (next, content) = (table(&[&[(2, 1.0)], &[(2, 1.0)]]), table(&[&[(1, 0.5)]]));
        let blend = Blend { decay: 0.5, content_weight: 0.4, max_steps: 2 };
        let mut found = Vec::new();
        blend.contributions(Ordinal::slice(&[0, 1, 0]), &next, &content, |one| {
            found.push((one.source.get(), one.product.get(), one.score, one.content))
        });
        assert_eq!(found, [(0, 2, 1.0, false), (0, 1, 0.2, true), (1, 2, 0.5, false)]);
    }
}
