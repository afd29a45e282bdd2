//! Baskets as events.
//!
//! - A row with a quantity of 1 or more is a line of an order; every other row
//!   (coupons and corrections) is left out, counted, and its money told.
//! - A basket is one event: the shopper is the household, the order the basket,
//!   the time that of its rows, taken for UTC.
//! - The money of a line is what was paid for it, in whole cents. A product has
//!   a price only where that is a whole number of cents for each.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use tastemaker_index::event::{Channel, Event, EventKind, EventProduct};

use super::{LeftOut, Mapped, parts};
use crate::indexed::csv_lines;
use crate::suite::Failure;

pub(super) const CURRENCY: &str = "USD";

#[derive(Deserialize)]
struct Row {
    household_id: String,
    basket_id: String,
    product_id: String,
    quantity: f64,
    sales_value: f64,
    transaction_timestamp: String,
}

/// The events of the file, in the order in which baskets begin.
pub(crate) fn map(path: &Path) -> Result<Mapped, Failure> {
    let (mut baskets, mut places) = (Vec::<(Event, Vec<i64>)>::new(), HashMap::new());
    let mut left_out = LeftOut::default();
    for row in csv_lines::<Row>(path)? {
        let row = row?;
        let minor = (row.sales_value * 100.0).round() as i64;
        if row.quantity < 1.0 {
            left_out.left_out_rows += 1;
            left_out.left_out_minor += minor;
            continue;
        }
        let place = *places.entry(row.basket_id.clone()).or_insert(baskets.len());
        if place == baskets.len() {
            baskets.push((begun(&row)?, Vec::new()));
        }
        let (basket, money) = &mut baskets[place];
        let quantity = row.quantity as u32;
        let price = (minor % i64::from(quantity) == 0).then(|| minor / i64::from(quantity));
        basket.products.push(EventProduct { id: row.product_id, quantity, price, position: None });
        money.push(minor);
    }
    let events = baskets.iter().flat_map(|(basket, money)| parts(basket, money)).collect();
    Ok(Mapped { events, left_out })
}

fn begun(row: &Row) -> Result<Event, Failure> {
    Ok(Event {
        message_id: Some(row.basket_id.clone()),
        order_id: Some(row.basket_id.clone()),
        user_id: Some(row.household_id.clone()),
        time: Some(format!("{}Z", row.transaction_timestamp).parse()?),
        channel: Some(Channel::Store),
        currency: Some(CURRENCY.to_owned()),
        ..Event::new(EventKind::Purchase)
    })
}
