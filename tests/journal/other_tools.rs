//! The Parquet copy says to other engines what the journal says.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::support::{Done, demo_folder, run, tastemaker};
use super::{feed, journal};

/// What the readers should find, from the events as NDJSON.
fn expected(ndjson: &str) -> Done<Value> {
    let (mut rows, mut events, mut purchases, mut bought) = (0, 0, 0, 0);
    let (mut users, mut last) = (BTreeSet::new(), String::new());
    for line in ndjson.lines() {
        let event: Value = serde_json::from_str(line)?;
        let products = event["products"].as_array().map(Vec::as_slice).unwrap_or_default();
        events += 1;
        rows += products.len().max(1);
        if event["type"] == "purchase" {
            purchases += 1;
            let amount =
                |product: &Value| product["price"].as_i64().unwrap_or(0) * product["quantity"].as_i64().unwrap_or(1);
            bought += products.iter().map(amount).sum::<i64>();
        }
        users.extend(event["user_id"].as_str().map(str::to_owned));
        last = last.max(event["time"].as_str().unwrap_or_default().to_owned());
    }
    let users = users.len();
    Ok(json!({"rows": rows, "events": events, "purchases": purchases, "bought": bought, "users": users, "last": last,
              "in_their_day": true}))
}

/// What each reader that is installed found. `TASTEMAKER_PYTHON` names the interpreter.
fn read(archive: &Path) -> Done<Vec<Value>> {
    let python = env::var_os("TASTEMAKER_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journal/read.py");
    let Ok(output) = Command::new(python).arg(script).arg(archive).output() else { return Ok(Vec::new()) };
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    String::from_utf8_lossy(&output.stdout).lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

#[test]
fn pyarrow_and_duckdb_read_back_what_the_journal_holds() -> Done {
    let folder = demo_folder()?;
    let data = folder.path();
    feed(data)?;
    let told = journal(data, "export", &[])?.done()?.out;
    assert!(told.contains("0 segments copied") && told.contains("segment 1 is still written to"), "{told}");
    // A compaction closes the segment under way.
    journal(data, "compact", &[])?.done()?;
    journal(data, "export", &[])?.done()?;
    let ndjson = journal(data, "export", &["--format", "ndjson"])?.done()?.out;
    let expected = expected(&ndjson)?;
    assert_eq!(expected["events"], 10912);
    let found = read(&data.join("archive"))?;
    if found.is_empty() {
        println!("NOT RUN: neither pyarrow nor duckdb can be imported; TASTEMAKER_PYTHON may name an interpreter");
        return Ok(());
    }
    for mut answer in found {
        let reader = answer.as_object_mut().and_then(|answer| answer.remove("reader"));
        println!("read by {}", reader.unwrap_or_default());
        assert_eq!(answer, expected);
    }
    Ok(())
}

#[test]
fn a_journal_feeds_another_folder_directly_and_as_ndjson() -> Done {
    let (from, folder) = (demo_folder()?, demo_folder()?);
    feed(from.path())?;
    let as_text = |path: &Path| path.to_string_lossy().into_owned();
    let segments = as_text(&from.path().join("journal"));
    let replay = |events: &str| tastemaker(["replay", "--data", &as_text(folder.path()), "--events", events])?.done();
    assert!(replay(&segments)?.out.starts_with("10912 events accepted, 0 known before"));
    let file = as_text(&from.path().join("events.ndjson"));
    let told = journal(from.path(), "export", &["--format", "ndjson", "--out", &file])?.done()?.out;
    assert!(told.starts_with("10912 events written"), "{told}");
    assert!(replay(&file)?.out.starts_with("0 events accepted, 10912 known before"));
    let own = as_text(&folder.path().join("journal"));
    run(super::support::binary().args(["replay", "--data", &as_text(folder.path()), "--events", &own]))?
        .failed(1, &["is the journal of --data itself"])?;
    let day = journal(from.path(), "export", &["--format", "ndjson", "--from", "2026-08-02", "--to", "2026-08-03"])?;
    let day = day.done()?.out;
    assert!(day.lines().count() > 10 && day.lines().all(|line| line.contains("\"time\":\"2026-08-02T")), "{day}");
    journal(from.path(), "export", &["--from", "2026-08-02"])?.failed(1, &["--format ndjson"])?;
    journal(from.path(), "export", &["--format", "ndjson", "--from", "soon"])?.failed(2, &["soon", "2026-11-24"])?;
    Ok(())
}
