//! The interactions of a profile, as a bounded set: the latest [`MAX_INTERACTIONS`] by time, event and line.
//! Inserting an interaction again, in any order, changes nothing. Purchases are in the orders instead.

use serde::{Deserialize, Serialize};

use crate::event::{Channel, EventKind};

/// The most interactions of a profile; the oldest are removed first.
pub const MAX_INTERACTIONS: usize = 200;

/// The response that led to an interaction or order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttributionSource {
    /// The id of the search or recommendation response.
    pub query_id: Option<String>,
    /// The placement in the response, for recommendations.
    pub placement: Option<String>,
    /// The query, for searches.
    pub query: Option<String>,
}

/// One interaction with a product, or its removal from cart or wish list, or its refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredInteraction {
    /// The time in Unix milliseconds.
    pub time_ms: i64,
    /// The event, by [`crate::event::Event::fingerprint`].
    pub event: u64,
    /// The position of the product in the event, from 0.
    pub line: u16,
    /// The kind of the event.
    pub kind: EventKind,
    /// The channel.
    pub channel: Option<Channel>,
    /// The product's id.
    pub product_id: String,
    /// The quantity.
    pub quantity: u32,
    /// The response that led to it, if the event names one.
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
    /// Inserts an interaction; one already present, or older than all of a full history, changes nothing.
    pub fn insert(&mut self, new: StoredInteraction) {
        let Err(at) = self.0.binary_search_by_key(&new.key(), StoredInteraction::key) else { return };
        if self.0.len() < MAX_INTERACTIONS {
            self.0.insert(at, new);
        } else if at > 0 {
            // Full: the oldest makes room.
            self.0[..at].rotate_left(1);
            self.0[at - 1] = new;
        }
    }

    /// Inserts every interaction of another history.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|interaction| self.insert(interaction.clone()));
    }

    /// Removes interactions before `ms`.
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
