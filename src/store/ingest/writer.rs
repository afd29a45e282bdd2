//! The writer's loop: drain, drop duplicates, journal, apply, answer. A group
//! is answered as a whole, so a request whose events are all duplicates of the
//! group's own is not told so before they are on disk.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use tastemaker_index::event::Event;
use tokio::sync::oneshot;

use super::{IngestSettings, Outcome, Surroundings};
use crate::store::error::{Result, StoreError};
use crate::store::journal::{Journal, Record};
use crate::store::window::SeenWindow;

/// Events of one caller, and whom to answer.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) events: Vec<Event>,
    pub(super) answer: oneshot::Sender<Result<Vec<Outcome>>>,
}

/// What a group of requests comes to before it is written.
#[derive(Default)]
struct Group {
    records: Vec<Record>,
    events: Vec<Event>,
    hashes: HashSet<u128>,
}

pub(super) struct Writer {
    journal: Journal,
    window: SeenWindow,
    settings: IngestSettings,
    surroundings: Surroundings,
    /// Set once the profiles could not be updated: events accepted after that
    /// would be applied out of order.
    stopped: Option<StoreError>,
}

impl Writer {
    pub(super) fn new(
        journal: Journal,
        window: SeenWindow,
        settings: IngestSettings,
        surroundings: Surroundings,
    ) -> Self {
        Self { journal, window, settings, surroundings, stopped: None }
    }

    pub(super) fn journal_folder(&self) -> PathBuf {
        self.journal.folder().to_path_buf()
    }

    /// Serves requests until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Receiver<Request>) {
        while let Ok(first) = queue.recv() {
            let mut events = first.events.len();
            let mut requests = vec![first];
            while requests.len() < self.settings.group_requests && events < self.settings.group_events {
                let Ok(next) = queue.try_recv() else { break };
                events += next.events.len();
                requests.push(next);
            }
            self.serve(requests);
        }
    }

    fn serve(&mut self, requests: Vec<Request>) {
        let mut group = Group::default();
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let outcomes: Vec<Outcome> =
                request.events.into_iter().map(|event| self.judge(event, &mut group)).collect();
            answers.push((request.answer, outcomes));
        }
        let written = self.write(&group);
        for (answer, outcomes) in answers {
            // A caller that went away needs no answer.
            let _ = answer.send(written.clone().map(|()| outcomes));
        }
    }

    /// Decides on one event, adding it to the group when it is new.
    fn judge(&mut self, mut event: Event, group: &mut Group) -> Outcome {
        if let Err(error) = event.check() {
            return Outcome::Rejected { reason: error.to_string() };
        }
        let message_id = event.message_id.take().unwrap_or_else(&mut self.surroundings.new_id);
        event.message_id = Some(message_id.clone());
        if event.time.is_none() {
            event.time = Some((self.surroundings.clock)());
        }
        let record = match Record::new(&event) {
            Ok(record) => record,
            Err(reason) => return Outcome::Rejected { reason },
        };
        if self.window.contains(record.hash) || !group.hashes.insert(record.hash) {
            return Outcome::Duplicate { message_id };
        }
        group.records.push(record);
        group.events.push(event);
        Outcome::Accepted { message_id }
    }

    fn write(&mut self, group: &Group) -> Result<()> {
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        if group.records.is_empty() {
            return Ok(());
        }
        let position = self.journal.append(&group.records)?;
        group.records.iter().for_each(|record| self.window.insert(record.hash));
        if let Err(error) = (self.surroundings.apply)(position, &group.events) {
            // The events are on disk and will be counted at the next start, so
            // this group is accepted; the next ones must wait for that start.
            tracing::error!(%error, "profiles cannot be updated; no further events are accepted");
            self.stopped = Some(error.poison());
        }
        Ok(())
    }
}
