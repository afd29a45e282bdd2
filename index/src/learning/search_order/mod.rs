//! Trains the search order: LambdaMART over the features of [`crate::rank::features`], from judged queries and
//! from clicks.
//!
//! Every query is held out once and measured against the linear score on the same candidates. A forest trained
//! on all queries ships if its nDCG@10 on held-out queries is surely above that of the linear score. The reindex
//! and the benchmarks train through this code.

mod clicks;
mod settings;
mod training_query;
mod validate;

pub use clicks::with_clicks;
pub use settings::{GainName, LearnSettings};
pub use training_query::{TrainingQuery, training_queries};
pub use validate::{HeldOut, cross_validate};

use crate::engine::Engine;
use crate::error::Result;
use crate::eval::{GainInterval, Judgements, paired_interval};
use crate::rank::learned::{SearchOrderModel, ValidationFigures};
use crate::trees::BoostSettings;

/// With fewer queries than this, trees are few and small and the score stays near the linear one.
const FEW_QUERIES: usize = 500;

/// The result of [`train`].
#[derive(Debug)]
pub struct TrainedOrder {
    /// The model, if it is surely better.
    pub model: Option<SearchOrderModel>,
    /// The decision with its figures, one line for the operator.
    pub line: String,
}

/// The parameters of the trees for a number of queries.
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

/// Trains on judgements by an engine over the generation to be published.
///
/// # Errors
/// As [`Engine::search`].
pub fn train(engine: &Engine, judgements: &Judgements, settings: &LearnSettings) -> Result<TrainedOrder> {
    let queries = training_queries(engine, judgements, settings.gain.into())?;
    let useful = queries.iter().filter(|query| query.ideal > 0.0).count();
    if useful < settings.min_queries {
        let line = format!(
            "ranking stays linear: {useful} judged queries have a relevant product, {} are needed to learn",
            settings.min_queries
        );
        return Ok(TrainedOrder { model: None, line });
    }
    let boost = boost(useful, settings.seed);
    let held_out = cross_validate(&queries, settings.folds, settings.gain.into(), &boost);
    let (measured, ships) = decide(&held_out, settings.seed)?;
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
        let all: Vec<&TrainingQuery> = queries.iter().collect();
        SearchOrderModel { forest: validate::fit(&all, &boost), measured }
    });
    Ok(TrainedOrder { model, line })
}

/// The figures of a cross-validation, and true if the gain is sure.
fn decide(held_out: &HeldOut, seed: u64) -> Result<(ValidationFigures, bool)> {
    let interval = gain(held_out, seed)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let measured = ValidationFigures {
        queries: held_out.linear.len(),
        linear: mean(&held_out.linear),
        learned: mean(&held_out.learned),
        gain_low: interval.low,
        gain_high: interval.high,
    };
    Ok((measured, interval.is_sure_gain()))
}

/// The interval of the gain on held-out queries.
///
/// # Errors
/// [`crate::Error::Invalid`] if no query was measured.
pub fn gain(held_out: &HeldOut, seed: u64) -> Result<GainInterval> {
    paired_interval(&held_out.linear, &held_out.learned, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 queries at .5 in linear order, and at `.5 + by` with some noise in learned order.
    fn held_out(by: f64) -> HeldOut {
        let noise = |query: usize| if query.is_multiple_of(2) { 0.1 } else { -0.1 };
        HeldOut { linear: vec![0.5; 40], learned: (0..40).map(|query| 0.5 + by + noise(query)).collect() }
    }

    #[test]
    fn only_a_sure_gain_ships() -> Result<()> {
        assert!(decide(&held_out(0.1), 1)?.1);
        assert!(!decide(&held_out(0.0), 1)?.1, "as good is not better");
        assert!(!decide(&held_out(0.02), 1)?.1, "a gain within chance");
        assert!(!decide(&held_out(-0.1), 1)?.1, "worse");
        assert!((decide(&held_out(0.1), 1)?.0.learned - 0.6).abs() < 1e-9);
        Ok(())
    }
}
