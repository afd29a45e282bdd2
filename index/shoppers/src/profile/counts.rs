//! Event counts by device, channel and kind: products for events that name some, else events. Purchases
//! are not counted here but read off the orders, which can be sent again, replaced and refunded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Channel, EventKind};

/// The most devices of one user counted separately; devices that come later share one count.
const MAX_DEVICES: usize = 64;

type OnDevice = BTreeMap<(Option<Channel>, EventKind), u64>;

/// Counters that only grow. In the profile of a device, its own events are under no device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCounts(BTreeMap<Option<String>, OnDevice>);

impl EventCounts {
    /// Increases a counter by `by`.
    pub fn count(&mut self, device: Option<&str>, channel: Option<Channel>, kind: EventKind, by: u64) {
        let device = device.map(str::to_owned).filter(|_| self.0.len() < MAX_DEVICES || self.knows(device));
        *self.0.entry(device).or_default().entry((channel, kind)).or_default() += by;
    }

    fn knows(&self, device: Option<&str>) -> bool {
        self.0.keys().any(|known| known.as_deref() == device)
    }

    /// Adds the counts of another id of the same person.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, |mine, theirs| mine + theirs);
    }

    /// Joins another state of the same id: counters only grow, so the greater count is the later one.
    pub fn join(&mut self, other: &Self) {
        self.combine(other, u64::max);
    }

    fn combine(&mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) {
        for (device, theirs) in &other.0 {
            let mine = self.0.entry(device.clone()).or_default();
            for (&key, &count) in theirs {
                let mine = mine.entry(key).or_default();
                *mine = combine(*mine, count);
            }
        }
    }

    /// The count of a kind of event on all devices and channels.
    pub fn of(&self, kind: EventKind) -> u64 {
        self.iter().filter(|(_, _, known, _)| *known == kind).map(|(_, _, _, count)| count).sum()
    }

    /// All counters: device, channel, kind, count.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&str>, Option<Channel>, EventKind, u64)> {
        self.0.iter().flat_map(|(device, counts)| {
            counts.iter().map(move |(&(channel, kind), &count)| (device.as_deref(), channel, kind, count))
        })
    }
}
