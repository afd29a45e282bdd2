//! Erasure and export of one person's data. An erasure removes the profiles at once; the person's events
//! leave the journal and its Parquet copies with the next reindex, and the receipt then reports completion.

use std::path::Path;

use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use super::{Shop, ShopError};
use crate::store::erasures::{Erasures, Receipt};
use crate::store::journal::{Position, read_from};
use crate::store::{ProblemKind, StoreError};

/// The most events in one export.
const MAX_EXPORTED_EVENTS: usize = 200_000;

/// All events of one person.
#[derive(Debug, Clone, Default)]
pub struct Export {
    /// Events, oldest first.
    pub events: Vec<Event>,
    /// True if the person has more events than one export holds.
    pub truncated: bool,
}

impl Shop {
    /// Erases the person an id belongs to, with all linked ids: profiles at once, events with the next
    /// reindex.
    ///
    /// # Errors
    /// If the request cannot be recorded durably; then nothing was erased.
    pub fn erase(&self, id: &ShopperId) -> Result<Receipt, ShopError> {
        let found = self.profiles.find(id)?;
        let members = found.iter().flat_map(|found| found.person.members().map(|(id, _)| id.clone()));
        let mut ids: Vec<ShopperId> = members.collect();
        // An id without a profile may still have events in the journal.
        if !ids.contains(id) {
            ids.push(id.clone());
        }
        let receipt =
            Erasures::of(&self.folder).request(uuid::Uuid::new_v4().simple().to_string(), self.ingest.now(), ids)?;
        // The receipt is durable first: after a stop here, the next start journals the erasure.
        self.journal_erasure(&receipt)?;
        Ok(receipt)
    }

    /// The receipt of an erasure, if there is one with this id.
    pub fn receipt(&self, id: &str) -> Result<Option<Receipt>, ShopError> {
        Ok(Erasures::of(&self.folder).get(id)?)
    }

    /// Journals the erasures that were recorded but may not have reached the journal before a stop.
    pub(super) fn resume_erasures(&self) -> Result<(), ShopError> {
        // A receipt with positions was already journalled: its removal is under way.
        let (pending, damage) = Erasures::of(&self.folder).readable()?;
        if let Some(error) = damage.first() {
            self.problems.begin(ProblemKind::ErasureDamaged, error);
        }
        for receipt in pending.iter().filter(|receipt| receipt.through.is_empty()) {
            self.journal_erasure(receipt)?;
        }
        Ok(())
    }

    /// Appends one `erase` event per id. Message ids are derived from the receipt, so a repeated call changes
    /// nothing.
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

    /// Reads every event of the person an id belongs to from the journal, at most [`MAX_EXPORTED_EVENTS`].
    ///
    /// # Errors
    /// If the journal cannot be read.
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
