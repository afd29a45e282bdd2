//! `tastemaker journal verify` and `compact`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::support::server::Server;
use super::support::{Done, demo_folder, empty_folder};
use super::{feed, journal};

/// Flips a bit in the middle of a file.
fn damage(path: &Path) -> Done {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    Ok(fs::write(path, bytes)?)
}

#[test]
fn verify_counts_what_is_there_and_names_damage_by_file_and_place() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    feed(data)?;
    journal(data, "compact", &[])?.done()?;
    let told = journal(data, "verify", &[])?.done()?.out;
    assert!(
        told.contains("10912") && told.contains("archive: 0 segments") && told.contains("not copied yet"),
        "{told}"
    );
    journal(data, "export", &[])?.done()?;
    let told = journal(data, "verify", &[])?.done()?.out;
    assert!(told.contains("archive: 1 segments"), "{told}");
    let file = fs::read_dir(data.join("archive/day=2026-08-02"))?.next().ok_or("no file")??.path();
    damage(&file)?;
    journal(data, "verify", &[])?.failed(1, &["day=2026-08-02", "damaged", "journal export"])?;
    journal(data, "export", &[])?.done()?;
    journal(data, "verify", &[])?.done()?;
    let segment = data.join("journal/0000000001.journal");
    damage(&segment)?;
    journal(data, "verify", &[])?.failed(1, &["0000000001.journal", "damaged at byte", "backup"])?;
    Ok(())
}

#[test]
fn a_folder_that_is_not_there_is_not_made() -> Done {
    let folder = empty_folder()?;
    let missing = folder.path().join("nowhere");
    for action in ["verify", "compact", "export"] {
        journal(&missing, action, &[])?.failed(1, &["nowhere", "does not exist"])?;
    }
    assert!(!missing.exists());
    Ok(())
}

#[test]
fn compacting_needs_the_server_stopped_and_changes_no_profile() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    feed(data)?;
    let server = Server::start(data)?;
    journal(data, "compact", &[])?.failed(1, &["tastemaker serve", "stop that one first"])?;
    let profile = |server: &Server| -> Done<Value> { server.get("/v1/profiles/shopper-brew", &[])?.ok() };
    let before = profile(&server)?;
    drop(server);
    let told = journal(data, "compact", &[])?.done()?.out;
    assert!(told.contains("bytes before"), "{told}");
    let server = Server::start(data)?;
    assert_eq!(profile(&server)?["counts"], before["counts"]);
    assert_eq!(profile(&server)?["in_words"], before["in_words"]);
    assert!(before["orders"].as_array().is_some_and(|orders| !orders.is_empty()), "{before}");
    assert_eq!(profile(&server)?["orders"], before["orders"]);
    server.view("shopper-brew", &["es-duetto"])?;
    assert_ne!(profile(&server)?["counts"], before["counts"], "events are counted on");
    Ok(())
}
