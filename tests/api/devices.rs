//! One person on many devices and channels: linked by signing in, with one profile everywhere at once, and unlinked
//! again.

use serde_json::{Value, json};

use super::support::Done;
use super::support::client::{Client, ids};
use super::support::server::{Demo, shared};

const COFFEE: [&str; 4] = ["es-duetto", "gr-hand-black", "cb-yirga", "cm-pour-02"];

fn found(shop: &Client, who: &Value) -> Done<Vec<String>> {
    let mut query = json!({"query": "filter", "per_page": 50});
    for (key, value) in who.as_object().into_iter().flatten() {
        query[key] = value.clone();
    }
    Ok(ids(&shop.search(&query)?["hits"]))
}

fn views(device: &str, channel: &str) -> Value {
    let view = |product: &str| json!({"type": "view", "anonymous_id": device, "channel": channel, "products": [{"id": product}]});
    COFFEE.iter().map(|product| view(product)).collect()
}

#[test]
fn what_is_done_on_one_device_changes_the_next_search_on_another() -> Done {
    let shop = shared()?;
    let (phone, laptop) = (json!({"anonymous_id": "dev-phone"}), json!({"anonymous_id": "dev-laptop"}));
    for device in ["dev-phone", "dev-laptop"] {
        let linked = shop.post("/v1/identify", &json!({"user_id": "dev-ann", "anonymous_id": device}))?.ok()?;
        assert_eq!(linked["status"], "accepted");
    }
    let neutral = found(&shop, &json!({}))?;
    assert_eq!(found(&shop, &laptop)?, neutral);
    shop.post("/v1/events", &views("dev-phone", "app"))?.ok()?;
    let after = found(&shop, &laptop)?;
    assert_ne!(after, neutral, "the very next search");
    assert_eq!(found(&shop, &phone)?, after, "one person, one answer");
    assert_eq!(found(&shop, &json!({"user_id": "dev-ann"}))?, after);
    assert_eq!(found(&shop, &json!({"anonymous_id": "dev-stranger"}))?, neutral);
    Ok(())
}

#[test]
fn signing_in_brings_what_the_device_did_before_and_undoing_it_takes_it_away() -> Done {
    let shop = shared()?;
    shop.post("/v1/events", &views("tablet-1", "web"))?.ok()?;
    shop.view("tablet-bob", &["tn-larkhollow-2"])?;
    let alone = shop.profile("tablet-bob", "user")?;
    assert_eq!(alone["counts"]["view"], 1);
    let ids = json!({"user_id": "tablet-bob", "anonymous_id": "tablet-1"});
    let linked = shop.post("/v1/identify", &ids)?.ok()?;
    assert_eq!(linked["ids"].as_array().map(Vec::len), Some(2), "{linked}");
    assert_eq!(shop.profile("tablet-bob", "user")?["counts"]["view"], 5);
    assert_eq!(shop.profile("tablet-1", "anonymous")?["counts"]["view"], 5, "the same person from either id");
    shop.post("/v1/identify", &ids)?.ok()?;
    assert_eq!(shop.profile("tablet-bob", "user")?["counts"]["view"], 5, "again changes nothing");
    shop.post("/v1/identify/unlink", &ids)?.ok()?;
    assert_eq!(shop.profile("tablet-bob", "user")?["counts"]["view"], 1);
    assert_eq!(shop.profile("tablet-1", "anonymous")?["counts"]["view"], 4, "the events stay");
    Ok(())
}

#[test]
fn an_event_with_user_and_device_links_them() -> Done {
    let shop = shared()?;
    shop.post("/v1/events", &views("implied-phone", "app"))?.ok()?;
    shop.tell(&json!({"type": "page", "name": "account", "user_id": "implied", "anonymous_id": "implied-phone"}))?;
    assert_eq!(shop.profile("implied", "user")?["counts"]["view"], 4);
    Ok(())
}

#[test]
fn an_id_with_too_many_devices_is_joined_with_none_and_says_so() -> Done {
    let shop = Demo::start_with("[events]\ndevices_per_user = 2\n")?;
    let mut last = Value::Null;
    for n in 0..3 {
        let ids = json!({"user_id": "till", "anonymous_id": format!("guest-{n}")});
        last = shop.post("/v1/identify", &ids)?.ok()?;
    }
    assert_eq!(last["ids"].as_array().map(Vec::len), Some(1), "{last}");
    assert!(last["notes"][0].as_str().is_some_and(|note| note.contains("3 devices")), "{last}");
    let report = shop.get("/v1/reports/identity", &[])?.ok()?;
    assert_eq!(report["crowded_users"], json!([{"id": "till", "links": 3}]), "{report}");
    Ok(())
}

#[test]
fn both_ids_are_needed_to_link() -> Done {
    let shop = shared()?;
    let refused = shop.post("/v1/identify", &json!({"user_id": "alone"}))?.refused(400, "invalid_event")?;
    assert_eq!(refused["field"], "anonymous_id");
    shop.post("/v1/identify", &json!({"user_id": "alone", "device": "x"}))?.refused(400, "unknown_field")?;
    Ok(())
}

#[test]
fn a_text_in_place_of_an_id_joins_nobody() -> Done {
    let shop = shared()?;
    for (id, device) in [("undefined", "broken-tag-1"), (" NULL ", "broken-tag-2"), ("{{user.id}}", "broken-tag-3")] {
        let view = json!({"type": "view", "user_id": id, "anonymous_id": device, "products": [{"id": "st-gale"}]});
        let refused = shop.post("/v1/events", &view)?.refused(400, "invalid_event")?;
        assert_eq!(refused["field"], "user_id", "{refused}");
        let batch = shop.post("/v1/events", &json!({"events": [view]}))?.ok()?;
        assert_eq!(batch["rejected"], 1, "{batch}");
        let asked = json!({"query": "filter", "user_id": id});
        shop.post("/v1/search", &asked)?.refused(400, "invalid_field")?;
        let asked = json!({"placements": [{"kind": "recently-viewed"}], "anonymous_id": id});
        shop.post("/v1/recommend", &asked)?.refused(400, "invalid_field")?;
        shop.post("/v1/identify", &json!({"user_id": id, "anonymous_id": device}))?.refused(400, "invalid_event")?;
    }
    Ok(())
}
