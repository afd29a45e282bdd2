//! The names by which a query may call a category: its own name, the end of its path and the whole path, each as the
//! terms of its words in no order, each once. Stop words and punctuation do not count, so `creams and moisturisers` names
//! `Face > Creams & Moisturisers`.

use rustc_hash::FxHashMap;

use crate::column::{CATEGORY, ValueId};
use crate::generation::Generation;
use crate::product::CATEGORY_SEPARATOR;
use crate::text::analysis::Analyzer;

/// The most categories whose names are kept; a catalogue with more has no names.
const MAX_CATEGORIES: usize = 50_000;
/// The most terms of a name.
const MAX_TERMS: usize = 24;

/// A category and the part of its path that a name spells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CategoryName {
    /// The path of the category.
    pub(super) path: String,
    /// The number of levels of the path that the name spells, from the end.
    pub(super) levels: usize,
}

/// Categories by their names.
#[derive(Debug, Default)]
pub(super) struct CategoryNames {
    by_terms: FxHashMap<String, Vec<CategoryName>>,
}

impl CategoryNames {
    /// The names of all categories of a generation.
    pub(super) fn new(generation: &Generation) -> Self {
        let Some(column) = generation.columns.keyword(CATEGORY).map(|column| column.view()) else {
            return Self::default();
        };
        if column.distinct() > MAX_CATEGORIES {
            return Self::default();
        }
        let paths = ValueId::all(column.distinct()).map(|id| column.text(id));
        Self::of(paths, &mut generation.text.analyzer())
    }

    /// The names of some paths; they ascend, so the order of categories with one name is that of their paths.
    fn of<'a>(paths: impl Iterator<Item = &'a str>, analyzer: &mut Analyzer) -> Self {
        let mut by_terms: FxHashMap<String, Vec<CategoryName>> = FxHashMap::default();
        let mut analysed: FxHashMap<&str, Vec<String>> = FxHashMap::default();
        for path in paths {
            let mut spelt: Vec<String> = Vec::new();
            for (at, level) in path.rsplit(CATEGORY_SEPARATOR).enumerate() {
                let terms = analysed.entry(level).or_insert_with(|| terms(level, analyzer));
                spelt.extend(terms.iter().cloned());
                if spelt.len() > MAX_TERMS {
                    break;
                }
                let named = by_terms.entry(key(&spelt)).or_default();
                match named.last_mut().filter(|last| last.path == path) {
                    // A level that repeats the words of others.
                    Some(last) => last.levels = at + 1,
                    None => named.push(CategoryName { path: path.to_owned(), levels: at + 1 }),
                }
            }
        }
        by_terms.remove("");
        Self { by_terms }
    }

    /// The categories that a text names.
    pub(super) fn named(&self, text: &str, analyzer: &mut Analyzer) -> &[CategoryName] {
        if self.by_terms.is_empty() {
            return &[];
        }
        self.by_terms.get(&key(&terms(text, analyzer))).map_or(&[], Vec::as_slice)
    }
}

/// The terms of the words that say something.
fn terms(text: &str, analyzer: &mut Analyzer) -> Vec<String> {
    let language = analyzer.language();
    let words = analyzer.whole(text).into_iter().filter(|token| !language.is_stop_word(&token.word));
    words.map(|token| token.term).collect()
}

/// One text for the same terms in any order, each once: who types a path does not repeat its words.
fn key(terms: &[String]) -> String {
    let mut sorted: Vec<&str> = terms.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_named_by_its_name_the_end_of_its_path_or_all_of_it() {
        let paths = ["Beauty", "Beauty > Face", "Beauty > Face > Creams & Balms", "Beauty > Hands > Creams & Balms"];
        let analyzer = &mut Analyzer::default();
        let names = CategoryNames::of(paths.into_iter(), analyzer);
        let mut found = |text: &str| -> Vec<(String, usize)> {
            names.named(text, analyzer).iter().map(|name| (name.path.clone(), name.levels)).collect()
        };
        assert_eq!(found("balm and cream").len(), 2, "two have the name");
        assert_eq!(found("face creams balms"), [("Beauty > Face > Creams & Balms".to_owned(), 2)]);
        assert_eq!(found("beauty hands creams balms"), [("Beauty > Hands > Creams & Balms".to_owned(), 3)]);
        assert_eq!(found("beauty"), [("Beauty".to_owned(), 1)]);
        assert_eq!(found("face beauty"), [("Beauty > Face".to_owned(), 2)]);
        assert!(found("beauty cream").is_empty() && found("cream").is_empty() && found("the").is_empty());
    }
}
