//! The first step of a reindex: removes expired and erased events from the journal, then copies its closed
//! segments to Parquet.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::config::Config;
use crate::store::erasures::Erasures;
use crate::store::journal::{Position, segment};
use crate::store::offline::OfflineFolder;
use crate::store::state::durable_position;
use crate::store::{DataFolder, StoreError, archive, redact};

/// The longest wait for a running server to store that erased profiles are gone.
const PATIENCE: Duration = Duration::from_secs(3);
/// The time between two looks at the server's position.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Removes, then copies; `report` receives one sentence for each outcome. The caller holds the reindex lock.
pub fn forget(folder: &DataFolder, config: &Config, now: Timestamp, report: &dyn Fn(&str)) -> Result<(), StoreError> {
    let before_ms = config.events.retention_ms().map(|retention_ms| now.as_millisecond() - retention_ms);
    let durable = match Erasures::of(folder).pending()?.is_empty() {
        true => durable_position(folder),
        false => durable(folder, config, now)?,
    };
    let redacted = redact::run(folder, durable, now, before_ms)?;
    for line in sentences(&redacted) {
        report(&line);
    }
    archive::catch_up(folder).map(drop)
}

/// The outcome of a removal in sentences.
pub fn sentences(redacted: &redact::Redacted) -> Vec<String> {
    let mut lines = Vec::new();
    if redacted.events > 0 {
        lines.push(format!("{} expired or erased events are removed from the journal", redacted.events));
    }
    if let [first, .., last] | [first @ last] = &redacted.deleted[..] {
        lines.push(format!("segments {first} to {last} of the journal are empty now and are deleted"));
    }
    lines.extend(redacted.completed.iter().map(|receipt| format!("erasure {receipt} is complete")));
    let waits = |receipt| format!("erasure {receipt} waits for the next reindex: the server has not stored it yet");
    lines.extend(redacted.waiting.iter().map(waits));
    lines
}

/// The journal position up to which the profiles are on disk, after a short wait for a running server.
fn durable(folder: &DataFolder, config: &Config, now: Timestamp) -> Result<Position, StoreError> {
    match OfflineFolder::of(folder) {
        Ok(offline) => return offline.catch_up(config.events.profiles(), now),
        Err(StoreError::Locked { .. }) => {}
        Err(error) => return Err(error),
    }
    // A running server stores profiles about once a second. An erasure closes its segment, so the end of the last
    // closed segment is the position to wait for.
    let journal = folder.journal();
    let closed = segment::list(&journal)?.into_iter().rev().nth(1).unwrap_or_default();
    let offset = std::fs::metadata(segment::path(&journal, closed)).map_or(0, |about| about.len());
    let begun = Instant::now();
    while durable_position(folder) < (Position { segment: closed, offset }) && begun.elapsed() < PATIENCE {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(durable_position(folder))
}
