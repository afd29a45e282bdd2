//! Removes from the journal and its copy what is to be forgotten: what persons
//! did who asked for it, up to the `erase` event that says so, and what is older
//! than is kept. A reindex calls it, while a server may go on writing: only
//! closed segments are touched, and a segment ends with every erasure.
//!
//! What was shown before an erasure may be written after it, off the request's
//! path; it goes by when it was shown.
//!
//! A frame that goes is blanked in its place, so that every position stays
//! valid. A segment's new content is written beside it, synced, and renamed over
//! it; its Parquet copy is disowned before and written anew after. What another
//! person did on a device that is forgotten stays, without naming the device.
//!
//! An erasure is complete only once nothing of it is left, in this order:
//!
//! 1. its `erase` events are in closed segments, and the profiles are on disk
//!    up to there, so that a removed profile cannot come back from a crash;
//! 2. up to where events go is noted in the receipt, since 3 removes the
//!    `erase` events too; from now on a restarted server does not repeat them;
//! 3. segments and copies are rewritten;
//! 4. all of them are read again;
//! 5. the receipt says so, and names nobody any more.
//!
//! Stopped anywhere, the next run begins again and finds less to do.
//!
//! Leading segments in which nothing is left are deleted, except the last two
//! and those the profiles are not past: a reader may find the beginning gone,
//! but never the place where it stopped. What shoppers stated (consent,
//! preferences) does not age, as in their profiles.

mod forgotten;
pub(in crate::store) mod rewrite;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::event::EventKind;

pub use self::forgotten::Forgotten;
use self::forgotten::{Verdict, visit};
use self::rewrite::{replace, rewrite};
use super::archive::{Archive, sealed};
use super::disk::sync_folder;
use super::erasures::{Erasures, Receipt};
use super::error::{Result, StoreError};
use super::folder::DataFolder;
use super::journal::Position;
use super::journal::segment::{self, Segment};

/// Segments at the end that stay even when they are empty.
const KEPT_AT_END: usize = 2;

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redacted {
    /// Receipts of erasures that are complete now.
    pub completed: Vec<String>,
    /// Receipts of those that must wait for the next run.
    pub waiting: Vec<String>,
    /// Events removed.
    pub events: u64,
    /// Segments deleted because nothing was left in them.
    pub deleted: Vec<u64>,
}

/// Removes what is to be forgotten. `durable` is the journal position up to which the profiles are
/// on disk, `before_ms` the Unix time in milliseconds before which events go. The caller holds the
/// reindex lock.
///
/// # Errors
/// Damage in the journal, or what the system said; no erasure is complete then that was not before.
pub fn run(folder: &DataFolder, durable: Position, now: Timestamp, before_ms: Option<i64>) -> Result<Redacted> {
    let erasures = Erasures::of(folder);
    let journal = folder.journal();
    erasures.tidy(now)?;
    let archive = Archive::open(folder)?;
    rewrite::tidy(&journal)?;
    let mut redacted = Redacted::default();
    let mut forgotten = Forgotten::before(before_ms);
    let mut ready = Vec::new();
    let pending = erasures.pending()?;
    // What is closed later is for the next run.
    let closed = sealed(&journal)?;
    let said = if pending.iter().any(|receipt| receipt.through.is_empty()) {
        erase_events(&journal, &closed)?
    } else {
        Said::new()
    };
    for mut receipt in pending {
        if receipt.through.is_empty() {
            match through(&receipt, &said).filter(|through| through.iter().all(|through| *through <= durable)) {
                Some(through) => erasures.begin(&mut receipt, through)?,
                None => {
                    redacted.waiting.push(receipt.receipt);
                    continue;
                }
            }
        }
        let asked_ms = receipt.requested_at.as_millisecond();
        receipt.ids.iter().zip(&receipt.through).for_each(|(id, at)| forgotten.forget(id.clone(), *at, asked_ms));
        ready.push(receipt);
    }
    if forgotten.is_nothing() {
        return Ok(redacted);
    }
    let mut empty = Vec::new();
    let reached: Vec<u64> = closed.into_iter().filter(|&number| forgotten.reaches(number)).collect();
    for &number in &reached {
        let rewritten = rewrite(&Segment::load(&journal, number, false)?, &forgotten)?;
        if let Some(bytes) = rewritten.bytes {
            archive.disown(number)?;
            replace(&journal, number, &bytes)?;
            redacted.events += rewritten.removed;
        }
        if rewritten.left == 0 {
            empty.push(number);
        }
    }
    archive.catch_up(false)?;
    redacted.deleted = delete_leading(&journal, &archive, &empty, durable)?;
    let left: Vec<u64> = reached.into_iter().filter(|number| !redacted.deleted.contains(number)).collect();
    prove(&journal, &archive, &left, &forgotten)?;
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

/// Where each `erase` event in a closed segment ends, the last of a name, by message id.
type Said = HashMap<String, Position>;

fn erase_events(journal: &Path, closed: &[u64]) -> Result<Said> {
    let mut said = Said::new();
    for &number in closed {
        visit(&Segment::load(journal, number, false)?, |_, named, position| {
            if named.kind == EventKind::Erase {
                said.insert(named.message_id.as_deref().unwrap_or_default().to_owned(), position);
            }
            Ok(())
        })?;
    }
    Ok(said)
}

/// Up to where the events of each id of a receipt go; nothing while an `erase` event is missing.
fn through(receipt: &Receipt, said: &Said) -> Option<Vec<Position>> {
    (0..receipt.ids.len()).map(|at| said.get(&receipt.message_id(at)).copied()).collect()
}

/// Deletes segments in which nothing is left, as long as they are the first.
fn delete_leading(journal: &Path, archive: &Archive, empty: &[u64], durable: Position) -> Result<Vec<u64>> {
    let numbers = segment::list(journal)?;
    let candidates = numbers[..numbers.len().saturating_sub(KEPT_AT_END)].iter();
    let leading = candidates.take_while(|&number| empty.contains(number) && *number < durable.segment);
    let deleted: Vec<u64> = leading.copied().collect();
    for &number in &deleted {
        archive.clear(number)?;
        let path = segment::path(journal, number);
        fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        // One at a time, so that after a crash no number is missing in between.
        sync_folder(journal).map_err(StoreError::io("sync", journal))?;
    }
    Ok(deleted)
}

/// Reads everything that may have held what was forgotten again.
///
/// # Errors
/// Names the file that still holds some of it.
fn prove(journal: &Path, archive: &Archive, numbers: &[u64], forgotten: &Forgotten) -> Result<()> {
    let left = |path: &Path, detail: &str| StoreError::corrupt(path, 0, detail);
    for &number in numbers {
        let path = segment::path(journal, number);
        let segment = Segment::load(journal, number, false)?;
        let mut rows = 0;
        visit(&segment, |frame, named, position| {
            if forgotten.verdict(named, position) != Verdict::Stays {
                return Err(left(&path, "it still holds what was to be removed"));
            }
            if named.kind != EventKind::Erase && forgotten.is_named_in(named) {
                rows += rows_of(frame.payload);
            }
            Ok(())
        })?;
        if !forgotten.names_somebody(number) {
            continue;
        }
        let copied = archive.rows_naming(number, &|user, device| forgotten.names(user, device))?;
        if copied != Some(rows) {
            return Err(left(&path, "its copy in the archive does not say the same"));
        }
    }
    Ok(())
}

/// Whether the segment still written to holds something of who is to be forgotten, shown before and
/// written late.
fn names_in_open(journal: &Path, forgotten: &Forgotten) -> Result<bool> {
    let Some(number) = segment::list(journal)?.pop().filter(|&number| forgotten.names_somebody(number)) else {
        return Ok(false);
    };
    let mut found = false;
    visit(&Segment::load(journal, number, true)?, |_, named, position| {
        found |= forgotten.is_named_in(named) && forgotten.verdict(named, position) != Verdict::Stays;
        Ok(())
    })?;
    Ok(found)
}

/// Rows the copy has of an event that stays.
fn rows_of(payload: &[u8]) -> u64 {
    let event: Option<tastemaker_index::event::Event> = serde_json::from_slice(payload).ok();
    event.map_or(0, |event| event.products.len().max(1) as u64)
}
