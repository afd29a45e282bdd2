//! Products the shopper bought and may need again: `(habit · chance + w · demand) · due`.
//! - The habit is `Σ .95^k` over the orders that held the product, k = 0 the shopper's latest order.
//! - The chance of a repeated purchase is that of all its buyers, or `1 − ½^times` of a shopper with three orders or more.
//! - The demand is the product's popularity (half-life a month) relative to the most popular product's: repeated
//!   purchases concentrate on products in demand (UP-CF, Faggioli et al., UMAP 2020).
//! - The interval is the shopper's own from three orders on, else that of all its buyers. `due` is 0 until a fifth of the
//!   interval, at least two days, is left; 1 from there on; and fades after three intervals, when the shopper has probably
//!   turned elsewhere.
//!
//! A consumable is told from a durable thing by what people do: the shopper bought it at least three times, or enough
//! other people buy it again ([`EvidenceSettings::buy_again`](super::EvidenceSettings)), at an interval that is known.
//! Products that are not due are not shown. All candidates are of tier 1.

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
    shows: "products the shopper bought and may need again",
    needs: Needs::Shopper,
    filling: Filling::None,
    is_ordered: true,
    reasons: &["buy_again"],
    basis: |_| RowBasis::Purchases,
    recommender: Some(|| Box::new(BuyAgain::default())),
};

/// Products due again.
#[derive(Debug, Clone, PartialEq)]
pub struct BuyAgain {
    /// The least chance of a repeated purchase, 0 to 1.
    pub least_chance: f32,
    /// The orders of one shopper from which on they show an own rhythm.
    pub own_orders: u32,
    /// The weight of the demand, relative to the habit of the latest order.
    pub demand_weight: f32,
}

impl Default for BuyAgain {
    fn default() -> Self {
        Self { least_chance: 0.1, own_orders: 3, demand_weight: 1.0 }
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
        let repurchase = &context.behaviour.repurchase;
        // Without a gate all that was bought is ordered by how much it is due.
        let is_open = context.evidence.buy_again == 0;
        let own_orders = if is_open { 2 } else { self.own_orders };
        let candidate = |bought: &PurchasedProduct| {
            let has_rhythm = bought.times >= own_orders && bought.every_days.is_some();
            let own = if has_rhythm { 1.0 - 0.5f32.powi(bought.times as i32) } else { 0.0 };
            let people = repurchase.people(bought.ordinal);
            let common = if people >= context.evidence.buy_again { repurchase.chance(bought.ordinal) } else { 0.0 };
            let chance = common.max(own);
            let every = if has_rhythm { bought.every_days } else { repurchase.days(bought.ordinal) };
            let days_ago = (request.now_ms - bought.last_ms).max(0) as f32 / DAY_MS as f32;
            let (days, due) = match every.filter(|days| *days >= 1.0 && chance >= self.least_chance) {
                _ if is_open => {
                    let days = every.unwrap_or(UNKNOWN_DAYS).max(1.0);
                    (days, ((days_ago / days - 0.1) / 0.4).clamp(0.0, 1.0))
                }
                every => (every?, due(days_ago, every?)),
            };
            let strength = (bought.habit * chance + self.demand_weight * demand(bought.ordinal)) * due;
            let reason = Reason::BuyAgain {
                days_ago: days_ago as u32,
                times: bought.times,
                every_days: Some(days.round() as u32),
                people,
            };
            (strength > 0.0).then_some(TieredCandidate { ordinal: bought.ordinal, tier: 1, strength, reason })
        };
        request.bought.iter().filter_map(candidate).collect()
    }
}

/// The interval of a product that nobody bought twice, in days, where nothing is left out.
const UNKNOWN_DAYS: f32 = 30.0;
/// The part of an interval, and the days, before its end from which on a product is due.
const LEAD: (f32, f32) = (0.2, 2.0);
/// The intervals after which a shopper has probably turned elsewhere, and after which that is sure.
const LAPSED: (f32, f32) = (3.0, 5.0);

/// The degree to which a product is due, 0 to 1, by the days since it was bought and the interval in days.
pub(super) fn due(days_ago: f32, interval: f32) -> f32 {
    let lead = (LEAD.0 * interval).max(LEAD.1).min(interval / 2.0);
    match days_ago {
        early if early < interval - lead => 0.0,
        lapsed if lapsed > LAPSED.1 * interval => 0.0,
        late => (LAPSED.0 * interval / late.max(f32::MIN_POSITIVE)).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::explain::shortcoming;
    use super::super::suite::{TestShop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    /// A purchase on day 0.
    fn bought(ordinal: u32, times: u32, every_days: Option<f32>) -> PurchasedProduct {
        let habit = if times > 1 { 1.5 } else { 1.0 };
        PurchasedProduct { ordinal: Ordinal::new(ordinal), last_ms: 0, times, every_days, habit }
    }

    fn ask(bought: &[PurchasedProduct], days: i64, recommender: &BuyAgain) -> Vec<Recommendation> {
        let request = RecommendRequest { bought, now_ms: days * DAY_MS, limit: 9, ..RecommendRequest::default() };
        TestShop::with_journal().ask(recommender, &request)
    }

    #[test]
    fn bread_is_due_after_its_week_and_a_phone_never() {
        let ask = |days: i64| ask(&[bought(6, 1, None), bought(0, 1, None)], days, &BuyAgain::default());
        assert!(ask(0).is_empty() && ask(4).is_empty(), "too early");
        assert!(ask(30)[0].score < ask(8)[0].score, "long ago");
        assert!(ask(60).is_empty(), "bought elsewhere by now");
        let found = ask(8);
        assert_eq!(found.iter().map(|found| found.ordinal).collect::<Vec<_>>(), Ordinal::array([6]));
        assert_eq!(found[0].reason, Reason::BuyAgain { days_ago: 8, times: 1, every_days: Some(7), people: 5 });
    }

    #[test]
    fn a_rhythm_that_ended_is_told_from_one_that_is_not_due() {
        let told = |days: i64| {
            let bought = [bought(6, 3, Some(7.0))];
            let request = RecommendRequest { bought: &bought, now_ms: days * DAY_MS, ..RecommendRequest::default() };
            TestShop::with_journal().with_context(|context| {
                shortcoming(PlacementKind::BuyAgain, context, &request, Ordinal::new(6)).to_string()
            })
        };
        assert_eq!(told(2), "bought 2 days ago, needed after 7");
        assert_eq!(told(60), "bought 60 days ago, though needed after 7: the need has probably ended");
    }

    #[test]
    fn of_two_things_bought_alike_the_one_in_demand_comes_first() {
        // Jam 8 and bread 6 sell again and again, and butter 7 is what most shoppers buy of late.
        let order = |demand_weight| {
            let habits = [bought(6, 3, Some(7.0)), bought(7, 3, Some(7.0))];
            let found = ask(&habits, 8, &BuyAgain { demand_weight, ..BuyAgain::default() });
            found.iter().map(|found| found.ordinal).collect::<Vec<_>>()
        };
        assert_eq!(order(0.0), Ordinal::array([6, 7]), "the chance of three times is the same");
        assert_eq!(order(1.0), Ordinal::array([7, 6]));
    }

    #[test]
    fn a_rhythm_of_one_s_own_counts_where_others_have_none_and_two_orders_are_none() {
        let found = ask(&[bought(0, 3, Some(10.0))], 11, &BuyAgain::default());
        assert_eq!(found[0].reason, Reason::BuyAgain { days_ago: 11, times: 3, every_days: Some(10), people: 0 });
        assert!(
            ask(&[bought(0, 2, Some(15.0))], 16, &BuyAgain::default()).is_empty(),
            "bought twice, as a present too"
        );
    }
}
