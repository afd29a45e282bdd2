//! Orders, each told as often as a shop likes: the last version counts, and
//! refunds are taken off it, whichever comes first. A bounded set: the latest
//! [`MAX_ORDERS`] by the last thing said of them.

use serde::{Deserialize, Serialize};

use super::history::AttributionSource;
use crate::event::Channel;

/// The most orders kept; the oldest go first.
pub const MAX_ORDERS: usize = 64;
/// The most lines kept of one order or refund, the first ones; its value stays whole.
pub(super) const MAX_LINES: usize = 100;
/// The most refunds kept of one order.
const MAX_REFUNDS: usize = 16;

/// An order and what was given back of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// XXH3-64 of the order's id, or of the event's where the shop names no order.
    pub key: u64,
    /// The order's id.
    pub id: Option<String>,
    /// Its last version; absent while only refunds are known.
    pub placed: Option<PlacedOrder>,
    /// By event.
    pub refunds: Vec<Refund>,
}

/// One version of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// When it happened, in Unix milliseconds.
    pub time_ms: i64,
    /// When the server was told, in Unix milliseconds: of versions of one time the later told counts.
    pub received_ms: i64,
    /// Which event told it.
    pub event: u64,
    /// Where.
    pub channel: Option<Channel>,
    /// The device, where the event names one.
    pub device: Option<String>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// In minor units.
    pub value: i64,
    /// What was bought, as told, at most [`MAX_LINES`].
    pub lines: Vec<OrderLine>,
    /// What led to it, where the event says so.
    pub attributed_to: Option<Box<AttributionSource>>,
}

/// One product of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The product's id.
    pub product_id: String,
    /// How many.
    pub quantity: u32,
    /// Unit price in minor units.
    pub price: Option<i64>,
}

/// What was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Which event told it.
    pub event: u64,
    /// When, in Unix milliseconds.
    pub time_ms: i64,
    /// In minor units; absent when the event said none.
    pub value: Option<i64>,
    /// What came back; nothing named means all of it.
    pub lines: Vec<OrderLine>,
}

impl PlacedOrder {
    fn version(&self) -> (i64, i64, u64) {
        (self.time_ms, self.received_ms, self.event)
    }
}

impl Order {
    /// An order of which nothing is known yet.
    pub fn new(key: u64, id: Option<String>) -> Self {
        Self { key, id, placed: None, refunds: Vec::new() }
    }

    /// Orders are kept by the last thing said of them.
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

    /// What is left of the lines after refunds, in the order told.
    pub fn kept_lines(&self) -> Vec<OrderLine> {
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

    /// PurchaseTotals left after refunds, in minor units, 0 or more.
    pub fn kept_value(&self) -> i64 {
        let Some(placed) = &self.placed else { return 0 };
        let given_back = |refund: &Refund| match (refund.value, refund.lines.is_empty()) {
            (Some(value), _) => value,
            (None, true) => placed.value,
            (None, false) => refund.lines.iter().map(|back| self.line_value(placed, back)).sum(),
        };
        let given_back = self.refunds.iter().map(given_back).fold(0i64, i64::saturating_add);
        placed.value.saturating_sub(given_back).max(0)
    }

    /// What the returned line was worth: by its own price, else by the order's.
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
    /// Takes what is said of an order; the same said again changes nothing.
    pub fn insert(&mut self, said: Order) {
        match self.0.binary_search_by_key(&said.key, |order| order.key) {
            Ok(at) => self.0[at].join(said),
            Err(at) => self.0.insert(at, said),
        }
        if self.0.len() > MAX_ORDERS {
            let oldest = (0..self.0.len()).min_by_key(|&at| self.0[at].rank());
            oldest.map(|at| self.0.remove(at));
        }
    }

    /// Takes what another ledger says.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|order| self.insert(order.clone()));
    }

    /// Orders placed, oldest first, with their last version.
    pub fn placed(&self) -> Vec<(&Order, &PlacedOrder)> {
        let mut placed: Vec<_> = self.0.iter().filter_map(|order| Some((order, order.placed.as_ref()?))).collect();
        placed.sort_by_key(|(order, placed)| (placed.time_ms, order.key));
        placed
    }

    /// Forgets orders of which nothing was said since `ms`.
    pub fn forget_before(&mut self, ms: i64) {
        self.0.retain(|order| order.rank().0 >= ms);
    }

    /// Whether nothing is known.
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
        let said = [
            placed(10, 1, vec![line("a", 1)]),
            placed(20, 2, vec![line("a", 2), line("b", 1)]),
            refund(3, None, vec![line("a", 1)]),
            refund(4, Some(30), vec![]),
        ];
        for turn in 0..said.len() {
            let mut orders = Orders::default();
            for at in 0..2 * said.len() {
                orders.insert(said[(at + turn) % said.len()].clone());
            }
            let all = orders.placed();
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].0.kept_lines(), [line("a", 1), line("b", 1)]);
            assert_eq!(all[0].0.kept_value(), 300 - 100 - 30);
        }
    }

    #[test]
    fn a_refund_that_names_nothing_takes_everything_back() {
        let mut orders = Orders::default();
        orders.insert(placed(10, 1, vec![line("a", 1)]));
        orders.insert(refund(2, None, vec![]));
        assert_eq!((orders.placed()[0].0.kept_lines().len(), orders.placed()[0].0.kept_value()), (0, 0));
    }
}
