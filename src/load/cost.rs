//! The time that work of one class takes: an exponentially weighted moving average, `m ← m + (x − m) / 16`.

use std::time::Duration;

/// The weight of the past, in pieces of work.
const MEMORY: f64 = 16.0;

/// A moving average of durations.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeanCost {
    seconds: f64,
}

impl MeanCost {
    /// An average that begins with a guess.
    pub(super) fn new(guess: Duration) -> Self {
        Self { seconds: guess.as_secs_f64() }
    }

    /// Takes one more duration in.
    pub(super) fn add(&mut self, took: Duration) {
        self.seconds += (took.as_secs_f64() - self.seconds) / MEMORY;
    }

    /// The average, in seconds.
    pub(super) fn seconds(self) -> f64 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_follows_what_is_measured() {
        let mut cost = MeanCost::new(Duration::from_millis(1));
        (0..100).for_each(|_| cost.add(Duration::from_millis(5)));
        assert!((cost.seconds() - 0.005).abs() < 1e-4);
    }
}
