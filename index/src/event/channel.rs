//! Where something happened.

use serde::{Deserialize, Serialize};

/// A way to meet the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The shop's site.
    Web,
    /// The shop's app.
    App,
    /// An e-mail.
    #[serde(alias = "e-mail")]
    Email,
    /// A push message.
    Push,
    /// A till in a store.
    Store,
    /// One this release does not know: read from old journals, refused from senders.
    #[serde(other)]
    Other,
}

impl Channel {
    /// Every channel a sender may name.
    pub const ALL: [Self; 5] = [Self::Web, Self::App, Self::Email, Self::Push, Self::Store];

    /// Its name in events and answers.
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
