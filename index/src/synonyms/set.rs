//! One set of synonyms as a merchant says it.

use serde::{Deserialize, Serialize};

/// What an alternative counts against the words typed when a set does not say: a product with the
/// word itself goes before one with its synonym, all else being equal.
pub const DEFAULT_WEIGHT: f32 = 0.9;

/// In which direction a set works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SynonymKind {
    /// Each of `words` also finds all the others.
    TwoWay,
    /// Each of `from` also finds `words`, not the other way about.
    OneWay,
    /// The one placeholder in `from` stands for any of `words`.
    Placeholder,
}

impl SynonymKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::TwoWay, Self::OneWay, Self::Placeholder];

    /// Its name in files and requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::TwoWay => "two_way",
            Self::OneWay => "one_way",
            Self::Placeholder => "placeholder",
        }
    }
}

/// A set of synonyms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynonymSet {
    /// The merchant's name for it, unique.
    pub id: String,
    /// In which direction it works.
    pub kind: SynonymKind,
    /// Where it starts: phrases of a one-way set, the placeholder of a placeholder; empty in a two-way set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The phrases.
    pub words: Vec<String>,
    /// The language it holds for, as the index names it (`en`); every one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// What an alternative counts against the words typed, above 0 to 1; [`DEFAULT_WEIGHT`] when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
}

impl SynonymSet {
    /// A set of a kind, for every language.
    pub fn new(id: impl Into<String>, kind: SynonymKind, from: Vec<String>, words: Vec<String>) -> Self {
        Self { id: id.into(), kind, from, words, lang: None, weight: None }
    }

    /// Whether it holds for queries in `lang`.
    pub fn holds_for(&self, lang: &str) -> bool {
        self.lang.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(lang))
    }

    /// Every phrase with the name of its field and its place there.
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

/// A phrase as phrases are compared before analysis: small letters, single spaces.
pub(super) fn folded(phrase: &str) -> String {
    phrase.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
