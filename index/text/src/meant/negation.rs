//! Exclusions: `not black`, `no sugar`, `without a hood`, `-wax`, `NOT leather`.

use std::ops::Range;

use super::lex::LexKind;
use super::phrases::Sense;
use super::{Meaning, MeantReader};

/// The most words between a negation and what it negates.
const MAX_SKIPPED: usize = 3;
/// The most words of one thing that is not wanted.
const MAX_WORDS: usize = 3;

impl MeantReader<'_> {
    /// Finds what is not wanted.
    pub(super) fn negations(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            at = if self.claimed[at] { at + 1 } else { self.signed(at).or_else(|| self.negated(at)).unwrap_or(at + 1) };
        }
        self.negated_by_a_later_word();
    }

    /// `-wax`: a hyphen after a blank and right before letters or quotes. Returns the word after it.
    fn signed(&mut self, at: usize) -> Option<usize> {
        let next = self.words.get(at + 1)?;
        let signed = self.is_sign(at, &["-"]) && !self.words[at].joined && next.joined;
        if !signed || !matches!(next.kind, LexKind::Word | LexKind::Mixed | LexKind::Quoted) {
            return None;
        }
        let mut end = at + 2;
        while next.kind != LexKind::Quoted && self.words.get(end).is_some_and(|word| word.joined) {
            end += 1;
        }
        let whole = self.span(&(at + 1..end));
        self.claim(at..end, Meaning::Without { first: whole.clone(), whole, quality: false });
        Some(end)
    }

    /// A word that negates, and what it negates. Returns the word after it.
    fn negated(&mut self, at: usize) -> Option<usize> {
        let is_not = |sense: &Sense| matches!(sense, Sense::Not(_));
        let found = self.phrases.at(&self.words, at).find(|(sense, _)| is_not(sense));
        let (quality, length) = match found {
            Some((sense, length)) => (*sense == Sense::Not(true), length),
            None if self.words[at].capitals && self.words[at].text == "not" => (false, 1),
            None => return None,
        };
        if self.is(at + length, |sense| *sense == Sense::NeverNegated) {
            return None;
        }
        let mut start = at + length;
        // `non-slip` is written with a hyphen.
        if quality && self.is_sign(start, &["-"]) {
            start += 1;
        }
        for _ in 0..MAX_SKIPPED {
            match self.length_of(start, |sense| *sense == Sense::Skipped) {
                Some(length) if self.words.len() > start + length => start += length,
                _ => break,
            }
        }
        let mut end = self.claim_thing(at, start, quality)?;
        while let Some(length) = self.length_of(end, |sense| *sense == Sense::Or) {
            match self.claim_thing(end, end + length, false) {
                Some(next) => end = next,
                None => break,
            }
        }
        Some(end)
    }

    /// Makes a part of a thing that starts at a word and of the words before it. Returns the word after the first of
    /// the thing.
    fn claim_thing(&mut self, from: usize, start: usize, quality: bool) -> Option<usize> {
        let quoted = self.words.get(start).is_some_and(|word| word.kind == LexKind::Quoted);
        if !quoted && (!self.is_word(start) || !self.is_free(from..start + 1)) {
            return None;
        }
        let first = self.whole_word(start);
        let mut end = first.end;
        while !quoted && end < start + MAX_WORDS && self.is_word(end) && self.is_free(end..end + 1) && !self.stops(end)
        {
            end = self.whole_word(end).end;
        }
        let mut end = end.min(self.words.len());
        if !quoted && self.is_word(end) && self.is_free(end..end + 1) && !self.stops(end) {
            // More words than a thing has: `not waterproof trail running shoes`.
            end = first.end;
        }
        let meaning = Meaning::Without { first: self.span(&first), whole: self.span(&(start..end)), quality };
        // Whether the thing has several words, the catalogue decides: only the first is claimed.
        self.claim(from..first.end, meaning);
        Some(first.end)
    }

    /// A word with the parts that a hyphen joins to it: `t-shirt`.
    fn whole_word(&self, start: usize) -> Range<usize> {
        let mut end = start + 1;
        while self.words.get(end).is_some_and(|word| word.joined) && (self.is_word(end) || self.is_sign(end, &["-"])) {
            end += 1;
        }
        start..end
    }

    /// True if a thing ends before this word.
    fn stops(&self, at: usize) -> bool {
        self.phrases.language().is_stop_word(&self.words[at].text)
            || self.is(at, |sense| {
                matches!(sense, Sense::Or | Sense::Not(_) | Sense::For | Sense::AtMost(_) | Sense::AtLeast(_))
            })
    }

    /// Languages that negate after the word: Turkish `siyah değil`.
    fn negated_by_a_later_word(&mut self) {
        for at in 1..self.words.len() {
            if let Some(length) = self.length_of(at, |sense| *sense == Sense::NotAfter)
                && self.is_word(at - 1)
                && self.is_free(at - 1..at + length)
            {
                let thing = self.words[at - 1].range.clone();
                self.claim(
                    at - 1..at + length,
                    Meaning::Without { first: thing.clone(), whole: thing, quality: false },
                );
            }
        }
    }
}
