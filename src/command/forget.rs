//! The first step of a reindex: removes expired and erased events from the journal, then copies its closed
//! segments to Parquet.

use std::time::{Duration, Instant};

use anyhow::bail;
use jiff::Timestamp;
use tastemaker_index::time::DAY_MS;

use crate::config::Config;
use crate::store::erasures::Erasures;
use crate::store::journal::{Position, newest_event, segment};
use crate::store::offline::OfflineFolder;
use crate::store::state::durable_position;
use crate::store::{DataFolder, StoreError, archive, redact};

/// The longest wait for a running server to store that erased profiles are gone.
const PATIENCE: Duration = Duration::from_secs(3);
/// The time between two looks at the server's position.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Refuses to remove events by their age where the clock is far ahead of the newest event: one reindex under a wrong
/// clock would remove the whole history.
///
/// # Errors
/// If events are removed by their age, and the newest is older than `reindex.max_quiet_days`.
pub fn check_clock(folder: &DataFolder, config: &Config, now: Timestamp) -> anyhow::Result<()> {
    if config.events.retention_ms().is_none() {
        return Ok(());
    }
    let Some(newest) = newest_event(&folder.journal())? else { return Ok(()) };
    let days = (now.as_millisecond() - newest.as_millisecond()) / DAY_MS;
    if days > i64::from(config.reindex.max_quiet_days) {
        bail!(
            "it is {now}, {days} days after the newest event of the journal ({newest}), and `events.retention_days` would \
             remove events by that clock; nothing was changed. If the clock is wrong, set it; if it is right, say so with \
             --allow-time-jump"
        );
    }
    Ok(())
}

/// Removes, then copies; `report` receives one sentence for each outcome. The caller holds the reindex lock.
pub fn forget(folder: &DataFolder, config: &Config, now: Timestamp, report: &dyn Fn(&str)) -> Result<(), StoreError> {
    let before_ms = config.events.expired_before(now);
    if let Some(before_ms) = before_ms {
        close_expired(folder, config, now, before_ms)?;
    }
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

/// Closes the open segment if it contains expired events. A running server does so itself, at its start and daily.
fn close_expired(folder: &DataFolder, config: &Config, now: Timestamp, before_ms: i64) -> Result<(), StoreError> {
    if !redact::expired_in_open(&folder.journal(), before_ms)? {
        return Ok(());
    }
    match OfflineFolder::of(folder) {
        Ok(offline) => {
            let end = offline.catch_up(config.events.profiles(), now)?;
            offline.seal(end).map(drop)
        }
        Err(StoreError::Locked { .. }) => Ok(()),
        Err(error) => Err(error),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::journal::{Journal, JournalRecord, JournalSettings};

    #[test]
    fn a_clock_far_ahead_of_the_newest_event_is_refused_where_events_expire() -> anyhow::Result<()> {
        let root = tempfile::tempdir()?;
        let folder = DataFolder::open(root.path())?;
        let mut config = Config::default();
        let now: Timestamp = "2026-11-24T12:00:00Z".parse()?;
        let ahead = "2029-02-01T12:00:00Z".parse()?;
        config.events.retention_days = 700;
        check_clock(&folder, &config, ahead)?;
        let event =
            r#"{"message_id":"m","type":"view","user_id":"u","time":"2026-11-23T12:00:00Z","products":[{"id":"p"}]}"#;
        let record = JournalRecord::new(&serde_json::from_str(event)?).map_err(anyhow::Error::msg)?;
        Journal::open(&folder.journal(), JournalSettings::default())?.append(&[record])?;
        check_clock(&folder, &config, now)?;
        let refused = check_clock(&folder, &config, ahead).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(
            refused.contains("801 days after the newest event") && refused.contains("--allow-time-jump"),
            "{refused}"
        );
        config.events.retention_days = 0;
        check_clock(&folder, &config, ahead)
    }
}
