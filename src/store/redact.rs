//! Removal of events from the journal and its Parquet copy: the events of erased persons up to their `erase`
//! event, and events older than the retention. A reindex runs it while a server may be appending; only closed
//! segments are touched, and the server closes the segment after every erasure. An impression from before an
//! erasure may be written after it; it is removed by its time.
//!
//! A removed frame is blanked in its place, so every position stays valid. The new content of a segment is
//! written to a temporary file, synced and renamed; the manifest of its Parquet copy is removed before and
//! the copy written again after. Another person's event on an erased device stays, without the device id.
//!
//! An erasure is complete only when nothing of it is left. The order is:
//!
//! 1. its `erase` events are in closed segments, and the profiles are durable up to there, so that no crash
//!    brings a removed profile back;
//! 2. the receipt records the positions up to which events go, because step 3 removes the `erase` events too;
//!    from now on a restarted server does not repeat them;
//! 3. segments and copies are rewritten;
//! 4. all of them are read again and checked;
//! 5. the receipt is marked complete and its ids are dropped.
//!
//! After a stop at any point, the next run starts again and finds less to do.
//!
//! Leading segments without events are deleted, except the last two and those the profiles have not passed: a
//! reader may find the journal's beginning gone, but never the position at which it stopped. Consent and
//! preferences have no retention, as in the profiles.

mod forgotten;
mod rebuild;
pub(in crate::store) mod rewrite;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::event::EventKind;

pub use self::forgotten::Forgotten;
use self::forgotten::{RemovalVerdict, visit};
use self::rewrite::{replace, rewrite};
use super::archive::{Archive, sealed};
use super::erasures::{Erasures, Receipt};
use super::error::{Result, StoreError};
use super::folder::DataFolder;
use super::journal::segment::{self, Segment};
use super::journal::{Position, chain};

/// Segments at the end that are retained even if they are empty.
const RETAINED_AT_END: usize = 2;

/// The result of a removal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redacted {
    /// Receipts of erasures completed by this run.
    pub completed: Vec<String>,
    /// Receipts of erasures that wait for the next run.
    pub waiting: Vec<String>,
    /// Number of removed events.
    pub events: u64,
    /// Segments deleted because they had no events left.
    pub deleted: Vec<u64>,
}

/// Removes due events. `durable` is the journal position up to which the profiles are durable, `before_ms`
/// the Unix time in milliseconds before which events are removed. The caller holds the reindex lock.
///
/// # Errors
/// Damage in the journal, or a system error; then this run completed no erasure.
pub fn run(folder: &DataFolder, durable: Position, now: Timestamp, before_ms: Option<i64>) -> Result<Redacted> {
    let erasures = Erasures::of(folder);
    let journal = folder.journal();
    erasures.tidy(now)?;
    rebuild::receipts(&erasures, &journal, now)?;
    let archive = Archive::open(folder)?;
    rewrite::tidy(&journal)?;
    // Segments closed later are left to the next run.
    let closed = sealed(&journal)?;
    let (ready, waiting) = begin_erasures(&erasures, &journal, &closed, durable)?;
    let mut redacted = Redacted { waiting, ..Redacted::default() };
    let mut forgotten = Forgotten::before(before_ms);
    for receipt in &ready {
        let requested_ms = receipt.requested_at.as_millisecond();
        receipt.ids.iter().zip(&receipt.through).for_each(|(id, at)| forgotten.forget(id.clone(), *at, requested_ms));
    }
    if forgotten.is_nothing() {
        return Ok(redacted);
    }
    rewrite::remove_damaged(&journal)?;
    let reached: Vec<u64> = closed.into_iter().filter(|&number| forgotten.reaches(number)).collect();
    // Step 3: from here on removed events are gone, and a stop leaves less for the next run.
    let empty = rewrite_segments(&journal, &archive, &reached, &forgotten, &mut redacted)?;
    archive.catch_up(false)?;
    redacted.deleted = delete_leading(&journal, &archive, &empty, durable)?;
    let left: Vec<u64> = reached.into_iter().filter(|number| !redacted.deleted.contains(number)).collect();
    // Step 4: read again what was written.
    check_removed(&journal, &archive, &left, &forgotten)?;
    if names_in_open(&journal, &forgotten)? {
        redacted.waiting.extend(ready.into_iter().map(|receipt| receipt.receipt));
        return Ok(redacted);
    }
    for receipt in ready {
        redacted.completed.push(receipt.receipt.clone());
        erasures.complete(receipt, now)?;
    }
    Ok(redacted)
}

/// Records, durably, the positions of every pending erasure that can be carried out. Returns the receipts that
/// have their positions, and the ids of those that must wait.
fn begin_erasures(
    erasures: &Erasures,
    journal: &Path,
    closed: &[u64],
    durable: Position,
) -> Result<(Vec<Receipt>, Vec<String>)> {
    let pending = erasures.pending()?;
    let erase_ends = if pending.iter().any(|receipt| receipt.through.is_empty()) {
        erase_events(journal, closed)?
    } else {
        EraseEnds::new()
    };
    let (mut ready, mut waiting) = (Vec::new(), Vec::new());
    for mut receipt in pending {
        if receipt.through.is_empty() {
            match through(&receipt, &erase_ends).filter(|through| through.iter().all(|through| *through <= durable)) {
                Some(through) => erasures.begin(&mut receipt, through)?,
                None => {
                    waiting.push(receipt.receipt);
                    continue;
                }
            }
        }
        ready.push(receipt);
    }
    Ok((ready, waiting))
}

/// Rewrites the segments that contain events to remove, each after its copy's manifest was removed. Returns the
/// numbers of segments without any event left.
fn rewrite_segments(
    journal: &Path,
    archive: &Archive,
    numbers: &[u64],
    forgotten: &Forgotten,
    redacted: &mut Redacted,
) -> Result<Vec<u64>> {
    let mut empty = Vec::new();
    for &number in numbers {
        let segment = Segment::load(journal, number, false)?;
        chain::check_content(journal, number, segment.raw())?;
        let rewritten = rewrite(&segment, forgotten)?;
        if let Some(bytes) = rewritten.bytes {
            archive.remove_manifest(number)?;
            replace(journal, number, &bytes)?;
            redacted.events += rewritten.removed;
        }
        if rewritten.left == 0 {
            empty.push(number);
        }
    }
    Ok(empty)
}

/// The position behind each `erase` event in a closed segment, by message id; of repeated ones the last.
type EraseEnds = HashMap<String, Position>;

fn erase_events(journal: &Path, closed: &[u64]) -> Result<EraseEnds> {
    let mut erase_ends = EraseEnds::new();
    for &number in closed {
        visit(&Segment::load(journal, number, false)?, |_, head, position| {
            if head.kind == EventKind::Erase {
                erase_ends.insert(head.message_id.as_deref().unwrap_or_default().to_owned(), position);
            }
            Ok(())
        })?;
    }
    Ok(erase_ends)
}

/// The positions up to which the events of a receipt's ids are removed; absent while an `erase` event is
/// missing.
fn through(receipt: &Receipt, erase_ends: &EraseEnds) -> Option<Vec<Position>> {
    (0..receipt.ids.len()).map(|at| erase_ends.get(&receipt.message_id(at)).copied()).collect()
}

/// Deletes leading segments without events.
fn delete_leading(journal: &Path, archive: &Archive, empty: &[u64], durable: Position) -> Result<Vec<u64>> {
    let numbers = segment::list(journal)?;
    let candidates = numbers[..numbers.len().saturating_sub(RETAINED_AT_END)].iter();
    let leading = candidates.take_while(|&number| empty.contains(number) && *number < durable.segment);
    let deleted: Vec<u64> = leading.copied().collect();
    for &number in &deleted {
        // The copy first: it must not outlive the events it was made from.
        archive.clear(number)?;
        // Durable one by one, so that a crash leaves no gap in the numbers.
        chain::delete(journal, number)?;
    }
    Ok(deleted)
}

/// Reads all segments and copies that may have contained removed events again.
///
/// # Errors
/// Damage in the file that still contains one of them.
fn check_removed(journal: &Path, archive: &Archive, numbers: &[u64], forgotten: &Forgotten) -> Result<()> {
    let left = |path: &Path, detail: &str| StoreError::corrupt(path, 0, detail);
    for &number in numbers {
        let path = segment::path(journal, number);
        let segment = Segment::load(journal, number, false)?;
        let mut rows = 0;
        visit(&segment, |frame, head, position| {
            if forgotten.verdict(head, position) != RemovalVerdict::Stays {
                return Err(left(&path, "it still has events that were to be removed"));
            }
            if head.kind != EventKind::Erase && forgotten.is_named_in(head) {
                rows += rows_of(frame.payload);
            }
            Ok(())
        })?;
        if !forgotten.names_somebody(number) {
            continue;
        }
        let rows_naming = || archive.rows_naming(number, &|user, device| forgotten.names(user, device));
        // A damaged copy is made again; the journal is the source.
        let copied = rows_naming().or_else(|_| archive.copy(number).and_then(|_| rows_naming()))?;
        if copied != Some(rows) {
            return Err(left(&path, "its copy in the archive differs from it"));
        }
    }
    Ok(())
}

/// True if the open segment contains an event to remove: an impression from before an erasure, written late.
fn names_in_open(journal: &Path, forgotten: &Forgotten) -> Result<bool> {
    let Some(number) = segment::list(journal)?.pop().filter(|&number| forgotten.names_somebody(number)) else {
        return Ok(false);
    };
    let mut found = false;
    visit(&Segment::load(journal, number, true)?, |_, head, position| {
        found |= forgotten.is_named_in(head) && forgotten.verdict(head, position) != RemovalVerdict::Stays;
        Ok(())
    })?;
    Ok(found)
}

/// True if the open segment contains events from before a time, in Unix milliseconds. Only closed segments lose events,
/// so it must be closed first.
///
/// # Errors
/// Damage in the segment, or a system error.
pub fn expired_in_open(journal: &Path, before_ms: i64) -> Result<bool> {
    let Some(number) = segment::list(journal)?.pop() else { return Ok(false) };
    let forgotten = Forgotten::before(Some(before_ms));
    let mut found = false;
    visit(&Segment::load(journal, number, true)?, |_, head, position| {
        found |= forgotten.verdict(head, position) == RemovalVerdict::Goes;
        Ok(())
    })?;
    Ok(found)
}

/// The rows of an event in the archive.
fn rows_of(payload: &[u8]) -> u64 {
    let event: Option<tastemaker_index::event::Event> = serde_json::from_slice(payload).ok();
    event.map_or(0, |event| event.products.len().max(1) as u64)
}
