//! Learning a ranking from judged queries and from clicks, and deciding whether it is good
//! enough to serve. A ranking is measured on queries held out in turn, against
//! the linear score on the same candidates, and ships only when the lower end of
//! the interval of its gain lies above 0. `reindex` and the benchmarks learn
//! through the same code.

mod clicked;
mod lesson;
mod validate;

pub use clicked::with_clicks;
pub use lesson::{Lesson, lessons};
pub use validate::{HeldOut, cross_validate};

use serde::{Deserialize, Serialize};
use tastemaker_index::eval::{Gain, Interval, Judgements, paired_bootstrap};
use tastemaker_index::rank::learned::{BoostSettings, Measured, Model};
use tastemaker_index::{Engine, Result};

/// Draws of the bootstrap.
const ROUNDS: usize = 2000;

/// Below this many queries little is learned from each: few small trees, mostly the linear score.
const FEW_QUERIES: usize = 500;

/// When and how a ranking is learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LearnSettings {
    /// Judged queries with a relevant product that are enough to learn from, 10 to 1,000,000.
    pub min_queries: usize,
    /// Parts held out in turn, 2 to 20.
    pub folds: usize,
    /// What a rating is worth.
    pub gain: GainName,
    /// What chance depends on.
    pub seed: u64,
}

/// How ratings become gains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GainName {
    /// 2^rating - 1.
    #[default]
    Exponential,
    /// The rating itself.
    Linear,
}

impl std::str::FromStr for GainName {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        match name {
            "exponential" => Ok(Self::Exponential),
            "linear" => Ok(Self::Linear),
            _ => Err("must be exponential or linear".to_owned()),
        }
    }
}

impl From<GainName> for Gain {
    fn from(name: GainName) -> Self {
        match name {
            GainName::Exponential => Self::Exponential,
            GainName::Linear => Self::Linear,
        }
    }
}

impl Default for LearnSettings {
    fn default() -> Self {
        Self { min_queries: 50, folds: 5, gain: GainName::default(), seed: 1 }
    }
}

impl LearnSettings {
    /// Checks every value against its range; says which is wrong.
    pub fn check(&self) -> std::result::Result<(), String> {
        let ranges = [("min_queries", self.min_queries, 10, 1_000_000), ("folds", self.folds, 2, 20)];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        wrong.map_or(Ok(()), |(name, value, least, most)| {
            Err(format!("reindex.learn.{name}: {value} must lie between {least} and {most}"))
        })
    }
}

/// What learning came to.
#[derive(Debug)]
pub struct Learned {
    /// The model, when it may ship.
    pub model: Option<Model>,
    /// One line for the operator.
    pub line: String,
}

/// How trees are grown from so many queries.
pub fn boost(queries: usize, seed: u64) -> BoostSettings {
    match queries < FEW_QUERIES {
        true => BoostSettings {
            trees: 60,
            leaves: 4,
            rate: 0.05,
            min_rows: 20,
            l2: 1.0,
            feature_share: 0.3,
            base_scale: 10.0,
            seed,
            ..BoostSettings::default()
        },
        false => BoostSettings { seed, ..BoostSettings::default() },
    }
}

/// Learns from judgements by an engine over the generation to be published.
///
/// # Errors
/// What searching says.
pub fn learn(engine: &Engine, judgements: &Judgements, settings: &LearnSettings) -> Result<Learned> {
    let lessons = lessons(engine, judgements, settings.gain.into())?;
    let useful = lessons.iter().filter(|lesson| lesson.ideal > 0.0).count();
    if useful < settings.min_queries {
        let line = format!(
            "ranking stays linear: {useful} judged queries have a relevant product, {} are needed to learn",
            settings.min_queries
        );
        return Ok(Learned { model: None, line });
    }
    let boost = boost(useful, settings.seed);
    let held_out = cross_validate(&lessons, settings.folds, settings.gain.into(), &boost);
    let (measured, ships) = gate(&held_out, settings.seed)?;
    let line = format!(
        "{}: nDCG@10 {:.4} learned, {:.4} linear, on {} judged queries held out in turn; gain {:+.4} ({:+.4} to {:+.4})",
        if ships { "ranking is learned" } else { "ranking stays linear, what was learned is no sure gain" },
        measured.learned,
        measured.linear,
        measured.queries,
        measured.learned - measured.linear,
        measured.gain_low,
        measured.gain_high
    );
    let model = ships.then(|| {
        let all: Vec<&Lesson> = lessons.iter().collect();
        Model { forest: validate::fit(&all, &boost), measured }
    });
    Ok(Learned { model, line })
}

/// What was measured, and whether it is a sure gain.
fn gate(held_out: &HeldOut, seed: u64) -> Result<(Measured, bool)> {
    let interval = gain(held_out, seed)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let measured = Measured {
        queries: held_out.linear.len(),
        linear: mean(&held_out.linear),
        learned: mean(&held_out.learned),
        gain_low: interval.low,
        gain_high: interval.high,
    };
    Ok((measured, interval.low > 0.0))
}

/// The interval of what was gained on held-out queries.
///
/// # Errors
/// [`tastemaker_index::Error::Invalid`] when nothing was measured.
pub fn gain(held_out: &HeldOut, seed: u64) -> Result<Interval> {
    paired_bootstrap(&held_out.linear, &held_out.learned, ROUNDS, 0.95, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 queries at .5, and the same changed by `by` with some noise.
    fn held_out(by: f64) -> HeldOut {
        let noise = |query: usize| if query.is_multiple_of(2) { 0.1 } else { -0.1 };
        HeldOut { linear: vec![0.5; 40], learned: (0..40).map(|query| 0.5 + by + noise(query)).collect() }
    }

    #[test]
    fn only_a_sure_gain_ships() -> Result<()> {
        assert!(gate(&held_out(0.1), 1)?.1);
        assert!(!gate(&held_out(0.0), 1)?.1, "as good is not better");
        assert!(!gate(&held_out(0.02), 1)?.1, "a gain within chance");
        assert!(!gate(&held_out(-0.1), 1)?.1, "worse");
        assert!((gate(&held_out(0.1), 1)?.0.learned - 0.6).abs() < 1e-9);
        Ok(())
    }

    #[test]
    fn ranges_are_told() {
        let wrong = LearnSettings { folds: 1, ..LearnSettings::default() };
        assert!(wrong.check().is_err_and(|told| told.contains("reindex.learn.folds")));
        assert!(LearnSettings::default().check().is_ok());
    }
}
