//! The phrases of a shop, compiled for look-up: those of its language, of English, and the merchant's own.

use std::collections::{BTreeMap, HashMap};

use super::PriceWish;
use super::lex::{LexKind, LexWord, lex};
use super::people::MeantPerson;
use super::table::{FieldNames, PhraseTable, builtin};
use crate::analysis::{Analyzer, Language};

/// The most words of one phrase.
const MAX_PHRASE_WORDS: usize = 6;

/// Places of a word or phrase in a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sense {
    /// Before the highest price; true if the number needs a currency.
    AtMost(bool),
    /// Before the lowest price; true if the number needs a currency.
    AtLeast(bool),
    /// Before the lower of two prices, with the words between them.
    Between(Vec<String>),
    To,
    AtMostAfter,
    AtLeastAfter,
    About,
    PriceWish(PriceWish),
    /// A currency, by its code.
    Money(String),
    Measure,
    /// Before what is not wanted; true if it may be a part of a quality.
    Not(bool),
    NotAfter,
    Skipped,
    NeverNegated,
    Or,
    Person(MeantPerson),
    Recipient(MeantPerson),
    Gift,
    GiftThing,
    For,
    BeforePerson,
    Years,
    Occasion(String),
    Colour(String),
    SizeWord,
}

/// The phrases of a shop, ready to be looked up. Immutable; made once a snapshot.
#[derive(Debug, Default)]
pub struct Phrases {
    /// By its first word: the further words of a phrase, and its sense.
    by_first: HashMap<String, Vec<(Vec<String>, Sense)>>,
    /// Words for people of one kind, as typed in the tables.
    pub(super) people: BTreeMap<String, Vec<String>>,
    pub(super) gift: Vec<String>,
    pub(super) occasions: BTreeMap<String, Vec<String>>,
    pub(super) colours: BTreeMap<String, Vec<String>>,
    pub(super) free_of: Vec<String>,
    pub(super) opposites: BTreeMap<String, Vec<String>>,
    pub(super) fields: FieldNames,
    pub(super) language: Language,
}

impl Phrases {
    /// The phrases for queries in `language`. `languages` are all languages of the shop, whose words for people, gifts
    /// and colours count as well; `own` holds the merchant's tables by language code.
    pub fn new(language: Language, languages: &[Language], own: &BTreeMap<String, PhraseTable>) -> Self {
        let mut phrases = Self { language, ..Self::default() };
        let mut analyzer = Analyzer::new(Language::Any);
        let mut seen: Vec<Language> = Vec::new();
        for &read in [language].iter().chain(languages).chain(&[Language::En, Language::Any]) {
            if seen.contains(&read) {
                continue;
            }
            seen.push(read);
            let merchants = own.iter().filter(|(code, _)| Language::of(code) == read).map(|(_, table)| table);
            for table in std::iter::once(builtin(read)).chain(merchants) {
                // The words of a second language would be misread in the first: `van` is Dutch for `from`.
                phrases.add(table, read == language || read == Language::Any, &mut analyzer);
            }
        }
        phrases.by_first.values_mut().for_each(|all| all.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len())));
        phrases
    }

    fn add(&mut self, table: &PhraseTable, reads: bool, analyzer: &mut Analyzer) {
        if reads {
            self.add_senses(table, analyzer);
        }
        let extend = |all: &mut BTreeMap<String, Vec<String>>, own: &BTreeMap<String, Vec<String>>| {
            own.iter().for_each(|(name, words)| all.entry(name.clone()).or_default().extend(words.iter().cloned()));
        };
        extend(&mut self.people, &table.people);
        extend(&mut self.occasions, &table.occasions);
        extend(&mut self.occasions, &table.occasion_signs);
        extend(&mut self.colours, &table.colours);
        for (thing, words) in &table.negation.opposites {
            let things = analyzer.folded(thing.to_lowercase());
            self.opposites.entry(things).or_default().extend(words.iter().cloned());
        }
        self.gift.extend(table.gift.words.iter().cloned());
        self.free_of.extend(table.negation.free_of.iter().cloned());
        let FieldNames { colour, size, material, .. } = &table.fields;
        self.fields.colour.extend(colour.iter().cloned());
        self.fields.size.extend(size.iter().cloned());
        self.fields.material.extend(material.iter().cloned());
    }

    fn add_senses(&mut self, table: &PhraseTable, analyzer: &mut Analyzer) {
        let PhraseTable { price, negation, gift, .. } = table;
        let mut all = |phrases: &[String], sense: Sense| {
            phrases.iter().for_each(|phrase| self.add_sense(phrase, sense.clone(), analyzer));
        };
        all(&price.at_most, Sense::AtMost(false));
        all(&price.at_least, Sense::AtLeast(false));
        all(&price.at_most_with_currency, Sense::AtMost(true));
        all(&price.at_least_with_currency, Sense::AtLeast(true));
        all(&price.to, Sense::To);
        all(&price.at_most_after, Sense::AtMostAfter);
        all(&price.at_least_after, Sense::AtLeastAfter);
        all(&price.about, Sense::About);
        all(&price.low, Sense::PriceWish(PriceWish::Low));
        all(&price.lowest, Sense::PriceWish(PriceWish::Lowest));
        all(&price.highest, Sense::PriceWish(PriceWish::Highest));
        all(&price.reduced, Sense::PriceWish(PriceWish::Reduced));
        all(&price.measures, Sense::Measure);
        table.money.iter().for_each(|(code, names)| all(names, Sense::Money(code.to_ascii_uppercase())));
        all(&negation.words, Sense::Not(false));
        all(&negation.prefixes, Sense::Not(true));
        all(&negation.after, Sense::NotAfter);
        all(&negation.skipped, Sense::Skipped);
        all(&negation.never_before, Sense::NeverNegated);
        all(&negation.or, Sense::Or);
        for (kind, words) in &table.people {
            MeantPerson::of(kind).into_iter().for_each(|person| all(words, Sense::Person(person)));
        }
        for (kind, words) in &table.recipients {
            MeantPerson::of(kind).into_iter().for_each(|person| all(words, Sense::Recipient(person)));
        }
        all(&gift.words, Sense::Gift);
        all(&gift.not_before, Sense::GiftThing);
        all(&gift.before_person, Sense::For);
        all(&gift.between, Sense::BeforePerson);
        all(&gift.years, Sense::Years);
        table.occasions.iter().for_each(|(name, words)| all(words, Sense::Occasion(name.clone())));
        table.colours.iter().for_each(|(name, words)| all(words, Sense::Colour(name.clone())));
        all(&table.fields.size_words, Sense::SizeWord);
        for [before, between] in &price.between {
            let between = split(between, analyzer);
            self.add_sense(before, Sense::Between(between), analyzer);
        }
    }

    fn add_sense(&mut self, phrase: &str, sense: Sense, analyzer: &mut Analyzer) {
        let mut words = split(phrase, analyzer).into_iter();
        if let Some(first) = words.next() {
            let known = self.by_first.entry(first).or_default();
            let phrase = (words.take(MAX_PHRASE_WORDS).collect(), sense);
            if !known.contains(&phrase) {
                known.push(phrase);
            }
        }
    }

    /// The senses of the phrases that start at a word, with their lengths in words, the longest first.
    pub(super) fn at<'a>(&'a self, words: &'a [LexWord], at: usize) -> impl Iterator<Item = (&'a Sense, usize)> {
        let known = words.get(at).filter(|word| word.kind != LexKind::Quoted);
        let known = known.and_then(|word| self.by_first.get(&word.text)).into_iter().flatten();
        known.filter_map(move |(rest, sense)| {
            let follows = words.get(at + 1..at + 1 + rest.len())?;
            follows.iter().map(|word| &word.text).eq(rest).then_some((sense, rest.len() + 1))
        })
    }

    /// The length of the longest phrase at a word with a wanted sense.
    pub(super) fn length_of(&self, words: &[LexWord], at: usize, wanted: impl Fn(&Sense) -> bool) -> Option<usize> {
        self.at(words, at).find(|(sense, _)| wanted(sense)).map(|(_, length)| length)
    }

    /// The person that a single word names.
    pub(super) fn person_of(&self, word: &str) -> Option<MeantPerson> {
        self.by_first.get(word)?.iter().find_map(|(rest, sense)| match sense {
            Sense::Person(person) if rest.is_empty() => Some(*person),
            _ => None,
        })
    }

    /// True if a word begins with a word for people and is none itself.
    pub fn is_compound(&self, word: &str) -> bool {
        let word = Analyzer::new(Language::Any).folded(word.to_lowercase());
        !word.contains(' ') && self.language.compounds() && self.by_first.contains_key(&word).eq(&false)
    }

    /// The language of the queries.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The words for people of some kinds, in every language of the shop.
    pub fn words_for_people<'a>(&'a self, kinds: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
        kinds.iter().filter_map(|kind| self.people.get(*kind)).flatten().map(String::as_str)
    }

    /// The words for gifts, in every language of the shop.
    pub fn words_for_gifts(&self) -> impl Iterator<Item = &str> {
        self.gift.iter().map(String::as_str)
    }

    /// The words that speak of an occasion, in every language of the shop.
    pub fn words_for_occasion(&self, name: &str) -> impl Iterator<Item = &str> {
        self.occasions.get(name).into_iter().flatten().map(String::as_str)
    }

    /// The words for a colour, in every language of the shop.
    pub fn words_for_colour(&self, name: &str) -> impl Iterator<Item = &str> {
        self.colours.get(name).into_iter().flatten().map(String::as_str)
    }

    /// The names of attributes that hold a colour, a size, a material.
    pub fn fields(&self) -> &FieldNames {
        &self.fields
    }

    /// The ways to say that something is free of a thing.
    pub fn free_of(&self, thing: &str) -> Vec<String> {
        let mut analyzer = Analyzer::new(Language::Any);
        let thing = thing.to_lowercase();
        let folded = analyzer.folded(thing.clone());
        let said = self.free_of.iter().map(|pattern| pattern.replace("{}", &thing));
        let mut said: Vec<String> = said.chain(self.opposites.get(&folded).into_iter().flatten().cloned()).collect();
        said.sort_unstable();
        said.dedup();
        said
    }
}

fn split(phrase: &str, analyzer: &mut Analyzer) -> Vec<String> {
    lex(phrase, analyzer).into_iter().map(|word| word.text).collect()
}
