//! The shop the suites run on: the chorus catalogue in the native feed with made-up
//! shoppers, or the fixture shop when that data is absent.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::read::MultiGzDecoder;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use tastemaker_index::event::Event;

use crate::random::nth;

/// Shoppers whose orders the generation learns from.
const SHOPPERS: u64 = 2_000;
const ORDERS: u64 = 3;
const BASKET: u64 = 3;

/// A catalogue, what was bought, and what is searched for.
pub(crate) struct Shop {
    /// Where everything lies; removed at the end.
    pub(crate) folder: tempfile::TempDir,
    /// Said above every table.
    pub(crate) described: String,
    /// Whether the bars apply: they are set for the public catalogue.
    pub(crate) public: bool,
    /// The native feed.
    pub(crate) feed: PathBuf,
    /// What shoppers did before the build.
    pub(crate) events: Vec<Event>,
    /// Product ids grouped by brand, in the order of the feed.
    pub(crate) brands: Vec<Vec<String>>,
    /// Judged queries.
    pub(crate) queries: Vec<String>,
    /// Two or three words of a title each, so that few requests repeat.
    pub(crate) title_words: Vec<String>,
}

impl Shop {
    /// Reads the public data, or the fixtures.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let data = std::env::var_os("TASTEMAKER_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
        let chorus = data.join("chorus");
        let public = chorus.join("products.jsonl.gz").exists();
        let folder = tempfile::tempdir()?;
        let feed = folder.path().join("feed.jsonl");
        let source: Box<dyn BufRead> = if public {
            Box::new(BufReader::new(MultiGzDecoder::new(open(&chorus.join("products.jsonl.gz"))?)))
        } else {
            println!("chorus is not in {}: the fixture shop stands in, and bars are skipped", data.display());
            Box::new(BufReader::new(open(&root.join("fixtures/shop/products.jsonl"))?))
        };
        let mut out = BufWriter::new(File::create(&feed)?);
        let (mut brands, mut title_words) = (Vec::<(String, Vec<String>)>::new(), Vec::new());
        let mut places = std::collections::HashMap::new();
        for line in source.lines() {
            let mut product: Map<String, Value> = serde_json::from_str(&line?).context("a product")?;
            if public {
                product = native(product);
            }
            writeln!(out, "{}", serde_json::to_string(&product)?)?;
            let text = |key: &str| product.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let place = *places.entry(text("brand")).or_insert_with(|| {
                brands.push((text("brand"), Vec::new()));
                brands.len() - 1
            });
            brands[place].1.push(text("id"));
            title_words
                .push(text("title").split_whitespace().skip(1).take(2 + place % 2).collect::<Vec<_>>().join(" "));
        }
        out.flush()?;
        let brands: Vec<Vec<String>> = brands.into_iter().map(|(_, ids)| ids).collect();
        let judged = if public { chorus.join("judgments.csv") } else { root.join("fixtures/shop/judgments.csv") };
        let events = if public {
            made_up(&brands)?
        } else {
            let lines = BufReader::new(open(&root.join("fixtures/shop/events.ndjson"))?).lines();
            lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<anyhow::Result<_>>()?
        };
        let name = if public { "chorus with made-up shoppers" } else { "FIXTURE SHOP, chorus is absent" };
        let described = format!("{name}, {} products, {} events", title_words.len(), events.len());
        title_words.retain(|words| !words.is_empty());
        Ok(Self { folder, described, public, feed, events, brands, queries: queries(&judged)?, title_words })
    }

    /// The folder `tastemaker serve` is started on.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What a shopper of these numbers buys: products of few brands.
    pub(crate) fn basket(&self, shopper: u64, order: u64) -> Vec<&str> {
        basket(&self.brands, shopper, order)
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot open {}", path.display()))
}

/// A row of the public catalogue as the native feed says it.
fn native(mut row: Map<String, Value>) -> Map<String, Value> {
    let mut product = Map::new();
    for (theirs, ours) in [
        ("id", "id"),
        ("title", "title"),
        ("short_description", "description"),
        ("supplier", "brand"),
        ("price", "price"),
        ("name", "mpn"),
        ("date_released", "released_at"),
        ("img_500x500", "image"),
    ] {
        if let Some(value) = row.remove(theirs).filter(|value| !value.is_null()) {
            product.insert(ours.to_owned(), value);
        }
    }
    if let Some(code) = row.get("ean").and_then(|codes| codes.get(0)).filter(|code| code.is_string()) {
        product.insert("gtin".to_owned(), code.clone());
    }
    product.insert("currency".to_owned(), json!("USD"));
    let mut attributes = Map::new();
    for (name, value) in row {
        if let Some(name) = ["attr_t_", "attr_n_", "attr_b_"].iter().find_map(|prefix| name.strip_prefix(prefix)) {
            attributes.entry(name).or_insert(value);
        }
    }
    product.insert("attributes".to_owned(), Value::Object(attributes));
    product
}

/// Distinct queries of a judged file, in its order.
fn queries(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut queries = Vec::new();
    for row in csv::Reader::from_reader(open(path)?).records() {
        let query = row?.get(0).unwrap_or_default().to_owned();
        if !queries.contains(&query) {
            queries.push(query);
        }
    }
    Ok(queries)
}

/// Orders of shoppers who each keep to a few brands.
fn made_up(brands: &[Vec<String>]) -> anyhow::Result<Vec<Event>> {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let mut events = Vec::new();
    for shopper in 0..SHOPPERS {
        for order in 0..ORDERS {
            let products: Vec<Value> = basket(brands, shopper, order).iter().map(|id| json!({"id": id})).collect();
            events.push(serde_json::from_value(json!({
                "message_id": format!("made-up-{shopper}-{order}"), "type": "purchase",
                "user_id": format!("made-up-{shopper}"), "order_id": format!("order-{shopper}-{order}"),
                "time": start.checked_add((shopper as i64 * 60 + order as i64 * 200_000).seconds())?,
                "products": products,
            }))?);
        }
    }
    Ok(events)
}

fn basket(brands: &[Vec<String>], shopper: u64, order: u64) -> Vec<&str> {
    let brand = &brands[(nth(shopper) % brands.len() as u64) as usize];
    let other = &brands[(nth(shopper ^ 0xFF_FFFF) % brands.len() as u64) as usize];
    let mut ids: Vec<&str> = Vec::new();
    for piece in 0..BASKET {
        let pick = nth(shopper * 1_000 + order * 10 + piece);
        let from = if pick.is_multiple_of(4) { other } else { brand };
        // The square favours the first products of a brand, as shoppers do.
        let part = ((pick >> 11) as f64 / (1_u64 << 53) as f64).powi(2);
        ids.push(&from[((from.len() as f64 * part) as usize).min(from.len() - 1)]);
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}
