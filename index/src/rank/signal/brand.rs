//! The shopper's brands: log lift `ln((k + 5s + ε)/((n + 5)s + ε))` of the brand in the history (k of n products)
//! over its share s of the shop's sales, so that a brand that everyone buys counts little.

use super::explain::for_a_shopper;
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};
use crate::id::ValueId;
use crate::rank::Taste;

/// Prior weight of the shop's own brand shares, in products.
const PRIOR: f32 = 5.0;
/// Keeps the logarithm finite for brands that nobody bought.
const FLOOR: f32 = 0.01;
/// The largest absolute value: beyond it a lift carries no more information.
const LIMIT: f32 = 3.0;

pub(super) const SIGNAL: Signal = Signal {
    name: "brand",
    title: "Brand",
    meaning: "Logarithm of the brand's share in the shopper's history over its share of the shop's sales.",
    range: (Some(-LIMIT), Some(LIMIT)),
    effect: Effect::Added {
        group: Group::Inferred,
        weight: weight!(personal.brand, 0.0 to 10.0: "weight of the shopper's brands"),
        fill,
    },
    present: for_a_shopper,
    sentence: |product, factor| {
        let brand = if product.brand.is_empty() { "its brand" } else { product.brand };
        let how = if factor.contribution >= 0.0 { "more" } else { "less" };
        format!("You choose {brand} {how} often than other shoppers do.")
    },
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    inputs.fill_inferred(window, slot, |shopper| {
        |ordinal| {
            let brand = shopper.brands.and_then(|brands| brands.values(ordinal).first().copied());
            brand.map_or(0.0, |brand| lift(shopper.taste, brand, shopper.brand_shares[brand.index()]))
        }
    });
}

/// The log lift of a brand that has the share `share` of the shop's sales.
fn lift(taste: &Taste, brand: ValueId, share: f32) -> f32 {
    let own = taste.brands.get(&brand).copied().unwrap_or(0.0);
    let lift = (own + PRIOR * share + FLOOR) / ((taste.branded + PRIOR) * share + FLOOR);
    lift.ln().clamp(-LIMIT, LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_favoured_rare_brand_lifts_and_an_ignored_common_one_sinks() {
        let [rare, common] = ValueId::array([7, 8]);
        let taste = Taste { brands: [(rare, 3.0)].into_iter().collect(), branded: 5.0, ..Taste::default() };
        assert!(lift(&taste, rare, 0.01) > 1.0);
        assert!(lift(&taste, common, 0.5) < 0.0);
        assert!(lift(&taste, common, 0.0).abs() < 1e-6, "a brand that nobody bought carries no information");
    }
}
