//! Tuning: which values of the search's constants order judged queries best, and
//! whether that is more than luck. The whole search for values is repeated
//! with each fold held out; the gain told is that of the held-out queries under
//! values found without them, never that of the values found on all.

mod climb;

use tastemaker_index::engine::{CONSTANTS, Constant, EngineSettings, RequestContext, Tried};
use tastemaker_index::eval::{Gain, Interval, Judgements, ndcg, paired_bootstrap};
use tastemaker_index::query::SearchQuery;
use tastemaker_index::{Engine, Error, Result};
use xxhash_rust::xxh3::xxh3_64;

use climb::climb;

/// How deep rankings are measured.
const DEPTH: usize = 10;

/// Draws of the bootstrap.
const ROUNDS: usize = 2000;

/// What is tuned, and how long.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// Settings tried in each search for values, at least 1.
    pub budget: usize,
    /// Parts held out in turn, at least 2.
    pub folds: usize,
    /// Names or beginnings of names; empty for all.
    pub names: Vec<String>,
    /// What a rating is worth.
    pub gain: Gain,
    /// What chance depends on.
    pub seed: u64,
}

/// What tuning found.
#[derive(Debug)]
pub struct Tuned {
    /// The settings that order all judged queries best.
    pub settings: EngineSettings,
    /// Mean nDCG@10 of the held-out queries under the settings in force.
    pub before: f64,
    /// The same under settings found without them.
    pub after: f64,
    /// The interval of the difference.
    pub gain: Interval,
    /// How many queries were measured.
    pub queries: usize,
}

/// Ranks queries under any settings; nDCG@10 by query.
pub trait Ranked {
    /// The nDCG@10 of those queries, by their numbers.
    ///
    /// # Errors
    /// What searching says.
    fn measure(&mut self, settings: &EngineSettings, queries: &[usize]) -> Result<Vec<f64>>;
}

/// The constants that names ask for, of those that judged queries can decide.
///
/// # Errors
/// [`Error::Invalid`] for a name that none has.
pub fn chosen(names: &[String]) -> Result<Vec<(&'static Constant, Tried)>> {
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

/// Searches values for `keys.len()` queries, each of which has a key that decides its fold.
///
/// # Errors
/// [`Error::Invalid`] for too few queries, and what measuring says.
pub fn tune(ranked: &mut dyn Ranked, keys: &[u64], start: &EngineSettings, tuning: &Tuning) -> Result<Tuned> {
    let constants = chosen(&tuning.names)?;
    let folds = tuning.folds.max(2) as u64;
    if keys.len() < 2 * folds as usize {
        let message = format!("{} judged queries have a relevant product; {} are needed", keys.len(), 2 * folds);
        return Err(Error::invalid("judgments", message));
    }
    let all: Vec<usize> = (0..keys.len()).collect();
    let before = ranked.measure(start, &all)?;
    let mut after = before.clone();
    for fold in 0..folds {
        let (held_out, known): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&query| keys[query] % folds == fold);
        if held_out.is_empty() || known.is_empty() {
            continue;
        }
        let found = climb(ranked, &known, start, &constants, tuning)?;
        for (query, value) in held_out.iter().zip(ranked.measure(&found, &held_out)?) {
            after[*query] = value;
        }
    }
    let settings = climb(ranked, &all, start, &constants, tuning)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    Ok(Tuned {
        settings,
        gain: paired_bootstrap(&before, &after, ROUNDS, 0.95, tuning.seed)?,
        before: mean(&before),
        after: mean(&after),
        queries: keys.len(),
    })
}

/// Judged queries over one generation.
pub struct JudgedShop {
    engine: Option<Engine>,
    judgements: Judgements,
    gain: Gain,
}

impl JudgedShop {
    /// Keeps the queries with a relevant product. The linear ranking is what is tuned.
    pub fn new(engine: Engine, mut judgements: Judgements, gain: Gain) -> Self {
        judgements.queries.retain(|judged| judged.ratings().into_iter().any(|rating| gain.of(rating) > 0.0));
        Self { engine: Some(engine), judgements, gain }
    }

    /// A key a query, for its fold.
    pub fn keys(&self) -> Vec<u64> {
        self.judgements.queries.iter().map(|judged| xxh3_64(judged.query.as_bytes())).collect()
    }
}

impl Ranked for JudgedShop {
    fn measure(&mut self, settings: &EngineSettings, queries: &[usize]) -> Result<Vec<f64>> {
        let mut settings = settings.clone();
        settings.rank.learned = false;
        settings.check()?;
        let engine = self.engine.take().ok_or_else(|| Error::Refused("an earlier measurement failed".into()))?;
        let engine = self.engine.insert(engine.with_settings(settings)?);
        let value = |&query: &usize| {
            let judged = &self.judgements.queries[query];
            let asked = SearchQuery { query: judged.query.clone(), per_page: DEPTH, ..SearchQuery::default() };
            let found = engine.search(&asked, &RequestContext::default())?;
            let ratings = found.hits.iter().map(|hit| judged.rating(&hit.id).unwrap_or_default());
            Ok(ndcg(ratings, &judged.ratings(), DEPTH, self.gain).unwrap_or_default())
        };
        queries.iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shop whose best title weight and fusion weight are known; noise a query when asked for.
    struct Known {
        noise: bool,
    }

    impl Ranked for Known {
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
    fn known_best_weights_are_found_and_only_those_asked_for_move() -> Result<()> {
        let start = EngineSettings::default();
        let tuned = tune(&mut Known { noise: false }, &keys(60), &start, &tuning())?;
        assert!((tuned.settings.text.title - 6.0).abs() < 0.6, "{}", tuned.settings.text.title);
        assert!((tuned.settings.rank.vector_weight - 0.6).abs() < 0.05, "{}", tuned.settings.rank.vector_weight);
        assert_eq!(tuned.settings.text.brand, start.text.brand);
        assert!(tuned.gain.low > 0.2 && tuned.after > tuned.before);
        let again = tune(&mut Known { noise: false }, &keys(60), &start, &tuning())?;
        assert_eq!(again.settings, tuned.settings, "the same seed, the same answer");
        Ok(())
    }

    #[test]
    fn what_only_fits_the_queries_it_was_found_on_is_no_gain() -> Result<()> {
        let start = EngineSettings::default();
        let (mut shop, keys) = (Known { noise: true }, keys(60));
        let tuned = tune(&mut shop, &keys, &start, &tuning())?;
        let all: Vec<usize> = (0..keys.len()).collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let fitted = mean(shop.measure(&tuned.settings, &all)?) - mean(shop.measure(&start, &all)?);
        assert!(fitted > 0.04, "there is something to be fooled by: {fitted}");
        assert!(tuned.gain.mean < fitted && tuned.gain.low < 0.0, "{:?} of {fitted}", tuned.gain);
        Ok(())
    }

    #[test]
    fn an_unknown_name_and_too_few_queries_are_told() {
        let start = EngineSettings::default();
        let wrong = Tuning { names: vec!["text.titel".into()], ..tuning() };
        let told = tune(&mut Known { noise: false }, &keys(60), &start, &wrong).map_err(|error| error.to_string());
        assert!(told.is_err_and(|told| told.contains("text.titel") && told.contains("text.title")));
        assert!(tune(&mut Known { noise: false }, &keys(9), &start, &tuning()).is_err());
    }
}
