//! What is known of a shopper. Each id, a user's or a device's, has a
//! [`Profile`] of its own that only its own events change; a [`Person`] is the
//! set of profiles of linked ids, read as one. So links can be made and undone
//! in any order without anything to take apart, and nothing is counted twice.
//!
//! A profile is a join semilattice: bounded sets of interactions, orders,
//! visits and searches, counters that only grow, and registers whose last word wins. Any
//! order and any repetition of events ends the same.
//!
//! Pure: no store, no clock. What depends on the catalogue (interest vectors,
//! affinities) is computed from this by [`interest`] and [`affinity`].

pub mod affinity;
mod counts;
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

pub use counts::Counts;
pub use history::{History, Interaction, Led, MAX_INTERACTIONS};
pub use interest::{Direction, InterestSettings, Interests, interests, session, unit};
pub use journey::{Journey, Step, attribution, journeys};
pub use order::{Line, MAX_ORDERS, Order, Orders, Placed, Refund};
pub use person::{Person, Value};
pub use searches::{MAX_SEARCHES, Searches};
pub use stated::{Said, Stated};
pub use visit::{MAX_VISITS, PAUSE_MS, Visit, Visits};

use serde::{Deserialize, Serialize};

use crate::event::{EventKind, Meeting};
use crate::identity::Links;

/// What is known of one id, or of a person whose ids were read together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Products met, bounded, oldest first.
    pub history: History,
    /// Orders, bounded.
    pub orders: Orders,
    /// How often what happened.
    pub counts: Counts,
    /// Visits, bounded, oldest first.
    pub visits: Visits,
    /// What the shopper said outright.
    pub stated: Stated,
    /// Which ids on the other side are the same person.
    pub links: Links,
    /// First activity, in Unix milliseconds; [`i64::MAX`] before any.
    pub first_ms: i64,
    /// Last activity, in Unix milliseconds; [`i64::MIN`] before any.
    pub last_ms: i64,
    /// What was searched for lately, bounded. The last field: records of before it read on.
    pub searches: Searches,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            history: History::default(),
            orders: Orders::default(),
            counts: Counts::default(),
            visits: Visits::default(),
            stated: Stated::default(),
            links: Links::default(),
            first_ms: i64::MAX,
            last_ms: i64::MIN,
            searches: Searches::default(),
        }
    }
}

/// A product met and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met<'a> {
    /// The product's id.
    pub product_id: &'a str,
    /// The strongest way it was met.
    pub meeting: Meeting,
    /// When it was met last, in Unix milliseconds.
    pub time_ms: i64,
}

impl Profile {
    /// Catches up with another state of the same id.
    pub fn join(&mut self, other: &Self) {
        self.counts.join(&other.counts);
        self.join_rest(other);
    }

    /// Takes in what another id of the same person did.
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
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
    }

    /// What is left of a profile that is erased where its shopper forbade storing: that wish alone.
    pub fn of_refusal(profile: &Self) -> Self {
        Self { stated: profile.stated.consent_alone(), ..Self::default() }
    }

    /// Forgets what happened before `ms`; counters, links and what was stated stay.
    pub fn forget_before(&mut self, ms: i64) {
        self.history.forget_before(ms);
        self.orders.forget_before(ms);
        self.visits.forget_before(ms);
        self.searches.forget_before(ms);
        self.first_ms = self.first_ms.max(ms);
    }

    /// Every meeting with a product that was not undone, latest first: removals from the cart or
    /// wish list take the addition back, refunds the purchase.
    pub fn meetings(&self) -> Vec<Met<'_>> {
        let mut met: Vec<Met<'_>> = Vec::with_capacity(self.history.len() + 8);
        // What is taken out later than it was put in, newest first while going back in time.
        let mut undone: Vec<(&str, EventKind, u32)> = Vec::new();
        let mut refunded: Vec<(&str, u32)> = Vec::new();
        for interaction in self.history.iter().rev() {
            let id = interaction.product_id.as_str();
            let undoes = match interaction.kind {
                EventKind::RemoveFromCart => EventKind::AddToCart,
                EventKind::RemoveFromWishlist => EventKind::Wishlist,
                EventKind::Refund => {
                    refunded.push((id, interaction.quantity));
                    continue;
                }
                kind => {
                    let taken =
                        undone.iter_mut().find(|(other, undoes, left)| *other == id && *undoes == kind && *left > 0);
                    match (taken, kind.meeting()) {
                        (Some((_, _, left)), _) if *left >= interaction.quantity => *left -= interaction.quantity,
                        (_, Some(meeting)) => met.push(Met { product_id: id, meeting, time_ms: interaction.time_ms }),
                        (_, None) => {}
                    }
                    continue;
                }
            };
            undone.push((id, undoes, interaction.quantity));
        }
        let placed = self.orders.placed();
        for (order, version) in placed.iter().rev() {
            for line in order.kept_lines() {
                let back = refunded.iter_mut().find(|(id, left)| *id == line.product_id && *left >= line.quantity);
                if let Some((_, left)) = back {
                    *left -= line.quantity;
                    continue;
                }
                if let Some(line) = version.lines.iter().find(|known| known.product_id == line.product_id) {
                    met.push(Met {
                        product_id: &line.product_id,
                        meeting: Meeting::Purchase,
                        time_ms: version.time_ms,
                    });
                }
            }
        }
        met.sort_by_key(|met| std::cmp::Reverse(met.time_ms));
        met
    }

    /// Products met, latest first, each once with the latest meeting, at most `limit`.
    pub fn recent(&self, limit: usize) -> Vec<Met<'_>> {
        distinct(&self.meetings(), limit)
    }
}

/// Of meetings in any order the first with each product, at most `limit`.
pub fn distinct<'a>(meetings: &[Met<'a>], limit: usize) -> Vec<Met<'a>> {
    let mut found: Vec<Met<'a>> = Vec::new();
    for met in meetings {
        if found.len() == limit {
            break;
        }
        if !found.iter().any(|known| known.product_id == met.product_id) {
            found.push(*met);
        }
    }
    found
}

/// The ids of the products bought and kept, by their meetings.
pub fn purchased<'a>(meetings: &[Met<'a>]) -> impl Iterator<Item = &'a str> {
    meetings.iter().filter(|met| met.meeting == Meeting::Purchase).map(|met| met.product_id)
}
