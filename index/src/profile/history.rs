//! Products met, as a bounded set: the latest [`MAX_INTERACTIONS`] by time,
//! event and line. A set, so that meeting the same interaction again, in any
//! order, changes nothing; what is bought lives in the orders instead.

use serde::{Deserialize, Serialize};

use crate::event::{Channel, EventKind};

/// The most interactions kept; the oldest go first.
pub const MAX_INTERACTIONS: usize = 200;

/// The answer that led to something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttributionSource {
    /// The search or recommendation answer.
    pub query_id: Option<String>,
    /// The placement in it, for recommendations.
    pub placement: Option<String>,
    /// The words searched, for searches.
    pub query: Option<String>,
}

/// One product met, or given up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredInteraction {
    /// When, in Unix milliseconds.
    pub time_ms: i64,
    /// Which event, by [`crate::event::Event::fingerprint`].
    pub event: u64,
    /// Which product of the event, from 0.
    pub line: u16,
    /// How it was met.
    pub kind: EventKind,
    /// Where.
    pub channel: Option<Channel>,
    /// The product's id.
    pub product_id: String,
    /// How many.
    pub quantity: u32,
    /// What led to it.
    pub attributed_to: Option<Box<AttributionSource>>,
}

impl StoredInteraction {
    fn key(&self) -> (i64, u64, u16) {
        (self.time_ms, self.event, self.line)
    }
}

/// The latest interactions, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionHistory(Vec<StoredInteraction>);

impl InteractionHistory {
    /// Takes one in; one that is there already, or too old to be kept, changes nothing.
    pub fn insert(&mut self, new: StoredInteraction) {
        let Err(at) = self.0.binary_search_by_key(&new.key(), StoredInteraction::key) else { return };
        if self.0.len() < MAX_INTERACTIONS {
            self.0.insert(at, new);
        } else if at > 0 {
            // The oldest makes room.
            self.0[..at].rotate_left(1);
            self.0[at - 1] = new;
        }
    }

    /// Takes every interaction of another history.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|interaction| self.insert(interaction.clone()));
    }

    /// Forgets what happened before `ms`.
    pub fn forget_before(&mut self, ms: i64) {
        let first = self.0.partition_point(|interaction| interaction.time_ms < ms);
        self.0.drain(..first);
    }
}

impl std::ops::Deref for InteractionHistory {
    type Target = [StoredInteraction];

    fn deref(&self) -> &[StoredInteraction] {
        &self.0
    }
}
