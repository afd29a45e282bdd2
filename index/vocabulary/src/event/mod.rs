//! Events: the lines of the journal, each a thing that a shopper did or was shown. [`Event`] holds all fields,
//! [`EventKind`] names the kinds, [`InteractionKind`] the kinds of interaction with a product. An event is
//! checked once, where it enters the server, by [`Event::check`].

mod check;
mod kind;
mod stated;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

pub use check::{MAX_EVENT_PRODUCTS, MAX_PROPERTIES_BYTES, MAX_STATED, MAX_TEXT_CHARS};
pub use kind::{EventKind, InteractionKind};
pub use stated::{Consent, Leaning, Preferences};

pub use crate::context::Channel;

use crate::context::Context;
use crate::id::ShopperId;

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The deduplication key; assigned on receipt when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The kind of event.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The id of the signed-in shopper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The id of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The id of the visit, as the storefront counts visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The time of the event; the time of receipt if absent.
    #[serde(default, deserialize_with = "crate::product::date", skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The time of receipt; a value from a sender is overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// The channel it happened on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The request context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<Context>>,
    /// The id of the search or recommendation response that led to the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// The query searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The recommendation placement that led to the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// The id of the order; a purchase with the id of an earlier one replaces that order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The value of the order or refund in minor units; without it, the sum over the products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The ISO 4217 code of the currency of `value` and prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The products of the event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<EventProduct>,
    /// The name of a page or custom event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The URL of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Further properties for the shop's own use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Box<Map<String, Value>>>,
    /// The shopper's consent; only with [`EventKind::Consent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The shopper's stated preferences; only with [`EventKind::Preferences`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Box<Preferences>>,
}

/// One product of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventProduct {
    /// The product's id.
    pub id: String,
    /// The quantity.
    #[serde(default = "one")]
    pub quantity: u32,
    /// The unit price in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// The position in the list the product was picked from, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

fn one() -> u32 {
    1
}

impl Event {
    /// An event of this kind with all other fields empty.
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

    /// The shopper: the user if the event names one, else the device. Checked events have one, except
    /// impressions.
    pub fn shopper(&self) -> Option<ShopperId> {
        ShopperId::from_parts(self.user_id.as_deref(), self.anonymous_id.as_deref())
    }

    /// The user and the device, if the event names both: the user was signed in on the device.
    pub fn link(&self) -> Option<(&str, &str)> {
        let user = self.user_id.as_deref().filter(|id| !id.is_empty());
        user.zip(self.anonymous_id.as_deref().filter(|id| !id.is_empty()))
    }

    /// The ids whose profiles the event changes: the shopper's, and that of the device it links.
    pub fn sources(&self) -> impl Iterator<Item = ShopperId> {
        let device = self.link().map(|(_, device)| ShopperId::Anonymous(device.to_owned()));
        self.shopper().into_iter().chain(device)
    }

    /// The time of the event in Unix milliseconds, else that of its receipt, else 0.
    pub fn time_ms(&self) -> i64 {
        self.time.or(self.received_at).map_or(0, Timestamp::as_millisecond)
    }

    /// The time of receipt in Unix milliseconds, else that of the event.
    pub fn received_ms(&self) -> i64 {
        self.received_at.map_or_else(|| self.time_ms(), Timestamp::as_millisecond)
    }

    /// XXH3-64 of the message id, which identifies the event inside a profile.
    pub fn fingerprint(&self) -> u64 {
        xxh3_64(self.message_id.as_deref().unwrap_or_default().as_bytes())
    }

    /// True for a purchase for somebody else: one whose properties say `gift` or `other_address`. It says little about
    /// the taste and the needs of its buyer.
    pub fn is_gift(&self) -> bool {
        let says = |name: &str| self.properties.as_ref().is_some_and(|all| all.get(name) == Some(&Value::Bool(true)));
        self.kind == EventKind::Purchase && (says("gift") || says("other_address"))
    }

    /// The value in minor units: the event's own, else the sum of its products' prices, else 0.
    pub fn minor_value(&self) -> i64 {
        let line = |product: &EventProduct| product.price.unwrap_or(0).saturating_mul(i64::from(product.quantity));
        self.value.unwrap_or_else(|| self.products.iter().map(line).fold(0, i64::saturating_add))
    }
}
