//! The only writer of single changes. A writer thread takes all waiting requests, validates each change
//! against the current product, writes the valid ones to the log with one sync, applies them to the live
//! catalogue, and only then answers: a change reported as done is durable and visible in the next search.

use std::collections::HashSet;
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tastemaker_index::product::{FieldError, Product};
use tokio::sync::oneshot;

use super::change::ChangeAction;
use super::current::CurrentCatalogue;
use super::log;
use super::writer::{EditRequest, EditWriter};
use crate::store::error::{Result, StoreError};
use crate::store::folder::DataFolder;
use crate::store::journal::{Journal, JournalSettings};

/// The condition on the current product under which a change is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Precondition {
    /// No condition.
    #[default]
    Anything,
    /// The product exists.
    Present,
    /// The product does not exist.
    Absent,
    /// The product exists in one of these versions.
    Version(Vec<String>),
}

/// A requested change of one product.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The product's id.
    pub id: String,
    /// The change.
    pub act: ChangeAction,
    /// The condition for making it.
    pub expect: Precondition,
}

/// The result of one requested change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditOutcome {
    /// The change was made.
    Done {
        /// The product's new version; absent if it was deleted.
        version: Option<String>,
        /// True if the product did not exist before.
        created: bool,
        /// True if searches show the whole change already; false if a part of it waits for the next reindex.
        shown: bool,
        /// What contradicts itself in the product as it is now, or in the change.
        warnings: Vec<&'static str>,
    },
    /// Not made: the product does not exist.
    Missing,
    /// Not made: the product does not have the expected version.
    Conflict {
        /// Its version; absent if it does not exist.
        version: Option<String>,
    },
    /// Not made: the resulting product would be invalid.
    Invalid(FieldError),
}

/// Settings of the editor.
#[derive(Debug, Clone, Copy)]
pub struct EditorSettings {
    /// The most waiting requests; more fail with [`StoreError::Busy`].
    pub queue_requests: usize,
    /// Number of changes from which a group takes no further request.
    pub group_changes: usize,
    /// The share of the writer's time that applying changes may take, above 0 and at most 1: the longer one
    /// group takes to apply, the longer the next one gathers.
    pub busy_share: f64,
    /// The longest time a group gathers, in milliseconds.
    pub gather_ms: u64,
}

impl Default for EditorSettings {
    fn default() -> Self {
        Self { queue_requests: 1024, group_changes: 2000, busy_share: 0.2, gather_ms: 300 }
    }
}

/// The live catalogue that changes are applied to.
pub trait Serve: Send {
    /// Checks that a product fits the live catalogue.
    ///
    /// # Errors
    /// The wrong field.
    fn check(&self, product: &Product) -> Result<(), FieldError>;

    /// Applies changed products; `None` removes one. Returns the ids of which a part is not visible before
    /// the next reindex. Applying the same products again changes nothing.
    fn serve(&mut self, changed: &[(String, Option<Product>)]) -> HashSet<String>;
}

/// The running writer. Dropping it finishes the waiting requests, then stops.
#[derive(Debug)]
pub struct Editor {
    queue: Option<SyncSender<EditRequest>>,
    current: Arc<Mutex<CurrentCatalogue>>,
    thread: Option<JoinHandle<()>>,
}

/// The results of one request, once its changes are durable.
#[derive(Debug)]
pub struct PendingEdits(oneshot::Receiver<Result<Vec<EditOutcome>>>);

impl PendingEdits {
    /// One result per change, in the order of the request.
    ///
    /// # Errors
    /// Then none of the changes counts as made; repeating the request is safe.
    pub async fn outcomes(self) -> Result<Vec<EditOutcome>> {
        self.0.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// [`Self::outcomes`] for callers that may block.
    pub fn wait(self) -> Result<Vec<EditOutcome>> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }
}

fn stopped() -> StoreError {
    StoreError::Poisoned { cause: "the writer of changes stopped".to_owned() }
}

/// A pause of all changes, held while another generation goes live.
#[derive(Debug)]
pub struct Pause<'a>(#[expect(dead_code, reason = "held, not read")] MutexGuard<'a, CurrentCatalogue>);

impl Editor {
    /// Reads the catalogue and its log and starts the writer. The caller holds the serve lock.
    ///
    /// # Errors
    /// Damage, or a system error.
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
        let current = Arc::new(Mutex::new(CurrentCatalogue::open(folder)?));
        let (queue, requests) = mpsc::sync_channel(settings.queue_requests);
        let writer = EditWriter::new(log, Arc::clone(&current), serve, settings);
        let thread = thread::Builder::new()
            .name("changes".to_owned())
            .spawn(move || writer.run(&requests))
            .map_err(StoreError::io("start the writer for", &folder.catalogue()))?;
        Ok(Self { queue: Some(queue), current, thread: Some(thread) })
    }

    /// Queues changes without waiting. When the request is answered, all its valid changes are durable; after
    /// an error, the first of them may be.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the queue is full.
    pub fn edit(&self, edits: Vec<Edit>) -> Result<PendingEdits> {
        let (answer, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        match queue.try_send(EditRequest { edits, answer }) {
            Ok(()) => Ok(PendingEdits(receiver)),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// The current product with this id.
    pub fn product(&self, id: &str) -> Result<Option<Product>> {
        let mut current = locked(&self.current);
        // Another process may have replaced the snapshot by a feed or a reindex.
        current.refresh()?;
        current.product(id)
    }

    /// Pauses all changes until the result is dropped.
    pub fn pause(&self) -> Pause<'_> {
        Pause(locked(&self.current))
    }
}

/// Locks the catalogue. A panic of another holder leaves it as it was before that group, so its poison is
/// ignored.
pub(super) fn locked(current: &Mutex<CurrentCatalogue>) -> MutexGuard<'_, CurrentCatalogue> {
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
