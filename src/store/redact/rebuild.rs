//! Receipts that are gone or cannot be read, made again from the journal. An erasure that is not complete has its
//! `erase` events there, with the person's ids; a complete one has none left. So no lost file lets events stay.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use crate::store::erasures::Erasures;
use crate::store::error::Result;
use crate::store::journal::segment::{self, Segment};

/// The beginning of the message ids of `erase` events.
const PREFIX: &str = "erase-";

/// Time and ids of one erasure, the ids by their place in the receipt.
#[derive(Default)]
struct Found {
    requested_at: Option<Timestamp>,
    ids: BTreeMap<usize, ShopperId>,
}

/// Makes missing and unreadable receipts of unfinished erasures again.
pub(super) fn receipts(erasures: &Erasures, journal: &Path, now: Timestamp) -> Result<()> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let numbers = segment::list(journal)?;
    for &number in &numbers {
        Segment::load(journal, number, numbers.last() == Some(&number))?.for_each(|frame| {
            // Most events are not even parsed.
            if !frame.payload.windows(PREFIX.len()).any(|part| part == PREFIX.as_bytes()) {
                return;
            }
            let event: Option<Event> = serde_json::from_slice(frame.payload).ok();
            let Some(event) = event.filter(|event| event.kind == EventKind::Erase) else { return };
            let id = event.shopper();
            let named = event.message_id.as_deref().and_then(|id| id.strip_prefix(PREFIX)?.rsplit_once('-'));
            if let (Some((receipt, at)), Some(id)) = (named, id)
                && let Ok(at) = at.parse()
            {
                let one = found.entry(receipt.to_owned()).or_default();
                one.requested_at = event.received_at.or(event.time);
                one.ids.insert(at, id);
            }
        })?;
    }
    for (receipt, Found { requested_at, ids }) in found {
        if matches!(erasures.get(&receipt), Ok(Some(_))) {
            continue;
        }
        let whole = ids.keys().copied().eq(0..ids.len());
        if whole {
            tracing::warn!("erasures/{receipt}.json is missing or damaged; it is made again from the journal");
            erasures.request(receipt, requested_at.unwrap_or(now), ids.into_values().collect())?;
        }
    }
    Ok(())
}
