//! Takes removed profiles out of the files of the store: fjall keeps them in its log and tables until these are written
//! anew.

use std::io::{self, ErrorKind};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fjall::{Keyspace, KeyspaceCreateOptions};
use tastemaker_index::random::SplitMix64;

use super::{MEMORY_TABLE_BYTES, State, translate};
use crate::store::error::Result;

/// The key that is written to make fjall write memory out.
const COMPACTED_KEY: &[u8] = b"\0compacted";
/// Blocks of noise that fill the log, and their size.
const FILLERS: u64 = 17;
const FILLER_BYTES: usize = 4 << 20;
/// The most turns, and the pause between two, until old files are gone.
const DELETION_TURNS: u32 = 100;
const DELETION_PAUSE: Duration = Duration::from_millis(20);
/// The last compaction.
#[derive(Debug, Default)]
pub(super) struct Compaction {
    ended: Option<Instant>,
    took: Duration,
}

/// A compaction is due again after so many times what the last one took, so that it never takes more than a tenth of the
/// time.
const REST: u32 = 10;

impl State {
    /// Writes log and tables anew, without removed records, if a profile was removed and the last time is long enough ago
    /// or `now`; then publishes the position behind the removal.
    ///
    /// # Errors
    /// A system error; the files may then still hold what was removed, and the next call tries again.
    pub fn compact(&self, now: bool) -> Result<()> {
        let mut last = self.compaction.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.ended.is_none_or(|ended| ended.elapsed() >= REST * last.took);
        if !(now || is_due) || !self.uncompacted.load(Ordering::Acquire) {
            return Ok(());
        }
        self.flush()?;
        // What is removed from here on needs another compaction.
        self.uncompacted.store(false, Ordering::Release);
        let position = self.pending.lock().unwrap_or_else(PoisonError::into_inner).withheld.take();
        let begun = Instant::now();
        let compacted = self.rewrite();
        *last = Compaction { ended: Some(Instant::now()), took: begun.elapsed() };
        if let Err(error) = compacted {
            self.uncompacted.store(true, Ordering::Release);
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.withheld = pending.withheld.or(position);
            return Err(translate(&self.path, "compact", &error));
        }
        self.publish(position);
        Ok(())
    }

    /// Writes log and tables anew. Fjall begins a new log only when the old one is full, so it is filled with noise first,
    /// in a keyspace of its own.
    fn rewrite(&self) -> fjall::Result<()> {
        let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMORY_TABLE_BYTES);
        let filler = self.database.keyspace("filler", options)?;
        let mut noise = SplitMix64::new(0);
        for number in 0..FILLERS {
            let block: Vec<u8> = (0..FILLER_BYTES / 8).flat_map(|_| noise.next_u64().to_le_bytes()).collect();
            filler.insert(number.to_be_bytes(), block)?;
        }
        filler.rotate_memtable_and_wait()?;
        self.records.rotate_memtable_and_wait()?;
        self.database.delete_keyspace(filler)?;
        self.records.major_compact()?;
        // Old logs and tables are deleted by the next times that memory is written out, once no reader needs them.
        for _ in 0..DELETION_TURNS {
            self.records.insert(COMPACTED_KEY, [])?;
            self.records.rotate_memtable_and_wait()?;
            if self.database.journal_count() == 1 && !has_old_tables(&self.records)? {
                return Ok(());
            }
            std::thread::sleep(DELETION_PAUSE);
        }
        Err(io::Error::new(ErrorKind::TimedOut, "readers still need old files").into())
    }
}

/// True if a keyspace has files of tables that it no longer reads.
fn has_old_tables(keyspace: &Keyspace) -> io::Result<bool> {
    match std::fs::read_dir(keyspace.path().join("tables")) {
        Ok(files) => Ok(files.count() > keyspace.table_count()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
