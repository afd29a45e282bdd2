//! Missing, cut, swapped and flipped segments are found by the chain, and salvaged in place.

use super::*;
use crate::store::journal::segment::path;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SMALL: JournalSettings = JournalSettings { segment_bytes: 600 };

fn record(n: usize) -> Done<JournalRecord> {
    let text = format!(
        r#"{{"message_id":"m{n}","type":"view","user_id":"u","time":"2026-11-24T12:00:00Z","products":[{{"id":"p"}}]}}"#
    );
    Ok(JournalRecord::new(&serde_json::from_str(&text)?)?)
}

/// A journal of some segments with three events each, and the position behind the last.
fn journal(events: usize) -> Done<(tempfile::TempDir, Position)> {
    let folder = tempfile::tempdir()?;
    let mut journal = Journal::open(folder.path(), SMALL)?;
    for n in 0..events {
        journal.append(&[record(n)?])?;
    }
    assert!(journal.end().segment >= 4, "{:?}", journal.end());
    Ok((folder, journal.end()))
}

fn ids(folder: &Path) -> Result<Vec<String>> {
    read_from(folder, Position::START)?.map(|entry| Ok(entry?.event.message_id.unwrap_or_default())).collect()
}

fn error(folder: &Path) -> String {
    ids(folder).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_missing_first_middle_or_last_segment_is_named_and_salvaged() -> Done {
    for missing in 1..=4 {
        let (folder, _) = journal(14)?;
        let folder = folder.path();
        let whole = ids(folder)?;
        let last = segment::list(folder)?.last().copied().unwrap_or_default();
        let number = if missing == 4 { last } else { missing };
        std::fs::remove_file(path(folder, number))?;
        assert!(error(folder).contains(&format!("{number:010}.journal")), "{}", error(folder));
        assert!(Journal::open(folder, SMALL).is_err());
        let salvaged = salvage(folder, Position::START, true)?;
        assert!(salvaged.iter().any(|one| one.number == number && one.missing), "{salvaged:?}");
        let left = ids(folder)?;
        assert!(left.len() < whole.len() && left.iter().all(|id| whole.contains(id)));
        let mut journal = Journal::open(folder, SMALL)?;
        journal.append(&[record(99)?])?;
        assert_eq!(ids(folder)?.len(), left.len() + 1);
        assert_eq!(chain::unaccepted(folder)?, [number]);
        chain::accept(folder)?;
        assert!(chain::unaccepted(folder)?.is_empty());
    }
    Ok(())
}

#[test]
fn a_segment_cut_between_two_frames_or_replaced_by_an_older_copy_is_named() -> Done {
    let (folder, _) = journal(14)?;
    let folder = folder.path();
    let two = path(folder, 2);
    let whole = std::fs::read(&two)?;
    let first = Segment::load(folder, 2, false)?.frame_at(HEADER_BYTES)?.ok_or("no frame")?.1;
    std::fs::write(&two, &whole[..first as usize])?;
    assert!(error(folder).contains("were written"), "{}", error(folder));
    // The same length and whole frames, yet another content.
    let other = Segment::load(folder, 1, false)?.raw()[HEADER_BYTES as usize..].to_vec();
    std::fs::write(&two, [segment::header(2), other].concat())?;
    assert!(error(folder).contains("not the one that was written"), "{}", error(folder));
    let salvaged = salvage(folder, Position::START, true)?;
    assert_eq!(salvaged.iter().map(|one| one.number).collect::<Vec<_>>(), [2]);
    assert_eq!(chain::unaccepted(folder)?, [2]);
    // Put back from a backup, it is whole again.
    std::fs::write(&two, &whole)?;
    drop(Journal::open(folder, SMALL)?);
    assert!(chain::unaccepted(folder)?.is_empty());
    assert_eq!(ids(folder)?.len(), 14);
    Ok(())
}

#[test]
fn a_flip_of_any_byte_is_blanked_in_its_place_and_the_rest_is_read() -> Done {
    let (source, end) = journal(14)?;
    let whole = ids(source.path())?;
    let bytes = std::fs::read(path(source.path(), 2))?;
    for at in (0..bytes.len()).step_by(7) {
        let folder = tempfile::tempdir()?;
        crate::store::faulty::copy_folder(source.path(), folder.path())?;
        let folder = folder.path();
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x20;
        std::fs::write(path(folder, 2), flipped)?;
        assert!(error(folder).contains("0000000002.journal"), "byte {at}: {}", error(folder));
        let salvaged = salvage(folder, end, true)?;
        assert_eq!(salvaged.iter().map(|one| one.number).collect::<Vec<_>>(), [2], "byte {at}");
        let left = ids(folder)?;
        assert!(left.len() + 1 >= whole.len() && left.iter().all(|id| whole.contains(id)), "byte {at}: {left:?}");
        assert_eq!(std::fs::metadata(path(folder, 2))?.len(), bytes.len() as u64, "positions stay valid");
        assert!(path(folder, 2).with_extension("journal.damaged").exists());
        assert!(read_from(folder, end)?.next().is_none());
        assert_eq!(salvage(folder, end, true)?, [], "once");
    }
    Ok(())
}

#[test]
fn a_flip_of_any_byte_of_the_open_segment_is_damage_and_not_a_torn_write() -> Done {
    // The last group has five events, as a batch is written: no later group proves that it was durable, but the stop does.
    let source = tempfile::tempdir()?;
    let mut journal = Journal::open(source.path(), JournalSettings::default())?;
    journal.append(&(0..2).map(record).collect::<Done<Vec<_>>>()?)?;
    journal.append(&(2..7).map(record).collect::<Done<Vec<_>>>()?)?;
    drop(journal);
    let bytes = std::fs::read(path(source.path(), 1))?;
    for at in (HEADER_BYTES as usize..bytes.len()).step_by(5) {
        let folder = tempfile::tempdir()?;
        crate::store::faulty::copy_folder(source.path(), folder.path())?;
        let folder = folder.path();
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x20;
        std::fs::write(path(folder, 1), flipped)?;
        assert!(error(folder).contains("0000000001.journal"), "byte {at}: {}", error(folder));
        let salvaged = salvage(folder, Position::START, true)?;
        assert_eq!(salvaged.iter().map(|one| one.number).collect::<Vec<_>>(), [1], "byte {at}");
        assert!(path(folder, 1).with_extension("journal.damaged").exists(), "byte {at}");
        assert_eq!(ids(folder)?.len(), 6, "byte {at}: one event is lost");
        assert_eq!(chain::unaccepted(folder)?, [1], "byte {at}: a reindex must be told");
    }
    Ok(())
}

#[test]
fn a_last_segment_that_no_longer_reaches_the_profiles_is_followed_by_a_new_one() -> Done {
    let (folder, end) = journal(14)?;
    let folder = folder.path();
    std::fs::write(path(folder, end.segment), segment::header(end.segment))?;
    assert!(read_from(folder, end).is_err());
    let salvaged = salvage(folder, end, true)?;
    assert_eq!(salvaged.iter().map(|one| one.number).collect::<Vec<_>>(), [end.segment]);
    let journal = Journal::open(folder, SMALL)?;
    assert!(journal.end() > end, "{:?} {end:?}", journal.end());
    assert_eq!(chain::unaccepted(folder)?, [end.segment]);
    Ok(())
}

#[test]
fn a_damaged_or_missing_chain_is_made_again() -> Done {
    for damage in [None, Some(&b""[..]), Some(b"{\"format\":1}\n0")] {
        let (folder, _) = journal(14)?;
        let folder = folder.path();
        match damage {
            Some(bytes) => std::fs::write(chain::path(folder), bytes)?,
            None => std::fs::remove_file(chain::path(folder))?,
        }
        assert_eq!(ids(folder)?.len(), 14);
        drop(Journal::open(folder, SMALL)?);
        std::fs::remove_file(path(folder, 1))?;
        assert!(error(folder).contains("0000000001.journal"), "{}", error(folder));
    }
    Ok(())
}

#[test]
fn after_a_failure_it_goes_on_in_a_new_segment_without_what_failed() -> Done {
    let disk = crate::store::faulty::FaultyDisk::default();
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut journal = Journal::open_on(Box::new(disk.clone()), folder, JournalSettings::default())?;
    journal.append(&[record(0)?])?;
    disk.faults().sync = true;
    disk.faults().truncate = true;
    assert!(journal.append(&[record(1)?]).is_err());
    assert!(journal.write_again().is_err() && journal.is_poisoned(), "the disk still fails");
    assert!(matches!(journal.append(&[record(1)?]), Err(StoreError::Poisoned { .. })));
    disk.faults().sync = false;
    assert!(journal.write_again().is_err(), "what failed could not be cut off");
    disk.faults().truncate = false;
    journal.write_again()?;
    journal.append(&[record(1)?])?;
    assert_eq!(journal.end().segment, 2);
    assert_eq!(ids(folder)?, ["m0", "m1"]);
    // Full: the new segment cannot be written; then there is room again.
    disk.faults().free_bytes = Some(100);
    assert!(journal.append(&[record(2)?]).is_err());
    disk.faults().free_bytes = Some(0);
    assert!(journal.write_again().is_err());
    disk.faults().free_bytes = None;
    journal.write_again()?;
    journal.append(&[record(2)?])?;
    drop(journal);
    drop(Journal::open(folder, SMALL)?);
    assert_eq!(ids(folder)?, ["m0", "m1", "m2"]);
    Ok(())
}
