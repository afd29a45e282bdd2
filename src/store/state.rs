//! The state store: an embedded transactional key-value store (fjall) for the current profiles.
//!
//! The journal is the source of truth, so writes here are not synced one by one. A batch may carry the
//! journal position up to which everything is written; a crash loses batch and position together or neither.
//! Lost writes are replayed from [`State::applied_position`] at the next start. All records share one
//! keyspace, because records that are flushed together must be lost together.
//!
//! A removed profile is in fjall's log and tables until these are written anew. [`State::compact`] does so; until then the
//! position behind the removal is not published, so that no erasure is called complete before.
//!
//! `cargo bench --bench stores` compares fjall with redb; docs/decisions/profile-store.md has the figures.

mod compaction;
#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use self::compaction::Compaction;
use super::error::{Result, StoreError};
use super::folder::DataFolder;
use super::journal::Position;

/// The layout written, and the newest one read. An older layout is rebuilt from the journal.
const VERSION: u32 = 2;

/// Keys of the store itself. They begin with a zero byte; a record's key begins with its [`StateKind`].
const VERSION_KEY: &[u8] = b"\0version";
const POSITION_KEY: &[u8] = b"\0position";

/// The kind of a record, which is the first byte of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum StateKind {
    /// The profile of one id.
    Profile = b'p',
    /// The interest vectors of one person.
    Interest = b'i',
    /// The mark that an id must not be stored; it has no content.
    Refusal = b'r',
}

impl StateKind {
    fn key(self, key: &str) -> Vec<u8> {
        [&[self as u8], key.as_bytes()].concat()
    }
}

/// A record to write or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateWrite {
    /// The record's kind.
    pub kind: StateKind,
    /// The record's key.
    pub key: String,
    /// The record's content; absent to remove it.
    pub bytes: Option<Vec<u8>>,
}

/// Size of fjall's own log: the smallest it allows, because the log is read at every start.
const LOG_BYTES: u64 = 64 << 20;
/// One thread for compaction; the others are for requests.
const WORKERS: usize = 1;
/// Size of a memory table, small for a quick start.
const MEMORY_TABLE_BYTES: u64 = 16 << 20;

/// Settings of the state store.
#[derive(Debug, Clone, Copy)]
pub struct StateSettings {
    /// Memory for cached blocks, in bytes.
    pub cache_bytes: u64,
    /// The first write after this time since the last durable one is made durable.
    pub durable_after: Duration,
    /// The number of records not yet durable at which a write is made durable.
    pub durable_records: usize,
}

impl Default for StateSettings {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20, durable_after: Duration::from_millis(500), durable_records: 4096 }
    }
}

/// The open store. Dropping it makes everything durable.
pub struct State {
    database: Database,
    records: Keyspace,
    path: PathBuf,
    position_path: PathBuf,
    settings: StateSettings,
    pending: Mutex<PendingWrites>,
    compaction: Mutex<Compaction>,
    /// True while a removed profile may be in the files.
    uncompacted: AtomicBool,
}

/// Writes that are not durable yet.
#[derive(Debug)]
struct PendingWrites {
    records: usize,
    dirty: bool,
    /// True if a profile was removed: it must not come back, so the next write with a position is made
    /// durable.
    forgets: bool,
    /// The journal position of the last write that carried one.
    position: Option<Position>,
    /// A durable position that is not published before a compaction.
    withheld: Option<Position>,
    durable_at: Instant,
}

impl PendingWrites {
    fn none() -> Self {
        Self { records: 0, dirty: false, forgets: false, position: None, withheld: None, durable_at: Instant::now() }
    }
}

impl State {
    /// Opens the store of a data folder, or creates one. The caller holds the serve lock.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::NewerFormat`], or a system error.
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
        let position_path = folder.state_position();
        let (pending, compaction) = (Mutex::new(PendingWrites::none()), Mutex::default());
        let uncompacted = AtomicBool::new(false);
        let state = Self { database, records, path, position_path, settings, pending, compaction, uncompacted };
        state.check_version()?;
        // A stop between a removal and its compaction left a position that is not published.
        state.uncompacted.store(durable_position(folder) < state.applied_position()?, Ordering::Release);
        Ok(state)
    }

    /// Removes the store of a data folder, with the position it was durable to: the journal has all of it.
    pub fn remove(folder: &DataFolder) -> Result<()> {
        for path in [folder.state_position(), folder.state()] {
            let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &path)(error));
                }
                _ => {}
            }
        }
        std::fs::create_dir_all(folder.state()).map_err(StoreError::io("create", &folder.state()))
    }

    /// Checks the layout version; writes it to a new store, and empties a store of an older version.
    fn check_version(&self) -> Result<()> {
        match self.get(VERSION_KEY)?.as_deref().map(<[u8; 4]>::try_from) {
            Some(Ok(found)) if u32::from_le_bytes(found) == VERSION => return Ok(()),
            Some(Ok(found)) if u32::from_le_bytes(found) > VERSION => {
                let found = u32::from_le_bytes(found);
                return Err(StoreError::NewerFormat { path: self.path.clone(), found, supported: VERSION });
            }
            Some(Ok(_)) => {
                tracing::info!("profiles of an older release are rebuilt from the journal");
                self.records.clear().map_err(|error| translate(&self.path, "write", &error))?;
            }
            Some(Err(_)) => return Err(corrupt(&self.path, "its version cannot be read")),
            None => {}
        }
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        batch.insert(&self.records, VERSION_KEY, VERSION.to_le_bytes());
        batch.commit().map_err(|error| translate(&self.path, "write", &error))
    }

    /// The record with a key.
    pub fn read(&self, kind: StateKind, key: &str) -> Result<Option<Vec<u8>>> {
        self.get(&kind.key(key))
    }

    /// Records of a kind, ordered by key, from behind the key `after`: a consistent view of the time of the
    /// call.
    pub fn scan(
        &self,
        kind: StateKind,
        after: Option<&str>,
    ) -> impl Iterator<Item = Result<(String, Vec<u8>)>> + use<> {
        let start = kind.key(after.unwrap_or_default());
        let path = self.path.clone();
        let skipped = after.map(|_| start.clone());
        self.records.range(start..vec![kind as u8 + 1]).filter_map(move |guard| match guard.into_inner() {
            Ok((key, _)) if skipped.as_deref() == Some(&*key) => None,
            Ok((key, bytes)) => Some(Ok((String::from_utf8_lossy(&key[1..]).into_owned(), bytes.to_vec()))),
            Err(error) => Some(Err(translate(&path, "read", &error))),
        })
    }

    /// The journal position up to which the profiles are written.
    pub fn applied_position(&self) -> Result<Position> {
        let Some(bytes) = self.get(POSITION_KEY)? else { return Ok(Position::START) };
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).ok();
        match bytes.split_at_checked(8).map(|(segment, offset)| (number(segment), number(offset))) {
            Some((Some(segment), Some(offset))) => Ok(Position { segment, offset }),
            _ => Err(corrupt(&self.path, "its journal position cannot be read")),
        }
    }

    /// Writes records in one transaction, together with the journal position up to which everything is
    /// written, if given. Later reads see the records at once; [`StateSettings`] decides how soon they are
    /// durable.
    pub fn write(&self, position: Option<Position>, writes: &[StateWrite]) -> Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.records += writes.len();
        pending.dirty = true;
        let forgets = writes.iter().any(|write| write.kind == StateKind::Profile && write.bytes.is_none());
        pending.forgets |= forgets;
        if forgets {
            self.uncompacted.store(true, Ordering::Release);
        }
        pending.position = position.or(pending.position);
        // A removal must be durable together with a position behind its `erase` event: erasures wait for that.
        let durable = (pending.forgets && position.is_some())
            || pending.records >= self.settings.durable_records
            || pending.durable_at.elapsed() >= self.settings.durable_after;
        let mut batch = self.database.batch().durability(durable.then_some(PersistMode::SyncData));
        for StateWrite { kind, key, bytes } in writes {
            match bytes {
                Some(bytes) => batch.insert(&self.records, kind.key(key), bytes.as_slice()),
                None => batch.remove(&self.records, kind.key(key)),
            }
        }
        if let Some(position) = position {
            let position = [position.segment.to_le_bytes(), position.offset.to_le_bytes()].concat();
            batch.insert(&self.records, POSITION_KEY, position);
        }
        batch.commit().map_err(|error| translate(&self.path, "write", &error))?;
        if durable {
            // A removal without a position stays pending until a position follows it.
            let forgets = pending.forgets && position.is_none();
            self.made_durable(&mut pending);
            pending.forgets = forgets;
        }
        Ok(())
    }

    /// Makes everything written so far durable.
    pub fn flush(&self) -> Result<()> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.dirty {
            self.database.persist(PersistMode::SyncAll).map_err(|error| translate(&self.path, "sync", &error))?;
            self.made_durable(&mut pending);
        }
        Ok(())
    }

    /// Notes that everything pending is durable, and publishes its position unless a removal waits for a compaction.
    fn made_durable(&self, pending: &mut PendingWrites) {
        let before = std::mem::replace(pending, PendingWrites::none());
        let position = before.position.or(before.withheld);
        match self.uncompacted.load(Ordering::Acquire) {
            true => pending.withheld = position,
            false => self.publish(position),
        }
    }

    /// Publishes the durable journal position to other processes. They may see a position that is too old,
    /// never one that is too new, so the file itself need not be durable.
    fn publish(&self, position: Option<Position>) {
        let json = position.and_then(|position| serde_json::to_vec(&position).ok());
        let temporary = self.position_path.with_extension("position.tmp");
        let noted = json.map(|json| {
            std::fs::write(&temporary, json).and_then(|()| std::fs::rename(&temporary, &self.position_path))
        });
        if let Some(Err(error)) = noted {
            tracing::warn!(%error, path = %self.position_path.display(), "cannot publish the durable position of the profiles; erasures wait until it is");
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.records.get(key).map_err(|error| translate(&self.path, "read", &error))?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }
}

/// The journal position up to which the profiles of a data folder are durable, as published by its server;
/// the start if none was published.
pub fn durable_position(folder: &DataFolder) -> Position {
    let published = std::fs::read(folder.state_position()).ok();
    published.and_then(|published| serde_json::from_slice(&published).ok()).unwrap_or(Position::START)
}

impl Drop for State {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "profiles could not be written; the next start reads them from the journal");
        }
    }
}

/// Maps an error of fjall to a store error.
fn translate(path: &Path, action: &'static str, error: &fjall::Error) -> StoreError {
    // fjall wraps system errors in several layers; a full disk must be recognised in all of them.
    let io = match error {
        fjall::Error::Io(io) => Some(io),
        other => other
            .source()
            .and_then(|source| source.downcast_ref::<fjall::LsmError>())
            .and_then(|error| error.source().and_then(|source| source.downcast_ref::<io::Error>())),
    };
    match (io, error) {
        (Some(io), _)
            if !matches!(
                io.kind(),
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::NotFound | ErrorKind::AlreadyExists
            ) =>
        {
            StoreError::io(action, path)(io::Error::new(io.kind(), io.to_string()))
        }
        (_, fjall::Error::Locked) => {
            StoreError::Locked { folder: path.parent().unwrap_or(path).to_path_buf(), command: "serve" }
        }
        (_, fjall::Error::Poisoned) => StoreError::Poisoned { cause: "profiles could not be written".to_owned() },
        (_, other) => {
            // The words of the library tell an operator nothing.
            tracing::debug!(error = %other, "the store of profiles cannot be read");
            corrupt(path, "its content is not what was written")
        }
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
