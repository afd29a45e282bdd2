//! How a history speaks for products: `score(j) = Σ_p decay^p · (W[i_p, j] + content · T[i_p, j])`,
//! p = 0 the latest, over the next-item table W and the content table T. The
//! replay that chooses the weights and the recommender that serves them use
//! this same sum.

use serde::{Deserialize, Serialize};

use super::table::NeighbourTable;
use crate::id::Ordinal;

/// The weights of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blend {
    /// What a step back in the history leaves of a product's say, 0 to 1.
    pub decay: f32,
    /// What a content similarity of 1 adds, 0 or more.
    pub content_weight: f32,
    /// Latest steps of the history that have a say.
    pub max_steps: usize,
}

impl Default for Blend {
    fn default() -> Self {
        Self { decay: 0.7, content_weight: 0.4, max_steps: 50 }
    }
}

/// One product of the history speaking for another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voice {
    /// The product of the history.
    pub met: Ordinal,
    /// Whom it speaks for.
    pub other: Ordinal,
    /// How loud.
    pub strength: f32,
    /// Whether because the two read alike, not because one follows the other.
    pub content: bool,
}

impl Blend {
    /// Hands on everything a history, the latest first, says.
    pub fn speak(
        &self,
        history: &[Ordinal],
        next: &NeighbourTable,
        content: &NeighbourTable,
        mut hear: impl FnMut(Voice),
    ) {
        let mut say = 1.0;
        for &met in history.iter().take(self.max_steps) {
            for (other, weight) in next.row(met) {
                hear(Voice { met, other, strength: say * weight, content: false });
            }
            if self.content_weight > 0.0 {
                for (other, alike) in content.row(met) {
                    hear(Voice { met, other, strength: say * self.content_weight * alike, content: true });
                }
            }
            say *= self.decay;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Neighbour;
    use super::*;

    fn table(rows: &[&[(Ordinal, f32)]]) -> NeighbourTable {
        let neighbour = |&(ordinal, score): &(Ordinal, f32)| Neighbour { ordinal, score, evidence: None };
        NeighbourTable::from_rows(rows.iter().map(|row| row.iter().map(neighbour).collect()))
    }

    #[test]
    fn each_step_back_says_less_and_content_is_told_apart() {
        let (next, content) = (table(&[&[(2, 1.0)], &[(2, 1.0)]]), table(&[&[(1, 0.5)]]));
        let blend = Blend { decay: 0.5, content_weight: 0.4, max_steps: 2 };
        let mut heard = Vec::new();
        blend.speak(&[0, 1, 0], &next, &content, |voice| {
            heard.push((voice.met, voice.other, voice.strength, voice.content))
        });
        assert_eq!(heard, [(0, 2, 1.0, false), (0, 1, 0.2, true), (1, 2, 0.5, false)]);
    }
}
