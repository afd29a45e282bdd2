//! Orders, which a shop may send any number of times: the last version counts, less refunds, in whatever
//! order they arrive. A bounded set: the latest [`MAX_ORDERS`] by their last change.

use serde::{Deserialize, Serialize};

use super::history::AttributionSource;
use crate::event::Channel;

/// The most orders of a profile; the oldest are removed first.
pub const MAX_ORDERS: usize = 64;
/// The most lines stored of an order or refund, the first ones; its value counts in full.
pub(super) const MAX_LINES: usize = 100;
/// The most refunds stored of one order.
const MAX_REFUNDS: usize = 16;

/// An order and its refunds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// XXH3-64 of the order's id, or the fingerprint of the event if it names no order.
    pub key: u64,
    /// The order's id.
    pub id: Option<String>,
    /// The last version; absent while only refunds are known.
    pub placed: Option<PlacedOrder>,
    /// Refunds, by time and event.
    pub refunds: Vec<Refund>,
}

/// One version of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// The time of the order in Unix milliseconds.
    pub time_ms: i64,
    /// The time of receipt in Unix milliseconds: of versions with one time the later received counts.
    pub received_ms: i64,
    /// The fingerprint of the event.
    pub event: u64,
    /// The channel.
    pub channel: Option<Channel>,
    /// The device, if the event names one.
    pub device: Option<String>,
    /// The ISO 4217 code of the currency.
    pub currency: Option<String>,
    /// The value in minor units.
    pub value: i64,
    /// The products bought, at most [`MAX_LINES`].
    pub lines: Vec<OrderLine>,
    /// The response that led to the order, if the event names one.
    pub attributed_to: Option<Box<AttributionSource>>,
}

/// One product of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The product's id.
    pub product_id: String,
    /// The quantity.
    pub quantity: u32,
    /// Unit price in minor units.
    pub price: Option<i64>,
}

/// One refund of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The fingerprint of the event.
    pub event: u64,
    /// The time in Unix milliseconds.
    pub time_ms: i64,
    /// The value in minor units; absent if the event has none.
    pub value: Option<i64>,
    /// The products returned; without any, the refund is of the whole order.
    pub lines: Vec<OrderLine>,
}

impl PlacedOrder {
    fn version(&self) -> (i64, i64, u64) {
        (self.time_ms, self.received_ms, self.event)
    }
}

impl Order {
    /// An order without a version and without refunds.
    pub fn new(key: u64, id: Option<String>) -> Self {
        Self { key, id, placed: None, refunds: Vec::new() }
    }

    /// The time of the last change, by which orders are removed, and the key.
    fn rank(&self) -> (i64, u64) {
        let refunded = self.refunds.iter().map(|refund| refund.time_ms).max();
        (self.placed.as_ref().map(|placed| placed.time_ms).max(refunded).unwrap_or(i64::MIN), self.key)
    }

    fn join(&mut self, other: Self) {
        if self.placed.as_ref().map(PlacedOrder::version) < other.placed.as_ref().map(PlacedOrder::version) {
            self.placed = other.placed;
        }
        self.id = self.id.take().or(other.id);
        for refund in other.refunds {
            let key = |refund: &Refund| (refund.time_ms, refund.event);
            if let Err(at) = self.refunds.binary_search_by_key(&key(&refund), key) {
                self.refunds.insert(at, refund);
            }
        }
        let excess = self.refunds.len().saturating_sub(MAX_REFUNDS);
        self.refunds.drain(..excess);
    }

    /// The lines left after refunds, in the order of the last version.
    pub fn remaining_lines(&self) -> Vec<OrderLine> {
        let Some(placed) = &self.placed else { return Vec::new() };
        if self.refunds.iter().any(|refund| refund.lines.is_empty() && refund.value.is_none_or(|v| v >= placed.value)) {
            return Vec::new();
        }
        let mut lines = placed.lines.clone();
        for back in self.refunds.iter().flat_map(|refund| &refund.lines) {
            let mut left = back.quantity;
            for line in lines.iter_mut().filter(|line| line.product_id == back.product_id) {
                let taken = line.quantity.min(left);
                line.quantity -= taken;
                left -= taken;
            }
        }
        lines.retain(|line| line.quantity > 0);
        lines
    }

    /// The value left after refunds, in minor units, 0 or more.
    pub fn remaining_value(&self) -> i64 {
        let Some(placed) = &self.placed else { return 0 };
        let given_back = |refund: &Refund| match (refund.value, refund.lines.is_empty()) {
            (Some(value), _) => value,
            (None, true) => placed.value,
            (None, false) => refund.lines.iter().map(|back| self.line_value(placed, back)).sum(),
        };
        let given_back = self.refunds.iter().map(given_back).fold(0i64, i64::saturating_add);
        placed.value.saturating_sub(given_back).max(0)
    }

    /// The value of a returned line: by its own price, else by the price in the order.
    fn line_value(&self, placed: &PlacedOrder, back: &OrderLine) -> i64 {
        let bought = placed.lines.iter().find(|line| line.product_id == back.product_id);
        let price = back.price.or(bought.and_then(|line| line.price)).unwrap_or(0);
        price.saturating_mul(i64::from(back.quantity))
    }
}

/// The latest orders, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders(Vec<Order>);

impl Orders {
    /// Joins an order or a refund with what is stored; the same again changes nothing.
    pub fn insert(&mut self, new: Order) {
        match self.0.binary_search_by_key(&new.key, |order| order.key) {
            Ok(at) => self.0[at].join(new),
            Err(at) => self.0.insert(at, new),
        }
        if self.0.len() > MAX_ORDERS {
            let oldest = (0..self.0.len()).min_by_key(|&at| self.0[at].rank());
            oldest.map(|at| self.0.remove(at));
        }
    }

    /// Joins every order of another set.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|order| self.insert(order.clone()));
    }

    /// Orders placed, oldest first, with their last version.
    pub fn placed(&self) -> Vec<(&Order, &PlacedOrder)> {
        let mut placed: Vec<_> = self.0.iter().filter_map(|order| Some((order, order.placed.as_ref()?))).collect();
        placed.sort_by_key(|(order, placed)| (placed.time_ms, order.key));
        placed
    }

    /// Removes orders without a change since `ms`.
    pub fn forget_before(&mut self, ms: i64) {
        self.0.retain(|order| order.rank().0 >= ms);
    }

    /// True if there is no order.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, quantity: u32) -> OrderLine {
        OrderLine { product_id: id.to_owned(), quantity, price: Some(100) }
    }

    fn placed(time_ms: i64, event: u64, lines: Vec<OrderLine>) -> Order {
        let value = lines.iter().map(|line| i64::from(line.quantity) * 100).sum();
        let placed = PlacedOrder {
            time_ms,
            received_ms: 0,
            event,
            channel: None,
            device: None,
            currency: None,
            value,
            lines,
            attributed_to: None,
        };
        Order { placed: Some(placed), ..Order::new(7, None) }
    }

    fn refund(event: u64, value: Option<i64>, lines: Vec<OrderLine>) -> Order {
        Order { refunds: vec![Refund { event, time_ms: 50, value, lines }], ..Order::new(7, None) }
    }

    #[test]
    fn the_last_version_counts_and_refunds_come_off_in_any_order() {
        let versions = [
            placed(10, 1, vec![line("a", 1)]),
            placed(20, 2, vec![line("a", 2), line("b", 1)]),
            refund(3, None, vec![line("a", 1)]),
            refund(4, Some(30), vec![]),
        ];
        for turn in 0..versions.len() {
            let mut orders = Orders::default();
            for at in 0..2 * versions.len() {
                orders.insert(versions[(at + turn) % versions.len()].clone());
            }
            let all = orders.placed();
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].0.remaining_lines(), [line("a", 1), line("b", 1)]);
            assert_eq!(all[0].0.remaining_value(), 300 - 100 - 30);
        }
    }

    #[test]
    fn a_refund_that_names_nothing_takes_everything_back() {
        let mut orders = Orders::default();
        orders.insert(placed(10, 1, vec![line("a", 1)]));
        orders.insert(refund(2, None, vec![]));
        assert_eq!((orders.placed()[0].0.remaining_lines().len(), orders.placed()[0].0.remaining_value()), (0, 0));
    }
}
