//! Spelling: what was meant by a word the catalogue does not have. Candidates are
//! the catalogue's own words a few edits away, two of its words written together,
//! and two written apart that are one. The likeliest wins: how common it is and
//! how often it stands with the query's other words, against what the slips cost
//! (a noisy channel; Kernighan, Church and Gale, "A spelling correction program
//! based on a noisy channel model", 1990).

use serde::{Deserialize, Serialize};

use super::analysis::Analyzer;
use super::{TextField, TextIndex};
use crate::error::{Error, Result};

/// How words are corrected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpellingSettings {
    /// Shorter words are left alone, in letters, 3 to 20.
    pub letters: usize,
    /// From so many letters on, two slips are looked for, 4 to 40.
    pub two_slips_from: usize,
    /// What a slip costs, in powers of e of how common a word is, 0 to 20.
    pub slip: f32,
    /// What a slip in the first letter costs besides, in slips, 0 to 5.
    pub first_letter: f32,
    /// What writing two words together or one apart costs, in slips, 0 to 5.
    pub blank: f32,
    /// Weight of how often a candidate stands with the query's other words, 0 to 10.
    pub company: f32,
    /// What is less likely does not replace what was typed: the logarithm of the share of products that
    /// have it, less what its slips cost, with its company, −40 to 20.
    pub least: f32,
    /// Worth of what may have been meant but does not replace the word: it is not likely enough, or the
    /// word is a rare one of the catalogue a slip away from a much commoner one. 0 to 1; 0 looks for none.
    pub likely_slip: f32,
}

impl Default for SpellingSettings {
    fn default() -> Self {
        Self {
            letters: 4,
            two_slips_from: 6,
            slip: 3.0,
            first_letter: 0.5,
            blank: 0.7,
            company: 1.0,
            least: -9.5,
            likely_slip: 0.5,
        }
    }
}

/// The most candidates whose company is looked at.
const MAX_CANDIDATES: usize = 8;
/// A word in more products is no slip.
const MAX_RARE: u32 = 20;
/// A rare word may be a slip of one in so many times as many products.
const MUCH_COMMONER: u32 = 50;
/// The most words of the query that count as company.
const MAX_COMPANY: usize = 6;
/// Two words are a name where one of them is in so many titles of the other, or more.
const NAME_SHARE: f32 = 0.9;
/// In fewer titles it may be chance.
const NAME_PRODUCTS: u32 = 5;
/// The shortest side of a word taken apart, in bytes.
const MIN_SIDE: usize = 2;

/// What was meant: the words in place of the typed one, and how likely it is, for comparison only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Correction {
    pub(super) words: Vec<String>,
    pub(super) likelihood: f32,
}

impl TextIndex {
    /// What was likeliest meant by `word`, which the catalogue does not have; `company` are the query's
    /// other words that it has.
    pub(super) fn best_correction(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        company: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Option<Correction>> {
        let letters = word.chars().count();
        if letters < settings.letters || !word.chars().all(char::is_alphabetic) {
            return Ok(None);
        }
        let slips = if letters >= settings.two_slips_from { 2 } else { 1 };
        let mut candidates: Vec<Correction> = Vec::new();
        let near = self.near(word, slips)?;
        let cost = |near: &str| slip_cost(word, near, settings.first_letter);
        for (near, products) in &near {
            let likelihood = commonness(*products) - settings.slip * cost(near);
            candidates.push(Correction { words: vec![near.clone()], likelihood });
        }
        self.split_corrections(analyzer, word, settings, &mut candidates)?;
        candidates.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood).then_with(|| a.words.cmp(&b.words)));
        candidates.truncate(MAX_CANDIDATES);
        if settings.company > 0.0 {
            for candidate in &mut candidates {
                let beside = self.beside(analyzer, &candidate.words, company)?;
                candidate.likelihood += settings.company * beside;
            }
            candidates.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood).then_with(|| a.words.cmp(&b.words)));
        }
        let Some(mut best) =
            candidates.into_iter().next().filter(|best| best.likelihood - commonness(self.products) >= settings.least)
        else {
            return Ok(None);
        };
        if let [one, other] = &best.words[..]
            && self.is_name(&analyzer.term(one), &analyzer.term(other))?
        {
            return Ok(None);
        }
        if let [meant] = &mut best.words[..] {
            // Of the forms of one word, the one nearest to what was typed: `panles` is `panels`.
            let term = analyzer.term(meant);
            let forms = near.into_iter().filter(|(form, _)| analyzer.term(form) == term).map(|(form, _)| form);
            if let Some(form) = forms.min_by(|a, b| cost(a).total_cmp(&cost(b)).then_with(|| a.cmp(b))) {
                *meant = form;
            }
        }
        Ok(Some(best))
    }

    /// What may have been meant beside the word itself, which stays. Of a `known` word a much commoner one.
    pub(super) fn uncertain_correction(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        known: bool,
        settings: &SpellingSettings,
    ) -> Result<Option<Vec<String>>> {
        if !known {
            let any = SpellingSettings { least: f32::NEG_INFINITY, ..settings.clone() };
            return Ok(self.best_correction(analyzer, word, &[], &any)?.map(|meant| meant.words));
        }
        let rare = self.word_frequency(word)?;
        let letters = word.chars().count();
        if rare > MAX_RARE || letters < settings.two_slips_from || !word.chars().all(char::is_alphabetic) {
            return Ok(None);
        }
        let near = self.near(word, 1)?.into_iter().filter(|(_, products)| *products >= MUCH_COMMONER * (rare + 1));
        let likelihood = |(near, products): &(String, u32)| {
            commonness(*products) - settings.slip * slip_cost(word, near, settings.first_letter)
        };
        let likeliest = near.max_by(|a, b| likelihood(a).total_cmp(&likelihood(b)).then_with(|| b.0.cmp(&a.0)));
        Ok(likeliest.map(|(near, _)| vec![near]))
    }

    /// Two words written together.
    fn split_corrections(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        settings: &SpellingSettings,
        candidates: &mut Vec<Correction>,
    ) -> Result<()> {
        for (at, _) in word.char_indices().filter(|(at, _)| (MIN_SIDE..=word.len() - MIN_SIDE).contains(at)) {
            let (one, other) = word.split_at(at);
            if self.word_frequency(one)? == 0 || self.word_frequency(other)? == 0 {
                continue;
            }
            let both = self.together_in_titles(&analyzer.term(one), &analyzer.term(other))?;
            if both > 0 {
                let likelihood = commonness(both) - settings.slip * settings.blank;
                candidates.push(Correction { words: vec![one.to_owned(), other.to_owned()], likelihood });
            }
        }
        Ok(())
    }

    /// Whether two terms are a name, written as one word or two: where one of them is, there mostly is the other.
    fn is_name(&self, one: &str, other: &str) -> Result<bool> {
        let Some(title) = self.fields.get(TextField::Title as usize) else { return Ok(false) };
        let rarer = title.term_frequency(one)?.min(title.term_frequency(other)?);
        Ok(rarer >= NAME_PRODUCTS && self.together_in_titles(one, other)? as f32 >= NAME_SHARE * rarer as f32)
    }

    /// How likely two words were meant to be one, compared with [`Self::best_correction`].
    pub(super) fn joined_correction(
        &self,
        analyzer: &mut Analyzer,
        one: &str,
        other: &str,
        company: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Option<Correction>> {
        let joined = format!("{one}{other}");
        let products = self.word_frequency(&joined)?;
        if products == 0 || joined.chars().count() < settings.letters {
            return Ok(None);
        }
        let words = vec![joined];
        let beside = settings.company * self.beside(analyzer, &words, company)?;
        Ok(Some(Correction { likelihood: commonness(products) - settings.slip * settings.blank + beside, words }))
    }

    /// The mean logarithm of how many products have a candidate and another word of the query.
    fn beside(&self, analyzer: &mut Analyzer, words: &[String], company: &[&str]) -> Result<f32> {
        let mut sum = 0.0;
        let others = &company[..company.len().min(MAX_COMPANY)];
        for other in others {
            let other = analyzer.term(other);
            let most = words
                .iter()
                .map(|word| self.together_in_titles(&analyzer.term(word), &other))
                .try_fold(u32::MAX, |least, both| Ok::<_, Error>(least.min(both?)))?;
            sum += commonness(most);
        }
        Ok(if others.is_empty() { 0.0 } else { sum / others.len() as f32 })
    }
}

fn commonness(products: u32) -> f32 {
    (products as f32).ln_1p()
}

/// Rows of the common keyboards; neighbours in a row and in rows above each other are near.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

fn is_near(a: char, b: char) -> bool {
    let place = |c: char| ROWS.iter().enumerate().find_map(|(row, keys)| Some((row as i32, keys.find(c)? as i32)));
    match (place(a), place(b)) {
        (Some((row_a, key_a)), Some((row_b, key_b))) => (row_a - row_b).abs() <= 1 && (key_a - key_b).abs() <= 1,
        _ => false,
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// What the slips from `meant` to `typed` cost, in slips: the cheapest way (Damerau 1964). Doubled
/// letters, neighbours on the keyboard, swapped letters and vowels for vowels are the commoner slips.
pub(super) fn slip_cost(typed: &str, meant: &str, first_letter: f32) -> f32 {
    let (typed, meant): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let extra = |letters: &[char], at: usize| {
        let doubled = (at > 0 && letters[at - 1] == letters[at]) || letters.get(at + 1) == Some(&letters[at]);
        let first = if at == 0 { first_letter } else { 0.0 };
        first + if doubled { 0.5 } else { 1.0 }
    };
    let replaced = |i: usize, j: usize| {
        let (a, b) = (typed[i], meant[j]);
        let first = if i == 0 { first_letter } else { 0.0 };
        match a == b {
            true => 0.0,
            false if is_near(a, b) || (is_vowel(a) && is_vowel(b)) => 0.8 + first,
            false => 1.0 + first,
        }
    };
    let mut before: Vec<f32> = Vec::new();
    let mut row: Vec<f32> = std::iter::once(0.0)
        .chain((0..meant.len()).scan(0.0, |sum, at| {
            *sum += extra(&meant, at);
            Some(*sum)
        }))
        .collect();
    for i in 0..typed.len() {
        let mut next = vec![row[0] + extra(&typed, i); meant.len() + 1];
        for j in 0..meant.len() {
            let mut least =
                (row[j] + replaced(i, j)).min(row[j + 1] + extra(&typed, i)).min(next[j] + extra(&meant, j));
            if i > 0 && j > 0 && typed[i] == meant[j - 1] && typed[i - 1] == meant[j] {
                least = least.min(before[j - 1] + 0.7 + if i == 1 { first_letter } else { 0.0 });
            }
            next[j + 1] = least;
        }
        before = std::mem::replace(&mut row, next);
    }
    row[meant.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_slips_cost_less() {
        let cost = |typed: &str, meant: &str| slip_cost(typed, meant, 0.5);
        assert_eq!(cost("tent", "tent"), 0.0);
        assert!(cost("puty", "putty") < cost("puty", "purity"), "a letter left single");
        assert!(cost("tebt", "tent") < cost("tept", "tent"), "b lies beside n");
        assert!(cost("tnet", "tent") < cost("teat", "tent"), "two letters swapped");
        assert!(cost("lent", "tent") > cost("teat", "tent"), "the first letter is seldom wrong");
    }
}
