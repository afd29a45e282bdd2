//! What later events changed: an order told again counts in its last version
//! only, and what was given back was not bought; a click and the view it led to
//! are one look.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::interaction::Interaction;
use crate::event::{Event, EventKind, InteractionKind};
use crate::id::Ordinal;
use crate::time::day_number;

/// One version of an order: later told of the same time counts, then the later in the journal.
type OrderVersion = (i64, i64, u32);

/// A shopper's order: the shopper's number and a hash of the order's id.
type OrderKey = (u32, u64);

/// Versions of orders, and what was given back.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The last version of each order.
    orders: HashMap<OrderKey, OrderVersion>,
    /// Given back whole.
    whole: HashSet<OrderKey>,
    /// Given back in part: (order, product) to quantity.
    lines: HashMap<(OrderKey, Ordinal), u64>,
    /// Given back without an order: (shopper, product) to quantity.
    loose: HashMap<(u32, Ordinal), u64>,
}

impl Ledger {
    /// Notes what an event says of orders; `number` is its place in the journal.
    pub(super) fn take(
        &mut self,
        event: &Event,
        shopper: u32,
        number: u32,
        resolve: &impl Fn(&str) -> Option<Ordinal>,
    ) {
        let order = event.order_id.as_ref().map(|id| (shopper, xxh3_64(id.as_bytes())));
        match (event.kind, order) {
            (EventKind::Purchase, Some(order)) => {
                let version = (event.time_ms(), event.received_ms(), number);
                let last = self.orders.entry(order).or_insert(version);
                *last = version.max(*last);
            }
            // A sum alone leaves the products with the shopper.
            (EventKind::Refund, Some(order)) if event.products.is_empty() && event.value.is_none() => {
                self.whole.insert(order);
            }
            (EventKind::Refund, order) => {
                for product in &event.products {
                    let Some(ordinal) = resolve(&product.id) else { continue };
                    let back = match order {
                        Some(order) => self.lines.entry((order, ordinal)).or_default(),
                        None => self.loose.entry((shopper, ordinal)).or_default(),
                    };
                    *back += u64::from(product.quantity);
                }
            }
            _ => {}
        }
    }

    /// Leaves out what was replaced or given back. Interactions are in journal order.
    pub(super) fn settle(&mut self, interactions: &mut Vec<Interaction>) {
        let mut keep = vec![true; interactions.len()];
        // From the last on: without an order it is the latest purchase that is given back.
        for (interaction, keep) in interactions
            .iter()
            .zip(&mut keep)
            .rev()
            .filter(|(interaction, _)| interaction.kind == InteractionKind::Purchase)
        {
            if let Some(order) = interaction.order.map(|order| (interaction.shopper, order.get())) {
                let replaced = self.orders.get(&order).is_some_and(|(_, _, last)| *last != interaction.event);
                let back = self.lines.get_mut(&(order, interaction.ordinal));
                *keep = !replaced && !self.whole.contains(&order) && !taken(back, interaction.quantity);
            }
            *keep =
                *keep && !taken(self.loose.get_mut(&(interaction.shopper, interaction.ordinal)), interaction.quantity);
        }
        let mut keep = keep.into_iter();
        interactions.retain(|_| keep.next().unwrap_or(true));
    }
}

/// Whether the whole quantity was given back; it is then used up.
fn taken(back: Option<&mut u64>, quantity: u32) -> bool {
    match back {
        Some(back) if *back >= u64::from(quantity) => {
            *back -= u64::from(quantity);
            true
        }
        _ => false,
    }
}

/// Leaves out clicks on products that the same shopper viewed on the same UTC day. Interactions are
/// sorted by shopper.
pub(super) fn drop_doubled_clicks(interactions: &mut Vec<Interaction>) {
    if !interactions.iter().any(|interaction| interaction.click) {
        return;
    }
    let look = |interaction: &Interaction| {
        (interaction.shopper, interaction.ordinal, interaction.time_ms.get().map(|time| day_number(time)))
    };
    let views: HashSet<_> = interactions
        .iter()
        .filter(|interaction| interaction.kind == InteractionKind::View && !interaction.click)
        .map(look)
        .collect();
    interactions.retain(|interaction| !interaction.click || !views.contains(&look(interaction)));
}

#[cfg(test)]
mod tests {
    use crate::behaviour::{BehaviourBuilder, CatalogueView, NO_GROUP, Settings, Terms};
    use crate::progress::Silent;

    /// Purchases and views by ordinal, of three products in one category.
    fn counted(lines: &[&str]) -> Result<(Vec<u32>, Vec<u32>), crate::Error> {
        let mut builder = BehaviourBuilder::default();
        for (n, line) in lines.iter().enumerate() {
            let text = format!(r#"{{"message_id":"{n}","user_id":"u",{line}}}"#).replace('\'', "\"");
            let event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            builder.push(&event, |id| id.parse().ok());
        }
        let catalogue = CatalogueView::new(&[NO_GROUP; 3], &[0, 1, 2, 3], &[0, 0, 0], 1)?;
        let built = builder.build(&Settings::default(), &catalogue, &Terms::default(), 0, &Silent)?.popularity;
        Ok((built.purchases().to_vec(), built.views().to_vec()))
    }

    #[test]
    fn an_order_counts_in_its_last_version_less_what_was_given_back() -> Result<(), crate::Error> {
        let first = "'type':'purchase','order_id':'o','products':[{'id':'0'},{'id':'1'}]";
        let update = "'type':'purchase','order_id':'o','products':[{'id':'1'},{'id':'2'}]";
        let back = "'type':'refund','order_id':'o','products':[{'id':'2'}]";
        assert_eq!(counted(&[first, first])?.0, [1, 1, 0]);
        assert_eq!(counted(&[first, update])?.0, [0, 1, 1]);
        assert_eq!(counted(&[back, first, update])?.0, [0, 1, 0]);
        assert_eq!(counted(&[first, "'type':'refund','order_id':'o'"])?.0, [0, 0, 0]);
        let loose = "'type':'purchase','products':[{'id':'0'}]";
        assert_eq!(counted(&[loose, loose, "'type':'refund','products':[{'id':'0'}]"])?.0, [1, 0, 0]);
        Ok(())
    }

    #[test]
    fn a_click_and_the_view_it_led_to_are_one_look() -> Result<(), crate::Error> {
        let at = "'time':'2026-01-01T10:00:00Z','products':[{'id':'0'}]";
        let (click, view) = (format!("'type':'click',{at}"), format!("'type':'view',{at}"));
        assert_eq!(counted(&[&click])?.1, [1, 0, 0]);
        assert_eq!(counted(&[&click, &view])?.1, [1, 0, 0]);
        Ok(())
    }
}
