//! Erasure and retention, to the last byte.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::journal;
use super::support::client::Client;
use super::support::server::Server;
use super::support::{Done, demo_folder, reindex, walk};

const GONE: &str = "somebody-who-wants-to-be-forgotten";

/// The files that hold the name.
fn naming(data: &Path) -> Done<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in walk(data)?.into_iter().filter(|path| path.is_file()) {
        if fs::read(&path)?.windows(GONE.len()).any(|window| window == GONE.as_bytes()) {
            found.push(path);
        }
    }
    Ok(found)
}

fn status(server: &Client, receipt: &Value) -> Done<Value> {
    let receipt = receipt["receipt"].as_str().ok_or("no receipt")?;
    Ok(server.get(&format!("/v1/erasures/{receipt}"), &[])?.ok()?["status"].clone())
}

fn erase(server: &Client) -> Done<Value> {
    let reply = server.send("DELETE", &format!("/v1/profiles/{GONE}"), "application/json", b"")?;
    if reply.status == 202 { Ok(reply.body) } else { Err(format!("{reply:?}").into()) }
}

#[test]
fn an_erased_person_is_in_no_file_once_the_receipt_says_so() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let server = Server::start(data)?;
    server.view(GONE, &["es-duetto", "cb-yirga"])?;
    server.view("somebody-else", &["es-duetto"])?;
    server.search(&json!({"query": "grinder", "user_id": GONE}))?;
    let told = json!({"type": "custom", "name": "recommended", "user_id": "somebody-else",
        "properties": {"to": GONE, "text": format!("for {GONE}, with love")}});
    server.post("/v1/events", &told)?.ok()?;
    let receipt = erase(&server)?;
    assert_eq!(status(&server, &receipt)?, "pending");
    assert!(!naming(data)?.is_empty(), "the test shows nothing");
    server.view("somebody-else", &["cb-yirga"])?;
    let told = reindex(data, None, None)?.done()?.err;
    assert!(told.contains("is complete"), "{told}");
    assert_eq!(status(&server, &receipt)?, "complete");
    assert_eq!(naming(data)?, [""; 0].map(PathBuf::from));
    assert!(!server.log()?.contains(GONE));
    assert_eq!(server.get("/v1/profiles/somebody-else", &[])?.ok()?["counts"]["view"], 2);
    // Back again, and what is done from now on is kept over another reindex and a restart.
    server.view(GONE, &["es-duetto"])?;
    reindex(data, None, None)?.done()?;
    drop(server);
    let server = Server::start(data)?;
    assert_eq!(server.get(&format!("/v1/profiles/{GONE}"), &[])?.ok()?["counts"]["view"], 1);
    journal(data, "verify", &[])?.done()?;
    Ok(())
}

#[test]
fn an_erasure_asked_for_before_a_crash_is_done_by_a_reindex_without_a_server() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let server = Server::start(data)?;
    server.view(GONE, &["es-duetto", "cb-yirga"])?;
    let receipt = erase(&server)?;
    server.kill()?;
    let told = reindex(data, None, None)?.done()?.err;
    assert!(told.contains("is complete"), "{told}");
    assert_eq!(naming(data)?, [""; 0].map(PathBuf::from));
    let server = Server::start(data)?;
    assert_eq!(status(&server, &receipt)?, "complete");
    assert_eq!(server.get(&format!("/v1/profiles/{GONE}"), &[])?.status, 404);
    drop(server);
    let exported = journal(data, "export", &["--format", "ndjson"])?.done()?.out;
    assert!(!exported.contains(GONE));
    Ok(())
}

#[test]
fn an_export_leaves_out_who_is_to_be_forgotten_before_a_reindex_does() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let server = Server::start(data)?;
    server.view(GONE, &["es-duetto"])?;
    server.view("somebody-else", &["es-duetto"])?;
    erase(&server)?;
    let exported = journal(data, "export", &["--format", "ndjson"])?.done()?.out;
    assert!(exported.contains("somebody-else") && !exported.contains(GONE), "{exported}");
    Ok(())
}

#[test]
fn what_is_older_than_is_kept_goes_with_a_reindex() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let event = |id: &str, time: &str| json!({"message_id": id, "type": "view", "user_id": "u", "time": time, "products": [{"id": "es-duetto"}]});
    let server = Server::start(data)?;
    let now = jiff::Timestamp::now().to_string();
    let batch = json!([event("old", "2020-02-03T04:05:06Z"), event("new", &now)]);
    assert_eq!(server.post("/v1/events", &batch)?.ok()?["accepted"], 2);
    drop(server);
    journal(data, "compact", &[])?.done()?;
    journal(data, "export", &[])?.done()?;
    assert!(data.join("archive/day=2020-02-03").exists());
    fs::write(data.join("tastemaker.toml"), "[events]\nretention_days = 365\n")?;
    let told = reindex(data, None, None)?.done()?.err;
    assert!(told.contains("1 expired or erased events"), "{told}");
    assert!(!data.join("archive/day=2020-02-03").exists());
    let exported = journal(data, "export", &["--format", "ndjson"])?.done()?.out;
    assert!(exported.contains("\"new\"") && !exported.contains("\"old\""), "{exported}");
    journal(data, "verify", &[])?.done()?;
    Ok(())
}

#[test]
fn what_is_older_than_is_kept_goes_also_from_the_open_segment_and_from_given_files() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    let event = |id: &str| json!({"message_id": id, "type": "view", "user_id": "u", "time": "2020-02-03T04:05:06Z", "products": [{"id": "es-duetto"}]});
    let load = |id: &str| -> Done {
        fs::write(data.join("tastemaker.toml"), "")?;
        let server = Server::start(data)?;
        assert_eq!(server.post("/v1/events", &event(id))?.ok()?["accepted"], 1);
        drop(server);
        Ok(fs::write(data.join("tastemaker.toml"), "[events]\nretention_days = 365\n")?)
    };
    let exported = || -> Done<String> { Ok(journal(data, "export", &["--format", "ndjson"])?.done()?.out) };
    load("old-without-a-server")?;
    assert!(exported()?.contains("old-without-a-server"));
    // The newest event of the journal is received now, however old it says it is.
    let told = reindex(data, None, None)?.done()?.err;
    assert!(told.contains("1 expired or erased events"), "{told}");
    assert!(!exported()?.contains("old-without-a-server"));
    load("old-under-a-server")?;
    let server = Server::start(data)?;
    let told = reindex(data, None, None)?.done()?.err;
    assert!(told.contains("1 expired or erased events"), "{told}");
    assert!(!exported()?.contains("old-under-a-server"));
    drop(server);
    let file = data.with_extension("ndjson");
    fs::write(&file, format!("{}\n", event("old-in-a-file")))?;
    let summary = reindex(data, None, Some(&file))?.done()?;
    fs::remove_file(&file)?;
    assert!(summary.out.contains("0 events"), "{summary:?}");
    journal(data, "verify", &[])?.done()?;
    Ok(())
}
