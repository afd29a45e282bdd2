//! The learned search order on judged queries held out in turn, trained by the code of the reindex: no query is
//! measured by an order that has seen it. The wanted figure is only shown; the baseline decides.

use std::time::Instant;

use tastemaker_index::eval::{Gain, Judgements};
use tastemaker_index::learning::search_order::{LearnSettings, boost, cross_validate, gain, training_queries};

use crate::figure::{Bar, Figure};
use crate::indexed::Indexed;
use crate::search;
use crate::suite::{Bench, Failure, Outcome};

/// The tolerated fall of a mean below the baseline: graphs built on several threads differ a little.
const TOLERANCE: f64 = 0.01;

/// Consumer electronics: few judged queries.
pub(crate) fn chorus(bench: &mut Bench) -> Result<Outcome, Failure> {
    match search::chorus::load(bench)? {
        Some((indexed, judgements)) => measure(bench, &indexed, &judgements, Gain::Exponential, 0.84),
        None => Ok(Outcome::NotRun),
    }
}

/// A home improvement shop: thousands of judged queries.
pub(crate) fn home_depot(bench: &mut Bench) -> Result<Outcome, Failure> {
    match search::home_depot::load(bench)? {
        Some((indexed, judgements)) => measure(bench, &indexed, &judgements, Gain::Linear, 0.48),
        None => Ok(Outcome::NotRun),
    }
}

fn measure(
    bench: &mut Bench,
    indexed: &Indexed,
    judgements: &Judgements,
    gains: Gain,
    wanted: f64,
) -> Result<Outcome, Failure> {
    let settings = LearnSettings::default();
    let started = Instant::now();
    let training = training_queries(&indexed.engine, judgements, gains)?;
    let candidates = started.elapsed().as_secs_f64();
    let queries = training.iter().filter(|query| query.ideal > 0.0).count();
    let started = Instant::now();
    let held_out = cross_validate(&training, settings.folds, gains, &boost(queries, settings.seed));
    let learning = started.elapsed().as_secs_f64() / settings.folds as f64;
    let interval = gain(&held_out, settings.seed)?;
    println!("{} queries, {} folds by query", held_out.linear.len(), settings.folds);
    println!("gain {:+.4}, 95 % interval {:+.4} to {:+.4}", interval.mean, interval.low, interval.high);
    let learned = Figure::mean("learned nDCG@10".to_owned(), held_out.learned);
    let figures = [
        Figure { tolerance: Some(TOLERANCE), bar: Some(Bar::Wanted(wanted)), ..learned },
        Figure::mean("linear nDCG@10".to_owned(), held_out.linear),
        Figure::number("candidates and features, s", candidates),
        Figure::number("learning a fold, s", learning),
    ];
    Ok(bench.report(&figures))
}
