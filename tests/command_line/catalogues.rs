//! Feeds: bad rows are named by line and field, a feed with too many is refused, and neither a refusal nor a full disk
//! changes the stored catalogue.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::support::server::Server;
use super::support::{
    Done, Ran, binary, binary_with_room, current_generation, demo_folder, empty_folder, fixture, reindex, run, walk,
};

/// Every file that a reindex may write.
fn contents(data: &Path) -> Done<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for part in ["catalogue", "generations"] {
        for path in walk(&data.join(part))?.into_iter().filter(|path| path.is_file()) {
            found.insert(path.clone(), fs::read(path)?);
        }
    }
    Ok(found)
}

fn with_bad_rows(data: &Path, share: &str) -> Done<Ran> {
    let feed = fixture("bad/rows.jsonl");
    run(binary().arg("reindex").arg("--data").arg(data).arg("--catalog").arg(feed).args(["--max-bad-share", share]))
}

#[test]
fn every_bad_row_is_named_by_line_and_field() -> Done {
    let folder = empty_folder()?;
    let ran = with_bad_rows(folder.path(), "1.0")?.done()?;
    assert!(ran.out.contains(": 4 products"), "{ran:?}");
    let expected = fs::read_to_string(fixture("bad/expected.txt"))?;
    let faults =
        expected.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect::<Vec<_>>());
    let reports: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("bad row left out")).collect();
    let mut count = 0;
    for fault in faults {
        let [line, field, _] = fault[..] else { return Err(format!("{fault:?}").into()) };
        let places = [format!("line {line}:"), format!("line {line}, ")];
        let report = reports.iter().find(|report| places.iter().any(|place| report.contains(place)));
        let report = report.ok_or_else(|| format!("line {line} is not reported: {ran:#?}"))?;
        assert!(field == "-" || report.contains(field), "{report} does not name {field}");
        count += 1;
    }
    assert_eq!(reports.len(), count, "{reports:#?}");
    Ok(())
}

#[test]
fn too_many_bad_rows_are_refused_and_change_nothing() -> Done {
    let folder = demo_folder()?;
    let before = contents(folder.path())?;
    for share in ["0.05", "0.5"] {
        with_bad_rows(folder.path(), share)?
            .failed(1, &["11 of 15 rows are bad", "nothing was changed", "--max-bad-share"])?;
        assert!(contents(folder.path())? == before, "something changed");
    }
    with_bad_rows(folder.path(), "1.5")?.failed(1, &["--max-bad-share", "between 0 and 1"])?;
    Ok(())
}

#[test]
fn a_catalogue_that_is_missing_or_empty_changes_nothing() -> Done {
    let folder = demo_folder()?;
    let before = contents(folder.path())?;
    reindex(folder.path(), Some(Path::new("nowhere.jsonl")), None)?.failed(1, &["nowhere.jsonl"])?;
    let empty = folder.path().join("empty.jsonl");
    fs::write(&empty, "\n\n")?;
    reindex(folder.path(), Some(&empty), None)?.failed(1, &["the feed has no rows", "nothing was changed"])?;
    reindex(folder.path(), Some(folder.path()), None)?.failed(1, &[&folder.path().to_string_lossy()])?;
    reindex(folder.path(), None, Some(Path::new("nowhere.ndjson")))?.failed(1, &["nowhere.ndjson"])?;
    assert!(contents(folder.path())? == before, "something changed");
    let none = empty_folder()?;
    reindex(none.path(), None, None)?.failed(1, &["no catalogue was given yet", "--catalog"])?;
    Ok(())
}

#[test]
fn without_a_feed_the_catalogue_given_last_is_indexed_again() -> Done {
    let folder = demo_folder()?;
    let before = current_generation(folder.path())?;
    assert!(reindex(folder.path(), None, None)?.done()?.out.contains("403 products"));
    assert_ne!(current_generation(folder.path())?, before);
    Ok(())
}

#[test]
fn old_generations_are_kept_three_deep() -> Done {
    let folder = demo_folder()?;
    for _ in 0..4 {
        reindex(folder.path(), None, None)?.done()?;
    }
    let generations = fs::read_dir(folder.path().join("generations"))?.flatten().filter(|entry| entry.path().is_dir());
    assert_eq!(generations.count(), 3);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_the_old_generation_live_and_the_next_reindex_clean() -> Done {
    let folder = demo_folder()?;
    let before = current_generation(folder.path())?;
    let catalog = fixture("products.jsonl");
    let largest = contents(folder.path())?.values().map(Vec::len).max().unwrap_or_default() / 1024;
    let (mut failed, mut room) = (0, 8);
    while room < largest {
        let mut command = binary_with_room(room);
        let ran = run(command.arg("reindex").arg("--data").arg(folder.path()).arg("--catalog").arg(&catalog))?;
        let ran = ran.failed(1, &["error: ", "cannot write"])?;
        let path = folder.path().to_string_lossy();
        assert!(ran.err.contains(&*path), "the message names no file: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert_eq!(current_generation(folder.path())?, before, "with room for {room} KiB a file");
        let server = Server::start(folder.path())?;
        assert_eq!(server.search(&serde_json::json!({"group": false}))?["total"], 403);
        drop(server);
        failed += 1;
        room *= 2;
    }
    assert!(failed > 3, "{failed} failures are too few to show anything");
    reindex(folder.path(), Some(&catalog), None)?.done()?;
    assert_ne!(current_generation(folder.path())?, before);
    let left: Vec<_> =
        walk(folder.path())?.into_iter().filter(|path| path.to_string_lossy().ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}
