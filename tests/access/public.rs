//! Public keys: everyone can read them in a page, so they prove nothing about who asks.

use serde_json::json;

use super::guarded::{Guarded, signed};
use super::support::Done;
use super::support::client::Client;

const TOKEN: &str = "x-tastemaker-shopper-token";

fn with_user(client: &Client) -> Done<super::support::client::Reply> {
    client.post("/v1/search", &json!({"query": "filter", "user_id": "known"}))
}

#[test]
fn a_public_key_needs_a_token_for_a_known_user() -> Done {
    let shop = Guarded::start()?;
    let backend = shop.key(&json!({"role": "read"}))?;
    let page = shop.holding(&shop.key(&json!({"role": "read", "public": true}))?);
    let refused = with_user(&page)?.refused(403, "shopper_token_required")?;
    assert_eq!(refused["field"], "user_id");
    page.get("/v1/search", &[("user_id", "known")])?.refused(403, "shopper_token_required")?;
    let placements = json!({"placements": [{"kind": "for-you"}], "user_id": "known"});
    page.post("/v1/recommend", &placements)?.refused(403, "shopper_token_required")?;
    let token = signed("token", &backend, &["--user", "known", "--expires", "1h"])?;
    let proven = page.with(TOKEN, &token);
    assert_eq!(with_user(&proven)?.status, 200);
    assert_eq!(proven.post("/v1/recommend", &placements)?.status, 200);
    proven.post("/v1/search", &json!({"user_id": "another"}))?.refused(403, "forbidden")?;
    assert_eq!(with_user(&shop.holding(&backend))?.status, 200, "a secret key needs no token");
    Ok(())
}

#[test]
fn a_token_that_was_changed_or_signed_by_a_public_key_is_refused() -> Done {
    let shop = Guarded::start()?;
    let backend = shop.key(&json!({"role": "read"}))?;
    let public = shop.key(&json!({"role": "read", "public": true}))?;
    let token = |key: &str, user: &str| signed("token", key, &["--user", user, "--expires", "1h"]);
    let (good, other) = (token(&backend, "known")?, token(&backend, "another")?);
    let payload = |token: &str| token.split('.').nth(1).unwrap_or_default().to_owned();
    let swapped = other.replacen(&payload(&other), &payload(&good), 1);
    let own = token(&public, "known")?;
    for wrong in [swapped, own, format!("{good}A"), "nonsense".to_owned(), String::new()] {
        with_user(&shop.holding(&public).with(TOKEN, &wrong))?.refused(403, "invalid_shopper_token")?;
    }
    assert_eq!(with_user(&shop.holding(&public).with(TOKEN, &good))?.status, 200);
    Ok(())
}

#[test]
fn a_public_key_uses_anonymous_ids_that_nobody_guesses() -> Done {
    let shop = Guarded::start()?;
    let page = shop.holding(&shop.key(&json!({"role": "read", "public": true}))?);
    let refused = page.post("/v1/search", &json!({"anonymous_id": "7"}))?.refused(400, "invalid_field")?;
    assert_eq!(refused["field"], "anonymous_id");
    page.search(&json!({"anonymous_id": "0d9f5a52-8a53-4b5e-9a7b-5f1f0e7c2d11"}))?;
    Ok(())
}

#[test]
fn a_public_write_key_tells_of_devices_and_of_users_with_a_token() -> Done {
    let shop = Guarded::start()?;
    let page = shop.holding(&shop.key(&json!({"role": "write", "public": true}))?);
    let of = |field: &str, id: &str| json!({"type": "view", field: id, "products": [{"id": "st-gale"}]});
    let device = "0d9f5a52-8a53-4b5e-9a7b-5f1f0e7c2d11";
    let batch = json!([of("anonymous_id", device), of("user_id", "known"), of("anonymous_id", "7")]);
    let told = page.post("/v1/events", &batch)?.ok()?;
    assert_eq!((&told["accepted"], &told["rejected"]), (&json!(1), &json!(2)), "{told}");
    assert_eq!(told["results"][1]["code"], "shopper_token_required");
    assert_eq!(told["results"][2]["field"], "anonymous_id");
    let token = signed("token", &shop.admin_key, &["--user", "known", "--expires", "1h"])?;
    assert_eq!(page.with(TOKEN, &token).post("/v1/events", &of("user_id", "known"))?.ok()?["accepted"], 1);
    assert_eq!(shop.admin().get("/v1/profiles/known", &[])?.ok()?["counts"]["view"], 1);
    Ok(())
}

#[test]
fn a_public_key_has_a_budget_for_each_request() -> Done {
    let shop = Guarded::start()?;
    let page = shop.holding(&shop.key(&json!({"role": "read", "public": true}))?);
    let ranges: Vec<_> = (0..100).map(|at| json!([at, at + 1])).collect();
    let heavy = json!({"query": "filter", "facets": vec![json!({"field": "price", "ranges": ranges}); 50]});
    let refused = page.post("/v1/search", &heavy)?.refused(400, "too_costly")?;
    assert_eq!(refused["field"], "facets");
    let rows = json!({"placements": vec![json!({"kind": "popular", "limit": 100}); 20]});
    assert_eq!(page.post("/v1/recommend", &rows)?.refused(400, "too_costly")?["field"], "placements");
    page.post("/v1/home", &json!({"shelves": 20, "items": 100}))?.refused(400, "too_costly")?;
    let ordinary = json!({"query": "filter", "facets": ["brand", "category", {"field": "price", "ranges": ranges}], "per_page": 48});
    assert_eq!(page.post("/v1/search", &ordinary)?.status, 200);
    assert_eq!(shop.admin().post("/v1/search", &heavy)?.status, 200, "the shop's own key has none");
    Ok(())
}

#[test]
fn nobody_with_a_public_key_takes_the_id_of_an_order_of_the_shop() -> Done {
    let shop = Guarded::start()?;
    let backend = shop.holding(&shop.key(&json!({"role": "write"}))?);
    let page = shop.holding(&shop.key(&json!({"role": "write", "public": true}))?);
    let order = json!({"type": "purchase", "message_id": "order-1001", "order_id": "1001", "products": [{"id": "st-gale", "price": 100}]});
    let by = |field: &str, id: &str| {
        let mut order = order.clone();
        order[field] = json!(id);
        order
    };
    let forged = by("anonymous_id", "somebody-who-guesses");
    let told = page.post("/v1/events", &forged)?.ok()?;
    assert_eq!((&told["accepted"], &told["results"][0]["message_id"]), (&json!(1), &json!("order-1001")), "{told}");
    let told = page.post("/v1/events", &forged)?.ok()?;
    assert_eq!((&told["duplicates"], &told["results"][0]["message_id"]), (&json!(1), &json!("order-1001")), "{told}");
    let own = by("user_id", "buyer");
    assert_eq!(backend.post("/v1/events", &own)?.ok()?["accepted"], 1, "the shop's own order counts");
    assert_eq!(backend.post("/v1/events", &own)?.ok()?["duplicates"], 1);
    Ok(())
}

/// Searches until one is refused, at most `most` times, each with the header that `forwarded` gives; the number of
/// searches that were answered.
fn answered(client: &Client, most: usize, forwarded: impl Fn(usize) -> String) -> Done<usize> {
    for at in 0..most {
        let reply = client.with("x-forwarded-for", &forwarded(at)).get("/v1/search", &[])?;
        if reply.status == 429 {
            assert!(reply.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{reply:?}");
            reply.refused(429, "rate_limited")?;
            return Ok(at);
        }
        reply.ok()?;
    }
    Ok(most)
}

#[test]
fn one_visitor_cannot_use_up_the_rate_of_a_public_key() -> Done {
    let shop = Guarded::start_with("[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n")?;
    let key = shop.key(&json!({"role": "read", "public": true, "rate_per_minute": 600}))?;
    let client = shop.holding(&key);
    // A tenth of the rate, with bursts of ten, whatever the abuser writes before what the proxy appends.
    let abuser = answered(&client, 100, |at| format!("192.0.2.{at}, 203.0.113.1, 10.2.3.4"))?;
    assert!((10..40).contains(&abuser), "{abuser}");
    assert_eq!(answered(&client, 9, |_| "203.0.113.2".to_owned())?, 9, "others go on");
    let backend = shop.holding(&shop.key(&json!({"role": "read", "rate_per_minute": 600}))?);
    assert_eq!(answered(&backend, 60, |_| "203.0.113.1".to_owned())?, 60, "a key that is not public is not shared");
    Ok(())
}

#[test]
fn a_forged_header_of_an_untrusted_sender_changes_nothing() -> Done {
    let shop = Guarded::start_with("[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n")?;
    let client = shop.holding(&shop.key(&json!({"role": "read", "public": true, "rate_per_minute": 600}))?);
    let forger = answered(&client, 100, |at| format!("203.0.113.{at}"))?;
    assert!((10..40).contains(&forger), "{forger}");
    Ok(())
}
