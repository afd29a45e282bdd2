//! The parameters of an address, with errors that name the parameter: texts become what the fields of a structure hold.

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer, Visitor, value};

use super::error::ApiError;
use tastemaker_index::in_plain_words;

/// Parses the parameters of an address.
///
/// # Errors
/// `unknown_field` or `invalid_field` with the parameter's name.
pub(super) fn parameters<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let given = actix_web::web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| ApiError::bad_request("invalid_field", "the address has parameters that cannot be read"))?;
    let pairs = given.iter().map(|(name, text)| (name.as_str(), Parameter { name, text }));
    let map = MapDeserializer::<_, value::Error>::new(pairs);
    serde_path_to_error::deserialize(map).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        if let Some(rest) = message.strip_prefix("unknown field ") {
            let name = rest.split('`').nth(1).unwrap_or_default().to_owned();
            return ApiError::bad_request("unknown_field", format!("unknown parameter {rest}")).at(name);
        }
        if let Some(name) = message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
            return ApiError::bad_request("invalid_field", format!("{name}: is given twice, give it once")).at(name);
        }
        // Errors of a parameter's value name it themselves; others, such as those of words, do not.
        let plain = in_plain_words(&message, Some(&path));
        let named = plain.starts_with(&format!("{path}: "));
        let message = if named { plain } else { format!("{path}: {plain}") };
        ApiError::bad_request("invalid_field", message).at(path)
    })
}

/// The value of one parameter.
#[derive(Debug, Clone, Copy)]
struct Parameter<'a> {
    name: &'a str,
    text: &'a str,
}

impl Parameter<'_> {
    fn wrong(self, expected: &str) -> value::Error {
        let found = if self.text.is_empty() { "nothing".to_owned() } else { format!("`{}`", self.text) };
        value::Error::custom(format!("{}: found {found}, expected {expected}", self.name))
    }

    fn whole(self) -> Result<u64, value::Error> {
        self.text.parse().map_err(|_| self.wrong("a whole number of 0 or more"))
    }
}

impl<'de> IntoDeserializer<'de, value::Error> for Parameter<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Parameter<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.text)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let truth = self.text.parse().map_err(|_| self.wrong("true or false"))?;
        visitor.visit_bool(truth)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_u64(self.whole()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_u64(self.whole()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self.text.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Asked {
        #[serde(default)]
        q: String,
        page: Option<usize>,
        group: Option<bool>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        User,
        Anonymous,
    }

    #[test]
    fn what_is_wrong_is_told_with_the_name_of_the_parameter() {
        let wrong =
            |query: &str| parameters::<Asked>(query).map(|_| String::new()).unwrap_or_else(|error| error.parts().1);
        for (query, expected) in [
            ("page=-1", "page: found `-1`, expected a whole number of 0 or more"),
            ("page=", "page: found nothing, expected a whole number of 0 or more"),
            ("q=a&page=9999999999999999999999", "page: found `9999999999999999999999`, expected a whole number"),
            ("group=yes", "group: found `yes`, expected true or false"),
            ("kind=robot", "kind: found the unknown word `robot`, expected `user` or `anonymous`"),
            ("query=x", "unknown parameter `query`, expected one of `q`"),
            ("q=a&q=b", "q: is given twice"),
        ] {
            assert!(wrong(query).starts_with(expected), "{query}: {}", wrong(query));
        }
        let read = parameters::<Asked>("q=a%20b&page=2&group=true&kind=user");
        assert!(read.is_ok_and(|read| read.q == "a b" && read.page == Some(2) && read.group == Some(true)));
    }
}
