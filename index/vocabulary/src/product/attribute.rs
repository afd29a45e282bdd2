//! The value of one attribute: a text, a number, yes or no, or a list of those. `null` stands for no value.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Beyond this a 64-bit floating-point number no longer tells neighbouring whole numbers apart.
const WHOLE_LIMIT: f64 = 9_007_199_254_740_992.0;

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number of at most 64 bits, with or without a sign.
    Whole(i128),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list of the above.
    List(Vec<AttributeValue>),
}

impl AttributeValue {
    /// A number, whole if it has no fraction.
    pub fn number(value: f64) -> Self {
        if value.fract() == 0.0 && value.abs() < WHOLE_LIMIT { Self::Whole(value as i128) } else { Self::Number(value) }
    }

    /// The number as columns store it; `None` for what is no number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Whole(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Composes the accents of texts.
    pub(super) fn compose(&mut self) {
        match self {
            Self::Text(text) => super::compose(text),
            Self::List(values) => values.iter_mut().for_each(Self::compose),
            Self::Bool(_) | Self::Whole(_) | Self::Number(_) => {}
        }
    }

    /// Visits every single value; lists are flattened.
    pub fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a AttributeValue)) {
        match self {
            Self::List(values) => values.iter().for_each(|value| value.for_each(visit)),
            single => visit(single),
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => out.serialize_bool(*value),
            Self::Whole(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => out.serialize_i64(value),
                (_, Ok(value)) => out.serialize_u64(value),
                _ => out.serialize_f64(*value as f64),
            },
            Self::Number(value) => out.serialize_f64(*value),
            Self::Text(text) => out.serialize_str(text),
            Self::List(values) => out.collect_seq(values),
        }
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = AttributeValue;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text, a number, true or false, or a list of those")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(AttributeValue::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(AttributeValue::Whole(i128::from(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(AttributeValue::Whole(i128::from(value)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(AttributeValue::Number(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(AttributeValue::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(AttributeValue::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element::<Option<AttributeValue>>()? {
                    values.extend(value);
                }
                Ok(AttributeValue::List(values))
            }
        }

        input.deserialize_any(AnyValue)
    }
}

/// Deserializes attributes by name, leaving out those that are `null`.
pub(super) fn present<'de, D: Deserializer<'de>>(input: D) -> Result<BTreeMap<String, AttributeValue>, D::Error> {
    let given = Option::<BTreeMap<String, Option<AttributeValue>>>::deserialize(input)?.unwrap_or_default();
    Ok(given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_back_as_they_were_sent() {
        let sent = r#"[9007199254740993,-9223372036854775808,18446744073709551615,900,2.5,true,"x",["a",1]]"#;
        let read: AttributeValue = serde_json::from_str(sent).unwrap_or(AttributeValue::Bool(false));
        assert_eq!(serde_json::to_string(&read).unwrap_or_default(), sent);
        assert_eq!(AttributeValue::number(900.0), AttributeValue::Whole(900));
        assert_eq!(AttributeValue::number(2.5), AttributeValue::Number(2.5));
    }

    #[test]
    fn what_is_no_value_says_what_is() {
        let wrong = serde_json::from_str::<AttributeValue>(r#"{"w": 1}"#).map_err(|error| error.to_string());
        assert!(wrong.is_err_and(|message| message.contains("expected a text, a number, true or false")));
    }
}
