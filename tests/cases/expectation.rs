//! The expectations of an answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::support::client::ids;

/// The expected parts; absent ones are not looked at, but every answer needs one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectation {
    /// The status; 200 or 201 without it.
    status: Option<u16>,
    /// The first hits, in order.
    first: Option<Vec<String>>,
    /// All hits of the page, in any order.
    only: Option<Vec<String>>,
    /// All hits of the page, in order.
    order: Option<Vec<String>>,
    /// Products that are no hits.
    without: Option<Vec<String>>,
    total: Option<u64>,
    /// The corrected query; empty where there must be none.
    corrected: Option<String>,
    /// Texts that the answer has anywhere.
    says: Option<Vec<String>>,
    /// Texts that the answer has nowhere.
    never: Option<Vec<String>>,
    /// Values by their JSON pointer.
    is: Option<BTreeMap<String, Value>>,
    /// JSON pointers without a value.
    lacks: Option<Vec<String>>,
}

impl Expectation {
    /// Everything that is not as it should be.
    pub(crate) fn wrong(&self, status: u16, answer: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let right = self.status.map_or(status == 200 || status == 201, |expected| expected == status);
        if !right {
            return vec![format!("status {status}: {answer}")];
        }
        let hits = ids(&answer["hits"]);
        let mut differs = |right: bool, expected: String| {
            if !right {
                let (total, corrected) = (&answer["total"], &answer["corrected_query"]);
                wrong.push(format!("{expected}; got hits {hits:?}, total {total}, corrected {corrected}"));
            }
        };
        if let Some(first) = &self.first {
            differs(hits.starts_with(first), format!("first {first:?}"));
        }
        if let Some(order) = &self.order {
            differs(hits == *order, format!("hits in order {order:?}"));
        }
        if let Some(only) = &self.only {
            let (mut found, mut only) = (hits.clone(), only.clone());
            found.sort();
            only.sort();
            differs(found == only, format!("only {only:?}"));
        }
        if let Some(without) = &self.without {
            differs(!without.iter().any(|id| hits.contains(id)), format!("without {without:?}"));
        }
        if let Some(total) = self.total {
            differs(answer["total"] == total, format!("total {total}"));
        }
        if let Some(corrected) = &self.corrected {
            let found = answer["corrected_query"].as_str().unwrap_or_default();
            differs(found == corrected, format!("corrected `{corrected}`"));
        }
        wrong.extend(self.wrong_parts(answer));
        wrong
    }

    fn wrong_parts(&self, answer: &Value) -> Vec<String> {
        let text = answer.to_string();
        let mut wrong = Vec::new();
        let none = Vec::new();
        for part in self.says.as_ref().unwrap_or(&none).iter().filter(|part| !text.contains(*part)) {
            wrong.push(format!("lacks `{part}`: {text}"));
        }
        for part in self.never.as_ref().unwrap_or(&none).iter().filter(|part| text.contains(*part)) {
            wrong.push(format!("has `{part}`: {text}"));
        }
        for (place, expected) in self.is.iter().flatten() {
            let found = answer.pointer(place).unwrap_or(&Value::Null);
            if found != expected {
                wrong.push(format!("{place} is {found}, expected {expected}"));
            }
        }
        for place in self.lacks.as_ref().unwrap_or(&none).iter().filter(|place| answer.pointer(place).is_some()) {
            wrong.push(format!("{place} should not be there: {text}"));
        }
        wrong
    }
}

#[test]
fn every_part_of_an_expectation_can_fail() {
    let answer = serde_json::json!({
        "hits": [{"id": "a"}, {"id": "b"}], "total": 2, "corrected_query": "boot", "words": "<em>boot</em>"
    });
    let wrong = |expected: &str| {
        let expected: Expectation = toml::from_str(expected).unwrap_or_else(|error| panic!("{error}"));
        expected.wrong(200, &answer).len()
    };
    for (right, not) in [
        ("first = ['a']", "first = ['b']"),
        ("only = ['b', 'a']", "only = ['a']"),
        ("order = ['a', 'b']", "order = ['b', 'a']"),
        ("without = ['c']", "without = ['b']"),
        ("total = 2", "total = 3"),
        ("corrected = 'boot'", "corrected = ''"),
        ("says = ['<em>boot']", "says = ['shoe']"),
        ("never = ['shoe']", "never = ['boot']"),
        ("is = {'/hits/1/id' = 'b'}", "is = {'/hits/0/id' = 'b'}"),
        ("lacks = ['/hits/2']", "lacks = ['/hits/1']"),
        ("status = 200", "status = 400"),
    ] {
        assert_eq!((wrong(right), wrong(not)), (0, 1), "{right} / {not}");
    }
}
