//! What the shopper bought and may need again: `(habit · chance + w · demand) · due`.
//! The habit is `Σ .95^k` over the orders that held it, k = 0 the latest of all; the
//! chance is that of all its buyers, or `1 − ½^times` of a shopper who did it before.
//! The demand is the product's popularity (ageing by half in a month) beside that of
//! the most popular, since what everybody buys these weeks is what a habit is likelier
//! to turn to (frequency and recent popularity together: UP-CF, Faggioli et al., UMAP
//! 2020). The interval is the shopper's own where the product was bought several times,
//! else that of all its buyers, and `due` rises from 0 at a tenth of it to 1 at half:
//! what was bought yesterday is in the cupboard. What nobody buys twice is not
//! shown. Tier 1 alone.

use super::context::{Bought, RecommendContext, Request};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

const DAY_MS: f32 = 86_400_000.0;

/// What may be needed again.
#[derive(Debug, Clone, PartialEq)]
pub struct BuyAgain {
    /// Chances below this are no reason to remind anybody, 0 to 1.
    pub least_chance: f32,
    /// The interval taken where none is known, in days.
    pub days: f32,
    /// What being the most wanted of all products is worth beside the latest order's certain habit.
    pub demand_weight: f32,
}

impl Default for BuyAgain {
    fn default() -> Self {
        Self { least_chance: 0.03, days: 30.0, demand_weight: 1.0 }
    }
}

impl Recommender for BuyAgain {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let mut selection = Selection::new(context, request);
        selection.pick(self.due(context, request));
        selection.finish()
    }
}

impl BuyAgain {
    /// What is due, with how much.
    pub(super) fn due(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Candidate> {
        let scores = context.behaviour.popularity.scores();
        let weight = |product: Ordinal| scores.get(product as usize).map_or(0.0, |score| score.exp_m1());
        let most = context.behaviour.popularity.best_first().first().map_or(0.0, |&first| weight(first));
        let demand = |product| if most > 0.0 { weight(product) / most } else { 0.0 };
        let candidate = |bought: &Bought| {
            let repurchase = &context.behaviour.repurchase;
            let own = if bought.times > 1 { 1.0 - 0.5f32.powi(bought.times as i32) } else { 0.0 };
            let chance = repurchase.chance(bought.ordinal).max(own);
            let known = bought.every_days.or_else(|| repurchase.days(bought.ordinal));
            let days_ago = (request.now_ms - bought.last_ms).max(0) as f32 / DAY_MS;
            let passed = days_ago / known.unwrap_or(self.days).max(1.0);
            let strength = (bought.habit * chance + self.demand_weight * demand(bought.ordinal)) * due(passed);
            let reason =
                Reason::BuyAgain { days_ago: days_ago as u32, every_days: known.map(|days| days.round() as u32) };
            let wanted = chance >= self.least_chance && strength > 0.0;
            wanted.then_some(Candidate { ordinal: bought.ordinal, tier: 1, strength, reason })
        };
        request.bought.iter().filter_map(candidate).collect()
    }
}

/// How due something is when so many of its intervals have passed, 0 to 1.
fn due(passed: f32) -> f32 {
    ((passed - 0.1) / 0.4).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Shop, check};
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&BuyAgain::default());
    }

    #[test]
    fn bread_is_due_after_its_week_and_a_phone_never() {
        let shop = Shop::with_journal();
        let ask = |days: i64| {
            let bought = [(6, 1), (0, 1)].map(|(ordinal, times)| Bought {
                ordinal,
                last_ms: 0,
                times,
                every_days: None,
                habit: 1.0,
            });
            let request = Request { bought: &bought, now_ms: days * DAY, limit: 9, ..Request::default() };
            shop.ask(&BuyAgain::default(), &request)
        };
        assert!(ask(0).is_empty(), "too early");
        assert!(ask(2)[0].score < ask(8)[0].score, "not yet");
        let found = ask(8);
        assert_eq!(found.iter().map(|found| found.ordinal).collect::<Vec<_>>(), [6]);
        assert_eq!(found[0].reason, Reason::BuyAgain { days_ago: 8, every_days: Some(7) });
    }

    #[test]
    fn of_two_things_bought_alike_the_one_in_demand_comes_first() {
        // Jam 8 and bread 6 sell again and again, and butter 7 is what most shoppers buy of late.
        let once = |ordinal| Bought { ordinal, last_ms: 0, times: 2, every_days: Some(7.0), habit: 1.5 };
        let shop = Shop::with_journal();
        let order = |demand_weight| {
            let request = Request { bought: &[once(6), once(7)], now_ms: 8 * DAY, limit: 9, ..Request::default() };
            let found = shop.ask(&BuyAgain { demand_weight, ..BuyAgain::default() }, &request);
            found.iter().map(|found| found.ordinal).collect::<Vec<_>>()
        };
        assert_eq!(order(0.0), [6, 7], "the chance of two times is the same");
        assert_eq!(order(1.0), [7, 6]);
    }

    #[test]
    fn a_habit_of_one_s_own_counts_where_others_have_none() {
        let bought = [Bought { ordinal: 0, last_ms: 0, times: 3, every_days: Some(10.0), habit: 2.0 }];
        let request = Request { bought: &bought, now_ms: 11 * DAY, limit: 9, ..Request::default() };
        let found = Shop::with_journal().ask(&BuyAgain::default(), &request);
        assert_eq!(found[0].reason, Reason::BuyAgain { days_ago: 11, every_days: Some(10) });
    }
}
