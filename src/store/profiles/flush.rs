//! Writes changed profiles on a thread of its own, so that no response waits for it. One batch is written
//! while the next one gathers; a third must wait, which slows the writer down instead of letting memory grow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Profiles;
use super::record::StoredProfile;
use crate::store::error::{Result, StoreError};
use crate::store::journal::Position;
use crate::store::state::{StateKind, StateWrite};

/// The wait after which the thread looks whether removed profiles are still in the files.
const IDLE: Duration = Duration::from_secs(1);

/// The profiles changed since the flush before, with the journal position they include.
pub(super) struct Flush {
    pub(super) number: u64,
    pub(super) position: Position,
    pub(super) changed: Vec<(String, Option<StoredProfile>)>,
}

/// The thread that writes flushes.
pub(super) struct Flusher {
    queue: Option<SyncSender<Flush>>,
    done: Arc<AtomicU64>,
    failed: Arc<Mutex<Option<StoreError>>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    pub(super) fn start(profiles: Profiles) -> Result<Self> {
        let (queue, flushes) = sync_channel(1);
        let (done, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(None)));
        let (writes, fails) = (Arc::clone(&done), Arc::clone(&failed));
        let thread = thread::Builder::new()
            .name("profiles".to_owned())
            .spawn(move || run(&profiles, &flushes, &writes, &fails))
            .map_err(StoreError::io("start the writer for", std::path::Path::new("profiles")))?;
        Ok(Self { queue: Some(queue), done, failed, thread: Some(thread) })
    }

    /// The number of the last finished flush.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Acquire)
    }

    /// Queues a flush; waits while two others are unfinished.
    ///
    /// # Errors
    /// The error of an earlier flush: after it, nothing more is written.
    pub(super) fn hand_over(&self, flush: Flush) -> Result<()> {
        if let Some(error) = self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(error);
        }
        let stopped = || StoreError::Poisoned { cause: "the profile writer stopped".to_owned() };
        self.queue.as_ref().ok_or_else(stopped)?.send(flush).map_err(|_| stopped())
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the profile writer had panicked");
        }
    }
}

fn run(profiles: &Profiles, flushes: &Receiver<Flush>, done: &AtomicU64, failed: &Mutex<Option<StoreError>>) {
    loop {
        let flush = match flushes.recv_timeout(IDLE) {
            Ok(flush) => flush,
            Err(RecvTimeoutError::Timeout) => {
                compact(profiles);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let number = flush.number;
        match write(profiles, flush) {
            Ok(()) => {
                done.store(number, Ordering::Release);
                compact(profiles);
            }
            Err(error) => {
                tracing::error!(%error, "profiles cannot be written; the next start reads them from the journal");
                // Later flushes must not be written: their position would cover the lost one.
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return;
            }
        }
    }
}

/// Takes removed profiles out of the files, if that is due.
fn compact(profiles: &Profiles) {
    if let Err(error) = profiles.0.state.compact(false) {
        tracing::warn!(%error, "removed profiles are still in the files; erasures wait until they are not");
    }
}

/// Writes a flush in transactions of [`super::ProfileSettings::transaction_records`] records. The position is
/// part of the last one, so that it never exceeds the profiles.
fn write(profiles: &Profiles, flush: Flush) -> Result<()> {
    let most = profiles.0.settings.transaction_records;
    let mut writes = Vec::with_capacity(most);
    for (key, stored) in flush.changed {
        let has_interactions =
            |stored: &StoredProfile| !stored.profile.history.is_empty() || !stored.profile.orders.is_empty();
        if !stored.as_ref().is_some_and(has_interactions) {
            // Without any interaction there are no interests.
            writes.push(StateWrite { kind: StateKind::Interest, key: key.clone(), bytes: None });
        }
        writes.push(match stored {
            Some(stored) => stored.write(&key)?,
            None => StateWrite { kind: StateKind::Profile, key, bytes: None },
        });
        if writes.len() >= most {
            profiles.0.state.write(None, &writes)?;
            writes.clear();
        }
    }
    profiles.0.state.write(Some(flush.position), &writes)
}
