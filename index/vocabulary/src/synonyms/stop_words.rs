//! Stop words: words too common to be required of a product. Each language has a built-in list. A merchant adds
//! words to it, or removes words that are names in this shop ("the who").

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::set::folded;
use crate::product::FieldError;

/// The most words added, and the most removed.
pub const MAX_STOP_WORDS: usize = 1_000;
/// The longest word, in characters.
const MAX_CHARS: usize = 50;

/// A merchant's changes to the stop words of one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopWordEdits {
    /// Additional stop words.
    pub added: Vec<String>,
    /// Built-in stop words that are ordinary words in this shop.
    pub removed: Vec<String>,
}

impl StopWordEdits {
    /// True if nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Checks the words.
    ///
    /// # Errors
    /// The first field at fault, such as `added[3]`.
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

/// Compiled changes to the stop words of one language.
#[derive(Debug, Clone, Default)]
pub struct StopWords {
    by_term: HashMap<String, bool>,
}

impl StopWords {
    /// Compiles changes; later ones override earlier ones. `analyze` must be the analysis of queries.
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

    /// True if a term is a stop word. `built_in` is true if the language's own list has it.
    pub fn stops(&self, term: &str, built_in: bool) -> bool {
        self.by_term.get(term).copied().unwrap_or(built_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_merchant_goes_before_the_built_in_list() {
        let edits = StopWordEdits { added: vec!["cheap".to_owned()], removed: vec!["who".to_owned()] };
        let words = StopWords::new([&edits], &mut |word| vec![word.to_lowercase()]);
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
