//! Access control. A [`key::ApiKey`] has a role, scopes, an expiry and a rate limit; of its secret only a
//! hash is stored. A shop's backend makes derived keys and shopper tokens from a key's secret without the
//! server ([`token`]). A [`keyring::Keyring`] authenticates a request as a [`Caller`], which decides on the
//! shopper ids and filters the request may use.
//!
//! Pure rules: no files, no clock, no randomness and no HTTP.

pub mod caller;
pub mod expiry;
pub mod key;
pub mod keyring;
pub mod limiter;
pub mod network;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod token;

pub use caller::{Caller, ShopperIds};
pub use key::{ApiKey, KeyId, KeyRecord, KeyRequest, Role};
pub use keyring::Keyring;
pub use refusal::Refusal;
pub use scope::{Scope, Scopes};
pub use secret::{KeyText, SecretHash};

/// A wrong field in a request for a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct WrongKey {
    /// The field's name in the request.
    pub field: &'static str,
    /// The mistake, and the values the field accepts.
    pub message: String,
}

impl WrongKey {
    fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
