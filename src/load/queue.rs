//! The queue in front of a pool of threads. It is bounded by time, not by number: a request is admitted while the work
//! ahead of it — what waits of its class and of more urgent ones, at their mean cost — is done within the allowed wait,
//! that of a burst. Once the waits of those taken have stayed above the target for longer than a burst may last, the server
//! is overloaded, and the allowed wait is the target, until waits are short again. (The rule of Nichols and Jacobson's
//! CoDel, 2012, in the form for servers: Maurer, "Fail at Scale", ACM Queue 13(8), 2015.) So under any load the threads are
//! busy with requests that are fresh, and what cannot be answered soon is told so at once. Whoever waits longer than
//! estimated is refused after the wait of a burst while overloaded; else after ten times that, since a pause of the
//! machine is no overload.
//!
//! Pure: it is told the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::class::WorkClass;
use super::cost::MeanCost;
use super::settings::QueueLimits;

/// The wait after which somebody is refused without an overload, in waits of a burst.
const PAUSE: u32 = 10;

/// The work that waits in a queue.
pub trait Queued {
    /// False once nobody waits for the result any more.
    fn is_wanted(&self) -> bool;
}

#[derive(Debug)]
struct Waiting<J> {
    job: J,
    since: Instant,
}

#[derive(Debug)]
struct Lane<J> {
    class: WorkClass,
    waiting: VecDeque<Waiting<J>>,
    running: usize,
    cost: MeanCost,
}

impl<J> Lane<J> {
    fn new(class: WorkClass) -> Self {
        Self { class, waiting: VecDeque::new(), running: 0, cost: MeanCost::new(class.first_guess()) }
    }

    /// The work that waits, in seconds of one thread.
    fn work(&self) -> f64 {
        self.waiting.len() as f64 * self.cost.seconds()
    }
}

/// The outcome of looking for work.
#[derive(Debug)]
pub enum NextJob<J> {
    /// This is to be done now.
    Run(WorkClass, J),
    /// This has waited too long and is to be refused; look again.
    Late(WorkClass, J),
    /// There is nothing to do.
    Nothing,
}

/// Work that waits for threads, by class.
#[derive(Debug)]
pub struct AdmissionQueue<J> {
    limits: QueueLimits,
    lanes: [Lane<J>; WorkClass::ALL.len()],
    /// The time since which everybody taken had waited longer than the target.
    long_waits_since: Option<Instant>,
    /// Jobs dropped since nobody wanted them any more.
    left: u64,
}

impl<J: Queued> AdmissionQueue<J> {
    /// An empty queue.
    pub fn new(limits: QueueLimits) -> Self {
        Self { limits, lanes: WorkClass::ALL.map(Lane::new), long_waits_since: None, left: 0 }
    }

    /// The number of requests that wait.
    pub fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.len()).sum()
    }

    /// The number of requests that are worked on.
    pub fn running(&self) -> usize {
        self.lanes.iter().map(|lane| lane.running).sum()
    }

    /// The number of jobs that were not begun since nobody wanted them any more.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// True if waits have been long for longer than a burst.
    pub fn is_overloaded(&self, now: Instant) -> bool {
        self.long_waits_since.is_some_and(|since| now.saturating_duration_since(since) > self.limits.burst)
    }

    /// The longest wait that is expected of those admitted.
    fn allowed_wait(&self, now: Instant) -> Duration {
        if self.is_overloaded(now) { self.limits.target_wait } else { self.limits.burst_wait }
    }

    /// The wait after which those admitted are refused nevertheless.
    fn longest_wait(&self, now: Instant) -> Duration {
        let QueueLimits { burst_wait, deadline, .. } = self.limits;
        if self.is_overloaded(now) { burst_wait } else { (burst_wait * PAUSE).min(deadline / 2).max(burst_wait) }
    }

    /// Notes the wait of one that is taken.
    fn observe(&mut self, waited: Duration, now: Instant) {
        let target = self.limits.target_wait;
        if waited > target {
            self.long_waits_since.get_or_insert(now);
        } else if waited < target / 2 {
            self.long_waits_since = None;
        }
    }

    /// Lets a job wait.
    ///
    /// # Errors
    /// The job, if its turn would not come within the allowed wait.
    pub fn admit(&mut self, class: WorkClass, job: J, now: Instant) -> Result<(), J> {
        let lane = &self.lanes[class.place()];
        let ahead = &self.lanes[..=class.place()];
        let waiting_ahead: usize = ahead.iter().map(|lane| lane.waiting.len()).sum();
        let seconds_ahead = ahead.iter().map(Lane::work).sum::<f64>() / self.limits.threads as f64;
        // One for each thread may always wait, or long work would leave threads idle between two arrivals.
        let is_soon = waiting_ahead < self.limits.threads || seconds_ahead <= self.allowed_wait(now).as_secs_f64();
        if !is_soon || lane.waiting.len() >= self.limits.waiting {
            return Err(job);
        }
        self.lanes[class.place()].waiting.push_back(Waiting { job, since: now });
        Ok(())
    }

    /// Takes the next job: of the most urgent class, the one that waited longest. Jobs that nobody wants are dropped.
    pub fn take(&mut self, now: Instant) -> NextJob<J> {
        let Some((place, Waiting { job, since })) = self.next() else {
            if self.waiting() == 0 {
                self.long_waits_since = None;
            }
            return NextJob::Nothing;
        };
        let (class, waited) = (self.lanes[place].class, now.saturating_duration_since(since));
        let is_late = waited > self.longest_wait(now);
        self.observe(waited, now);
        if is_late {
            return NextJob::Late(class, job);
        }
        self.lanes[place].running += 1;
        NextJob::Run(class, job)
    }

    /// The next job that somebody wants, with the place of its lane.
    fn next(&mut self) -> Option<(usize, Waiting<J>)> {
        let threads = self.limits.threads;
        for (place, lane) in self.lanes.iter_mut().enumerate() {
            while lane.running < lane.class.most_running(threads)
                && let Some(waiting) = lane.waiting.pop_front()
            {
                if waiting.job.is_wanted() {
                    return Some((place, waiting));
                }
                self.left += 1;
            }
        }
        None
    }

    /// Notes that work of a class has ended and what it took.
    pub fn finished(&mut self, class: WorkClass, took: Duration) {
        let lane = &mut self.lanes[class.place()];
        lane.running = lane.running.saturating_sub(1);
        lane.cost.add(took);
    }

    /// Takes out everything that has waited too long or that nobody wants any more, and returns the former.
    pub fn expire(&mut self, now: Instant) -> Vec<(WorkClass, J)> {
        let longest = self.longest_wait(now);
        let mut late = Vec::new();
        for lane in &mut self.lanes {
            let before = lane.waiting.len();
            lane.waiting.retain(|waiting| waiting.job.is_wanted());
            self.left += (before - lane.waiting.len()) as u64;
            while lane.waiting.front().is_some_and(|first| now.saturating_duration_since(first.since) > longest) {
                late.extend(lane.waiting.pop_front().map(|waiting| (lane.class, waiting.job)));
            }
        }
        late
    }

    /// Takes out everything.
    pub fn drain(&mut self) -> Vec<(WorkClass, J)> {
        let take = |lane: &mut Lane<J>| {
            let class = lane.class;
            lane.waiting.drain(..).map(move |waiting| (class, waiting.job)).collect::<Vec<_>>()
        };
        self.lanes.iter_mut().flat_map(take).collect()
    }

    /// The longest time from receipt to the end of work.
    pub fn deadline(&self) -> Duration {
        self.limits.deadline
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
