//! A query corrected: words the catalogue does not have give way to what was meant.

use std::ops::Range;

use super::analysis::{Analyzer, Kind, Token};
use super::spelling::Meant;
use super::understand::Word;
use super::{TextIndex, TextSettings};
use crate::error::Result;

impl TextIndex {
    /// Puts what was meant in place of words the catalogue does not have; returns the query so corrected.
    pub(super) fn correct(
        &self,
        analyzer: &mut Analyzer,
        query: &str,
        words: &mut Vec<Word>,
        typing: Option<usize>,
        settings: &TextSettings,
    ) -> Result<Option<String>> {
        let spelling = &settings.spelling;
        let mut changes: Vec<(Range<usize>, String)> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let word = &words[at];
            let goes_on = typing == Some(at) && !self.completions(&word.token.word, 1)?.is_empty();
            if word.known || word.token.kind != Kind::Word || goes_on {
                at += 1;
                continue;
            }
            let known = |other: &&Word| other.known && other.token.kind == Kind::Word;
            let company: Vec<String> = words
                .iter()
                .filter(known)
                .map(|other| other.token.word.clone())
                .filter(|other| !analyzer.language().is_stop_word(other))
                .collect();
            let company: Vec<&str> = company.iter().map(String::as_str).collect();
            let mut best: Option<(Meant, Range<usize>)> =
                self.meant(analyzer, &word.token.word, &company, spelling)?.map(|meant| (meant, at..at + 1));
            for pair in [at.checked_sub(1).map(|before| before..at + 1), Some(at..at + 2)].into_iter().flatten() {
                let Some([one, other]) = words.get(pair.clone()) else { continue };
                if one.excluded != other.excluded || [one, other].iter().any(|word| word.token.kind != Kind::Word) {
                    continue;
                }
                let rest: Vec<&str> = company
                    .iter()
                    .copied()
                    .filter(|word| *word != one.token.word && *word != other.token.word)
                    .collect();
                let joined = self.joined(analyzer, &one.token.word, &other.token.word, &rest, spelling)?;
                if let Some(joined) = joined
                    && best.as_ref().is_none_or(|(meant, _)| joined.likelihood > meant.likelihood)
                {
                    best = Some((joined, pair));
                }
            }
            if let Some(learned) = self.learned(words, at)? {
                best = Some(learned);
            }
            let Some((meant, replaced)) = best else {
                at += 1;
                continue;
            };
            let range = words[replaced.start].range.start..words[replaced.end - 1].range.end;
            let excluded = words[at].excluded;
            changes.retain(|(other, _)| other.start < range.start || other.start >= range.end);
            changes.push((range.clone(), meant.words.join(" ")));
            let corrected = meant.words.into_iter().map(|word| {
                let token = Token { term: analyzer.term(&word), word, kind: Kind::Word, range: 0..0, position: 0 };
                Word { token, range: range.clone(), known: true, excluded, parts: Vec::new(), code: None }
            });
            let corrected: Vec<Word> = corrected.collect();
            at = replaced.start + corrected.len();
            words.splice(replaced, corrected);
        }
        Ok((!changes.is_empty()).then(|| rewritten(query, changes)))
    }
}

/// The query with parts of it replaced.
fn rewritten(query: &str, mut changes: Vec<(Range<usize>, String)>) -> String {
    changes.sort_by_key(|(range, _)| range.start);
    let (mut text, mut at) = (String::with_capacity(query.len()), 0);
    for (range, words) in changes {
        text.push_str(&query[at.min(range.start)..range.start]);
        text.push_str(&words);
        at = range.end;
    }
    text.push_str(&query[at..]);
    text
}
