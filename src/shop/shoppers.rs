//! Persons made ready for questions: profile and interest vectors, computed when
//! first needed after a change, stored with the profile, and kept in memory
//! while nothing of the person changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tastemaker_index::engine::{Engine, Shopper};
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::{PAUSE_MS, Profile};

use super::{Shop, ShopError};
use crate::store::profiles::{Found, StoredInterests};

/// Persons kept ready.
const READY: usize = 20_000;

/// A person made ready, and until when that holds.
struct Ready {
    stamp: u64,
    generation: String,
    shopper: Shopper,
    /// The visit under way ends then, in Unix milliseconds.
    until_ms: i64,
}

/// Persons made ready, by the key of their id.
#[derive(Default)]
pub(super) struct Shoppers(Mutex<HashMap<String, Arc<Ready>>>);

impl Shoppers {
    fn get(&self, key: &str) -> Option<Arc<Ready>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, key: String, ready: Ready) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= READY {
            known.clear();
        }
        known.insert(key, Arc::new(ready));
    }
}

/// A person and everything known.
#[derive(Debug, Clone)]
pub struct Known {
    /// The person.
    pub found: Found,
    /// What all ids did, what is too old left out.
    pub profile: Arc<Profile>,
    /// When this was read, in Unix milliseconds.
    pub now_ms: i64,
}

impl Shop {
    /// Everything known of the person an id belongs to.
    pub fn known(&self, id: &ShopperId) -> Result<Option<Known>, ShopError> {
        let Some(found) = self.profiles.find(id)? else { return Ok(None) };
        let now_ms = self.ingest.now().as_millisecond();
        Ok(Some(Known { profile: self.whole(&found, now_ms), found, now_ms }))
    }

    fn whole(&self, found: &Found, now_ms: i64) -> Arc<Profile> {
        let mut profile = found.person.profile();
        if let Some(retention_ms) = self.profiles.retention_ms()
            && profile.first_ms < now_ms - retention_ms
        {
            Arc::make_mut(&mut profile).forget_before(now_ms - retention_ms);
        }
        profile
    }

    /// The shopper a request names, ready for the engine: the user before the device, nobody
    /// without ids, and nobody who does not want to be known.
    pub fn shopper(
        &self,
        engine: &Engine,
        user_id: Option<&str>,
        anonymous_id: Option<&str>,
    ) -> Result<Option<Shopper>, ShopError> {
        let Some(id) = ShopperId::from_parts(user_id, anonymous_id) else { return Ok(None) };
        let Some(found) = self.profiles.find(&id)? else { return Ok(None) };
        self.ready(engine, &found).map(|shopper| Some(shopper).filter(|known| known.profile.stated.may_personalize()))
    }

    /// A person made ready for the engine.
    pub fn ready(&self, engine: &Engine, found: &Found) -> Result<Shopper, ShopError> {
        let now_ms = self.ingest.now().as_millisecond();
        let (key, generation) = (found.id.key(), &engine.generation().manifest.id);
        if let Some(ready) = self.shoppers.get(&key)
            && ready.stamp == found.stamp
            && ready.generation == *generation
            && now_ms < ready.until_ms
        {
            return Ok(ready.shopper.clone());
        }
        let profile = self.whole(found, now_ms);
        let stored = self.profiles.interests(&found.id)?;
        let fresh = stored.filter(|stored| stored.stamp == found.stamp && stored.space == engine.space());
        let shopper = match fresh {
            Some(stored) => engine.shopper_of(profile, &stored.long_term, now_ms),
            None => {
                let shopper = engine.shopper(profile, now_ms);
                let long_term = shopper.interests.long_term.iter();
                let stored = StoredInterests {
                    space: shopper.interests.space.clone(),
                    stamp: found.stamp,
                    long_term: long_term.map(|interest| (interest.product_id.clone(), interest.weight)).collect(),
                };
                self.profiles.store_interests(&found.id, &stored)?;
                shopper
            }
        };
        let until_ms = match shopper.interests.session {
            Some(_) => shopper.profile.last_ms.saturating_add(PAUSE_MS),
            None => i64::MAX,
        };
        let ready = Ready { stamp: found.stamp, generation: generation.clone(), shopper: shopper.clone(), until_ms };
        self.shoppers.put(key, ready);
        Ok(shopper)
    }
}
