//! Moves the demo shop's year so that it ends today. The fixture has one year of events; each event is moved by
//! whole years to its latest calendar day before now, so that winter products are bought in winter and the newest
//! event lies just before now. Dates of products are moved by the days since the fixture's last day.

use anyhow::Context;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan, civil};
use serde_json::Value;

/// The day on which the fixture's year ends.
const LAST_DAY: civil::Date = civil::date(2026, 11, 30);

/// The events of the fixture, one JSON object a line, at most a year before `now` and in order of time.
pub(super) fn events_until(now: Timestamp, lines: &str) -> anyhow::Result<String> {
    let mut moved = Vec::new();
    for (at, line) in lines.lines().enumerate() {
        let place = || format!("line {} of the demo shop's events", at + 1);
        let mut event: Value = serde_json::from_str(line).with_context(place)?;
        let time: Timestamp = event["time"].as_str().with_context(place)?.parse().with_context(place)?;
        let time = latest_occurrence(time, now).with_context(place)?;
        event["time"] = time.to_string().into();
        moved.push((time, event));
    }
    // The sort is stable: events of the same second stay in order.
    moved.sort_by_key(|(time, _)| *time);
    Ok(moved.iter().map(|(_, event)| format!("{event}\n")).collect())
}

/// The products of the fixture, one JSON object a line, whose dates are as old on the day of `now` as they
/// were on the fixture's last day.
pub(super) fn products_at(now: Timestamp, lines: &str) -> anyhow::Result<String> {
    let days = (Offset::UTC.to_datetime(now).date() - LAST_DAY).get_days();
    let mut moved = String::with_capacity(lines.len());
    for (at, line) in lines.lines().enumerate() {
        let place = || format!("line {} of the demo shop's products", at + 1);
        let mut product: Value = serde_json::from_str(line).with_context(place)?;
        for field in ["created_at", "released_at"] {
            if let Some(text) = product[field].as_str() {
                let time: Timestamp = text.parse().with_context(place)?;
                let moved = Offset::UTC.to_datetime(time).checked_add(days.days()).with_context(place)?;
                product[field] = Offset::UTC.to_timestamp(moved).with_context(place)?.to_string().into();
            }
        }
        moved.push_str(&format!("{product}\n"));
    }
    Ok(moved)
}

/// The latest time not after `now` with the same month, day and time of day as `time`; 29 February falls on
/// the 28th in other years.
fn latest_occurrence(time: Timestamp, now: Timestamp) -> anyhow::Result<Timestamp> {
    let day = Offset::UTC.to_datetime(time);
    let years = Offset::UTC.to_datetime(now).year() - day.year();
    let of_year = |years: i16| -> anyhow::Result<Timestamp> {
        Ok(Offset::UTC.to_timestamp(day.checked_add(i32::from(years).years())?)?)
    };
    let this_year = of_year(years)?;
    if this_year <= now { Ok(this_year) } else { of_year(years - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Done<T = ()> = anyhow::Result<T>;

    fn moved(time: &str, now: &str) -> Done<String> {
        let line = format!(r#"{{"message_id":"m1","type":"view","time":"{time}"}}"#);
        let event: Value = serde_json::from_str(&events_until(now.parse()?, &line)?)?;
        Ok(event["time"].as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn an_event_keeps_its_calendar_day_and_lies_in_the_past_year() -> Done {
        assert_eq!(moved("2026-11-30T08:00:00Z", "2026-11-30T09:00:00Z")?, "2026-11-30T08:00:00Z");
        assert_eq!(moved("2026-11-30T08:00:00Z", "2026-11-30T07:00:00Z")?, "2025-11-30T08:00:00Z");
        assert_eq!(moved("2025-12-24T18:00:00Z", "2027-03-01T00:00:00Z")?, "2026-12-24T18:00:00Z");
        assert_eq!(moved("2026-06-01T12:00:00Z", "2031-01-01T00:00:00Z")?, "2030-06-01T12:00:00Z");
        Ok(())
    }

    #[test]
    fn moved_events_are_in_order_of_time() -> Done {
        let lines = ["2025-12-24T00:00:00Z", "2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z"];
        let lines: Vec<String> = lines.iter().map(|time| format!(r#"{{"time":"{time}"}}"#)).collect();
        let moved = events_until("2027-03-01T00:00:00Z".parse()?, &lines.join("\n"))?;
        let times: Vec<&str> = moved.lines().map(|line| &line[9..19]).collect();
        assert_eq!(times, ["2026-05-01", "2026-12-24", "2027-02-01"]);
        Ok(())
    }

    #[test]
    fn a_product_is_as_old_as_it_was() -> Done {
        let line = r#"{"id":"a","created_at":"2026-11-20T10:00:00Z"}"#;
        let product: Value = serde_json::from_str(&products_at("2027-02-10T15:00:00Z".parse()?, line)?)?;
        assert_eq!(product["created_at"], "2027-01-31T10:00:00Z");
        Ok(())
    }
}
