//! The shopper's part of a score,
//! `gate · weight · (a·interest + b·neighbours + c·brand) + d·stated`:
//!
//! - **interest**: the best `w_k·cos(u_k, v − mean)` over the interest vectors, long-term ones by
//!   their weight beside the strongest, the session's whole;
//! - **neighbours**: `m·ln(1 + Σ_p decay^p · W[i_p, j]/(m·w₀))`, what shoppers with this
//!   history went on to, in units of the table's median entry `w₀`; up to about m = 16 of
//!   them it is the sum, so that strong ties move a product and many weak ones little;
//! - **brand**: log lift of the brand in the history over its share of the shop,
//!   `ln((k + 5s + ε)/((n + 5)s + ε))`, so that a brand everyone buys says little;
//! - **gate**: `n/(n + constant)`, n the decayed number of products met, so that
//!   one stray click moves nothing much;
//! - **stated**: what the shopper said outright, which goes before what is inferred.
//!
//! A product the shopper bought already gets no personal part: it is most like
//! the history, and least likely to be what is looked for.

use std::collections::HashMap;

use super::{Candidate, PersonalSettings};
use crate::id::Ordinal;

/// Median entries from which on more of them count ever less.
const MANY_NEIGHBOURS: f32 = 16.0;
/// Prior weight of the shop's own brand shares, in products.
const BRAND_PRIOR: f32 = 5.0;
/// Keeps the logarithm finite for brands nobody bought.
const BRAND_FLOOR: f32 = 0.01;
/// A logarithm of lift beyond this is no more telling.
const BRAND_LIMIT: f32 = 3.0;

/// What is known of the shopper, in this generation's ordinals.
#[derive(Debug, Default)]
pub struct Taste {
    /// Decayed number of products met.
    pub evidence: f32,
    /// Long-term interests, the strongest first: weight and vector, centred and of unit length.
    pub interests: Vec<(f32, Vec<f32>)>,
    /// Where the visit under way points, centred and of unit length.
    pub session: Option<Vec<f32>>,
    /// `Σ_p decay^p · W[i_p, j]/w₀` by product.
    pub neighbours: HashMap<Ordinal, f32>,
    /// Products of each brand met, by the brand's number.
    pub brands: HashMap<u32, f32>,
    /// Products with a brand met.
    pub branded: f32,
    /// Products bought.
    pub purchased: Vec<Ordinal>,
}

/// The personal signals of one candidate and what they add.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PersonalSignals {
    /// The evidence gate, 0 to 1.
    pub gate: f32,
    /// Centred cosine with the nearest interest, −1 to 1.
    pub interest: f32,
    /// Decayed neighbour weights, in median entries, the many counting less; 0 or more.
    pub neighbours: f32,
    /// Log lift of the brand.
    pub brand: f32,
    /// What the shopper said outright, −1 to 1.
    pub stated: f32,
    /// What is added to the score.
    pub contribution: f32,
}

impl Taste {
    /// The gate: how far what is known may be trusted, 0 to 1.
    pub fn gate(&self, settings: &PersonalSettings) -> f32 {
        self.evidence / (self.evidence + settings.gate)
    }

    /// Log lift of a brand that has the share `share` of the shop's sales.
    pub fn brand_lift(&self, brand: u32, share: f32) -> f32 {
        let met = self.brands.get(&brand).copied().unwrap_or(0.0);
        let lift = (met + BRAND_PRIOR * share + BRAND_FLOOR) / ((self.branded + BRAND_PRIOR) * share + BRAND_FLOOR);
        lift.ln().clamp(-BRAND_LIMIT, BRAND_LIMIT)
    }
}

/// Adds the shopper's part to candidates already scored without one. `interest`
/// tells how near a product is to an interest vector, `brand_lift` the log lift
/// of its brand, `stated` what the shopper said of such products.
pub fn personalise(
    candidates: &mut [Candidate],
    taste: &Taste,
    settings: &PersonalSettings,
    interest: impl Fn(Ordinal) -> f32,
    brand_lift: impl Fn(Ordinal) -> f32,
    stated: impl Fn(Ordinal) -> f32,
) {
    let gate = taste.gate(settings);
    for candidate in candidates {
        let stated = stated(candidate.ordinal);
        candidate.score += settings.stated * stated;
        candidate.personal =
            PersonalSignals { gate, stated, contribution: settings.stated * stated, ..Default::default() };
        if taste.purchased.contains(&candidate.ordinal) {
            continue;
        }
        let mut signals = PersonalSignals {
            interest: interest(candidate.ordinal),
            neighbours: taste.neighbours.get(&candidate.ordinal).map_or(0.0, |&sum| levelled(sum)),
            brand: brand_lift(candidate.ordinal),
            ..candidate.personal
        };
        let inferred = gate
            * settings.weight
            * (settings.interest * signals.interest
                + settings.neighbours * signals.neighbours
                + settings.brand * signals.brand);
        signals.contribution += inferred;
        candidate.score += inferred;
        candidate.personal = signals;
    }
}

/// About the sum itself while it is small, growing with its logarithm beyond [`MANY_NEIGHBOURS`].
fn levelled(sum: f32) -> f32 {
    MANY_NEIGHBOURS * (sum / MANY_NEIGHBOURS).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taste() -> Taste {
        Taste {
            evidence: 5.0,
            neighbours: HashMap::from([(1, MANY_NEIGHBOURS * (1.0f32 / MANY_NEIGHBOURS).exp_m1())]),
            brands: HashMap::from([(7, 3.0)]),
            branded: 5.0,
            purchased: vec![2],
            ..Taste::default()
        }
    }

    #[test]
    fn each_signal_counts_by_its_weight_behind_the_gate() {
        let settings = PersonalSettings {
            weight: 1.0,
            interest: 2.0,
            neighbours: 0.5,
            brand: 0.0,
            gate: 5.0,
            ..PersonalSettings::default()
        };
        let mut candidates = [1, 2].map(|ordinal| Candidate { ordinal, score: 1.0, ..Candidate::default() });
        personalise(&mut candidates, &taste(), &settings, |_| 0.25, |_| 0.0, |_| 0.0);
        assert!((candidates[0].score - (1.0 + 0.5 * (2.0 * 0.25 + 0.5))).abs() < 1e-6, "{candidates:?}");
        assert_eq!(candidates[1].score, 1.0, "bought already: nothing inferred");
    }

    #[test]
    fn what_is_said_outright_needs_no_evidence_and_goes_before_what_is_inferred() {
        let settings = PersonalSettings { stated: 0.5, ..PersonalSettings::default() };
        let mut candidates = [1, 2].map(|ordinal| Candidate { ordinal, score: 1.0, ..Candidate::default() });
        let avoided = |ordinal| if ordinal == 1 { -1.0 } else { 0.0 };
        personalise(&mut candidates, &Taste::default(), &settings, |_| 0.0, |_| 0.0, avoided);
        assert_eq!((candidates[0].score, candidates[1].score), (0.5, 1.0));
        assert_eq!(candidates[0].personal.contribution, -0.5);
    }

    #[test]
    fn a_favoured_rare_brand_lifts_and_an_ignored_common_one_sinks() {
        assert!(taste().brand_lift(7, 0.01) > 1.0);
        assert!(taste().brand_lift(8, 0.5) < 0.0);
        assert!(taste().brand_lift(8, 0.0).abs() < 1e-6, "a brand nobody bought says nothing");
    }
}
