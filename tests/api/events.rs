//! Events, sent alone, as a batch or as lines: each counts once, and an invalid one is rejected alone.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::Client;
use super::support::server::shared;

fn view(user: &str, message_id: &str) -> Value {
    json!({"type": "view", "user_id": user, "message_id": message_id, "products": [{"id": "st-gale"}]})
}

fn statuses(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().into_iter().flatten().filter_map(|result| result["status"].as_str()).collect()
}

fn views(shop: &Client, user: &str) -> Done<Value> {
    Ok(shop.get(&format!("/v1/profiles/{user}"), &[])?.ok()?["counts"]["view"].clone())
}

#[test]
fn every_way_to_send_events_counts_them() -> Done {
    let shop = shared()?;
    let user = "ways-shopper";
    let lines = format!("{}\n\n{}\n", view(user, "ways-4"), view(user, "ways-5"));
    let sent = [
        shop.post("/v1/events", &view(user, "ways-1"))?,
        shop.post("/v1/events", &json!([view(user, "ways-2")]))?,
        shop.post("/v1/events", &json!({"events": [view(user, "ways-3")]}))?,
        shop.send("POST", "/v1/events", "application/x-ndjson", lines.as_bytes())?,
    ];
    for reply in sent {
        let answer = reply.ok()?;
        assert_eq!(answer["accepted"], statuses(&answer).len(), "{answer}");
    }
    assert_eq!(views(&shop, user)?, 5);
    Ok(())
}

#[test]
fn an_event_without_message_id_is_given_one() -> Done {
    let event = json!({"type": "view", "anonymous_id": "named-device", "products": [{"id": "st-gale"}]});
    let answer = shared()?.post("/v1/events", &json!([event, event]))?.ok()?;
    let id = |index: usize| answer["results"][index]["message_id"].as_str().map(str::to_owned);
    assert!(id(0).is_some() && id(0) != id(1), "{answer}");
    Ok(())
}

#[test]
fn an_event_sent_again_is_counted_once() -> Done {
    let shop = shared()?;
    let twice = json!([view("again-shopper", "again-1"), view("again-shopper", "again-1")]);
    let answer = shop.post("/v1/events", &twice)?.ok()?;
    assert_eq!(statuses(&answer), ["accepted", "duplicate"]);
    let answer = shop.post("/v1/events", &twice)?.ok()?;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(2)));
    assert_eq!(views(&shop, "again-shopper")?, 1);
    Ok(())
}

#[test]
fn a_bad_event_in_a_batch_rejects_itself_only() -> Done {
    let shop = shared()?;
    let mut nobody = view("", "rejected-2");
    nobody["user_id"].take();
    let batch = json!([view("rejecting", "rejected-1"), nobody, {"type": "stare"}, view("rejecting", "rejected-3")]);
    let answer = shop.post("/v1/events", &batch)?.ok()?;
    assert_eq!(statuses(&answer), ["accepted", "rejected", "rejected", "accepted"]);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(2)));
    for (index, field) in [(1, "user_id"), (2, "type")] {
        let told = &answer["results"][index];
        assert_eq!((&told["index"], &told["code"]), (&json!(index), &json!("invalid_event")), "{told}");
        assert_eq!(told["field"], field, "{told}");
    }
    assert_eq!(views(&shop, "rejecting")?, 2);
    Ok(())
}

#[test]
fn a_bad_line_among_lines_rejects_itself_only() -> Done {
    let shop = shared()?;
    let lines = format!("{}\n{{\"type\":\n{}\n", view("lines", "lines-1"), view("lines", "lines-3"));
    let answer = shop.send("POST", "/v1/events", "application/x-ndjson", lines.as_bytes())?.ok()?;
    assert_eq!(statuses(&answer), ["accepted", "rejected", "accepted"]);
    assert_eq!(answer["results"][1]["code"], "invalid_json");
    assert_eq!(views(&shop, "lines")?, 2);
    Ok(())
}

#[test]
fn a_product_the_shop_no_longer_sells_is_kept_in_the_profile() -> Done {
    let shop = shared()?;
    shop.view("gone-shopper", &["sold-last-year"])?;
    assert_eq!(views(&shop, "gone-shopper")?, 1);
    let answer = shop.search(&json!({"query": "filter", "user_id": "gone-shopper"}))?;
    assert_eq!(answer["personalized"], false, "it says nothing about what is sold now");
    Ok(())
}
