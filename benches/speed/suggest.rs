//! Suggestions while typing, over the running server and the generated shop: every beginning of what
//! shoppers type, some of it misspelt, some by shoppers with searches and purchases of their own.

use serde_json::json;

use crate::bars::Bars;
use crate::generated::{Shop, misspelt, query, seeded};
use crate::http::{Request, Server, escaped};
use crate::load::{measure, quantile};

/// Requests that count, of every row.
const REQUESTS: usize = 10_000;
/// Shoppers the server knows.
const SHOPPERS: usize = 20;
const P99_MS: f64 = 2.0;

/// Serves, measures and judges.
pub(crate) fn run(shop: &Shop, bars: &mut Bars) -> anyhow::Result<()> {
    let server = Server::start(shop.data())?;
    introduce(&server, shop.products)?;
    println!("  {REQUESTS} requests a row over 1 connection; server ms");
    println!("    {:<28} {:>7} {:>7} {:>7} {:>10}", "", "p50", "p99", "p99.9", "requests/s");
    let mut all: Vec<f64> = Vec::new();
    for (name, requests) in rows(shop.products) {
        let measured = measure(&server, &requests, 1, REQUESTS)?;
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| quantile(&measured.server, share));
        println!("    {name:<28} {p50:>7.3} {p99:>7.3} {p999:>7.3} {:>10.0}", measured.rate);
        all.extend(measured.server);
    }
    all.sort_unstable_by(f64::total_cmp);
    bars.under("suggest p99, all rows, server time", quantile(&all, 0.99), P99_MS, "ms");
    Ok(())
}

/// Purchases and searches of every shopper.
fn introduce(server: &Server, products: usize) -> anyhow::Result<()> {
    let connection = server.connect();
    for shopper in 0..SHOPPERS {
        let user = format!("bench-{shopper}");
        let mut random = seeded(9, shopper as u64);
        let mut bought = || format!("p{}", random.below(products as u64));
        let mut events = vec![json!({"type": "purchase", "user_id": user, "order_id": user,
            "products": [{"id": bought()}, {"id": bought()}]})];
        let searches =
            (0..5).map(|n| json!({"type": "search", "user_id": user, "query": query(shopper * 5 + n, products)}));
        events.extend(searches);
        connection.tell(&events)?;
    }
    Ok(())
}

/// Every beginning of many queries; `change` misspells them, `more` goes behind the address.
fn beginnings(products: usize, change: impl Fn(&str, usize) -> String, more: impl Fn(usize) -> String) -> Vec<Request> {
    let queries = (0..400).map(|n| (n, change(&query(n, products), n)));
    let asked = queries.flat_map(|(n, query)| {
        let more = more(n);
        let starts = (1..=query.len()).filter(|&end| query.is_char_boundary(end));
        starts.map(|end| Request::Get(format!("/v1/suggest?q={}{more}", escaped(&query[..end])))).collect::<Vec<_>>()
    });
    asked.collect()
}

fn rows(products: usize) -> Vec<(&'static str, Vec<Request>)> {
    let nobody = |_| String::new();
    let somebody = |n: usize| format!("&user_id=bench-{}", n % SHOPPERS);
    let plain = |query: &str, _| query.to_owned();
    vec![
        ("typed by strangers", beginnings(products, plain, nobody)),
        ("  misspelt", beginnings(products, misspelt, nobody)),
        ("typed by known shoppers", beginnings(products, plain, somebody)),
        ("nothing typed", (0..SHOPPERS).map(|n| Request::Get(format!("/v1/suggest?q={}", somebody(n)))).collect()),
    ]
}
