//! The guarantees of the archive.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tastemaker_index::event::Event;
use tempfile::TempDir;

use super::*;
use crate::store::journal::{Journal, JournalRecord, JournalSettings, chain};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const EVENTS: [&str; 5] = [
    r#"{"message_id":"a","type":"view","user_id":"ann","time":"2026-11-24T10:00:00Z","products":[{"id":"p1"}]}"#,
    r#"{"message_id":"b","type":"purchase","user_id":"ann","anonymous_id":"d1","time":"2026-11-24T11:00:00Z",
        "order_id":"o1","value":700,"currency":"EUR","products":[{"id":"p1","quantity":2,"price":300},{"id":"p2","price":100}]}"#,
    r#"{"message_id":"c","type":"search","anonymous_id":"d2","time":"2026-11-25T00:00:00Z","query":"boots"}"#,
    r#"{"message_id":"d","type":"impression","time":"2026-11-25T00:00:01Z","products":[{"id":"p3","position":1}]}"#,
    r#"{"message_id":"e","type":"erase","user_id":"ann","time":"2026-11-26T00:00:00Z"}"#,
];

fn record(text: &str) -> Done<JournalRecord> {
    Ok(JournalRecord::new(&serde_json::from_str::<Event>(text)?)?)
}

/// A data folder whose first segment contains the events and is closed.
fn closed(events: &[&str]) -> Done<(TempDir, DataFolder)> {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let mut journal = Journal::open(&folder.journal(), JournalSettings::default())?;
    journal.append(&events.iter().map(|text| record(text)).collect::<Done<Vec<_>>>()?)?;
    journal.seal()?;
    Ok((root, folder))
}

/// Paths, relative to the archive, and bytes of all its files.
fn files(folder: &DataFolder) -> Done<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.archive()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder.archive())?.to_string_lossy().into_owned();
                found.push((name, fs::read(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn names(folder: &DataFolder) -> Done<Vec<String>> {
    Ok(files(folder)?.into_iter().map(|(name, _)| name).collect())
}

#[test]
fn a_closed_segment_is_copied_by_day_without_erasures_and_the_open_one_is_not() -> Done {
    let (_root, folder) = closed(&EVENTS)?;
    let caught_up = catch_up(&folder)?;
    assert_eq!(caught_up.open, Some(2));
    let expected = [
        "_segments/0000000001.json",
        "day=2026-11-24/segment-0000000001.parquet",
        "day=2026-11-25/segment-0000000001.parquet",
    ];
    assert_eq!(names(&folder)?, expected);
    let [manifest] = &caught_up.written[..] else { return Err(format!("{caught_up:?}").into()) };
    assert_eq!((manifest.events, manifest.rows), (4, 5));
    let archive = Archive::open(&folder)?;
    assert_eq!(archive.rows_naming(1, &|user, _| user == Some("ann"))?, Some(3));
    assert_eq!(archive.rows_naming(1, &|_, device| device == Some("d2"))?, Some(1));
    drop(archive);
    assert!(catch_up(&folder)?.written.is_empty(), "a finished copy is not made again");
    Ok(())
}

#[test]
fn the_same_segment_gives_the_same_bytes() -> Done {
    let (_root, folder) = closed(&EVENTS)?;
    catch_up(&folder)?;
    let before = files(&folder)?;
    Archive::open(&folder)?.copy(1)?;
    assert!(files(&folder)? == before);
    Ok(())
}

#[test]
fn an_interrupted_copy_is_made_again_and_leaves_nothing() -> Done {
    let (_root, folder) = closed(&EVENTS)?;
    catch_up(&folder)?;
    let whole = files(&folder)?;
    fs::remove_file(folder.archive().join("_segments/0000000001.json"))?;
    let stale = folder.archive().join("day=2020-01-01");
    fs::create_dir_all(&stale)?;
    fs::write(stale.join("segment-0000000001.parquet"), "half")?;
    fs::write(folder.archive().join("day=2026-11-24/segment-0000000001.parquet.tmp"), "half")?;
    fs::write(folder.archive().join("_segments/0000000001.json.tmp"), "half")?;
    catch_up(&folder)?;
    assert!(files(&folder)? == whole);
    assert!(!stale.exists(), "an empty day stays");
    Ok(())
}

#[test]
fn damage_is_named_and_mended_from_the_journal() -> Done {
    let (_root, folder) = closed(&EVENTS)?;
    assert_eq!(verify(&folder)?.missing, [1]);
    catch_up(&folder)?;
    let whole = files(&folder)?;
    let checked = verify(&folder)?;
    assert_eq!((checked.segments, checked.files, checked.rows, checked.damage.len()), (1, 2, 5, 0), "{checked:?}");
    for (name, bytes) in whole.iter().filter(|(name, _)| name.ends_with(".parquet")) {
        for at in (0..bytes.len()).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(folder.archive().join(name), &damaged)?;
            let told: Vec<String> = verify(&folder)?.damage.iter().map(ToString::to_string).collect();
            assert!(told.len() == 1 && told[0].contains(name) && told[0].contains("journal export"), "{told:?}");
        }
        assert_eq!(Archive::open(&folder)?.catch_up(true)?.written.len(), 1);
        assert!(files(&folder)? == whole);
    }
    let stray = folder.archive().join("day=2026-11-24/segment-0000000009.parquet");
    fs::write(&stray, "")?;
    assert_eq!(verify(&folder)?.damage.len(), 1);
    Ok(())
}

#[test]
fn the_copy_of_a_segment_that_is_gone_goes() -> Done {
    let (_root, folder) = closed(&EVENTS)?;
    catch_up(&folder)?;
    chain::delete(&folder.journal(), 1)?;
    catch_up(&folder)?;
    assert_eq!(names(&folder)?, [""; 0]);
    Ok(())
}

#[test]
fn many_rows_make_several_row_groups_and_all_are_there() -> Done {
    let products: Vec<String> = (0..500).map(|at| format!(r#"{{"id":"p{at}","price":{at}}}"#)).collect();
    let events: Vec<String> = (0..300)
        .map(|at| {
            let products = products.join(",");
            format!(r#"{{"message_id":"m{at}","type":"view","user_id":"u{at}","time":"2026-11-24T10:00:00Z","products":[{products}]}}"#)
        })
        .collect();
    let (_root, folder) = closed(&events.iter().map(String::as_str).collect::<Vec<_>>())?;
    assert_eq!(catch_up(&folder)?.written.first().map(|manifest| manifest.rows), Some(150_000));
    assert_eq!(verify(&folder)?.rows, 150_000);
    assert_eq!(Archive::open(&folder)?.rows_naming(1, &|user, _| user == Some("u299"))?, Some(500));
    Ok(())
}

#[test]
fn an_archivist_copies_what_is_closed_and_steps_back_while_another_works() -> Done {
    let (_root, folder) = closed(&EVENTS)?;
    let held = folder.lock(LockKind::Archive)?;
    let archivist =
        Archivist::start_every(folder.clone(), Duration::from_millis(5), crate::store::Problems::default())?;
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(names(&folder)?, [""; 0]);
    drop(held);
    // It yields to every other test.
    for _ in 0..6000 {
        if names(&folder)?.len() == 3 {
            drop(archivist);
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err("nothing was copied".into())
}
