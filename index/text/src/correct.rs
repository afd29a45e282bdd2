//! The correction step: words of a query that the catalogue does not have are replaced by the
//! likeliest correction. Candidates and their likelihoods come from [`super::spelling`] and
//! [`super::learned`]; this file decides which words are tried and edits the query.

use std::ops::Range;

use super::analysis::{Analyzer, PieceKind, Token};
use super::spelling::SpellingCorrection;
use super::understand::QueryWord;
use super::{SpellingSettings, TextIndex, TextSettings};
use crate::error::Result;

/// The bytes of the query that are replaced, and their replacement.
type QueryEdit = (Range<usize>, String);

impl TextIndex {
    /// Replaces words that the catalogue does not have by their corrections, in `words` and in the query.
    /// Returns the corrected query, `None` if no word was replaced. `typing` is the place of a word that
    /// may be unfinished.
    pub(super) fn correct(
        &self,
        analyzer: &mut Analyzer,
        query: &str,
        words: &mut Vec<QueryWord>,
        typing: Option<usize>,
        settings: &TextSettings,
    ) -> Result<Option<String>> {
        let mut edits: Vec<QueryEdit> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let correction = match self.needs_correction(&words[at], typing == Some(at))? {
                true => self.correction_at(analyzer, words, at, &settings.spelling)?,
                false => None,
            };
            at = match correction {
                Some((correction, replaced)) => replace(analyzer, words, replaced, correction, &mut edits),
                None => at + 1,
            };
        }
        Ok((!edits.is_empty()).then(|| apply(query, edits)))
    }

    /// True for a plain word that is not in the catalogue and, if it is still being typed, not the
    /// beginning of one that is.
    fn needs_correction(&self, word: &QueryWord, typing: bool) -> Result<bool> {
        if word.known || word.token.kind != PieceKind::Word {
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
        spelling: &SpellingSettings,
    ) -> Result<Option<(SpellingCorrection, Range<usize>)>> {
        if let Some(learned) = self.learned_correction(words, at)? {
            return Ok(Some(learned));
        }
        let context = context_words(analyzer, words);
        let alone = self.speller().best_correction(analyzer, &words[at].token.word, &context, spelling)?;
        let mut best = alone.map(|correction| (correction, at..at + 1));
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
        Ok(best)
    }
}

/// The words of the query that a correction is judged by: those in the catalogue that are no stop words.
fn context_words<'a>(analyzer: &Analyzer, words: &'a [QueryWord]) -> Vec<&'a str> {
    let known = words.iter().filter(|word| word.known && word.token.kind == PieceKind::Word);
    let known = known.map(|word| word.token.word.as_str());
    known.filter(|word| !analyzer.language().is_stop_word(word)).collect()
}

/// Puts a correction in place of a range of words and notes the change of the query. Returns the place of
/// the first word after the correction.
fn replace(
    analyzer: &mut Analyzer,
    words: &mut Vec<QueryWord>,
    replaced: Range<usize>,
    correction: SpellingCorrection,
    edits: &mut Vec<QueryEdit>,
) -> usize {
    let range = words[replaced.start].range.start..words[replaced.end - 1].range.end;
    // All words of the range agree on this: no correction crosses from wanted to excluded words.
    let excluded = words[replaced.start].excluded;
    // A joined word may replace one that was corrected just before: its earlier change is dropped.
    edits.retain(|(other, _)| other.start < range.start || other.start >= range.end);
    edits.push((range.clone(), correction.words.join(" ")));
    let corrected = correction.words.into_iter().map(|word| {
        let token = Token { term: analyzer.term(&word), word, kind: PieceKind::Word, range: 0..0, position: 0 };
        QueryWord { token, range: range.clone(), known: true, excluded, parts: Vec::new(), code: None }
    });
    let corrected: Vec<QueryWord> = corrected.collect();
    let next = replaced.start + corrected.len();
    words.splice(replaced, corrected);
    next
}

/// The query with all edits applied.
fn apply(query: &str, mut edits: Vec<QueryEdit>) -> String {
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
