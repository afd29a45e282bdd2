//! Units of time. Instants are Unix milliseconds (`i64`, UTC) or [`jiff::Timestamp`]; no clock is read here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;

/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Seconds in a day of 24 hours.
pub const DAY_SECONDS: i64 = DAY_MS / 1000;

/// The number of the UTC day of an instant: 0 is 1970-01-01, days before it are negative.
pub fn day_number(time_ms: i64) -> i64 {
    time_ms.div_euclid(DAY_MS)
}

/// The time from `from_ms` to `to_ms` in days, with a fraction; negative when `to_ms` is the earlier one.
pub fn days_between(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / DAY_MS as f64
}

/// The factor by which something fades in `age_days` when it halves every `half_life_days`: ½^(age / half-life),
/// and 1 where the half-life is not above 0 or the age is negative.
pub fn fading(age_days: f64, half_life_days: f64) -> f64 {
    if half_life_days > 0.0 { (-age_days.max(0.0) / half_life_days).exp2() } else { 1.0 }
}

/// A moment of ISO 8601; a date alone is its midnight in UTC, and a time without an offset is in UTC.
pub fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let in_utc = |time: DateTime| TimeZone::UTC.to_timestamp(time).ok();
    text.parse().ok().or_else(|| text.parse().ok().and_then(in_utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970_in_both_directions() {
        assert_eq!([-1, 0, DAY_MS - 1, DAY_MS].map(day_number), [-1, 0, 0, 1]);
        assert_eq!(days_between(0, DAY_MS / 2), 0.5);
    }

    #[test]
    fn dates_are_read_with_and_without_a_time() {
        let read = |text| moment(text).map(|time| time.to_string());
        assert_eq!(read("2026-03-01").as_deref(), Some("2026-03-01T00:00:00Z"));
        assert_eq!(read("2026-03-01T10:00:00").as_deref(), Some("2026-03-01T10:00:00Z"));
        assert_eq!(read(" 2026-03-01T10:00:00+01:00 ").as_deref(), Some("2026-03-01T09:00:00Z"));
        assert_eq!(read("1 March"), None);
    }

    #[test]
    fn a_half_life_halves() {
        assert_eq!([fading(30.0, 30.0), fading(-1.0, 30.0), fading(9.0, 0.0)], [0.5, 1.0, 1.0]);
    }
}
