//! The promises of the state store, with crashes and damage.

use super::*;
use crate::store::faulty::copy_folder;
use std::fs;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Settings with which only a test's own requests make writes durable.
const LAZY: StateSettings =
    StateSettings { cache_bytes: 1 << 20, durable_after: Duration::from_secs(3600), durable_records: usize::MAX };

fn at(offset: u64) -> Position {
    Position { segment: 1, offset }
}

fn profile(key: &str, text: &str) -> Vec<StateWrite> {
    vec![StateWrite { kind: StateKind::Profile, key: key.to_owned(), bytes: Some(text.into()) }]
}

/// The folder as a power cut would leave it: only durable content.
fn crash(folder: &DataFolder, state: &State) -> Result<(tempfile::TempDir, DataFolder), Box<dyn std::error::Error>> {
    let root = tempfile::tempdir()?;
    let left = DataFolder::open(root.path())?;
    copy_folder(&state.path, &left.state())?;
    assert_ne!(folder.root(), left.root());
    Ok((root, left))
}

#[test]
fn a_profile_reads_back_at_once_and_after_a_clean_stop() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    assert_eq!(state.applied_position()?, Position::START);
    state.write(Some(at(40)), &profile("u:1", "boots"))?;
    assert_eq!(state.read(StateKind::Profile, "u:1")?.as_deref(), Some(&b"boots"[..]));
    assert_eq!(state.read(StateKind::Profile, "a:1")?, None);
    drop(state);
    let state = State::open(&folder, LAZY)?;
    assert_eq!(state.read(StateKind::Profile, "u:1")?.as_deref(), Some(&b"boots"[..]));
    assert_eq!(state.applied_position()?, at(40));
    Ok(())
}

#[test]
fn a_crash_loses_profiles_and_their_position_together() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    state.write(Some(at(40)), &profile("u:1", "one"))?;
    state.flush()?;
    state.write(Some(at(80)), &profile("u:1", "two"))?;
    state.write(Some(at(90)), &profile("u:2", "new"))?;
    let (_left, after) = crash(&folder, &state)?;
    let after = State::open(&after, LAZY)?;
    assert_eq!(after.applied_position()?, at(40));
    assert_eq!(after.read(StateKind::Profile, "u:1")?.as_deref(), Some(&b"one"[..]));
    assert_eq!(after.read(StateKind::Profile, "u:2")?, None);
    Ok(())
}

#[test]
fn enough_profiles_are_made_durable_without_being_asked() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, StateSettings { durable_records: 2, ..LAZY })?;
    state.write(Some(at(40)), &profile("u:1", "one"))?;
    state.write(Some(at(80)), &profile("u:2", "two"))?;
    let (_left, after) = crash(&folder, &state)?;
    assert_eq!(State::open(&after, LAZY)?.applied_position()?, at(80));
    Ok(())
}

/// Every file below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

#[test]
fn a_write_cut_off_anywhere_loses_profiles_and_their_position_together() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    for n in 1..=3 {
        state.write(Some(at(n)), &profile("u:1", &n.to_string()))?;
    }
    drop(state);
    let log = files(&folder.state())?.into_iter().find(|path| path.extension().is_some_and(|end| end == "jnl"));
    let log = log.ok_or("the store has no log")?;
    let bytes = fs::read(&log)?;
    let written = bytes.iter().rposition(|&byte| byte != 0).unwrap_or_default() + 1;
    let mut seen = std::collections::BTreeSet::new();
    for kept in (0..=written).rev().step_by(written / 20) {
        let cut_root = tempfile::tempdir()?;
        let cut = DataFolder::open(cut_root.path())?;
        copy_folder(&folder.state(), &cut.state())?;
        fs::write(cut.state().join(log.file_name().ok_or("no name")?), &bytes[..kept])?;
        let Ok(after) = State::open(&cut, LAZY) else { break };
        let position = after.applied_position()?.offset;
        let expected = (position > 0).then(|| position.to_string().into_bytes());
        assert_eq!(after.read(StateKind::Profile, "u:1")?, expected, "{kept} of {written} bytes kept");
        seen.insert(position);
    }
    assert!(seen.len() >= 3, "cuts met several states: {seen:?}");
    Ok(())
}

#[test]
fn damage_says_so_and_what_to_do_and_never_invents_a_profile() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    state.write(Some(at(1)), &profile("u:1", "boots"))?;
    drop(state);
    let mut refused = 0;
    for file in files(&folder.state())? {
        let good = fs::read(&file)?;
        for bad in [vec![7; good.len().min(4096)], good[..good.len() / 2].to_vec()] {
            let damaged_root = tempfile::tempdir()?;
            let damaged = DataFolder::open(damaged_root.path())?;
            copy_folder(&folder.state(), &damaged.state())?;
            let path = damaged.state().join(file.strip_prefix(folder.state())?);
            fs::write(&path, &bad)?;
            match State::open(&damaged, LAZY).and_then(|state| state.read(StateKind::Profile, "u:1")) {
                Ok(found) => assert!(found.is_none_or(|found| found == b"boots"), "{}", path.display()),
                Err(error @ StoreError::Corrupt { .. }) => {
                    refused += 1;
                    let told = error.to_string();
                    assert!(told.contains("rebuilt from the journal") && !told.contains("Error"), "{told}");
                }
                Err(other) => panic!("{}: {other}", path.display()),
            }
        }
    }
    assert!(refused > 0);
    Ok(())
}

#[test]
fn a_store_of_an_older_release_is_emptied_to_be_rebuilt_from_the_journal() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    state.write(Some(at(40)), &profile("u:1", "of the older layout"))?;
    state.records.insert(VERSION_KEY, 1u32.to_le_bytes())?;
    drop(state);
    let state = State::open(&folder, LAZY)?;
    assert_eq!((state.read(StateKind::Profile, "u:1")?, state.applied_position()?), (None, Position::START));
    drop(state);
    let state = State::open(&folder, LAZY)?;
    state.write(Some(at(50)), &profile("u:1", "boots"))?;
    assert_eq!(state.scan(StateKind::Profile, None).count(), 1);
    assert_eq!(state.scan(StateKind::Profile, Some("u:1")).count(), 0, "after that key");
    Ok(())
}

#[test]
fn others_are_told_up_to_where_profiles_are_durable_and_gone_from_the_files() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    assert_eq!(durable_position(&folder), Position::START);
    let state = State::open(&folder, LAZY)?;
    state.write(Some(at(40)), &profile("u:1", "boots"))?;
    assert_eq!(durable_position(&folder), Position::START, "nothing is durable yet");
    state.write(None, &[StateWrite { kind: StateKind::Profile, key: "u:1".to_owned(), bytes: None }])?;
    assert_eq!(durable_position(&folder), Position::START, "what goes with it comes with the position");
    state.write(Some(at(80)), &[])?;
    assert_eq!(durable_position(&folder), Position::START, "the removed profile is in the files");
    state.compact(true)?;
    assert_eq!(durable_position(&folder), at(80));
    state.write(Some(at(120)), &profile("u:1", "boots"))?;
    assert_eq!(durable_position(&folder), at(80));
    drop(state);
    assert_eq!(durable_position(&folder), at(120));
    std::fs::write(folder.state_position(), "{")?;
    assert_eq!(durable_position(&folder), Position::START, "half a note says nothing");
    Ok(())
}

#[test]
fn a_removed_profile_is_in_no_file_after_a_compaction() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    let holders = || -> Done<usize> {
        let mut folders = vec![folder.state()];
        let mut holders = 0;
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    holders += usize::from(std::fs::read(&path)?.windows(6).any(|window| window == b"secret"));
                }
            }
        }
        Ok(holders)
    };
    for round in 1..4u64 {
        state.write(Some(at(40 * round)), &profile("u:1", "a secret"))?;
        state.write(None, &profile("u:2", "boots"))?;
        state.flush()?;
        assert!(holders()? > 0, "the test shows nothing");
        state.write(
            Some(at(40 * round + 1)),
            &[StateWrite { kind: StateKind::Profile, key: "u:1".to_owned(), bytes: None }],
        )?;
        state.compact(true)?;
        assert_eq!(holders()?, 0, "round {round}");
        assert!(state.read(StateKind::Profile, "u:2")?.is_some());
    }
    Ok(())
}

#[test]
fn a_store_of_a_newer_release_is_refused() -> Done {
    let root = tempfile::tempdir()?;
    let folder = DataFolder::open(root.path())?;
    let state = State::open(&folder, LAZY)?;
    state.records.insert(VERSION_KEY, 9u32.to_le_bytes())?;
    drop(state);
    assert!(matches!(State::open(&folder, LAZY), Err(StoreError::NewerFormat { found: 9, supported: VERSION, .. })));
    Ok(())
}
