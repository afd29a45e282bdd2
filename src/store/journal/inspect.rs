//! Inspection of one segment: checks every frame and counts the events.

use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::event::Event;

use super::segment::{self, HEADER_BYTES, Segment};
use crate::store::error::{Result, StoreError};

/// The content of a segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Length in bytes.
    pub bytes: u64,
    /// Number of events.
    pub events: u64,
    /// Number of removed events.
    pub redacted: u64,
    /// Bytes at the end left by an interrupted write; 0 except in a last segment.
    pub torn_bytes: u64,
    /// Time of the earliest event.
    pub first: Option<Timestamp>,
    /// Time of the latest event.
    pub last: Option<Timestamp>,
}

/// The time of receipt of the newest event, or its own time if it has none; absent in an empty journal.
///
/// # Errors
/// As for [`inspect`].
pub fn newest_event(folder: &Path) -> Result<Option<Timestamp>> {
    let numbers = segment::list(folder)?;
    for &number in numbers.iter().rev() {
        let mut newest = None;
        Segment::load(folder, number, numbers.last() == Some(&number))?.for_each(|frame| {
            let event: Option<Event> = serde_json::from_slice(frame.payload).ok();
            newest = event.and_then(|event| event.received_at.or(event.time)).into_iter().chain(newest).max();
        })?;
        if newest.is_some() {
            return Ok(newest);
        }
    }
    Ok(None)
}

/// Reads a segment; `last` if no other follows it.
///
/// # Errors
/// [`StoreError::Corrupt`] with file and offset, or a system error.
pub fn inspect(folder: &Path, number: u64, last: bool) -> Result<Inspected> {
    let segment = Segment::load(folder, number, last)?;
    let mut inspected = Inspected { bytes: segment.bytes(), ..Inspected::default() };
    let mut offset = HEADER_BYTES.min(segment.bytes());
    while let Some((frame, after)) = segment.frame_at(offset)? {
        if frame.is_redacted() {
            inspected.redacted += 1;
        } else {
            let event: Event = serde_json::from_slice(frame.payload).map_err(|error| {
                StoreError::corrupt(segment.path(), offset, format!("the event cannot be read: {error}"))
            })?;
            let time = event.time.or(event.received_at);
            inspected.events += 1;
            inspected.first = time.into_iter().chain(inspected.first).min();
            inspected.last = time.into_iter().chain(inspected.last).max();
        }
        offset = after;
    }
    inspected.torn_bytes = segment.bytes() - offset;
    Ok(inspected)
}
