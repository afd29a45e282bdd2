//! Products changed while shoppers search: a generated shop, searches alone, then the same searches
//! beside a stream of new prices and stocks, one of a hundred of them a new product or another title,
//! looked for as soon as they are acknowledged; then searches alone over what has come of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use serde_json::{Value, json};

use crate::bars::Bars;
use crate::generated::{Shop, product, query, seeded};
use crate::http::{Connection, Request, Server};
use crate::load::{measure, quantile};

/// Changes a second, from so many connections, in requests of so many.
const RATE: f64 = 1_000.0;
const STREAMS: usize = 20;
const BATCH: usize = 50;
/// Of so many requests one has a new product, and one an old one by another name.
const TURNS: usize = 4;
/// Searches that count, before and beside the changes.
const SEARCHES: usize = 10_000;
const CONNECTIONS: usize = 2;
const RATIO: f64 = 1.5;

/// Serves, measures and judges; the shop is another one afterwards.
pub(crate) fn run(shop: &Shop, bars: &mut Bars) -> anyhow::Result<()> {
    let (server, products) = (Server::start(shop.data())?, shop.products);
    let searches = searches(products);
    let began = server.processor_seconds();
    let alone = measure(&server, &searches, CONNECTIONS, SEARCHES)?;
    let searched = server.processor_seconds();
    let stop = AtomicBool::new(false);
    let (beside, told) = std::thread::scope(|threads| -> anyhow::Result<_> {
        let (server, stop) = (&server, &stop);
        let stream = move |stream| change(&server.connect(), products, stream, stop);
        let streams: Vec<_> = (0..STREAMS).map(|n| threads.spawn(move || stream(n))).collect();
        let beside = measure(server, &searches, CONNECTIONS, SEARCHES);
        stop.store(true, Ordering::Relaxed);
        let mut told = Told::default();
        for stream in streams {
            told.add(stream.join().map_err(|_| anyhow!("a stream of changes panicked"))??);
        }
        Ok((beside?, told))
    })?;
    let changed = server.processor_seconds();
    let after = measure(&server, &searches, CONNECTIONS, SEARCHES)?;
    let live: Value = serde_json::from_slice(&server.connect().ask(&Request::Get("/readyz".to_owned()))?)?;
    println!("  {SEARCHES} searches over {CONNECTIONS} connections, with facets, filter and words; client ms");
    println!("    {:<22} {:>6} {:>6} {:>6} {:>10}", "", "p50", "p95", "p99", "searches/s");
    for (name, measured) in [("alone", &alone), ("beside changes", &beside), ("alone afterwards", &after)] {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| quantile(&measured.client, share));
        println!("    {name:<22} {p50:>6.2} {p95:>6.2} {p99:>6.2} {:>10.0}", measured.rate);
    }
    println!(
        "  {} changes in {:.1} s, {:.0} a second; acknowledged after p50 {:.0} ms, p99 {:.0} ms; all {} looked for were in the next search",
        told.changes,
        told.seconds,
        told.changes as f64 / told.seconds,
        quantile(&told.acknowledged, 0.5),
        quantile(&told.acknowledged, 0.99),
        told.acknowledged.len(),
    );
    println!("  {} products of them new or by another name, found by it in the next search", live["live_products"]);
    if let (Some(began), Some(searched), Some(now)) = (began, searched, changed) {
        let more = (now - searched) - (searched - began);
        println!("  {:.2} ms of the server's processor time a change", more * 1e3 / told.changes as f64);
    }
    if let Some(resident) = server.resident() {
        println!("  resident memory of the server afterwards: {:.0} MB", resident as f64 / 1e6);
    }
    bars.at_least("changes a second, sustained", told.changes as f64 / told.seconds, RATE * 0.99, "/s");
    let ratio = quantile(&beside.client, 0.99) / quantile(&alone.client, 0.99);
    bars.under("search p99 beside changes over p99 alone", ratio, RATIO, "x");
    bars.under("a change in the next search, p99", quantile(&told.acknowledged, 0.99), 1_000.0, "ms");
    Ok(())
}

fn searches(products: usize) -> Vec<Request> {
    let asked = (0..2_000).map(|n| {
        let most = 3_000 + n % 8 * 6_000;
        json!({"query": query(n, products), "facets": ["brand", "color", "price"], "per_page": 20,
               "filter": format!("in_stock = true AND price <= {most}")})
    });
    asked.map(|body| Request::Post("/v1/search", body.to_string())).collect()
}

#[derive(Default)]
struct Told {
    changes: usize,
    seconds: f64,
    /// From sending a request to its answer, milliseconds, ascending.
    acknowledged: Vec<f64>,
}

impl Told {
    /// Another stream beside this one.
    fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.seconds = self.seconds.max(other.seconds);
        self.acknowledged.extend(other.acknowledged);
        self.acknowledged.sort_unstable_by(f64::total_cmp);
    }
}

/// Numbers without a pattern that searches could lean on.
fn mixed(number: usize) -> usize {
    seeded(8, number as u64).next() as usize
}

/// Changes products of its own at its share of the rate until told to stop, and looks for one of every request.
fn change(connection: &Connection, products: usize, stream: usize, stop: &AtomicBool) -> anyhow::Result<Told> {
    let began = Instant::now();
    let mut told = Told::default();
    while !stop.load(Ordering::Relaxed) {
        let due = began + Duration::from_secs_f64((told.changes * STREAMS) as f64 / RATE);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let ids: Vec<usize> =
            (0..BATCH).map(|n| mixed(told.changes + n + 1_000_003) % (products / STREAMS) * STREAMS + stream).collect();
        let mut operations: Vec<Value> = ids.iter().map(|id| operation(*id, told.changes)).collect();
        let turn = told.changes / BATCH;
        let named = named(turn, stream, ids[0]);
        if let Some((_, _, operation)) = &named {
            operations[0] = operation.clone();
        }
        let sent = Instant::now();
        let body = json!({"operations": operations}).to_string();
        let answer: Value = serde_json::from_slice(&connection.ask(&Request::Post("/v1/products/batch", body))?)?;
        told.acknowledged.push(sent.elapsed().as_secs_f64() * 1e3);
        ensure!(answer["done"] == BATCH, "not all changes were made: {answer}");
        let last = ids.last().context("an empty batch")?;
        let price = price(*last, told.changes);
        let seen = json!({"filter": format!("price = {price}"), "per_page": 100}).to_string();
        let found: Value = serde_json::from_slice(&connection.ask(&Request::Post("/v1/search", seen))?)?;
        let hits = found["hits"].as_array().context("no hits")?;
        ensure!(hits.iter().any(|hit| hit["id"] == format!("p{last}")), "p{last} is not found at its new price");
        if let Some((id, word, _)) = named {
            let seen = json!({"query": word, "per_page": 3}).to_string();
            let found: Value = serde_json::from_slice(&connection.ask(&Request::Post("/v1/search", seen))?)?;
            ensure!(found["hits"][0]["id"] == id, "{id} is not found as {word}: {found}");
        }
        told.changes += BATCH;
    }
    told.seconds = began.elapsed().as_secs_f64();
    Ok(told)
}

/// In some turns: the id of a product, a word that no other has, and the change that gives it to it.
fn named(turn: usize, stream: usize, id: usize) -> Option<(String, String, Value)> {
    let letters = |n: usize| (0..6).map(move |place| char::from(b'a' + (n / 26usize.pow(place) % 26) as u8));
    let word: String = "zq".chars().chain(letters(turn * STREAMS + stream)).collect();
    let id = match turn % TURNS {
        0 => format!("new{stream}-{turn}"),
        2 => format!("p{id}"),
        _ => return None,
    };
    let mut product = product(mixed(turn * STREAMS + stream));
    product["title"] = format!("{word} {}", product["title"].as_str().unwrap_or_default()).into();
    product["id"] = id.clone().into();
    let operation = json!({"op": "put", "id": id, "product": product});
    Some((id, word, operation))
}

fn price(id: usize, turn: usize) -> usize {
    500 + mixed(id + turn) % 50_000
}

fn operation(id: usize, turn: usize) -> Value {
    let product = json!({"price": price(id, turn), "stock": mixed(id + turn + 1) % 4});
    json!({"op": "patch", "id": format!("p{id}"), "product": product})
}
