//! Tunes the constants of search by judged queries. The whole search for values is repeated with each fold held
//! out. The reported gain is that of held-out queries under values found without them; the gain of the values
//! found on all queries would be too high, because they are fitted to them.

mod climb;

use tastemaker_index::engine::{CONSTANTS, Constant, EngineSettings, RequestContext, TunedRange};
use tastemaker_index::eval::{Gain, GainInterval, Judgements, ndcg, paired_interval};
use tastemaker_index::query::SearchQuery;
use tastemaker_index::{Engine, Error, Result};
use xxhash_rust::xxh3::xxh3_64;

use climb::climb;

/// The cut of nDCG.
const DEPTH: usize = 10;

/// The parameters of tuning.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// The number of trials of each search for values, at least 1.
    pub budget: usize,
    /// The number of parts held out in turn, at least 2.
    pub folds: usize,
    /// Names or prefixes of names of the constants to tune; empty for all.
    pub names: Vec<String>,
    /// The function from ratings to gains.
    pub gain: Gain,
    /// The seed of all draws.
    pub seed: u64,
}

/// The result of tuning.
#[derive(Debug)]
pub struct Tuned {
    /// The best settings found for all judged queries.
    pub settings: EngineSettings,
    /// Mean nDCG@10 under the settings in use.
    pub before: f64,
    /// Mean nDCG@10 of held-out queries under settings found without them.
    pub after: f64,
    /// The interval of the difference.
    pub gain: GainInterval,
    /// The number of queries measured.
    pub queries: usize,
}

/// The objective that tuning maximises: nDCG@10 of each query under any settings.
pub trait Objective {
    /// The nDCG@10 of the queries with these numbers, in their order.
    ///
    /// # Errors
    /// As [`Engine::search`].
    fn measure(&mut self, settings: &EngineSettings, queries: &[usize]) -> Result<Vec<f64>>;
}

/// The tunable constants with a name that begins with one of `names`.
///
/// # Errors
/// [`Error::Invalid`] for a name that no constant begins with.
pub fn chosen(names: &[String]) -> Result<Vec<(&'static Constant, TunedRange)>> {
    let tunable = || CONSTANTS.iter().filter_map(|constant| Some((constant, constant.tried?)));
    for name in names {
        if !tunable().any(|(constant, _)| constant.name.starts_with(name.as_str())) {
            let known: Vec<&str> = tunable().map(|(constant, _)| constant.name).collect();
            return Err(Error::invalid(
                "settings",
                format!("`{name}` cannot be tuned; there are {}", known.join(", ")),
            ));
        }
    }
    let asked = |name: &str| names.is_empty() || names.iter().any(|begins| name.starts_with(begins.as_str()));
    Ok(tunable().filter(|(constant, _)| asked(constant.name)).collect())
}

/// Tunes by `keys.len()` queries; the key of a query decides its fold.
///
/// # Errors
/// [`Error::Invalid`] for too few queries, else as [`Objective::measure`].
pub fn tune(objective: &mut dyn Objective, keys: &[u64], start: &EngineSettings, tuning: &Tuning) -> Result<Tuned> {
    let constants = chosen(&tuning.names)?;
    let folds = tuning.folds.max(2) as u64;
    if keys.len() < 2 * folds as usize {
        let message = format!("{} judged queries have a relevant product; {} are needed", keys.len(), 2 * folds);
        return Err(Error::invalid("judgments", message));
    }
    let all: Vec<usize> = (0..keys.len()).collect();
    let before = objective.measure(start, &all)?;
    let mut after = before.clone();
    for fold in 0..folds {
        let (held_out, known): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&query| keys[query] % folds == fold);
        if held_out.is_empty() || known.is_empty() {
            continue;
        }
        let found = climb(objective, &known, start, &constants, tuning)?;
        for (query, value) in held_out.iter().zip(objective.measure(&found, &held_out)?) {
            after[*query] = value;
        }
    }
    let settings = climb(objective, &all, start, &constants, tuning)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    Ok(Tuned {
        settings,
        gain: paired_interval(&before, &after, tuning.seed)?,
        before: mean(&before),
        after: mean(&after),
        queries: keys.len(),
    })
}

/// The judged queries of a shop, searched in one generation in linear order.
pub struct JudgedShop {
    engine: Option<Engine>,
    judgements: Judgements,
    gain: Gain,
}

impl JudgedShop {
    /// Takes the queries with a relevant product.
    pub fn new(engine: Engine, mut judgements: Judgements, gain: Gain) -> Self {
        judgements.queries.retain(|judged| judged.ratings().into_iter().any(|rating| gain.of(rating) > 0.0));
        Self { engine: Some(engine), judgements, gain }
    }

    /// One key a query: the hash of its text.
    pub fn keys(&self) -> Vec<u64> {
        self.judgements.queries.iter().map(|judged| xxh3_64(judged.query.as_bytes())).collect()
    }
}

impl Objective for JudgedShop {
    fn measure(&mut self, settings: &EngineSettings, queries: &[usize]) -> Result<Vec<f64>> {
        let mut settings = settings.clone();
        settings.rank.learned = false;
        settings.check()?;
        let engine = self.engine.take().ok_or_else(|| Error::Refused("an earlier measurement failed".into()))?;
        let engine = self.engine.insert(engine.with_settings(settings)?);
        let value = |&query: &usize| {
            let judged = &self.judgements.queries[query];
            let query = SearchQuery { query: judged.query.clone(), per_page: DEPTH, ..SearchQuery::default() };
            let answer = engine.search(&query, &RequestContext::default())?;
            let ratings = answer.hits.iter().map(|hit| judged.rating(&hit.id).unwrap_or_default());
            Ok(ndcg(ratings, &judged.ratings(), DEPTH, self.gain).unwrap_or_default())
        };
        queries.iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An objective with known best values of title weight and fusion weight, or pure noise.
    struct KnownOptimum {
        noise: bool,
    }

    impl Objective for KnownOptimum {
        fn measure(&mut self, settings: &EngineSettings, queries: &[usize]) -> Result<Vec<f64>> {
            settings.check()?;
            let value = |&query: &usize| {
                let key = format!("{} {query}", settings.rank.vector_weight);
                let chance = (xxh3_64(key.as_bytes()) % 1000) as f64 / 1000.0;
                let title = (f64::from(settings.text.title).ln() - 6f64.ln()).abs();
                let vectors = (f64::from(settings.rank.vector_weight) - 0.6).abs();
                if self.noise { chance } else { 0.9 - 0.3 * title - 0.5 * vectors }
            };
            Ok(queries.iter().map(value).collect())
        }
    }

    fn keys(count: u64) -> Vec<u64> {
        (0..count).map(|query| xxh3_64(&query.to_le_bytes())).collect()
    }

    fn tuning() -> Tuning {
        let names = vec!["text.title".to_owned(), "rank.vector".to_owned()];
        Tuning { budget: 60, folds: 5, names, gain: Gain::Exponential, seed: 3 }
    }

    #[test]
    fn known_best_weights_are_found_and_no_others_move() -> Result<()> {
        let start = EngineSettings::default();
        let tuned = tune(&mut KnownOptimum { noise: false }, &keys(60), &start, &tuning())?;
        assert!((tuned.settings.text.title - 6.0).abs() < 0.6, "{}", tuned.settings.text.title);
        assert!((tuned.settings.rank.vector_weight - 0.6).abs() < 0.05, "{}", tuned.settings.rank.vector_weight);
        assert_eq!(tuned.settings.text.brand, start.text.brand);
        assert!(tuned.gain.low > 0.2 && tuned.after > tuned.before);
        let again = tune(&mut KnownOptimum { noise: false }, &keys(60), &start, &tuning())?;
        assert_eq!(again.settings, tuned.settings, "the same seed, the same answer");
        Ok(())
    }

    #[test]
    fn an_overfitted_value_is_no_gain() -> Result<()> {
        let start = EngineSettings::default();
        let (mut shop, keys) = (KnownOptimum { noise: true }, keys(60));
        let tuned = tune(&mut shop, &keys, &start, &tuning())?;
        let all: Vec<usize> = (0..keys.len()).collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let fitted = mean(shop.measure(&tuned.settings, &all)?) - mean(shop.measure(&start, &all)?);
        assert!(fitted > 0.04, "the noise can be fitted: {fitted}");
        assert!(tuned.gain.mean < fitted && tuned.gain.low < 0.0, "{:?} of {fitted}", tuned.gain);
        Ok(())
    }

    #[test]
    fn an_unknown_name_and_too_few_queries_are_errors() {
        let start = EngineSettings::default();
        let wrong = Tuning { names: vec!["text.titel".into()], ..tuning() };
        let error =
            tune(&mut KnownOptimum { noise: false }, &keys(60), &start, &wrong).map_err(|error| error.to_string());
        assert!(error.is_err_and(|error| error.contains("text.titel") && error.contains("text.title")));
        assert!(tune(&mut KnownOptimum { noise: false }, &keys(9), &start, &tuning()).is_err());
    }
}
