//! Applies what later events changed to the history: an order that was sent again counts in its last
//! version only, a refund takes the purchase back, and a click counts together with the view it led to.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::interaction::{Interaction, ShopperNumber};
use crate::event::{Event, EventKind, InteractionKind};
use crate::id::Ordinal;
use crate::time::day_number;

/// A version of an order: time, time of receipt, number of the event. The greatest one counts.
type OrderVersion = (i64, i64, u32);

/// A shopper's order: the number of the shopper and a hash of the order's id.
type OrderKey = (ShopperNumber, u64);

/// The versions and refunds of orders.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The last version of each order.
    orders: HashMap<OrderKey, OrderVersion>,
    /// Orders refunded as a whole.
    whole: HashSet<OrderKey>,
    /// Quantities refunded by order and product.
    lines: HashMap<(OrderKey, Ordinal), u64>,
    /// Quantities refunded without naming an order, by shopper and product.
    loose: HashMap<(ShopperNumber, Ordinal), u64>,
}

impl Ledger {
    /// Takes the orders and refunds of an event; `number` is its position in the journal.
    pub(super) fn take(
        &mut self,
        event: &Event,
        shopper: ShopperNumber,
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
            // A refund of a sum alone: the shopper has the products still.
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

    /// Removes purchases that were replaced by a later version or refunded. Interactions are in journal order.
    pub(super) fn settle(&mut self, interactions: &mut Vec<Interaction>) {
        let mut keep = vec![true; interactions.len()];
        // Backwards: a refund without an order takes the latest purchase.
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

/// True if the whole quantity was refunded; the quantity is then used up.
fn taken(back: Option<&mut u64>, quantity: u32) -> bool {
    match back {
        Some(back) if *back >= u64::from(quantity) => {
            *back -= u64::from(quantity);
            true
        }
        _ => false,
    }
}

/// Removes clicks on products that the same shopper viewed on the same UTC day. Interactions are sorted
/// by shopper.
pub(super) fn drop_doubled_clicks(interactions: &mut Vec<Interaction>) {
    if !interactions.iter().any(|interaction| interaction.click) {
        return;
    }
    let look = |interaction: &Interaction| {
        (interaction.shopper, interaction.ordinal, interaction.time_ms.get().map(day_number))
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
    use crate::id::{CategoryNumber, Ordinal};
    use crate::progress::Silent;

    /// Purchases and views by ordinal, of three products in one category.
    fn counted(lines: &[&str]) -> Result<(Vec<u32>, Vec<u32>), crate::error::Error> {
        let mut builder = BehaviourBuilder::default();
        for (n, line) in lines.iter().enumerate() {
            let text = format!(r#"{{"message_id":"{n}","user_id":"u",{line}}}"#).replace('\'', "\"");
            let event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            builder.push(&event, |id| id.parse().ok().map(Ordinal::new));
        }
        let catalogue = CatalogueView::new(&[NO_GROUP; 3], &[0, 1, 2, 3], CategoryNumber::slice(&[0, 0, 0]), 1)?;
        let built = builder.build(&Settings::default(), &catalogue, &Terms::default(), 0, &Silent)?.popularity;
        Ok((built.purchases().to_vec(), built.views().to_vec()))
    }

    #[test]
    fn an_order_counts_in_its_last_version_less_refunds() -> Result<(), crate::error::Error> {
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
    fn a_click_and_the_view_it_led_to_count_once() -> Result<(), crate::error::Error> {
        let at = "'time':'2026-01-01T10:00:00Z','products':[{'id':'0'}]";
        let (click, view) = (format!("'type':'click',{at}"), format!("'type':'view',{at}"));
        assert_eq!(counted(&[&click])?.1, [1, 0, 0]);
        assert_eq!(counted(&[&click, &view])?.1, [1, 0, 0]);
        Ok(())
    }
}
