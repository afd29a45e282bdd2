//! Spelling: the likeliest correction of a word that the catalogue does not have. Candidates are words of the
//! catalogue a few edits away, two of its words written together, and one of its words written apart. A noisy
//! channel chooses among them: how common a candidate is and how often it occurs with the query's other words,
//! against the cost of the slips (Kernighan, Church and Gale, "A spelling correction program based on a noisy
//! channel model", 1990).

use serde::{Deserialize, Serialize};

use super::analysis::Analyzer;
use super::{TextField, TextIndex};
use crate::error::{Error, Result};

/// Settings of spelling correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpellingSettings {
    /// Shortest word that is corrected, in letters, 3 to 20.
    pub letters: usize,
    /// Shortest word that is corrected by two slips, in letters, 4 to 40.
    pub two_slips_from: usize,
    /// Cost of a slip: a candidate this many slips away must be e^cost times as common, 0 to 20.
    pub slip: f32,
    /// Additional cost of a slip in the first letter, in slips, 0 to 5.
    pub first_letter: f32,
    /// Cost of writing two words together or one word apart, in slips, 0 to 5.
    pub blank: f32,
    /// Weight of how often a candidate occurs with the query's other words, 0 to 10.
    pub company: f32,
    /// Least likelihood of a correction that replaces a word: the logarithm of the share of products with the
    /// candidate, less the cost of its slips, plus the score of its context, −40 to 20.
    pub least: f32,
    /// Weight of an uncertain correction, which is searched in addition to the word: one that is below `least`,
    /// or a much commoner word one slip away from a rare word of the catalogue. 0 to 1; 0 disables uncertain
    /// corrections.
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

/// The most candidates that are compared by context.
const MAX_CANDIDATES: usize = 8;
/// A word in more products than this is no slip.
const MAX_RARE: u32 = 20;
/// A rare word may be a slip of a word in this many times as many products.
const MUCH_COMMONER: u32 = 50;
/// The most context words of a query that are looked at.
const MAX_CONTEXT_WORDS: usize = 6;
/// Two words are a name if at least this share of the titles with one of them has both.
const NAME_SHARE: f32 = 0.9;
/// In fewer titles than this, two words occur together by chance.
const NAME_PRODUCTS: u32 = 5;
/// The shortest side of a word that is split in two, in bytes.
const MIN_SIDE: usize = 2;

/// A correction: the words in place of the typed one, and a log-likelihood that only compares corrections of
/// one query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SpellingCorrection {
    pub(super) words: Vec<String>,
    pub(super) likelihood: f32,
}

impl TextIndex {
    /// The corrections that the words of this index suggest.
    pub(super) fn speller(&self) -> Speller<'_> {
        Speller { index: self }
    }
}

/// Corrects words by those of an index.
pub(super) struct Speller<'a> {
    index: &'a TextIndex,
}

impl Speller<'_> {
    /// The likeliest correction of `word`, which the catalogue does not have. `context` are the query's other
    /// words that it has. `None` if no candidate is likely enough, or if the best is a name written as one
    /// word.
    pub(super) fn best_correction(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        context: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Option<SpellingCorrection>> {
        let letters = word.chars().count();
        if letters < settings.letters || !word.chars().all(char::is_alphabetic) {
            return Ok(None);
        }
        let slips = if letters >= settings.two_slips_from { 2 } else { 1 };
        let mut candidates: Vec<SpellingCorrection> = Vec::new();
        let near = self.index.near(word, slips)?;
        let cost = |near: &str| slip_cost(word, near, settings.first_letter);
        for (near, products) in &near {
            let likelihood = log_frequency(*products) - settings.slip * cost(near);
            candidates.push(SpellingCorrection { words: vec![near.clone()], likelihood });
        }
        self.split_corrections(analyzer, word, settings, &mut candidates)?;
        candidates.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood).then_with(|| a.words.cmp(&b.words)));
        candidates.truncate(MAX_CANDIDATES);
        if settings.company > 0.0 {
            for candidate in &mut candidates {
                let context_score = self.context_score(analyzer, &candidate.words, context)?;
                candidate.likelihood += settings.company * context_score;
            }
            candidates.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood).then_with(|| a.words.cmp(&b.words)));
        }
        let Some(mut best) = candidates
            .into_iter()
            .next()
            .filter(|best| best.likelihood - log_frequency(self.index.products) >= settings.least)
        else {
            return Ok(None);
        };
        if let [one, other] = &best.words[..]
            && self.is_name(&analyzer.term(one), &analyzer.term(other))?
        {
            return Ok(None);
        }
        if let [meant] = &mut best.words[..] {
            // Of several forms of one stem, the one nearest to what was typed: `panles` becomes `panels`.
            let term = analyzer.term(meant);
            let forms = near.into_iter().filter(|(form, _)| analyzer.term(form) == term).map(|(form, _)| form);
            if let Some(form) = forms.min_by(|a, b| cost(a).total_cmp(&cost(b)).then_with(|| a.cmp(b))) {
                *meant = form;
            }
        }
        Ok(Some(best))
    }

    /// An uncertain correction, searched in addition to the word itself. A `known` word only gets a much
    /// commoner one.
    pub(super) fn uncertain_correction(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        known: bool,
        settings: &SpellingSettings,
    ) -> Result<Option<Vec<String>>> {
        if !known {
            let any = SpellingSettings { least: f32::NEG_INFINITY, ..settings.clone() };
            return Ok(self.best_correction(analyzer, word, &[], &any)?.map(|correction| correction.words));
        }
        let rare = self.index.word_frequency(word)?;
        let letters = word.chars().count();
        if rare > MAX_RARE || letters < settings.two_slips_from || !word.chars().all(char::is_alphabetic) {
            return Ok(None);
        }
        let near =
            self.index.near(word, 1)?.into_iter().filter(|(_, products)| *products >= MUCH_COMMONER * (rare + 1));
        let likelihood = |(near, products): &(String, u32)| {
            log_frequency(*products) - settings.slip * slip_cost(word, near, settings.first_letter)
        };
        let likeliest = near.max_by(|a, b| likelihood(a).total_cmp(&likelihood(b)).then_with(|| b.0.cmp(&a.0)));
        Ok(likeliest.map(|(near, _)| vec![near]))
    }

    /// Adds candidates for two words written together.
    fn split_corrections(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        settings: &SpellingSettings,
        candidates: &mut Vec<SpellingCorrection>,
    ) -> Result<()> {
        for (at, _) in word.char_indices().filter(|(at, _)| (MIN_SIDE..=word.len() - MIN_SIDE).contains(at)) {
            let (one, other) = word.split_at(at);
            if self.index.word_frequency(one)? == 0 || self.index.word_frequency(other)? == 0 {
                continue;
            }
            let both = self.index.together_in_titles(&analyzer.term(one), &analyzer.term(other))?;
            if both > 0 {
                let likelihood = log_frequency(both) - settings.slip * settings.blank;
                candidates.push(SpellingCorrection { words: vec![one.to_owned(), other.to_owned()], likelihood });
            }
        }
        Ok(())
    }

    /// True if two terms are a name, written as one word or two: titles that have one mostly have both.
    fn is_name(&self, one: &str, other: &str) -> Result<bool> {
        let Some(title) = self.index.fields.get(TextField::Title as usize) else { return Ok(false) };
        let rarer = title.term_frequency(one)?.min(title.term_frequency(other)?);
        Ok(rarer >= NAME_PRODUCTS && self.index.together_in_titles(one, other)? as f32 >= NAME_SHARE * rarer as f32)
    }

    /// The correction of two words to one, with a likelihood that compares with [`Self::best_correction`].
    pub(super) fn joined_correction(
        &self,
        analyzer: &mut Analyzer,
        one: &str,
        other: &str,
        context: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Option<SpellingCorrection>> {
        let joined = format!("{one}{other}");
        let products = self.index.word_frequency(&joined)?;
        if products == 0 || joined.chars().count() < settings.letters {
            return Ok(None);
        }
        let words = vec![joined];
        let context_score = settings.company * self.context_score(analyzer, &words, context)?;
        Ok(Some(SpellingCorrection {
            likelihood: log_frequency(products) - settings.slip * settings.blank + context_score,
            words,
        }))
    }

    /// The mean logarithm of how many titles have both the candidate and a context word; 0 without context.
    fn context_score(&self, analyzer: &mut Analyzer, words: &[String], context: &[&str]) -> Result<f32> {
        let mut sum = 0.0;
        let others = &context[..context.len().min(MAX_CONTEXT_WORDS)];
        for other in others {
            let other = analyzer.term(other);
            let most = words
                .iter()
                .map(|word| self.index.together_in_titles(&analyzer.term(word), &other))
                .try_fold(u32::MAX, |least, both| Ok::<_, Error>(least.min(both?)))?;
            sum += log_frequency(most);
        }
        Ok(if others.is_empty() { 0.0 } else { sum / others.len() as f32 })
    }
}

fn log_frequency(products: u32) -> f32 {
    (products as f32).ln_1p()
}

/// The rows of common keyboards: keys next to each other in a row, or in adjacent rows, are near.
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

/// The cost of the cheapest edits from `meant` to `typed`, in slips (Damerau 1964). The commoner slips cost
/// less: doubled letters, neighbours on the keyboard, swapped letters, and a vowel for another.
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
