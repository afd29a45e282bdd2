//! The context of a request or event, as a storefront sends it: channel, time, place, weather, device,
//! segments. Rules, seasons and segments read it. The lowest module of the engine: it imports no other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The place, time and device that a request or event reports of itself; every field is optional. The
/// engine's `RequestContext` holds one and adds what the server knows: the shopper, the time, the rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The shopper's local time.
    #[serde(default, deserialize_with = "crate::product::date", skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// ISO 3166 country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The region, as the catalogue names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The location of the shopper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The weather at the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weather: Option<Weather>,
    /// The kind of device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The shop's own id of a physical store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// Segments of shoppers, by the shop's own names, that this one belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
}

/// A location on Earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The latitude, −90 to 90.
    pub lat: f64,
    /// The longitude, −180 to 180.
    pub lon: f64,
}

/// The weather at a location.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weather {
    /// A condition in one word: rain, snow, wind, cold, heat, sun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The temperature in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
}

/// A channel through which a shopper uses the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The shop's web site.
    Web,
    /// The shop's app.
    App,
    /// An e-mail.
    #[serde(alias = "e-mail")]
    Email,
    /// A push message.
    Push,
    /// A till in a physical store.
    Store,
    /// A channel this release does not know: accepted in stored journals, refused from senders.
    #[serde(other)]
    Other,
}

impl Channel {
    /// Every channel a sender may name.
    pub const ALL: [Self; 5] = [Self::Web, Self::App, Self::Email, Self::Push, Self::Store];

    /// The name in events and responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
            Self::Email => "email",
            Self::Push => "push",
            Self::Store => "store",
            Self::Other => "other",
        }
    }
}
