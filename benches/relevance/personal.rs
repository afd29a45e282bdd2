//! Does knowing the shopper improve the ranking of a query? Real shoppers, the
//! product each bought last, and the words of its category as the query. The
//! product's own build learns from all but the last two purchases of everybody;
//! the profile holds what the shopper bought before the one to be foreseen; the
//! same query is ranked with and without it, all else equal.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::time::Instant;

use tastemaker_index::Engine;
use tastemaker_index::engine::{RequestContext, Shopper};
use tastemaker_index::query::SearchQuery;
use tastemaker_index::random::SplitMix64;

use crate::figure::{Bar, Figure};
use crate::indexed::csv_lines;
use crate::options::Split;
use crate::sequences::{self, Shoppers, ndcg};
use crate::suite::{Bench, Failure, Outcome};

/// How deep the product bought is looked for.
const DEPTH: usize = 1000;
/// Most are found on this page, which is much cheaper than [`DEPTH`] hits.
const FIRST_PAGE: usize = 100;

/// The place of the product bought, from 1, without and with the shopper.
#[derive(Debug, Clone, Copy)]
struct Ranks {
    without: Option<usize>,
    with: Option<usize>,
}

/// One query of one shopper, and what was bought.
struct Request {
    user: u32,
    query: String,
    item: String,
}

impl Request {
    /// The requests of a split, every `every`-th of them.
    fn read(path: &Path, split: Split, every: usize) -> Result<Vec<Self>, Failure> {
        let mut requests = Vec::new();
        for line in csv_lines::<(String, u32, String, String)>(path)? {
            let (of, user, query, item) = line?;
            if of == split.name() {
                requests.push(Self { user, query, item });
            }
        }
        Ok(requests.into_iter().step_by(every).collect())
    }
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let names =
        ["amazon-sequences/Beauty.txt", "amazon-sequences/Beauty_items.jsonl.gz", "personal-search/Beauty.csv.gz"];
    let Some([sequences, items, requests]) = bench.files(names) else { return Ok(Outcome::NotRun) };
    let shoppers = Shoppers::read(&sequences)?;
    let split = bench.options.split;
    let requests = Request::read(&requests, split, bench.options.sample)?;
    let indexed = shoppers.learnt(bench, &items)?;
    println!(
        "suite personal, {}: {} products, {} purchases learnt from, {} requests",
        split.name(),
        indexed.products,
        indexed.events,
        requests.len()
    );
    let mut settings = bench.config.search.clone();
    settings.limits.per_page = settings.limits.per_page.max(DEPTH);
    let engine = indexed.engine.with_settings(settings)?;
    let started = Instant::now();
    let ranks = rank_all(&engine, &shoppers, &requests, split)?;
    println!("ranked in {:.1} s", started.elapsed().as_secs_f64());
    let figures = figures(&ranks, split);
    Ok(bench.report(&figures))
}

/// Ranks every request on all cores.
fn rank_all(engine: &Engine, shoppers: &Shoppers, requests: &[Request], split: Split) -> Result<Vec<Ranks>, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let part = requests.len().div_ceil(threads).max(1);
    let found: Vec<Result<Vec<Ranks>, String>> = std::thread::scope(|scope| {
        let ranked = |part| move || rank_part(engine, shoppers, part, split).map_err(|error| error.to_string());
        let running: Vec<_> = requests.chunks(part).map(|part| scope.spawn(ranked(part))).collect();
        let gone = || Err("a thread gave up".to_owned());
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| gone())).collect()
    });
    let parts: Result<Vec<Vec<Ranks>>, String> = found.into_iter().collect();
    Ok(parts?.concat())
}

fn rank_part(engine: &Engine, shoppers: &Shoppers, requests: &[Request], split: Split) -> Result<Vec<Ranks>, Failure> {
    // Without a shopper the answer depends on the query alone.
    let mut neutral: HashMap<&str, HashMap<String, usize>> = HashMap::new();
    let mut ranks = Vec::with_capacity(requests.len());
    for Request { user, query, item } in requests {
        if !neutral.contains_key(query.as_str()) {
            let ids = ids(engine, query, DEPTH, None)?;
            neutral.insert(query, ids.into_iter().enumerate().map(|(at, id)| (id, at + 1)).collect());
        }
        let shopper = sequences::shopper(engine, &user.to_string(), shoppers.before(*user, split)?)?;
        let place = |ids: Vec<String>| ids.iter().position(|id| id == item).map(|at| at + 1);
        let with = match place(ids(engine, query, FIRST_PAGE, Some(&shopper))?) {
            None => place(ids(engine, query, DEPTH, Some(&shopper))?),
            found => found,
        };
        ranks.push(Ranks { without: neutral[query.as_str()].get(item).copied(), with });
    }
    Ok(ranks)
}

fn ids(engine: &Engine, query: &str, count: usize, shopper: Option<&Shopper>) -> Result<Vec<String>, Failure> {
    let query = SearchQuery { query: query.to_owned(), per_page: count, ..SearchQuery::default() };
    Ok(engine
        .search(&query, &RequestContext { shopper, ..RequestContext::default() })?
        .hits
        .into_iter()
        .map(|hit| hit.id)
        .collect())
}

fn figures(ranks: &[Ranks], split: Split) -> Vec<Figure> {
    let name = |text: &str| format!("{} {text}", split.name());
    let each = |value: fn(Option<usize>) -> f64, of: fn(&Ranks) -> Option<usize>| -> Vec<f64> {
        ranks.iter().map(|ranks| value(of(ranks))).collect()
    };
    let (without, with) = (each(reciprocal, |r| r.without), each(reciprocal, |r| r.with));
    let (ratio, interval) = ratio(&without, &with);
    let share = |test: fn(&Ranks) -> bool| ranks.iter().map(|ranks| f64::from(test(ranks))).collect();
    let floor = match split {
        Split::Test => "popularity in the category: 0.137",
        Split::Valid => "",
    };
    vec![
        Figure { published: floor, tolerance: Some(0.005), ..Figure::mean(name("MRR without"), without) },
        Figure { bar: Some(Bar::Wanted(0.24)), tolerance: Some(0.005), ..Figure::mean(name("MRR with"), with) },
        // Better rankings without the shopper lower it, and that is no loss: told, not judged.
        Figure { interval: Some(interval), ..Figure::number(name("MRR with / without"), ratio) },
        Figure::mean(name("NDCG@10 without"), each(ndcg_10, |r| r.without)),
        Figure { tolerance: Some(0.005), ..Figure::mean(name("NDCG@10 with"), each(ndcg_10, |r| r.with)) },
        Figure::mean(name("share better"), share(|r| place(r.with) < place(r.without))),
        Figure {
            bar: Some(Bar::WantedBelow(0.24)),
            ..Figure::mean(name("share worse"), share(|r| place(r.with) > place(r.without)))
        },
        Figure::mean(name("share the same"), share(|r| r.with == r.without)),
        Figure::mean(name("found in 1000"), share(|r| r.with.is_some())),
    ]
}

/// The place, past every other when not found.
fn place(rank: Option<usize>) -> usize {
    rank.unwrap_or(usize::MAX)
}

fn reciprocal(rank: Option<usize>) -> f64 {
    rank.map_or(0.0, |rank| 1.0 / rank as f64)
}

fn ndcg_10(rank: Option<usize>) -> f64 {
    ndcg(rank, 10)
}

/// `mean(after) / mean(before)` and its 95 % interval by the paired bootstrap.
fn ratio(before: &[f64], after: &[f64]) -> (f64, (f64, f64)) {
    const ROUNDS: usize = 2000;
    let of = |pairs: &mut dyn Iterator<Item = usize>| {
        let (before, after) = pairs.fold((0.0, 0.0), |(b, a), at| (b + before[at], a + after[at]));
        after / before
    };
    let mut random = SplitMix64::new(20_260_801);
    let count = before.len();
    let mut drawn: Vec<f64> = (0..ROUNDS).map(|_| of(&mut (0..count).map(|_| random.below(count)))).collect();
    drawn.sort_by(f64::total_cmp);
    (of(&mut (0..count)), (drawn[ROUNDS / 40], drawn[ROUNDS - 1 - ROUNDS / 40]))
}
