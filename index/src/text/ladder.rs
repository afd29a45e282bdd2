//! The ladder of relaxations: all words; where too few products have them all,
//! those that have most of what the words are worth; else none, and meaning alone.
//! One decision for the whole catalogue, wherever its products lie.

use super::matching::Collected;
use super::{Rung, TextMatches, TextSettings};

/// How many of a query's slots may be missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decision {
    required: u32,
    relaxed: bool,
    /// The largest share of the words' worth some product has.
    best_share: f32,
    complete: usize,
}

fn share(slots: u32, worth: &[f32]) -> f32 {
    let all: f32 = worth.iter().sum();
    let held = worth.iter().enumerate().filter(|(at, _)| slots >> at & 1 == 1);
    if all > 0.0 { held.map(|(_, worth)| worth).sum::<f32>() / all } else { 1.0 }
}

/// Decides over everything collected; `worth` is what each slot is worth, 0 where it may be missing.
pub(super) fn decide(collected: &Collected, worth: &[f32], settings: &TextSettings) -> Decision {
    let wanted = worth.iter().enumerate().filter(|(_, worth)| **worth > 0.0);
    let required = wanted.fold(0u32, |mask, (at, _)| mask | 1 << at);
    let complete = collected.slots.iter().filter(|&&slots| slots & required == required).count();
    let relaxed = complete < settings.enough && required.count_ones() > 1;
    let shares = collected.slots.iter().map(|&slots| share(slots, worth));
    let best_share = if relaxed { shares.fold(0.0, f32::max) } else { 1.0 };
    Decision { required, relaxed, best_share, complete }
}

/// The products that stay, each missing word paid for.
pub(super) fn climb(collected: Collected, decision: Decision, worth: &[f32], settings: &TextSettings) -> TextMatches {
    let mut matches = TextMatches::default();
    let rows = collected.ordinals.into_iter().zip(collected.scores).zip(collected.slots);
    for ((ordinal, score), slots) in rows {
        let cost = if slots & decision.required == decision.required {
            1.0
        } else {
            let share = share(slots, worth);
            if !decision.relaxed || share < settings.relaxed_share * decision.best_share {
                continue;
            }
            share.powf(settings.missing_cost)
        };
        matches.ordinals.push(ordinal);
        matches.scores.push(score * cost);
    }
    matches.rung = match (matches.ordinals.is_empty(), decision.complete == matches.ordinals.len()) {
        (true, _) => Rung::Meaning,
        (false, true) => Rung::AllWords,
        (false, false) => Rung::SomeWords,
    };
    matches
}
