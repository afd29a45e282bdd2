//! Identifiers. External ids are strings and appear at the two edges only;
//! inside a generation a product is its dense [`Ordinal`].

use serde::{Deserialize, Serialize};

/// The place of a product inside one generation: the document number in the
/// text index and the row of every column, vector, graph node and table.
pub type Ordinal = u32;

/// The longest id accepted anywhere, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// A shopper: a signed-in user, or an anonymous device.
///
/// The two kinds never collide, whatever strings a shop chooses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopperId {
    /// An id the shop knows the person by.
    User(String),
    /// An id a device made up for itself.
    Anonymous(String),
}

impl ShopperId {
    /// The shopper a request or event speaks of: the user when both ids are
    /// given, nobody when neither is (or both are empty).
    pub fn from_parts(user_id: Option<&str>, anonymous_id: Option<&str>) -> Option<Self> {
        let some = |id: Option<&str>| id.filter(|id| !id.is_empty()).map(str::to_owned);
        some(user_id).map(Self::User).or_else(|| some(anonymous_id).map(Self::Anonymous))
    }

    /// The shopper of a [`Self::key`].
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_at_checked(2)? {
            ("u:", id) => Some(Self::User(id.to_owned())),
            ("a:", id) => Some(Self::Anonymous(id.to_owned())),
            _ => None,
        }
    }

    /// A key under which the shopper is stored: `u:` or `a:` and the id.
    pub fn key(&self) -> String {
        match self {
            Self::User(id) => format!("u:{id}"),
            Self::Anonymous(id) => format!("a:{id}"),
        }
    }
}
