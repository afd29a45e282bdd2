//! Rewriting one closed segment: removed events are blanked, and every frame retains its offset and length.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tastemaker_index::event::Event;

use super::forgotten::{Forgotten, RemovalVerdict, head_of};
use crate::store::disk::publish;
use crate::store::error::{Result, StoreError};
use crate::store::journal::segment::{self, HEADER_BYTES, Segment};
use crate::store::journal::{Position, chain};

/// The new content of a segment.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    /// All bytes; absent if nothing changes.
    pub(super) bytes: Option<Vec<u8>>,
    /// Number of removed events.
    pub(super) removed: u64,
    /// Number of remaining events.
    pub(super) left: u64,
}

/// The content of a segment without the events to remove.
pub(super) fn rewrite(segment: &Segment, forgotten: &Forgotten) -> Result<Rewritten> {
    let mut rewritten = Rewritten::default();
    let mut bytes = segment::header(segment.number);
    let mut offset = HEADER_BYTES;
    let mut changed = false;
    while let Some((frame, after)) = segment.frame_at(offset)? {
        let position = Position { segment: segment.number, offset: after };
        let verdict = match frame.is_redacted() {
            true => RemovalVerdict::Stays,
            false => forgotten.verdict(&head_of(segment, offset, &frame)?, position),
        };
        let reduced = match verdict {
            RemovalVerdict::Stays | RemovalVerdict::Goes => None,
            loses => frame.reduced(reduced(segment, offset, frame.payload, loses)?),
        };
        match (verdict, reduced) {
            (RemovalVerdict::Stays, _) => {
                bytes.extend_from_slice(&segment.raw()[offset as usize..after as usize]);
                rewritten.left += u64::from(!frame.is_redacted());
            }
            // A frame that cannot be shortened in its place is removed as a whole, by the last arm.
            (_, Some(reduced)) => {
                bytes.extend_from_slice(&reduced);
                rewritten.left += 1;
                changed = true;
            }
            _ => {
                bytes.extend_from_slice(&frame.redacted());
                rewritten.removed += 1;
                changed = true;
            }
        }
        offset = after;
    }
    rewritten.bytes = changed.then_some(bytes);
    Ok(rewritten)
}

/// An event without what it loses.
fn reduced(segment: &Segment, offset: u64, payload: &[u8], loses: RemovalVerdict) -> Result<Vec<u8>> {
    let reduced = serde_json::from_slice::<Event>(payload).and_then(|mut event| {
        if matches!(loses, RemovalVerdict::LosesDevice | RemovalVerdict::LosesBoth) {
            event.anonymous_id = None;
        }
        if matches!(loses, RemovalVerdict::LosesProperties | RemovalVerdict::LosesBoth) {
            event.properties = None;
        }
        serde_json::to_vec(&event)
    });
    reduced.map_err(|error| StoreError::corrupt(segment.path(), offset, format!("the event cannot be read: {error}")))
}

/// Path of the temporary file of a segment.
fn temporary(folder: &Path, number: u64) -> PathBuf {
    segment::path(folder, number).with_extension("journal.tmp")
}

/// Replaces a closed segment durably, in one rename: after a stop it has its old or its new content.
pub(in crate::store) fn replace(folder: &Path, number: u64, bytes: &[u8]) -> Result<()> {
    let (temporary, target) = (temporary(folder, number), segment::path(folder, number));
    chain::replacing(folder, number, bytes, || {
        File::create(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| publish(&temporary, &target))
            .map_err(StoreError::io("write", &target))
    })
}

/// Removes the temporary files of an interrupted run.
pub(in crate::store) fn tidy(folder: &Path) -> Result<()> {
    remove_ending(folder, "tmp")
}

/// Removes damaged files that a salvage left aside: they may hold what is to be removed.
pub(super) fn remove_damaged(folder: &Path) -> Result<()> {
    remove_ending(folder, "damaged")
}

fn remove_ending(folder: &Path, removed: &str) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let path = entry.map_err(StoreError::io("read", folder))?.path();
        if path.extension().is_some_and(|ending| ending == removed) {
            fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
    }
    Ok(())
}
