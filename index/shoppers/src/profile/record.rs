//! Records an event in the profile of one of its ids. The content goes to the user if the event names one,
//! else to the device; an event with both ids also links them, on either side.

use xxhash_rust::xxh3::xxh3_64;

use super::history::{AttributionSource, StoredInteraction};
use super::order::{MAX_LINES, Order, OrderLine, PlacedOrder, Refund};
use super::{Profile, Visit};
use crate::event::{Event, EventKind, EventProduct};
use crate::id::ShopperId;

impl Profile {
    /// Records an event as far as it concerns the id `source` of this profile. The event has its times and
    /// message id, and the caller passes each event once.
    pub fn record(&mut self, source: &ShopperId, event: &Event) {
        if let Some((user, device)) = event.link() {
            let other = match source {
                ShopperId::User(_) => device,
                ShopperId::Anonymous(_) => user,
            };
            self.links.mark(other, event.time_ms(), event.kind != EventKind::Unlink);
        }
        if event.shopper().as_ref() == Some(source) {
            // In a device's own profile its events are under no device.
            let device = event.anonymous_id.as_deref().filter(|_| matches!(source, ShopperId::User(_)));
            self.record_content(event, device);
        }
    }

    fn record_content(&mut self, event: &Event, device: Option<&str>) {
        let time_ms = event.time_ms();
        self.first_ms = self.first_ms.min(time_ms);
        self.last_ms = self.last_ms.max(time_ms);
        self.stated.record(event);
        // Recent searches are offered again, so those without results are left out.
        let has_results = event.kind != EventKind::Impression || !event.products.is_empty();
        if let Some(query) = event.query.as_deref().filter(|_| has_results) {
            self.searches.insert(time_ms, query);
        }
        match event.kind {
            // The shopper did nothing in these.
            EventKind::Impression | EventKind::Unlink | EventKind::Erase => return,
            EventKind::Purchase => {
                self.orders.insert(order(event));
                if event.is_gift() {
                    self.gifts.insert(event.fingerprint());
                    self.gifts.keep(&self.orders);
                }
            }
            EventKind::Refund if event.order_id.is_some() => self.orders.insert(refund(event)),
            EventKind::Refund => self.record_products(event),
            kind => {
                self.counts.count(device, event.channel, kind, event.products.len().max(1) as u64);
                if kind.needs_products() {
                    self.record_products(event);
                }
            }
        }
        if !event.kind.is_activity() {
            return;
        }
        let visit =
            Visit { start_ms: time_ms, end_ms: time_ms, channel: event.channel, device: event.anonymous_id.clone() };
        self.visits.insert(visit);
    }

    fn record_products(&mut self, event: &Event) {
        let attributed_to = attribution_source(event);
        for (line, product) in event.products.iter().enumerate() {
            self.history.insert(StoredInteraction {
                time_ms: event.time_ms(),
                event: event.fingerprint(),
                line: line as u16,
                kind: event.kind,
                channel: event.channel,
                product_id: product.id.clone(),
                quantity: product.quantity,
                attributed_to: attributed_to.clone(),
            });
        }
    }
}

/// The response named by the event, if it names an answer or a placement.
fn attribution_source(event: &Event) -> Option<Box<AttributionSource>> {
    let named = event.query_id.is_some() || event.placement.is_some();
    let source = || AttributionSource {
        query_id: event.query_id.clone(),
        placement: event.placement.clone(),
        query: event.query.clone(),
    };
    named.then(|| Box::new(source()))
}

fn new_order(event: &Event) -> Order {
    match &event.order_id {
        Some(id) => Order::new(xxh3_64(id.as_bytes()), Some(id.clone())),
        None => Order::new(event.fingerprint(), None),
    }
}

fn order(event: &Event) -> Order {
    let placed = PlacedOrder {
        time_ms: event.time_ms(),
        received_ms: event.received_ms(),
        event: event.fingerprint(),
        channel: event.channel,
        device: event.anonymous_id.clone(),
        currency: event.currency.clone(),
        value: event.minor_value(),
        lines: lines(&event.products),
        attributed_to: attribution_source(event),
    };
    Order { placed: Some(placed), ..new_order(event) }
}

fn refund(event: &Event) -> Order {
    let priced = !event.products.is_empty() && event.products.iter().all(|product| product.price.is_some());
    let refund = Refund {
        event: event.fingerprint(),
        time_ms: event.time_ms(),
        value: (event.value.is_some() || priced).then(|| event.minor_value()),
        lines: lines(&event.products),
    };
    Order { refunds: vec![refund], ..new_order(event) }
}

fn lines(products: &[EventProduct]) -> Vec<OrderLine> {
    let line = |product: &EventProduct| OrderLine {
        product_id: product.id.clone(),
        quantity: product.quantity,
        price: product.price,
    };
    products.iter().take(MAX_LINES).map(line).collect()
}
