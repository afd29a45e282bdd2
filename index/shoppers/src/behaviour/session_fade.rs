//! The half-life of past visits, chosen from the shop's own: the latest tenth of the visits is held out, the last new
//! product of each is looked for among the votes of the visits before, and the half-life with the highest mean
//! reciprocal rank wins. What fades in days in a shop of news fades in months in one of spare parts.

use rayon::prelude::*;

use super::sessions::{PastVisit, Sessions};
use super::settings::SessionSettings;
use crate::eval::reciprocal_rank;
use crate::id::Ordinal;

/// The half-lives that are tried, in days, the longest first: a tie keeps the longest.
const TRIED: [f64; 9] = [360.0, 120.0, 60.0, 30.0, 14.0, 7.0, 4.0, 2.0, 1.0];
/// The share of the visits that is held out.
const HELD_OUT: f64 = 0.1;
/// The fewest visits to choose by; with fewer the setting holds.
const FEWEST: usize = 100;
/// The place in the votes beyond which a product counts as not found.
const DEPTH: usize = 20;

/// A visit under way: the products before its last new one, the latest first, and that one.
struct HeldOutVisit {
    before: Vec<Ordinal>,
    last: Ordinal,
}

impl HeldOutVisit {
    fn of(visit: &PastVisit) -> Option<Self> {
        let (&last, before) = visit.in_order.split_last()?;
        let before: Vec<Ordinal> = before.iter().rev().copied().collect();
        (!before.is_empty()).then_some(Self { before, last })
    }

    /// The reciprocal rank of the last product among the votes for products not yet seen.
    fn gain(&self, sessions: &Sessions) -> f64 {
        let mut votes = sessions.votes(&self.before);
        votes.retain(|vote| !self.before.contains(&vote.0));
        votes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        reciprocal_rank(votes.iter().map(|vote| vote.0 == self.last), DEPTH)
    }
}

/// The half-life in days with which `visits`, ascending by time, predict the latest of them best; that of the settings
/// if there are too few dated visits, or none are to be replayed.
pub(super) fn best_half_life(visits: &[PastVisit], products: usize, settings: &SessionSettings) -> f64 {
    let dated = &visits[visits.partition_point(|visit| visit.time_ms.is_none())..];
    let held_out = ((dated.len() as f64 * HELD_OUT) as usize).min(settings.replayed_visits);
    if held_out < FEWEST {
        return settings.half_life_days;
    }
    let (past, latest) = visits.split_at(visits.len() - held_out);
    let replayed: Vec<HeldOutVisit> = latest.iter().filter_map(HeldOutVisit::of).collect();
    let mut sessions = Sessions::count(past, products, settings);
    let mut best = (f64::NEG_INFINITY, settings.half_life_days);
    for half_life in TRIED {
        sessions = sessions.fading(past, half_life);
        let gains: Vec<f64> = replayed.par_iter().map(|visit| visit.gain(&sessions)).collect();
        let gain: f64 = gains.iter().sum();
        if gain > best.0 {
            best = (gain, half_life);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY_MS;

    fn visit(day: i64, products: [u32; 2]) -> PastVisit {
        PastVisit::new(Some(day * DAY_MS), Ordinal::array(products).into_iter())
    }

    /// 2,000 visits over 200 days: after product 0 comes 1, from day `change` on 2.
    fn visits(change: i64) -> Vec<PastVisit> {
        (0..2_000)
            .map(|n| {
                let day = n / 10;
                match n % 2 {
                    0 => visit(day, [0, if day < change { 1 } else { 2 }]),
                    _ => visit(day, [3, 4 + (n % 7) as u32]),
                }
            })
            .collect()
    }

    #[test]
    fn a_shop_whose_fashions_change_forgets_faster() {
        let settings = SessionSettings { visits_per_product: 2_000, voters: 2_000, ..SessionSettings::default() };
        let steady = best_half_life(&visits(0), 20, &settings);
        let changed = best_half_life(&visits(150), 20, &settings);
        assert!(steady > changed, "{steady} {changed}");
        let off = SessionSettings { replayed_visits: 0, half_life_days: 9.0, ..settings };
        assert_eq!(best_half_life(&visits(0), 20, &off), 9.0);
    }
}
