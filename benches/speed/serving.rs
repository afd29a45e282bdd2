//! The running server over a large generated shop: what shoppers ask for with facets, a filter and a slip
//! in a word, on the pages where it is asked, alone and mixed as a shop's visitors mix it.

use serde_json::{Value, json};

use crate::bars::Bars;
use crate::generated::{Shop, basket, misspelt, product, query};
use crate::http::{Request, Server, escaped};
use crate::load::{Measured, measure, print_header, print_row, quantile};

/// What building 200,000 products may take.
const REINDEX_S: f64 = 300.0;
/// Shoppers with a profile, who ask in turn, and the orders of each.
const SHOPPERS: usize = 200;
const OWN_ORDERS: usize = 3;
/// Different requests of a row, and how many are sent.
const DIFFERENT: usize = 4_000;
const REQUESTS: usize = 6_000;
/// The rows that bars are for, and the connections.
const SEARCH: &str = "  + facets, filter, slips";
const RECOMMEND: &str = "recommend, 3 placements";
const HOME: &str = "home page";
const NAVIGATION: &str = "navigation";
const MIXED: &str = "mixed";
const CONNECTIONS: usize = 4;
/// The limit of every ratio.
const LIMIT: &str = "limit: /healthz";

/// Serves, measures and judges.
pub(crate) fn run(shop: &Shop, bars: &mut Bars) -> anyhow::Result<()> {
    if let Some(built) = shop.built {
        bars.under("reindex of the generated shop", built.as_secs_f64(), REINDEX_S, "s");
    }
    let server = Server::start(shop.data())?;
    bars.under("ready to answer after", server.ready.as_secs_f64(), 2.0, "s");
    introduce(&server, shop.products)?;
    measure_rows(&server, &rows(shop.products), &[1, CONNECTIONS, 16, 64], bars)?;
    if let Some(own) = server.anonymous() {
        let each = own as f64 / shop.products as f64;
        println!("  resident memory of the server without mapped files: {:.0} MB", own as f64 / 1e6);
        bars.under("resident memory a million products", each / 1e3, 1.5, "GB");
    }
    Ok(())
}

/// The pages that are made of recommendations, alone.
pub(crate) fn pages(shop: &Shop, bars: &mut Bars) -> anyhow::Result<()> {
    let server = Server::start(shop.data())?;
    introduce(&server, shop.products)?;
    let mut rows = rows(shop.products);
    rows.retain(|(name, _)| [LIMIT, RECOMMEND, HOME, NAVIGATION].contains(name));
    measure_rows(&server, &rows, &[1, 2, CONNECTIONS], bars)
}

fn measure_rows(
    server: &Server,
    rows: &[(&str, Vec<Request>)],
    connections: &[usize],
    bars: &mut Bars,
) -> anyhow::Result<()> {
    for &connections in connections {
        print_header(connections);
        let mut limit: Option<Measured> = None;
        for (name, requests) in rows {
            let measured = measure(server, requests, connections, REQUESTS)?;
            print_row(name, &measured, limit.as_ref().unwrap_or(&measured));
            if connections == CONNECTIONS {
                judge(name, &measured, bars);
            }
            limit = limit.or(Some(measured));
        }
    }
    Ok(())
}

fn judge(name: &str, measured: &Measured, bars: &mut Bars) {
    let at = |share| quantile(&measured.server, share);
    match name {
        SEARCH => {
            bars.under("search with facets, filter and slips, p50, 4 connections", at(0.5), 3.0, "ms");
            bars.under("search with facets, filter and slips, p99, 4 connections", at(0.99), 10.0, "ms");
        }
        RECOMMEND | HOME => {
            bars.under(&format!("{name}, p99, 4 connections"), at(0.99), 3.0, "ms");
            bars.at_least(&format!("{name}, 4 connections"), measured.rate, 2_000.0, "/s");
        }
        MIXED => bars.at_least("mixed requests, 4 connections", measured.rate, 1_000.0, "/s"),
        _ => {}
    }
}

fn user(number: usize) -> String {
    format!("bench-{}", number % SHOPPERS)
}

/// Purchases of every shopper.
fn introduce(server: &Server, products: usize) -> anyhow::Result<()> {
    let connection = server.connect();
    for shopper in 0..SHOPPERS {
        let order = |turn| {
            let bought = basket(1_000_000 + shopper * OWN_ORDERS + turn, products);
            let bought: Vec<Value> = bought.iter().map(|id| json!({"id": id})).collect();
            json!({"type": "purchase", "user_id": user(shopper), "order_id": format!("own-{shopper}-{turn}"), "products": bought})
        };
        let events: Vec<Value> = (0..OWN_ORDERS).map(order).collect();
        connection.tell(&events)?;
    }
    Ok(())
}

/// What is asked, by row; the limit first.
fn rows(products: usize) -> Vec<(&'static str, Vec<Request>)> {
    let search = |body: &dyn Fn(usize) -> Value| {
        let bodies = (0..DIFFERENT).map(|number| Request::Post("/v1/search", body(number).to_string()));
        bodies.collect::<Vec<_>>()
    };
    let personal = |number| json!({"query": query(number, products), "user_id": user(number)});
    let faceted = |number: usize| {
        let mut body = personal(number);
        body["facets"] = json!(["brand", "color", "material", {"field": "price", "histogram": 12}]);
        body["filter"] = json!(format!("in_stock = true AND price <= {}", 3_000 + number % 8 * 6_000));
        body
    };
    let slips = |number: usize| {
        let mut body = faceted(number);
        if number.is_multiple_of(4) {
            body["query"] = json!(misspelt(&query(number, products), number));
        }
        body
    };
    let typed = |number: usize, least: usize| {
        let mut typed = query(number, products);
        typed.truncate(typed.floor_char_boundary(least + number % 12));
        typed
    };
    let typing = |number| json!({"query": typed(number, 2), "typing": true, "user_id": user(number)});
    let browsing = |number: usize| {
        let (mut body, seen) = (faceted(number), product(number * 7));
        let category = seen["categories"][0].as_str().and_then(|path| path.rsplit_once(" > "));
        let filter = format!("category UNDER \"{}\" AND in_stock = true", category.unwrap_or_default().0);
        (body["query"], body["filter"]) = (json!(""), json!(filter));
        body
    };
    let suggest =
        |number: usize| Request::Get(format!("/v1/suggest?q={}&user_id={}", escaped(&typed(number, 1)), user(number)));
    let recommend = |number: usize| {
        let seen = &basket(2_000_000 + number, products)[0];
        Request::placements(&user(number), seen)
    };
    let home = |number: usize| {
        let body = json!({"user_id": user(number), "shelves": 6, "items": 10, "seed": number});
        Request::Post("/v1/home", body.to_string())
    };
    let navigation = |number: usize| {
        let body = json!({"user_id": user(number), "facets": ["brand"]});
        Request::Post("/v1/navigation", body.to_string())
    };
    // A shopper types, looks at a page of results, and then at a product.
    let mixed = |number: usize| match number % 5 {
        0 | 1 => suggest(number),
        2 | 3 => Request::Post("/v1/search", slips(number).to_string()),
        _ => recommend(number),
    };
    let all = |request: &dyn Fn(usize) -> Request| (0..DIFFERENT).map(request).collect::<Vec<_>>();
    vec![
        (LIMIT, vec![Request::Get("/healthz".to_owned())]),
        ("hybrid neutral", search(&|number| json!({"query": query(number, products)}))),
        ("hybrid personalised", search(&personal)),
        ("  + facets and filter", search(&faceted)),
        (SEARCH, search(&slips)),
        ("as you type", search(&typing)),
        ("a category page", search(&browsing)),
        ("suggest", all(&suggest)),
        (RECOMMEND, all(&recommend)),
        (HOME, all(&home)),
        (NAVIGATION, all(&navigation)),
        (MIXED, all(&mixed)),
    ]
}
