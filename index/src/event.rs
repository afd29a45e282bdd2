//! What a shopper did: one line of the journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::id::ShopperId;
use crate::product::{FieldError, check_id};

/// The most products one event may name.
pub const MAX_EVENT_PRODUCTS: usize = 500;

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The deduplication key; assigned on receipt when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The signed-in shopper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When it happened; the time of receipt when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Where it happened: web, app, e-mail, push, store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The circumstances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The search or recommendation answer that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// The recommendation placement that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// The order, for purchases; the products of one order form a basket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Order value in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// ISO 4217 code of `value` and the prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The products it is about.
    #[serde(default)]
    pub products: Vec<EventProduct>,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Looked at a product page.
    View,
    /// Put into the cart.
    AddToCart,
    /// Bought.
    Purchase,
}

/// One product of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventProduct {
    /// The product's id.
    pub id: String,
    /// How many.
    #[serde(default = "one")]
    pub quantity: u32,
    /// Unit price in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// 1-based place in the list it was picked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

fn one() -> u32 {
    1
}

impl Event {
    /// Whose event it is; checked events always have one.
    pub fn shopper(&self) -> Option<ShopperId> {
        ShopperId::from_parts(self.user_id.as_deref(), self.anonymous_id.as_deref())
    }

    /// Checks what the types alone do not say.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.shopper().is_none() {
            return Err(FieldError::new("user_id", "give user_id, anonymous_id or both"));
        }
        let ids = [
            ("message_id", &self.message_id),
            ("user_id", &self.user_id),
            ("anonymous_id", &self.anonymous_id),
            ("session_id", &self.session_id),
            ("channel", &self.channel),
            ("query_id", &self.query_id),
            ("placement", &self.placement),
            ("order_id", &self.order_id),
        ];
        for (field, id) in ids {
            if let Some(id) = id {
                check_id(field, id)?;
            }
        }
        if self.products.is_empty() {
            return Err(FieldError::new("products", "is empty; name at least one product"));
        }
        if self.products.len() > MAX_EVENT_PRODUCTS {
            let found = self.products.len();
            return Err(FieldError::new(
                "products",
                format!("has {found} entries, at most {MAX_EVENT_PRODUCTS} are allowed"),
            ));
        }
        for (index, product) in self.products.iter().enumerate() {
            check_id(&format!("products[{index}].id"), &product.id)?;
            if product.quantity == 0 {
                return Err(FieldError::new(format!("products[{index}].quantity"), "must be at least 1"));
            }
        }
        Ok(())
    }
}
