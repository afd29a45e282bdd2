//! Placeholders: `<name>` among the words of a phrase. A phrase with a placeholder is compiled once for each
//! value of it, with the same value on both sides of a one-way set: `<inch> inch tv => television <inch>`.

use std::collections::BTreeMap;

use super::set::{SynonymKind, SynonymSet};

/// The values of each placeholder, by its name in brackets.
pub(super) type PlaceholderValues<'a> = BTreeMap<&'a str, &'a [String]>;

/// The placeholders that sets define, with their values.
pub(super) fn values<'a>(sets: impl IntoIterator<Item = &'a SynonymSet>) -> PlaceholderValues<'a> {
    let placeholders = sets.into_iter().filter(|set| set.kind == SynonymKind::Placeholder);
    placeholders.filter_map(|set| Some((set.from.first()?.trim(), &*set.words))).collect()
}

/// True for letters and digits in angle brackets.
pub(super) fn is_placeholder(word: &str) -> bool {
    let name = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or_default();
    !name.is_empty() && name.chars().all(char::is_alphanumeric)
}

/// The placeholders among the words of a phrase.
pub(super) fn in_phrase(phrase: &str) -> impl Iterator<Item = &str> {
    phrase.split_whitespace().filter(|word| is_placeholder(word))
}

/// The placeholder that a set of phrases uses, if any; it uses at most one.
pub(super) fn of_set(set: &SynonymSet) -> Option<&str> {
    let phrases = set.from.iter().chain(&set.words);
    (set.kind != SynonymKind::Placeholder).then(|| phrases.flat_map(|phrase| in_phrase(phrase)).next()).flatten()
}

/// A phrase with a value in place of the placeholder.
pub(super) fn put(phrase: &str, placeholder: &str, value: &str) -> String {
    let words = phrase.split_whitespace().map(|word| if word == placeholder { value } else { word });
    words.collect::<Vec<_>>().join(" ")
}
