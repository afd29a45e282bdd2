//! All keys of a shop by id, and the authentication of a presented key or token as a [`Caller`].

use std::collections::HashMap;

use jiff::Timestamp;

use super::caller::Caller;
use super::key::{KeyId, KeyRecord, Role};
use super::limiter::Charge;
use super::refusal::Refusal;
use super::secret::KeyText;
use super::token::{DerivedPayload, ShopperPayload, SignedToken, TokenKind};

/// The longest key or token examined, in bytes; valid ones are shorter.
pub const MAX_PRESENTED_BYTES: usize = 8_192;

/// The keys in force.
#[derive(Debug, Default)]
pub struct Keyring {
    records: HashMap<KeyId, KeyRecord>,
}

/// An authenticated caller, and the rate limits its request counts against.
#[derive(Debug)]
pub struct Admitted {
    /// The caller.
    pub caller: Caller,
    /// The rate limits.
    pub charges: Vec<Charge>,
}

impl Keyring {
    /// A keyring of these keys.
    pub fn new(records: impl IntoIterator<Item = KeyRecord>) -> Self {
        Self { records: records.into_iter().map(|record| (record.key.id.clone(), record)).collect() }
    }

    /// True if an admin key exists that has not expired at `now`.
    pub fn has_admin(&self, now: Timestamp) -> bool {
        self.records.values().any(|record| record.key.role == Role::Admin && !record.key.expired(now))
    }

    /// Authenticates a presented key or derived key.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] for everything that is not a valid key, without the reason;
    /// [`Refusal::Expired`] for a valid one after its end.
    pub fn admit(&self, presented: &str, now: Timestamp) -> Result<Admitted, Refusal> {
        if presented.len() > MAX_PRESENTED_BYTES {
            return Err(Refusal::Unauthorized);
        }
        match SignedToken::parse(TokenKind::Derived, presented) {
            // The prefix decides the kind, so a key is never tried as a token.
            Some(token) => self.admit_derived(&token, now),
            None => self.admit_key(presented, now),
        }
    }

    fn admit_key(&self, presented: &str, now: Timestamp) -> Result<Admitted, Refusal> {
        let text = KeyText::parse(presented).ok_or(Refusal::Unauthorized)?;
        let record = self.records.get(text.id()).ok_or(Refusal::Unauthorized)?;
        if !record.secret_sha256.matches(&text.hash()) {
            return Err(Refusal::Unauthorized);
        }
        if record.key.expired(now) {
            return Err(Refusal::Expired);
        }
        Ok(Admitted { caller: Caller::of_key(&record.key), charges: charge_of(record).into_iter().collect() })
    }

    fn admit_derived(&self, token: &SignedToken<'_>, now: Timestamp) -> Result<Admitted, Refusal> {
        let parent = self.signer(token).ok_or(Refusal::Unauthorized)?;
        let payload = token.open::<DerivedPayload>(&parent.secret_sha256).ok_or(Refusal::Unauthorized)?;
        let payload = payload.map_err(Refusal::WrongPayload)?;
        payload.check(Some(parent.key.scopes)).map_err(Refusal::WrongPayload)?;
        // Only after the signature is verified: a stranger learns nothing about a key's expiry.
        if parent.key.expired(now) || payload.expires_at.is_some_and(|end| end <= now) {
            return Err(Refusal::Expired);
        }
        let own = payload.rate_per_minute.map(|rate_per_minute| Charge {
            bucket: format!("{}.{}", parent.key.id, token.signature),
            rate_per_minute,
        });
        let charges = charge_of(parent).into_iter().chain(own).collect();
        Ok(Admitted { caller: Caller::of_derived(&parent.key, payload), charges })
    }

    /// The user id proven by a shopper token.
    ///
    /// # Errors
    /// [`Refusal::WrongShopperToken`] if the token is invalid, expired or signed by an expired key.
    pub fn prove(&self, token: &str, now: Timestamp) -> Result<String, Refusal> {
        let prove = || {
            let token = SignedToken::parse(TokenKind::Shopper, token).filter(|_| token.len() <= MAX_PRESENTED_BYTES)?;
            let parent = self.signer(&token).filter(|parent| !parent.key.expired(now))?;
            let payload = token.open::<ShopperPayload>(&parent.secret_sha256)?.ok()?;
            (payload.expires_at > now && !payload.user_id.is_empty()).then_some(payload.user_id)
        };
        prove().ok_or(Refusal::WrongShopperToken)
    }

    /// The key named as the signer of a token, unless it is public: everybody can read the secret of a public
    /// key.
    fn signer(&self, token: &SignedToken<'_>) -> Option<&KeyRecord> {
        self.records.get(&token.parent).filter(|record| !record.key.public)
    }
}

fn charge_of(record: &KeyRecord) -> Option<Charge> {
    let rate_per_minute = record.key.rate_per_minute?;
    Some(Charge { bucket: record.key.id.to_string(), rate_per_minute })
}

#[cfg(test)]
mod tests;
