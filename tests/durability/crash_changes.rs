//! Products changed while the server is killed again and again, a reindex beside it, some of them
//! killed too: what was acknowledged is there afterwards, in the product and in the search, and nothing
//! is there that was never asked for.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::support::client::Client;
use super::support::server::Server;
use super::support::{Done, binary, empty_folder};

const ROUNDS: u64 = 6;
/// Products changed, each by a thread of its own.
const PRODUCTS: [&str; 3] = ["anvil", "bellows", "crucible"];

/// What one product was told: the last price acknowledged, and the last one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    acknowledged: u64,
    asked: u64,
}

/// Raises a product's price step by step until the server is gone.
fn raise(shop: &Client, id: &str, mut told: Told) -> Told {
    loop {
        told.asked += 1;
        let patch = json!({"price": told.asked}).to_string();
        let answer = shop.send("PATCH", &format!("/v1/products/{id}"), "application/json", patch.as_bytes());
        match answer.and_then(|reply| reply.ok()) {
            Ok(_) => told.acknowledged = told.asked,
            Err(_) => return told,
        }
    }
}

fn price(product: &Value) -> u64 {
    product["price"].as_u64().unwrap_or_default()
}

#[test]
fn killed_at_any_moment_no_acknowledged_change_is_lost() -> Done {
    let folder = empty_folder()?;
    let feed = folder.path().join("feed.jsonl");
    let lines = PRODUCTS.iter().map(|id| json!({"id": id, "title": format!("Smith's {id}"), "price": 0}).to_string());
    std::fs::write(&feed, lines.collect::<Vec<_>>().join("\n"))?;
    super::support::reindex(folder.path(), Some(&feed), None)?.done()?;
    let mut told = PRODUCTS.map(|_| Told { acknowledged: 0, asked: 0 });
    for round in 0..ROUNDS {
        let server = Server::start(folder.path())?;
        for (id, told) in PRODUCTS.iter().zip(&mut told) {
            let kept = price(&server.get(&format!("/v1/products/{id}"), &[])?.ok()?["product"]);
            assert!((told.acknowledged..=told.asked).contains(&kept), "{id}: {kept} after {told:?}");
            let found = server.search(&json!({"query": id}))?["hits"][0].clone();
            assert_eq!((&found["id"], price(&found["product"])), (&json!(id), kept), "round {round}");
            *told = Told { acknowledged: kept, asked: kept };
        }
        let mut reindex = binary()
            .args(["reindex", "--data"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let shop: Client = Client::clone(&server);
        told = std::thread::scope(|threads| -> Done<_> {
            let shop = &shop;
            let raise = |(id, told)| threads.spawn(move || raise(shop, id, told));
            let raising: Vec<_> = PRODUCTS.into_iter().zip(told).map(raise).collect();
            std::thread::sleep(Duration::from_millis(60 + 97 * round));
            if round % 2 == 0 {
                reindex.kill()?;
            }
            if round % 3 == 0 {
                reindex.wait()?;
            }
            server.kill()?;
            reindex.wait()?;
            let mut ended = told;
            for (ended, raised) in ended.iter_mut().zip(raising) {
                *ended = raised.join().map_err(|_| "a client panicked")?;
            }
            Ok(ended)
        })?;
        assert!(told.iter().all(|told| told.acknowledged > 0), "too little was changed: {told:?}");
    }
    Ok(())
}
