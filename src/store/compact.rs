//! Compaction: frees the space of removed events by dropping their frames from closed segments. The frames
//! behind them move to lower offsets.
//!
//! Positions are pairs of segment and offset, and are stored in three places: the durable position of the
//! profiles, the last event of each profile, and receipts of unfinished erasures. Frames can move because of
//! this order, with each step durable before the next:
//!
//! 1. no server and no reindex works on the folder: both locks are held;
//! 2. the profiles are brought up to the journal's end;
//! 3. the open segment is closed, and the position of the profiles is set to the beginning of the next
//!    segment, so that no start reads an older segment again;
//! 4. unfinished erasures are completed, so that no receipt holds a position;
//! 5. each closed segment with removed frames is replaced in one rename; its Parquet copy loses its
//!    manifest before and is written again after.
//!
//! Segments retain their numbers. So a profile's position, even with an offset from before, is smaller than
//! that of every new event, which lies in a later segment. Profiles rebuilt from nothing take all positions
//! from the moved frames. After a stop between two steps, every segment is complete, old or new, and no
//! position refers to a moved frame that is read again.

use jiff::Timestamp;

use super::archive::{Archive, sealed};
use super::erasures::Erasures;
use super::error::{Result, StoreError};
use super::folder::{DataFolder, LockKind};
use super::journal::chain;
use super::journal::segment::{self, HEADER_BYTES, Segment};
use super::offline::OfflineFolder;
use super::profiles::ProfileSettings;
use super::redact::{self, Redacted, rewrite};

/// The result of a compaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Size of the journal before, in bytes.
    pub before_bytes: u64,
    /// Size of the journal after, in bytes.
    pub after_bytes: u64,
    /// Number of rewritten segments.
    pub segments: u64,
    /// Events removed before compacting.
    pub redacted: Redacted,
}

/// Removes due events, then drops removed frames from every closed segment.
///
/// # Errors
/// [`StoreError::Locked`] while a server or a reindex works on the folder; damage, or a system error. After
/// any of them the journal reads the same as before.
pub fn run(folder: &DataFolder, settings: ProfileSettings, now: Timestamp) -> Result<Compacted> {
    let offline = OfflineFolder::of(folder)?;
    let _reindex = folder.lock(LockKind::Reindex)?;
    let journal = folder.journal();
    let before_ms = settings.retention_ms.map(|retention_ms| now.as_millisecond() - retention_ms);
    let mut compacted = Compacted { before_bytes: bytes(&journal)?, ..Compacted::default() };
    // The steps of the module's header, in their order.
    let end = offline.catch_up(settings, now)?;
    let durable = offline.seal(end)?;
    compacted.redacted = redact::run(folder, durable, now, before_ms)?;
    if Erasures::of(folder).pending()?.iter().any(|receipt| !receipt.through.is_empty()) {
        return Err(StoreError::Poisoned { cause: "an unfinished erasure could not be completed".to_owned() });
    }
    let archive = Archive::open(folder)?;
    for number in sealed(&journal)? {
        let segment = Segment::load(&journal, number, false)?;
        chain::check_content(&journal, number, segment.raw())?;
        if let Some(bytes) = without_removed(&segment)? {
            archive.remove_manifest(number)?;
            rewrite::replace(&journal, number, &bytes)?;
            archive.copy(number)?;
            compacted.segments += 1;
        }
    }
    compacted.after_bytes = bytes(&journal)?;
    Ok(compacted)
}

/// The bytes of a segment without its removed frames; absent if it has none.
fn without_removed(segment: &Segment) -> Result<Option<Vec<u8>>> {
    let mut bytes = segment::header(segment.number);
    let mut offset = HEADER_BYTES;
    let (mut old_group, mut group) = (u64::MAX, HEADER_BYTES);
    while let Some((frame, after)) = segment.frame_at(offset)? {
        if !frame.is_redacted() {
            // A group moves to the offset of its first remaining frame.
            if frame.group != old_group {
                (old_group, group) = (frame.group, bytes.len() as u64);
            }
            bytes.extend_from_slice(&frame.moved(group));
        }
        offset = after;
    }
    Ok(((bytes.len() as u64) < segment.bytes()).then_some(bytes))
}

/// Size of all segments, in bytes.
fn bytes(journal: &std::path::Path) -> Result<u64> {
    let of = |number| {
        let path = segment::path(journal, number);
        std::fs::metadata(&path).map(|about| about.len()).map_err(StoreError::io("read", &path))
    };
    segment::list(journal)?.into_iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use tastemaker_index::id::ShopperId;

    use super::*;
    use crate::store::archive;
    use crate::store::journal::{Journal, JournalEntry, JournalRecord, JournalSettings, Position, read_from};
    use crate::store::profiles::Profiles;
    use crate::store::state::{State, StateSettings};

    type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    fn event(id: &str, who: &str, kind: &str) -> Done<JournalRecord> {
        let text = format!(
            r#"{{"message_id":"{id}","type":"{kind}","user_id":"{who}","time":"2026-11-24T12:00:00Z","products":[{{"id":"p1"}}]}}"#
        );
        Ok(JournalRecord::new(&serde_json::from_str(&text)?)?)
    }

    fn events(folder: &DataFolder) -> Result<Vec<String>> {
        let told = |entry: Result<JournalEntry>| Ok(entry?.event.message_id.unwrap_or_default());
        read_from(&folder.journal(), Position::START)?.map(told).collect()
    }

    fn profile(folder: &DataFolder, who: &str) -> Result<Option<String>> {
        let profiles = Profiles::open(State::open(folder, StateSettings::default())?, ProfileSettings::default())?;
        let found = profiles.get(&ShopperId::User(who.to_owned()))?;
        Ok(found.map(|profile| format!("{profile:?}")))
    }

    #[test]
    fn room_is_given_back_and_nothing_else_changes() -> Done {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        let mut journal = Journal::open(&folder.journal(), JournalSettings::default())?;
        journal.append(&[event("a1", "ann", "view")?, event("b1", "bob", "view")?])?;
        journal.append(&[event("a2", "ann", "view")?, event("b2", "bob", "purchase")?])?;
        Erasures::of(&folder).request(
            "r".to_owned(),
            Timestamp::UNIX_EPOCH,
            vec![ShopperId::User("ann".to_owned())],
        )?;
        journal.append(&[event("erase-r-0", "ann", "erase")?])?;
        journal.seal()?;
        journal.append(&[event("b3", "bob", "impression")?])?;
        drop(journal);
        let now: Timestamp = "2026-11-25T00:00:00Z".parse()?;
        let end = OfflineFolder::of(&folder)?.catch_up(ProfileSettings::default(), now)?;
        assert_eq!(end.segment, 2);
        let (ann, bob) = (profile(&folder, "ann")?, profile(&folder, "bob")?);
        assert!(ann.is_none() && bob.is_some());
        let compacted = run(&folder, ProfileSettings::default(), now)?;
        assert_eq!((compacted.redacted.completed.len(), compacted.segments), (1, 1));
        assert!(compacted.after_bytes < compacted.before_bytes, "{compacted:?}");
        assert_eq!(events(&folder)?, ["b1", "b2", "b3"]);
        assert_eq!(archive::verify(&folder)?.damage.len(), 0);
        assert_eq!(profile(&folder, "bob")?, bob);
        // The next start reads on from the journal's end, and one more event counts.
        Journal::open(&folder.journal(), JournalSettings::default())?.append(&[event("b4", "bob", "view")?])?;
        OfflineFolder::of(&folder)?.catch_up(ProfileSettings::default(), now)?;
        assert_ne!(profile(&folder, "bob")?, bob);
        let again = run(&folder, ProfileSettings::default(), now)?;
        assert_eq!((again.segments, again.redacted), (0, Redacted::default()));
        // Profiles rebuilt from the moved frames are equal.
        let rebuilt = profile(&folder, "bob")?;
        std::fs::remove_dir_all(folder.state())?;
        std::fs::create_dir_all(folder.state())?;
        OfflineFolder::of(&folder)?.catch_up(ProfileSettings::default(), now)?;
        assert_eq!(profile(&folder, "bob")?, rebuilt);
        Ok(())
    }

    #[test]
    fn a_folder_in_use_is_left_alone() -> Done {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        let _held = folder.lock(LockKind::Serve)?;
        let refused = run(&folder, ProfileSettings::default(), Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Err(StoreError::Locked { command: "serve", .. })));
        Ok(())
    }
}
