//! Identifiers. External ids are strings and appear at the edges only, in requests, events and
//! responses; inside a generation a product is its dense [`Ordinal`].

use serde::{Deserialize, Serialize};

/// The number of a product inside one generation: the document number in the text index and the row of every column,
/// vector, graph node and table.
pub type Ordinal = u32;

/// The longest accepted id, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// A shopper: a signed-in user or an anonymous device.
///
/// A user and a device with the same id string are different shoppers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopperId {
    /// The id of a signed-in user, chosen by the shop.
    User(String),
    /// An id that a device generated for itself.
    Anonymous(String),
}

impl ShopperId {
    /// The shopper of a request or event: the user if both ids are given, `None` if neither is, or both are empty.
    pub fn from_parts(user_id: Option<&str>, anonymous_id: Option<&str>) -> Option<Self> {
        let some = |id: Option<&str>| id.filter(|id| !id.is_empty()).map(str::to_owned);
        some(user_id).map(Self::User).or_else(|| some(anonymous_id).map(Self::Anonymous))
    }

    /// Parses a key made by [`Self::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_at_checked(2)? {
            ("u:", id) => Some(Self::User(id.to_owned())),
            ("a:", id) => Some(Self::Anonymous(id.to_owned())),
            _ => None,
        }
    }

    /// The storage key of the shopper: `u:` or `a:`, then the id.
    pub fn key(&self) -> String {
        match self {
            Self::User(id) => format!("u:{id}"),
            Self::Anonymous(id) => format!("a:{id}"),
        }
    }
}
