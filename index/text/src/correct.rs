//! The correction step: words of a query that the catalogue does not have are replaced by the
//! likeliest correction. Candidates and their likelihoods come from [`super::spelling`] and
//! [`super::learned`]; this file decides which words are tried and edits the query.

use std::ops::Range;

use serde::Serialize;

use super::analysis::{Analyzer, PieceKind, Token};
use super::slips::slip_cost;
use super::spelling::SpellingCorrection;
use super::understand::{QueryReader, QueryWord};
use super::{SpellingSettings, TextSettings};
use crate::error::Result;
use crate::synonyms::Synonyms;

/// The bytes of the query that are replaced, and their replacement.
pub(super) type QueryEdit = (Range<usize>, String);

/// One correction: words of the query and those that replaced them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordCorrection {
    /// The words as typed.
    pub typed: String,
    /// The words in their place, as the catalogue writes them.
    pub meant: String,
    /// The reason.
    pub source: CorrectionSource,
}

/// The reason for a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionSource {
    /// A word of the catalogue a slip or two away.
    Slip,
    /// Two words that the catalogue writes as one.
    Together,
    /// One word that the catalogue writes as two.
    Apart,
    /// Shoppers who typed the same corrected it so.
    Learned,
    /// A word of the merchant's synonyms a slip away.
    Synonym,
}

/// The shortest term of a synonym that is a correction, in letters.
const MIN_SYNONYM: usize = 4;

impl QueryReader<'_> {
    /// Replaces words that the catalogue does not have by their corrections, in `words` and in the query.
    /// Returns the corrected query with its corrections, `None` if no word was replaced. `typing` is the place of a
    /// word that may be unfinished.
    pub(super) fn correct(
        &self,
        analyzer: &mut Analyzer,
        query: &str,
        words: &mut Vec<QueryWord>,
        typing: Option<usize>,
        synonyms: Option<&Synonyms>,
        settings: &TextSettings,
    ) -> Result<Option<(String, Vec<WordCorrection>)>> {
        let mut edits: Vec<(QueryEdit, CorrectionSource)> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let correction = match self.needs_correction(&words[at], typing == Some(at))? {
                true => self.correction_at(analyzer, words, at, synonyms, &settings.spelling)?,
                false => None,
            };
            at = match correction {
                Some((correction, replaced)) => self.replace(analyzer, words, replaced, correction, &mut edits)?,
                None => at + 1,
            };
        }
        edits.sort_by_key(|((range, _), _)| range.start);
        let corrected = |((range, meant), source): &(QueryEdit, CorrectionSource)| WordCorrection {
            typed: query[range.clone()].to_owned(),
            meant: meant.clone(),
            source: *source,
        };
        let corrections: Vec<WordCorrection> = edits.iter().map(corrected).collect();
        Ok((!edits.is_empty()).then(|| (apply(query, edits.into_iter().map(|(edit, _)| edit).collect()), corrections)))
    }

    /// True for a plain word that is not in the catalogue and, if it is still being typed, not the
    /// beginning of one that is.
    fn needs_correction(&self, word: &QueryWord, typing: bool) -> Result<bool> {
        if (word.known && !word.foreign) || word.token.kind != PieceKind::Word {
            return Ok(false);
        }
        Ok(!typing || self.completions(&word.token.word, 1)?.is_empty())
    }

    /// The likeliest correction of the word at a place, with the range of words that it replaces. A learned
    /// correction precedes all others.
    fn correction_at(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        at: usize,
        synonyms: Option<&Synonyms>,
        spelling: &SpellingSettings,
    ) -> Result<Option<(SpellingCorrection, Range<usize>)>> {
        if let Some(learned) = self.learned_correction(words, at)? {
            return Ok(Some(learned));
        }
        let (typed, foreign) = (&words[at].token.word, words[at].foreign);
        let mut context = context_words(analyzer, words);
        context.retain(|word| word != typed);
        if foreign && context.is_empty() {
            // A word of the language alone means itself, though the shop has nothing of it.
            return Ok(None);
        }
        let alone = self.speller().best_correction(analyzer, typed, foreign, &context, spelling)?;
        let mut best = alone.map(|correction| (correction, at..at + 1));
        if foreign {
            return Ok(best);
        }
        for pair in [at.checked_sub(1).map(|before| before..at + 1), Some(at..at + 2)].into_iter().flatten() {
            let Some([one, other]) = words.get(pair.clone()) else { continue };
            if one.excluded != other.excluded || [one, other].iter().any(|word| word.token.kind != PieceKind::Word) {
                continue;
            }
            let rest: Vec<&str> =
                context.iter().copied().filter(|word| *word != one.token.word && *word != other.token.word).collect();
            let joined =
                self.speller().joined_correction(analyzer, &one.token.word, &other.token.word, &rest, spelling)?;
            if let Some(joined) = joined
                && best.as_ref().is_none_or(|(correction, _)| joined.likelihood > correction.likelihood)
            {
                best = Some((joined, pair));
            }
        }
        Ok(best.or_else(|| Some((synonym_meant(analyzer, typed, synonyms?, spelling)?, at..at + 1))))
    }

    /// Puts a correction in place of a range of words and notes the change of the query, in which it is written as
    /// the catalogue writes it. Returns the place of the first word after the correction.
    fn replace(
        &self,
        analyzer: &mut Analyzer,
        words: &mut Vec<QueryWord>,
        replaced: Range<usize>,
        correction: SpellingCorrection,
        edits: &mut Vec<(QueryEdit, CorrectionSource)>,
    ) -> Result<usize> {
        let range = words[replaced.start].range.start..words[replaced.end - 1].range.end;
        // All words of the range agree on this: no correction crosses from wanted to excluded words.
        let excluded = words[replaced.start].excluded;
        // A joined word may replace one that was corrected just before: its earlier change is dropped.
        edits.retain(|((other, _), _)| other.start < range.start || other.start >= range.end);
        let (mut corrected, mut shown) = (Vec::new(), Vec::new());
        for word in correction.words {
            let written = self.written(&word)?;
            let term = analyzer.term(&written);
            shown.push(written);
            let token = Token { term, word, kind: PieceKind::Word, range: 0..0, position: 0 };
            corrected.push(QueryWord {
                token,
                range: range.clone(),
                known: true,
                excluded,
                parts: Vec::new(),
                code: None,
                foreign: false,
                longer: Vec::new(),
            });
        }
        edits.push(((range, shown.join(" ")), correction.source));
        let next = replaced.start + corrected.len();
        words.splice(replaced, corrected);
        Ok(next)
    }
}

/// The words of the query that a correction is judged by: those in the catalogue that are no stop words.
pub(super) fn context_words<'a>(analyzer: &Analyzer, words: &'a [QueryWord]) -> Vec<&'a str> {
    let known = words.iter().filter(|word| word.known && !word.foreign && word.token.kind == PieceKind::Word);
    let known = known.map(|word| word.token.word.as_str());
    known.filter(|word| !analyzer.language().is_stop_word(word)).collect()
}

/// The word of the merchant's synonyms that was meant by one that the catalogue does not have: one slip away, with
/// the ending as typed, since synonyms are known by their stems.
fn synonym_meant(
    analyzer: &mut Analyzer,
    typed: &str,
    synonyms: &Synonyms,
    spelling: &SpellingSettings,
) -> Option<SpellingCorrection> {
    let term = analyzer.term(typed);
    let letters = term.chars().count();
    if letters < MIN_SYNONYM || !typed.chars().all(char::is_alphabetic) {
        return None;
    }
    let alike =
        |other: &&str| other.chars().next() == term.chars().next() && other.chars().count().abs_diff(letters) < 2;
    let cost = |other: &str| slip_cost(&term, other, spelling.first_letter);
    let near = synonyms.terms().filter(alike).map(|other| (cost(other), other)).filter(|(cost, _)| *cost <= 1.0);
    let (cost, meant) = near.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)))?;
    let ending = typed.strip_prefix(term.as_str()).unwrap_or_default();
    Some(SpellingCorrection {
        words: vec![format!("{meant}{ending}")],
        likelihood: -spelling.slip * cost,
        source: CorrectionSource::Synonym,
    })
}

/// The query with all edits applied.
pub(super) fn apply(query: &str, mut edits: Vec<QueryEdit>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut text, mut at) = (String::with_capacity(query.len()), 0);
    for (range, words) in edits {
        text.push_str(&query[at.min(range.start)..range.start]);
        text.push_str(&words);
        at = range.end;
    }
    text.push_str(&query[at..]);
    text
}
