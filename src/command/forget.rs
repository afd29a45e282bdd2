//! What a reindex does before it learns: removes what is to be forgotten, then
//! brings the Parquet copy of the journal up.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::config::Config;
use crate::store::erasures::Erasures;
use crate::store::journal::{Position, segment};
use crate::store::offline::OfflineFolder;
use crate::store::state::durable_position;
use crate::store::{DataFolder, StoreError, archive, redact};

/// How long a running server is given to write down that profiles are gone.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Removes, then copies; `tell` is told in sentences. The caller holds the reindex lock.
pub fn forget(folder: &DataFolder, config: &Config, now: Timestamp, tell: &dyn Fn(&str)) -> Result<(), StoreError> {
    let before_ms = config.events.retention_ms().map(|retention_ms| now.as_millisecond() - retention_ms);
    let durable = match Erasures::of(folder).pending()?.is_empty() {
        true => durable_position(folder),
        false => durable(folder, config, now)?,
    };
    let redacted = redact::run(folder, durable, now, before_ms)?;
    for line in sentences(&redacted) {
        tell(&line);
    }
    archive::catch_up(folder).map(drop)
}

/// What was removed, for a person at a terminal.
pub fn sentences(redacted: &redact::Redacted) -> Vec<String> {
    let mut lines = Vec::new();
    if redacted.events > 0 {
        lines.push(format!("{} events were to be forgotten and are removed", redacted.events));
    }
    if let [first, .., last] | [first @ last] = &redacted.deleted[..] {
        lines.push(format!("segments {first} to {last} of the journal had nothing left and are deleted"));
    }
    lines.extend(redacted.completed.iter().map(|receipt| format!("erasure {receipt} is complete")));
    let waits =
        |receipt| format!("erasure {receipt} waits for the next reindex: the server has not written it down yet");
    lines.extend(redacted.waiting.iter().map(waits));
    lines
}

/// Up to where the profiles are on disk, as far as that can be had now.
fn durable(folder: &DataFolder, config: &Config, now: Timestamp) -> Result<Position, StoreError> {
    match OfflineFolder::of(folder) {
        Ok(offline) => return offline.catch_up(config.events.profiles(), now),
        Err(StoreError::Locked { .. }) => {}
        Err(error) => return Err(error),
    }
    // A server writes profiles about once a second; erasures end a segment.
    let journal = folder.journal();
    let closed = segment::list(&journal)?.into_iter().rev().nth(1).unwrap_or_default();
    let offset = std::fs::metadata(segment::path(&journal, closed)).map_or(0, |about| about.len());
    let begun = Instant::now();
    while durable_position(folder) < (Position { segment: closed, offset }) && begun.elapsed() < PATIENCE {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(durable_position(folder))
}
