//! Shoppers prepared for the engine: profile plus interest vectors. They are computed on the first request
//! after a change of the person, stored beside the profile, and cached in memory.
//!
//! A cached shopper is valid while the person's stamp and the generation are the same and the session has not
//! ended.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tastemaker_index::engine::{Engine, Shopper};
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::{PAUSE_MS, Profile};

use super::{Shop, ShopError};
use crate::store::profiles::{FoundPerson, StoredInterests};

/// The most prepared shoppers held in memory.
const MAX_READY: usize = 20_000;

/// A prepared shopper with the state it was computed from.
struct Ready {
    stamp: u64,
    generation: String,
    shopper: Shopper,
    /// End of the current session, in Unix milliseconds; the shopper must be prepared again after it.
    until_ms: i64,
}

/// Prepared shoppers by the key of their id. Entries are evicted one by one when there are too many; an evicted
/// shopper is prepared again from the stored interests.
pub(super) struct ReadyShoppers(Cache<String, Arc<Ready>>);

impl Default for ReadyShoppers {
    fn default() -> Self {
        Self(Cache::new(MAX_READY))
    }
}

/// A person with the merged profile of all their ids.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// The person and the id they were found under.
    pub found: FoundPerson,
    /// The merged profile, without events older than the retention.
    pub profile: Arc<Profile>,
    /// The time of reading, in Unix milliseconds.
    pub now_ms: i64,
}

impl Shop {
    /// The person an id belongs to, with the merged profile; absent if the id is unknown.
    pub fn person(&self, id: &ShopperId) -> Result<Option<PersonView>, ShopError> {
        let Some(found) = self.profiles.find(id)? else { return Ok(None) };
        let now_ms = self.ingest.now().as_millisecond();
        Ok(Some(PersonView { profile: self.whole(&found, now_ms), found, now_ms }))
    }

    fn whole(&self, found: &FoundPerson, now_ms: i64) -> Arc<Profile> {
        let mut profile = found.person.profile();
        if let Some(retention_ms) = self.profiles.retention_ms()
            && profile.first_ms < now_ms - retention_ms
        {
            Arc::make_mut(&mut profile).forget_before(now_ms - retention_ms);
        }
        profile
    }

    /// The prepared shopper of a request, by user id if there is one, else by device id. Absent without ids,
    /// for an unknown id, and for a person who declined personalisation.
    pub fn shopper(
        &self,
        engine: &Engine,
        user_id: Option<&str>,
        anonymous_id: Option<&str>,
    ) -> Result<Option<Shopper>, ShopError> {
        let Some(id) = ShopperId::from_parts(user_id, anonymous_id) else { return Ok(None) };
        let Some(found) = self.profiles.find(&id)? else { return Ok(None) };
        self.ready(engine, &found)
            .map(|shopper| Some(shopper).filter(|shopper| shopper.profile.stated.may_personalize()))
    }

    /// Prepares a person for the engine, or takes the prepared shopper from the cache.
    pub fn ready(&self, engine: &Engine, found: &FoundPerson) -> Result<Shopper, ShopError> {
        let now_ms = self.ingest.now().as_millisecond();
        let (key, generation) = (found.id.key(), &engine.generation().manifest.id);
        if let Some(ready) = self.shoppers.0.get(&key)
            && ready.stamp == found.stamp
            && ready.generation == *generation
            && now_ms < ready.until_ms
        {
            return Ok(ready.shopper.clone());
        }
        let profile = self.whole(found, now_ms);
        let stored = self.profiles.interests(&found.id)?;
        // Interests computed from other events or in another embedding space are of no use.
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
        // Without a current session, the passing of time changes nothing about the shopper.
        let until_ms = match shopper.interests.session {
            Some(_) => shopper.profile.last_ms.saturating_add(PAUSE_MS),
            None => i64::MAX,
        };
        let ready = Ready { stamp: found.stamp, generation: generation.clone(), shopper: shopper.clone(), until_ms };
        self.shoppers.0.insert(key, Arc::new(ready));
        Ok(shopper)
    }
}
