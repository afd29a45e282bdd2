//! Prices in words: `under 50`, `between 20 and 40 euros`, `€20-€40`, `cheap`, `most expensive`, `on sale`.

use std::ops::Range;

use super::lex::LexKind;
use super::phrases::Sense;
use super::{Meaning, MeantReader, PriceWish};
use crate::analysis::unit;

const DASHES: &[&str] = &["-", "–", "—"];

/// A sum of money in a query.
struct Amount {
    value: f64,
    /// The currency, by its code.
    money: Option<String>,
    /// The word after it.
    end: usize,
}

impl MeantReader<'_> {
    /// Finds prices, and words for low ones.
    pub(super) fn prices(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            at = match self.price_at(at) {
                Some((end, meaning)) => {
                    self.claim(at..end, meaning);
                    end
                }
                None => at + 1,
            };
        }
        for at in 0..self.words.len() {
            let found = self.phrases.at(&self.words, at).find_map(|(sense, length)| match sense {
                Sense::PriceWish(wish) => Some((*wish, length)),
                _ => None,
            });
            if let Some((wish, length)) = found
                && self.is_free(at..at + length)
                && !(wish == PriceWish::Reduced && self.is_offered_for(at))
            {
                self.claim(at..at + length, Meaning::PriceWish(wish));
            }
        }
    }

    /// True for `sale` in `sofa for sale`, which says that it is sold.
    fn is_offered_for(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.is(before, |sense| *sense == Sense::For))
    }

    /// The price that starts at a word, and the word after it.
    fn price_at(&self, at: usize) -> Option<(usize, Meaning)> {
        self.between(at).or_else(|| self.bounded(at)).or_else(|| self.amounts(at))
    }

    /// `between 20 and 40`, `from 20 to 40`.
    fn between(&self, at: usize) -> Option<(usize, Meaning)> {
        for (sense, length) in self.phrases.at(&self.words, at) {
            let Sense::Between(words) = sense else { continue };
            let Some(low) = self.amount(at + length, true) else { continue };
            let next = self.words.get(low.end..low.end + words.len());
            if next.is_some_and(|next| next.iter().map(|word| &word.text).eq(words))
                && let Some(high) = self.amount(low.end + words.len(), false)
            {
                return Some((high.end, range(low, high)));
            }
        }
        None
    }

    /// `under 50`, `over 20 euros`, `<50`.
    fn bounded(&self, at: usize) -> Option<(usize, Meaning)> {
        let sign = match () {
            () if self.is_sign(at, &["<", "≤"]) => Some((Sense::AtMost(false), 1)),
            () if self.is_sign(at, &[">", "≥"]) => Some((Sense::AtLeast(false), 1)),
            () => None,
        };
        let phrases = self.phrases.at(&self.words, at).map(|(sense, length)| (sense.clone(), length));
        for (sense, length) in sign.into_iter().chain(phrases) {
            let (Sense::AtMost(needs_money) | Sense::AtLeast(needs_money)) = sense else { continue };
            let Some(amount) = self.amount(at + length, false) else { continue };
            if needs_money && amount.money.is_none() {
                continue;
            }
            let (least, most) = match sense {
                Sense::AtMost(_) => (None, Some(amount.value)),
                _ => (Some(amount.value), None),
            };
            return Some((amount.end, Meaning::Price { least, most, money: amount.money, about: false }));
        }
        None
    }

    /// Prices that start with the amount: `20-40 euros`, `50 euro max`, `50 €`.
    fn amounts(&self, at: usize) -> Option<(usize, Meaning)> {
        let about = self.length_of(at, |sense| *sense == Sense::About);
        let first = self.amount(at + about.unwrap_or(0), true)?;
        let to = match self.is_sign(first.end, DASHES) {
            true => Some(1),
            false => self.length_of(first.end, |sense| *sense == Sense::To),
        };
        if let Some(high) = to.and_then(|to| self.amount(first.end + to, false))
            && (first.money.is_some() || high.money.is_some())
        {
            return Some((high.end, range(first, high)));
        }
        let Amount { value, money, end } = first;
        money.as_ref()?;
        let most = self.length_of(end, |sense| *sense == Sense::AtMostAfter);
        let least = self.length_of(end, |sense| *sense == Sense::AtLeastAfter);
        Some(match (most, least) {
            (Some(length), _) => (end + length, Meaning::Price { least: None, most: Some(value), money, about: false }),
            (_, Some(length)) => (end + length, Meaning::Price { least: Some(value), most: None, money, about: false }),
            _ => (end, Meaning::Price { least: Some(value), most: Some(value), money, about: true }),
        })
    }

    /// The sum of money at a word: a number that measures nothing. `first` is true for the first of two, whose
    /// currency may stand at the other.
    fn amount(&self, at: usize, first: bool) -> Option<Amount> {
        let before = self.money(at);
        let start = at + before.as_ref().map_or(0, |(_, length)| *length);
        let LexKind::Number(value) = self.words.get(start)?.kind else { return None };
        let after = if before.is_some() { None } else { self.money(start + 1) };
        let end = start + 1 + after.as_ref().map_or(0, |(_, length)| *length);
        let money = before.or(after).map(|(code, _)| code);
        let bare = money.is_none();
        (!bare || !self.is_measured(end, first)).then_some(Amount { value, money, end })
    }

    /// True if the word after a number says that it counts or measures something.
    fn is_measured(&self, at: usize, first: bool) -> bool {
        let Some(word) = self.words.get(at) else { return false };
        match word.kind {
            // The hyphen of a range joins two numbers.
            LexKind::Sign if first && DASHES.contains(&&*word.text) => false,
            LexKind::Sign => word.joined || matches!(&*word.text, "%" | "°"),
            _ if word.joined => true,
            // `under 50 in black` is no length.
            LexKind::Word if word.text == "in" => !self.is_word(at + 1),
            LexKind::Word => self.is(at, |sense| *sense == Sense::Measure) || unit(&word.text).is_some(),
            LexKind::Number(_) => true,
            LexKind::Mixed | LexKind::Quoted => false,
        }
    }

    /// The currency named at a word. A name that is a unit too counts where the shop has that currency.
    fn money(&self, at: usize) -> Option<(String, usize)> {
        self.phrases.at(&self.words, at).find_map(|(sense, length)| match sense {
            Sense::Money(code) => {
                let is_unit = unit(&self.words[at].text).is_some();
                (!is_unit || self.currency == Some(code)).then(|| (code.clone(), length))
            }
            _ => None,
        })
    }

    /// True if some words are a number of a price.
    pub(super) fn is_number(&self, words: Range<usize>) -> bool {
        words.into_iter().any(|at| self.words.get(at).is_some_and(|word| matches!(word.kind, LexKind::Number(_))))
    }
}

fn range(one: Amount, other: Amount) -> Meaning {
    let (least, most) = (one.value.min(other.value), one.value.max(other.value));
    Meaning::Price { least: Some(least), most: Some(most), money: one.money.or(other.money), about: false }
}
