//! Spelling: the likeliest correction of a word that the catalogue does not have. Candidates are words of the
//! catalogue a few edits away, two of its words written together, and one of its words written apart. A noisy
//! channel chooses among them: how common a candidate is and how often it occurs with the query's other words,
//! against the cost of the slips (Kernighan, Church and Gale, "A spelling correction program based on a noisy
//! channel model", 1990).

use serde::{Deserialize, Serialize};

use super::analysis::Analyzer;
use super::correct::CorrectionSource;
use super::slips::{is_other_form, slip_cost};
use super::{TextField, TextIndex};
use crate::error::{Error, Result};

/// Settings of spelling correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpellingSettings {
    /// Shortest word that is corrected, in letters, 3 to 20. One of three letters is corrected only if no other word
    /// of the query is in the catalogue.
    pub letters: usize,
    /// Shortest word that is corrected by two slips, in letters, 4 to 40.
    pub two_slips_from: usize,
    /// Cost of a slip: a candidate this many slips away must be e^cost times as common, 0 to 20.
    pub slip: f32,
    /// Additional cost of a slip in the first letter, in slips, 0 to 5.
    pub first_letter: f32,
    /// Cost of writing two words together or one word apart, in slips, 0 to 5.
    pub blank: f32,
    /// Additional cost of a candidate that is the typed word with another ending, which is seldom meant, in slips, 0
    /// to 5.
    pub other_form: f32,
    /// Weight of how often a candidate occurs with the query's other words, 0 to 10.
    pub company: f32,
    /// Cost of a candidate that stands with none of the query's other words in any title, 0 to 20.
    pub stranger: f32,
    /// Weight of how common the candidate is in the decision to replace a word, 0 to 2.
    pub commonness: f32,
    /// Weight of each letter typed in that decision: long words are seldom alike by chance. 0 to 5.
    pub letter: f32,
    /// Weight of the other candidates in that decision: the likelier they are, the less sure is the best. 0 to 5.
    pub rivals: f32,
    /// Cost of replacing a word of the language that the catalogue does not have, 0 to 40.
    pub real_word: f32,
    /// Least evidence for a correction that replaces a word: the logarithm of the number of products with the
    /// candidate and the letters typed, by their weights, less the cost of its slips, plus the score of its context,
    /// less the rivals; −40 to 40. The size of the catalogue does not matter.
    pub least: f32,
    /// Weight of an uncertain correction, which is searched in addition to the word: one that is below `least`,
    /// or a much commoner word one slip away from a rare word of the catalogue. 0 to 1; 0 disables uncertain
    /// corrections.
    pub likely_slip: f32,
}

impl Default for SpellingSettings {
    fn default() -> Self {
        Self {
            letters: 3,
            two_slips_from: 6,
            slip: 3.0,
            first_letter: 0.8,
            blank: 1.0,
            other_form: 0.5,
            company: 1.3,
            stranger: 1.0,
            commonness: 0.5,
            letter: 0.5,
            rivals: 1.0,
            real_word: 4.0,
            least: -0.3,
            likely_slip: 0.5,
        }
    }
}

/// The shortest word that is corrected beside other words of the catalogue, in letters.
const MIN_IN_COMPANY: usize = 4;
/// The most candidates that are compared by context.
const MAX_CANDIDATES: usize = 8;
/// An uncertain correction may cost one slip for this many letters of the word.
const LETTERS_A_SLIP: f32 = 3.0;
/// The shortest word with an uncertain correction, in letters: nearly every word of three is a slip of another.
const MIN_UNCERTAIN: usize = 4;
/// A spelling that is only offered may cost one slip for this many letters of the word.
const LETTERS_A_NEAR_SLIP: f32 = 4.0;
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
    pub(super) source: CorrectionSource,
}

/// A correction that is compared with others.
#[derive(Debug, Clone)]
struct CorrectionCandidate {
    correction: SpellingCorrection,
    /// The number of products that have it.
    products: u32,
    /// True if no title has it together with one of the query's other words.
    stranger: bool,
}

impl CorrectionCandidate {
    /// A candidate in so many products, with the cost of its slips, not yet compared with other words.
    fn new(words: Vec<String>, products: u32, slips: f32) -> Self {
        let likelihood = log_frequency(products) - slips;
        let source = if words.len() > 1 { CorrectionSource::Apart } else { CorrectionSource::Slip };
        Self { correction: SpellingCorrection { words, likelihood, source }, products, stranger: false }
    }

    /// The likelier first; ties go to the alphabetically first.
    fn likelier(&self, other: &Self) -> std::cmp::Ordering {
        let (one, other) = (&self.correction, &other.correction);
        other.likelihood.total_cmp(&one.likelihood).then_with(|| one.words.cmp(&other.words))
    }
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
    /// The likeliest correction of `word`, which the catalogue does not have; `foreign` is true if it is a word of
    /// the language nevertheless. `context` are the query's other words that the catalogue has. `None` if nothing
    /// speaks enough for the best candidate, or if it is a name written as one word.
    pub(super) fn best_correction(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        foreign: bool,
        context: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Option<SpellingCorrection>> {
        let letters = word.chars().count();
        let alone = context.is_empty();
        if letters < settings.letters || (letters < MIN_IN_COMPANY && !alone) || !is_plain(word) {
            return Ok(None);
        }
        let near = self.index.reader().near(word, if letters >= settings.two_slips_from { 2 } else { 1 })?;
        let candidates = self.candidates(analyzer, word, &near, context, settings)?;
        let Some(best) = candidates.first() else { return Ok(None) };
        // A word of the language is meant as typed unless another, no other form of it, stands with the query's other
        // words.
        let another = matches!(&best.correction.words[..], [meant] if !is_other_form(word, meant));
        let doubted = foreign && (alone || best.stranger || !another);
        let cost = if foreign { settings.real_word } else { 0.0 };
        if doubted || self.evidence(analyzer, &candidates, letters, settings) - cost < settings.least {
            return Ok(None);
        }
        let mut best = best.correction.clone();
        if let [one, other] = &best.words[..]
            && self.is_name(&analyzer.term(one), &analyzer.term(other))?
        {
            return Ok(None);
        }
        if let [meant] = &mut best.words[..] {
            // Of several forms of one stem, the one nearest to what was typed: `panles` becomes `panels`.
            let cost = |near: &str| slip_cost(word, near, settings.first_letter);
            let term = analyzer.term(meant);
            // The catalogue may lack the plural that was typed: `gromets` becomes `grommets` all the same.
            let plural = if word.ends_with('s') { format!("{meant}s") } else { meant.clone() };
            let forms = near.into_iter().map(|(form, _)| form).chain(std::iter::once(plural));
            let forms = forms.filter(|form| analyzer.term(form) == term);
            if let Some(form) = forms.min_by(|a, b| cost(a).total_cmp(&cost(b)).then_with(|| a.cmp(b))) {
                *meant = form;
            }
        }
        Ok(Some(best))
    }

    /// The likeliest candidates for a word, the best first: those of `near`, and the word written apart.
    fn candidates(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        near: &[(String, u32)],
        context: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Vec<CorrectionCandidate>> {
        let mut candidates: Vec<CorrectionCandidate> = Vec::new();
        for (near, products) in near.iter().filter(|(near, _)| !analyzer.language().is_stop_word(near)) {
            let other_form = if is_other_form(word, near) { settings.other_form } else { 0.0 };
            let slips = settings.slip * (slip_cost(word, near, settings.first_letter) + other_form);
            candidates.push(CorrectionCandidate::new(vec![near.clone()], *products, slips));
        }
        self.split_corrections(analyzer, word, settings, &mut candidates)?;
        candidates.sort_by(CorrectionCandidate::likelier);
        candidates.truncate(MAX_CANDIDATES);
        for candidate in &mut candidates {
            let score = self.context_score(analyzer, &candidate.correction.words, context)?;
            candidate.stranger = !context.is_empty() && score == 0.0;
            candidate.correction.likelihood += settings.company * score;
            if candidate.stranger {
                candidate.correction.likelihood -= settings.stranger;
            }
        }
        candidates.sort_by(CorrectionCandidate::likelier);
        Ok(candidates)
    }

    /// The evidence that the first of `candidates` was meant by a word of so many letters. It compares candidates
    /// with each other, never with the size of the catalogue.
    fn evidence(
        &self,
        analyzer: &mut Analyzer,
        candidates: &[CorrectionCandidate],
        letters: usize,
        settings: &SpellingSettings,
    ) -> f32 {
        let Some((best, others)) = candidates.split_first() else { return f32::NEG_INFINITY };
        let terms = |analyzer: &mut Analyzer, candidate: &CorrectionCandidate| -> Vec<String> {
            candidate.correction.words.iter().map(|word| analyzer.term(word)).collect()
        };
        let meant = terms(analyzer, best);
        // Other forms of the same word are no rivals.
        let mut rivals = 0.0;
        for other in others.iter().filter(|other| terms(analyzer, other) != meant) {
            rivals += (other.correction.likelihood - best.correction.likelihood).exp();
        }
        let unweighted = (1.0 - settings.commonness) * log_frequency(best.products);
        best.correction.likelihood - unweighted + settings.letter * letters as f32 - settings.rivals * rivals.ln_1p()
    }

    /// An uncertain correction, searched in addition to the word itself. A `known` word only gets a much commoner
    /// one, which must stand with one of the query's other words in a title if it has any.
    pub(super) fn uncertain_correction(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        known: bool,
        context: &[&str],
        settings: &SpellingSettings,
    ) -> Result<Option<Vec<String>>> {
        if !known {
            if word.chars().count() < MIN_UNCERTAIN {
                return Ok(None);
            }
            let any = SpellingSettings { least: f32::NEG_INFINITY, ..settings.clone() };
            let correction = self.best_correction(analyzer, word, false, context, &any)?;
            // Every word is some slips away from another: what is far off was never meant.
            let most = word.chars().count() as f32 / LETTERS_A_SLIP;
            let is_near = |words: &Vec<String>| slip_cost(word, &words.concat(), settings.first_letter) <= most;
            return Ok(correction.map(|correction| correction.words).filter(is_near));
        }
        let rare = self.index.word_frequency(word)?;
        let letters = word.chars().count();
        if rare > MAX_RARE || letters < settings.two_slips_from || !is_plain(word) {
            return Ok(None);
        }
        let near = self.index.reader().near(word, 1)?;
        let common = near.into_iter().filter(|(_, products)| *products >= MUCH_COMMONER * (rare + 1));
        let common = common.map(|(near, products)| {
            let slips = settings.slip * slip_cost(word, &near, settings.first_letter);
            CorrectionCandidate::new(vec![near], products, slips)
        });
        let Some(likeliest) = common.min_by(CorrectionCandidate::likelier) else { return Ok(None) };
        let words = likeliest.correction.words;
        let stranger = !context.is_empty() && self.context_score(analyzer, &words, context)? == 0.0;
        Ok(Some(words).filter(|_| !stranger))
    }

    /// The words of the catalogue that a word may be a slip of, the likeliest first, one form of each. `context` are
    /// the query's other words that the catalogue has, `alone` is true if the query has no others at all.
    pub(super) fn near_words(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        (context, alone): (&[&str], bool),
        settings: &SpellingSettings,
    ) -> Result<Vec<Vec<String>>> {
        let letters = word.chars().count();
        if letters < settings.letters || (letters < MIN_IN_COMPANY && !alone) || !is_plain(word) {
            return Ok(Vec::new());
        }
        // The catalogue may have another form only, such as the plural, which is more edits away.
        let near = self.index.reader().near(word, if letters > MIN_IN_COMPANY { 2 } else { 1 })?;
        let candidates = self.candidates(analyzer, word, &near, context, settings)?;
        let farthest = (letters as f32 / LETTERS_A_NEAR_SLIP).max(1.0);
        let (mut found, mut terms) = (Vec::new(), Vec::new());
        for CorrectionCandidate { correction: SpellingCorrection { words, .. }, .. } in candidates {
            let form: Vec<String> = words.iter().map(|word| analyzer.term(word)).collect();
            let cost = |meant: &str| slip_cost(word, meant, settings.first_letter);
            if cost(&words.concat()).min(cost(&form.concat())) <= farthest && !terms.contains(&form) {
                terms.push(form);
                found.push(words);
            }
        }
        Ok(found)
    }

    /// Adds candidates for two words written together.
    fn split_corrections(
        &self,
        analyzer: &mut Analyzer,
        word: &str,
        settings: &SpellingSettings,
        candidates: &mut Vec<CorrectionCandidate>,
    ) -> Result<()> {
        for (at, _) in word.char_indices().filter(|(at, _)| (MIN_SIDE..=word.len() - MIN_SIDE).contains(at)) {
            let (one, other) = word.split_at(at);
            if self.index.word_frequency(one)? == 0 || self.index.word_frequency(other)? == 0 {
                continue;
            }
            let both = self.index.reader().together_in_titles(&analyzer.term(one), &analyzer.term(other))?;
            if both > 0 {
                let slips = settings.slip * settings.blank;
                candidates.push(CorrectionCandidate::new(vec![one.to_owned(), other.to_owned()], both, slips));
            }
        }
        Ok(())
    }

    /// True if two terms are a name, written as one word or two: titles that have one mostly have both.
    fn is_name(&self, one: &str, other: &str) -> Result<bool> {
        let Some(title) = self.index.fields.get(TextField::Title as usize) else { return Ok(false) };
        let rarer = title.term_frequency(one)?.min(title.term_frequency(other)?);
        Ok(rarer >= NAME_PRODUCTS
            && self.index.reader().together_in_titles(one, other)? as f32 >= NAME_SHARE * rarer as f32)
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
            source: CorrectionSource::Together,
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
                .map(|word| self.index.reader().together_in_titles(&analyzer.term(word), &other))
                .try_fold(u32::MAX, |least, both| Ok::<_, Error>(least.min(both?)))?;
            sum += log_frequency(most);
        }
        Ok(if others.is_empty() { 0.0 } else { sum / others.len() as f32 })
    }
}

/// True for a word of letters only.
fn is_plain(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

fn log_frequency(products: u32) -> f32 {
    (products as f32).ln_1p()
}
