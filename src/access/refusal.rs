//! Refusals of a request, with messages for the developer who wrote it. No message contains a key or a token.

use super::scope::{Scope, Scopes};

/// A reason to refuse a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No key, an unknown key, a wrong secret or a wrong signature; the caller never learns which.
    #[error("this needs a valid key: send one as `Authorization: Bearer KEY` or `X-API-Key: KEY`")]
    Unauthorized,
    /// A valid key after its expiry.
    #[error("this key has expired")]
    Expired,
    /// A derived key with a valid signature and a payload that is not allowed.
    #[error("this derived key cannot be used: {0}")]
    WrongPayload(String),
    /// The key lacks this scope.
    #[error("this key does not have the scope `{}`", .0.name())]
    Scope(Scope),
    /// A request for a key with scopes that the requesting key lacks.
    #[error("this key cannot make one that opens {0}, which it does not open itself")]
    Wider(Scopes),
    /// A user id in a request with a public key and without a shopper token.
    #[error(
        "a public key may name a user_id only with a token your backend signed for that user: send it as \
         `X-Tastemaker-Shopper-Token`, or use anonymous_id"
    )]
    ShopperTokenRequired,
    /// A shopper token that is invalid or expired.
    #[error("the shopper token is not valid or has expired: have your backend sign a new one")]
    WrongShopperToken,
    /// The key or token belongs to another shopper.
    #[error("the key or token of this request was made for another shopper")]
    OtherShopper {
        /// The field with the other shopper's id.
        field: &'static str,
    },
    /// An anonymous id that is short enough to be guessed.
    #[error("with a public key an anonymous_id must have at least {least} characters, so that nobody guesses it")]
    GuessableId {
        /// The fewest characters it must have.
        least: usize,
    },
    /// A page of another origin writes while access control is off.
    #[error("pages of other origins may not write here: name this one in `server.cors_origins`, or make a key")]
    ForeignPage,
    /// A request under another name than this machine's while access control is off.
    #[error("without keys only requests to localhost are answered: make a key with `tastemaker keys create`")]
    ForeignHost,
    /// More requests than the rate limit of the key allows.
    #[error("this key has used up its rate: try again in {retry_after_seconds} s")]
    RateLimited {
        /// Seconds until the next request is allowed, at least 1.
        retry_after_seconds: u32,
    },
}
