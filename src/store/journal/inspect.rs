//! Looks at one segment: every frame checked, and what is in it counted.

use std::path::Path;

use jiff::Timestamp;
use tastemaker_index::event::Event;

use super::segment::{HEADER_BYTES, Segment};
use crate::store::error::{Result, StoreError};

/// What a segment holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Its length, in bytes.
    pub bytes: u64,
    /// Events in it.
    pub events: u64,
    /// Events that were in it and are removed.
    pub redacted: u64,
    /// Bytes at the end that an interrupted write left; only in a last segment.
    pub torn_bytes: u64,
    /// When the earliest event happened.
    pub first: Option<Timestamp>,
    /// When the latest event happened.
    pub last: Option<Timestamp>,
}

/// Reads a segment; `last` when no other follows it.
///
/// # Errors
/// [`StoreError::Corrupt`] naming file and offset, or what the system said.
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
