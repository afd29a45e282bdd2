//! Compiled synonyms, looked up by analysed terms. At each position the longest known phrase is expanded, and
//! the look-up continues after it. Alternatives are never expanded again, so expansion always ends.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::placeholder;
use super::set::{SynonymKind, SynonymSet};

/// The most alternatives of a phrase; those with the highest weights stay.
const MAX_ALTERNATIVES: usize = 100;

/// The alternatives of each phrase with their weights, while sets are compiled.
type AlternativesByPhrase = HashMap<Vec<String>, BTreeMap<Vec<String>, f32>>;

/// The alternatives of a phrase of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// The place of the phrase among the query's terms.
    pub range: Range<usize>,
    /// Its alternatives, the highest weight first, ties by their terms. Never empty.
    pub alternatives: Vec<SynonymPhrase>,
}

/// One alternative of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub struct SynonymPhrase {
    /// Its analysed terms, in order. Never empty.
    pub terms: Vec<String>,
    /// Its weight against the typed terms, above 0 to 1.
    pub weight: f32,
}

/// Compiled synonyms of one language. Cheap to look up, safe to share between threads.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    phrases: HashMap<Vec<String>, Vec<SynonymPhrase>>,
    /// Every term of a phrase that has alternatives.
    terms: HashSet<String>,
    /// The number of terms of the longest phrase.
    longest: usize,
    /// The phrases that each phrase must not find.
    refused: HashMap<Vec<String>, HashSet<Vec<String>>>,
}

impl Synonyms {
    /// Compiles sets that [`super::check`] accepted. `analyze` must be the analysis of queries and products.
    /// Phrases without terms are left out.
    pub fn new<'a>(
        sets: impl IntoIterator<Item = &'a SynonymSet> + Clone,
        analyze: &mut dyn FnMut(&str) -> Vec<String>,
    ) -> Self {
        let placeholders = placeholder::values(sets.clone());
        let mut refused: HashMap<Vec<String>, HashSet<Vec<String>>> = HashMap::new();
        for set in sets.clone().into_iter().filter(|set| set.kind == SynonymKind::Refuse) {
            let words: Vec<Vec<String>> = set.words.iter().map(|phrase| analyze(phrase)).collect();
            let from: Vec<Vec<String>> = set.from.iter().map(|phrase| analyze(phrase)).collect();
            for phrase in if from.is_empty() { &words } else { &from } {
                refused.entry(phrase.clone()).or_default().extend(words.iter().filter(|word| *word != phrase).cloned());
            }
        }
        let mut by_phrase = AlternativesByPhrase::new();
        for set in sets.into_iter().filter(|set| set.kind != SynonymKind::Refuse) {
            match placeholder::of_set(set).and_then(|name| Some((name, placeholders.get(name)?))) {
                None => add(&mut by_phrase, set, analyze),
                Some((name, values)) => {
                    let fill = |list: &[String], value: &str| {
                        list.iter().map(|phrase| placeholder::put(phrase, name, value)).collect()
                    };
                    for value in *values {
                        let (from, words) = (fill(&set.from, value), fill(&set.words, value));
                        add(&mut by_phrase, &SynonymSet { from, words, ..set.clone() }, analyze);
                    }
                }
            }
        }
        let longest = by_phrase.keys().map(Vec::len).max().unwrap_or(0);
        let weightiest = |others: BTreeMap<Vec<String>, f32>| {
            let mut others: Vec<_> =
                others.into_iter().map(|(terms, weight)| SynonymPhrase { terms, weight }).collect();
            // The sort is stable, so ties stay in the order of their terms.
            others.sort_by(|a, b| b.weight.total_cmp(&a.weight));
            others.truncate(MAX_ALTERNATIVES);
            others
        };
        let terms = by_phrase.keys().flatten().cloned().collect();
        Self {
            terms,
            phrases: by_phrase.into_iter().map(|(phrase, others)| (phrase, weightiest(others))).collect(),
            longest,
            refused,
        }
    }

    /// True if one phrase must not find another, both as analysed terms.
    pub fn refuses(&self, phrase: &[String], other: &[String]) -> bool {
        self.refused.get(phrase).is_some_and(|others| others.contains(other))
    }

    /// True if no phrase has an alternative.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// True if a term is part of a phrase. Such a word is not misspelt, even if no product has it.
    pub fn knows(&self, term: &str) -> bool {
        self.terms.contains(term)
    }

    /// Every term of a phrase with alternatives, in no order.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(String::as_str)
    }

    /// The phrases of a query with alternatives, in the query's order. Their ranges never overlap.
    pub fn expand(&self, terms: &[String]) -> Vec<Expansion> {
        let (mut expansions, mut start) = (Vec::new(), 0);
        while start < terms.len() {
            let most = self.longest.min(terms.len() - start);
            let known = (1..=most).rev().find_map(|length| {
                let range = start..start + length;
                Some((range.clone(), self.phrases.get(&terms[range])?))
            });
            let apart = || {
                let range = start..(start + 2).min(terms.len());
                Some((range.clone(), self.phrases.get(&[terms[range].concat()][..])?))
                    .filter(|(range, _)| range.len() == 2)
            };
            start = match known.or_else(apart) {
                Some((range, alternatives)) => {
                    let end = range.end;
                    expansions.push(Expansion { range, alternatives: alternatives.clone() });
                    end
                }
                None => start + 1,
            };
        }
        expansions
    }
}

/// The phrases of two or three words, without their blanks.
fn joined(phrases: &[String]) -> Vec<String> {
    let several = |phrase: &&String| (2..=3).contains(&phrase.split_whitespace().count());
    phrases.iter().filter(several).map(|phrase| phrase.split_whitespace().collect()).collect()
}

/// Adds the alternatives of one set whose phrases have no placeholders.
fn add(by_phrase: &mut AlternativesByPhrase, set: &SynonymSet, analyze: &mut dyn FnMut(&str) -> Vec<String>) {
    let mut analyzed = |phrases: &[String]| -> Vec<Vec<String>> {
        phrases.iter().map(|phrase| analyze(phrase)).filter(|terms| !terms.is_empty()).collect()
    };
    // What is typed without its blanks is the same phrase: `icebox` for `ice box`.
    let (from_joined, words_joined) = (joined(&set.from), joined(&set.words));
    let (from_joined, words_joined) = (analyzed(&from_joined), analyzed(&words_joined));
    let (from, words) = (analyzed(&set.from), analyzed(&set.words));
    let (starts, ends) = match set.kind {
        SynonymKind::TwoWay => (&words, &words),
        // Refused pairs are kept apart.
        SynonymKind::Refuse => return,
        SynonymKind::OneWay => (&from, &words),
        // A query with a value also finds products whose text has the placeholder.
        SynonymKind::Placeholder => (&words, &from),
    };
    let joined_starts = match set.kind {
        SynonymKind::TwoWay => words_joined,
        SynonymKind::OneWay => from_joined,
        _ => Vec::new(),
    };
    for start in starts.iter().chain(&joined_starts) {
        for end in ends.iter().filter(|end| *end != start) {
            let weight = by_phrase.entry(start.clone()).or_default().entry(end.clone()).or_insert(0.0);
            *weight = weight.max(set.weight());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| word.to_lowercase().trim_end_matches('s').to_owned()).collect()
    }

    fn compiled(sets: &[SynonymSet]) -> Synonyms {
        Synonyms::new(sets, &mut words)
    }

    fn set(kind: SynonymKind, from: &str, list: &str) -> SynonymSet {
        let split = |text: &str| text.split(", ").filter(|text| !text.is_empty()).map(str::to_owned).collect();
        SynonymSet::new("s", kind, split(from), split(list))
    }

    /// `range: alternative, alternative; …`
    fn expanded(synonyms: &Synonyms, query: &str) -> String {
        let phrases = synonyms.expand(&words(query)).into_iter().map(|found| {
            let alternatives: Vec<String> = found.alternatives.iter().map(|other| other.terms.join(" ")).collect();
            format!("{:?}: {}", found.range, alternatives.join(", "))
        });
        phrases.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn two_way_sets_work_from_every_phrase_and_one_way_sets_from_their_start() {
        let synonyms = compiled(&[
            set(SynonymKind::TwoWay, "", "sneaker, trainer, running shoe"),
            set(SynonymKind::OneWay, "notebook", "laptop"),
        ]);
        assert_eq!(expanded(&synonyms, "red trainers"), "1..2: running shoe, sneaker");
        assert_eq!(expanded(&synonyms, "running shoes size 42"), "0..2: sneaker, trainer");
        assert_eq!(expanded(&synonyms, "notebook"), "0..1: laptop");
        assert_eq!(expanded(&synonyms, "laptop"), "");
        assert!(synonyms.knows("running") && synonyms.knows("notebook") && !synonyms.knows("laptop"));
    }

    #[test]
    fn phrases_are_the_same_with_and_without_their_blanks() {
        let synonyms = compiled(&[
            set(SynonymKind::TwoWay, "", "fridge freezer, ice box"),
            set(SynonymKind::OneWay, "lampshade", "shade"),
        ]);
        assert_eq!(expanded(&synonyms, "big icebox"), "1..2: fridge freezer, ice box");
        assert_eq!(expanded(&synonyms, "ice box"), "0..2: fridge freezer");
        assert_eq!(expanded(&synonyms, "lamp shade"), "0..2: shade");
        assert!(synonyms.knows("icebox"));
    }

    #[test]
    fn refused_pairs_are_known_in_their_direction_and_find_nothing() {
        let synonyms = compiled(&[
            set(SynonymKind::Refuse, "", "torch, flashlight"),
            set(SynonymKind::Refuse, "trainer", "running shoe"),
        ]);
        let refuses = |phrase: &str, other: &str| synonyms.refuses(&words(phrase), &words(other));
        assert!(
            refuses("torch", "flashlights") && refuses("flashlight", "torch") && refuses("trainers", "running shoe")
        );
        assert!(!refuses("running shoe", "trainer") && !refuses("torch", "torch") && !refuses("torch", "lamp"));
        assert_eq!(expanded(&synonyms, "torch"), "");
    }

    #[test]
    fn the_longest_phrase_goes_first_and_alternatives_are_not_expanded_again() {
        let synonyms = compiled(&[
            set(SynonymKind::TwoWay, "", "shoe, footwear"),
            set(SynonymKind::TwoWay, "", "running shoe, trainer"),
            set(SynonymKind::OneWay, "trainer", "coach"),
        ]);
        assert_eq!(expanded(&synonyms, "running shoe"), "0..2: trainer");
        assert_eq!(expanded(&synonyms, "running and shoe"), "2..3: footwear");
        assert_eq!(expanded(&synonyms, "trainer"), "0..1: coach, running shoe");
    }

    #[test]
    fn a_placeholder_stands_for_its_values_in_products_and_in_other_sets() {
        let synonyms = compiled(&[
            set(SynonymKind::Placeholder, "<shoesize>", "41, 42"),
            set(SynonymKind::OneWay, "<shoesize> inch tv", "television <shoesize>"),
        ]);
        assert_eq!(expanded(&synonyms, "boot 42"), "1..2: shoesize");
        assert_eq!(expanded(&synonyms, "42 inch tv"), "0..3: television 42");
        assert_eq!(expanded(&synonyms, "43 inch tv"), "");
    }

    #[test]
    fn of_two_weights_for_one_alternative_the_higher_counts() {
        let light = SynonymSet { weight: Some(0.5), ..set(SynonymKind::OneWay, "couch", "sofa, settee") };
        let heavy = SynonymSet { weight: Some(1.0), ..set(SynonymKind::TwoWay, "", "couch, settee") };
        let found = compiled(&[light, heavy]).expand(&words("couch"));
        let weights: Vec<_> = found[0].alternatives.iter().map(|other| (&*other.terms[0], other.weight)).collect();
        assert_eq!(weights, [("settee", 1.0), ("sofa", 0.5)]);
    }

    #[test]
    fn sets_of_another_language_do_not_hold() {
        let german = SynonymSet { lang: Some("de".to_owned()), ..set(SynonymKind::TwoWay, "", "handy, mobiltelefon") };
        assert!(german.holds_for("DE") && !german.holds_for("en"));
        assert!(set(SynonymKind::TwoWay, "", "a, b").holds_for("en"));
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_apart_and_inside_the_query(query in "[abc]( [abc]){0,9}") {
            let synonyms = compiled(&[
                set(SynonymKind::TwoWay, "", "a b, c"),
                set(SynonymKind::OneWay, "b, a b c", "a"),
            ]);
            let terms = words(&query);
            let mut end = 0;
            for found in synonyms.expand(&terms) {
                prop_assert!(found.range.start >= end && found.range.end <= terms.len() && !found.range.is_empty());
                prop_assert!(!found.alternatives.is_empty());
                prop_assert!(found.alternatives.iter().all(|other| other.terms != terms[found.range.clone()]));
                end = found.range.end;
            }
        }
    }
}
