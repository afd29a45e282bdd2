//! The least evidence from which rows claim something, one setting for each kind of row. A row that claims behaviour
//! shows a product only if behaviour says it of that very product: often enough, and surely enough that it is no chance.

use serde::{Deserialize, Serialize};

use crate::behaviour::PairEvidence;
use crate::error::{Error, Result};

/// The least evidence of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceSettings {
    /// The least confidence that a pair of products is no chance, 0 to 1.
    pub confidence: f32,
    /// The least lift of products and categories bought together: 1 is as often as by chance.
    pub lift: f32,
    /// The fewest orders, or people, with both products of a row of complements; 0 shows what is likely in an order,
    /// whatever the evidence.
    pub complementary: u32,
    /// The fewest purchases of one product after a view of another.
    pub viewed_then_bought: u32,
    /// The fewest people or visits with both products from which on a row names the one as the cause of the other; 0 lets
    /// in whatever follows.
    pub follows: u32,
    /// The fewest people who buy a product again; 0 shows all that a shopper bought, due or not.
    pub buy_again: u32,
    /// The fewest people of the last 90 days who want a popular product.
    pub popular: u32,
    /// The fewest people of the last 14 days who want a rising product.
    pub trending: u32,
    /// The least similarity to what a shopper likes, or to a product of the history, from which on a row for the shopper
    /// says so, −1 to 1.
    pub taste: f32,
    /// The least likeness of an alternative whose category or kind is another, −1 to 1: the cosine of the vectors after
    /// the mean of the catalogue is taken off. At −1 the category and the kind do not matter either.
    pub likeness: f32,
}

impl Default for EvidenceSettings {
    fn default() -> Self {
        Self {
            confidence: 0.99,
            lift: 2.0,
            complementary: 3,
            viewed_then_bought: 3,
            follows: 2,
            buy_again: 3,
            popular: 2,
            trending: 2,
            taste: 0.35,
            likeness: 0.55,
        }
    }
}

impl EvidenceSettings {
    /// Checks the shares and likenesses against their ranges.
    ///
    /// # Errors
    /// The first that lies outside.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            ("confidence", self.confidence, 0.0, 1.0),
            ("lift", self.lift, 0.0, f32::MAX),
            ("taste", self.taste, -1.0, 1.0),
            ("likeness", self.likeness, -1.0, 1.0),
        ];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong.map_or(Ok(()), |(name, value, least, most)| {
            let most = if most < f32::MAX { format!(" and at most {most}") } else { String::new() };
            let message = format!("{value} must be at least {least}{most}");
            Err(Error::invalid(format!("recommend.evidence.{name}"), message))
        })
    }
}

/// The reason for which a pair is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shortfall {
    /// Too few orders, people or visits have both.
    Together {
        /// Their number.
        together: u32,
        /// The least number.
        needed: u32,
    },
    /// They may be together by chance.
    Confidence {
        /// Their number.
        together: u32,
        /// The confidence that it is no chance, 0 to 1.
        confidence: f32,
        /// The least confidence.
        needed: f32,
    },
    /// They are together hardly more often than by chance.
    Lift {
        /// The ratio to the number expected by chance.
        lift: f32,
        /// The least ratio.
        needed: f32,
    },
}

impl EvidenceSettings {
    /// The confidence that lets a pair in, where a row needs `least` and chooses among `tried` partners.
    ///
    /// # Errors
    /// The shortfall of a pair without enough evidence.
    pub fn admit(&self, evidence: &PairEvidence, least: u32, tried: usize) -> Result<f32, Shortfall> {
        let together = evidence.together;
        let confidence = evidence.confidence(tried);
        if together < least {
            return Err(Shortfall::Together { together, needed: least });
        }
        if least > 0 && confidence < self.confidence {
            return Err(Shortfall::Confidence { together, confidence, needed: self.confidence });
        }
        Ok(confidence)
    }

    /// True if people show that the one product leads to the other, among `tried` others: enough of them, more often than
    /// by chance. Pairs of older generations have no evidence, and are believed.
    pub fn admits_follower(&self, evidence: Option<&PairEvidence>, tried: usize) -> bool {
        let holds =
            |evidence: &PairEvidence| self.admit(evidence, self.follows, tried).is_ok() && evidence.lift >= self.lift;
        self.follows == 0 || evidence.is_none_or(holds)
    }

    /// The same for products or categories bought together, which need a lift besides.
    ///
    /// # Errors
    /// The shortfall of a pair without enough evidence.
    pub fn admit_complement(&self, evidence: &PairEvidence, tried: usize) -> Result<f32, Shortfall> {
        let confidence = self.admit(evidence, self.complementary, tried)?;
        match self.complementary > 0 && evidence.lift < self.lift {
            true => Err(Shortfall::Lift { lift: evidence.lift, needed: self.lift }),
            false => Ok(confidence),
        }
    }
}

impl std::fmt::Display for Shortfall {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Together { together: 1, needed } => write!(out, "bought together once, {needed} needed"),
            Self::Together { together, needed } => write!(out, "bought together {together} times, {needed} needed"),
            Self::Confidence { together, confidence, needed } => {
                write!(
                    out,
                    "bought together {together} times, which may be chance: confidence {confidence:.2}, {needed:.2} needed"
                )
            }
            Self::Lift { lift, needed } => {
                write!(out, "bought together {lift:.1} times as often as by chance, {needed:.1} needed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_needs_orders_then_confidence_then_lift() {
        let settings = EvidenceSettings { complementary: 5, ..EvidenceSettings::default() };
        let admit = |together, lift, llr| settings.admit_complement(&PairEvidence { together, lift, llr }, 1000);
        assert_eq!(admit(3, 20.0, 40.0), Err(Shortfall::Together { together: 3, needed: 5 }));
        assert!(matches!(admit(5, 3.0, 8.0), Err(Shortfall::Confidence { confidence, .. }) if confidence == 0.0));
        assert_eq!(admit(900, 1.2, 60.0), Err(Shortfall::Lift { lift: 1.2, needed: 2.0 }));
        assert!(admit(5, 20.0, 40.0).is_ok_and(|confidence| confidence > 0.99));
        assert_eq!(
            admit(3, 20.0, 40.0).err().map(|short| short.to_string()).as_deref(),
            Some("bought together 3 times, 5 needed")
        );
        let open = EvidenceSettings { complementary: 0, ..settings };
        assert!(open.admit_complement(&PairEvidence { together: 1, lift: 1.0, llr: 0.0 }, 9).is_ok());
    }
}
