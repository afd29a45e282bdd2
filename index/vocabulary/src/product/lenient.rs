//! Fields as feeds write them: `null` means that there is no value, and a date need not have a time.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::standard_path;
use crate::time::moment;

/// Deserializes a field whose `null` means its default.
pub(super) fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(input: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(input)?.unwrap_or_default())
}

/// Deserializes a list, leaving out entries that are `null`.
pub(super) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(input: D) -> Result<Vec<T>, D::Error> {
    let given = Option::<Vec<Option<T>>>::deserialize(input)?.unwrap_or_default();
    Ok(given.into_iter().flatten().collect())
}

/// Deserializes category paths, bringing their separators into one form.
pub(super) fn paths<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Ok(list::<String, D>(input)?.iter().map(|path| standard_path(path)).collect())
}

/// Deserializes a moment of ISO 8601; a date alone is its midnight in UTC.
pub fn date<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
    struct DateText;

    impl<'de> Visitor<'de> for DateText {
        type Value = Option<Timestamp>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a date such as 2026-03-01 or 2026-03-01T10:00:00Z")
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
            input.deserialize_any(self)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            let wrong = || E::custom(format!("`{text}` is no date such as 2026-03-01 or 2026-03-01T10:00:00Z"));
            moment(text).map(Some).ok_or_else(wrong)
        }
    }

    input.deserialize_option(DateText)
}
