//! The profiles, current: what changed lately in memory, the rest in the state
//! store, written behind. The journal makes that safe: each record carries the
//! position of the last event in it, so that after a crash the journal is
//! replayed from where everything was written, and an event that is in a record
//! already changes nothing.
//!
//! One writer ([`ProfileWriter`], on the ingest thread) changes profiles; any
//! number of readers see each change at once. Persons are put together when
//! read, from the profiles of linked ids.

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

use self::cache::Cache;
use self::consents::Consents;
pub use self::persons::Found;
pub use self::record::{StoredInterests, StoredProfile};
pub use self::writer::ProfileWriter;
use super::error::Result;
use super::journal::Position;
use super::state::{Kind, State};

/// What an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct ProfileSettings {
    /// Profiles kept in memory after they were written, at least what changed since.
    pub cached: usize,
    /// Changed profiles are written once there are so many, or two seconds have passed: who does
    /// much in that time is written once.
    pub flush_profiles: usize,
    /// Records in one transaction of the store; a crash between two leaves some records ahead of
    /// the others, which the position in each makes good.
    pub transaction_records: usize,
    /// Who is taken for one person.
    pub links: LinkLimits,
    /// What is older, in milliseconds, is forgotten; absent to keep all.
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

/// What readers and the writer share.
struct Shared {
    state: State,
    cache: Cache,
    consents: Consents,
    settings: ProfileSettings,
}

impl std::fmt::Debug for Profiles {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Profiles").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Profiles {
    /// The profiles of a state store.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub fn open(state: State, settings: ProfileSettings) -> Result<Self> {
        let cache = Cache::new(settings.cached);
        let shared = Shared { state, cache, consents: Consents::default(), settings };
        let profiles = Self(Arc::new(shared));
        profiles.0.consents.load(&profiles)?;
        Ok(profiles)
    }

    /// What one id did by itself.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn get(&self, id: &ShopperId) -> Result<Option<Arc<Profile>>> {
        Ok(self.load(&id.key())?.map(|stored| stored.profile))
    }

    /// The record of an id: from memory, else from the store.
    fn load(&self, key: &str) -> Result<Option<StoredProfile>> {
        self.0.cache.get(key).map_or_else(|| self.written(key), Ok)
    }

    /// The record of an id as the store has it.
    fn written(&self, key: &str) -> Result<Option<StoredProfile>> {
        let bytes = self.0.state.read(Kind::Profile, key)?;
        bytes.map(|bytes| StoredProfile::decode(key, &bytes)).transpose()
    }

    /// Visits every id's profile, changed ones as they are now, in the order of their keys.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub fn for_each(&self, mut visit: impl FnMut(ShopperId, Arc<Profile>) -> Result<()>) -> Result<()> {
        let mut cached = self.0.cache.snapshot();
        for record in self.0.state.scan(Kind::Profile, None) {
            let (key, bytes) = record?;
            let stored = match cached.remove(&key) {
                Some(known) => known,
                None => Some(StoredProfile::decode(&key, &bytes)?),
            };
            if let (Some(id), Some(stored)) = (ShopperId::from_key(&key), stored) {
                visit(id, stored.profile)?;
            }
        }
        for (key, stored) in cached {
            if let (Some(id), Some(stored)) = (ShopperId::from_key(&key), stored) {
                visit(id, stored.profile)?;
            }
        }
        Ok(())
    }

    /// The journal position everything written stands for.
    pub fn applied_position(&self) -> Result<Position> {
        self.0.state.applied_position()
    }

    /// The writer; there must be one at most. `clock` dates what is forgotten.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub fn writer(&self, clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Result<ProfileWriter> {
        ProfileWriter::start(self.clone(), clock)
    }

    /// Interest vectors stored for a person.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn interests(&self, id: &ShopperId) -> Result<Option<StoredInterests>> {
        let bytes = self.0.state.read(Kind::Interest, &id.key())?;
        bytes.map(|bytes| StoredInterests::decode(&id.key(), &bytes)).transpose()
    }

    /// Stores a person's interest vectors, which can be computed again.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn store_interests(&self, id: &ShopperId, interests: &StoredInterests) -> Result<()> {
        self.0.state.write(None, &[interests.write(&id.key())?])
    }

    /// What is older, in milliseconds, is forgotten; absent to keep all.
    pub fn retention_ms(&self) -> Option<i64> {
        self.0.settings.retention_ms
    }

    /// The limits on who is taken for one person.
    pub fn link_limits(&self) -> &LinkLimits {
        &self.0.settings.links
    }
}
