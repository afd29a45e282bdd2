//! Everyday queries on six made-up shops, as shoppers type them, with what they would expect. Prints the
//! share that passes, by kind and by shop. `--html FILE` also writes a page to be read: every query with its
//! first hits and why they are there, and every row of recommendations of sixty products of the demo shop.

mod expect;
mod html;
mod rows;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::engine::RequestContext;
use tastemaker_index::feed::{self, FeedContext};
use tastemaker_index::hit::SearchAnswer;
use tastemaker_index::product::Product;
use tastemaker_index::query::SearchQuery;

use crate::figure::Figure;
use crate::indexed::{Indexed, index, json_lines};
use crate::suite::{Bench, Failure, Outcome};
use expect::Judged;

/// The shops: name, catalogue, language of its texts.
const SHOPS: [(&str, &str, &str); 6] = [
    ("demo", "demo.jsonl", "en"),
    ("fashion", "fashion.csv", "en"),
    ("grocery", "grocery.tsv", "en"),
    ("electronics", "electronics.jsonl", "en"),
    ("home", "home.jsonl", "en"),
    ("german", "german.jsonl", "de"),
];
/// Hits a page, as the checker asks for.
const HITS: usize = 10;
/// The build's time; the shops' feeds were written before it.
const NOW: &str = "2026-11-30T00:00:00Z";

/// One query, its answer, and what is wrong with it.
struct Asked {
    judged: Judged,
    answer: SearchAnswer,
    faults: Vec<String>,
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let queries = bench.shared("queries");
    if !queries.join("catalogues").is_dir() {
        println!("suite shoppers: not run, DATA is not at {}", queries.display());
        return Ok(Outcome::NotRun);
    }
    let mut asked = Vec::new();
    for (shop, catalogue, language) in SHOPS {
        let indexed = open(bench, &queries.join("catalogues").join(catalogue), language)?;
        for judged in json_lines::<Judged>(&queries.join(format!("{shop}.queries.jsonl")))? {
            asked.push(ask(&indexed.engine, judged?)?);
        }
    }
    println!("suite shoppers: {} queries on {} shops", asked.len(), SHOPS.len());
    for asked in asked.iter().filter(|asked| !asked.faults.is_empty()) {
        let Judged { shop, kind, query, .. } = &asked.judged;
        println!("  fails: {shop} [{kind}] `{query}`: {}", asked.faults.join("; "));
    }
    if let Some(file) = bench.options.html.clone() {
        let rows = rows::of_the_demo(bench)?;
        std::fs::write(&file, html::page(&asked, &rows))?;
        println!("  written: {}", file.display());
    }
    Ok(bench.report(&figures(&asked)))
}

/// Builds one shop's generation without any event.
fn open(bench: &Bench, catalogue: &Path, language: &str) -> Result<Indexed, Failure> {
    let now: Timestamp = NOW.parse()?;
    let reading = FeedContext { currency: Some("EUR".parse()?), now };
    let (_, mut feed) = feed::open(std::fs::File::open(catalogue)?, None, reading)?;
    let mut products: Vec<Product> = Vec::new();
    while let Some(row) = feed.next_row()? {
        products.push(row.map_err(|bad| format!("{}: {bad}", catalogue.display()))?);
    }
    let mut settings = bench.config.reindex.build.clone();
    settings.text.language = serde_json::from_value(language.into())?;
    index(bench, products.into_iter().map(Ok), std::iter::empty(), &settings, now)
}

fn ask(engine: &Engine, judged: Judged) -> Result<Asked, Failure> {
    let query = SearchQuery {
        query: judged.query.clone(),
        lang: judged.lang.clone(),
        sort: judged.sort.clone(),
        group: engine.settings().group,
        per_page: HITS,
        personalize: false,
        explain: true,
        ..SearchQuery::default()
    };
    let answer = engine.search(&query, &RequestContext::default())?;
    let faults = judged.faults(&answer);
    Ok(Asked { judged, answer, faults })
}

/// The share of queries that pass: of all, of each kind, of each shop.
fn figures(asked: &[Asked]) -> Vec<Figure> {
    let passed = |asked: &Asked| f64::from(u8::from(asked.faults.is_empty()));
    let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for asked in asked {
        for name in [format!("kind {}", asked.judged.kind), format!("shop {}", asked.judged.shop)] {
            groups.entry(name).or_default().push(passed(asked));
        }
    }
    let all = Figure { tolerance: Some(0.01), ..Figure::mean("pass", asked.iter().map(passed).collect()) };
    let of_group = |(name, values): (String, Vec<f64>)| {
        let count = values.len();
        Figure::mean(format!("{name} ({count})"), values)
    };
    std::iter::once(all).chain(groups.into_iter().map(of_group)).collect()
}
