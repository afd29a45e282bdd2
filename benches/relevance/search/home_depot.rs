//! Titles of a home improvement shop and what people who rated real queries
//! thought of them. Published figures are of the same queries over the whole
//! catalogue with descriptions, which is harder; they are no direct comparison.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tastemaker_index::eval::{Gain, JudgedQuery, Judgements};
use tastemaker_index::product::Product;

use super::{headline, measure, published, timings};
use crate::figure::Bar;
use crate::indexed::{Indexed, csv_lines, index};
use crate::suite::{Bench, Failure, Outcome};

/// What "irrelevant" is rated; the gain is what lies above.
const IRRELEVANT: f64 = 1.0;

/// The titles, indexed, and the judged queries; none without the data.
pub(crate) fn load(bench: &Bench) -> Result<Option<(Indexed, Judgements)>, Failure> {
    let files = bench.files(["home-depot/products.csv.gz", "home-depot/judgments.csv.gz"]);
    let Some([products, judgments]) = files else { return Ok(None) };
    let mut ratings: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    for line in csv_lines::<(String, String, f64)>(&judgments)? {
        let (query, product, relevance) = line?;
        ratings.entry(query).or_default().push((product, relevance - IRRELEVANT));
    }
    let every = bench.options.sample;
    let queries = ratings.into_iter().step_by(every).map(|(query, ratings)| JudgedQuery::new(query, ratings));
    let judgements = Judgements { queries: queries.collect() };
    let product = |(id, title)| Product { id, title, ..Product::default() };
    let products = csv_lines::<(String, String)>(&products)?.map(|row| row.map(product));
    let build = &bench.config.reindex.build;
    let indexed = index(bench, products, std::iter::empty(), build, Timestamp::UNIX_EPOCH)?;
    Ok(Some((indexed, judgements)))
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let Some((indexed, judgements)) = load(bench)? else { return Ok(Outcome::NotRun) };
    println!("suite search/home-depot: {} products, gain relevance - 1", indexed.products);
    let timings = timings(&indexed);
    let mut figures = measure(&indexed.engine, &judgements, Gain::Linear)?;
    headline(&mut figures, Bar::AtLeast(0.42));
    published(&mut figures, "text only nDCG@10", "BM25, these titles: 0.379; other catalogue: 0.170 to 0.218");
    published(&mut figures, "text only MRR@10", "BM25, these titles: 0.493; other catalogue: 0.261 to 0.318");
    published(&mut figures, "vector only nDCG@10", "other catalogue: 0.237, tuned 0.276");
    published(&mut figures, "vector only MRR@10", "other catalogue: 0.331, tuned 0.382");
    published(&mut figures, "hybrid nDCG@10", "other catalogue: 0.251 to 0.279");
    published(&mut figures, "hybrid MRR@10", "other catalogue: 0.342 to 0.383");
    figures.extend(timings);
    Ok(bench.report(&figures))
}
