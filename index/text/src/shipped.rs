//! Shipped synonyms: words for the same thing that shops sell, by language. The lists are ours, in
//! `assets/synonyms`; they are compiled once when a language is first asked for. A merchant's own synonyms precede
//! them and can refuse a pair of them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::analysis::{Analyzer, Language};
use super::suggest::fold;
use crate::synonyms::{SynonymKind, SynonymSet, Synonyms};

/// The fewest letters of a typed beginning that is completed by way of a synonym.
const MIN_TYPED: usize = 3;

/// The shipped synonyms of one language.
#[derive(Debug)]
pub struct ShippedSynonyms {
    synonyms: Synonyms,
    /// The folded alternatives of each folded phrase.
    by_phrase: BTreeMap<String, Vec<String>>,
}

/// The shipped synonyms of a language; `None` if there are none.
pub fn shipped(language: Language) -> Option<&'static ShippedSynonyms> {
    static EN: OnceLock<ShippedSynonyms> = OnceLock::new();
    static DE: OnceLock<ShippedSynonyms> = OnceLock::new();
    let (compiled, text) = match language {
        Language::En => (&EN, include_str!("../assets/synonyms/en.txt")),
        Language::De => (&DE, include_str!("../assets/synonyms/de.txt")),
        _ => return None,
    };
    Some(compiled.get_or_init(|| ShippedSynonyms::new(&sets(text), language)))
}

/// The sets of a list: one a line, phrases between commas, `=>` for one direction, comments after `#`. A weight other
/// than 1 follows a phrase and holds for its pairs (`^0.5`); at the end of a one-way line it holds for all of it.
pub fn sets(text: &str) -> Vec<SynonymSet> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.enumerate().filter(|(_, line)| !line.is_empty()).flat_map(|(at, line)| sets_of(at + 1, line)).collect()
}

/// The sets of one line: the line itself, and a set in each direction for each phrase with a weight of its own.
fn sets_of(number: usize, line: &str) -> Vec<SynonymSet> {
    let set = |name: &str, kind, from: &[String], words: &[String], weight| SynonymSet {
        weight: Some(weight),
        ..SynonymSet::new(format!("line-{number}{name}"), kind, from.to_vec(), words.to_vec())
    };
    if let Some((from, words)) = line.split_once("=>") {
        let (from, words) = (phrases(from), phrases(words));
        let weight = words.last().map_or(1.0, |(_, weight)| *weight);
        let plain = |list: Vec<(String, f32)>| list.into_iter().map(|(phrase, _)| phrase).collect::<Vec<_>>();
        return vec![set("", SynonymKind::OneWay, &plain(from), &plain(words), weight)];
    }
    let (whole, near): (Vec<_>, Vec<_>) = phrases(line).into_iter().partition(|(_, weight)| *weight >= 1.0);
    let whole: Vec<String> = whole.into_iter().map(|(phrase, _)| phrase).collect();
    let mut sets = Vec::new();
    if whole.len() > 1 {
        sets.push(set("", SynonymKind::TwoWay, &[], &whole, 1.0));
    }
    for (at, (phrase, weight)) in near.into_iter().enumerate() {
        let near = [phrase];
        sets.push(set(&format!("-to-{at}"), SynonymKind::OneWay, &whole, &near, weight));
        sets.push(set(&format!("-from-{at}"), SynonymKind::OneWay, &near, &whole, weight));
    }
    sets
}

/// The phrases between commas, with their weights.
fn phrases(list: &str) -> Vec<(String, f32)> {
    let phrase = |text: &str| {
        let (phrase, weight) = text.split_once('^').unwrap_or((text, "1"));
        (phrase.trim().to_owned(), weight.trim().parse().unwrap_or(1.0))
    };
    list.split(',').map(phrase).filter(|(phrase, _)| !phrase.is_empty()).collect()
}

impl ShippedSynonyms {
    fn new(sets: &[SynonymSet], language: Language) -> Self {
        let (mut analyzer, mut folder) = (Analyzer::new(language), Analyzer::new(language));
        let terms = |text: &str| analyzer.whole(text).into_iter().map(|token| token.term).collect();
        let synonyms = Synonyms::new(sets, &mut { terms });
        let mut by_phrase: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for set in sets {
            let words: Vec<String> = set.words.iter().map(|phrase| fold(&mut folder, phrase)).collect();
            let from: Vec<String> = set.from.iter().map(|phrase| fold(&mut folder, phrase)).collect();
            for phrase in if from.is_empty() { &words } else { &from } {
                let others = words.iter().filter(|other| *other != phrase);
                by_phrase.entry(phrase.clone()).or_default().extend(others.cloned());
            }
        }
        Self { synonyms, by_phrase }
    }

    /// The synonyms by analysed terms. Weights are relative to that of the setting.
    pub fn synonyms(&self) -> &Synonyms {
        &self.synonyms
    }

    /// The phrases that a folded text begins or is, each with one of its alternatives, the shortest phrase first, at
    /// most `limit` pairs.
    pub fn starting(&self, typed: &str, limit: usize) -> Vec<(&str, &str)> {
        if typed.chars().count() < MIN_TYPED {
            return Vec::new();
        }
        let range = self.by_phrase.range(typed.to_owned()..);
        let mut phrases: Vec<(&String, &Vec<String>)> =
            range.take_while(|(phrase, _)| phrase.starts_with(typed)).collect();
        phrases.sort_by_key(|(phrase, _)| (phrase.len(), phrase.as_str()));
        let pairs =
            phrases.into_iter().flat_map(|(phrase, others)| others.iter().map(move |other| (&**phrase, &**other)));
        pairs.take(limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LISTS: [(&str, &str); 2] =
        [("en", include_str!("../assets/synonyms/en.txt")), ("de", include_str!("../assets/synonyms/de.txt"))];

    #[test]
    fn every_shipped_set_is_valid_and_none_is_listed_twice() {
        for (language, text) in LISTS {
            let sets = sets(text);
            assert!(sets.len() > 300, "{language} has {} sets", sets.len());
            let checked = crate::synonyms::check(&sets).map_err(|error| error.to_string());
            assert_eq!(checked, Ok(()), "{language}");
            let mut seen = BTreeSet::new();
            for set in &sets {
                let mut phrases = set.words.clone();
                phrases.sort_unstable();
                assert!(seen.insert((set.from.clone(), phrases)), "{language} {}: {:?}", set.id, set.words);
            }
        }
    }

    #[test]
    fn phrases_are_found_in_every_form_and_one_way_sets_in_one_direction() {
        let list = "torch, flashlight, lantern ^0.6\nhand luggage => bag ^0.5 # broader\n";
        let shipped = ShippedSynonyms::new(&sets(list), Language::En);
        let expand = |terms: &[&str]| -> Vec<(String, f32)> {
            let terms: Vec<String> = terms.iter().map(|&term| term.to_owned()).collect();
            let found = shipped.synonyms().expand(&terms);
            found.into_iter().flat_map(|one| one.alternatives).map(|one| (one.terms.join(" "), one.weight)).collect()
        };
        let none: Vec<(String, f32)> = Vec::new();
        assert_eq!(expand(&["torch"]), vec![("flashlight".to_owned(), 1.0), ("lantern".to_owned(), 0.6)]);
        assert_eq!(expand(&["hand", "luggag"]), vec![("bag".to_owned(), 0.5)]);
        assert_eq!(expand(&["bag"]), none);
        assert_eq!(shipped.starting("flashl", 5), [("flashlight", "torch"), ("flashlight", "lantern")]);
        assert!(shipped.starting("fl", 5).is_empty());
    }
}
