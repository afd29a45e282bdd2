//! Privacy: consent takes effect at once, stated preferences come before inferred ones, the export is complete, and
//! erasure removes everything.

use serde_json::json;

use super::support::client::ids;
use super::support::server::{Server, shared};
use super::support::{Done, demo_folder, reindex};

#[test]
fn who_forbids_personalising_gets_the_neutral_order_at_once() -> Done {
    let shop = shared()?;
    shop.view("no-personal", &["es-duetto", "gr-hand-black", "cb-yirga"])?;
    let search = json!({"query": "filter", "user_id": "no-personal"});
    assert_eq!(shop.search(&search)?["personalized"], true);
    let path = "/v1/profiles/no-personal/consent";
    shop.put(path, &json!({"personalization": false}))?.ok()?;
    let after = shop.search(&search)?;
    assert_eq!(after["personalized"], false);
    assert_eq!(after["hits"], shop.search(&json!({"query": "filter"}))?["hits"]);
    let for_you = json!({"placements": [{"kind": "for-you", "limit": 5}], "user_id": "no-personal"});
    let stranger = json!({"placements": [{"kind": "for-you", "limit": 5}]});
    assert_eq!(shop.recommend(&for_you)?["placements"], shop.recommend(&stranger)?["placements"]);
    shop.put(path, &json!({"personalization": true}))?.ok()?;
    assert_eq!(shop.search(&search)?["personalized"], true);
    Ok(())
}

#[test]
fn who_forbids_storing_is_not_stored_from_then_on() -> Done {
    let shop = shared()?;
    shop.view("no-storing", &["es-duetto"])?;
    shop.put("/v1/profiles/no-storing/consent", &json!({"storage": false}))?.ok()?;
    let view = json!({"type": "view", "user_id": "no-storing", "products": [{"id": "cb-yirga"}]});
    let told = shop.post("/v1/events", &view)?.ok()?;
    assert_eq!((&told["declined"], &told["results"][0]["status"]), (&json!(1), &json!("declined")), "{told}");
    let profile = shop.profile("no-storing", "user")?;
    assert_eq!((&profile["counts"]["view"], &profile["consent"]["storage"]), (&json!(1), &json!(false)));
    Ok(())
}

#[test]
fn what_is_said_outright_goes_before_what_is_inferred() -> Done {
    let shop = shared()?;
    let neutral = shop.search(&json!({"query": "filter", "per_page": 50}))?;
    let brand = |hit: &serde_json::Value| hit["product"]["brand"].as_str().unwrap_or_default().to_owned();
    let first = brand(&neutral["hits"][0]);
    let avoids = json!({"brands": {(first.clone()): "avoid"}});
    shop.put("/v1/profiles/says-so/preferences", &avoids)?.ok()?;
    let query = json!({"query": "filter", "user_id": "says-so", "per_page": 50, "explain": true});
    let after = shop.search(&query)?;
    assert_ne!(brand(&after["hits"][0]), first, "no event was needed");
    assert_eq!(ids(&after["hits"]).len(), ids(&neutral["hits"]).len(), "it orders, it does not filter");
    let stated = &after["hits"][0]["explain"]["personal"]["stated"];
    assert!(stated["value"].is_number(), "{stated}");
    let for_you = json!({"placements": [{"kind": "for-you", "limit": 20}], "user_id": "says-so"});
    let shown = shop.recommend(&for_you)?["placements"][0]["items"].clone();
    assert!(shown.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(|item| brand(item) != first)));
    let profile = shop.profile("says-so", "user")?;
    assert!(profile["in_words"].to_string().contains(&first), "{profile}");
    shop.put("/v1/profiles/says-so/preferences", &json!({"brands": {(first): "none"}}))?.ok()?;
    assert_eq!(ids(&shop.search(&query)?["hits"]), ids(&neutral["hits"]), "taken back");
    Ok(())
}

#[test]
fn an_export_holds_the_profile_and_every_event_on_every_device() -> Done {
    let shop = shared()?;
    shop.tell(&json!({"type": "view", "anonymous_id": "export-phone", "products": [{"id": "es-duetto"}]}))?;
    shop.post("/v1/identify", &json!({"user_id": "export-me", "anonymous_id": "export-phone"}))?.ok()?;
    shop.tell(&json!({"type": "search", "user_id": "export-me", "query": "grinder"}))?;
    let export = shop.get("/v1/profiles/export-me/export", &[])?.ok()?;
    let kinds: Vec<&str> =
        export["events"].as_array().into_iter().flatten().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds, ["view", "identify", "search"], "{export}");
    assert_eq!(export["truncated"], false);
    assert_eq!(export["profile"]["counts"]["view"], 1);
    Ok(())
}

#[test]
fn an_erasure_forgets_the_person_at_once_and_everything_with_the_next_reindex() -> Done {
    let folder = demo_folder()?;
    let server = Server::start(folder.path())?;
    server.tell(&json!({"type": "view", "anonymous_id": "erased-phone", "products": [{"id": "es-duetto"}]}))?;
    server.post("/v1/identify", &json!({"user_id": "erased-ann", "anonymous_id": "erased-phone"}))?.ok()?;
    server.view("kept-bob", &["es-duetto"])?;
    let reply = server.send("DELETE", "/v1/profiles/erased-ann", "application/json", b"")?;
    assert_eq!((reply.status, &reply.body["status"]), (202, &json!("pending")), "{reply:?}");
    for (id, kind) in [("erased-ann", "user"), ("erased-phone", "anonymous")] {
        server.get(&format!("/v1/profiles/{id}"), &[("kind", kind)])?.refused(404, "not_found")?;
    }
    let receipt = format!("/v1/erasures/{}", reply.body["receipt"].as_str().ok_or("no receipt")?);
    assert_eq!(server.get(&receipt, &[])?.ok()?["status"], "pending");
    reindex(folder.path(), None, None)?.done()?;
    assert_eq!(server.get(&receipt, &[])?.ok()?["status"], "complete");
    assert_eq!(server.profile("kept-bob", "user")?["counts"]["view"], 1);
    server.view("erased-ann", &["cb-yirga"])?;
    assert_eq!(server.profile("erased-ann", "user")?["counts"]["view"], 1, "who comes back begins anew");
    drop(server);
    let server = Server::start(folder.path())?;
    assert_eq!(server.profile("erased-ann", "user")?["counts"]["view"], 1, "and a restart brings nothing back");
    server.get("/v1/erasures/unheard-of", &[])?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn what_is_too_old_is_not_taken_where_retention_says_so() -> Done {
    let folder = demo_folder()?;
    std::fs::write(folder.path().join("tastemaker.toml"), "[events]\nretention_days = 30\n")?;
    let server = Server::start(folder.path())?;
    let old =
        json!({"type": "view", "user_id": "old", "time": "2020-01-01T00:00:00Z", "products": [{"id": "st-gale"}]});
    let told = server.post("/v1/events", &json!([old]))?.ok()?;
    assert!(told["results"][0]["message"].as_str().is_some_and(|message| message.contains("30 days")), "{told}");
    Ok(())
}

#[test]
fn logs_name_nobody() -> Done {
    let folder = demo_folder()?;
    let server = Server::start(folder.path())?;
    server.view("secret-person-77", &["es-duetto"])?;
    server.search(&json!({"query": "filter", "user_id": "secret-person-77"}))?;
    server.get("/v1/profiles/secret-person-78", &[])?.refused(404, "not_found")?;
    server.send("DELETE", "/v1/profiles/secret-person-77", "application/json", b"")?;
    let log = server.log()?;
    assert!(!log.contains("secret-person"), "{log}");
    Ok(())
}
