//! Products the shopper bought and may need again: `(habit · chance + w · demand) · due`.
//! - The habit is `Σ .95^k` over the orders that held the product, k = 0 the shopper's latest order.
//! - The chance of a repeated purchase is that of all its buyers, or `1 − ½^times` of a shopper who repeated it before.
//! - The demand is the product's popularity (half-life a month) relative to the most popular product's: repeated
//!   purchases concentrate on products in demand (UP-CF, Faggioli et al., UMAP 2020).
//! - The interval is the shopper's own if the product was bought several times, else that of all its buyers; `due` rises
//!   from 0 at a tenth of the interval to 1 at half of it.
//!
//! Products that nobody buys twice are not shown. All candidates are of tier 1.

use super::context::{PurchasedProduct, RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::time::DAY_MS;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::BuyAgain,
    title: "Buy again",
    shows: "products the shopper bought and may need again",
    needs: Needs::Shopper,
    filling: Filling::None,
    is_ordered: true,
    reasons: &["buy_again"],
    basis: |_| RowBasis::Purchases,
    because: |_, _| "you bought these and may need them again".to_owned(),
    recommender: Some(|| Box::new(BuyAgain::default())),
};

/// Products due again.
#[derive(Debug, Clone, PartialEq)]
pub struct BuyAgain {
    /// The least chance of a repeated purchase, 0 to 1.
    pub least_chance: f32,
    /// The interval if none is known, in days.
    pub days: f32,
    /// The weight of the demand, relative to the habit of the latest order.
    pub demand_weight: f32,
}

impl Default for BuyAgain {
    fn default() -> Self {
        Self { least_chance: 0.03, days: 30.0, demand_weight: 1.0 }
    }
}

impl Recommender for BuyAgain {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let mut selection = Selection::new(context, request);
        selection.pick(self.due(context, request));
        selection.finish()
    }
}

impl BuyAgain {
    /// The products due again, in any order.
    pub(super) fn due(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<TieredCandidate> {
        let scores = context.behaviour.popularity.scores();
        let weight = |product: Ordinal| scores.get(product.index()).map_or(0.0, |score| score.exp_m1());
        let most = context.behaviour.popularity.best_first().first().map_or(0.0, |&first| weight(first));
        let demand = |product| if most > 0.0 { weight(product) / most } else { 0.0 };
        let candidate = |bought: &PurchasedProduct| {
            let repurchase = &context.behaviour.repurchase;
            let own = if bought.times > 1 { 1.0 - 0.5f32.powi(bought.times as i32) } else { 0.0 };
            let chance = repurchase.chance(bought.ordinal).max(own);
            let interval_days = bought.every_days.or_else(|| repurchase.days(bought.ordinal));
            let days_ago = (request.now_ms - bought.last_ms).max(0) as f32 / DAY_MS as f32;
            let passed = days_ago / interval_days.unwrap_or(self.days).max(1.0);
            let strength = (bought.habit * chance + self.demand_weight * demand(bought.ordinal)) * due(passed);
            let every_days = interval_days.map(|days| days.round() as u32);
            let reason = Reason::BuyAgain { days_ago: days_ago as u32, every_days };
            let wanted = chance >= self.least_chance && strength > 0.0;
            wanted.then_some(TieredCandidate { ordinal: bought.ordinal, tier: 1, strength, reason })
        };
        request.bought.iter().filter_map(candidate).collect()
    }
}

/// The degree to which a product is due, 0 to 1, by the part of its interval that has passed: nobody needs again today
/// a product bought yesterday.
fn due(passed: f32) -> f32 {
    ((passed - 0.1) / 0.4).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn bread_is_due_after_its_week_and_a_phone_never() {
        let shop = TestShop::with_journal();
        let ask = |days: i64| {
            let bought = [(6, 1), (0, 1)].map(|(ordinal, times)| PurchasedProduct {
                ordinal: Ordinal::new(ordinal),
                last_ms: 0,
                times,
                every_days: None,
                habit: 1.0,
            });
            let request =
                RecommendRequest { bought: &bought, now_ms: days * DAY_MS, limit: 9, ..RecommendRequest::default() };
            shop.ask(&BuyAgain::default(), &request)
        };
        assert!(ask(0).is_empty(), "too early");
        assert!(ask(2)[0].score < ask(8)[0].score, "not yet");
        let found = ask(8);
        assert_eq!(found.iter().map(|found| found.ordinal).collect::<Vec<_>>(), Ordinal::array([6]));
        assert_eq!(found[0].reason, Reason::BuyAgain { days_ago: 8, every_days: Some(7) });
    }

    #[test]
    fn of_two_things_bought_alike_the_one_in_demand_comes_first() {
        // Jam 8 and bread 6 sell again and again, and butter 7 is what most shoppers buy of late.
        let once = |ordinal| PurchasedProduct {
            ordinal: Ordinal::new(ordinal),
            last_ms: 0,
            times: 2,
            every_days: Some(7.0),
            habit: 1.5,
        };
        let shop = TestShop::with_journal();
        let order = |demand_weight| {
            let request = RecommendRequest {
                bought: &[once(6), once(7)],
                now_ms: 8 * DAY_MS,
                limit: 9,
                ..RecommendRequest::default()
            };
            let found = shop.ask(&BuyAgain { demand_weight, ..BuyAgain::default() }, &request);
            found.iter().map(|found| found.ordinal).collect::<Vec<_>>()
        };
        assert_eq!(order(0.0), Ordinal::array([6, 7]), "the chance of two times is the same");
        assert_eq!(order(1.0), Ordinal::array([7, 6]));
    }

    #[test]
    fn a_habit_of_one_s_own_counts_where_others_have_none() {
        let bought =
            [PurchasedProduct { ordinal: Ordinal::new(0), last_ms: 0, times: 3, every_days: Some(10.0), habit: 2.0 }];
        let request =
            RecommendRequest { bought: &bought, now_ms: 11 * DAY_MS, limit: 9, ..RecommendRequest::default() };
        let found = TestShop::with_journal().ask(&BuyAgain::default(), &request);
        assert_eq!(found[0].reason, Reason::BuyAgain { days_ago: 11, every_days: Some(10) });
    }
}
