//! Random coordinate search: each trial moves one constant to a random value, and an improvement becomes the new
//! best. Every constant has its turn once a round, in random order. The first half of the budget draws from the
//! whole range, the second half ever nearer to the best so far.

use tastemaker_index::Result;
use tastemaker_index::engine::{Constant, EngineSettings, TunedRange};
use tastemaker_index::random::SplitMix64;

use super::{Objective, Tuning};

/// The least improvement that counts, so that settings do not drift among equally good values.
const MIN_GAIN: f64 = 1e-6;

/// The best settings found for these queries.
///
/// # Errors
/// As [`Objective::measure`].
pub(super) fn climb(
    objective: &mut dyn Objective,
    queries: &[usize],
    start: &EngineSettings,
    chosen: &[(&Constant, TunedRange)],
    tuning: &Tuning,
) -> Result<EngineSettings> {
    let mut random = SplitMix64::new(tuning.seed);
    // 24 bits, so that the number is exact in f32 and never rounds up to 1.
    let mut unit = move || (random.next_u64() >> 40) as f32 / (1u64 << 24) as f32;
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let mut best = start.clone();
    let mut reached = mean(objective.measure(&best, queries)?);
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
        let value = mean(objective.measure(&tried, queries)?);
        if value > reached + MIN_GAIN {
            (best, reached) = (tried, value);
        }
    }
    Ok(best)
}
