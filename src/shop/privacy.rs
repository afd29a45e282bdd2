//! To be forgotten, and to be told everything. An erasure removes the profiles
//! at once; the person's events go from the journal and its Parquet copies with
//! the next reindex, and the receipt says when that is done.

use std::path::Path;

use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use super::{Shop, ShopError};
use crate::store::StoreError;
use crate::store::erasures::{Erasures, Receipt};
use crate::store::journal::{Position, read_from};

/// The most events one export holds.
const MAX_EXPORTED_EVENTS: usize = 200_000;

/// The events of one person.
#[derive(Debug, Clone, Default)]
pub struct Export {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Whether there are more than one export holds.
    pub truncated: bool,
}

impl Shop {
    /// Forgets the person an id belongs to, with all linked ids: the state at once, the events with
    /// the next reindex.
    ///
    /// # Errors
    /// When it cannot be noted durably; then nothing was done.
    pub fn erase(&self, id: &ShopperId) -> Result<Receipt, ShopError> {
        let found = self.profiles.find(id)?;
        let members = found.iter().flat_map(|found| found.person.members().map(|(id, _)| id.clone()));
        let mut ids: Vec<ShopperId> = members.collect();
        if !ids.contains(id) {
            ids.push(id.clone());
        }
        let receipt =
            Erasures::of(&self.folder).request(uuid::Uuid::new_v4().simple().to_string(), self.ingest.now(), ids)?;
        self.journal_erasure(&receipt)?;
        Ok(receipt)
    }

    /// The receipt of an erasure.
    pub fn receipt(&self, id: &str) -> Result<Option<Receipt>, ShopError> {
        Ok(Erasures::of(&self.folder).get(id)?)
    }

    /// Erasures that were requested but may not have reached the journal before a stop.
    pub(super) fn resume_erasures(&self) -> Result<(), ShopError> {
        // Where the removal is under way, the journal said so before.
        let pending = Erasures::of(&self.folder).pending()?;
        for receipt in pending.iter().filter(|receipt| receipt.through.is_empty()) {
            self.journal_erasure(receipt)?;
        }
        Ok(())
    }

    /// Message ids are derived from the receipt, so that doing it again changes nothing.
    fn journal_erasure(&self, receipt: &Receipt) -> Result<(), ShopError> {
        let erase = receipt.ids.iter().enumerate().map(|(at, id)| {
            let (user_id, anonymous_id) = match id {
                ShopperId::User(id) => (Some(id.clone()), None),
                ShopperId::Anonymous(id) => (None, Some(id.clone())),
            };
            let message_id = Some(receipt.message_id(at));
            Event { message_id, user_id, anonymous_id, ..Event::new(EventKind::Erase) }
        });
        self.ingest.accept_own(erase.collect())?.wait()?;
        Ok(())
    }

    /// Every event of the person an id belongs to, read from the journal.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn export(&self, id: &ShopperId) -> Result<Export, ShopError> {
        let mut ids = vec![id.clone()];
        if let Some(found) = self.profiles.find(id)? {
            ids.extend(found.person.members().map(|(id, _)| id.clone()));
        }
        Ok(export(&self.folder.journal(), &ids)?)
    }
}

fn export(journal: &Path, ids: &[ShopperId]) -> Result<Export, StoreError> {
    let mut export = Export::default();
    for entry in read_from(journal, Position::START)? {
        let event = entry?.event;
        if event.shopper().is_some_and(|shopper| ids.contains(&shopper)) {
            if export.events.len() == MAX_EXPORTED_EVENTS {
                export.truncated = true;
                break;
            }
            export.events.push(event);
        }
    }
    Ok(export)
}
