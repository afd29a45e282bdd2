//! The secret part of a key: 256 random bits, written as base64url.
//!
//! The server stores the SHA-256 of the text. A slow hash protects secrets that people choose; 2^256 random
//! ones cannot be tried, and a fast hash costs a request no time. The same hash signs derived keys and
//! shopper tokens, because both sides have it: the holder computes it from the secret, the server reads it
//! from its file. A stolen hash can therefore sign tokens, which never have administrative scopes
//! ([`super::token`]), but it cannot be presented as the key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::key::KeyId;

/// Random bytes in a secret.
pub const SECRET_BYTES: usize = 32;
/// The prefix of every key.
pub const KEY_PREFIX: &str = "tm_";

/// A key as its holder has it: `tm_ID_SECRET`. It is shown once, when it is issued, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    id: KeyId,
    secret: String,
}

impl KeyText {
    /// A key with this id and this random secret.
    pub fn new(id: KeyId, random: &[u8; SECRET_BYTES]) -> Self {
        Self { id, secret: URL_SAFE_NO_PAD.encode(random) }
    }

    /// Parses a key; absent if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
        let whole = URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| bytes.len() == SECRET_BYTES);
        Some(Self { id: KeyId::parse(id).filter(|_| whole)?, secret: secret.to_owned() })
    }

    /// The public id of the key.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The hash that is stored.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.secret)
    }

    /// The text with the secret, for the holder.
    pub fn reveal(&self) -> String {
        format!("{KEY_PREFIX}{}_{}", self.id, self.secret)
    }
}

impl std::fmt::Debug for KeyText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "KeyText({}, secret withheld)", self.id)
    }
}

/// SHA-256 of a secret's text, written as hexadecimal digits.
#[derive(Clone)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// True if two hashes are equal; the time taken does not depend on the first difference.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// HMAC-SHA-256 of a text under this hash, as base64url.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.mac(text).map(|mac| mac.finalize().into_bytes());
        signature.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default()
    }

    /// True if `signature` signs this text; compared in constant time.
    pub fn signed(&self, text: &str, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        self.mac(text).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    }

    /// The MAC of a text. HMAC accepts keys of any length, so it is never absent.
    fn mac(&self, text: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(text.as_bytes());
        Some(mac)
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SecretHash(withheld)")
    }
}

impl Serialize for SecretHash {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&format_args!("{}", hexadecimal(&self.0)))
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("a hash has 64 hexadecimal digits"))
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Option<KeyText> {
        Some(KeyText::new(KeyId::parse("0123456789ab")?, &[7; SECRET_BYTES]))
    }

    #[test]
    fn a_key_reads_back_and_debugging_it_gives_nothing_away() -> Result<(), &'static str> {
        let key = text().ok_or("no id")?;
        let shown = key.reveal();
        assert_eq!(KeyText::parse(&shown).as_ref(), Some(&key));
        let secret = &shown[KEY_PREFIX.len() + 13..];
        assert!(!format!("{key:?} {:?}", key.hash()).contains(secret));
        for wrong in
            ["", "tm_", "tm_0123456789ab", "tm_0123456789ab_short", "tm_x_y", &shown[1..], &format!("{shown}A")]
        {
            assert_eq!(KeyText::parse(wrong), None, "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_hash_is_written_as_hexadecimal_and_matches_only_its_secret() -> Result<(), Box<dyn std::error::Error>> {
        let hash = text().ok_or("no id")?.hash();
        let written = serde_json::to_string(&hash)?;
        assert_eq!(written.len(), 66);
        assert!(serde_json::from_str::<SecretHash>(&written)?.matches(&hash));
        assert!(!SecretHash::of("another").matches(&hash));
        for wrong in ["\"\"", "\"zz\"", "\"0\"", &written.replace('a', "é")] {
            assert!(serde_json::from_str::<SecretHash>(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_signature_holds_for_its_text_and_secret_only() {
        let hash = SecretHash::of("secret");
        let signature = hash.sign("text");
        assert!(hash.signed("text", &signature));
        assert!(!hash.signed("texts", &signature));
        assert!(!SecretHash::of("another").signed("text", &signature));
        assert!(!hash.signed("text", &signature[..20]) && !hash.signed("text", "") && !hash.signed("text", "§"));
    }
}
