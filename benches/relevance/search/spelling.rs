//! Spelling: what is suggested for real queries that a large web search engine corrected, by kind of
//! slip, and what correcting is worth to the judged ones. What that engine suggested is no gold
//! standard: some of it changes brand or meaning, so accuracy cannot reach 1.

use std::collections::HashMap;
use std::path::Path;

use strsim::osa_distance;
use tastemaker_index::Engine;
use tastemaker_index::engine::RequestContext;
use tastemaker_index::eval::{Gain, JudgedQuery, Judgements, Metric};
use tastemaker_index::query::SearchQuery;

use super::home_depot;
use crate::figure::{Bar, Figure};
use crate::indexed::csv_lines;
use crate::suite::{Bench, Failure, Outcome};

/// How far an accuracy may fall below the baseline.
const TOLERANCE: f64 = 0.01;
/// How many products of a ranking are looked at.
const DEPTH: usize = 10;

/// What differs between a query and its correction.
const CLASSES: [&str; 4] = ["blank only", "one edit", "two edits", "other"];

/// The place of a pair in [`CLASSES`]: blanks aside, letters put in, left out, replaced or swapped.
fn class(query: &str, corrected: &str) -> usize {
    let joined = |text: &str| text.split_whitespace().collect::<String>();
    match osa_distance(&joined(query), &joined(corrected)) {
        0 => 0,
        _ => (osa_distance(query, corrected)).min(3),
    }
}

fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let Some([spelling]) = bench.files(["home-depot/spelling.csv"]) else { return Ok(Outcome::NotRun) };
    let Some((indexed, judgements)) = home_depot::load(bench)? else { return Ok(Outcome::NotRun) };
    let pairs = pairs(&spelling)?;
    println!("suite search/spelling: {} pairs, {} judged queries", pairs.len(), judgements.queries.len());
    let mut figures = accuracy(&indexed.engine, &pairs)?;
    figures.extend(worth(&indexed.engine, &judgements, &pairs)?);
    Ok(bench.report(&figures))
}

/// What each query was corrected to.
fn pairs(path: &Path) -> Result<HashMap<String, String>, Failure> {
    csv_lines::<(String, String, u8)>(path)?.map(|row| row.map(|(query, corrected, _)| (query, corrected))).collect()
}

fn search(engine: &Engine, query: &str, correct: bool) -> Result<(Option<String>, Vec<String>), Failure> {
    let asked = SearchQuery { query: query.to_owned(), per_page: DEPTH, correct, ..SearchQuery::default() };
    let answer = engine.search(&asked, &RequestContext::default())?;
    Ok((answer.corrected_query, answer.hits.into_iter().map(|hit| hit.id).collect()))
}

/// The share of pairs in which the same is suggested, by class; the share left as typed; and the share
/// of the corrections that would be changed again, although they are right.
fn accuracy(engine: &Engine, pairs: &HashMap<String, String>) -> Result<Vec<Figure>, Failure> {
    let mut right: [Vec<f64>; CLASSES.len()] = Default::default();
    let (mut untouched, mut harmed) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
    let mut ordered: Vec<_> = pairs.iter().collect();
    ordered.sort_unstable();
    for (query, corrected) in ordered {
        let (suggested, _) = search(engine, query, true)?;
        untouched.push(f64::from(u8::from(suggested.is_none())));
        harmed.push(f64::from(u8::from(search(engine, corrected, true)?.0.is_some())));
        let suggested = plain(suggested.as_deref().unwrap_or(query));
        right[class(query, corrected)].push(f64::from(u8::from(suggested == plain(corrected))));
    }
    let all = Figure::mean("accuracy, all", right.concat());
    let by_class = CLASSES.iter().zip(right).map(|(name, right)| {
        let name = format!("{name}, {}", right.len());
        Figure::mean(name, right)
    });
    let mut figures: Vec<Figure> = std::iter::once(all).chain(by_class).collect();
    figures.iter_mut().for_each(|figure| figure.tolerance = Some(TOLERANCE));
    figures.push(Figure::mean("left as typed", untouched));
    figures.push(Figure::mean("right ones changed", harmed));
    Ok(figures)
}

/// nDCG@10 of the judged queries that have a correction, with correcting off and on; and the share of
/// the other judged queries that is changed. Many of those are misspelt too, only nobody says so.
fn worth(engine: &Engine, judgements: &Judgements, pairs: &HashMap<String, String>) -> Result<Vec<Figure>, Failure> {
    let ndcg = |judged: &JudgedQuery, ranked: &[String]| Metric::Ndcg(DEPTH).of(judged, ranked, Gain::Linear);
    let (mut off, mut on, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for judged in &judgements.queries {
        let (suggested, corrected) = search(engine, &judged.query, true)?;
        if !pairs.contains_key(&judged.query) {
            changed.push(f64::from(u8::from(suggested.is_some())));
            continue;
        }
        let (_, typed) = search(engine, &judged.query, false)?;
        if let (Some(without), Some(with)) = (ndcg(judged, &typed), ndcg(judged, &corrected)) {
            off.push(without);
            on.push(with);
        }
    }
    let off = Figure::mean("misspelt nDCG@10, off", off);
    let on = Figure { tolerance: Some(TOLERANCE), ..Figure::mean("misspelt nDCG@10, on", on) };
    let gain = Figure { bar: Some(Bar::AtLeast(1.15)), ..Figure::number("on over off", on.mean / off.mean) };
    let changed = Figure::mean("others changed", changed);
    Ok(vec![off, on, gain, changed])
}
