//! Restarts, kind ones and others: a shopper is known as before, and an event
//! sent again is known too.

use serde_json::{Value, json};

use super::support::client::Client;
use super::support::server::Server;
use super::support::{Done, demo_folder};

const SHOPPERS: usize = 8;
const PRODUCTS: [&str; 5] = ["es-duetto", "tn-larkhollow-2", "cb-yirga", "st-gale", "li-set"];

fn event(shopper: usize, n: usize) -> Value {
    json!({
        "type": if n.is_multiple_of(2) { "view" } else { "add_to_cart" },
        "message_id": format!("restart-{shopper}-{n}"),
        "user_id": format!("restart-{shopper}"),
        "products": [{"id": PRODUCTS[(shopper + n) % PRODUCTS.len()]}],
    })
}

/// What every shopper is known for, and what each finds; without what fades as time passes.
fn known(server: &Client) -> Done<Vec<Value>> {
    let mut known = Vec::new();
    for shopper in 0..SHOPPERS {
        let user = format!("restart-{shopper}");
        let mut profile = server.get(&format!("/v1/profiles/{user}"), &[])?.ok()?;
        // These fade with the clock.
        for fading in ["affinities", "in_words"] {
            profile[fading].take();
        }
        known.push(profile);
        known.push(server.search(&json!({"query": "filter", "user_id": user, "per_page": 50}))?["hits"].clone());
    }
    Ok(known)
}

#[test]
fn profiles_and_orders_survive_a_kill_and_nothing_is_counted_twice() -> Done {
    let folder = demo_folder()?;
    let mut before = None;
    for round in 0..3 {
        let server = Server::start(folder.path())?;
        if let Some(before) = &before {
            assert_eq!(&known(&server)?, before, "after kill {round}");
        }
        // Everything again, and a few more: what is known already must not count.
        for shopper in 0..SHOPPERS {
            let events: Vec<Value> = (0..4 + 2 * round).map(|n| event(shopper, n)).collect();
            let told = server.post("/v1/events", &Value::Array(events))?.ok()?;
            let new = if round == 0 { 4 } else { 2 };
            assert_eq!((&told["accepted"], &told["rejected"]), (&json!(new), &json!(0)), "{told}");
        }
        before = Some(known(&server)?);
        let counts = &server.get("/v1/profiles/restart-0", &[])?.ok()?["counts"];
        assert_eq!(counts, &json!({"view": 2 + round, "add_to_cart": 2 + round, "purchase": 0}));
        server.kill()?;
    }
    Ok(())
}

#[test]
fn events_answered_just_before_a_kill_are_there() -> Done {
    let folder = demo_folder()?;
    for round in 0..4 {
        let server = Server::start(folder.path())?;
        let told = server.post("/v1/events", &event(0, round))?.ok()?;
        assert_eq!(told["accepted"], 1);
        server.kill()?;
        let server = Server::start(folder.path())?;
        let profile = server.get("/v1/profiles/restart-0", &[])?.ok()?;
        assert_eq!(profile["interactions"], round + 1, "{profile}");
    }
    Ok(())
}

#[test]
fn a_reindex_learns_from_the_journal_while_the_server_writes_it() -> Done {
    let folder = demo_folder()?;
    let server = Server::start(folder.path())?;
    let told = server.post("/v1/events", &Value::Array((0..6).map(|n| event(1, n)).collect()))?.ok()?;
    assert_eq!(told["accepted"], 6);
    let ran = super::support::reindex(folder.path(), None, None)?.done()?;
    assert!(ran.out.contains("6 events"), "{ran:?}");
    assert_eq!(server.get("/v1/profiles/restart-1", &[])?.ok()?["interactions"], 6);
    Ok(())
}

#[cfg(unix)]
#[test]
fn asked_to_stop_it_finishes_and_ends_with_status_0() -> Done {
    let folder = demo_folder()?;
    for signal in ["TERM", "INT"] {
        let server = Server::start(folder.path())?;
        server.view("stopping", &["st-gale"])?;
        assert_eq!(server.stop(signal)?, Some(0), "SIG{signal}");
    }
    let server = Server::start(folder.path())?;
    assert_eq!(server.get("/v1/profiles/stopping", &[])?.ok()?["interactions"], 2);
    Ok(())
}
