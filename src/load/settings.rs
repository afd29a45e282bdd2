//! Settings of work under load: `server.load`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of work that waits and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoadSettings {
    /// Threads that answer searches, suggestions, recommendations and pages; 0 for one per core.
    pub threads: usize,
    /// Threads that answer reports and what administrators read.
    pub slow_threads: usize,
    /// The longest time a request is expected to wait for a thread while the server is overloaded, in milliseconds.
    pub target_wait_ms: u64,
    /// The longest time a request is expected to wait for a thread in a burst, in milliseconds.
    pub burst_wait_ms: u64,
    /// The longest burst, in milliseconds: after so much time with long waits the server is overloaded.
    pub burst_ms: u64,
    /// The longest time a report, or what an administrator reads, waits for a thread, in milliseconds.
    pub slow_wait_ms: u64,
    /// The most requests of one class that wait for a thread.
    pub queue: usize,
    /// The longest time from the receipt of a request to the end of its work, in milliseconds; work stops at its next stage.
    pub deadline_ms: u64,
    /// The same for reports and what administrators read.
    pub slow_deadline_ms: u64,
}

impl Default for LoadSettings {
    fn default() -> Self {
        Self {
            threads: 0,
            slow_threads: 2,
            target_wait_ms: 20,
            burst_wait_ms: 40,
            burst_ms: 100,
            slow_wait_ms: 5_000,
            queue: 1_000,
            deadline_ms: 1_000,
            slow_deadline_ms: 600_000,
        }
    }
}

impl LoadSettings {
    /// Checks every setting against its range; `under` is the section they stand in.
    ///
    /// # Errors
    /// The first setting that is out of range, with what it may be.
    pub fn check(&self, under: &str) -> Result<(), String> {
        let ranges = [
            ("threads", self.threads as u64, 0, 512),
            ("slow_threads", self.slow_threads as u64, 1, 64),
            ("target_wait_ms", self.target_wait_ms, 1, 10_000),
            ("burst_wait_ms", self.burst_wait_ms, 1, 10_000),
            ("burst_ms", self.burst_ms, 1, 60_000),
            ("slow_wait_ms", self.slow_wait_ms, 1, 600_000),
            ("queue", self.queue as u64, 1, 1_000_000),
            ("deadline_ms", self.deadline_ms, 1, 600_000),
            ("slow_deadline_ms", self.slow_deadline_ms, 1, 3_600_000),
        ];
        let wrong = ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value));
        if let Some((name, value, least, most)) = wrong {
            return Err(format!("{under}.{name}: {value} must lie between {least} and {most}"));
        }
        if self.burst_wait_ms < self.target_wait_ms {
            return Err(format!("{under}.burst_wait_ms: must be at least {under}.target_wait_ms"));
        }
        Ok(())
    }

    /// The limits of the threads that shoppers wait for, on a machine with so many cores.
    pub(super) fn for_shoppers(&self, cores: usize) -> QueueLimits {
        let threads = if self.threads == 0 { cores.max(1) } else { self.threads };
        QueueLimits {
            threads,
            target_wait: Duration::from_millis(self.target_wait_ms),
            burst_wait: Duration::from_millis(self.burst_wait_ms),
            burst: Duration::from_millis(self.burst_ms),
            waiting: self.queue,
            deadline: Duration::from_millis(self.deadline_ms),
        }
    }

    /// The limits of the threads for reports and administrators.
    pub(super) fn for_operators(&self) -> QueueLimits {
        QueueLimits {
            threads: self.slow_threads,
            target_wait: Duration::from_millis(self.slow_wait_ms),
            burst_wait: Duration::from_millis(self.slow_wait_ms),
            burst: Duration::from_millis(self.burst_ms),
            waiting: self.queue,
            deadline: Duration::from_millis(self.slow_deadline_ms),
        }
    }
}

/// The limits of one queue and its threads.
#[derive(Debug, Clone)]
pub struct QueueLimits {
    /// Threads that take work.
    pub threads: usize,
    /// The longest wait while overloaded.
    pub target_wait: Duration,
    /// The longest wait in a burst.
    pub burst_wait: Duration,
    /// The longest burst.
    pub burst: Duration,
    /// The most that wait of one class.
    pub waiting: usize,
    /// The longest time from receipt to the end of the work.
    pub deadline: Duration,
}
