//! The events to remove from the journal: those of an id up to its erasure, and those older than the
//! retention.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use crate::store::error::{Result, StoreError};
use crate::store::journal::frame::Frame;
use crate::store::journal::segment::{self, HEADER_BYTES, Segment};
use crate::store::journal::{JournalEntry, Position};

/// The fields of an event that decide about its removal.
#[derive(Debug, Deserialize)]
pub(super) struct EventHead<'a> {
    #[serde(rename = "type")]
    pub(super) kind: EventKind,
    #[serde(default, borrow)]
    pub(super) message_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    user_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    anonymous_id: Option<Cow<'a, str>>,
    #[serde(default)]
    time: Option<Timestamp>,
    #[serde(default)]
    received_at: Option<Timestamp>,
    #[serde(default, borrow)]
    properties: Option<&'a RawValue>,
}

impl EventHead<'_> {
    /// The id the event belongs to.
    pub(super) fn shopper(&self) -> Option<ShopperId> {
        ShopperId::from_parts(self.user_id.as_deref(), self.anonymous_id.as_deref())
    }

    fn time_ms(&self) -> i64 {
        self.time.or(self.received_at).map_or(0, Timestamp::as_millisecond)
    }

    fn received_ms(&self) -> i64 {
        self.received_at.or(self.time).map_or(0, Timestamp::as_millisecond)
    }
}

/// The decision about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RemovalVerdict {
    /// The event stays.
    Stays,
    /// The event is removed.
    Goes,
    /// The event belongs to another shopper and stays, without its device id.
    LosesDevice,
    /// The event belongs to another shopper and stays, without its properties, which name an erased id.
    LosesProperties,
    /// Both.
    LosesBoth,
}

/// The limits up to which an id's events are removed.
#[derive(Debug, Clone, Copy)]
struct Through {
    position: Position,
    /// Impressions received until then, in Unix milliseconds, are removed at any position: they are queued
    /// apart from requests and may be written after the erasure.
    shown_ms: i64,
}

/// The ids and times whose events are removed.
#[derive(Debug, Clone, Default)]
pub struct Forgotten {
    /// The limits of each erased id.
    through: HashMap<ShopperId, Through>,
    /// Unix time in milliseconds before which events are removed.
    before_ms: Option<i64>,
}

impl Forgotten {
    /// Every erasure in the journal, already carried out or not.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn of_journal(folder: &Path) -> Result<Self> {
        let mut forgotten = Self::default();
        let numbers = segment::list(folder)?;
        for &number in &numbers {
            visit(&Segment::load(folder, number, numbers.last() == Some(&number))?, |_, head, position| {
                if head.kind == EventKind::Erase
                    && let Some(id) = head.shopper()
                {
                    forgotten.forget(id, position, head.received_ms());
                }
                Ok(())
            })?;
        }
        Ok(forgotten)
    }

    /// True if an event is older than the retention. Stated preferences outlive interactions, as in the profile; an
    /// `erase` event stays until it is carried out.
    fn is_expired(&self, kind: EventKind, time_ms: i64) -> bool {
        let ages = !matches!(kind, EventKind::Consent | EventKind::Preferences | EventKind::Erase);
        ages && self.before_ms.is_some_and(|before_ms| time_ms < before_ms)
    }

    /// True if an event is not older than the retention.
    pub fn is_young(&self, event: &Event) -> bool {
        !self.is_expired(event.kind, event.time_ms())
    }

    /// Only the removal of events before a time.
    pub fn before(before_ms: Option<i64>) -> Self {
        Self { before_ms, ..Self::default() }
    }

    /// Adds an id: its events up to a position, and impressions received up to a time.
    pub(super) fn forget(&mut self, id: ShopperId, position: Position, shown_ms: i64) {
        let limits = self.through.entry(id).or_insert(Through { position, shown_ms });
        limits.position = position.max(limits.position);
        limits.shown_ms = shown_ms.max(limits.shown_ms);
    }

    /// True if no event is to be removed.
    pub(super) fn is_nothing(&self) -> bool {
        self.through.is_empty() && self.before_ms.is_none()
    }

    /// True if events of the segment may be removed.
    pub(super) fn reaches(&self, segment: u64) -> bool {
        self.before_ms.is_some() || self.names_somebody(segment)
    }

    /// True if the segment may contain events of an erased id.
    pub(super) fn names_somebody(&self, segment: u64) -> bool {
        // One segment more, for impressions written late.
        self.through.values().any(|through| through.position.segment + 1 >= segment)
    }

    /// True if an event of an id is removed; `shown_ms` is the time of receipt of an impression.
    fn covers(&self, id: &ShopperId, position: Position, shown_ms: Option<i64>) -> bool {
        self.through.get(id).is_some_and(|through| {
            position <= through.position || shown_ms.is_some_and(|shown_ms| shown_ms <= through.shown_ms)
        })
    }

    /// True if a row has an erased id, at any position of the journal.
    pub(super) fn names(&self, user_id: Option<&str>, anonymous_id: Option<&str>) -> bool {
        let is_erased = |id: Option<ShopperId>| id.is_some_and(|id| self.through.contains_key(&id));
        is_erased(ShopperId::from_parts(user_id, None)) || is_erased(ShopperId::from_parts(None, anonymous_id))
    }

    /// [`Self::names`] for the fields of an event.
    pub(super) fn is_named_in(&self, head: &EventHead<'_>) -> bool {
        self.names(head.user_id.as_deref(), head.anonymous_id.as_deref())
    }

    /// The decision about the event that ends at a position.
    pub(super) fn verdict(&self, head: &EventHead<'_>, position: Position) -> RemovalVerdict {
        let shown_ms = (head.kind == EventKind::Impression).then(|| head.received_ms());
        if head.shopper().is_some_and(|shopper| self.covers(&shopper, position, shown_ms)) {
            return RemovalVerdict::Goes;
        }
        if self.is_expired(head.kind, head.time_ms()) {
            return RemovalVerdict::Goes;
        }
        let device = ShopperId::from_parts(None, head.anonymous_id.as_deref());
        let loses_device = device.is_some_and(|device| self.covers(&device, position, shown_ms));
        match (loses_device, self.is_mentioned(head, position)) {
            (true, true) => RemovalVerdict::LosesBoth,
            (true, false) => RemovalVerdict::LosesDevice,
            (false, true) => RemovalVerdict::LosesProperties,
            (false, false) => RemovalVerdict::Stays,
        }
    }

    /// True if the properties of an event from before an erasure name the erased id.
    fn is_mentioned(&self, head: &EventHead<'_>, position: Position) -> bool {
        head.properties.is_some_and(|properties| self.names_within(properties.get(), position))
    }

    /// True if a text of JSON from before an erasure names the erased id.
    fn names_within(&self, json: &str, position: Position) -> bool {
        let erased = self.through.iter().filter(|(_, through)| position <= through.position);
        erased.into_iter().any(|(ShopperId::User(id) | ShopperId::Anonymous(id), _)| names(json, id))
    }

    /// The part of an event that may still be disclosed; absent for removed events and for erasures.
    pub fn remaining(&self, entry: JournalEntry) -> Option<Event> {
        let JournalEntry { position, mut event } = entry;
        let shown_ms = (event.kind == EventKind::Impression).then(|| event.received_ms());
        if event.kind == EventKind::Erase || event.shopper().is_some_and(|id| self.covers(&id, position, shown_ms)) {
            return None;
        }
        let device = ShopperId::from_parts(None, event.anonymous_id.as_deref());
        if device.is_some_and(|device| self.covers(&device, position, shown_ms)) {
            event.anonymous_id = None;
        }
        let properties = event.properties.as_ref().and_then(|properties| serde_json::to_string(properties).ok());
        if properties.is_some_and(|json| self.names_within(&json, position)) {
            event.properties = None;
        }
        Some(event)
    }
}

/// The shortest id that counts as named within a text, in characters; a shorter one must be the whole text.
const SHORTEST_WITHIN: usize = 4;

/// True if a text of JSON has an id as a whole word, or, if the id is short, as a whole text.
fn names(json: &str, id: &str) -> bool {
    let Ok(quoted) = serde_json::to_string(id) else { return false };
    if id.chars().count() < SHORTEST_WITHIN {
        return json.contains(&quoted);
    }
    let written = &quoted[1..quoted.len() - 1];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    json.match_indices(written).any(|(at, _)| {
        let before = json[..at].chars().next_back();
        let after = json[at + written.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Visits every event of a segment with the position behind it.
pub(super) fn visit(
    segment: &Segment,
    mut visit: impl FnMut(&Frame<'_>, &EventHead<'_>, Position) -> Result<()>,
) -> Result<()> {
    let mut offset = HEADER_BYTES;
    while let Some((frame, after)) = segment.frame_at(offset)? {
        if !frame.is_redacted() {
            let head = head_of(segment, offset, &frame)?;
            visit(&frame, &head, Position { segment: segment.number, offset: after })?;
        }
        offset = after;
    }
    Ok(())
}

/// Reads the deciding fields of a frame's event.
pub(super) fn head_of<'a>(segment: &Segment, offset: u64, frame: &Frame<'a>) -> Result<EventHead<'a>> {
    serde_json::from_slice(frame.payload)
        .map_err(|error| StoreError::corrupt(segment.path(), offset, format!("the event cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_named_as_a_word_and_a_short_one_as_a_text() {
        let json = r#"{"to":"ada-1815","note":"for ada-1815, with love","number":7,"size":"7"}"#;
        assert!(names(json, "ada-1815") && names(json, "7"));
        assert!(!names(json, "ada") && !names(json, "ada-181") && !names(json, "love!") && !names(json, "8"));
        assert!(names(r#"{"a":"say \"hi\" to"}"#, r#"say "hi" to"#));
    }
}
