//! Profiles of shoppers. Each id, of a user or a device, has its own [`Profile`], which only its own events
//! change; a [`Person`] is the set of profiles of linked ids, read as one. So links are made and undone in
//! any order without taking anything apart, and nothing is counted twice.
//!
//! A profile is a join semilattice: bounded sets of interactions, orders, visits and searches, counters that
//! only grow, and last-writer-wins registers. Any order and any repetition of events gives the same state.
//! It knows no store, no clock and no catalogue: [`interest`] and [`affinity`] compute from it what depends
//! on those.

pub mod affinity;
mod counts;
mod gifts;
mod history;
mod interest;
mod journey;
mod order;
mod person;
mod record;
mod searches;
mod stated;
#[cfg(test)]
mod tests;
mod visit;

pub use counts::EventCounts;
pub use gifts::Gifts;
pub use history::{AttributionSource, InteractionHistory, MAX_INTERACTIONS, StoredInteraction};
pub use interest::{InterestSettings, Interests, LongTermInterest, interests, session, unit};
pub use journey::{Journey, JourneyStep, attribution, journeys};
pub use order::{MAX_ORDERS, Order, OrderLine, Orders, PlacedOrder, Refund};
pub use person::{Person, PurchaseTotals};
pub use searches::{MAX_SEARCHES, Searches};
pub use stated::{Register, StatedPreferences};
pub use visit::{MAX_VISITS, PAUSE_MS, Visit, Visits};

use serde::{Deserialize, Serialize};

use crate::event::{EventKind, InteractionKind};
use crate::identity::Links;

/// The state of one id, or of a person whose ids were read together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Interactions with products, bounded, oldest first.
    pub history: InteractionHistory,
    /// Orders, bounded.
    pub orders: Orders,
    /// Event counts.
    pub counts: EventCounts,
    /// Visits, bounded, oldest first.
    pub visits: Visits,
    /// Consent and preferences that the shopper stated.
    pub stated: StatedPreferences,
    /// Links with the ids of the other side (users for a device, devices for a user).
    pub links: Links,
    /// First activity, in Unix milliseconds; [`i64::MAX`] before any.
    pub first_ms: i64,
    /// Last activity, in Unix milliseconds; [`i64::MIN`] before any.
    pub last_ms: i64,
    /// Recent searches, bounded. Records of earlier releases end before it.
    pub searches: Searches,
    /// The orders for somebody else. The last field: records of earlier releases end before it.
    pub gifts: Gifts,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            history: InteractionHistory::default(),
            orders: Orders::default(),
            counts: EventCounts::default(),
            visits: Visits::default(),
            stated: StatedPreferences::default(),
            links: Links::default(),
            first_ms: i64::MAX,
            last_ms: i64::MIN,
            searches: Searches::default(),
            gifts: Gifts::default(),
        }
    }
}

/// An interaction with a product that was not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentInteraction<'a> {
    /// The product's id.
    pub product_id: &'a str,
    /// The kind of interaction.
    pub kind: InteractionKind,
    /// The time in Unix milliseconds.
    pub time_ms: i64,
}

impl Profile {
    /// Joins another state of the same id.
    pub fn join(&mut self, other: &Self) {
        self.counts.join(&other.counts);
        self.join_rest(other);
    }

    /// Adds the profile of another id of the same person.
    fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.join_rest(other);
    }

    fn join_rest(&mut self, other: &Self) {
        self.history.join(&other.history);
        self.orders.join(&other.orders);
        self.visits.join(&other.visits);
        self.stated.join(&other.stated);
        self.links.join(&other.links);
        self.searches.join(&other.searches);
        self.gifts.join(&other.gifts);
        self.gifts.keep(&self.orders);
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
    }

    /// The rest of an erased profile whose shopper forbade storing: consent alone, so that it stays in force.
    pub fn of_refusal(profile: &Self) -> Self {
        Self { stated: profile.stated.consent_alone(), ..Self::default() }
    }

    /// Removes everything before `ms`; counters, links and stated preferences remain.
    pub fn forget_before(&mut self, ms: i64) {
        self.history.forget_before(ms);
        self.orders.forget_before(ms);
        self.gifts.keep(&self.orders);
        self.visits.forget_before(ms);
        self.searches.forget_before(ms);
        self.first_ms = self.first_ms.max(ms);
    }

    /// Every interaction with a product that was not undone, latest first: a removal from the cart or
    /// wish list cancels the addition, a refund the purchase. Purchases for somebody else are left out.
    pub fn interactions(&self) -> Vec<RecentInteraction<'_>> {
        let mut interactions = Vec::with_capacity(self.history.len() + 8);
        let refunded = self.interactions_of_history(&mut interactions);
        self.interactions_of_orders(refunded, &mut interactions);
        interactions.sort_by_key(|interaction| std::cmp::Reverse(interaction.time_ms));
        interactions
    }

    /// Appends the interactions of the history that were not undone, and returns the refunds that name
    /// no order: product and quantity, latest first.
    fn interactions_of_history<'a>(&'a self, interactions: &mut Vec<RecentInteraction<'a>>) -> Vec<(&'a str, u32)> {
        // Going back in time, so that a removal is seen before the addition it cancels:
        // product, the kind cancelled, the quantity still to cancel.
        let mut undone: Vec<(&str, EventKind, u32)> = Vec::new();
        let mut refunded: Vec<(&str, u32)> = Vec::new();
        for stored in self.history.iter().rev() {
            let id = stored.product_id.as_str();
            match stored.kind {
                EventKind::RemoveFromCart => undone.push((id, EventKind::AddToCart, stored.quantity)),
                EventKind::RemoveFromWishlist => undone.push((id, EventKind::Wishlist, stored.quantity)),
                EventKind::Refund => refunded.push((id, stored.quantity)),
                event_kind => {
                    let undo = undone
                        .iter_mut()
                        .find(|(other, undoes, left)| *other == id && *undoes == event_kind && *left > 0);
                    match (undo, event_kind.interaction_kind()) {
                        (Some((_, _, left)), _) if *left >= stored.quantity => *left -= stored.quantity,
                        (_, Some(kind)) => {
                            interactions.push(RecentInteraction { product_id: id, kind, time_ms: stored.time_ms });
                        }
                        (_, None) => {}
                    }
                }
            }
        }
        refunded
    }

    /// Appends the purchases of the orders, less what was refunded with or without naming the order. A
    /// refund without an order cancels the latest purchase of at most its quantity.
    fn interactions_of_orders<'a>(
        &'a self,
        mut refunded: Vec<(&str, u32)>,
        interactions: &mut Vec<RecentInteraction<'a>>,
    ) {
        let own = self.orders.placed().into_iter().rev().filter(|(_, version)| !self.gifts.contains(version.event));
        for (order, version) in own {
            for line in order.remaining_lines() {
                let refund = refunded.iter_mut().find(|(id, left)| *id == line.product_id && *left >= line.quantity);
                if let Some((_, left)) = refund {
                    *left -= line.quantity;
                    continue;
                }
                if let Some(line) = version.lines.iter().find(|known| known.product_id == line.product_id) {
                    interactions.push(RecentInteraction {
                        product_id: &line.product_id,
                        kind: InteractionKind::Purchase,
                        time_ms: version.time_ms,
                    });
                }
            }
        }
    }

    /// Products of the interactions, latest first, each once with its latest interaction, at most `limit`.
    pub fn recent(&self, limit: usize) -> Vec<RecentInteraction<'_>> {
        distinct(&self.interactions(), limit)
    }
}

/// The first interaction with each product, at most `limit`.
pub fn distinct<'a>(interactions: &[RecentInteraction<'a>], limit: usize) -> Vec<RecentInteraction<'a>> {
    let mut found: Vec<RecentInteraction<'a>> = Vec::new();
    for interaction in interactions {
        if found.len() == limit {
            break;
        }
        if !found.iter().any(|known| known.product_id == interaction.product_id) {
            found.push(*interaction);
        }
    }
    found
}

/// The ids of the products bought and not refunded.
pub fn purchased<'a>(interactions: &[RecentInteraction<'a>]) -> impl Iterator<Item = &'a str> {
    interactions
        .iter()
        .filter(|interaction| interaction.kind == InteractionKind::Purchase)
        .map(|interaction| interaction.product_id)
}
