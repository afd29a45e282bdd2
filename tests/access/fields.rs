//! Fields that a shop keeps to itself: every resource that a public key opens is asked, and its whole response is searched
//! for them.

use serde_json::{Value, json};

use super::guarded::Guarded;
use super::support::Done;
use super::support::client::Client;

/// Every request that shows products, by method and address.
fn requests() -> Vec<(&'static str, &'static str, Value)> {
    let all = json!({"kind": "popular", "limit": 20});
    let similar = json!({"kind": "similar", "product_id": "st-gale", "limit": 20});
    let categories = json!({"kind": "categories", "limit": 5});
    vec![
        ("POST", "/v1/search", json!({"query": "lamp", "per_page": 50, "explain": true, "variants": 20})),
        ("POST", "/v1/search", json!({"query": "xkcdqqz"})),
        ("POST", "/v1/search", json!({"query": "phone"})),
        ("GET", "/v1/search?q=lamp&facets=brand", Value::Null),
        ("GET", "/v1/suggest?q=la", Value::Null),
        ("POST", "/v1/recommend", json!({"placements": [all, similar, categories]})),
        ("POST", "/v1/home", json!({})),
        ("POST", "/v1/navigation", json!({"facets": ["brand"]})),
    ]
}

/// The paths of all fields of a response with one of these names.
fn named(value: &Value, names: &[&str], path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            if names.contains(&name.as_str()) {
                found.push(format!("{path}.{name}"));
            }
            named(value, names, &format!("{path}.{name}"), found);
        }),
        Value::Array(items) => items.iter().for_each(|item| named(item, names, path, found)),
        _ => {}
    }
}

fn shown(client: &Client, names: &[&str]) -> Done<Vec<String>> {
    let mut found = Vec::new();
    for (method, address, body) in requests() {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = client.send(method, address, "application/json", &body)?;
        named(&answer.ok()?, names, address, &mut found);
    }
    Ok(found)
}

#[test]
fn a_public_key_sees_no_private_field_anywhere_and_others_see_all() -> Done {
    let shop = Guarded::start_with("[server]\nprivate_fields = [\"margin\", \"stock\", \"material\"]")?;
    let names = ["margin", "stock", "material"];
    let public = shop.holding(&shop.key(&json!({"role": "read", "public": true}))?);
    assert_eq!(shown(&public, &names)?, [""; 0]);
    assert!(!shown(&public, &["availability"])?.is_empty(), "availability is told");
    for whole in [shop.holding(&shop.key(&json!({"role": "read"}))?), shop.admin()] {
        let found = shown(&whole, &names)?;
        assert!(names.iter().all(|name| found.iter().any(|path| path.ends_with(name))), "{found:?}");
    }
    Ok(())
}

#[test]
fn a_public_key_may_not_ask_by_a_private_field() -> Done {
    let shop = Guarded::start()?;
    let public = shop.holding(&shop.key(&json!({"role": "read", "public": true}))?);
    let placements = json!([{"kind": "popular"}]);
    for (address, body, field) in [
        ("/v1/search", json!({"filter": "margin > 0.3"}), "filter"),
        ("/v1/search", json!({"filter": "brand = \"x\" OR NOT stock < 3"}), "filter"),
        ("/v1/search", json!({"facets": ["brand", "margin"]}), "facets"),
        ("/v1/search", json!({"sort": "price:asc,margin:desc"}), "sort"),
        ("/v1/search", json!({"refinements": {"stock": {"min": 1}}}), "refinements"),
        ("/v1/recommend", json!({"placements": placements, "filter": "stock > 10"}), "filter"),
        ("/v1/home", json!({"filter": "margin > 0.5"}), "filter"),
        ("/v1/navigation", json!({"filter": "margin > 0.5"}), "filter"),
        ("/v1/navigation", json!({"facets": ["margin"]}), "facets"),
    ] {
        let refused = public.post(address, &body)?.refused(400, "private_field")?;
        assert_eq!(refused["field"], field, "{address} {body}");
        let admitted = shop.admin().post(address, &body)?.body;
        assert_ne!(admitted["code"], "private_field", "{address} {body}");
    }
    public.get("/v1/search", &[("sort", "margin:asc")])?.refused(400, "private_field")?;
    Ok(())
}
