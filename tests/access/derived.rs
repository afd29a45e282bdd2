//! Derived keys: signed by a backend without asking the server, never opening more than they say.

use serde_json::{Value, json};

use super::guarded::{Guarded, id, signed};
use super::support::client::Client;
use super::support::{Done, tastemaker};

const OWN: &str = "Skarvik";
const OTHER: &str = "Wolmere";

fn brands(answer: &Value) -> Vec<String> {
    let hits = answer["hits"].as_array().into_iter().flatten();
    hits.map(|hit| hit["product"]["brand"].as_str().unwrap_or_default().to_owned()).collect()
}

fn only_its_own(answer: &Value) -> Done {
    let found = brands(answer);
    if found.iter().all(|brand| brand == OWN) { Ok(()) } else { Err(format!("{found:?}").into()) }
}

fn narrowed(shop: &Guarded, key: &str) -> Done<Client> {
    Ok(shop.holding(&signed("derive", key, &["--filter", &format!("brand = \"{OWN}\"")])?))
}

#[test]
fn a_derived_key_sees_only_its_filter() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "read"}))?;
    let (parent, derived) = (shop.holding(&key), narrowed(&shop, &key)?);
    let own = parent.search(&json!({"filter": format!("brand = \"{OWN}\"")}))?;
    let all = derived.search(&json!({"facets": ["brand"], "per_page": 100}))?;
    assert!(own["total"].as_u64() > Some(0) && all["total"] == own["total"], "{all}");
    only_its_own(&all)?;
    let counted: Vec<&Value> = all["facets"]["brand"]["values"].as_array().into_iter().flatten().collect();
    assert!(counted.len() <= 1, "{:?}", all["facets"]);
    let placements = json!({"placements": [{"kind": "for-you", "limit": 50}]});
    let items = derived.recommend(&placements)?["placements"][0]["items"].clone();
    only_its_own(&json!({"hits": items}))?;
    Ok(())
}

#[test]
fn no_filter_of_a_request_reaches_past_the_one_of_its_key() -> Done {
    let shop = Guarded::start()?;
    let derived = narrowed(&shop, &shop.key(&json!({"role": "read"}))?)?;
    let wider = format!("brand = \"{OTHER}\" OR brand = \"{OWN}\" OR NOT price < 0");
    let answer = derived.search(&json!({"filter": wider, "per_page": 100}))?;
    assert!(answer["total"].as_u64() > Some(0));
    only_its_own(&answer)?;
    assert_eq!(derived.search(&json!({"filter": format!("brand = \"{OTHER}\"")}))?["total"], 0);
    let other = derived.search(&json!({"filter": format!("brand = \"{OTHER}\""), "query": "jacket"}))?;
    assert!(!other.to_string().contains(OWN), "help does not name the key's filter: {other}");
    let empty = derived.search(&json!({"query": "xkcdqqz"}))?;
    let popular = empty["instead"]["popular"].as_array().ok_or("no help")?;
    assert!(popular.iter().all(|one| one["product"]["brand"] == OWN), "{empty}");
    for escape in ["price > 0) OR (price > 0", "price > 0) OR NOT (price < 0", ") OR ("] {
        derived.post("/v1/search", &json!({"filter": escape}))?.refused(400, "invalid_filter")?;
    }
    Ok(())
}

#[test]
fn suggestions_stay_within_the_filter_too() -> Done {
    let shop = Guarded::start()?;
    let derived = narrowed(&shop, &shop.key(&json!({"role": "read"}))?)?;
    let mut products = 0;
    for letter in 'a'..='z' {
        let answer = derived.get("/v1/suggest", &[("q", &letter.to_string()), ("limit", "50")])?.ok()?;
        for suggestion in answer["suggestions"].as_array().into_iter().flatten() {
            assert_ne!(suggestion["kind"], "query", "{suggestion}");
            if suggestion["kind"] == "product" {
                products += 1;
                let found = derived.search(&json!({"query": suggestion["text"], "per_page": 100}))?;
                let ids = found["hits"].as_array().into_iter().flatten().map(|hit| &hit["id"]);
                assert!(ids.into_iter().any(|id| *id == suggestion["product_id"]), "{suggestion}");
            }
        }
    }
    assert!(products > 0);
    Ok(())
}

#[test]
fn a_derived_key_speaks_for_its_own_shopper_only() -> Done {
    let shop = Guarded::start()?;
    let admin = &shop.admin_key;
    shop.admin().view("mine", &["st-gale"])?;
    let derived =
        signed("derive", admin, &["--user", "mine", "--expires", "1h", "--scopes", "search,events,profiles"])?;
    let derived = shop.holding(&derived);
    let event = json!({"type": "view", "products": [{"id": "st-gale"}]});
    assert_eq!(derived.post("/v1/events", &event)?.ok()?["accepted"], 1, "told of its own shopper");
    assert_eq!(derived.get("/v1/profiles/mine", &[])?.ok()?["counts"]["view"], 2);
    derived.get("/v1/profiles/yours", &[])?.refused(403, "forbidden")?;
    derived.post("/v1/search", &json!({"user_id": "yours"}))?.refused(403, "forbidden")?;
    let other = json!([{"type": "view", "user_id": "yours", "products": [{"id": "st-gale"}]}]);
    assert_eq!(derived.post("/v1/events", &other)?.ok()?["results"][0]["code"], "forbidden");
    tastemaker(["keys", "derive", "--key", admin, "--user", "mine"])?.failed(1, &["expires_at"])?;
    Ok(())
}

#[test]
fn a_derived_key_administers_nothing_and_ends_with_its_parent() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "admin"}))?;
    let derived = shop.holding(&signed("derive", &key, &[])?);
    assert_eq!(derived.search(&json!({"query": "tent"}))?["page"], 1);
    derived.get("/v1/keys", &[])?.refused(403, "forbidden")?;
    let greedy = tastemaker(["keys", "derive", "--key", &key, "--scopes", "keys"])?;
    greedy.failed(1, &["scopes"])?;
    shop.admin().send("DELETE", &format!("/v1/keys/{}", id(&key)), "text/plain", b"")?.ok()?;
    derived.get("/v1/search", &[])?.refused(401, "unauthorized")?;
    Ok(())
}

#[test]
fn a_derived_key_that_was_changed_is_refused() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "read"}))?;
    let derived = signed("derive", &key, &["--filter", "price > 0", "--rate", "1"])?;
    let mut parts: Vec<&str> = derived.split('.').collect();
    let unsigned = signed("derive", &shop.admin_key, &[])?;
    let unrestricted = unsigned.split('.').nth(1).ok_or("no payload")?;
    parts[1] = unrestricted;
    for changed in [parts.join("."), derived.replacen(id(&key), id(&shop.admin_key), 1), format!("{derived}A")] {
        shop.holding(&changed).get("/v1/search", &[])?.refused(401, "unauthorized")?;
    }
    let derived = shop.holding(&derived);
    let taken = (0..30)
        .map(|_| derived.get("/v1/search", &[]))
        .take_while(|reply| reply.as_ref().is_ok_and(|reply| reply.status == 200));
    assert!((10..15).contains(&taken.count()), "its own rate holds");
    assert_eq!(shop.holding(&key).get("/v1/search", &[])?.status, 200, "its parent goes on");
    Ok(())
}
