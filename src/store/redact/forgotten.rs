//! What is to be removed from the journal: everything an id did up to its
//! erasure, and everything older than is kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::ShopperId;

use crate::store::error::{Result, StoreError};
use crate::store::journal::frame::Frame;
use crate::store::journal::segment::{self, HEADER_BYTES, Segment};
use crate::store::journal::{Entry, Position};

/// What a frame says that decides whether it stays.
#[derive(Debug, Deserialize)]
pub(super) struct Named<'a> {
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
}

impl Named<'_> {
    /// Whose event it is.
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

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Stays,
    /// It goes.
    Goes,
    /// It is another shopper's and stays, without the device that it names.
    LosesDevice,
}

/// Up to where and when an id is forgotten.
#[derive(Debug, Clone, Copy)]
struct Through {
    position: Position,
    /// What was shown until then, in Unix milliseconds, goes too, wherever it is: it is written off
    /// the request's path, so that it may come after the erasure.
    shown_ms: i64,
}

/// What is to be removed.
#[derive(Debug, Clone, Default)]
pub struct Forgotten {
    /// Up to where and when the events of each id go.
    through: HashMap<ShopperId, Through>,
    /// Older events go, in Unix milliseconds.
    before_ms: Option<i64>,
}

impl Forgotten {
    /// Everything that the journal itself says is to be forgotten, removed or not.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn of_journal(folder: &Path) -> Result<Self> {
        let mut forgotten = Self::default();
        let numbers = segment::list(folder)?;
        for &number in &numbers {
            visit(&Segment::load(folder, number, numbers.last() == Some(&number))?, |_, named, position| {
                if named.kind == EventKind::Erase
                    && let Some(id) = named.shopper()
                {
                    forgotten.forget(id, position, named.received_ms());
                }
                Ok(())
            })?;
        }
        Ok(forgotten)
    }

    /// Events older than this go.
    pub(super) fn before(before_ms: Option<i64>) -> Self {
        Self { before_ms, ..Self::default() }
    }

    /// Everything the id did up to a position goes, and all it was shown until a time.
    pub(super) fn forget(&mut self, id: ShopperId, position: Position, shown_ms: i64) {
        let known = self.through.entry(id).or_insert(Through { position, shown_ms });
        known.position = position.max(known.position);
        known.shown_ms = shown_ms.max(known.shown_ms);
    }

    /// Whether nothing goes.
    pub(super) fn is_nothing(&self) -> bool {
        self.through.is_empty() && self.before_ms.is_none()
    }

    /// Whether events of the segment may go.
    pub(super) fn reaches(&self, segment: u64) -> bool {
        self.before_ms.is_some() || self.names_somebody(segment)
    }

    /// Whether somebody's events of the segment may go.
    pub(super) fn names_somebody(&self, segment: u64) -> bool {
        // One more, for what was shown and written late.
        self.through.values().any(|through| through.position.segment + 1 >= segment)
    }

    /// Whether an event of an id goes; `shown_ms` is when it was shown, if it was.
    fn covers(&self, id: &ShopperId, position: Position, shown_ms: Option<i64>) -> bool {
        self.through.get(id).is_some_and(|through| {
            position <= through.position || shown_ms.is_some_and(|shown_ms| shown_ms <= through.shown_ms)
        })
    }

    /// Whether the columns of a row name an id that is forgotten, wherever in the journal.
    pub(super) fn names(&self, user_id: Option<&str>, anonymous_id: Option<&str>) -> bool {
        let known = |id: Option<ShopperId>| id.is_some_and(|id| self.through.contains_key(&id));
        known(ShopperId::from_parts(user_id, None)) || known(ShopperId::from_parts(None, anonymous_id))
    }

    /// [`Self::names`] for a frame.
    pub(super) fn is_named_in(&self, named: &Named<'_>) -> bool {
        self.names(named.user_id.as_deref(), named.anonymous_id.as_deref())
    }

    /// What becomes of the event that ends at a position.
    pub(super) fn verdict(&self, named: &Named<'_>, position: Position) -> Verdict {
        let shown_ms = (named.kind == EventKind::Impression).then(|| named.received_ms());
        if named.shopper().is_some_and(|shopper| self.covers(&shopper, position, shown_ms)) {
            return Verdict::Goes;
        }
        // What a shopper stated outlives what they did, as in the profile; an erasure is kept until it is done.
        let ages = !matches!(named.kind, EventKind::Consent | EventKind::Preferences | EventKind::Erase);
        if ages && self.before_ms.is_some_and(|before_ms| named.time_ms() < before_ms) {
            return Verdict::Goes;
        }
        let device = ShopperId::from_parts(None, named.anonymous_id.as_deref());
        match device.is_some_and(|device| self.covers(&device, position, shown_ms)) {
            true => Verdict::LosesDevice,
            false => Verdict::Stays,
        }
    }

    /// The event of an entry as far as it may still be told; nothing for erasures themselves.
    pub fn remaining(&self, entry: Entry) -> Option<Event> {
        let Entry { position, mut event } = entry;
        let shown_ms = (event.kind == EventKind::Impression).then(|| event.received_ms());
        if event.kind == EventKind::Erase || event.shopper().is_some_and(|id| self.covers(&id, position, shown_ms)) {
            return None;
        }
        let device = ShopperId::from_parts(None, event.anonymous_id.as_deref());
        if device.is_some_and(|device| self.covers(&device, position, shown_ms)) {
            event.anonymous_id = None;
        }
        Some(event)
    }
}

/// Visits every event of a segment with the position after it.
pub(super) fn visit(
    segment: &Segment,
    mut visit: impl FnMut(&Frame<'_>, &Named<'_>, Position) -> Result<()>,
) -> Result<()> {
    let mut offset = HEADER_BYTES;
    while let Some((frame, after)) = segment.frame_at(offset)? {
        if !frame.is_redacted() {
            let named = named(segment, offset, &frame)?;
            visit(&frame, &named, Position { segment: segment.number, offset: after })?;
        }
        offset = after;
    }
    Ok(())
}

/// What a frame says.
pub(super) fn named<'a>(segment: &Segment, offset: u64, frame: &Frame<'a>) -> Result<Named<'a>> {
    serde_json::from_slice(frame.payload)
        .map_err(|error| StoreError::corrupt(segment.path(), offset, format!("the event cannot be read: {error}")))
}
