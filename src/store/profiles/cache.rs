//! Profiles in memory by key, in shards shared by readers: all profiles not written yet, and the recently
//! written ones as far as there is room.
//!
//! Two rules keep it from being an ordinary evicting cache. An unwritten record is never evicted, because
//! memory is its only copy. And only the writer inserts records; a slow reader could otherwise put back one
//! that was replaced meanwhile.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use xxhash_rust::xxh3::xxh3_64;

use super::record::StoredProfile;

const SHARDS: usize = 64;

/// A cached record; without a profile, the record of a removed profile.
struct CachedProfile {
    stored: Option<StoredProfile>,
    /// Number of the flush that writes it; it is unwritten while this exceeds the last finished flush.
    flush: u64,
    /// True if it was changed since the last eviction.
    used: bool,
}

type Shard = HashMap<String, CachedProfile>;

pub(super) struct ProfileCache {
    shards: Vec<RwLock<Shard>>,
    room_per_shard: usize,
}

impl ProfileCache {
    pub(super) fn new(room: usize) -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self { shards, room_per_shard: room.div_ceil(SHARDS) }
    }

    fn shard(&self, key: &str) -> &RwLock<Shard> {
        &self.shards[xxh3_64(key.as_bytes()) as usize % SHARDS]
    }

    fn write(&self, key: &str) -> RwLockWriteGuard<'_, Shard> {
        self.shard(key).write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record, if it is cached; `Some(None)` if it was removed.
    pub(super) fn get(&self, key: &str) -> Option<Option<StoredProfile>> {
        let shard = self.shard(key).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(key).map(|slot| slot.stored.clone())
    }

    /// Changes a record in place, loading it with `load` if it is not cached, and assigns it to flush number
    /// `flush`. Returns true at the first change for that flush. The shard is locked from loading to
    /// insertion.
    pub(super) fn change<E>(
        &self,
        key: &str,
        flush: u64,
        load: impl FnOnce() -> Result<Option<StoredProfile>, E>,
        change: impl FnOnce(&mut Option<StoredProfile>),
    ) -> Result<bool, E> {
        // Locked while loading, so that no second load can put an older record over the changed one.
        let mut shard = self.write(key);
        if let Some(slot) = shard.get_mut(key) {
            change(&mut slot.stored);
            slot.used = true;
            let first = slot.flush != flush;
            slot.flush = flush;
            return Ok(first);
        }
        let mut stored = load()?;
        change(&mut stored);
        shard.insert(key.to_owned(), CachedProfile { stored, flush, used: true });
        Ok(true)
    }

    /// Evicts from shards that are too large every written record that was not changed since the last
    /// eviction, and clears the mark of the others. `flushed` is the number of the last finished flush.
    pub(super) fn make_room(&self, flushed: u64) {
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            if shard.len() > self.room_per_shard {
                shard.retain(|_, slot| slot.flush > flushed || std::mem::take(&mut slot.used));
            }
        }
    }

    /// A copy of everything cached.
    pub(super) fn snapshot(&self) -> HashMap<String, Option<StoredProfile>> {
        let mut all = HashMap::new();
        for shard in &self.shards {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.iter().map(|(key, slot)| (key.clone(), slot.stored.clone())));
        }
        all
    }
}
