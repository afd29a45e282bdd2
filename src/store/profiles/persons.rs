//! Persons: the merged profiles of linked ids, found by any of these ids.

use std::hash::Hasher;

use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::Person;
use xxhash_rust::xxh3::Xxh3Default;

use super::{Profiles, StoredProfile};
use crate::store::error::Result;

/// A person found by one of their ids.
#[derive(Debug, Clone)]
pub struct FoundPerson {
    /// The person's main id: the user id if there is one, else the device id.
    pub id: ShopperId,
    /// The ids with their profiles.
    pub person: Person,
    /// A hash that changes with every change of one of the profiles or of the set of ids.
    pub stamp: u64,
}

impl Profiles {
    /// The person an id belongs to; absent if the id has no profile.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn find(&self, id: &ShopperId) -> Result<Option<FoundPerson>> {
        let Some(stored) = self.load(&id.key())? else { return Ok(None) };
        let device = match id {
            ShopperId::User(user) => return self.of_user(user, stored).map(Some),
            ShopperId::Anonymous(device) => device,
        };
        let limits = self.link_limits();
        if let Some(user) = stored.profile.links.owner(limits)
            && let Some(owner) = self.load(&ShopperId::User(user.to_owned()).key())?
            // Both sides must agree: the device on its owner, and the owner on the device.
            && owner.profile.links.devices(limits).any(|linked| linked == device)
        {
            return self.of_user(user, owner).map(Some);
        }
        Ok(Some(found(id.clone(), vec![(id.clone(), stored)])))
    }

    /// A user with all devices on which both sides agree.
    fn of_user(&self, user: &str, stored: StoredProfile) -> Result<FoundPerson> {
        let (id, limits) = (ShopperId::User(user.to_owned()), self.link_limits());
        let devices: Vec<String> = stored.profile.links.devices(limits).map(str::to_owned).collect();
        let mut members = vec![(id.clone(), stored)];
        for device in devices {
            let device = ShopperId::Anonymous(device);
            if let Some(stored) = self.load(&device.key())?
                && stored.profile.links.owner(limits) == Some(user)
            {
                members.push((device, stored));
            }
        }
        Ok(found(id, members))
    }
}

fn found(id: ShopperId, members: Vec<(ShopperId, StoredProfile)>) -> FoundPerson {
    let mut stamp = Xxh3Default::new();
    let mut person = Person::default();
    for (id, stored) in members {
        stamp.write(id.key().as_bytes());
        stamp.write_u64(stored.applied.segment);
        stamp.write_u64(stored.applied.offset);
        person.merge(&Person::new(id, stored.profile));
    }
    FoundPerson { id, person, stamp: stamp.finish() }
}
