//! Facets and refinements of a search request. A facet counts the values of a field, a refinement narrows the
//! matches to some of them. A facet is counted without the refinement of its own field, unless that refinement
//! requires all of its values.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The most ranges or histogram buckets a facet, and ranges a refinement.
pub const MAX_RANGES: usize = 100;
/// The deepest tree of values.
pub const MAX_TREE_DEPTH: usize = 10;
/// The most values a refinement.
pub const MAX_REFINED_VALUES: usize = 500;

/// A half-open interval: from (included) to (excluded), open where absent. In JSON `[from, to]`.
pub type Interval = (Option<f64>, Option<f64>);

/// A field to count. In JSON its name, or an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FacetRequest {
    /// The field.
    pub field: String,
    /// Values listed at most; by default the limit of the server, and none for a field of numbers.
    pub limit: Option<usize>,
    /// The order of the values.
    pub order: FacetOrder,
    /// The words being typed: only values with words that begin with them are counted.
    pub search: Option<String>,
    /// For numbers: the intervals to count.
    pub ranges: Vec<Interval>,
    /// For numbers: the most buckets of equal width, with round edges, to count in.
    pub histogram: Option<usize>,
    /// For categories: the levels of the tree to show.
    pub depth: Option<usize>,
    /// For categories: the path to show the tree below.
    pub under: Option<String>,
}

/// The order of the values of a facet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FacetOrder {
    /// The most frequent first; ties by alphabet.
    #[default]
    Count,
    /// By alphabet, numbers from the lowest.
    Alpha,
    /// By the shopper's interest, then the most frequent first.
    Interest,
}

impl FacetRequest {
    /// A facet of a field with the default order and limits.
    pub fn new(field: impl Into<String>) -> Self {
        Self { field: field.into(), ..Self::default() }
    }

    /// Checks it against the limits.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::invalid("facets", format!("`{}`: {message}", self.field)));
        if self.ranges.len() > MAX_RANGES {
            return wrong(format!("has {} ranges, at most {MAX_RANGES} are counted", self.ranges.len()));
        }
        if self.histogram.is_some_and(|buckets| !(2..=MAX_RANGES).contains(&buckets)) {
            return wrong(format!("a histogram has between 2 and {MAX_RANGES} buckets"));
        }
        if self.depth.is_some_and(|depth| !(1..=MAX_TREE_DEPTH).contains(&depth)) {
            return wrong(format!("depth lies between 1 and {MAX_TREE_DEPTH}"));
        }
        if self.search.as_ref().is_some_and(|text| text.len() > 256) {
            return wrong("search has more than 256 bytes".to_owned());
        }
        Ok(())
    }
}

impl From<&str> for FacetRequest {
    fn from(field: &str) -> Self {
        Self::new(field)
    }
}

impl<'de> Deserialize<'de> for FacetRequest {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            field: String,
            limit: Option<usize>,
            #[serde(default)]
            order: FacetOrder,
            search: Option<String>,
            #[serde(default)]
            ranges: Vec<Interval>,
            histogram: Option<usize>,
            depth: Option<usize>,
            under: Option<String>,
        }

        struct NameOrObject;

        impl<'de> Visitor<'de> for NameOrObject {
            type Value = FacetRequest;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the name of a field, or an object with `field`")
            }

            fn visit_str<E>(self, field: &str) -> Result<Self::Value, E> {
                Ok(FacetRequest::new(field))
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
                let Object { field, limit, order, search, ranges, histogram, depth, under } =
                    Object::deserialize(value::MapAccessDeserializer::new(object))?;
                Ok(FacetRequest { field, limit, order, search, ranges, histogram, depth, under })
            }
        }
        input.deserialize_any(NameOrObject)
    }
}

/// The shopper's choice in one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Refinement {
    /// One of these values; in JSON a list, or `{"any": […]}`.
    Any(Vec<String>),
    /// Each of these values: `{"all": […]}`.
    All(Vec<String>),
    /// A number between two, both included: `{"min": 10, "max": 20}`.
    Between {
        /// The lowest.
        min: Option<f64>,
        /// The highest.
        max: Option<f64>,
    },
    /// A number in one of these intervals: `{"ranges": [[0, 50], [100, null]]}`.
    Ranges(Vec<Interval>),
}

impl Refinement {
    /// True if it narrows nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Any(values) | Self::All(values) => values.is_empty(),
            Self::Between { min, max } => min.is_none() && max.is_none(),
            Self::Ranges(ranges) => ranges.is_empty(),
        }
    }

    /// The same refinement with its values in another form.
    pub fn formed(self, form: impl Fn(&str) -> String) -> Self {
        let formed = |values: Vec<String>| values.iter().map(|value| form(value)).collect();
        match self {
            Self::Any(values) => Self::Any(formed(values)),
            Self::All(values) => Self::All(formed(values)),
            numbers => numbers,
        }
    }

    /// The values that it names.
    pub fn values(&self) -> &[String] {
        match self {
            Self::Any(values) | Self::All(values) => values,
            Self::Between { .. } | Self::Ranges(_) => &[],
        }
    }

    /// Checks it against the limits.
    pub(super) fn check(&self, field: &str) -> Result<()> {
        let (found, most) = match self {
            Self::Ranges(ranges) => (ranges.len(), MAX_RANGES),
            other => (other.values().len(), MAX_REFINED_VALUES),
        };
        let message = || format!("`{field}` has {found} values, at most {most} are allowed");
        if found > most { Err(Error::invalid("refinements", message())) } else { Ok(()) }
    }
}

/// A text, number or truth value; columns hold all three as texts.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, a number, true or false")]
enum Chosen {
    Truth(bool),
    Number(f64),
    Text(String),
}

fn spelled(values: Vec<Chosen>) -> Vec<String> {
    let spell = |value| match value {
        Chosen::Truth(value) => value.to_string(),
        Chosen::Number(value) => value.to_string(),
        Chosen::Text(value) => value,
    };
    values.into_iter().map(spell).collect()
}

impl<'de> Deserialize<'de> for Refinement {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            any: Option<Vec<Chosen>>,
            all: Option<Vec<Chosen>>,
            ranges: Option<Vec<Interval>>,
            min: Option<f64>,
            max: Option<f64>,
        }

        struct ListOrObject;

        impl<'de> Visitor<'de> for ListOrObject {
            type Value = Refinement;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list of values, or an object with `any`, `all`, `ranges`, or `min` and `max`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(list)).map(|list| Refinement::Any(spelled(list)))
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
                match Object::deserialize(value::MapAccessDeserializer::new(object))? {
                    Object { any: Some(any), all: None, ranges: None, min: None, max: None } => {
                        Ok(Refinement::Any(spelled(any)))
                    }
                    Object { any: None, all: Some(all), ranges: None, min: None, max: None } => {
                        Ok(Refinement::All(spelled(all)))
                    }
                    Object { any: None, all: None, ranges: Some(ranges), min: None, max: None } => {
                        Ok(Refinement::Ranges(ranges))
                    }
                    Object { any: None, all: None, ranges: None, min, max } => Ok(Refinement::Between { min, max }),
                    _ => Err(A::Error::custom("has more than one of `any`, `all`, `ranges`, and `min` with `max`")),
                }
            }
        }
        input.deserialize_any(ListOrObject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refinement(text: &str) -> Result<Refinement, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_facet_is_a_name_or_an_object() {
        let facets: Result<Vec<FacetRequest>, _> = serde_json::from_str(
            r#"["brand", {"field": "price", "ranges": [[0, 50], [50, null]], "histogram": 8},
                {"field": "category", "under": "Shoes", "depth": 2, "order": "interest", "limit": 5}]"#,
        );
        let expected = vec![
            FacetRequest::from("brand"),
            FacetRequest {
                ranges: vec![(Some(0.0), Some(50.0)), (Some(50.0), None)],
                histogram: Some(8),
                ..FacetRequest::from("price")
            },
            FacetRequest {
                under: Some("Shoes".into()),
                depth: Some(2),
                order: FacetOrder::Interest,
                limit: Some(5),
                ..FacetRequest::from("category")
            },
        ];
        assert_eq!(facets.map_err(|error| error.to_string()), Ok(expected));
        for wrong in [r#"{"limit": 3}"#, r#"{"field": "a", "sort": 1}"#, "7", r#"{"field": "a", "ranges": [[1]]}"#] {
            assert!(serde_json::from_str::<FacetRequest>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_refinement_is_a_list_or_says_what_is_meant() {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            refinement(r#"["Acme", 42, 1.5, true]"#),
            Ok(Refinement::Any(texts(&["Acme", "42", "1.5", "true"])))
        );
        assert_eq!(refinement(r#"{"all": ["a", "b"]}"#), Ok(Refinement::All(texts(&["a", "b"]))));
        assert_eq!(refinement(r#"{"min": 3}"#), Ok(Refinement::Between { min: Some(3.0), max: None }));
        assert_eq!(refinement(r#"{"ranges": [[null, 5]]}"#), Ok(Refinement::Ranges(vec![(None, Some(5.0))])));
        assert!(refinement("{}").is_ok_and(|nothing| nothing.is_empty()));
        assert!(refinement("[]").is_ok_and(|nothing| nothing.is_empty()));
        for wrong in [r#"{"any": [], "min": 3}"#, r#"[[1]]"#, r#"{"over": 3}"#, "3"] {
            assert!(refinement(wrong).is_err(), "{wrong}");
        }
    }
}
