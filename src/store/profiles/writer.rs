//! The writer of profiles: applies events one by one, and hands changed profiles to the flusher every two
//! seconds or when there are enough.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::Profile;
use tastemaker_index::time::day_number;

use super::Profiles;
use super::flush::{Flush, Flusher};
use super::record::StoredProfile;
use crate::store::error::Result;
use crate::store::ingest::Apply;
use crate::store::journal::{JournalEntry, Position};
use crate::store::state::StateKind;

/// The longest time a change waits for its flush.
const FLUSH_AFTER: Duration = Duration::from_secs(2);
/// Records checked against the retention in one idle moment.
const SWEEP: usize = 256;

/// The only writer of profiles. Dropping it writes the remaining changes.
pub struct ProfileWriter {
    profiles: Profiles,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    flusher: Flusher,
    /// Number of the flush that gathers.
    gathering: u64,
    changed: Vec<String>,
    position: Position,
    flushed_at: Instant,
    /// The last key of the running sweep; absent between two daily sweeps.
    sweep: Option<String>,
    swept_day: i64,
}

impl ProfileWriter {
    pub(super) fn start(profiles: Profiles, clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Result<Self> {
        let flusher = Flusher::start(profiles.clone())?;
        let position = profiles.applied_position()?;
        Ok(Self {
            profiles,
            clock,
            flusher,
            gathering: 1,
            changed: Vec::new(),
            position,
            flushed_at: Instant::now(),
            sweep: None,
            swept_day: i64::MIN,
        })
    }

    /// Changes one record, and notes its key for the next flush.
    fn change(&mut self, key: &str, change: impl FnOnce(&mut Option<StoredProfile>)) -> Result<()> {
        let (cache, load) = (&self.profiles.0.cache, || self.profiles.written(key));
        if cache.change(key, self.gathering, load, change)? {
            self.changed.push(key.to_owned());
        }
        Ok(())
    }

    fn record(&mut self, id: &ShopperId, entry: &JournalEntry) -> Result<()> {
        let (event, position) = (&entry.event, entry.position);
        self.change(&id.key(), |stored| {
            let current =
                stored.get_or_insert_with(|| StoredProfile { applied: Position::START, profile: Arc::default() });
            // Replayed events that the record contains already.
            if current.applied >= position {
                return;
            }
            current.applied = position;
            if event.kind == EventKind::Erase {
                // A refusal of storage outlives the erased data.
                let refusing = !current.profile.stated.may_store();
                let refusal = Profile::of_refusal(&current.profile);
                *stored = refusing.then(|| StoredProfile { applied: position, profile: Arc::new(refusal) });
            } else {
                Arc::make_mut(&mut current.profile).record(id, event);
            }
        })
    }

    /// Hands the changed profiles to the flusher if `now`, if there are enough, or if the time is up.
    fn flush(&mut self, now: bool) -> Result<()> {
        let enough = self.changed.len() >= self.profiles.0.settings.flush_profiles;
        if self.changed.is_empty() || !(now || enough || self.flushed_at.elapsed() >= FLUSH_AFTER) {
            return Ok(());
        }
        let cache = &self.profiles.0.cache;
        let changed = std::mem::take(&mut self.changed).into_iter().filter_map(|key| {
            let stored = cache.get(&key)?;
            Some((key, stored))
        });
        let flush = Flush { number: self.gathering, position: self.position, changed: changed.collect() };
        self.flusher.hand_over(flush)?;
        self.gathering += 1;
        self.flushed_at = Instant::now();
        self.profiles.0.cache.make_room(self.flusher.done());
        Ok(())
    }

    /// Drops events older than the retention from written profiles, once a day and a few records at a time.
    fn sweep(&mut self) -> Result<()> {
        let Some(retention_ms) = self.profiles.0.settings.retention_ms else { return Ok(()) };
        let now = (self.clock)();
        let day = day_number(now.as_millisecond());
        if self.sweep.is_none() && self.swept_day == day {
            return Ok(());
        }
        self.swept_day = day;
        let before_ms = now.as_millisecond() - retention_ms;
        let records: Result<Vec<(String, Vec<u8>)>> =
            self.profiles.0.state.scan(StateKind::Profile, self.sweep.as_deref()).take(SWEEP).collect();
        let records = records?;
        self.sweep = (records.len() == SWEEP).then(|| records.last().map(|(key, _)| key.clone())).flatten();
        for (key, bytes) in records {
            if StoredProfile::decode(&key, &bytes)?.profile.first_ms < before_ms {
                self.change(&key, |stored| forget(stored, before_ms))?;
            }
        }
        Ok(())
    }
}

/// Drops events before a time; a profile without content is removed.
fn forget(stored: &mut Option<StoredProfile>, before_ms: i64) {
    if let Some(current) = stored {
        Arc::make_mut(&mut current.profile).forget_before(before_ms);
        if current.profile.last_ms < before_ms && current.profile.stated.is_empty() {
            *stored = None;
        }
    }
}

impl Apply for ProfileWriter {
    fn declines(&self, event: &Event) -> bool {
        self.profiles.0.consents.declines(event)
    }

    fn apply(&mut self, entries: &[JournalEntry]) -> Result<()> {
        for entry in entries {
            // Impressions change no profile.
            if entry.event.kind != EventKind::Impression {
                for id in entry.event.sources() {
                    self.record(&id, entry)?;
                }
                self.profiles.0.consents.follow(&self.profiles, &entry.event)?;
            }
            // Also for impressions, so that they are not read again at the next start.
            self.position = entry.position;
        }
        self.flush(false)
    }

    fn idle(&mut self) -> Result<()> {
        self.sweep()?;
        self.flush(false)
    }
}

impl Drop for ProfileWriter {
    fn drop(&mut self) {
        if let Err(error) = self.flush(true) {
            tracing::warn!(%error, "profiles could not be written; the next start reads them from the journal");
        }
    }
}
