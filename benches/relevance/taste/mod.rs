//! A shopper's taste never hides what was asked for: for every shopper of the invented shop who has a clear taste,
//! titles typed in full stay first and judged queries stay as good as without the shopper; and a taste planted in a
//! made-up shop still chooses among what fits the query equally well.

mod planted;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::engine::{RequestContext, Shopper};
use tastemaker_index::eval::{Gain, Judgements, Metric, Summary};
use tastemaker_index::event::Event;
use tastemaker_index::id::ShopperId;
use tastemaker_index::product::Product;
use tastemaker_index::profile::Profile;
use tastemaker_index::query::SearchQuery;

use crate::figure::{Bar, Figure};
use crate::indexed::{index, json_lines};
use crate::suite::{Bench, Failure, Outcome};

/// The build's time, after the last of the fixtures' events.
const NOW: &str = "2026-11-30T00:00:00Z";
/// The shoppers of the fixtures with a clear taste.
const SHOPPERS: [&str; 8] = ["trail", "brew", "pedal", "workshop", "nest", "garden", "family", "runner"];
/// The most that the nDCG@10 of the judged queries may fall for a shopper.
const MOST_LOST: f64 = 0.003;
/// The length of the rankings that are judged.
const DEPTH: usize = 50;

/// The invented shop, open.
struct Shop {
    engine: Engine,
    titles: BTreeMap<String, String>,
    events: Vec<Event>,
    judgements: Judgements,
    now: Timestamp,
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let shop = Shop::open(bench)?;
    println!("suite taste: {} products, {} shoppers", shop.titles.len(), SHOPPERS.len());
    let mut figures = shop.figures()?;
    figures.extend(planted::figures(bench)?);
    Ok(bench.report(&figures))
}

impl Shop {
    fn open(bench: &Bench) -> Result<Self, Failure> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop");
        let events: Result<Vec<Event>, Failure> = json_lines(&folder.join("events.ndjson"))?.collect();
        let products: Result<Vec<Product>, Failure> = json_lines(&folder.join("products.jsonl"))?.collect();
        let (events, products, now) = (events?, products?, NOW.parse()?);
        let titles = products.iter().map(|product| (product.id.clone(), product.title.clone())).collect();
        let settings = &bench.config.reindex.build;
        let indexed = index(bench, products.into_iter().map(Ok), events.iter().cloned(), settings, now)?;
        let judgements = Judgements::read(File::open(folder.join("judgments.csv"))?)?;
        Ok(Self { engine: indexed.engine, titles, events, judgements, now })
    }

    fn shopper(&self, name: &str) -> Shopper {
        let (user, mut profile) = (format!("shopper-{name}"), Profile::default());
        let own = self.events.iter().filter(|event| event.user_id.as_deref() == Some(&user));
        own.for_each(|event| profile.record(&ShopperId::User(user.clone()), event));
        self.engine.shopper(Arc::new(profile), self.now.as_millisecond())
    }

    /// The titles whose product is first when they are typed in full.
    fn first_titles(&self, shopper: Option<&Shopper>) -> Result<BTreeSet<&str>, Failure> {
        let mut first = BTreeSet::new();
        let titles: BTreeSet<&str> = self.titles.values().map(String::as_str).collect();
        for title in titles {
            let found = ids(&self.engine, title, 1, shopper)?;
            if found.first().and_then(|id| self.titles.get(id)).is_some_and(|found| found == title) {
                first.insert(title);
            }
        }
        Ok(first)
    }

    fn ndcg(&self, shopper: Option<&Shopper>) -> Result<Vec<f64>, Failure> {
        let rankings: Result<Vec<Vec<String>>, Failure> =
            self.judgements.queries.iter().map(|judged| ids(&self.engine, &judged.query, DEPTH, shopper)).collect();
        let pairs = self.judgements.queries.iter().zip(rankings?);
        Ok(Summary::measure(pairs, &[Metric::Ndcg(10)], Gain::Exponential).values(Metric::Ndcg(10)))
    }

    fn figures(&self) -> Result<Vec<Figure>, Failure> {
        let (neutral, first) = (self.ndcg(None)?, self.first_titles(None)?);
        let mut figures = vec![
            Figure::mean("neutral nDCG@10", neutral.clone()),
            Figure::number("neutral titles first", first.len() as f64),
        ];
        for name in SHOPPERS {
            let shopper = self.shopper(name);
            let lost = first.difference(&self.first_titles(Some(&shopper))?).count();
            let change =
                self.ndcg(Some(&shopper))?.iter().zip(&neutral).map(|(with, without)| with - without).collect();
            figures.push(Figure {
                bar: Some(Bar::Wanted(-MOST_LOST)),
                ..Figure::mean(format!("{name}: nDCG@10 change"), change)
            });
            figures.push(Figure {
                bar: Some(Bar::Below(0.5)),
                ..Figure::number(format!("{name}: titles lost"), lost as f64)
            });
        }
        Ok(figures)
    }
}

/// The ids of the first products, best first.
fn ids(engine: &Engine, query: &str, count: usize, shopper: Option<&Shopper>) -> Result<Vec<String>, Failure> {
    let query = SearchQuery { query: query.to_owned(), per_page: count, ..SearchQuery::default() };
    let answer = engine.search(&query, &RequestContext { shopper, ..RequestContext::default() })?;
    Ok(answer.hits.into_iter().map(|hit| hit.id).collect())
}
