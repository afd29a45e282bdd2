//! The one way in for single changes. A writer thread takes all requests that wait, judges each change
//! against the product as it is by then, writes the good ones to the log with one sync, has them
//! served, and only then answers: what is answered as done is on disk and in the next search.

use std::collections::HashSet;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tastemaker_index::product::{FieldError, Product};
use tokio::sync::oneshot;

use super::change::Act;
use super::current::Current;
use super::log;
use super::writer::{Request, Writer};
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;
use crate::store::journal::{Journal, JournalSettings};

/// What must be true of the product for a change to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    #[default]
    Anything,
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// It is there in one of these versions.
    Version(Vec<String>),
}

/// A change asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The product.
    pub id: String,
    /// What is said of it.
    pub act: Act,
    /// Under which condition.
    pub expect: Expect,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Made: the product has this version now, none when it is deleted.
    Done {
        /// Its version.
        version: Option<String>,
        /// Whether there was none before.
        created: bool,
        /// Whether searches show all of it already, or some of it after the next reindex only.
        shown: bool,
    },
    /// Not made: there is no such product.
    Missing,
    /// Not made: the product is not in the version asked for, but in this one; none when there is none.
    Conflict {
        /// Its version.
        version: Option<String>,
    },
    /// Not made: what it would leave is no product.
    Invalid(FieldError),
}

/// What an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct EditorSettings {
    /// Requests that may wait; more are answered [`StoreError::Busy`].
    pub queue_requests: usize,
    /// A group that has this many changes takes no further request.
    pub group_changes: usize,
    /// Showing changes may take this share of the writer's time, above 0 and at most 1: the more it
    /// takes at once, the longer the next group gathers.
    pub busy_share: f64,
    /// The longest a group gathers, in milliseconds.
    pub gather_ms: u64,
}

impl Default for EditorSettings {
    fn default() -> Self {
        Self { queue_requests: 1024, group_changes: 2000, busy_share: 0.2, gather_ms: 300 }
    }
}

/// Shows the products as changed.
pub trait Serve: Send {
    /// Whether a product fits those that are there.
    ///
    /// # Errors
    /// The field at fault.
    fn check(&self, product: &Product) -> Result<(), FieldError>;

    /// Shows products from now on, none for those that are gone, and says of which something is
    /// not shown before the next reindex. Told again, it changes nothing.
    fn serve(&mut self, changed: &[(String, Option<Product>)]) -> HashSet<String>;
}

/// The running writer. Dropping it finishes what waits, then stops.
#[derive(Debug)]
pub struct Editor {
    queue: Option<SyncSender<Request>>,
    current: Arc<Mutex<Current>>,
    thread: Option<JoinHandle<()>>,
}

/// An answer still to come.
#[derive(Debug)]
pub struct Answer(oneshot::Receiver<Result<Vec<Outcome>>>);

impl Answer {
    /// One outcome a change, in the order asked.
    ///
    /// # Errors
    /// None of the changes may be taken for made; asking again is safe.
    pub async fn outcomes(self) -> Result<Vec<Outcome>> {
        self.0.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// [`Self::outcomes`] for callers that may block.
    pub fn wait(self) -> Result<Vec<Outcome>> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> StoreError {
    StoreError::Poisoned { cause: "the writer of changes stopped".to_owned() }
}

/// Held while the products shown are put in place of others, so that no change comes between.
#[derive(Debug)]
pub struct Still<'a>(#[expect(dead_code, reason = "held, not read")] MutexGuard<'a, Current>);

impl Editor {
    /// Reads the catalogue and its log and starts the writer. The caller holds the serve lock.
    ///
    /// # Errors
    /// Damage, or what the system said.
    pub fn start(folder: &DataFolder, settings: EditorSettings, serve: Box<dyn Serve>) -> Result<Self> {
        let path = log::folder(folder)?;
        let log = Journal::open(&path, JournalSettings::default())?;
        Self::start_on(folder, settings, log, serve)
    }

    /// [`Self::start`] with an open log.
    pub fn start_on(
        folder: &DataFolder,
        settings: EditorSettings,
        log: Journal,
        serve: Box<dyn Serve>,
    ) -> Result<Self> {
        let current = Arc::new(Mutex::new(Current::open(folder)?));
        let (queue, requests) = mpsc::sync_channel(settings.queue_requests);
        let writer = Writer::new(log, Arc::clone(&current), serve, settings);
        let thread = thread::Builder::new()
            .name("changes".to_owned())
            .spawn(move || writer.run(&requests))
            .map_err(StoreError::io("start the writer for", &folder.catalogue()))?;
        Ok(Self { queue: Some(queue), current, thread: Some(thread) })
    }

    /// Hands changes in, without waiting. All of a request's good changes are on disk when it is
    /// answered; after an error the first of them may be.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the queue is full.
    pub fn edit(&self, edits: Vec<Edit>) -> Result<Answer> {
        let (answer, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        match queue.try_send(Request { edits, answer }) {
            Ok(()) => Ok(Answer(receiver)),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// A product as it is now.
    pub fn product(&self, id: &str) -> Result<Option<Product>> {
        let mut current = locked(&self.current);
        current.refresh()?;
        current.product(id)
    }

    /// Keeps changes from being served until the answer is dropped.
    pub fn still(&self) -> Still<'_> {
        Still(locked(&self.current))
    }
}

/// The products as they are; a panic elsewhere leaves them as they were before a group.
pub(super) fn locked(current: &Mutex<Current>) -> MutexGuard<'_, Current> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Closing the queue lets the writer finish what is in it.
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of changes had panicked");
        }
    }
}
