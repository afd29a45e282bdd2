//! Consumer electronics with rich attributes and graded human judgements.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tastemaker_index::eval::{Gain, JudgedQuery, Judgements};
use tastemaker_index::product::{AttributeValue, Product};

use super::{headline, measure, published, timings};
use crate::figure::Bar;
use crate::indexed::{Indexed, csv_lines, index, json_lines};
use crate::suite::{Bench, Failure, Outcome};

/// What stands before an attribute's name: text, number, yes or no.
const PREFIXES: [&str; 3] = ["attr_t_", "attr_n_", "attr_b_"];

/// One row of the source.
#[derive(Deserialize)]
struct Row {
    id: String,
    title: String,
    name: String,
    supplier: String,
    ean: Vec<String>,
    price: i64,
    date_released: String,
    #[serde(default)]
    short_description: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl From<Row> for Product {
    fn from(row: Row) -> Self {
        let attribute = |(key, value): (String, Value)| {
            let name = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix))?;
            Some((name.to_owned(), serde_json::from_value::<AttributeValue>(value).ok()?))
        };
        let some = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        Self {
            id: row.id,
            title: row.title,
            description: row.short_description,
            brand: some(row.supplier),
            mpn: some(row.name),
            gtin: row.ean.into_iter().next().and_then(some),
            price: Some(row.price).filter(|&price| price >= 0),
            currency: Some("USD".to_owned()),
            released_at: row.date_released.parse().ok(),
            attributes: row.rest.into_iter().filter_map(attribute).collect(),
            ..Self::default()
        }
    }
}

/// Runs the suite.
pub(crate) fn run(bench: &mut Bench) -> Result<Outcome, Failure> {
    let Some((indexed, judgements)) = load(bench)? else { return Ok(Outcome::NotRun) };
    println!("suite search/chorus: {} products, gain 2^rating - 1", indexed.products);
    let [mut building, mut opening] = timings(&indexed);
    building.bar = Some(Bar::Below(60.0));
    opening.bar = Some(Bar::Below(200.0));
    let mut figures = measure(&indexed.engine, &judgements, Gain::Exponential)?;
    headline(&mut figures, Bar::Wanted(0.8));
    published(&mut figures, "text only nDCG@10", "none; plain BM25, one field: 0.738, with attributes 0.755");
    figures.extend([building, opening]);
    Ok(bench.report(&figures))
}

/// The catalogue indexed and the judged queries, where the data is there.
pub(crate) fn load(bench: &mut Bench) -> Result<Option<(Indexed, Judgements)>, Failure> {
    let Some([products, judgments]) = bench.files(["chorus/products.jsonl.gz", "chorus/judgments.csv"]) else {
        return Ok(None);
    };
    let mut queries: Vec<String> = Vec::new();
    let mut ratings: HashMap<String, Vec<(String, f64)>> = HashMap::new();
    for line in csv_lines::<(String, String, f64)>(&judgments)? {
        let (query, product, rating) = line?;
        let known = ratings.entry(query.clone()).or_default();
        if known.is_empty() {
            queries.push(query);
        }
        known.push((product, rating));
    }
    let judged = |query| {
        let ratings = ratings.remove(&query).unwrap_or_default();
        JudgedQuery::new(query, ratings)
    };
    let judgements = Judgements { queries: queries.into_iter().map(judged).collect() };
    let products = json_lines::<Row>(&products)?.map(|row| row.map(Product::from));
    let build = &bench.config.reindex.build;
    let indexed = index(bench, products, std::iter::empty(), build, Timestamp::UNIX_EPOCH)?;
    Ok(Some((indexed, judgements)))
}
