//! Expiry times as people write them: `90d`, `12h`, `30m`, or an RFC 3339 time.

use jiff::{SignedDuration, Timestamp};
use tastemaker_index::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// The time `text` means, counted from `now`.
///
/// # Errors
/// A sentence with the accepted forms.
pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is not a time: write 90d, 12h, 30m or 2027-01-31T00:00:00Z");
    let unit_ms = match text.char_indices().last() {
        Some((at, 'd')) => Some((at, DAY_MS)),
        Some((at, 'h')) => Some((at, HOUR_MS)),
        Some((at, 'm')) => Some((at, MINUTE_MS)),
        _ => None,
    };
    let end = match unit_ms {
        Some((at, unit_ms)) => {
            let count: u32 = text[..at].parse().map_err(|_| wrong())?;
            now.checked_add(SignedDuration::from_millis(i64::from(count) * unit_ms)).map_err(|_| wrong())?
        }
        None => text.parse().map_err(|_| wrong())?,
    };
    if end <= now { Err(format!("`{text}` lies in the past")) } else { Ok(end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_moments_are_understood_and_the_rest_is_told() {
        let at = |text| parse(text, Timestamp::UNIX_EPOCH).map(|end| end.to_string());
        assert_eq!(at("90d"), Ok("1970-04-01T00:00:00Z".to_owned()));
        assert_eq!(at("12h"), Ok("1970-01-01T12:00:00Z".to_owned()));
        assert_eq!(at("30m"), Ok("1970-01-01T00:30:00Z".to_owned()));
        assert_eq!(at("2027-01-31T00:00:00Z"), Ok("2027-01-31T00:00:00Z".to_owned()));
        for wrong in ["", "d", "-1d", "90", "4294967295d", "tomorrow", "9é", "1960-01-01T00:00:00Z", "0m"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
