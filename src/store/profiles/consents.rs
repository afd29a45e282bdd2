//! The ids that must not be stored: all ids of persons who refused storage on any of their devices. They are
//! held in memory, because every event is checked against them. The store marks the ids that refused, so that
//! a start need not read every profile.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use super::Profiles;
use crate::store::error::Result;
use crate::store::state::{StateKind, StateWrite};

#[derive(Default)]
pub(super) struct Consents {
    refusing: RwLock<HashSet<ShopperId>>,
}

impl Consents {
    /// Loads the marked ids, and finds the other ids of their persons.
    pub(super) fn load(&self, profiles: &Profiles) -> Result<()> {
        for marked in profiles.0.state.scan(StateKind::Refusal, None) {
            if let Some(id) = ShopperId::from_key(&marked?.0) {
                self.refresh(profiles, &id)?;
            }
        }
        Ok(())
    }

    /// True if the event must not be stored. Events of consent are always stored, and so are those the server
    /// must remember in order to forget: erasures and unlinks.
    pub(super) fn declines(&self, event: &Event) -> bool {
        if matches!(event.kind, EventKind::Consent | EventKind::Erase | EventKind::Unlink) {
            return false;
        }
        let refusing = self.refusing.read().unwrap_or_else(PoisonError::into_inner);
        // The common case, in which nobody refused, costs no lookups.
        !refusing.is_empty() && event.sources().any(|id| refusing.contains(&id))
    }

    /// Updates the ids after an applied event that may change consent or the ids of a person.
    pub(super) fn follow(&self, profiles: &Profiles, event: &Event) -> Result<()> {
        if event.kind == EventKind::Consent {
            event.shopper().map_or(Ok(()), |id| self.mark(profiles, &id))?;
        } else {
            // An event with user and device may have linked or separated them.
            let concerns = event.kind == EventKind::Erase || event.link().is_some();
            if !concerns || self.refusing.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return Ok(());
            }
        }
        event.sources().try_for_each(|id| self.refresh(profiles, &id))
    }

    /// Writes or removes the store's mark of an id that refused storage itself.
    fn mark(&self, profiles: &Profiles, id: &ShopperId) -> Result<()> {
        let refuses = profiles.get(id)?.is_some_and(|profile| !profile.stated.may_store());
        let write = StateWrite { kind: StateKind::Refusal, key: id.key(), bytes: refuses.then(Vec::new) };
        profiles.0.state.write(None, &[write])
    }

    /// Updates all ids of the person of `id` by the person's consent.
    fn refresh(&self, profiles: &Profiles, id: &ShopperId) -> Result<()> {
        let Some(found) = profiles.find(id)? else {
            self.refusing.write().unwrap_or_else(PoisonError::into_inner).remove(id);
            return Ok(());
        };
        let may_store = found.person.profile().stated.may_store();
        let mut refusing = self.refusing.write().unwrap_or_else(PoisonError::into_inner);
        for (id, _) in found.person.members() {
            if may_store {
                refusing.remove(id)
            } else {
                refusing.insert(id.clone())
            };
        }
        Ok(())
    }
}
