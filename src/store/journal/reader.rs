//! Reading a journal in order, by the server at its start or by another process while the server appends. A
//! reader sees the segments that exist when it begins, and ends without an error at a frame that is not
//! complete yet.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use tastemaker_index::event::Event;

use super::Position;
use super::chain::{SegmentChain, check_content};
use super::segment::{self, HEADER_BYTES, Segment};
use crate::store::error::{Result, StoreError};

/// One event of a journal, or one item of another type.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry<T = Event> {
    /// The position behind the event, to continue from.
    pub position: Position,
    /// The event.
    pub event: T,
}

/// The items of a journal from a position on, oldest first. The iterator ends after an error.
#[derive(Debug)]
pub struct Entries<T = Event> {
    folder: PathBuf,
    /// The chain as it was at the beginning.
    chain: Option<SegmentChain>,
    numbers: std::vec::IntoIter<u64>,
    last: Option<u64>,
    current: Option<Segment>,
    offset: u64,
    done: bool,
    item: PhantomData<fn() -> T>,
}

/// Reads the journal in `folder` from position `from`; [`Position::START`] for all of it.
///
/// # Errors
/// [`StoreError::Corrupt`] if events at or after `from` are missing.
pub fn read_from(folder: &Path, from: Position) -> Result<Entries> {
    read_items(folder, from)
}

/// [`read_from`] for a journal of another type than events.
pub fn read_items<T: DeserializeOwned>(folder: &Path, from: Position) -> Result<Entries<T>> {
    let numbers = segment::list(folder)?;
    let (first, last) = (numbers.first().copied(), numbers.last().copied());
    // A position before all segments is the start. A position in the segment just before the first one is
    // valid too: it was reached before older segments were removed.
    if from.segment > 0 && first.is_none_or(|first| from.segment + 1 < first) {
        return Err(missing(folder, from));
    }
    if last.is_none_or(|last| from.segment > last) && from.segment > 0 {
        return Err(missing(folder, from));
    }
    let numbers: Vec<u64> = numbers.into_iter().filter(|&number| number >= from.segment).collect();
    let starts_inside = numbers.first() == Some(&from.segment);
    let mut entries = Entries {
        folder: folder.to_path_buf(),
        chain: SegmentChain::read(folder)?,
        numbers: numbers.into_iter(),
        last,
        current: None,
        offset: HEADER_BYTES,
        done: false,
        item: PhantomData,
    };
    if starts_inside {
        entries.next_segment()?;
        entries.offset = from.offset.max(HEADER_BYTES);
        let bytes = entries.current.as_ref().map_or(0, Segment::bytes);
        if from.offset > bytes.max(HEADER_BYTES) {
            return Err(missing(folder, from));
        }
    }
    Ok(entries)
}

fn missing(folder: &Path, from: Position) -> StoreError {
    let path = segment::path(folder, from.segment);
    StoreError::corrupt(&path, from.offset, "the journal no longer has this position, which was read before")
}

impl<T: DeserializeOwned> Entries<T> {
    /// Opens the next segment; false if there is none.
    fn next_segment(&mut self) -> Result<bool> {
        let Some(number) = self.numbers.next() else { return Ok(false) };
        let segment = Segment::load(&self.folder, number, Some(number) == self.last)?;
        // A segment may be rewritten after the chain was read; then the chain as it is now decides.
        if self.chain.as_ref().is_some_and(|chain| !chain.holds(number, segment.raw())) {
            check_content(&self.folder, number, segment.raw())?;
        }
        self.current = Some(segment);
        self.offset = HEADER_BYTES;
        Ok(true)
    }

    fn advance(&mut self) -> Result<Option<JournalEntry<T>>> {
        loop {
            if let Some(segment) = &self.current
                && let Some((frame, after)) = segment.frame_at(self.offset)?
            {
                if frame.is_redacted() {
                    self.offset = after;
                    continue;
                }
                let event = serde_json::from_slice(frame.payload).map_err(|error| {
                    StoreError::corrupt(segment.path(), self.offset, format!("the entry cannot be read: {error}"))
                })?;
                self.offset = after;
                return Ok(Some(JournalEntry { position: Position { segment: segment.number, offset: after }, event }));
            }
            if !self.next_segment()? {
                return Ok(None);
            }
        }
    }
}

impl<T: DeserializeOwned> Iterator for Entries<T> {
    type Item = Result<JournalEntry<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.advance().transpose();
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}
