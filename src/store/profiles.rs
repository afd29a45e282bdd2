//! The current profiles. Changed ones are held in memory and written to the state store in the background.
//! The journal makes that safe: each record carries the position of the last event in it, and the store
//! carries the position up to which everything is written. After a crash the journal is replayed from the
//! latter, and an event that a record contains already changes nothing.
//!
//! One writer ([`ProfileWriter`], on the ingest thread) changes profiles; any number of readers see each
//! change at once. Persons are merged when read, from the profiles of linked ids.

mod cache;
mod consents;
mod flush;
mod persons;
mod record;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;

use jiff::Timestamp;
use tastemaker_index::id::ShopperId;
use tastemaker_index::identity::LinkLimits;
use tastemaker_index::profile::Profile;

use self::cache::ProfileCache;
use self::consents::Consents;
pub use self::persons::FoundPerson;
pub use self::record::{StoredInterests, StoredProfile};
pub use self::writer::ProfileWriter;
use super::error::{Result, StoreError};
use super::folder::DataFolder;
use super::journal::Position;
use super::state::{State, StateKind, StateSettings};

/// Settings of the profile store.
#[derive(Debug, Clone, Copy)]
pub struct ProfileSettings {
    /// Profiles held in memory after they were written; unwritten ones are held in any case.
    pub cached: usize,
    /// Number of changed profiles after which they are written; they are also written after two seconds. A
    /// profile changed many times in between is written once.
    pub flush_profiles: usize,
    /// Records per transaction of the store. A crash between two transactions leaves some records newer than
    /// others; the position in each record corrects that at the replay.
    pub transaction_records: usize,
    /// Limits on linking ids to one person.
    pub links: LinkLimits,
    /// Retention in milliseconds; older events are dropped from profiles. Absent to retain all.
    pub retention_ms: Option<i64>,
}

impl Default for ProfileSettings {
    fn default() -> Self {
        Self {
            cached: 50_000,
            flush_profiles: 32_768,
            transaction_records: 1024,
            links: LinkLimits::default(),
            retention_ms: None,
        }
    }
}

/// The profiles, for reading. Cheap to clone.
#[derive(Clone)]
pub struct Profiles(Arc<Shared>);

/// The state shared by readers and the writer.
struct Shared {
    state: State,
    cache: ProfileCache,
    consents: Consents,
    settings: ProfileSettings,
}

impl std::fmt::Debug for Profiles {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Profiles").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Profiles {
    /// Opens the profiles of a data folder. A damaged store is removed, and the caller reads the whole journal into a
    /// new one; then the damage is returned too.
    ///
    /// # Errors
    /// A store of a newer release, or a system error.
    pub fn open_or_rebuild(folder: &DataFolder, settings: ProfileSettings) -> Result<(Self, Option<StoreError>)> {
        let open = || -> Result<Self> {
            let state = State::open(folder, StateSettings::default())?;
            state.applied_position()?;
            Self::open(state, settings)
        };
        match open() {
            Err(error @ (StoreError::Corrupt { .. } | StoreError::Record { .. })) => {
                tracing::warn!("{error}");
                State::remove(folder)?;
                Ok((open()?, Some(error)))
            }
            other => Ok((other?, None)),
        }
    }

    /// The profiles of a state store.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn open(state: State, settings: ProfileSettings) -> Result<Self> {
        let cache = ProfileCache::new(settings.cached);
        let shared = Shared { state, cache, consents: Consents::default(), settings };
        let profiles = Self(Arc::new(shared));
        profiles.0.consents.load(&profiles)?;
        Ok(profiles)
    }

    /// The profile of one id alone.
    ///
    /// # Errors
    /// If the record cannot be read.
    pub fn get(&self, id: &ShopperId) -> Result<Option<Arc<Profile>>> {
        Ok(self.load(&id.key())?.map(|stored| stored.profile))
    }

    /// The record of an id: from memory, else from the store.
    fn load(&self, key: &str) -> Result<Option<StoredProfile>> {
        self.0.cache.get(key).map_or_else(|| self.written(key), Ok)
    }

    /// The record of an id in the store.
    fn written(&self, key: &str) -> Result<Option<StoredProfile>> {
        let bytes = self.0.state.read(StateKind::Profile, key)?;
        bytes.map(|bytes| StoredProfile::decode(key, &bytes)).transpose()
    }

    /// Visits every id's profile, with unwritten changes, in the order of their keys; ids that are not in the
    /// store yet come last.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn for_each(&self, mut visit: impl FnMut(ShopperId, Arc<Profile>) -> Result<()>) -> Result<()> {
        let mut cached = self.0.cache.snapshot();
        for record in self.0.state.scan(StateKind::Profile, None) {
            let (key, bytes) = record?;
            let stored = match cached.remove(&key) {
                Some(known) => known,
                None => Some(StoredProfile::decode(&key, &bytes)?),
            };
            if let (Some(id), Some(stored)) = (ShopperId::from_key(&key), stored) {
                visit(id, stored.profile)?;
            }
        }
        // Profiles that were never written yet.
        for (key, stored) in cached {
            if let (Some(id), Some(stored)) = (ShopperId::from_key(&key), stored) {
                visit(id, stored.profile)?;
            }
        }
        Ok(())
    }

    /// The journal position up to which everything is written to the store.
    pub fn applied_position(&self) -> Result<Position> {
        self.0.state.applied_position()
    }

    /// Starts the writer; there must be at most one. `clock` gives the time for retention.
    ///
    /// # Errors
    /// If its thread cannot be started.
    pub fn writer(&self, clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Result<ProfileWriter> {
        ProfileWriter::start(self.clone(), clock)
    }

    /// The stored interest vectors of a person.
    ///
    /// # Errors
    /// If the record cannot be read.
    pub fn interests(&self, id: &ShopperId) -> Result<Option<StoredInterests>> {
        let bytes = self.0.state.read(StateKind::Interest, &id.key())?;
        bytes.map(|bytes| StoredInterests::decode(&id.key(), &bytes)).transpose()
    }

    /// Stores a person's interest vectors; if they are lost, they are computed again.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn store_interests(&self, id: &ShopperId, interests: &StoredInterests) -> Result<()> {
        self.0.state.write(None, &[interests.write(&id.key())?])
    }

    /// Retention in milliseconds; absent to retain all.
    pub fn retention_ms(&self) -> Option<i64> {
        self.0.settings.retention_ms
    }

    /// Limits on linking ids to one person.
    pub fn link_limits(&self) -> &LinkLimits {
        &self.0.settings.links
    }
}
