//! One set of synonyms as a merchant defines it.

use serde::{Deserialize, Serialize};

use crate::product::as_typed;

/// The weight of an alternative if its set has none. Below 1, so that a product with the typed word precedes
/// one with its synonym, all else being equal.
pub const DEFAULT_WEIGHT: f32 = 0.9;

/// The direction of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SynonymKind {
    /// Each of `words` also finds all the others.
    TwoWay,
    /// Each of `from` also finds `words`, but not the reverse.
    OneWay,
    /// The one placeholder in `from` has the values `words`.
    Placeholder,
    /// Phrases that are no synonyms here, whatever the shipped lists and word vectors say: each of `from` never finds
    /// any of `words`; without `from`, no two of `words` find each other.
    Refuse,
}

impl SynonymKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::TwoWay, Self::OneWay, Self::Placeholder, Self::Refuse];

    /// The kind's name in files and requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::TwoWay => "two_way",
            Self::OneWay => "one_way",
            Self::Placeholder => "placeholder",
            Self::Refuse => "refuse",
        }
    }
}

/// A set of synonyms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynonymSet {
    /// The merchant's id of the set, unique.
    pub id: String,
    /// The direction.
    pub kind: SynonymKind,
    /// The left side: phrases of a one-way set, the placeholder of a placeholder set. Empty in a two-way set, and in one
    /// that refuses every pair of its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The phrases, or the values of a placeholder.
    pub words: Vec<String>,
    /// The language of the queries that the set applies to, by its code (`en`); all languages if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The weight of an alternative against the typed words, above 0 to 1; [`DEFAULT_WEIGHT`] if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "as_typed")]
    pub weight: Option<f32>,
}

impl SynonymSet {
    /// A set for all languages, with the default weight.
    pub fn new(id: impl Into<String>, kind: SynonymKind, from: Vec<String>, words: Vec<String>) -> Self {
        Self { id: id.into(), kind, from, words, lang: None, weight: None }
    }

    /// True if the set applies to queries in `lang`: one for `pt` does to those in `pt-BR`, but not the reverse.
    pub fn holds_for(&self, lang: &str) -> bool {
        let primary = lang.split('-').next().unwrap_or_default();
        let same = |own: &str| own.eq_ignore_ascii_case(lang) || own.eq_ignore_ascii_case(primary);
        self.lang.as_deref().is_none_or(same)
    }

    /// Every phrase, with the name of its field and its place there.
    pub(super) fn phrases(&self) -> impl Iterator<Item = (&'static str, usize, &str)> {
        let lists = [("from", &self.from), ("words", &self.words)];
        lists
            .into_iter()
            .flat_map(|(field, list)| list.iter().enumerate().map(move |(at, phrase)| (field, at, &**phrase)))
    }

    pub(super) fn weight(&self) -> f32 {
        self.weight.unwrap_or(DEFAULT_WEIGHT)
    }
}

/// A phrase in the form that phrases are compared in before analysis: lower case, single spaces.
pub(super) fn folded(phrase: &str) -> String {
    phrase.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
