//! People, gifts and their occasions, colours and sizes.

use super::lex::LexKind;
use super::phrases::Sense;
use super::{Meaning, MeantPerson, MeantReader};

/// The most words between `for` and a person.
const MAX_BETWEEN: usize = 4;
/// The largest number that is an age.
const OLDEST: f64 = 110.0;
/// The shortest word for people that may begin a compound, in characters.
const MIN_COMPOUND_START: usize = 4;
/// The fewest characters of a compound after it.
const MIN_COMPOUND_REST: usize = 3;

impl MeantReader<'_> {
    /// Finds words for a gift, and then the occasion.
    pub(super) fn gifts(&mut self) {
        let mut is_gift = false;
        for at in 0..self.words.len() {
            let Some(length) = self.length_of(at, |sense| *sense == Sense::Gift) else { continue };
            let is_thing = self.is(at + length, |sense| *sense == Sense::GiftThing);
            if !is_thing && self.is_free(at..at + length) {
                self.claim(at..at + length, Meaning::Gift);
                is_gift = true;
            }
        }
        for at in 0..if is_gift { self.words.len() } else { 0 } {
            let occasion = self.phrases.at(&self.words, at).find_map(|(sense, length)| match sense {
                Sense::Occasion(name) => Some((name.clone(), length)),
                _ => None,
            });
            if let Some((name, length)) = occasion
                && self.is_free(at..at + length)
            {
                self.claim(at..at + length, Meaning::Occasion(name));
            }
        }
    }

    /// Finds those for whom a product is.
    pub(super) fn people(&mut self) {
        let is_gift = self.parts.iter().any(|part| part.meaning == Meaning::Gift);
        for at in 0..self.words.len() {
            let named = self.phrases.at(&self.words, at).find_map(|(sense, length)| match sense {
                // Somebody who gets a gift is no word of the product.
                Sense::Person(person) => Some((*person, length, !(is_gift && self.follows_for(at)))),
                Sense::Recipient(person) if self.follows_for(at) => Some((*person, length, false)),
                _ => None,
            });
            let named = named.or_else(|| self.aged(at)).or_else(|| self.compound(at));
            if let Some((person, length, is_product_word)) = named
                && self.is_free(at..at + length)
            {
                self.claim(at..at + length, Meaning::Person(person, is_product_word));
            }
        }
    }

    /// True if a word comes after `for`, or articles and the like come between.
    fn follows_for(&self, at: usize) -> bool {
        let mut before = at;
        for _ in 0..=MAX_BETWEEN {
            let Some(one) = before.checked_sub(1) else { return false };
            if self.is(one, |sense| *sense == Sense::For) {
                return true;
            }
            if !self.is(one, |sense| *sense == Sense::BeforePerson) && !self.is_number(one..before) {
                return false;
            }
            before = one;
        }
        false
    }

    /// `3 year old`, `for a 3 year old`.
    fn aged(&self, at: usize) -> Option<(MeantPerson, usize, bool)> {
        let LexKind::Number(years) = self.words[at].kind else { return None };
        let dash = usize::from(self.is_sign(at + 1, &["-"]));
        let length = self.length_of(at + 1 + dash, |sense| *sense == Sense::Years)?;
        let several = length > 1 || self.follows_for(at);
        (several && years <= OLDEST).then(|| (MeantPerson::aged(years), 1 + dash + length, false))
    }

    /// A compound that begins with a word for people: `damenschuhe`.
    fn compound(&self, at: usize) -> Option<(MeantPerson, usize, bool)> {
        let word = self.words.get(at).filter(|word| word.kind == LexKind::Word)?;
        if !self.phrases.language().compounds() {
            return None;
        }
        let starts = word.text.char_indices().map(|(place, _)| place).skip(MIN_COMPOUND_START);
        for end in starts.collect::<Vec<_>>().into_iter().rev() {
            if word.text[end..].chars().count() >= MIN_COMPOUND_REST
                && let Some(person) = self.phrases.person_of(&word.text[..end])
            {
                return Some((person, 1, true));
            }
        }
        None
    }

    /// Finds colours, and sizes after a word for a size.
    pub(super) fn colours_and_sizes(&mut self) {
        for at in 0..self.words.len() {
            let colour = self.phrases.at(&self.words, at).find_map(|(sense, length)| match sense {
                Sense::Colour(name) => Some((name.clone(), length)),
                _ => None,
            });
            if let Some((name, length)) = colour
                && self.is_free(at..at + length)
            {
                self.claim(at..at + length, Meaning::Colour(name));
            }
            let size = self.length_of(at, |sense| *sense == Sense::SizeWord);
            if let Some(value) = size.map(|length| at + length)
                && self.is_free(at..value + 1)
                && self.words.get(value).is_some_and(|word| is_size(&word.text, word.kind))
            {
                let range = self.words[value].range.clone();
                self.claim(at..value + 1, Meaning::Size(range));
            }
        }
    }
}

/// True for what is a size after a word for one: a number, or a few letters such as `XXL`.
fn is_size(text: &str, kind: LexKind) -> bool {
    match kind {
        LexKind::Number(_) | LexKind::Mixed => true,
        LexKind::Word => text.len() <= 4 && text.ends_with(['s', 'm', 'l']),
        LexKind::Quoted | LexKind::Sign => false,
    }
}
