//! Tokens that a shop's backend signs without asking the server: derived keys (`tmd_…`), limited to a part of
//! the catalogue or to one shopper, and shopper tokens (`tms_…`), which prove a user's identity in requests
//! with a public key.
//!
//! ```text
//! PREFIX ID "." base64url(JSON) "." base64url(HMAC-SHA-256(SHA-256(SECRET), everything before this dot))
//! ```
//!
//! for a key `tm_ID_SECRET`; base64url without padding. In Python:
//!
//! ```text
//! _, id, secret = key.split("_", 2)
//! b64 = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
//! text = "tmd_" + id + "." + b64(json.dumps({"filter": 'brand = "Acme"'}).encode())
//! signing = hashlib.sha256(secret.encode()).digest()
//! print(text + "." + b64(hmac.new(signing, text.encode(), "sha256").digest()))
//! ```
//!
//! Only keys that are not public can sign, because everybody can read the secret of a public one. No token
//! has more scopes than [`derivable`], so the stored hash of a key never gives administrative access.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::column::Filter;
use tastemaker_index::id::MAX_ID_BYTES;

use super::key::{KeyId, Role};
use super::scope::{Scope, Scopes};
use super::secret::SecretHash;

/// The longest payload, in bytes of JSON.
pub const MAX_PAYLOAD_BYTES: usize = 4_096;
/// The longest filter of a derived key, in characters: half of the limit of a request.
pub const MAX_FILTER_CHARS: usize = 2_048;

/// The kind of a signed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A derived key.
    Derived,
    /// A shopper token.
    Shopper,
}

impl TokenKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Derived => "tmd_",
            Self::Shopper => "tms_",
        }
    }
}

/// The limits of a derived key. An unknown field is an error, because it might be a restriction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedPayload {
    /// A filter required of every product, in addition to the filter of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The only user id it may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The only device id it may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// Expiry, in addition to the parent's; required with a user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Its scopes; it never has more than the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Scopes>,
    /// Rate limit in requests per minute, in addition to the parent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<u32>,
}

impl DerivedPayload {
    /// Checks the rules that the types cannot express; `parent` are the scopes of the signing key, if known.
    ///
    /// # Errors
    /// A sentence for the developer of the backend that signed it.
    pub fn check(&self, parent: Option<Scopes>) -> Result<(), String> {
        if let Some(filter) = &self.filter {
            if filter.chars().count() > MAX_FILTER_CHARS {
                return Err(format!("its filter has more than {MAX_FILTER_CHARS} characters"));
            }
            Filter::parse(filter).map_err(|error| format!("its filter is wrong: {error}"))?;
        }
        for (field, id) in [("user_id", &self.user_id), ("anonymous_id", &self.anonymous_id)] {
            if id.as_ref().is_some_and(|id| id.is_empty() || id.len() > MAX_ID_BYTES) {
                return Err(format!("its {field} must have 1 to {MAX_ID_BYTES} bytes"));
            }
        }
        if self.user_id.is_some() && self.expires_at.is_none() {
            return Err("with a user_id it must have expires_at".to_owned());
        }
        if self.rate_per_minute == Some(0) {
            return Err("its rate_per_minute must be at least 1".to_owned());
        }
        if let Some(scopes) = self.scopes {
            let beyond = scopes.beyond(parent.unwrap_or(Scopes::ALL).and(derivable()));
            if scopes.is_empty() || !beyond.is_empty() {
                return Err(format!("its scopes must be some of those of its parent, and at most {}", derivable()));
            }
        }
        Ok(())
    }

    /// The scopes of the derived key under a parent with the scopes `parent`.
    pub fn scopes(&self, parent: Scopes) -> Scopes {
        let given = self.scopes.unwrap_or_else(|| Role::Read.scopes().or(Role::Write.scopes()));
        given.and(parent).and(derivable())
    }
}

/// The most scopes a derived key can have: those a storefront needs.
pub const fn derivable() -> Scopes {
    Role::Read.scopes().or(Role::Write.scopes()).or(Scopes::of(&[Scope::Profiles]))
}

/// The payload of a shopper token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopperPayload {
    /// The user.
    pub user_id: String,
    /// Expiry.
    pub expires_at: Timestamp,
}

/// A parsed token with an unverified signature.
#[derive(Debug)]
pub struct SignedToken<'a> {
    /// The key named as its signer.
    pub parent: KeyId,
    /// The signature, which also identifies the token.
    pub signature: &'a str,
    signed: &'a str,
    payload: &'a str,
}

impl<'a> SignedToken<'a> {
    /// Parses a token of this kind; absent if the text is not one.
    pub fn parse(kind: TokenKind, text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (parent, payload) = signed.strip_prefix(kind.prefix())?.split_once('.')?;
        // Base64 takes four characters for three bytes.
        let short = payload.len() <= MAX_PAYLOAD_BYTES.div_ceil(3) * 4;
        Some(Self { parent: KeyId::parse(parent).filter(|_| short)?, signature, signed, payload })
    }

    /// The payload; absent if `secret` did not sign the token.
    ///
    /// # Errors
    /// The inner error: the signature is valid, the payload is not.
    pub fn open<T: serde::de::DeserializeOwned>(&self, secret: &SecretHash) -> Option<Result<T, String>> {
        if !secret.signed(self.signed, self.signature) {
            return None;
        }
        let json = URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| "its payload is not base64url".to_owned());
        Some(json.and_then(|json| serde_json::from_slice(&json).map_err(|error| format!("its payload: {error}"))))
    }
}

/// Signs a payload as a token of this kind.
///
/// # Errors
/// If the payload is larger than [`MAX_PAYLOAD_BYTES`].
pub fn sign<T: Serialize>(kind: TokenKind, parent: &KeyId, secret: &SecretHash, payload: &T) -> Result<String, String> {
    let json = serde_json::to_vec(payload).map_err(|error| error.to_string())?;
    if json.len() > MAX_PAYLOAD_BYTES {
        return Err(format!("the payload has {} bytes, at most {MAX_PAYLOAD_BYTES} are allowed", json.len()));
    }
    let text = format!("{}{parent}.{}", kind.prefix(), URL_SAFE_NO_PAD.encode(json));
    let signature = secret.sign(&text);
    Ok(format!("{text}.{signature}"))
}

#[cfg(test)]
mod tests {
    use super::super::secret::KeyText;
    use super::*;

    /// Made by the Python code of the module documentation, for the key `tm_0123456789ab_` and the base64url
    /// of the bytes 0 to 31.
    const KEY: &str = "tm_0123456789ab_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const DERIVED: &str =
        "tmd_0123456789ab.eyJmaWx0ZXIiOiAiYnJhbmQgPSBcIkFjbWVcIiJ9.NueGyg9lftGUZEFDJctqGwBBW2lJzMds6SuciCV56AE";

    #[test]
    fn what_the_documented_recipe_makes_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let key = KeyText::parse(KEY).ok_or("no key")?;
        let token = SignedToken::parse(TokenKind::Derived, DERIVED).ok_or("no token")?;
        let payload: DerivedPayload = token.open(&key.hash()).ok_or("signed by another")??;
        assert_eq!(
            payload,
            DerivedPayload { filter: Some("brand = \"Acme\"".to_owned()), ..DerivedPayload::default() }
        );
        Ok(())
    }

    #[test]
    fn a_token_is_of_one_kind_and_any_change_breaks_it() -> Result<(), Box<dyn std::error::Error>> {
        let key = KeyText::parse(KEY).ok_or("no key")?;
        let payload = ShopperPayload { user_id: "u1".to_owned(), expires_at: Timestamp::UNIX_EPOCH };
        let text = sign(TokenKind::Shopper, key.id(), &key.hash(), &payload)?;
        assert!(SignedToken::parse(TokenKind::Derived, &text).is_none());
        let as_derived = text.replacen("tms_", "tmd_", 1);
        let opened = |kind, text: &str| SignedToken::parse(kind, text)?.open::<ShopperPayload>(&key.hash());
        assert_eq!(opened(TokenKind::Shopper, &text), Some(Ok(payload)));
        assert!(opened(TokenKind::Derived, &as_derived).is_none());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
            let changed = String::from_utf8(bytes)?;
            assert!(opened(TokenKind::Shopper, &changed).is_none(), "{at}: {changed}");
        }
        Ok(())
    }

    #[test]
    fn a_payload_that_cannot_be_says_why() {
        let wrong = [
            (r#"{"filter":"brand ="}"#, "filter is wrong"),
            (r#"{"filter":"brand = \"A\") OR (brand = \"B\""}"#, "filter is wrong"),
            (r#"{"user_id":"u1"}"#, "expires_at"),
            (r#"{"user_id":"","expires_at":"2027-01-01T00:00:00Z"}"#, "user_id must have"),
            (r#"{"rate_per_minute":0}"#, "rate_per_minute"),
            (r#"{"scopes":["keys"]}"#, "scopes must be"),
            (r#"{"scopes":["events"]}"#, "scopes must be"),
            (r#"{"filters":"brand = \"A\""}"#, "unknown field"),
        ];
        for (text, part) in wrong {
            let payload = serde_json::from_str::<DerivedPayload>(text).map_err(|error| error.to_string());
            let checked = payload.and_then(|payload| payload.check(Some(Role::Read.scopes())));
            assert!(checked.is_err_and(|message| message.contains(part)), "{text}");
        }
        let long =
            DerivedPayload { filter: Some(format!("a = \"{}\"", "x".repeat(3000))), ..DerivedPayload::default() };
        assert!(long.check(None).is_err());
    }
}
