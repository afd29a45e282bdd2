//! Profiles in memory, by key, in shards that readers share: those not written
//! yet, and as many of those written lately as there is room for. Only the
//! writer puts profiles in; were readers to, a slow one could put back what was
//! replaced meanwhile.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use xxhash_rust::xxh3::xxh3_64;

use super::record::StoredProfile;

const SHARDS: usize = 64;

/// A cached record; without a profile it is known to be gone.
struct Slot {
    stored: Option<StoredProfile>,
    /// The flush that wrote it; above the last one done while it is not written.
    flush: u64,
    /// Used since room was last made.
    used: bool,
}

type Shard = HashMap<String, Slot>;

pub(super) struct Cache {
    shards: Vec<RwLock<Shard>>,
    room_per_shard: usize,
}

impl Cache {
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

    /// The record, if the cache knows of it: `Some(None)` when it is gone.
    pub(super) fn get(&self, key: &str) -> Option<Option<StoredProfile>> {
        let shard = self.shard(key).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(key).map(|slot| slot.stored.clone())
    }

    /// Changes a record in place; `load` fetches it when it is not here. The record is then of the
    /// flush numbered `flush`.
    pub(super) fn change<E>(
        &self,
        key: &str,
        flush: u64,
        load: impl FnOnce() -> Result<Option<StoredProfile>, E>,
        change: impl FnOnce(&mut Option<StoredProfile>),
    ) -> Result<bool, E> {
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
        shard.insert(key.to_owned(), Slot { stored, flush, used: true });
        Ok(true)
    }

    /// Makes room: written records that were not used since the last time go, of any other the mark
    /// of use. `flushed` is the last flush that is written.
    pub(super) fn make_room(&self, flushed: u64) {
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            if shard.len() > self.room_per_shard {
                shard.retain(|_, slot| slot.flush > flushed || std::mem::take(&mut slot.used));
            }
        }
    }

    /// Everything cached now.
    pub(super) fn snapshot(&self) -> HashMap<String, Option<StoredProfile>> {
        let mut all = HashMap::new();
        for shard in &self.shards {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.iter().map(|(key, slot)| (key.clone(), slot.stored.clone())));
        }
        all
    }
}
