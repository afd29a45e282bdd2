//! Threads that do the work of requests. One set works for shoppers, one for operators, each behind an
//! [`AdmissionQueue`]. Whoever asks gets a future; dropping it takes the work out of the queue, or stops it at its next
//! stage. A watcher refuses in time what waits too long while every thread is at work on something long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Serialize;
use tastemaker_index::deadline::Deadline;
use tokio::sync::oneshot;

use super::class::WorkClass;
use super::queue::{AdmissionQueue, NextJob, Queued};
use super::settings::{LoadSettings, QueueLimits};

/// The time between two looks for what waits too long.
const WATCH: Duration = Duration::from_millis(5);

/// The reason why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// It would have waited, or has waited, longer than allowed.
    Overloaded,
    /// The server is stopping.
    Stopping,
    /// The work failed; the log has the cause.
    Failed,
}

/// Work in a queue, with the channel for its result.
trait Work: Send {
    /// True while somebody waits for the result.
    fn is_wanted(&self) -> bool;
    /// Does it, until `deadline` at most; the function returned tells the result.
    fn run(self: Box<Self>, deadline: Instant) -> Box<dyn FnOnce() + Send>;
    /// Tells that it is not done.
    fn refuse(self: Box<Self>, reason: TurnedAway);
}

struct Request<T, F> {
    work: F,
    result: oneshot::Sender<Result<T, TurnedAway>>,
}

impl<T, F> Work for Request<T, F>
where
    T: Send + 'static,
    F: FnOnce(Deadline<'_>) -> T + Send,
{
    fn is_wanted(&self) -> bool {
        !self.result.is_closed()
    }

    fn run(self: Box<Self>, deadline: Instant) -> Box<dyn FnOnce() + Send> {
        let Self { work, result } = *self;
        let is_over = || result.is_closed() || Instant::now() >= deadline;
        // A panic ends this request, not the thread.
        let done = catch_unwind(AssertUnwindSafe(|| work(Deadline::new(&is_over))));
        // Whoever left needs no result.
        Box::new(|| drop(result.send(done.map_err(|_| TurnedAway::Failed))))
    }

    fn refuse(self: Box<Self>, reason: TurnedAway) {
        drop(self.result.send(Err(reason)));
    }
}

struct Job {
    work: Box<dyn Work>,
    deadline: Instant,
}

impl Queued for Job {
    fn is_wanted(&self) -> bool {
        self.work.is_wanted()
    }
}

/// The state that threads share.
struct Crew {
    queue: Mutex<CrewQueue>,
    /// Wakes a thread when there is work.
    work: Condvar,
    /// Wakes the watcher when somebody begins to wait.
    watch: Condvar,
    refused: [AtomicU64; WorkClass::ALL.len()],
}

struct CrewQueue {
    jobs: AdmissionQueue<Job>,
    /// Threads that wait for work.
    idle: usize,
    stopping: bool,
}

impl Crew {
    fn new(limits: QueueLimits) -> Self {
        let queue = CrewQueue { jobs: AdmissionQueue::new(limits), idle: 0, stopping: false };
        Self { queue: Mutex::new(queue), work: Condvar::new(), watch: Condvar::new(), refused: Default::default() }
    }

    fn lock(&self) -> MutexGuard<'_, CrewQueue> {
        // Nothing panics while it holds the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets work wait for a thread, or tells at once that it will not be done.
    fn admit(&self, class: WorkClass, work: Box<dyn Work>) {
        let now = Instant::now();
        let mut queue = self.lock();
        let deadline = now + queue.jobs.deadline();
        let admitted = match queue.stopping {
            true => Err((Job { work, deadline }, TurnedAway::Stopping)),
            false => queue.jobs.admit(class, Job { work, deadline }, now).map_err(|job| (job, TurnedAway::Overloaded)),
        };
        // A report may wait beside an idle thread, for another report.
        let watches = queue.jobs.waiting() > queue.idle || !class.is_for_shoppers();
        let wakes = queue.idle > 0;
        drop(queue);
        match admitted {
            Ok(()) => {
                if wakes {
                    self.work.notify_one();
                }
                if watches {
                    self.watch.notify_one();
                }
            }
            Err((job, reason)) => self.refuse(class, job.work, reason),
        }
    }

    fn refuse(&self, class: WorkClass, work: Box<dyn Work>, reason: TurnedAway) {
        self.refused[class.place()].fetch_add(1, Ordering::Relaxed);
        work.refuse(reason);
    }

    /// Works until the server stops.
    fn work(&self) {
        let mut queue = self.lock();
        loop {
            match queue.jobs.take(Instant::now()) {
                NextJob::Run(class, job) => {
                    drop(queue);
                    let began = Instant::now();
                    let tell = job.work.run(job.deadline);
                    let took = began.elapsed();
                    // Whoever has its result finds its work at an end.
                    self.lock().jobs.finished(class, took);
                    tell();
                    queue = self.lock();
                }
                NextJob::Late(class, job) => {
                    drop(queue);
                    self.refuse(class, job.work, TurnedAway::Overloaded);
                    queue = self.lock();
                }
                NextJob::Nothing if queue.stopping => return,
                NextJob::Nothing => {
                    queue.idle += 1;
                    queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
                    queue.idle -= 1;
                }
            }
        }
    }

    /// Refuses what waits too long, until the server stops.
    fn watch(&self) {
        let mut queue = self.lock();
        while !queue.stopping {
            if queue.jobs.waiting() == 0 {
                queue = self.watch.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let late = queue.jobs.expire(Instant::now());
            drop(queue);
            late.into_iter().for_each(|(class, job)| self.refuse(class, job.work, TurnedAway::Overloaded));
            std::thread::sleep(WATCH);
            queue = self.lock();
        }
    }

    fn stop(&self) {
        let mut queue = self.lock();
        queue.stopping = true;
        let waiting = queue.jobs.drain();
        drop(queue);
        self.work.notify_all();
        self.watch.notify_all();
        waiting.into_iter().for_each(|(class, job)| self.refuse(class, job.work, TurnedAway::Stopping));
    }
}

/// The figures of the work under way, for `/readyz`.
#[derive(Debug, Serialize)]
pub struct LoadReport {
    /// True while requests of shoppers are refused because too many wait.
    pub overloaded: bool,
    /// Requests that wait for a thread.
    pub waiting: usize,
    /// Requests that are worked on.
    pub running: usize,
    /// Requests since the start whose client left before they were worked on.
    pub left: u64,
    /// Requests refused since the start, by class.
    pub refused: std::collections::BTreeMap<&'static str, u64>,
}

/// The threads of a server.
pub struct WorkerPool {
    for_shoppers: Arc<Crew>,
    for_operators: Arc<Crew>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for WorkerPool {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WorkerPool").finish_non_exhaustive()
    }
}

impl WorkerPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// If the operating system starts no more threads.
    pub fn start(settings: &LoadSettings) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let (shoppers, operators) = (settings.for_shoppers(cores), settings.for_operators());
        let counts = [shoppers.threads, operators.threads];
        let crews = [shoppers, operators].map(|limits| Arc::new(Crew::new(limits)));
        let mut threads = Vec::new();
        for (crew, count) in crews.iter().zip(counts) {
            for thread in 0..=count {
                let crew = Arc::clone(crew);
                let (name, task): (&str, fn(&Crew)) = match thread {
                    0 => ("watch", Crew::watch),
                    _ => ("work", Crew::work),
                };
                threads.push(std::thread::Builder::new().name(name.to_owned()).spawn(move || task(&crew))?);
            }
        }
        let [for_shoppers, for_operators] = crews;
        Ok(Self { for_shoppers, for_operators, threads: Mutex::new(threads) })
    }

    /// Does work of a class and returns its result. Dropping the future cancels the work: it is not begun, or its
    /// [`Deadline`] comes.
    ///
    /// # Errors
    /// The reason why it was not done.
    pub async fn run<T, F>(&self, class: WorkClass, work: F) -> Result<T, TurnedAway>
    where
        T: Send + 'static,
        F: FnOnce(Deadline<'_>) -> T + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let work = Box::new(Request { work, result: sender });
        match class.is_for_shoppers() {
            true => self.for_shoppers.admit(class, work),
            // Shoppers come first.
            false if self.is_overloaded() => self.for_operators.refuse(class, work, TurnedAway::Overloaded),
            false => self.for_operators.admit(class, work),
        }
        receiver.await.unwrap_or(Err(TurnedAway::Stopping))
    }

    /// True while requests of shoppers wait longer than a burst lasts.
    pub fn is_overloaded(&self) -> bool {
        self.for_shoppers.lock().jobs.is_overloaded(Instant::now())
    }

    /// The figures of this moment.
    pub fn report(&self) -> LoadReport {
        let crews = [&self.for_shoppers, &self.for_operators];
        let (mut waiting, mut running, mut left) = (0, 0, 0);
        for crew in crews {
            let queue = crew.lock();
            waiting += queue.jobs.waiting();
            running += queue.jobs.running();
            left += queue.jobs.left();
        }
        let refused = |class: WorkClass| {
            crews.iter().map(|crew| crew.refused[class.place()].load(Ordering::Relaxed)).sum::<u64>()
        };
        let refused = WorkClass::ALL.into_iter().map(|class| (class.name(), refused(class))).collect();
        LoadReport { overloaded: self.is_overloaded(), waiting, running, left, refused }
    }

    /// Refuses what waits, lets what runs end, and ends the threads.
    pub fn stop(&self) {
        self.for_shoppers.stop();
        self.for_operators.stop();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has ended, too.
            drop(thread.join());
        }
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        // Without waiting: the last owner may be a thread of the pool.
        self.for_shoppers.stop();
        self.for_operators.stop();
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
