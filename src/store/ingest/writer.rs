//! The writer's loop: drain the queue, drop duplicates, journal with one sync, apply, answer. A group is
//! answered as a whole, so that even a request with nothing but duplicates of its own group waits until those
//! are durable.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use jiff::Timestamp;
use tastemaker_index::event::EventKind;
use tastemaker_index::time::day_number;
use tokio::sync::oneshot;

use super::prepare::Prepared;
use super::{Apply, EventOutcome, IngestSettings};
use crate::store::error::{Result, StoreError};
use crate::store::journal::{Journal, JournalEntry, JournalRecord, Position};
use crate::store::problems::{ProblemKind, Problems};
use crate::store::window::SeenWindow;

/// The longest time impressions wait for a request to share its sync.
const IDLE: Duration = Duration::from_millis(100);

/// The events of one caller, with the channel for the results.
#[derive(Debug)]
pub(super) struct IngestRequest {
    /// Each event, or the reason for its rejection.
    pub(super) events: Vec<Result<Prepared, String>>,
    pub(super) answer: oneshot::Sender<Result<Vec<EventOutcome>>>,
}

/// The new events of a group of requests, before they are written.
#[derive(Default)]
struct EventGroup {
    records: Vec<JournalRecord>,
    entries: Vec<JournalEntry>,
    hashes: HashSet<u128>,
}

pub(super) struct IngestWriter {
    journal: Journal,
    window: SeenWindow,
    settings: IngestSettings,
    profiles: Box<dyn Apply>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The UTC day of the last group: a new day begins a new segment.
    day: Option<i64>,
    /// Set after the profiles could not be updated: events accepted after that would be applied out of order.
    stopped: Option<StoreError>,
    problems: Problems,
    /// The time of the last attempt to write again after a failure, in Unix milliseconds.
    tried_ms: Option<i64>,
}

impl IngestWriter {
    pub(super) fn new(
        journal: Journal,
        window: SeenWindow,
        settings: IngestSettings,
        profiles: Box<dyn Apply>,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        problems: Problems,
    ) -> Self {
        Self { journal, window, settings, profiles, clock, day: None, stopped: None, problems, tried_ms: None }
    }

    /// Handles requests until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Receiver<IngestRequest>, impressions: &Receiver<Prepared>) {
        loop {
            let mut requests = Vec::new();
            let mut events = 0;
            match queue.recv_timeout(IDLE) {
                Ok(first) => {
                    events += first.events.len();
                    requests.push(first);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.write_again();
            let idle = requests.is_empty();
            while requests.len() < self.settings.group_requests && events < self.settings.group_events {
                let Ok(next) = queue.try_recv() else { break };
                events += next.events.len();
                requests.push(next);
            }
            // A full group has no room for impressions; their queue fills up and drops.
            let room = match requests.len() < self.settings.group_requests {
                true => self.settings.group_events.saturating_sub(events),
                false => 0,
            };
            self.serve(requests, impressions.try_iter().take(room));
            // Retention and flushes use the time in which nothing else waits.
            if idle && self.stopped.is_none() {
                self.end_day();
                let idled = self.profiles.idle();
                self.stop_after(idled);
            }
        }
        self.serve(Vec::new(), impressions.try_iter());
    }

    fn serve(&mut self, requests: Vec<IngestRequest>, impressions: impl Iterator<Item = Prepared>) {
        let mut group = EventGroup::default();
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let outcomes = request.events.into_iter().map(|event| match event {
                Ok(prepared) => self.classify(prepared, &mut group),
                Err(reason) => EventOutcome::Rejected { reason },
            });
            answers.push((request.answer, outcomes.collect::<Vec<_>>()));
        }
        impressions.for_each(|shown| drop(self.classify(shown, &mut group)));
        let written = self.write(&mut group);
        for (answer, outcomes) in answers {
            // A caller may have gone away; its result is dropped.
            let _ = answer.send(written.clone().map(|()| outcomes));
        }
    }

    /// Checks one event, and adds it to the group if it is new.
    fn classify(&mut self, prepared: Prepared, group: &mut EventGroup) -> EventOutcome {
        let Prepared { event, record } = prepared;
        let message_id = event.message_id.clone().unwrap_or_default();
        // Of two events with one id in a group, only the first is new.
        if self.window.contains(record.hash) || group.hashes.contains(&record.hash) {
            return EventOutcome::Duplicate { message_id };
        }
        if self.profiles.declines(&event) {
            return EventOutcome::Declined { message_id };
        }
        group.hashes.insert(record.hash);
        group.records.push(record);
        group.entries.push(JournalEntry { position: Position::START, event });
        EventOutcome::Accepted { message_id }
    }

    fn write(&mut self, group: &mut EventGroup) -> Result<()> {
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        if group.records.is_empty() {
            return Ok(());
        }
        let written = self.append(group);
        if let Err(error) = &written {
            self.problems.begin(ProblemKind::EventsUnavailable, error);
        }
        written
    }

    /// After a failure: tries, now and then, to go on in a new segment.
    fn write_again(&mut self) {
        if !self.journal.is_poisoned() || self.stopped.is_some() {
            return;
        }
        let now_ms = (self.clock)().as_millisecond();
        // A clock that was set back must not put it off.
        let waits = |tried_ms: i64| (tried_ms..tried_ms + self.settings.retry_ms).contains(&now_ms);
        if self.tried_ms.is_some_and(waits) {
            return;
        }
        self.tried_ms = Some(now_ms);
        match self.journal.write_again() {
            Ok(()) => {
                self.problems.end(ProblemKind::EventsUnavailable);
                tracing::info!("events are accepted again");
            }
            Err(error) => tracing::debug!(%error, "events still cannot be written"),
        }
    }

    /// Closes the segment of an earlier day, so that its events can expire also where no others come.
    fn end_day(&mut self) {
        if self.day.is_some()
            && !self.journal.is_poisoned()
            && let Err(error) = self.begin_day()
        {
            self.problems.begin(ProblemKind::EventsUnavailable, &error);
        }
    }

    fn begin_day(&mut self) -> Result<()> {
        let day = day_number((self.clock)().as_millisecond());
        match self.day.replace(day).is_some_and(|before| before != day) {
            true => self.journal.seal(),
            false => Ok(()),
        }
    }

    /// Appends the group and applies it to the profiles.
    fn append(&mut self, group: &mut EventGroup) -> Result<()> {
        self.begin_day()?;
        // Durable first: neither the window nor a profile may have an event that a crash takes away.
        let end = self.journal.append(&group.records)?;
        let mut offset = end.offset - group.records.iter().map(JournalRecord::bytes).sum::<u64>();
        for (record, entry) in group.records.iter().zip(&mut group.entries) {
            offset += record.bytes();
            entry.position = Position { segment: end.segment, offset };
            self.window.insert(record.hash);
        }
        // A failure here does not fail the group: its events are durable.
        let applied = self.profiles.apply(&group.entries);
        self.stop_after(applied);
        // Events to erase must lie in closed segments, which a reindex may rewrite.
        if group.entries.iter().any(|entry| entry.event.kind == EventKind::Erase) {
            self.journal.seal()?;
        }
        Ok(())
    }

    /// Stops the intake if applying failed. The events are durable and are applied at the next start, so the
    /// answers given stay true; further events must wait for that start.
    fn stop_after(&mut self, applied: Result<()>) {
        if let Err(error) = applied {
            tracing::error!(%error, "profiles cannot be updated; no further events are accepted before a restart");
            self.problems.begin(ProblemKind::EventsUnavailable, &error);
            self.stopped = Some(error.poison());
        }
    }
}
