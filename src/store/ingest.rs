//! The one way in for events. Callers check, date and encode their own events;
//! a single writer takes all requests that wait, drops what was seen before,
//! writes the rest to the journal with one sync, updates the profiles, and only
//! then answers. An event answered as accepted is on disk and counted; one sent
//! again is counted once, across restarts. The queue is bounded: beyond it
//! callers are told to come back.
//!
//! What the server showed comes in by [`Ingest::offer`], off the request's path:
//! it shares the groups' syncs, waits while requests fill them, and is dropped
//! first, and counted, when its own queue is full.

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
use tokio::sync::oneshot;

use self::prepare::{Prepared, prepare};
use self::writer::{Request, Writer};
use super::error::{Result, StoreError};
use super::journal::{Entry, Journal, Position, read_from};
use super::window::SeenWindow;

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// On disk and counted.
    Accepted {
        /// The event's id, assigned when it had none.
        message_id: String,
    },
    /// Seen before; counted then.
    Duplicate {
        /// The event's id.
        message_id: String,
    },
    /// Not kept, as the shopper wishes.
    Declined {
        /// The event's id.
        message_id: String,
    },
    /// Not kept.
    Rejected {
        /// What is wrong with it, for its sender.
        reason: String,
    },
}

/// What an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct IngestSettings {
    /// Requests that may wait; more are answered [`StoreError::Busy`].
    pub queue_requests: usize,
    /// Requests written with one sync at most.
    pub group_requests: usize,
    /// A group that has this many events takes no further request.
    pub group_events: usize,
    /// Events whose message ids are remembered, about 50 bytes each.
    pub window_events: usize,
    /// Impressions that may wait; more are dropped and counted.
    pub queue_impressions: usize,
    /// An event dated this far ahead, in milliseconds, is taken for one of a fast clock and gets the
    /// time of receipt; one further ahead is rejected.
    pub future_ms: i64,
    /// An event older than this, in milliseconds, is rejected; absent for no limit.
    pub oldest_ms: Option<i64>,
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self {
            queue_requests: 1024,
            group_requests: 256,
            group_events: 8192,
            window_events: 2_000_000,
            queue_impressions: 4096,
            future_ms: 10 * 60 * 1000,
            oldest_ms: None,
        }
    }
}

/// Keeps the profiles: told of every event that is on disk, in order.
pub trait Apply: Send {
    /// Whether the shopper does not want this event kept.
    fn declines(&self, event: &Event) -> bool;

    /// Updates the profiles with events that are on disk; one told again changes nothing.
    ///
    /// # Errors
    /// No further event is accepted until the next start, which tells what was missed.
    fn apply(&mut self, entries: &[Entry]) -> Result<()>;

    /// Called a few times a second while nothing comes in.
    ///
    /// # Errors
    /// As [`Self::apply`].
    fn idle(&mut self) -> Result<()>;
}

/// What the way in asks of the world outside.
pub struct Surroundings {
    /// Names an event that has no message id; unique each time.
    pub new_id: Box<dyn Fn() -> String + Send + Sync>,
    /// The time of receipt.
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Keeps the profiles.
    pub profiles: Box<dyn Apply>,
}

/// The running writer. Dropping it finishes what waits, then stops.
pub struct Ingest {
    queue: Option<SyncSender<Request>>,
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

/// An answer still to come.
#[derive(Debug)]
pub struct Answer(oneshot::Receiver<Result<Vec<Outcome>>>);

impl Answer {
    /// One outcome per event, in the order sent.
    ///
    /// # Errors
    /// Nothing of the request may be taken for accepted; sending it again is
    /// safe when its events have message ids.
    pub async fn outcomes(self) -> Result<Vec<Outcome>> {
        self.0.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// [`Self::outcomes`] for callers that may block.
    pub fn wait(self) -> Result<Vec<Outcome>> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> StoreError {
    StoreError::Poisoned { cause: "the event writer stopped".to_owned() }
}

/// Events applied in one call while catching up.
const REPLAY_EVENTS: usize = 1024;

/// Brings the profiles up to the journal's end, from the position they stand
/// for; returns how many events that took.
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
    /// Catches the profiles up from `applied`, then starts the writer.
    pub fn start(
        journal: Journal,
        applied: Position,
        settings: IngestSettings,
        mut surroundings: Surroundings,
    ) -> Result<Self> {
        let replayed = replay(&journal, applied, &mut *surroundings.profiles)?;
        if replayed > 0 {
            tracing::info!(events = replayed, "profiles caught up with the journal");
        }
        let window = SeenWindow::new(settings.window_events, journal.recent_hashes(settings.window_events)?);
        let (queue, requests) = mpsc::sync_channel(settings.queue_requests);
        let (offered, impressions) = mpsc::sync_channel(settings.queue_impressions);
        let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::from(surroundings.clock);
        let path = journal.folder().to_path_buf();
        let writer = Writer::new(journal, window, settings, surroundings.profiles, Arc::clone(&clock));
        let thread = thread::Builder::new()
            .name("ingest".to_owned())
            .spawn(move || writer.run(&requests, &impressions))
            .map_err(StoreError::io("start the writer for", &path))?;
        Ok(Self {
            queue: Some(queue),
            impressions: Some(offered),
            dropped_impressions: AtomicU64::new(0),
            new_id: surroundings.new_id,
            clock,
            settings,
            thread: Some(thread),
        })
    }

    /// Hands events in, without waiting.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the queue is full.
    pub fn accept(&self, events: Vec<Event>) -> Result<Answer> {
        let now = (self.clock)();
        let prepared = |mut event: Event| {
            event.check().map_err(|error| error.to_string())?;
            prepare(&mut event, now, &self.settings, &self.new_id)?;
            Prepared::new(event)
        };
        self.hand_in(events.into_iter().map(prepared).collect())
    }

    /// Hands in events of the server's own making, which need no check.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub fn accept_own(&self, events: Vec<Event>) -> Result<Answer> {
        let now = (self.clock)();
        self.hand_in(events.into_iter().map(|event| self.own(event, now)).collect())
    }

    fn own(&self, mut event: Event, now: Timestamp) -> Result<Prepared, String> {
        event.message_id.get_or_insert_with(&self.new_id);
        event.time.get_or_insert(now);
        event.received_at = Some(now);
        Prepared::new(event)
    }

    fn hand_in(&self, events: Vec<Result<Prepared, String>>) -> Result<Answer> {
        let (answer, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        match queue.try_send(Request { events, answer }) {
            Ok(()) => Ok(Answer(receiver)),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// Offers what the server showed; dropped and counted when too much waits.
    pub fn offer(&self, impression: Event) {
        let taken = self
            .own(impression, (self.clock)())
            .is_ok_and(|prepared| self.impressions.as_ref().is_some_and(|queue| queue.try_send(prepared).is_ok()));
        if !taken {
            self.dropped_impressions.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many impressions were dropped since the start.
    pub fn dropped_impressions(&self) -> u64 {
        self.dropped_impressions.load(Ordering::Relaxed)
    }

    /// The time by the clock that dates events.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        // Closing the queues lets the writer finish what is in them.
        self.impressions = None;
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the event writer had panicked");
        }
    }
}
