//! A person: the profiles of linked ids, read as one. Merging persons is a union by id, joined where both
//! have an id: commutative, associative and idempotent, so persons merge in any order, any number of times.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::Profile;
use crate::id::ShopperId;

/// One shopper: the profiles of all ids that are linked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person(BTreeMap<ShopperId, Arc<Profile>>);

impl Person {
    /// A person of one id.
    pub fn new(id: ShopperId, profile: Arc<Profile>) -> Self {
        Self(BTreeMap::from([(id, profile)]))
    }

    /// Merges another person into this one.
    pub fn merge(&mut self, other: &Self) {
        for (id, profile) in &other.0 {
            match self.0.get_mut(id) {
                None => drop(self.0.insert(id.clone(), Arc::clone(profile))),
                Some(mine) => Arc::make_mut(mine).join(profile),
            }
        }
    }

    /// The ids with their profiles.
    pub fn members(&self) -> impl Iterator<Item = (&ShopperId, &Arc<Profile>)> {
        self.0.iter()
    }

    /// All profiles added up to one.
    pub fn profile(&self) -> Arc<Profile> {
        let mut profiles = self.0.values();
        let Some(first) = profiles.next() else { return Arc::default() };
        let mut whole = Arc::clone(first);
        profiles.for_each(|profile| Arc::make_mut(&mut whole).add(profile));
        whole
    }
}

/// Recency, frequency and value of the orders, less refunds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PurchaseTotals {
    /// Orders not refunded as a whole.
    pub orders: usize,
    /// The value after refunds in minor units, by currency; orders without a currency count under `""`.
    pub value: BTreeMap<String, i64>,
    /// The time of the first order stored, in Unix milliseconds.
    pub first_ms: Option<i64>,
    /// The time of the last order, in Unix milliseconds.
    pub last_ms: Option<i64>,
}

impl Profile {
    /// Recency, frequency and value.
    pub fn value(&self) -> PurchaseTotals {
        let mut value = PurchaseTotals::default();
        for (order, placed) in self.orders.placed() {
            if order.remaining_lines().is_empty() {
                continue;
            }
            value.orders += 1;
            let sum = value.value.entry(placed.currency.clone().unwrap_or_default()).or_default();
            *sum = sum.saturating_add(order.remaining_value());
            value.first_ms.get_or_insert(placed.time_ms);
            value.last_ms = Some(placed.time_ms);
        }
        value
    }

    /// The products in the cart with their quantities, the last added first: additions, less removals and
    /// what was bought since.
    pub fn cart(&self) -> Vec<(&str, u32)> {
        use crate::event::EventKind::{AddToCart, RemoveFromCart};
        let orders = self.orders.placed();
        let mut cart: Vec<(&str, u32)> = Vec::new();
        for interaction in self.history.iter() {
            let id = interaction.product_id.as_str();
            let bought = orders.iter().any(|(_, placed)| {
                placed.time_ms >= interaction.time_ms && placed.lines.iter().any(|line| line.product_id == id)
            });
            let at = cart.iter().position(|(other, _)| *other == id);
            match (interaction.kind, at) {
                (AddToCart, _) if bought => {}
                (AddToCart, None) => cart.push((id, interaction.quantity)),
                (AddToCart, Some(at)) => {
                    let (_, quantity) = cart.remove(at);
                    cart.push((id, quantity.saturating_add(interaction.quantity)));
                }
                (RemoveFromCart, Some(at)) if cart[at].1 > interaction.quantity => cart[at].1 -= interaction.quantity,
                (RemoveFromCart, Some(at)) => drop(cart.remove(at)),
                _ => {}
            }
        }
        cart.reverse();
        cart
    }
}
