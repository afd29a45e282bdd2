//! A damaged journal: the server goes on without the damaged part and says so, a reindex only when told.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::support::server::Server;
use super::support::{Done, Ran, binary, current_generation, demo_folder, fixture, reindex, run, tastemaker};

/// A shop with the demo's history in its journal, closed by two restarts on other days.
fn with_history() -> Done<tempfile::TempDir> {
    let folder = demo_folder()?;
    let (data, events) = (folder.path().to_string_lossy().into_owned(), fixture("events.ndjson"));
    tastemaker(["replay", "--data", &data, "--events", &events.to_string_lossy()])?.done()?;
    // An erasure closes the segment.
    for round in 0..2 {
        let server = Server::start(folder.path())?;
        server.view("passing", &["st-gale"])?;
        server.delete(&format!("/v1/profiles/nobody-{round}"))?;
        server.view("passing", &["es-duetto"])?;
        server.stop("TERM")?;
    }
    Ok(folder)
}

fn segment(data: &Path, number: u64) -> PathBuf {
    data.join(format!("journal/{number:010}.journal"))
}

fn events(data: &Path) -> Done<u64> {
    let manifest: Value = serde_json::from_slice(&fs::read(current_generation(data)?.join("manifest.json"))?)?;
    manifest["events"].as_u64().ok_or_else(|| "no events".into())
}

fn reindex_with(data: &Path, flag: &str) -> Done<Ran> {
    run(binary().arg("reindex").arg("--data").arg(data).arg(flag))
}

#[test]
fn a_missing_first_middle_or_last_segment_stops_a_reindex_and_not_the_server() -> Done {
    let source = with_history()?;
    let last = (1..).take_while(|&number| segment(source.path(), number).exists()).last().ok_or("no segment")?;
    assert!(last >= 3, "{last}");
    for number in [1, 2, last] {
        let folder = super::support::empty_folder()?;
        super::support::copy(source.path(), folder.path())?;
        let data = folder.path();
        fs::remove_file(segment(data, number))?;
        let before = fs::read(data.join("generations/CURRENT"))?;
        let name = format!("{number:010}.journal");
        let ran = reindex(data, None, None)?.failed(1, &[&name, "missing", "backup", "--salvage"])?;
        assert_eq!(fs::read(data.join("generations/CURRENT"))?, before, "{ran:?}");
        let server = Server::start(data)?;
        let ready = server.get("/readyz", &[])?.ok()?;
        assert_eq!((&ready["status"], &ready["problems"][0]["code"]), (&json!("degraded"), &json!("journal_damaged")));
        assert!(server.log()?.contains(&name), "{}", server.log()?);
        server.view("later", &["st-gale"])?;
        server.stop("TERM")?;
        reindex(data, None, None)?.failed(1, &[&name, "--salvage"])?;
        let ran = reindex_with(data, "--salvage")?.done()?;
        assert!(ran.err.contains(&name), "{ran:?}");
        // Accepted once, it is over.
        reindex(data, None, None)?.done()?;
        let server = Server::start(data)?;
        assert_eq!(server.get("/readyz", &[])?.ok()?["status"], "ready");
    }
    Ok(())
}

#[test]
fn a_flipped_bit_costs_one_event_and_a_backup_brings_it_back() -> Done {
    let folder = with_history()?;
    let data = folder.path();
    reindex(data, None, None)?.done()?;
    let whole = events(data)?;
    let file = segment(data, 1);
    let backup = fs::read(&file)?;
    let mut flipped = backup.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&file, &flipped)?;
    reindex(data, None, None)?.failed(1, &["0000000001.journal", "--salvage"])?;
    let server = Server::start(data)?;
    assert_eq!(server.get("/readyz", &[])?.ok()?["problems"][0]["code"], "journal_damaged");
    server.stop("TERM")?;
    tastemaker(["journal", "verify", "--data", &data.to_string_lossy()])?.failed(1, &["0000000001.journal"])?;
    // Put back, nothing is lost.
    fs::write(&file, &backup)?;
    let server = Server::start(data)?;
    assert_eq!(server.get("/readyz", &[])?.ok()?["status"], "ready");
    server.stop("TERM")?;
    reindex(data, None, None)?.done()?;
    assert_eq!(events(data)?, whole);
    // Without a backup the rest is used.
    fs::write(&file, &flipped)?;
    reindex_with(data, "--salvage")?.done()?;
    assert_eq!(events(data)?, whole - 1);
    Ok(())
}
