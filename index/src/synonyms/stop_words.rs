//! Stop words: words that say little by themselves. Each language has its own; a merchant adds
//! words to them, or takes words out, where the shop sells what is named so ("the who").

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::set::folded;
use crate::product::FieldError;

/// The most words added, and the most removed.
pub const MAX_STOP_WORDS: usize = 1_000;
/// The longest one, in characters.
const MAX_CHARS: usize = 50;

/// What a merchant says of one language's stop words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopWordEdits {
    /// Words that say little here too.
    pub added: Vec<String>,
    /// Words that do say something here.
    pub removed: Vec<String>,
}

impl StopWordEdits {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Checks the words.
    ///
    /// # Errors
    /// The field at fault: `added[3]`.
    pub fn check(&self) -> Result<(), FieldError> {
        for (field, list) in [("added", &self.added), ("removed", &self.removed)] {
            if list.len() > MAX_STOP_WORDS {
                let message = format!("has {} words, at most {MAX_STOP_WORDS} are allowed", list.len());
                return Err(FieldError::new(field, message));
            }
            for (at, word) in list.iter().enumerate() {
                let single = word.split_whitespace().count() == 1 && word.chars().any(char::is_alphanumeric);
                if !single || word.chars().count() > MAX_CHARS {
                    let message = format!("must be one word of at most {MAX_CHARS} characters");
                    return Err(FieldError::new(format!("{field}[{at}]"), message));
                }
            }
        }
        let added: BTreeSet<String> = self.added.iter().map(|word| folded(word)).collect();
        match self.removed.iter().find(|word| added.contains(&folded(word))) {
            Some(word) => Err(FieldError::new("removed", format!("`{word}` is added and removed"))),
            None => Ok(()),
        }
    }
}

/// Compiled stop words of one language: what differs from the built-in list.
#[derive(Debug, Clone, Default)]
pub struct StopWords {
    by_term: HashMap<String, bool>,
}

impl StopWords {
    /// Compiles lists, later ones going before earlier ones; `analyze` must be what queries go through.
    pub fn new<'a>(
        lists: impl IntoIterator<Item = &'a StopWordEdits>,
        analyze: &mut dyn FnMut(&str) -> Vec<String>,
    ) -> Self {
        let mut by_term = HashMap::new();
        for list in lists {
            for (words, stops) in [(&list.removed, false), (&list.added, true)] {
                let terms = words.iter().flat_map(|word| analyze(word));
                by_term.extend(terms.map(|term| (term, stops)));
            }
        }
        Self { by_term }
    }

    /// Whether a term is a stop word, where the built-in list says `built_in`.
    pub fn stops(&self, term: &str, built_in: bool) -> bool {
        self.by_term.get(term).copied().unwrap_or(built_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_merchant_goes_before_the_built_in_list() {
        let said = StopWordEdits { added: vec!["cheap".to_owned()], removed: vec!["who".to_owned()] };
        let words = StopWords::new([&said], &mut |word| vec![word.to_lowercase()]);
        assert!(words.stops("cheap", false) && !words.stops("who", true));
        assert!(words.stops("the", true) && !words.stops("tent", false));
    }

    #[test]
    fn a_stop_word_is_one_word_and_not_both_added_and_removed() {
        let of = |added: &str, removed: &str| StopWordEdits {
            added: vec![added.to_owned()],
            removed: vec![removed.to_owned()],
        };
        assert_eq!(of("cheap", "who").check(), Ok(()));
        assert!(of("very cheap", "who").check().is_err_and(|error| error.field == "added[0]"));
        assert!(of("Who", "who").check().is_err_and(|error| error.field == "removed"));
    }
}
