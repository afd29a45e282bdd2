//! The intake on a disk that fails at random, in any sequence: full, short writes, failing syncs, failing
//! truncation, power cuts. After the next start, every acknowledged event is on disk once, no event is there
//! twice, and a profile store that lags behind catches up exactly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::sync::{Arc, Mutex, PoisonError};

use proptest::prelude::*;

use super::*;
use crate::store::faulty::{FaultyDisk, copy_folder};
use crate::store::journal::JournalSettings;
use crate::store::journal::segment::{self, HEADER_BYTES};
use crate::store::{DataFolder, Problems};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Number of different message ids; few, so that they repeat often.
const IDS: u8 = 40;

/// A share of a whole: none of it at 0, all of it at the maximum.
type Share = u16;

fn part(of: usize, part: Share) -> usize {
    of * usize::from(part) / usize::from(Share::MAX)
}

/// One step of a random test.
#[derive(Debug, Clone)]
enum DiskStep {
    /// One request with these events.
    Send(Vec<u8>),
    /// Only this many bytes are free from now on.
    Fill(u64),
    /// A write takes at most this many bytes.
    ShortWrites(usize),
    /// Syncs fail from now on.
    FailSync,
    /// Truncating a file fails from now on, so that a failed write stays in it.
    FailTruncate,
    /// The disk is healthy again; the server runs on.
    Mend,
    /// A stop and a start; the profile store has written this share of its events.
    Restart(Share),
    /// A power cut: of the bytes never acknowledged any part may be on disk, torn anywhere, and the first
    /// pages of it may be missing.
    PowerCut { torn: Share, blank: bool, written: Share },
}

fn steps() -> impl Strategy<Value = Vec<DiskStep>> {
    // The extremes are as likely as everything between them.
    let parts = || prop_oneof![Just(0), Just(Share::MAX), any::<Share>()];
    let step = prop_oneof![
        8 => prop::collection::vec(0..IDS, 1..6).prop_map(DiskStep::Send),
        1 => (0..600u64).prop_map(DiskStep::Fill),
        1 => (1..50usize).prop_map(DiskStep::ShortWrites),
        1 => Just(DiskStep::FailSync),
        1 => Just(DiskStep::FailTruncate),
        1 => Just(DiskStep::Mend),
        1 => parts().prop_map(DiskStep::Restart),
        1 => (parts(), proptest::bool::ANY, parts())
            .prop_map(|(torn, blank, written)| DiskStep::PowerCut { torn, blank, written }),
    ];
    prop::collection::vec(step, 1..40)
}

/// A profile store: the applied entries in order, of which a part is written when it stops.
#[derive(Debug, Clone, Default)]
struct AppliedEntries(Arc<Mutex<Vec<JournalEntry>>>);

impl AppliedEntries {
    fn entries(&self) -> Vec<JournalEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Apply for AppliedEntries {
    fn declines(&self, _: &Event) -> bool {
        false
    }

    fn apply(&mut self, entries: &[JournalEntry]) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(entries);
        Ok(())
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A server, its disk, and its promises so far.
struct FaultyServer {
    _root: tempfile::TempDir,
    folder: DataFolder,
    disk: FaultyDisk,
    applied: AppliedEntries,
    ingest: Option<Ingest>,
    acknowledged: BTreeSet<String>,
    /// Length of each segment at the last acknowledgement: these bytes survive a power cut.
    safe: BTreeMap<u64, u64>,
}

impl FaultyServer {
    fn new() -> Done<Self> {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        let mut world = Self {
            _root: root,
            folder,
            disk: FaultyDisk::default(),
            applied: AppliedEntries::default(),
            ingest: None,
            acknowledged: BTreeSet::new(),
            safe: BTreeMap::new(),
        };
        world.start()?;
        Ok(world)
    }

    /// Starts from what is on disk; the profile store has only what it wrote.
    fn start(&mut self) -> Done {
        let settings = JournalSettings { segment_bytes: 1000 };
        let journal = Journal::open_on(Box::new(self.disk.clone()), &self.folder.journal(), settings)?;
        let applied = self.applied.entries().last().map_or(Position::START, |entry| entry.position);
        let dependencies = IngestDependencies {
            problems: Problems::default(),
            new_id: Box::new(String::new),
            clock: Box::new(|| Timestamp::UNIX_EPOCH),
            profiles: Box::new(self.applied.clone()),
        };
        let settings = IngestSettings { retry_ms: 0, ..IngestSettings::default() };
        self.ingest = Some(Ingest::start(journal, applied, settings, dependencies)?);
        self.note_safe()
    }

    /// Stops; the profile store retains a part of its entries.
    fn stop(&mut self, written: Share) {
        self.ingest = None;
        let mut applied = self.applied.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = part(applied.len(), written);
        applied.truncate(written);
    }

    fn note_safe(&mut self) -> Done {
        for number in segment::list(&self.folder.journal())? {
            let bytes = fs::metadata(segment::path(&self.folder.journal(), number))?.len();
            self.safe.insert(number, bytes);
        }
        Ok(())
    }

    fn send(&mut self, ids: &[u8]) -> Done {
        let event = |id: &u8| -> Done<Event> {
            let text =
                format!(r#"{{"message_id":"m{id}","type":"view","user_id":"u{}","products":[{{"id":"p"}}]}}"#, id % 5);
            Ok(serde_json::from_str(&text)?)
        };
        let events: Vec<Event> = ids.iter().map(event).collect::<Done<_>>()?;
        let deaf = self.disk.faults().sync;
        let Some(ingest) = &self.ingest else { return Err("no server".into()) };
        match ingest.accept(events)?.wait() {
            Ok(outcomes) => {
                for outcome in outcomes {
                    let (EventOutcome::Accepted { message_id } | EventOutcome::Duplicate { message_id }) = &outcome
                    else {
                        return Err(format!("{outcome:?}").into());
                    };
                    let accepted = matches!(outcome, EventOutcome::Accepted { .. });
                    assert!(!(accepted && deaf), "{message_id} was accepted while syncs fail");
                    self.acknowledged.insert(message_id.clone());
                }
                self.note_safe()
            }
            Err(_) => Ok(()),
        }
    }

    /// A power cut: every acknowledged byte stays, and of the rest of the last segment any part.
    fn cut_power(&mut self, torn: Share, blank: bool) -> Done {
        let journal = self.folder.journal();
        let Some(&number) = segment::list(&journal)?.last() else { return Ok(()) };
        let path = segment::path(&journal, number);
        let bytes = fs::metadata(&path)?.len();
        // A header is synced before anything follows it.
        let header = if bytes > HEADER_BYTES { HEADER_BYTES } else { 0 };
        let safe = self.safe.get(&number).copied().unwrap_or_default().max(header);
        let kept = safe + part(bytes.saturating_sub(safe) as usize, torn) as u64;
        OpenOptions::new().write(true).open(&path)?.set_len(kept)?;
        if blank && kept > safe {
            let mut content = fs::read(&path)?;
            let gap = (safe as usize + 16).min(content.len());
            content[safe as usize..gap].fill(0);
            fs::write(&path, content)?;
        }
        Ok(())
    }

    fn take(&mut self, step: DiskStep) -> Done {
        match step {
            DiskStep::Send(ids) => self.send(&ids)?,
            DiskStep::Fill(bytes) => self.disk.faults().free_bytes = Some(bytes),
            DiskStep::ShortWrites(bytes) => self.disk.faults().largest_write = Some(bytes),
            DiskStep::FailSync => self.disk.faults().sync = true,
            DiskStep::FailTruncate => self.disk.faults().truncate = true,
            DiskStep::Mend => self.mend(),
            DiskStep::Restart(written) => self.restart(written, |_| Ok(()))?,
            DiskStep::PowerCut { torn, blank, written } => {
                self.restart(written, |world| world.cut_power(torn, blank))?
            }
        }
        Ok(())
    }

    fn mend(&mut self) {
        let mut faults = self.disk.faults();
        (faults.free_bytes, faults.largest_write, faults.sync, faults.truncate) = (None, None, false, false);
    }

    /// Stops, lets `meanwhile` damage the disk, mends it, starts, and checks every promise.
    fn restart(&mut self, written: Share, meanwhile: impl FnOnce(&mut Self) -> Done) -> Done {
        self.stop(written);
        meanwhile(self)?;
        self.mend();
        self.start()?;
        self.check()
    }

    fn check(&self) -> Done {
        let entries: Vec<JournalEntry> = read_from(&self.folder.journal(), Position::START)?.collect::<Result<_>>()?;
        let ids: Vec<String> = entries.iter().filter_map(|entry| entry.event.message_id.clone()).collect();
        let distinct: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(distinct.len(), ids.len(), "an event is in the journal twice: {ids:?}");
        let lost: Vec<&String> = self.acknowledged.difference(&distinct).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert_eq!(self.applied.entries(), entries, "the profile store applied other events than the journal has");
        Ok(())
    }
}

proptest! {
    #[test]
    fn whatever_the_disk_does_what_was_acknowledged_is_there_once(
        steps in steps(),
        last in any::<Share>(),
    ) {
        let run = || -> Done {
            let mut world = FaultyServer::new()?;
            steps.iter().try_for_each(|step| world.take(step.clone()))?;
            world.restart(last, |_| Ok(()))
        };
        run().map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

#[test]
fn a_failed_sync_is_acknowledged_by_nothing_and_sent_again_it_counts_once() -> Done {
    for cut in [false, true] {
        let mut world = FaultyServer::new()?;
        world.send(&[1, 2])?;
        world.disk.faults().sync = true;
        world.disk.faults().truncate = true;
        world.send(&[3])?;
        assert_eq!(world.acknowledged.len(), 2, "{:?}", world.acknowledged);
        world.mend();
        world.send(&[4, 1])?;
        assert_eq!(world.acknowledged.len(), 3, "it goes on by itself: {:?}", world.acknowledged);
        let image = tempfile::tempdir()?;
        copy_folder(&world.folder.journal(), image.path())?;
        assert!(read_from(image.path(), Position::START)?.count() >= 2);
        let whole = Share::MAX;
        world.restart(whole, |world| if cut { world.cut_power(whole, true) } else { Ok(()) })?;
        world.send(&[3, 4, 1])?;
        world.restart(whole, |_| Ok(()))?;
        assert_eq!(world.acknowledged.len(), 4);
    }
    Ok(())
}
