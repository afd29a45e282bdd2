//! Why a request may not have what it asks for, in words for the person who wrote it. No message
//! repeats a key or a token.

use super::scope::{Scope, Scopes};

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No key, an unknown one, a wrong secret or a wrong signature: never told apart.
    #[error("this needs a valid key: send one as `Authorization: Bearer KEY` or `X-API-Key: KEY`")]
    Unauthorized,
    /// The key was right and has ended.
    #[error("this key has expired")]
    Expired,
    /// A derived key is signed well and says something that cannot be.
    #[error("this derived key cannot be used: {0}")]
    WrongPayload(String),
    /// The key does not open this.
    #[error("this key does not have the scope `{}`", .0.name())]
    Scope(Scope),
    /// A key shall be made that opens more than the one that makes it.
    #[error("this key cannot make one that opens {0}, which it does not open itself")]
    Wider(Scopes),
    /// A public key names a user without proof.
    #[error(
        "a public key may name a user_id only with a token your backend signed for that user: send it as \
         `X-Tastemaker-Shopper-Token`, or use anonymous_id"
    )]
    ShopperTokenRequired,
    /// The proof is none.
    #[error("the shopper token is not valid or has expired: have your backend sign a new one")]
    WrongShopperToken,
    /// The key or token speaks for another shopper.
    #[error("the key or token of this request was made for another shopper")]
    OtherShopper {
        /// The field that names the wrong one.
        field: &'static str,
    },
    /// An anonymous id that others could guess.
    #[error("with a public key an anonymous_id must have at least {least} characters, so that nobody guesses it")]
    GuessableId {
        /// Characters it must have.
        least: usize,
    },
    /// A page in a browser on this machine writes while access is off.
    #[error("pages of other origins may not write here: name this one in `server.cors_origins`, or make a key")]
    ForeignPage,
    /// More requests than the key's rate.
    #[error("this key has used up its rate: try again in {retry_after_seconds} s")]
    RateLimited {
        /// Seconds until the next request is taken, at least 1.
        retry_after_seconds: u32,
    },
}
