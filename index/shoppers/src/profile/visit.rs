//! Visits: activity of one device on one channel without a pause longer than [`PAUSE_MS`]. They are a union
//! of intervals, so the order and repetition in which moments arrive change nothing. The latest
//! [`MAX_VISITS`] remain.

use serde::{Deserialize, Serialize};

use crate::event::Channel;
use crate::time::MINUTE_MS;

/// The inactivity that ends a visit: half an hour, in milliseconds.
pub const PAUSE_MS: i64 = 30 * MINUTE_MS;
/// The most visits of a profile; the oldest are removed first.
pub const MAX_VISITS: usize = 64;

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Visit {
    /// First activity, in Unix milliseconds.
    pub start_ms: i64,
    /// Last activity, in Unix milliseconds.
    pub end_ms: i64,
    /// The channel.
    pub channel: Option<Channel>,
    /// The device, if the events name one.
    pub device: Option<String>,
}

impl Visit {
    fn joins(&self, other: &Self) -> bool {
        let near = self.start_ms <= other.end_ms + PAUSE_MS && other.start_ms <= self.end_ms + PAUSE_MS;
        near && self.channel == other.channel && self.device == other.device
    }
}

/// The latest visits, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visits(Vec<Visit>);

impl Visits {
    /// Inserts a moment or interval of activity, joining the visits it touches.
    pub fn insert(&mut self, mut new: Visit) {
        // The common case: it lies inside the latest visit.
        if self
            .0
            .iter()
            .rev()
            .any(|known| known.joins(&new) && known.start_ms <= new.start_ms && new.end_ms <= known.end_ms)
        {
            return;
        }
        self.0.retain(|known| {
            let joins = known.joins(&new);
            if joins {
                new.start_ms = new.start_ms.min(known.start_ms);
                new.end_ms = new.end_ms.max(known.end_ms);
            }
            !joins
        });
        // The joined interval may touch further visits now.
        if self.0.iter().any(|known| known.joins(&new)) {
            return self.insert(new);
        }
        let at = self.0.partition_point(|known| *known < new);
        self.0.insert(at, new);
        let excess = self.0.len().saturating_sub(MAX_VISITS);
        self.0.drain(..excess);
    }

    /// Inserts every visit of another list.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|visit| self.insert(visit.clone()));
    }

    /// Removes visits that ended before `ms`.
    pub fn forget_before(&mut self, ms: i64) {
        self.0.retain(|visit| visit.end_ms >= ms);
    }
}

impl std::ops::Deref for Visits {
    type Target = [Visit];

    fn deref(&self) -> &[Visit] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(minute: i64, channel: Channel) -> Visit {
        Visit { start_ms: minute * MINUTE_MS, end_ms: minute * MINUTE_MS, channel: Some(channel), device: None }
    }

    fn visits(moments: &[(i64, bool)]) -> Visits {
        let mut visits = Visits::default();
        for &(minute, app) in moments {
            visits.insert(moment(minute, if app { Channel::App } else { Channel::Web }));
        }
        visits
    }

    #[test]
    fn a_pause_ends_a_visit_and_a_late_moment_can_bridge_two() {
        let mut found = visits(&[(0, false), (20, false), (60, false), (10, true)]);
        assert_eq!(found.len(), 3, "{found:?}");
        found.insert(moment(40, Channel::Web));
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].start_ms, found[0].end_ms), (0, 3_600_000));
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_ends_the_same(
            moments in prop::collection::vec((0..1000i64, any::<bool>()), 0..60),
            turn in any::<prop::sample::Index>(),
        ) {
            let mut other = moments.clone();
            other.rotate_left(turn.index(moments.len().max(1)).min(moments.len()));
            other.reverse();
            other.extend(moments.iter().copied().take(10));
            prop_assert_eq!(visits(&other), visits(&moments));
        }
    }
}
