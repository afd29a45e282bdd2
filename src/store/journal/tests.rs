//! The promises of the journal, against every way a disk can fail.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use tastemaker_index::event::Event;

use super::frame::message_hash;
use super::segment::{HEADER_BYTES, path};
use super::*;
use crate::store::faulty::FaultyDisk;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SETTINGS: JournalSettings = JournalSettings { segment_bytes: 1 << 20 };

fn record(id: &str) -> Done<JournalRecord> {
    let text = format!(r#"{{"message_id":"{id}","type":"view","user_id":"u1","products":[{{"id":"p1"}}]}}"#);
    Ok(JournalRecord::new(&serde_json::from_str::<Event>(&text)?)?)
}

fn append(journal: &mut Journal, ids: &[&str]) -> Done<Position> {
    let group: Vec<JournalRecord> = ids.iter().map(|id| record(id)).collect::<Done<_>>()?;
    Ok(journal.append(&group)?)
}

/// The message ids from a position on.
fn ids(folder: &Path, from: Position) -> Result<Vec<String>> {
    read_from(folder, from)?.map(|entry| Ok(entry?.event.message_id.unwrap_or_default())).collect()
}

/// A journal of two synced groups, "a" and "b c", with its only segment.
fn two_groups() -> Done<(tempfile::TempDir, Vec<u8>, [Position; 2])> {
    let folder = tempfile::tempdir()?;
    let mut journal = Journal::open(folder.path(), SETTINGS)?;
    let ends = [append(&mut journal, &["a"])?, append(&mut journal, &["b", "c"])?];
    let bytes = fs::read(path(folder.path(), 1))?;
    drop(journal);
    // As after a kill: nobody recorded how long the open segment is.
    fs::remove_file(chain::path(folder.path()))?;
    Ok((folder, bytes, ends))
}

#[test]
fn events_read_back_in_order_from_any_position() -> Done {
    let (folder, _, [first, second]) = two_groups()?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c"]);
    assert_eq!(ids(folder.path(), first)?, ["b", "c"]);
    assert_eq!(ids(folder.path(), second)?, [""; 0]);
    let entries: Vec<JournalEntry> = read_from(folder.path(), Position::START)?.collect::<Result<_>>()?;
    assert_eq!(entries.last().map(|entry| entry.position), Some(second));
    Ok(())
}

#[test]
fn one_group_is_one_sync() -> Done {
    let folder = tempfile::tempdir()?;
    let disk = FaultyDisk::default();
    let mut journal = Journal::open_on(Box::new(disk.clone()), folder.path(), SETTINGS)?;
    let before = disk.faults().syncs;
    append(&mut journal, &["a", "b", "c", "d"])?;
    assert_eq!(disk.faults().syncs - before, 1);
    Ok(())
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_nothing_else() -> Done {
    let (folder, bytes, [_, end]) = two_groups()?;
    let last = end.offset - record("c")?.bytes();
    for torn in last..end.offset {
        fs::write(path(folder.path(), 1), &bytes[..torn as usize])?;
        assert_eq!(ids(folder.path(), Position::START)?, ["a", "b"], "a reader stops silently at {torn}");
        let mut journal = Journal::open(folder.path(), SETTINGS)?;
        assert_eq!(journal.end().offset, last, "torn at {torn}");
        append(&mut journal, &["d"])?;
        assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "d"], "torn at {torn}");
        drop(journal);
        fs::remove_file(chain::path(folder.path()))?;
    }
    Ok(())
}

#[test]
fn a_group_whose_pages_reached_the_disk_out_of_order_is_cut_off() -> Done {
    let (folder, mut bytes, [first, _]) = two_groups()?;
    let inside_b = first.offset as usize + 50;
    bytes[inside_b..inside_b + 20].fill(0);
    fs::write(path(folder.path(), 1), &bytes)?;
    assert_eq!(Journal::open(folder.path(), SETTINGS)?.end(), first);
    Ok(())
}

#[test]
fn a_flipped_byte_in_a_finished_group_is_an_error_naming_file_and_offset() -> Done {
    let (folder, bytes, [first, _]) = two_groups()?;
    for at in HEADER_BYTES..first.offset {
        let mut damaged = bytes.clone();
        damaged[at as usize] ^= 0x10;
        fs::write(path(folder.path(), 1), &damaged)?;
        let expected = path(folder.path(), 1);
        for error in [Journal::open(folder.path(), SETTINGS).err(), ids(folder.path(), Position::START).err()] {
            match error {
                Some(StoreError::Corrupt { path, offset, .. }) => {
                    assert_eq!((path, offset), (expected.clone(), HEADER_BYTES))
                }
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }
    Ok(())
}

#[test]
fn a_closed_segment_may_not_be_torn() -> Done {
    let (folder, bytes, _) = two_groups()?;
    append(&mut Journal::open(folder.path(), JournalSettings { segment_bytes: 1 })?, &["d"])?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c", "d"]);
    fs::write(path(folder.path(), 1), &bytes[..bytes.len() - 1])?;
    assert!(matches!(ids(folder.path(), Position::START), Err(StoreError::Corrupt { .. })));
    Ok(())
}

#[test]
fn segments_rotate_by_size_and_read_on() -> Done {
    let folder = tempfile::tempdir()?;
    let mut journal = Journal::open(folder.path(), JournalSettings { segment_bytes: 400 })?;
    let names: Vec<String> = (0..20).map(|n| format!("m{n:02}")).collect();
    let mut ends = Vec::new();
    for name in &names {
        ends.push(append(&mut journal, &[name])?);
    }
    assert!(journal.end().segment > 5 && ends.is_sorted());
    for (read, end) in ends.iter().enumerate() {
        assert_eq!(ids(folder.path(), *end)?, names[read + 1..]);
    }
    let hashes: Vec<u128> = names[13..].iter().map(|name| message_hash(name)).collect();
    assert_eq!(journal.recent_hashes(7)?, hashes);
    fs::remove_file(path(folder.path(), 3))?;
    assert!(matches!(Journal::open(folder.path(), SETTINGS), Err(StoreError::Corrupt { .. })), "a missing segment");
    Ok(())
}

#[test]
fn an_interrupted_segment_creation_is_finished() -> Done {
    for kept in 0..HEADER_BYTES {
        let (folder, ..) = two_groups()?;
        fs::write(path(folder.path(), 2), &segment::header(2)[..kept as usize])?;
        assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c"]);
        append(&mut Journal::open(folder.path(), SETTINGS)?, &["d"])?;
        assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c", "d"]);
    }
    Ok(())
}

#[test]
fn a_newer_format_is_refused_with_both_versions() -> Done {
    let (folder, mut bytes, _) = two_groups()?;
    bytes[8] = 3;
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..24]);
    bytes[24..32].copy_from_slice(&checksum.to_le_bytes());
    fs::write(path(folder.path(), 1), &bytes)?;
    let refused = Journal::open(folder.path(), SETTINGS).err();
    assert!(matches!(refused, Some(StoreError::NewerFormat { found: 3, supported: 2, .. })), "{refused:?}");
    Ok(())
}

#[test]
fn a_journal_of_the_version_before_reads_on() -> Done {
    let (folder, mut bytes, _) = two_groups()?;
    bytes[8] = 1;
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..24]);
    bytes[24..32].copy_from_slice(&checksum.to_le_bytes());
    fs::write(path(folder.path(), 1), &bytes)?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c"]);
    append(&mut Journal::open(folder.path(), SETTINGS)?, &["d"])?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c", "d"]);
    Ok(())
}

#[test]
fn a_sealed_segment_is_followed_by_a_new_one() -> Done {
    let (folder, ..) = two_groups()?;
    let mut journal = Journal::open(folder.path(), SETTINGS)?;
    journal.seal()?;
    journal.seal()?;
    assert_eq!(journal.end(), Position { segment: 2, offset: HEADER_BYTES }, "an empty one is not closed");
    append(&mut journal, &["d"])?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c", "d"]);
    Ok(())
}

#[test]
fn a_position_the_journal_does_not_reach_is_an_error() -> Done {
    let (folder, _, [_, end]) = two_groups()?;
    for from in [Position { offset: end.offset + 1, ..end }, Position { segment: 2, offset: HEADER_BYTES }] {
        assert!(matches!(read_from(folder.path(), from), Err(StoreError::Corrupt { .. })), "{from:?}");
    }
    Ok(())
}

#[test]
fn short_writes_are_continued() -> Done {
    let folder = tempfile::tempdir()?;
    let disk = FaultyDisk::default();
    disk.faults().largest_write = Some(7);
    let mut journal = Journal::open_on(Box::new(disk), folder.path(), SETTINGS)?;
    append(&mut journal, &["a", "b"])?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b"]);
    Ok(())
}

#[test]
fn a_disk_that_fills_at_any_byte_loses_nothing_acknowledged_and_keeps_nothing_else() -> Done {
    for (free, truncate_fails) in (0..2 * record("b")?.bytes()).flat_map(|free| [(free, false), (free, true)]) {
        let folder = tempfile::tempdir()?;
        let disk = FaultyDisk::default();
        let mut journal = Journal::open_on(Box::new(disk.clone()), folder.path(), SETTINGS)?;
        append(&mut journal, &["a"])?;
        (disk.faults().free_bytes, disk.faults().truncate) = (Some(free), truncate_fails);
        let failed = append(&mut journal, &["b", "c"]).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(failed.contains("the disk is full"), "{failed}");
        (disk.faults().free_bytes, disk.faults().truncate) = (None, false);
        let later = journal.append(&[record("d")?]);
        assert!(matches!(later, Err(StoreError::Poisoned { .. })), "space again is no reason to go on: {later:?}");
        drop(journal);
        append(&mut Journal::open(folder.path(), SETTINGS)?, &["e"])?;
        let found = ids(folder.path(), Position::START)?;
        if truncate_fails && free >= record("b")?.bytes() {
            assert_eq!(found, ["a", "b", "e"], "a whole unacknowledged event may stay");
        } else {
            assert_eq!(found, ["a", "e"], "{free} bytes free");
        }
    }
    Ok(())
}

#[test]
fn after_a_failed_sync_nothing_is_accepted_until_the_journal_is_opened_again() -> Done {
    let folder = tempfile::tempdir()?;
    let disk = FaultyDisk::default();
    let mut journal = Journal::open_on(Box::new(disk.clone()), folder.path(), SETTINGS)?;
    append(&mut journal, &["a"])?;
    disk.faults().sync = true;
    assert!(matches!(journal.append(&[record("b")?]), Err(StoreError::Io { action: "sync", .. })));
    disk.faults().sync = false;
    assert!(matches!(journal.append(&[record("c")?]), Err(StoreError::Poisoned { .. })));
    drop(journal);
    append(&mut Journal::open(folder.path(), SETTINGS)?, &["d"])?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "d"]);
    Ok(())
}

#[test]
fn a_reader_sees_a_consistent_prefix_of_a_frame_being_written() -> Done {
    let (folder, ..) = two_groups()?;
    let mut half = Vec::new();
    record("d")?.write(0, &mut half);
    let mut file = OpenOptions::new().append(true).open(path(folder.path(), 1))?;
    file.write_all(&half[..half.len() / 2])?;
    assert_eq!(ids(folder.path(), Position::START)?, ["a", "b", "c"]);
    Ok(())
}
