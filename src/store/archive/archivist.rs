//! A background thread that keeps the archive current while a server runs. Every few seconds it looks for
//! newly closed segments and copies them one at a time, at idle priority; while a reindex or an export holds
//! the archive's lock, it waits.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::layout::Layout;
use super::{copy, is_current, sealed};
use crate::store::DataFolder;
use crate::store::error::{Result, StoreError};
use crate::store::folder::LockKind;
use crate::store::problems::{ProblemKind, Problems};

/// The interval between two looks for closed segments.
const EVERY: Duration = Duration::from_secs(5);
/// The pause between two segments, so that requests go first.
const PAUSE: Duration = Duration::from_millis(200);

/// The running thread. Dropping it waits for the segment being copied, then stops the thread.
#[derive(Debug)]
pub struct Archivist {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Archivist {
    /// Starts the thread on a data folder.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(folder: DataFolder, problems: Problems) -> Result<Self> {
        Self::start_every(folder, EVERY, problems)
    }

    pub(super) fn start_every(folder: DataFolder, every: Duration, problems: Problems) -> Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let path = folder.archive();
        let thread = thread::Builder::new()
            .name("archive".to_owned())
            .spawn(move || run(&folder, every, &stopped, &problems))
            .map_err(StoreError::io("start the writer for", &path))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Archivist {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the archive's writer had panicked");
        }
    }
}

/// Lowers the thread's priority below those that handle requests, because copying a segment with many
/// impressions keeps a core busy for a second. Under Linux's idle policy the thread runs only on an idle
/// core.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::unix::{
            NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
        };
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let outcome = set_thread_priority_and_policy(thread_native_id(), thread_priority::ThreadPriority::Min, idle);
        if let Err(error) = outcome {
            tracing::debug!(%error, "the archive is written at the usual priority");
        }
    }
}

fn run(folder: &DataFolder, every: Duration, stopped: &Receiver<()>, problems: &Problems) {
    step_back();
    // Segments that need no second look: copied ones, and those that failed once.
    let mut done = BTreeSet::new();
    let mut wait = every;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
        wait = match copy_next(folder, &mut done) {
            Ok(true) => PAUSE.min(every),
            Ok(false) | Err(StoreError::Locked { .. }) => every,
            Err(error) => {
                problems.begin(ProblemKind::ArchiveBehind, &error);
                every
            }
        };
    }
}

/// Copies the first closed segment without a copy; true if there was one.
fn copy_next(folder: &DataFolder, done: &mut BTreeSet<u64>) -> Result<bool> {
    let (layout, journal) = (Layout::of(folder)?, folder.journal());
    for number in sealed(&journal)?.into_iter().filter(|number| !done.contains(number)).collect::<Vec<_>>() {
        let _lock = folder.lock(LockKind::Archive)?;
        // Before copying: a segment that cannot be copied must not hold up those behind it.
        done.insert(number);
        if !is_current(&layout, &journal, number)? {
            return copy::copy(&layout, &journal, number).map(|_| true);
        }
    }
    Ok(false)
}
