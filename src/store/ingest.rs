//! The intake of events, and the only writer of the journal. Callers validate, date and encode their own
//! events; one writer thread takes all waiting requests, drops duplicates, writes the rest to the journal
//! with one sync, updates the profiles, and only then answers. An event reported as accepted is durable and
//! in the profiles. An event sent again counts once, also across restarts, as long as its message id is in
//! the window of remembered ids. The queue is bounded; when it is full, callers get [`StoreError::Busy`].
//!
//! Impressions come in by [`Ingest::offer`], which never waits. They share the syncs of the groups, wait
//! while requests fill these, and are dropped first, and counted, when their own queue is full.

#[cfg(test)]
mod faults;
mod prepare;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use tastemaker_index::event::Event;
use tastemaker_index::time::MINUTE_MS;
use tokio::sync::oneshot;

use self::prepare::{Prepared, prepare};
use self::writer::{IngestRequest, IngestWriter};
use super::error::{Result, StoreError};
use super::journal::{Journal, JournalEntry, Position, read_from};
use super::problems::Problems;
use super::redact::expired_in_open;
use super::window::SeenWindow;

/// The result of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventOutcome {
    /// The event is durable and in the profiles.
    Accepted {
        /// The event's id; generated if it had none.
        message_id: String,
    },
    /// An event with this id was accepted before.
    Duplicate {
        /// The event's id.
        message_id: String,
    },
    /// Not stored, because the shopper refused consent.
    Declined {
        /// The event's id.
        message_id: String,
    },
    /// Not stored, because the event is invalid.
    Rejected {
        /// The mistake, for the sender.
        reason: String,
    },
}

/// Settings of the intake.
#[derive(Debug, Clone, Copy)]
pub struct IngestSettings {
    /// The most waiting requests; more fail with [`StoreError::Busy`].
    pub queue_requests: usize,
    /// The most requests written with one sync.
    pub group_requests: usize,
    /// Number of events from which a group takes no further request.
    pub group_events: usize,
    /// Number of remembered message ids, about 50 bytes each.
    pub window_events: usize,
    /// The most waiting impressions; more are dropped and counted.
    pub queue_impressions: usize,
    /// The furthest an event may be dated ahead, in milliseconds: it then gets the time of receipt, as from a
    /// fast clock; one dated further ahead is rejected.
    pub future_ms: i64,
    /// The oldest event accepted, in milliseconds before now; absent for no limit.
    pub oldest_ms: Option<i64>,
    /// The time between two attempts to write again after a failure, in milliseconds.
    pub retry_ms: i64,
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self {
            queue_requests: 1024,
            group_requests: 256,
            group_events: 8192,
            window_events: 2_000_000,
            queue_impressions: 4096,
            future_ms: 10 * MINUTE_MS,
            oldest_ms: None,
            retry_ms: 1000,
        }
    }
}

/// The profile store: it receives every durable event, in order.
pub trait Apply: Send {
    /// True if the shopper refused that this event is stored.
    fn declines(&self, event: &Event) -> bool;

    /// Updates the profiles with durable events. Applying an event again changes nothing.
    ///
    /// # Errors
    /// After an error no further event is accepted; the next start applies the missing ones.
    fn apply(&mut self, entries: &[JournalEntry]) -> Result<()>;

    /// Called a few times a second while no request comes in.
    ///
    /// # Errors
    /// As for [`Self::apply`].
    fn idle(&mut self) -> Result<()>;
}

/// The dependencies of the intake: ids, clock and profile store.
pub struct IngestDependencies {
    /// Generates a unique id for an event without a message id.
    pub new_id: Box<dyn Fn() -> String + Send + Sync>,
    /// The clock that gives the time of receipt.
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// The profile store.
    pub profiles: Box<dyn Apply>,
    /// The place to say that events cannot be written.
    pub problems: Problems,
}

/// The running intake. Dropping it finishes the waiting events, then stops.
pub struct Ingest {
    queue: Option<SyncSender<IngestRequest>>,
    impressions: Option<SyncSender<Prepared>>,
    dropped_impressions: AtomicU64,
    new_id: Box<dyn Fn() -> String + Send + Sync>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    settings: IngestSettings,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Ingest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Ingest").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The results of one request, once its events are durable.
#[derive(Debug)]
pub struct PendingEvents(oneshot::Receiver<Result<Vec<EventOutcome>>>);

impl PendingEvents {
    /// One result per event, in the order of the request.
    ///
    /// # Errors
    /// Then none of the events counts as accepted; sending them again is safe if they have message ids.
    pub async fn outcomes(self) -> Result<Vec<EventOutcome>> {
        self.0.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// [`Self::outcomes`] for callers that may block.
    pub fn wait(self) -> Result<Vec<EventOutcome>> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> StoreError {
    StoreError::Poisoned { cause: "the event writer stopped".to_owned() }
}

/// Events applied in one call while catching up.
const REPLAY_EVENTS: usize = 1024;

/// Applies the journal from position `from` to its end to the profiles; returns the number of events.
pub fn replay(journal: &Journal, from: Position, profiles: &mut dyn Apply) -> Result<u64> {
    let mut count = 0;
    let mut batch = Vec::with_capacity(REPLAY_EVENTS);
    for entry in read_from(journal.folder(), from)? {
        batch.push(entry?);
        count += 1;
        if batch.len() == REPLAY_EVENTS {
            profiles.apply(&batch)?;
            batch.clear();
        }
    }
    if batch.is_empty() { Ok(count) } else { profiles.apply(&batch).map(|()| count) }
}

impl Ingest {
    /// Brings the profiles from position `applied` to the journal's end, then starts the writer.
    pub fn start(
        journal: Journal,
        applied: Position,
        settings: IngestSettings,
        dependencies: IngestDependencies,
    ) -> Result<Self> {
        // The last events of the journal fill the window, so deduplication survives a restart.
        let hashes = journal.recent_hashes(settings.window_events)?;
        Self::start_knowing(journal, &hashes, applied, settings, dependencies)
    }

    /// [`Self::start`] with the hashes of the journal's last events, oldest first.
    pub fn start_knowing(
        mut journal: Journal,
        hashes: &[u128],
        applied: Position,
        settings: IngestSettings,
        mut dependencies: IngestDependencies,
    ) -> Result<Self> {
        let replayed = replay(&journal, applied, &mut *dependencies.profiles)?;
        if replayed > 0 {
            tracing::info!(events = replayed, "profiles are up to date with the journal");
        }
        let now_ms = (dependencies.clock)().as_millisecond();
        if let Some(oldest_ms) = settings.oldest_ms
            && expired_in_open(journal.folder(), now_ms - oldest_ms)?
        {
            journal.seal()?;
        }
        let window = SeenWindow::new(settings.window_events, hashes.iter().copied());
        let (queue, requests) = mpsc::sync_channel(settings.queue_requests);
        let (offered, impressions) = mpsc::sync_channel(settings.queue_impressions);
        let path = journal.folder().to_path_buf();
        let IngestDependencies { new_id, clock, profiles, problems } = dependencies;
        let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::from(clock);
        let writer = IngestWriter::new(journal, window, settings, profiles, Arc::clone(&clock), problems);
        let thread = thread::Builder::new()
            .name("ingest".to_owned())
            .spawn(move || writer.run(&requests, &impressions))
            .map_err(StoreError::io("start the writer for", &path))?;
        Ok(Self {
            queue: Some(queue),
            impressions: Some(offered),
            dropped_impressions: AtomicU64::new(0),
            new_id,
            clock,
            settings,
            thread: Some(thread),
        })
    }

    /// Validates events and queues them, without waiting.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full.
    pub fn accept(&self, events: Vec<Event>) -> Result<PendingEvents> {
        let now = (self.clock)();
        let prepared = |mut event: Event| {
            event.check().map_err(|error| error.to_string())?;
            prepare(&mut event, now, &self.settings, &self.new_id)?;
            Prepared::new(event)
        };
        self.hand_in(events.into_iter().map(prepared).collect())
    }

    /// Queues events made by the server, which need no validation.
    ///
    /// # Errors
    /// As for [`Self::accept`].
    pub fn accept_own(&self, events: Vec<Event>) -> Result<PendingEvents> {
        let now = (self.clock)();
        self.hand_in(events.into_iter().map(|event| self.own(event, now)).collect())
    }

    fn own(&self, mut event: Event, now: Timestamp) -> Result<Prepared, String> {
        event.message_id.get_or_insert_with(&self.new_id);
        event.time.get_or_insert(now);
        event.received_at = Some(now);
        Prepared::new(event)
    }

    fn hand_in(&self, events: Vec<Result<Prepared, String>>) -> Result<PendingEvents> {
        let (answer, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        match queue.try_send(IngestRequest { events, answer }) {
            Ok(()) => Ok(PendingEvents(receiver)),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// Queues an impression; drops and counts it if the queue is full.
    pub fn offer(&self, impression: Event) {
        let taken = self
            .own(impression, (self.clock)())
            .is_ok_and(|prepared| self.impressions.as_ref().is_some_and(|queue| queue.try_send(prepared).is_ok()));
        if !taken {
            self.dropped_impressions.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Number of impressions dropped since the start.
    pub fn dropped_impressions(&self) -> u64 {
        self.dropped_impressions.load(Ordering::Relaxed)
    }

    /// The time of the clock that dates events.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        // Closing the queues lets the writer finish their content.
        self.impressions = None;
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the event writer had panicked");
        }
    }
}
