//! Who may ask what. A [`key::Key`] has a role, scopes, an end and a rate; its secret is kept as a
//! hash. A shop's backend makes derived keys and shopper tokens from a key's secret by itself
//! ([`token`]). A [`keyring::Keyring`] turns what a request presents into a [`Caller`], and the
//! caller says whose shopper ids and which products the request may name.
//!
//! Pure rules: no file, no clock, no source of randomness and nothing of HTTP is known here.

pub mod caller;
pub mod expiry;
pub mod key;
pub mod keyring;
pub mod limiter;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod token;

pub use caller::{Caller, Shopper};
pub use key::{Key, KeyId, KeyRecord, KeyRequest, Role};
pub use keyring::Keyring;
pub use refusal::Refusal;
pub use scope::{Scope, Scopes};
pub use secret::{KeyText, SecretHash};

/// A field of a key that cannot be as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct WrongKey {
    /// The field as the caller spells it.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl WrongKey {
    fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
