//! The preparation of an event on its sender's thread, before it is queued: missing ids and times are filled
//! in, impossible times are rejected, the record is encoded.

use jiff::Timestamp;
use tastemaker_index::event::Event;
use tastemaker_index::time::{DAY_MS, MINUTE_MS};

use super::IngestSettings;
use crate::store::journal::JournalRecord;

/// An event ready for the writer.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) event: Event,
    pub(super) record: JournalRecord,
}

impl Prepared {
    /// Encodes an event that has its id and times.
    pub(super) fn new(event: Event) -> Result<Self, String> {
        JournalRecord::new(&event).map(|record| Self { event, record })
    }
}

/// A time span in the largest unit of which it has at least two, rounded down.
fn in_units(ms: i64) -> String {
    let units = [(DAY_MS, "days"), (60 * MINUTE_MS, "hours"), (MINUTE_MS, "minutes")];
    let unit = units.into_iter().find(|(unit_ms, _)| ms >= 2 * unit_ms).unwrap_or((1000, "seconds"));
    format!("{} {}", ms / unit.0, unit.1)
}

/// Fills in missing ids and times. A late event retains its time; a time in the future is handled by
/// [`IngestSettings::future_ms`].
///
/// # Errors
/// A sentence for the sender.
pub(super) fn prepare(
    event: &mut Event,
    now: Timestamp,
    settings: &IngestSettings,
    new_id: &dyn Fn() -> String,
) -> Result<(), String> {
    event.message_id.get_or_insert_with(new_id);
    event.received_at = Some(now);
    let now_ms = now.as_millisecond();
    let ahead_ms = event.time.map_or(0, |time| time.as_millisecond() - now_ms);
    if ahead_ms > settings.future_ms {
        return Err(format!("time: lies {} in the future; mend the sender's clock", in_units(ahead_ms)));
    }
    if let Some(oldest_ms) = settings.oldest_ms.filter(|&oldest_ms| -ahead_ms > oldest_ms) {
        return Err(format!("time: is older than the {} days that are kept", oldest_ms / DAY_MS));
    }
    // A clock that is a little fast must not put an event behind later ones.
    if ahead_ms > 0 || event.time.is_none() {
        event.time = Some(now);
    }
    Ok(())
}
