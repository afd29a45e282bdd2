//! The orders for somebody else, which say nothing of what their buyer likes or needs: the fingerprints of their events.

use serde::{Deserialize, Serialize};

use super::order::Orders;

/// Fingerprints of purchases for somebody else, ascending; only those of stored orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gifts(Vec<u64>);

impl Gifts {
    /// Adds a purchase; the same again changes nothing.
    pub fn insert(&mut self, event: u64) {
        if let Err(at) = self.0.binary_search(&event) {
            self.0.insert(at, event);
        }
    }

    /// Adds every purchase of another set.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|&event| self.insert(event));
    }

    /// Drops what is the last version of no order.
    pub fn keep(&mut self, orders: &Orders) {
        if !self.0.is_empty() {
            let placed = orders.placed();
            self.0.retain(|event| placed.iter().any(|(_, version)| version.event == *event));
        }
    }

    /// True if the purchase is for somebody else.
    pub fn contains(&self, event: u64) -> bool {
        self.0.binary_search(&event).is_ok()
    }
}
