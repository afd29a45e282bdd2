//! What is known of one shopper: a bounded list of dated interactions and
//! counters, and beside them the interest vector computed from the list.
//!
//! Pure: no store, no clock. The list is the truth; the vector is stamped with
//! the embedding space it lives in, so that a generation with another embedder
//! makes it stale, not wrong.

mod interest;

pub use interest::{Interest, InterestSettings, interest};

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind};

/// The most interactions kept; the oldest go first.
pub const MAX_INTERACTIONS: usize = 200;

/// One shopper.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// What the shopper did, oldest first.
    pub interactions: Vec<Interaction>,
    /// How often, in total.
    pub counts: Counts,
    /// The stored interest vector; `None` until something with a vector was met.
    pub interest: Option<Interest>,
}

/// One product met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// The product's id.
    pub product_id: String,
    /// How it was met.
    pub kind: EventKind,
    /// When, in Unix milliseconds.
    pub time_ms: i64,
}

/// Totals over all time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Products viewed.
    pub view: u64,
    /// Products put into the cart.
    pub add_to_cart: u64,
    /// Products bought.
    pub purchase: u64,
}

impl Profile {
    /// Takes one event; `now_ms` dates an event that does not say when it happened.
    /// Late events find their place in time; the interest vector is left for [`interest`].
    pub fn record(&mut self, event: &Event, now_ms: i64) {
        let time_ms = event.time.map_or(now_ms, |time| time.as_millisecond());
        let count = match event.kind {
            EventKind::View => &mut self.counts.view,
            EventKind::AddToCart => &mut self.counts.add_to_cart,
            EventKind::Purchase => &mut self.counts.purchase,
        };
        *count += event.products.len() as u64;
        for product in &event.products {
            let at = self.interactions.partition_point(|known| known.time_ms <= time_ms);
            let interaction = Interaction { product_id: product.id.clone(), kind: event.kind, time_ms };
            self.interactions.insert(at, interaction);
        }
        let excess = self.interactions.len().saturating_sub(MAX_INTERACTIONS);
        self.interactions.drain(..excess);
    }

    /// The ids of the products met last, latest first, each once, at most `limit`.
    pub fn recent(&self, limit: usize) -> Vec<&Interaction> {
        let mut found: Vec<&Interaction> = Vec::new();
        for interaction in self.interactions.iter().rev() {
            if found.len() == limit {
                break;
            }
            if !found.iter().any(|known| known.product_id == interaction.product_id) {
                found.push(interaction);
            }
        }
        found
    }

    /// The ids of the products bought, among those still in the list.
    pub fn purchased(&self) -> impl Iterator<Item = &str> {
        let bought = self.interactions.iter().filter(|interaction| interaction.kind == EventKind::Purchase);
        bought.map(|interaction| interaction.product_id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, seconds: i64) -> Event {
        let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let text = format!(r#"{{"type":"view","user_id":"u","time":"{time}","products":[{{"id":"{id}"}}]}}"#);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn late_events_find_their_place_and_old_ones_leave() {
        let mut profile = Profile::default();
        profile.record(&event("b", 20), 0);
        profile.record(&event("a", 10), 0);
        profile.record(&event("b", 30), 0);
        let ids: Vec<_> = profile.interactions.iter().map(|known| known.product_id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "b"]);
        assert_eq!(profile.recent(5).iter().map(|known| known.product_id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        for second in 100..100 + MAX_INTERACTIONS as i64 {
            profile.record(&event("c", second), 0);
        }
        assert_eq!(profile.interactions.len(), MAX_INTERACTIONS);
        assert_eq!(profile.counts.view, 3 + MAX_INTERACTIONS as u64);
        assert!(profile.interactions.iter().all(|known| known.product_id == "c"));
    }
}
