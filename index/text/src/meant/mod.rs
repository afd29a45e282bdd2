//! The meaning of a query besides words to search for: prices, exclusions, people, gifts, colours, sizes. Pure: a text
//! and the tables of phrases go in, parts with their places come out. Which of them a shop can serve, its catalogue
//! decides.

mod lex;
mod negation;
mod people;
mod phrases;
mod price;
mod reading;
mod table;
mod wishes;

use std::ops::Range;

use self::lex::{LexKind, LexWord, lex};
pub use self::people::{MeantAge, MeantGender, MeantPerson};
pub use self::phrases::Phrases;
use self::phrases::Sense;
pub use self::reading::{MeantExclusion, Reading, WidenedWord};
use self::table::builtin;
pub use self::table::{FieldNames, GiftPhrases, NegationPhrases, PhraseList, PhraseTable, PricePhrases};
use crate::analysis::{Analyzer, Language};

/// The most parts of one query; later ones stay words.
pub const MAX_MEANT_PARTS: usize = 12;

/// The phrases of a language, as they ship, that say what is not wanted.
pub(crate) fn negations(language: Language) -> &'static NegationPhrases {
    &builtin(language).negation
}

/// True for a word that says for whom a product is, as it ships: `women`, `Damen`, `kids`.
pub(crate) fn names_people(language: Language, word: &str) -> bool {
    builtin(language).people.values().flatten().any(|name| name == word)
}

/// True for the word before the use of a thing, accents folded, as it ships: `for`, `fur`.
pub(crate) fn names_purpose(language: Language, word: &str) -> bool {
    let mut analyzer = Analyzer::new(Language::Any);
    builtin(language).gift.before_person.first().is_some_and(|name| analyzer.folded(name.clone()) == word)
}

/// True for a word that names a colour, as it ships. Some name things too: `orange`, `cream`.
pub(crate) fn names_colour(language: Language, word: &str) -> bool {
    builtin(language).colours.values().flatten().any(|name| name == word)
}

/// A part of a query that is more than words.
#[derive(Debug, Clone, PartialEq)]
pub struct MeantPart {
    /// Its place in the query, in bytes.
    pub range: Range<usize>,
    /// Its meaning.
    pub meaning: Meaning,
}

/// The meaning of a part.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A range of prices, in major units.
    Price {
        /// The lowest.
        least: Option<f64>,
        /// The highest.
        most: Option<f64>,
        /// The currency, by its code, where one is named.
        money: Option<String>,
        /// True if the price is only nearly meant.
        about: bool,
    },
    /// A price as a wish.
    PriceWish(PriceWish),
    /// Something not wanted.
    Without {
        /// The first word of it.
        first: Range<usize>,
        /// All words that it may consist of, from the first on.
        whole: Range<usize>,
        /// True if it may be a quality instead: `non stick`.
        quality: bool,
    },
    /// Somebody for whom it is; true if the word is a product's too, false if it only names somebody.
    Person(MeantPerson, bool),
    /// A gift.
    Gift,
    /// The occasion of a gift, by its name in the tables.
    Occasion(String),
    /// A colour, by its name in the tables.
    Colour(String),
    /// A size: the place of its value.
    Size(Range<usize>),
    /// One of two words: their places.
    Either(Range<usize>, Range<usize>),
    /// Both of two words, which is meant anyway.
    Both,
}

/// A wish for a price, without an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceWish {
    /// A low price: `cheap`.
    Low,
    /// The lowest of all: `cheapest`.
    Lowest,
    /// The highest of all: `most expensive`.
    Highest,
    /// A price below the usual one: `on sale`.
    Reduced,
}

/// A query on its way to parts.
struct MeantReader<'a> {
    phrases: &'a Phrases,
    query: &'a str,
    words: Vec<LexWord>,
    /// True for words that belong to a part.
    claimed: Vec<bool>,
    /// The shop's currency, by its code.
    currency: Option<&'a str>,
    parts: Vec<MeantPart>,
}

impl Phrases {
    /// The parts of a query, in order. `currency` is the shop's, by its code.
    pub fn read(&self, query: &str, currency: Option<&str>) -> Vec<MeantPart> {
        let words = lex(query, &mut Analyzer::new(Language::Any));
        let claimed = vec![false; words.len()];
        let mut reader = MeantReader { phrases: self, query, words, claimed, currency, parts: Vec::new() };
        reader.prices();
        reader.operators();
        reader.negations();
        reader.gifts();
        reader.people();
        reader.colours_and_sizes();
        let mut parts = reader.parts;
        parts.sort_by_key(|part| part.range.start);
        parts.truncate(MAX_MEANT_PARTS);
        parts
    }
}

impl MeantReader<'_> {
    /// Makes a part of some words.
    fn claim(&mut self, words: Range<usize>, meaning: Meaning) {
        let range = self.span(&words);
        self.claimed[words].fill(true);
        self.parts.push(MeantPart { range, meaning });
    }

    /// The place of some words in the query; there is at least one.
    fn span(&self, words: &Range<usize>) -> Range<usize> {
        self.words[words.start].range.start..self.words[words.end - 1].range.end
    }

    /// The length of the longest phrase at a word with a wanted sense.
    fn length_of(&self, at: usize, wanted: impl Fn(&Sense) -> bool) -> Option<usize> {
        self.phrases.length_of(&self.words, at, wanted)
    }

    fn is(&self, at: usize, wanted: impl Fn(&Sense) -> bool) -> bool {
        self.length_of(at, wanted).is_some()
    }

    fn is_free(&self, words: Range<usize>) -> bool {
        self.claimed.get(words).is_some_and(|claimed| claimed.iter().all(|claimed| !claimed))
    }

    fn is_word(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| matches!(word.kind, LexKind::Word | LexKind::Mixed))
    }

    fn is_sign(&self, at: usize, signs: &[&str]) -> bool {
        self.words.get(at).is_some_and(|word| word.kind == LexKind::Sign && signs.contains(&&*word.text))
    }

    /// `AND` and `OR` in capitals, in a query that has small letters too.
    fn operators(&mut self) {
        if !self.query.contains(char::is_lowercase) {
            return;
        }
        for at in 1..self.words.len().saturating_sub(1) {
            let is = |text| self.words[at].capitals && self.words[at].text == text;
            let joins = self.is_word(at - 1) && self.is_word(at + 1) && self.is_free(at..at + 1);
            if joins && is("or") {
                let (left, right) = (self.words[at - 1].range.clone(), self.words[at + 1].range.clone());
                self.claim(at..at + 1, Meaning::Either(left, right));
            } else if joins && is("and") {
                self.claim(at..at + 1, Meaning::Both);
            }
        }
    }
}

#[cfg(test)]
mod tests;
