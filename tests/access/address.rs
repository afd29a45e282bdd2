//! Where the server listens and which pages may call: closed unless somebody opened it.

use std::fs;

use serde_json::{Value, json};

use super::guarded::Guarded;
use super::support::server::{Demo, Server};
use super::support::{Done, demo_folder, empty_folder, fixture, reindex, tastemaker};

#[test]
fn on_loopback_without_keys_everything_is_open_until_the_first_key() -> Done {
    let demo = Demo::start()?;
    demo.search(&json!({"query": "tent", "user_id": "u1"}))?;
    demo.post("/v1/keys", &json!({"role": "read"}))?.refused(400, "invalid_field")?;
    let key = demo.post("/v1/keys", &json!({"role": "admin"}))?;
    assert_eq!(key.status, 201);
    demo.post("/v1/search", &json!({"query": "tent"}))?.refused(401, "unauthorized")?;
    Ok(())
}

#[test]
fn other_addresses_are_refused_without_a_live_admin_key() -> Done {
    let folder = demo_folder()?;
    let data = folder.path().to_string_lossy().into_owned();
    let told = ["refusing", "0.0.0.0", "tastemaker keys create --data", &data, "--role admin"];
    let serve = || tastemaker(["serve", "--data", &data, "--listen", "0.0.0.0:0"]);
    assert!(!serve()?.failed(1, &told)?.out.contains("listening"));
    tastemaker(["keys", "create", "--data", &data, "--role", "read"])?.done()?;
    serve()?.failed(1, &told)?;
    fs::write(folder.path().join("tastemaker.toml"), "[server]\nlisten = \"[::]:0\"")?;
    tastemaker(["serve", "--data", &data])?.failed(1, &["refusing", "[::]:0"])?;
    Ok(())
}

#[test]
fn a_damaged_file_of_keys_lets_nobody_start_and_nobody_in() -> Done {
    let shop = Guarded::start()?;
    let file = shop.demo.data().join("keys.json");
    let whole = fs::read(&file)?;
    fs::write(&file, &whole[..whole.len() / 2])?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    for client in [shop.demo.with("accept", "*/*"), shop.admin()] {
        client.get("/v1/search", &[("q", "tent")])?.refused(503, "keys_unavailable")?;
    }
    assert_eq!(shop.demo.get("/healthz", &[])?.status, 200);
    let problem =
        |shop: &Guarded| -> Done<Value> { Ok(shop.demo.get("/readyz", &[])?.ok()?["problems"][0]["code"].clone()) };
    assert_eq!(problem(&shop)?, "keys_unavailable");
    assert!(shop.demo.log()?.contains("keys.json"));
    let other = demo_folder()?;
    fs::write(other.path().join("keys.json"), "{\"format\": 9}")?;
    let data = other.path().to_string_lossy().into_owned();
    tastemaker(["serve", "--data", &data, "--listen", "127.0.0.1:0"])?.failed(1, &["keys.json", "format 9"])?;
    fs::write(&file, &whole)?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(shop.admin().get("/v1/search", &[("q", "tent")])?.status, 200);
    assert_eq!(problem(&shop)?, Value::Null);
    Ok(())
}

#[test]
fn keys_hold_after_a_restart() -> Done {
    let folder = demo_folder()?;
    let data = folder.path().to_string_lossy().into_owned();
    let key = tastemaker(["keys", "create", "--data", &data, "--role", "admin"])?.done()?.out.trim().to_owned();
    for _ in 0..2 {
        let server = Server::start(folder.path())?;
        server.get("/v1/keys", &[])?.refused(401, "unauthorized")?;
        assert_eq!(server.with("x-api-key", &key).get("/v1/keys", &[])?.ok()?["keys"][0]["role"], "admin");
        server.kill()?;
    }
    Ok(())
}

#[test]
fn pages_of_the_origins_in_the_settings_may_call() -> Done {
    let shop = Guarded::start_with("[server]\ncors_origins = [\"https://shop.example\"]")?;
    let allowed = |origin: &str| -> Done<Option<String>> {
        let asking = shop.demo.with("origin", origin).with("access-control-request-method", "POST");
        let asking = asking.with("access-control-request-headers", "x-api-key,content-type");
        // A page that may not call is told in plain text, for the console of its developer.
        let Ok(reply) = asking.send("OPTIONS", "/v1/search", "text/plain", b"") else { return Ok(None) };
        Ok(reply.header("access-control-allow-origin").map(str::to_owned))
    };
    assert_eq!(allowed("https://shop.example")?.as_deref(), Some("https://shop.example"), "no key needed");
    assert_eq!(allowed("https://other.example")?, None);
    // A page reads errors too, or it could not tell its own mistake from a lost connection.
    let page = shop.demo.with("origin", "https://shop.example");
    for (reply, status) in [
        (page.get("/v1/search", &[])?, 401),
        (page.with("x-api-key", &shop.admin_key).get("/v1/search", &[("page", "0")])?, 400),
        (page.with("x-api-key", &shop.admin_key).get("/v1/search", &[])?, 200),
    ] {
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("access-control-allow-origin"), Some("https://shop.example"), "{reply:?}");
    }
    Ok(())
}

#[test]
fn a_page_elsewhere_cannot_write_to_a_server_without_keys() -> Done {
    let demo = Demo::start()?;
    let page = demo.with("origin", "https://elsewhere.example");
    for path in ["/v1/keys", "/v1/events"] {
        page.send("POST", path, "text/plain", b"{\"role\": \"admin\"}")?.refused(403, "forbidden")?;
    }
    let own = demo.with("origin", demo.address());
    own.view("u1", &["st-gale"])?;
    assert_eq!(demo.get("/v1/keys", &[])?.ok()?["keys"], json!([]));
    Ok(())
}

#[test]
fn without_the_setting_no_other_page_may_call_and_a_wrong_one_is_named() -> Done {
    let demo = Demo::start()?;
    let reply = demo.with("origin", "https://shop.example").get("/v1/search", &[("q", "tent")])?;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, None));
    let preflight = demo.with("origin", "https://a.example").with("access-control-request-method", "POST");
    preflight.send("OPTIONS", "/v1/search", "text/plain", b"")?.refused(405, "method_not_allowed")?;
    let folder = demo_folder()?;
    fs::write(folder.path().join("tastemaker.toml"), "[server]\ncors_origins = [\"shop.example\"]")?;
    let data = folder.path().to_string_lossy().into_owned();
    tastemaker(["serve", "--data", &data])?.failed(1, &["cors_origins", "`shop.example`"])?;
    Ok(())
}

#[test]
fn keys_that_are_lost_do_not_open_the_server() -> Done {
    let shop = Guarded::start()?;
    fs::remove_file(shop.demo.data().join("keys.json"))?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    shop.demo.get("/v1/search", &[("q", "tent")])?.refused(503, "keys_unavailable")?;
    let other = demo_folder()?;
    let data = other.path().to_string_lossy().into_owned();
    tastemaker(["keys", "create", "--data", &data, "--role", "admin"])?.done()?;
    fs::remove_file(other.path().join("keys.json"))?;
    tastemaker(["serve", "--data", &data, "--listen", "127.0.0.1:0"])?
        .failed(1, &["keys.json is missing", "keys.made"])?;
    Ok(())
}

#[test]
fn without_keys_only_names_of_this_machine_are_answered() -> Done {
    let demo = Demo::start()?;
    let rebound = demo.with("host", "evil.example").with("origin", "http://evil.example");
    let refused = rebound.post("/v1/keys", &json!({"role": "admin"}))?.refused(403, "forbidden")?;
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("localhost")), "{refused}");
    rebound.get("/v1/search", &[("q", "tent")])?.refused(403, "forbidden")?;
    assert_eq!(demo.with("host", "localhost:1").get("/v1/search", &[("q", "tent")])?.status, 200);
    Ok(())
}

#[test]
fn what_is_one_persons_is_kept_by_no_cache_and_a_wrong_method_learns_the_right_ones() -> Done {
    let demo = Demo::start()?;
    for path in ["/v1/profiles/shopper-brew", "/v1/profiles/nobody", "/v1/keys"] {
        assert_eq!(demo.get(path, &[])?.header("cache-control"), Some("no-store"), "{path}");
    }
    let refused = demo.send("PUT", "/v1/search", "application/json", b"{}")?;
    assert_eq!((refused.status, refused.header("allow")), (405, Some("POST, GET")));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_data_folder_is_its_owners_alone() -> Done {
    use std::os::unix::fs::PermissionsExt;
    let parent = empty_folder()?;
    let data = parent.path().join("shop");
    reindex(&data, Some(&fixture("products.jsonl")), Some(&fixture("events.ndjson")))?.done()?;
    let mut folders = vec![data];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder)?.permissions().mode() & 0o077, 0, "{}", folder.display());
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                assert_eq!(entry.metadata()?.permissions().mode() & 0o077, 0, "{}", entry.path().display());
            }
        }
    }
    Ok(())
}
