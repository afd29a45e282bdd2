//! The one way in for events. A single writer takes all requests that wait,
//! drops what was seen before, writes the rest to the journal with one sync,
//! updates the profiles, and only then answers. An event answered as accepted
//! is on disk and counted; one sent again is counted once, across restarts.
//! The queue is bounded: beyond it callers are told to come back.

#[cfg(test)]
mod tests;
mod writer;

use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use tastemaker_index::event::Event;
use tokio::sync::oneshot;

use self::writer::{Request, Writer};
use super::error::{Result, StoreError};
use super::journal::{Journal, Position, read_from};
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
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self { queue_requests: 1024, group_requests: 256, group_events: 8192, window_events: 2_000_000 }
    }
}

/// Updates the profiles with events that are on disk; the position is the one
/// to remember with them.
pub type Apply = Box<dyn FnMut(Position, &[Event]) -> Result<()> + Send>;

/// What the writer asks of the world outside.
pub struct Surroundings {
    /// Names an event that has no message id; unique each time.
    pub new_id: Box<dyn FnMut() -> String + Send>,
    /// The time of receipt.
    pub clock: Box<dyn FnMut() -> Timestamp + Send>,
    /// Updates the profiles.
    pub apply: Apply,
}

/// The running writer. Dropping it finishes what waits, then stops.
#[derive(Debug)]
pub struct Ingest {
    queue: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
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
pub fn replay(journal: &Journal, from: Position, apply: &mut Apply) -> Result<u64> {
    let mut count = 0;
    let mut batch = Vec::with_capacity(REPLAY_EVENTS);
    let mut reached = from;
    for entry in read_from(journal.folder(), from)? {
        let entry = entry?;
        reached = entry.position;
        batch.push(entry.event);
        count += 1;
        if batch.len() == REPLAY_EVENTS {
            apply(reached, &batch)?;
            batch.clear();
        }
    }
    if batch.is_empty() { Ok(count) } else { apply(reached, &batch).map(|()| count) }
}

impl Ingest {
    /// Catches the profiles up from `applied`, then starts the writer.
    pub fn start(
        journal: Journal,
        applied: Position,
        settings: IngestSettings,
        mut surroundings: Surroundings,
    ) -> Result<Self> {
        let replayed = replay(&journal, applied, &mut surroundings.apply)?;
        if replayed > 0 {
            tracing::info!(events = replayed, "profiles caught up with the journal");
        }
        let window = SeenWindow::new(settings.window_events, journal.recent_hashes(settings.window_events)?);
        let (queue, requests) = mpsc::sync_channel(settings.queue_requests);
        let writer = Writer::new(journal, window, settings, surroundings);
        let path = writer.journal_folder();
        let thread = thread::Builder::new()
            .name("ingest".to_owned())
            .spawn(move || writer.run(&requests))
            .map_err(StoreError::io("start the writer for", &path))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands events in, without waiting.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the queue is full.
    pub fn accept(&self, events: Vec<Event>) -> Result<Answer> {
        let (answer, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        match queue.try_send(Request { events, answer }) {
            Ok(()) => Ok(Answer(receiver)),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        // Closing the queue lets the writer finish what is in it.
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the event writer had panicked");
        }
    }
}
