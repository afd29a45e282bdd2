//! Keys: what each role opens, when they end, how fast they may ask, and who sees their secrets.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::guarded::{Guarded, id};
use super::support::client::Client;
use super::support::{Done, tastemaker};

fn view() -> Value {
    json!({"type": "view", "user_id": "u1", "products": [{"id": "st-gale"}]})
}

fn search(client: &Client) -> Done<u16> {
    Ok(client.get("/v1/search", &[("q", "tent")])?.status)
}

/// Waits until a search answers with this status, at most a second: what is done on the command
/// line counts in a running server within that.
fn within_a_second(client: &Client, status: u16) -> Done {
    let start = Instant::now();
    while search(client)? != status {
        if start.elapsed() > Duration::from_secs(1) {
            return Err(format!("no {status} within a second").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[test]
fn without_a_key_nothing_is_answered_but_whether_it_lives() -> Done {
    let shop = Guarded::start()?;
    for path in ["/v1/search?q=tent", "/v1/suggest?q=te", "/v1/profiles/u1", "/v1/keys", "/v1/nothing", "/"] {
        let refused = shop.demo.get(path, &[])?;
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{path}");
        refused.refused(401, "unauthorized")?;
    }
    for path in ["/v1/recommend", "/v1/events", "/v1/keys"] {
        shop.demo.post(path, &json!({}))?.refused(401, "unauthorized")?;
    }
    let never = shop.holding(&shop.admin_key.replace("tm_", "tm_0"));
    never.get("/v1/search", &[])?.refused(401, "unauthorized")?;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(shop.demo.get(path, &[])?.status, 200);
        assert_eq!(shop.demo.send("HEAD", path, "text/plain", b"")?.status, 200);
    }
    shop.admin().get("/v1/nothing", &[])?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn a_key_is_taken_from_any_of_its_three_places() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "read"}))?;
    assert_eq!(search(&shop.demo.with("x-api-key", &key))?, 200);
    assert_eq!(search(&shop.demo.with("authorization", &format!("Bearer {key}")))?, 200);
    let answer = shop.demo.get("/v1/search", &[("q", "tent"), ("api_key", &key), ("per_page", "1")])?.ok()?;
    assert_eq!(answer["hits"].as_array().map(Vec::len), Some(1), "{answer}");
    let refused = shop.demo.get("/v1/search", &[("qq", "tent"), ("api_key", &key)])?.refused(400, "unknown_field")?;
    assert!(!refused.to_string().contains(&key), "{refused}");
    Ok(())
}

#[test]
fn a_read_key_cannot_write_events() -> Done {
    let shop = Guarded::start()?;
    let reader = shop.holding(&shop.key(&json!({"role": "read"}))?);
    assert_eq!(search(&reader)?, 200);
    let refused = reader.post("/v1/events", &view())?.refused(403, "forbidden")?;
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("`events`")), "{refused}");
    reader.get("/v1/keys", &[])?.refused(403, "forbidden")?;
    reader.get("/v1/profiles/u1", &[])?.refused(403, "forbidden")?;
    let writer = shop.holding(&shop.key(&json!({"role": "write"}))?);
    assert_eq!(writer.post("/v1/events", &view())?.ok()?["accepted"], 1);
    writer.get("/v1/search", &[("q", "tent")])?.refused(403, "forbidden")?;
    let narrow = shop.holding(&shop.key(&json!({"role": "read", "scopes": ["recommend"]}))?);
    narrow.get("/v1/search", &[("q", "tent")])?.refused(403, "forbidden")?;
    assert_eq!(shop.admin().get("/v1/profiles/u1", &[])?.ok()?["counts"]["view"], 1);
    Ok(())
}

#[test]
fn an_expired_key_is_refused() -> Done {
    let shop = Guarded::start()?;
    let soon = std::time::SystemTime::now() + Duration::from_millis(600);
    let soon = jiff::Timestamp::try_from(soon)?.to_string();
    let reader = shop.holding(&shop.key(&json!({"role": "read", "expires_at": soon}))?);
    within_a_second(&reader, 401)?;
    let refused = reader.get("/v1/search", &[("q", "tent")])?.refused(401, "unauthorized")?;
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("expired")), "{refused}");
    let listed = shop.admin().get("/v1/keys", &[])?.ok()?;
    assert_eq!((&listed["keys"][0]["expired"], &listed["keys"][1]["expired"]), (&json!(false), &json!(true)));
    Ok(())
}

#[test]
fn a_revoked_key_stops_at_once() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "read", "name": "the app"}))?;
    let reader = shop.holding(&key);
    assert_eq!(search(&reader)?, 200);
    let path = format!("/v1/keys/{}", id(&key));
    assert_eq!(shop.admin().send("DELETE", &path, "text/plain", b"")?.ok()?["revoked"], true);
    reader.get("/v1/search", &[("q", "tent")])?.refused(401, "unauthorized")?;
    shop.admin().send("DELETE", &path, "text/plain", b"")?.refused(404, "not_found")?;
    Ok(())
}

#[test]
fn keys_of_the_command_line_count_in_a_running_server() -> Done {
    let shop = Guarded::start()?;
    let data = shop.demo.data().to_string_lossy().into_owned();
    let made = tastemaker(["keys", "create", "--data", &data, "--role", "read", "--name", "till", "--expires", "90d"])?;
    let key = made.done()?.out.trim().to_owned();
    within_a_second(&shop.holding(&key), 200)?;
    let listed = tastemaker(["keys", "list", "--data", &data])?.done()?.out;
    assert!(listed.contains(id(&key)) && listed.contains("till") && !listed.contains(&key), "{listed}");
    tastemaker(["keys", "revoke", "--data", &data, id(&key)])?.done()?;
    within_a_second(&shop.holding(&key), 401)?;
    tastemaker(["keys", "revoke", "--data", &data, id(&key)])?.failed(1, &[id(&key), "no key"])?;
    // The last key: what was on stays on.
    tastemaker(["keys", "revoke", "--data", &data, id(&shop.admin_key)])?.done()?;
    within_a_second(&shop.admin(), 401)?;
    assert_eq!(search(&shop.demo)?, 401);
    Ok(())
}

#[test]
fn a_key_past_its_rate_waits_as_long_as_it_is_told() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "read", "rate_per_minute": 60}))?;
    let reader = shop.holding(&key);
    let mut taken = 0;
    let refused = loop {
        let reply = reader.get("/v1/search", &[("q", "tent")])?;
        if reply.status != 200 {
            break reply;
        }
        taken += 1;
        assert!(taken < 200, "never refused");
    };
    assert!(taken >= 10, "a burst of 10, not {taken}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(429, "rate_limited")?;
    assert_eq!(search(&shop.admin())?, 200, "others go on");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(search(&reader)?, 200);
    Ok(())
}

#[test]
fn what_a_key_cannot_be_is_told_with_its_field() -> Done {
    let shop = Guarded::start()?;
    let wrong = [
        (json!({"role": "owner"}), "role"),
        (json!({"role": "read", "scopes": ["events"]}), "scopes"),
        (json!({"role": "admin", "public": true}), "public"),
        (json!({"role": "read", "expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"role": "read", "rate_per_minute": 0}), "rate_per_minute"),
        (json!({"role": "read", "name": "x".repeat(101)}), "name"),
    ];
    for (asked, field) in wrong {
        let refused = shop.admin().post("/v1/keys", &asked)?.refused(400, "invalid_field")?;
        assert_eq!(refused["field"], field, "{refused}");
    }
    let clerk = shop.holding(&shop.key(&json!({"role": "admin", "scopes": ["keys", "search"]}))?);
    clerk.post("/v1/keys", &json!({"role": "admin"}))?.refused(403, "forbidden")?;
    assert_eq!(clerk.post("/v1/keys", &json!({"role": "read", "scopes": ["search"]}))?.status, 201);
    Ok(())
}

#[test]
fn secrets_are_neither_in_the_file_nor_in_the_log() -> Done {
    let shop = Guarded::start()?;
    let key = shop.key(&json!({"role": "read"}))?;
    let secret = |key: &str| key.splitn(3, '_').last().unwrap_or_default().to_owned();
    assert!(secret(&key).len() >= 43);
    shop.holding(&format!("{key}x")).get("/v1/search", &[("q", "tent")])?.refused(401, "unauthorized")?;
    shop.demo.get("/v1/search", &[("api_key", &key), ("filter", "=")])?.refused(400, "invalid_filter")?;
    let file = fs::read_to_string(shop.demo.data().join("keys.json"))?;
    let listed = shop.admin().get("/v1/keys", &[])?.ok()?.to_string();
    for text in [file, shop.demo.log()?, listed] {
        for key in [&key, &shop.admin_key] {
            assert!(!text.contains(&secret(key)), "{text}");
        }
    }
    Ok(())
}
