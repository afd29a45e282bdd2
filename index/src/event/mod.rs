//! What a shopper did, or was shown: one line of the journal. [`Event`] is the
//! whole vocabulary; [`EventKind`] names what happened, [`Channel`] where, and
//! [`Meeting`] how strongly a shopper and a product met. Checked once, at the
//! edge, by [`Event::check`].

mod channel;
mod check;
mod kind;
mod stated;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

pub use channel::Channel;
pub use check::{MAX_EVENT_PRODUCTS, MAX_PROPERTIES_BYTES, MAX_STATED, MAX_TEXT_CHARS};
pub use kind::{EventKind, Meeting};
pub use stated::{Consent, Leaning, Preferences};

use crate::context::Context;
use crate::id::ShopperId;

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
    /// The visit, as the storefront counts visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When it happened; the time of receipt when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// When the server took it; whatever a sender says here is overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The context it reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<Context>>,
    /// The search or recommendation answer that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// The words searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The recommendation placement that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// The order; a purchase with an order id seen before replaces that order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Value of the order or refund in minor units; without it, the sum of the products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// ISO 4217 code of `value` and the prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The products it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<EventProduct>,
    /// Name of a page or of a custom event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What else the shop wants kept with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Box<Map<String, Value>>>,
    /// What the shopper allows; only with [`EventKind::Consent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// What the shopper says to like; only with [`EventKind::Preferences`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Box<Preferences>>,
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
    /// An event that says nothing yet but its kind.
    pub fn new(kind: EventKind) -> Self {
        Self {
            message_id: None,
            kind,
            user_id: None,
            anonymous_id: None,
            session_id: None,
            time: None,
            received_at: None,
            channel: None,
            context: None,
            query_id: None,
            query: None,
            placement: None,
            order_id: None,
            value: None,
            currency: None,
            products: Vec::new(),
            name: None,
            url: None,
            properties: None,
            consent: None,
            preferences: None,
        }
    }

    /// Whose event it is: the user where one is named, else the device. Checked events of a
    /// shopper always have one.
    pub fn shopper(&self) -> Option<ShopperId> {
        ShopperId::from_parts(self.user_id.as_deref(), self.anonymous_id.as_deref())
    }

    /// User and device, when the event names both: on that device that user was signed in.
    pub fn link(&self) -> Option<(&str, &str)> {
        let user = self.user_id.as_deref().filter(|id| !id.is_empty());
        user.zip(self.anonymous_id.as_deref().filter(|id| !id.is_empty()))
    }

    /// The ids whose profiles it changes: the shopper's, and the device's it links.
    pub fn sources(&self) -> impl Iterator<Item = ShopperId> {
        let device = self.link().map(|(_, device)| ShopperId::Anonymous(device.to_owned()));
        self.shopper().into_iter().chain(device)
    }

    /// When it happened, in Unix milliseconds; 0 before receipt when the sender did not say.
    pub fn time_ms(&self) -> i64 {
        self.time.or(self.received_at).map_or(0, Timestamp::as_millisecond)
    }

    /// When the server took it, in Unix milliseconds; when it happened where that is not known.
    pub fn received_ms(&self) -> i64 {
        self.received_at.map_or_else(|| self.time_ms(), Timestamp::as_millisecond)
    }

    /// What tells this event from others inside a profile: XXH3-64 of its message id.
    pub fn fingerprint(&self) -> u64 {
        xxh3_64(self.message_id.as_deref().unwrap_or_default().as_bytes())
    }

    /// Value in minor units: as said, else the sum of the products' prices, else 0.
    pub fn minor_value(&self) -> i64 {
        let line = |product: &EventProduct| product.price.unwrap_or(0).saturating_mul(i64::from(product.quantity));
        self.value.unwrap_or_else(|| self.products.iter().map(line).fold(0, i64::saturating_add))
    }
}
