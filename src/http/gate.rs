//! Admits requests by key: the keys in force, the policy of the address, and the rate limits.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::error::ApiError;
use super::scopes::Need;
use crate::access::keyring::Admitted;
use crate::access::limiter::{Charge, Limiter};
use crate::access::network::ProxyNetwork;
use crate::access::{Caller, Refusal};
use crate::shop::{KeyFile, LiveKeys};

/// The most keys whose rates are counted at a time, derived ones included.
const MAX_BUCKETS: usize = 20_000;

/// The gate of one server.
#[derive(Debug)]
pub struct Gate {
    keys: LiveKeys,
    /// True if only this machine can reach the server; without keys only such a server admits requests.
    loopback: bool,
    limiter: Mutex<Limiter>,
    /// The part of a public key's rate that one visitor may use, in percent.
    visitor_percent: u64,
    proxies: Vec<ProxyNetwork>,
    started: Instant,
}

impl Gate {
    /// A gate for a server; `loopback` is true if only this machine can reach it.
    pub(super) fn new(keys: LiveKeys, loopback: bool, visitor_percent: usize, proxies: Vec<ProxyNetwork>) -> Self {
        let (limiter, visitor_percent) = (Mutex::new(Limiter::new(MAX_BUCKETS)), visitor_percent as u64);
        Self { keys, loopback, limiter, visitor_percent, proxies, started: Instant::now() }
    }

    /// The networks of trusted proxies.
    pub(super) fn proxies(&self) -> &[ProxyNetwork] {
        &self.proxies
    }

    /// The key file.
    pub(super) fn file(&self) -> &KeyFile {
        self.keys.file()
    }

    /// Reads the key file again, after keys were created or revoked.
    pub(super) fn refresh(&self) {
        self.keys.refresh();
    }

    /// Looks at the key file, as an admitted request does, so that the problems of the server include it.
    pub(super) fn look(&self) {
        drop(self.keys.ring(self.started.elapsed()));
    }

    /// The caller with this key and this shopper token; `visitor` is the address that counts, if it is known.
    ///
    /// # Errors
    /// If the key is missing, invalid, lacks the scope or is used too often.
    pub(super) fn admit(
        &self,
        key: Option<&str>,
        token: Option<&str>,
        visitor: Option<IpAddr>,
        need: Need,
    ) -> Result<Caller, ApiError> {
        let ring = self.keys.ring(self.started.elapsed()).map_err(|_| ApiError::keys_unavailable())?;
        let ring = match ring {
            None if self.loopback => return Ok(Caller::anyone()),
            None => return Err(Refusal::Unauthorized.into()),
            Some(ring) => ring,
        };
        let now = Timestamp::now();
        let Admitted { caller, mut charges } = ring.admit(key.ok_or(Refusal::Unauthorized)?, now)?;
        if caller.is_public() {
            // The key's own rate comes first, before that of a derived key, which is not shared.
            let own = charges.first().filter(|own| caller.key().is_some_and(|key| key.to_string() == own.bucket));
            charges.extend(visitor.and_then(|visitor| self.share(own?, visitor)));
        }
        self.take(&charges)?;
        if let Need::Scope(scope) = need {
            caller.open(scope)?;
        }
        Ok(match token {
            Some(token) => caller.proven(ring.prove(token, now)?),
            None => caller,
        })
    }

    /// The share of one visitor in a rate; absent if each may use all of it.
    fn share(&self, of: &Charge, visitor: IpAddr) -> Option<Charge> {
        let rate = (u64::from(of.rate_per_minute) * self.visitor_percent / 100).max(1);
        let bucket = || format!("{} {visitor}", of.bucket);
        (self.visitor_percent < 100).then(|| Charge { bucket: bucket(), rate_per_minute: rate as u32 })
    }

    /// Counts a request against the rate limits of its key and the key's parent.
    fn take(&self, charges: &[Charge]) -> Result<(), Refusal> {
        if charges.is_empty() {
            return Ok(());
        }
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.take(charges, Instant::now()).map_err(|wait| {
            let retry_after_seconds = (wait.as_secs_f64().ceil() as u32).max(1);
            Refusal::RateLimited { retry_after_seconds }
        })
    }
}
