//! The running server over HTTP, with shoppers it knows.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::bars::Bars;
use crate::http::{Request, Server, escaped};
use crate::load::{Measured, measure, print_header, print_row, quantile};
use crate::shop::Shop;

/// Requests that count, of every row.
const REQUESTS: usize = 4_000;
/// Shoppers with a profile, who ask in turn.
const SHOPPERS: u64 = 20;
/// Orders each of them made just before.
const ORDERS: u64 = 3;
const P99_MS: f64 = 5.0;
/// The row the bar is for.
const JUDGED: &str = "hybrid personalised";
/// The limit of every ratio.
const LIMIT: &str = "limit: /healthz";

/// Starts the server, makes shoppers known to it, and measures every kind of question.
pub(crate) fn run(shop: &Shop, bars: &mut Bars) -> anyhow::Result<()> {
    let server = Server::start(&shop.data())?;
    println!("  ready to answer {:.0} ms after the start of the process", server.ready.as_secs_f64() * 1e3);
    introduce(shop, &server)?;
    let rows = rows(shop);
    println!(
        "  {REQUESTS} requests a row after 400 for warming up; {} judged queries; {SHOPPERS} shoppers;\n  \
         client and server share the cores; server time ends before the answer is written out as JSON",
        shop.queries.len()
    );
    for connections in [1, 4] {
        print_header(connections);
        let mut limit: Option<Measured> = None;
        for (name, requests) in &rows {
            let measured = measure(&server, requests, connections, REQUESTS)?;
            print_row(name, &measured, limit.as_ref().unwrap_or(&measured));
            if *name == JUDGED && connections == 1 {
                judge(shop, &measured, bars);
            }
            limit = limit.or(Some(measured));
        }
    }
    if let Some(resident) = server.resident() {
        println!("  resident memory of the server afterwards, mapped files included: {:.0} MB", resident as f64 / 1e6);
    }
    Ok(())
}

/// Purchases of every shopper through the events API; the next search must know them.
fn introduce(shop: &Shop, server: &Server) -> anyhow::Result<()> {
    let connection = server.connect();
    for shopper in 0..SHOPPERS {
        let orders = (0..ORDERS).map(|order| {
            let products: Vec<Value> =
                shop.basket(shopper, 100 + order).iter().map(|id| json!({"id": id, "quantity": 1})).collect();
            json!({"type": "purchase", "user_id": user(shopper), "order_id": format!("bench-{shopper}-{order}"), "products": products})
        });
        connection.tell(&orders.collect::<Vec<_>>())?;
    }
    for (personalize, shopper) in (0..SHOPPERS).map(|shopper| (true, shopper)).chain([(false, 0)]) {
        let body = json!({"query": shop.queries[0], "user_id": user(shopper), "personalize": personalize}).to_string();
        let answer: Value = serde_json::from_slice(&connection.ask(&Request::Post("/v1/search", body))?)?;
        ensure!(
            answer["personalized"] == personalize,
            "asked with personalize {personalize}, {} was answered with {}",
            user(shopper),
            answer["personalized"]
        );
    }
    Ok(())
}

fn user(shopper: u64) -> String {
    format!("bench-shopper-{shopper}")
}

/// What is asked, by row; the limit first.
fn rows(shop: &Shop) -> Vec<(&'static str, Vec<Request>)> {
    let search = |queries: &[String], more: &dyn Fn(u64) -> Value| {
        let bodies = queries.iter().enumerate().map(|(turn, query)| {
            let mut body = more(turn as u64 % SHOPPERS);
            body["query"] = json!(query);
            Request::Post("/v1/search", body.to_string())
        });
        bodies.collect::<Vec<_>>()
    };
    // Every shopper asks every judged query, so that few requests are the same.
    let judged: Vec<String> = (0..SHOPPERS)
        .flat_map(|shift| shop.queries.iter().cycle().skip(shift as usize).take(shop.queries.len()).cloned())
        .collect();
    let personal = |shopper| json!({"user_id": user(shopper)});
    let faceted = |shopper| json!({"user_id": user(shopper), "facets": ["brand", "price"], "filter": "in_stock = true AND price <= 50000"});
    let refined = |shopper| {
        json!({"user_id": user(shopper), "facets": ["brand", "category", {"field": "price", "histogram": 12}],
            "refinements": {"in_stock": [true], "price": {"max": 50_000}}})
    };
    let nearest = |shopper| {
        json!({"user_id": user(shopper), "filter": "NOT distance(here) < 1km", "sort": "distance:asc,price:asc",
            "context": {"location": {"lat": 55.7, "lon": 12.6}}})
    };
    let typed = shop.queries.iter().flat_map(|query| {
        let ends = query.char_indices().map(|(at, character)| at + character.len_utf8());
        ends.map(|end| Request::Get(format!("/v1/suggest?q={}", escaped(&query[..end])))).collect::<Vec<_>>()
    });
    let placements = (0..400).map(|turn| {
        let seen = shop.basket(turn, 7)[0];
        Request::placements(&user(turn % SHOPPERS), seen)
    });
    vec![
        (LIMIT, vec![Request::Get("/healthz".to_owned())]),
        ("hybrid neutral", search(&judged, &|_| json!({}))),
        (JUDGED, search(&judged, &personal)),
        ("  + facets and filter", search(&judged, &faceted)),
        ("  + facets, refined", search(&judged, &refined)),
        ("  + distance", search(&judged, &nearest)),
        ("  of words in titles", search(&shop.title_words, &personal)),
        ("suggest", typed.collect()),
        ("recommend, 3 placements", placements.collect()),
    ]
}

fn judge(shop: &Shop, measured: &Measured, bars: &mut Bars) {
    let name = "search p99, hybrid personalised, server time, 1 connection";
    if shop.public {
        bars.under(name, quantile(&measured.server, 0.99), P99_MS, "ms");
    } else {
        bars.skip(name, "it is set for chorus");
    }
}
