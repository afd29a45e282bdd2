//! The writer's loop: gather requests, validate, log with one sync, apply to the live catalogue, answer. A
//! change sees the effect of earlier changes of its group. A single change is applied at once; under load,
//! groups gather for a multiple of the time the last one took to apply.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tastemaker_index::product::Product;
use tokio::sync::oneshot;

use super::change::{ChangeAction, ProductChange, version};
use super::current::CurrentCatalogue;
use super::editor::{Edit, EditOutcome, EditorSettings, Precondition, Serve, locked};
use crate::store::error::{Result, StoreError};
use crate::store::journal::{Journal, JournalRecord};

/// The changes of one caller, with the channel for the results.
#[derive(Debug)]
pub(super) struct EditRequest {
    pub(super) edits: Vec<Edit>,
    pub(super) answer: oneshot::Sender<Result<Vec<EditOutcome>>>,
}

/// The valid changes of a group of requests, before they are written.
#[derive(Default)]
struct EditGroup {
    records: Vec<JournalRecord>,
    changes: Vec<ProductChange>,
    /// Products after the group with the order of their first change: new ones become visible in that order.
    after: HashMap<String, (usize, Option<Product>)>,
}

pub(super) struct EditWriter {
    log: Journal,
    current: Arc<Mutex<CurrentCatalogue>>,
    serve: Box<dyn Serve>,
    settings: EditorSettings,
    /// End of the time the next group gathers.
    gather_until: Instant,
    /// Set after a durable change could not be applied to `current`: later changes would be validated against
    /// wrong products.
    stopped: Option<StoreError>,
    /// The last attempt to write again after a failure.
    tried: Option<Instant>,
}

/// The pause between two attempts to write again after a failure.
const RETRY: Duration = Duration::from_secs(1);

impl EditWriter {
    pub(super) fn new(
        log: Journal,
        current: Arc<Mutex<CurrentCatalogue>>,
        serve: Box<dyn Serve>,
        settings: EditorSettings,
    ) -> Self {
        Self { log, current, serve, settings, gather_until: Instant::now(), stopped: None, tried: None }
    }

    /// Handles requests until the queue is closed and empty.
    pub(super) fn run(mut self, queue: &Receiver<EditRequest>) {
        while let Ok(first) = queue.recv() {
            let mut changes = first.edits.len();
            let mut requests = vec![first];
            while changes < self.settings.group_changes {
                let wait = self.gather_until.saturating_duration_since(Instant::now());
                let Ok(next) = queue.recv_timeout(wait) else { break };
                changes += next.edits.len();
                requests.push(next);
            }
            self.serve(requests);
        }
    }

    /// After a failed write: tries to go on in a new segment of the log, as soon as requests come again.
    fn write_again(&mut self) {
        let waits = self.tried.is_some_and(|tried| tried.elapsed() < RETRY);
        if !self.log.is_poisoned() || self.stopped.is_some() || waits {
            return;
        }
        self.tried = Some(Instant::now());
        match self.log.write_again() {
            Ok(()) => {
                self.tried = None;
                tracing::info!("product changes are accepted again");
            }
            Err(error) => tracing::debug!(%error, "product changes still cannot be written"),
        }
    }

    fn serve(&mut self, requests: Vec<EditRequest>) {
        self.write_again();
        let mut group = EditGroup::default();
        let outcomes_of_all = self.validate_all(&requests, &mut group);
        let written =
            outcomes_of_all.and_then(|outcomes_of_all| self.write(group).map(|unshown| (outcomes_of_all, unshown)));
        match written {
            Ok((outcomes_of_all, unshown)) => {
                requests.into_iter().zip(outcomes_of_all).for_each(|(request, mut outcomes)| {
                    for (edit, outcome) in request.edits.iter().zip(&mut outcomes) {
                        if let EditOutcome::Done { shown, .. } = outcome {
                            *shown = !unshown.contains(&edit.id);
                        }
                    }
                    // A caller may have gone away; its result is dropped.
                    let _ = request.answer.send(Ok(outcomes));
                })
            }
            Err(error) => requests.into_iter().for_each(|request| {
                let _ = request.answer.send(Err(error.clone()));
            }),
        }
    }

    fn validate_all(&self, requests: &[EditRequest], group: &mut EditGroup) -> Result<Vec<Vec<EditOutcome>>> {
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        let mut current = locked(&self.current);
        current.refresh()?;
        let validate =
            |edit: &Edit, group: &mut EditGroup, current: &mut CurrentCatalogue| self.validate(edit, group, current);
        let all = requests.iter().map(|request| {
            request.edits.iter().map(|edit| validate(edit, group, &mut current)).collect::<Result<Vec<_>>>()
        });
        all.collect()
    }

    /// Validates one change, and adds it to the group if it is valid.
    fn validate(&self, edit: &Edit, group: &mut EditGroup, current: &mut CurrentCatalogue) -> Result<EditOutcome> {
        let before = match group.after.get(&edit.id) {
            Some((_, after)) => after.clone(),
            None => current.product(&edit.id)?,
        };
        if let Some(refusal) = unexpected(&edit.expect, before.as_ref()) {
            return Ok(refusal);
        }
        if before.is_none() && !matches!(edit.act, ChangeAction::Put(_)) {
            return Ok(EditOutcome::Missing);
        }
        let created = before.is_none();
        let currency = before.as_ref().and_then(|before| before.currency.clone());
        let after = match edit.act.applied(before) {
            Ok(after) => after,
            Err(error) => return Ok(EditOutcome::Invalid(error)),
        };
        if let Some(Err(error)) = after.as_ref().map(|after| self.serve.check(after)) {
            return Ok(EditOutcome::Invalid(error));
        }
        let sequence = current.version() + group.changes.len() as u64 + 1;
        let change = ProductChange { sequence, id: edit.id.clone(), act: edit.act.clone() };
        let payload = serde_json::to_vec(&change).map_err(|error| StoreError::Poisoned { cause: error.to_string() })?;
        match JournalRecord::of_json(u128::from(sequence), payload) {
            Ok(record) => group.records.push(record),
            Err(message) => {
                let field = tastemaker_index::product::FieldError::new("product", message);
                return Ok(EditOutcome::Invalid(field));
            }
        }
        let version = after.as_ref().map(version);
        let mut warnings = after.as_ref().map(Product::contradictions).unwrap_or_default();
        let now = after.as_ref().and_then(|after| after.currency.as_ref());
        if currency.as_ref().zip(now).is_some_and(|(before, now)| before != now) {
            warnings.push("the currency is another than before; orders and filters compare prices as numbers");
        }
        group.changes.push(change);
        let next = group.after.len();
        group.after.entry(edit.id.clone()).or_insert((next, None)).1 = after;
        Ok(EditOutcome::Done { version, created, shown: true, warnings })
    }

    /// Writes and syncs the group, then applies it; returns the ids of which a part is not visible yet. After
    /// a failed write nothing is applied, and every request of the group gets the error.
    fn write(&mut self, group: EditGroup) -> Result<HashSet<String>> {
        if group.records.is_empty() {
            return Ok(HashSet::new());
        }
        // Durable before it is applied: a change that searches show must survive a stop.
        self.log.append(&group.records)?;
        let mut current = locked(&self.current);
        for change in group.changes {
            if let Err(error) = current.note(change) {
                tracing::error!(%error, "no further product changes are accepted until a restart");
                self.stopped = Some(error.poison());
                return Err(error);
            }
        }
        let mut changed: Vec<(String, (usize, Option<Product>))> = group.after.into_iter().collect();
        changed.sort_unstable_by_key(|(_, (place, _))| *place);
        let changed: Vec<_> = changed.into_iter().map(|(id, (_, after))| (id, after)).collect();
        let began = Instant::now();
        let unshown = self.serve.serve(&changed);
        let took = began.elapsed();
        // Applying took `took`; resting this long holds it to `busy_share` of the writer's time.
        let rest = took.mul_f64(1.0 / self.settings.busy_share - 1.0);
        self.gather_until = Instant::now() + rest.min(Duration::from_millis(self.settings.gather_ms));
        Ok(unshown)
    }
}

/// The refusal of a change whose condition does not hold.
fn unexpected(expect: &Precondition, before: Option<&Product>) -> Option<EditOutcome> {
    let conflict = |before: Option<&Product>| Some(EditOutcome::Conflict { version: before.map(version) });
    match (expect, before) {
        (Precondition::Anything, _) | (Precondition::Present, Some(_)) | (Precondition::Absent, None) => None,
        (Precondition::Version(wanted), Some(before)) if wanted.contains(&version(before)) => None,
        (Precondition::Present | Precondition::Version(_), None) => Some(EditOutcome::Missing),
        (Precondition::Absent | Precondition::Version(_), before) => conflict(before),
    }
}
