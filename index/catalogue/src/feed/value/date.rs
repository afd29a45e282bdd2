//! Dates of ISO 8601, with or without a time, and periods.

use jiff::Timestamp;

use crate::time::moment;

/// True if `now` lies in a period such as `2026-11-01T00:00+0100/2026-11-30T23:59+0100`; `None` if the text is not a
/// period.
pub(in super::super) fn in_effect(span: &str, now: Timestamp) -> Option<bool> {
    let (from, to) = span.split_once('/')?;
    Some((moment(from)?..=moment(to)?).contains(&now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_spans_are_read() {
        let read = |text| moment(text).map(|time| time.to_string());
        assert_eq!(read("2026-03-01").as_deref(), Some("2026-03-01T00:00:00Z"));
        assert_eq!(read("2026-03-01T10:00:00+01:00").as_deref(), Some("2026-03-01T09:00:00Z"));
        assert_eq!(read("2026-03-01T10:00+0100").as_deref(), Some("2026-03-01T09:00:00Z"));
        assert_eq!(read("1 March"), None);
        let now = moment("2026-11-24").unwrap_or_default();
        assert_eq!(in_effect("2026-11-01T00:00+0100/2026-11-30T23:59+0100", now), Some(true));
        assert_eq!(in_effect("2026-11-25 / 2026-11-30", now), Some(false));
        assert_eq!(in_effect("soon", now), None);
    }
}
