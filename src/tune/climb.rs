//! The search for values: one constant at a time, in turns of a drawn order, to
//! a drawn value; the better is kept. The first half of the budget draws from
//! the whole range, the second nearer and nearer to the best so far.

use tastemaker_index::Result;
use tastemaker_index::engine::{Constant, EngineSettings, TunedRange};
use tastemaker_index::random::SplitMix64;

use super::{Ranked, Tuning};

/// A new value must be better by this much, so that equal ones do not drift.
const LEAST_GAIN: f64 = 1e-6;

/// The best settings found for those queries.
///
/// # Errors
/// What measuring says.
pub(super) fn climb(
    ranked: &mut dyn Ranked,
    queries: &[usize],
    start: &EngineSettings,
    chosen: &[(&Constant, TunedRange)],
    tuning: &Tuning,
) -> Result<EngineSettings> {
    let mut random = SplitMix64::new(tuning.seed);
    let mut unit = move || (random.next_u64() >> 40) as f32 / (1u64 << 24) as f32;
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let mut best = start.clone();
    let mut reached = mean(ranked.measure(&best, queries)?);
    let mut turn: Vec<(&Constant, TunedRange)> = Vec::new();
    for step in 0..tuning.budget {
        if turn.is_empty() {
            turn = chosen.to_vec();
        }
        let drawn = (unit() * turn.len() as f32) as usize;
        let (constant, range) = turn.swap_remove(drawn.min(turn.len() - 1));
        let done = step as f32 / tuning.budget as f32;
        let width = if done < 0.5 { 2.0 } else { 0.5 * (1.0 - done) };
        let here = range.share(constant.get(&best));
        let share = if width > 1.0 { unit() } else { here + width * (unit() - 0.5) };
        let mut tried = best.clone();
        constant.set(&mut tried, range.at(share));
        let value = mean(ranked.measure(&tried, queries)?);
        if value > reached + LEAST_GAIN {
            (best, reached) = (tried, value);
        }
    }
    Ok(best)
}
