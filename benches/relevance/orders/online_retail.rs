//! Invoices as events.
//!
//! - A row of an invoice number in digits, with a quantity above 0 and a price
//!   not below 0, is a line of an order; one of `C` and digits, with a quantity
//!   below 0 and such a price, a line of a refund without an order, because the
//!   data does not say which order it takes back. Every other row (write-offs,
//!   bad debt, other adjustments) is left out, counted, and its money told.
//! - An invoice is one event, a long one several (see `super::parts`): the
//!   shopper is the customer, or where there is none a device named after the
//!   invoice; the time is that of its first row, taken for UTC.
//! - The money of a line is quantity × price, rounded half up to whole pence.
//!   A product has a price only where that is a whole number of pence.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use tastemaker_index::event::{Channel, Event, EventKind, EventProduct};

use super::{LeftOut, Mapped, parts};
use crate::indexed::csv_lines;
use crate::suite::Failure;

pub(super) const CURRENCY: &str = "GBP";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    invoice_no: String,
    stock_code: String,
    quantity: i64,
    invoice_date: String,
    unit_price: f64,
    #[serde(rename = "CustomerID")]
    customer_id: String,
}

impl Row {
    /// The kind of event this is a line of.
    fn kind(&self) -> Option<EventKind> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self.invoice_no.strip_prefix('C') {
            _ if self.unit_price < 0.0 => None,
            Some(number) if digits(number) && self.quantity < 0 => Some(EventKind::Refund),
            None if digits(&self.invoice_no) && self.quantity > 0 => Some(EventKind::Purchase),
            _ => None,
        }
    }

    /// Money of the line in pence.
    fn minor(&self) -> i64 {
        (self.quantity as f64 * self.unit_price * 100.0).round() as i64
    }

    fn product(&self) -> Result<EventProduct, Failure> {
        let quantity = u32::try_from(self.quantity.abs())?;
        let pence = (self.unit_price * 100.0).round();
        let whole = (pence - self.unit_price * 100.0).abs() < 1e-6;
        let price = whole.then_some(pence as i64);
        Ok(EventProduct { id: self.stock_code.clone(), quantity, price, position: None })
    }
}

/// The events of the file, in its order.
pub(crate) fn map(path: &Path) -> Result<Mapped, Failure> {
    let (mut invoices, mut places) = (Vec::<(Event, Vec<i64>)>::new(), HashMap::new());
    let mut left_out = LeftOut::default();
    for row in csv_lines::<Row>(path)? {
        let row = row?;
        let Some(kind) = row.kind() else {
            left_out.left_out_rows += 1;
            left_out.left_out_minor += row.minor();
            continue;
        };
        let place = *places.entry(row.invoice_no.clone()).or_insert(invoices.len());
        if place == invoices.len() {
            invoices.push((begun(&row, kind)?, Vec::new()));
        }
        let (invoice, minor) = &mut invoices[place];
        invoice.products.push(row.product()?);
        minor.push(row.minor().abs());
    }
    let events = invoices.iter().flat_map(|(invoice, minor)| parts(invoice, minor)).collect();
    Ok(Mapped { events, left_out })
}

fn begun(row: &Row, kind: EventKind) -> Result<Event, Failure> {
    let user_id = Some(row.customer_id.clone()).filter(|id| !id.is_empty());
    let anonymous_id = user_id.is_none().then(|| format!("invoice-{}", row.invoice_no));
    Ok(Event {
        message_id: Some(row.invoice_no.clone()),
        order_id: (kind == EventKind::Purchase).then(|| row.invoice_no.clone()),
        user_id,
        anonymous_id,
        time: Some(format!("{}Z", row.invoice_date).parse()?),
        channel: Some(Channel::Web),
        currency: Some(CURRENCY.to_owned()),
        ..Event::new(kind)
    })
}
