//! Which ids must not be stored: those of persons who said so, on whichever of
//! their devices. Kept in memory, because it is asked of every event; the store
//! marks the ids that said no, so that a start need not read every profile.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use super::Profiles;
use crate::store::error::Result;
use crate::store::state::{Kind, Write};

#[derive(Default)]
pub(super) struct Consents {
    refusing: RwLock<HashSet<ShopperId>>,
}

impl Consents {
    /// Reads which ids said no, and finds whom else that concerns.
    pub(super) fn load(&self, profiles: &Profiles) -> Result<()> {
        for marked in profiles.0.state.scan(Kind::Refusal, None) {
            if let Some(id) = ShopperId::from_key(&marked?.0) {
                self.refresh(profiles, &id)?;
            }
        }
        Ok(())
    }

    /// Whether the event must not be kept. What a shopper says of consent itself always is, and so is
    /// what the server must remember to forget.
    pub(super) fn declines(&self, event: &Event) -> bool {
        if matches!(event.kind, EventKind::Consent | EventKind::Erase | EventKind::Unlink) {
            return false;
        }
        let refusing = self.refusing.read().unwrap_or_else(PoisonError::into_inner);
        !refusing.is_empty() && event.sources().any(|id| refusing.contains(&id))
    }

    /// Notes what an event that was just applied changes: consent, or who is one person with whom.
    pub(super) fn follow(&self, profiles: &Profiles, event: &Event) -> Result<()> {
        if event.kind == EventKind::Consent {
            event.shopper().map_or(Ok(()), |id| self.mark(profiles, &id))?;
        } else {
            // Any event that names user and device may have linked them, or parted them.
            let concerns = event.kind == EventKind::Erase || event.link().is_some();
            if !concerns || self.refusing.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return Ok(());
            }
        }
        event.sources().try_for_each(|id| self.refresh(profiles, &id))
    }

    /// Marks in the store whether the id itself said no.
    fn mark(&self, profiles: &Profiles, id: &ShopperId) -> Result<()> {
        let refuses = profiles.get(id)?.is_some_and(|profile| !profile.stated.may_store());
        let write = Write { kind: Kind::Refusal, key: id.key(), bytes: refuses.then(Vec::new) };
        profiles.0.state.write(None, &[write])
    }

    /// Whether the person of `id` refuses, for all ids of the person.
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
