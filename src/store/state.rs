//! The profiles, current: an embedded transactional store beside the journal.
//!
//! The journal is the truth, so writes here are not synced one by one; each
//! carries the journal position it stands for in the same transaction, and a
//! crash loses both or neither. What was lost is replayed from
//! [`State::applied_position`] at the next start, exactly once. Everything is
//! in one keyspace: what is flushed together must be lost together.
//!
//! fjall and not redb, by `cargo bench --bench stores` (200,000 profiles of 1 KB,
//! 2 busy cores): in transactions of 64 and 1,024, 32,100 and 53,000 profiles a
//! second against 12,800 and 14,100; 1,480 bytes on disk a profile against
//! 2,850; opened after a kill in .07 s against 1.6 s. Point reads are the price:
//! p99 31 µs against 17.

#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::error::{Result, StoreError};
use super::folder::DataFolder;
use super::journal::Position;

/// The layout that this release writes, and the newest it reads.
const VERSION: u32 = 1;

/// Keys of the store's own: no shopper's key begins with a zero byte, since
/// they are stored behind [`PROFILE`].
const VERSION_KEY: &[u8] = b"\0version";
const POSITION_KEY: &[u8] = b"\0position";
const PROFILE: u8 = b'p';

/// The smallest the embedded store allows: its log is read at every start.
const LOG_BYTES: u64 = 64 << 20;
/// One thread tidies up; serving has the others.
const WORKERS: usize = 1;
/// What is written to a table at once; short enough for a quick start.
const MEMORY_TABLE_BYTES: u64 = 16 << 20;

/// What an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct StateSettings {
    /// Memory for blocks of the store, in bytes.
    pub cache_bytes: u64,
    /// A write this long after the last durable one is made durable.
    pub durable_after: Duration,
    /// So is one by which this many profiles are not durable yet.
    pub durable_profiles: usize,
}

impl Default for StateSettings {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20, durable_after: Duration::from_millis(500), durable_profiles: 4096 }
    }
}

/// The store. Closing it by dropping makes everything durable.
pub struct State {
    database: Database,
    records: Keyspace,
    path: PathBuf,
    settings: StateSettings,
    pending: Mutex<Pending>,
}

/// What is written and not durable yet.
#[derive(Debug)]
struct Pending {
    profiles: usize,
    dirty: bool,
    durable_at: Instant,
}

impl Pending {
    fn none() -> Self {
        Self { profiles: 0, dirty: false, durable_at: Instant::now() }
    }
}

impl State {
    /// Opens the store of a data folder, or begins one. The caller holds the
    /// folder's serve lock.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::NewerFormat`], or what the
    /// system said.
    pub fn open(folder: &DataFolder, settings: StateSettings) -> Result<Self> {
        let path = folder.state();
        let open = || {
            let database = Database::builder(&path)
                .cache_size(settings.cache_bytes)
                .max_journaling_size(LOG_BYTES)
                .worker_threads(WORKERS)
                .open()?;
            let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMORY_TABLE_BYTES);
            let records = database.keyspace("records", options)?;
            Ok((database, records))
        };
        let (database, records) = open().map_err(|error| translate(&path, "open", &error))?;
        let state = Self { database, records, path, settings, pending: Mutex::new(Pending::none()) };
        state.check_version()?;
        Ok(state)
    }

    /// Compares the layout's version, stamping it on a new store.
    fn check_version(&self) -> Result<()> {
        match self.get(VERSION_KEY)?.as_deref().map(<[u8; 4]>::try_from) {
            None => {
                let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
                batch.insert(&self.records, VERSION_KEY, VERSION.to_le_bytes());
                batch.commit().map_err(|error| translate(&self.path, "write", &error))
            }
            Some(Ok(found)) if u32::from_le_bytes(found) <= VERSION => Ok(()),
            Some(Ok(found)) => {
                let found = u32::from_le_bytes(found);
                Err(StoreError::NewerFormat { path: self.path.clone(), found, supported: VERSION })
            }
            Some(Err(_)) => Err(corrupt(&self.path, "its version cannot be read")),
        }
    }

    /// The profile stored under a shopper's key.
    pub fn get_profile(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.get(&profile_key(key))
    }

    /// The journal position the profiles stand for.
    pub fn applied_position(&self) -> Result<Position> {
        let Some(bytes) = self.get(POSITION_KEY)? else { return Ok(Position::START) };
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).ok();
        match bytes.split_at_checked(8).map(|(segment, offset)| (number(segment), number(offset))) {
            Some((Some(segment), Some(offset))) => Ok(Position { segment, offset }),
            _ => Err(corrupt(&self.path, "its journal position cannot be read")),
        }
    }

    /// Stores profiles together with the journal position they stand for.
    /// Later reads see them; they are durable soon, see [`StateSettings`].
    pub fn apply(&self, position: Position, profiles: &[(String, Vec<u8>)]) -> Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.profiles += profiles.len();
        pending.dirty = true;
        let durable = pending.profiles >= self.settings.durable_profiles
            || pending.durable_at.elapsed() >= self.settings.durable_after;
        let mut batch = self.database.batch().durability(durable.then_some(PersistMode::SyncData));
        for (key, bytes) in profiles {
            batch.insert(&self.records, profile_key(key), bytes.as_slice());
        }
        let position = [position.segment.to_le_bytes(), position.offset.to_le_bytes()].concat();
        batch.insert(&self.records, POSITION_KEY, position);
        batch.commit().map_err(|error| translate(&self.path, "write", &error))?;
        if durable {
            *pending = Pending::none();
        }
        Ok(())
    }

    /// Makes everything applied so far durable.
    pub fn flush(&self) -> Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.dirty {
            self.database.persist(PersistMode::SyncAll).map_err(|error| translate(&self.path, "sync", &error))?;
            *pending = Pending::none();
        }
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.records.get(key).map_err(|error| translate(&self.path, "read", &error))?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "profiles will be brought up from the journal at the next start");
        }
    }
}

fn profile_key(key: &str) -> Vec<u8> {
    [&[PROFILE], key.as_bytes()].concat()
}

/// The store's error for an error of the embedded store.
fn translate(path: &Path, action: &'static str, error: &fjall::Error) -> StoreError {
    let io = match error {
        fjall::Error::Io(io) => Some(io),
        other => other
            .source()
            .and_then(|source| source.downcast_ref::<fjall::LsmError>())
            .and_then(|error| error.source().and_then(|source| source.downcast_ref::<io::Error>())),
    };
    match (io, error) {
        (Some(io), _)
            if !matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::NotFound) =>
        {
            StoreError::io(action, path)(io::Error::new(io.kind(), io.to_string()))
        }
        (_, fjall::Error::Locked) => {
            StoreError::Locked { folder: path.parent().unwrap_or(path).to_path_buf(), command: "serve" }
        }
        (_, fjall::Error::Poisoned) => StoreError::Poisoned { cause: "profiles could not be written".to_owned() },
        (_, other) => corrupt(path, &other.to_string()),
    }
}

fn corrupt(path: &Path, detail: &str) -> StoreError {
    StoreError::Corrupt {
        path: path.to_path_buf(),
        offset: 0,
        detail: detail.to_owned(),
        remedy: "move it away and the profiles are rebuilt from the journal",
    }
}
