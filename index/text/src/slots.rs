//! The second half of the understand step: words become slots, and each slot gets the alternatives that satisfy
//! it besides the term itself.

use std::collections::BTreeSet;

use super::analysis::{self, Analyzer, PieceKind, compound};
use super::apart::OtherFormWeights;
use super::correct::context_words;
use super::index::text_error;
use super::understand::{Alternative, QueryOptions, QueryReader, QuerySlot, QueryWord};
use super::{AlternativeSource, SpellingSettings, TextField, TextIndex, TextSettings};
use crate::error::{Error, Result};
use crate::synonyms::Synonyms;

/// The most completions of a word that is still being typed.
const MAX_COMPLETIONS: usize = 8;
/// The most compounds with the head of a word that is taken apart.
const MAX_HEADS: usize = 16;
/// The shortest beginning and the shortest head of a word of which only the head is known, in letters.
const MIN_BEFORE_HEAD: usize = 3;
const MIN_HEAD: usize = 4;
/// The weight of a thing of the same kind as a compound, against one with all of its parts.
const OF_ITS_KIND: f32 = 0.5;
/// The shortest word that is completed, in letters.
const MIN_COMPLETED: usize = 2;
/// The shortest beginning of a part number that is completed, in characters.
const MIN_CODE_PREFIX: usize = 4;

impl TextIndex {}

/// Makes the slots of a query's words from the words of an index.
pub(super) struct SlotBuilder<'a> {
    pub(super) index: &'a TextIndex,
}

impl QueryReader<'_> {
    /// Part numbers that start with `prefix`, in order, at most `limit`.
    pub(super) fn code_completions(&self, prefix: &str, limit: usize) -> Result<Vec<String>> {
        if prefix.len() < MIN_CODE_PREFIX {
            return Ok(Vec::new());
        }
        let Some(index) = self.fields.get(TextField::Code as usize) else { return Ok(Vec::new()) };
        let mut found = BTreeSet::new();
        for segment in &index.segments {
            let range = segment.inverted.terms().range().ge(prefix.as_bytes());
            let mut stream = range.into_stream().map_err(text_error)?;
            let mut left = limit;
            while left > 0 && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                found.insert(String::from_utf8_lossy(stream.key()).into_owned());
                left -= 1;
            }
        }
        Ok(found.into_iter().take(limit).collect())
    }
}

impl SlotBuilder<'_> {
    /// One slot a word, with true if the slot is excluded. `typing` is the place of a word that may be
    /// unfinished.
    pub(super) fn slots(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        typing: Option<usize>,
        options: &QueryOptions<'_>,
        settings: &TextSettings,
    ) -> Result<Vec<(QuerySlot, bool)>> {
        let mut slots: Vec<(QuerySlot, bool)> = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            let mut alternatives = self.own_alternatives(word, settings)?;
            self.add_accents(analyzer, word, &mut alternatives)?;
            let last = words[at + 1..].iter().all(|word| word.token.kind != PieceKind::Word || word.excluded);
            self.add_compounds(analyzer, word, last, settings, &mut alternatives)?;
            if word.token.kind == PieceKind::Word && word.code.is_none() {
                self.add_compound_parts(analyzer, word, settings.apart, &mut alternatives)?;
                let weights = OtherFormWeights { joined: settings.joined, apart: settings.apart };
                self.add_other_forms(analyzer, word, weights, &mut alternatives)?;
                // A word that is still being typed is not misspelt yet.
                if options.correct && typing != Some(at) {
                    self.add_uncertain_correction(analyzer, words, at, &settings.spelling, &mut alternatives)?;
                }
            }
            if typing == Some(at) {
                self.add_completions(analyzer, word, settings.completion, &mut alternatives)?;
            }
            let required = !may_be_missing(analyzer, word, options);
            let slot = QuerySlot { text: word.token.term.clone(), required, quoted: false, alternatives };
            slots.push((slot, word.excluded));
        }
        self.join_neighbours(analyzer, words, settings.joined, &mut slots)?;
        if let Some(synonyms) = options.synonyms {
            add_synonyms(synonyms, words, &mut slots);
        }
        self.add_measures(words, &mut slots)?;
        self.add_meanings(analyzer, words, options, settings, &mut slots)?;
        Ok(slots)
    }

    /// The alternatives that are in the word itself: its term or code, and its parts.
    fn own_alternatives(&self, word: &QueryWord, settings: &TextSettings) -> Result<Vec<Alternative>> {
        let mut alternatives = vec![match &word.code {
            Some(code) => Alternative::code(code.clone(), 1.0),
            None => Alternative::term(word.token.term.clone(), 1.0),
        }];
        alternatives.extend(word.longer.iter().map(|code| Alternative::code(code.clone(), settings.completion)));
        match &word.parts[..] {
            [] => {}
            [part] => alternatives.push(Alternative::term(part.clone(), 1.0).by(AlternativeSource::Part)),
            // A mixed word that the catalogue has as written stays whole; otherwise its parts count too.
            parts if word.code.is_some() || self.index.word_frequency(&word.token.word)? == 0 => {
                let parts = all_of(parts).by(AlternativeSource::Part);
                alternatives.push(Alternative { adjacent: true, weight: settings.apart, ..parts });
            }
            _ => {}
        }
        Ok(alternatives)
    }

    /// Adds the term of the word with other accents: stemmers know the accents of their language, so the terms of a
    /// word with its accents and without them may differ.
    fn add_accents(
        &self,
        analyzer: &mut Analyzer,
        word: &QueryWord,
        alternatives: &mut Vec<Alternative>,
    ) -> Result<()> {
        if word.token.kind != PieceKind::Word || word.code.is_some() {
            return Ok(());
        }
        let written = self.index.written.commonest(&word.token.word).map(str::to_owned);
        for form in [Some(word.token.word.clone()), written].into_iter().flatten() {
            let term = analyzer.term(&form);
            let known = alternatives.iter().any(|one| one.terms == [term.as_str()]);
            if !known && self.index.has_term(&term)? {
                alternatives.push(Alternative::term(term, 1.0));
            }
        }
        Ok(())
    }

    /// Adds a correction that is not likely enough to replace the word, unless the settings weigh it 0.
    fn add_uncertain_correction(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        at: usize,
        spelling: &SpellingSettings,
        alternatives: &mut Vec<Alternative>,
    ) -> Result<()> {
        if spelling.likely_slip <= 0.0 {
            return Ok(());
        }
        let word = &words[at];
        let mut context = context_words(analyzer, words);
        context.retain(|other| *other != word.token.word);
        let (typed, known) = (&word.token.word, word.known);
        let correction = self.index.speller().uncertain_correction(analyzer, typed, known, &context, spelling)?;
        let terms: Option<Vec<String>> = correction.map(|words| words.iter().map(|word| analyzer.term(word)).collect());
        let other = terms.filter(|terms| *terms != [word.token.term.as_str()]);
        alternatives.extend(other.map(|terms| Alternative {
            adjacent: terms.len() > 1,
            weight: spelling.likely_slip,
            ..all_of(&terms).by(AlternativeSource::Correction)
        }));
        Ok(())
    }

    /// Adds an alternative for a compound of two or more words of the catalogue: a product may have them apart. The last
    /// of them may stand in compounds only, and where the catalogue lacks the whole, a thing of that kind is like it:
    /// `Herrenhose` finds `Jogginghose, Herren`, then other trousers.
    fn add_compound_parts(
        &self,
        analyzer: &mut Analyzer,
        word: &QueryWord,
        weight: f32,
        alternatives: &mut Vec<Alternative>,
    ) -> Result<()> {
        let (typed, mut failed) = (&word.token.word, None);
        let mut analyzed = analyzer.clone();
        let mut is_word = |part: &str| {
            Ok::<_, Error>(
                self.index.word_frequency(part)? > 0 || self.index.heads_compounds(part, &analyzed.term(part))?,
            )
        };
        let parts = compound(typed, &mut |part| {
            is_word(part).unwrap_or_else(|error| {
                failed = Some(error);
                false
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let is_new = self.index.word_frequency(typed)? == 0 && !self.index.knows(typed, &word.token.term)?;
        let known_head = parts.is_none() && is_new && !word.excluded && analyzer.language().compounds();
        let parts = if known_head { self.known_head(analyzer, typed)?.map(|head| vec![head]) } else { parts };
        let Some((head, first)) = parts.as_deref().and_then(<[String]>::split_last) else { return Ok(()) };
        let first: Vec<String> = first.iter().map(|part| analyzer.term(part)).collect();
        let head = analyzer.term(head);
        let compounds = self.index.compounds_of(&head)?.into_iter().take(MAX_HEADS);
        let heads: Vec<String> = std::iter::once(head).chain(compounds).collect();
        // In languages with compounds the parts may stand anywhere in the field, elsewhere side by side.
        let adjacent = !analyzer.language().compounds();
        for head in heads.iter().filter(|_| !first.is_empty()) {
            let terms = [&first[..], std::slice::from_ref(head)].concat();
            alternatives.push(Alternative { adjacent, weight, ..all_of(&terms).by(AlternativeSource::Part) });
        }
        if !adjacent && is_new && !word.excluded {
            let kinds = heads.into_iter().map(|head| Alternative::term(head, weight * OF_ITS_KIND));
            alternatives.extend(kinds.map(|one| one.by(AlternativeSource::Head)));
        }
        Ok(())
    }

    /// The longest ending of a word that is a word of the catalogue or the head of its compounds: `Nachttischlampe` is a
    /// lamp, whatever the rest says.
    fn known_head(&self, analyzer: &mut Analyzer, word: &str) -> Result<Option<String>> {
        for (at, _) in word.char_indices().skip(MIN_BEFORE_HEAD) {
            let head = &word[at..];
            if head.chars().count() < MIN_HEAD {
                break;
            }
            let known = self.index.word_frequency(head)? > 0;
            if known || self.index.heads_compounds(head, &analyzer.term(head))? {
                return Ok(Some(head.to_owned()));
            }
        }
        Ok(None)
    }

    /// Adds the completions of a word that is still being typed, as words and as part numbers.
    fn add_completions(
        &self,
        analyzer: &mut Analyzer,
        word: &QueryWord,
        weight: f32,
        alternatives: &mut Vec<Alternative>,
    ) -> Result<()> {
        let typed = &word.token.word;
        if typed.chars().count() >= MIN_COMPLETED {
            for (completion, _) in self.index.completions(typed, MAX_COMPLETIONS)? {
                let term = analyzer.term(&completion);
                if !alternatives.iter().any(|known| !known.code && known.terms == [term.as_str()]) {
                    alternatives.push(Alternative::term(term, weight).by(AlternativeSource::Completion));
                }
            }
        }
        if let Some(code) = analysis::code(typed) {
            for completion in self.index.reader().code_completions(&code, MAX_COMPLETIONS)? {
                alternatives.push(Alternative::code(completion, weight).by(AlternativeSource::Completion));
            }
        }
        Ok(())
    }
}

/// True for units and stop words: a product may lack them. The merchant's changes precede the built-in list.
fn may_be_missing(analyzer: &Analyzer, word: &QueryWord, options: &QueryOptions<'_>) -> bool {
    let built_in = analyzer.language().is_stop_word(&word.token.word);
    let edited = options.stop_words.map(|stop_words| stop_words.stops(&word.token.term, built_in));
    word.token.kind == PieceKind::Unit || edited.unwrap_or(built_in)
}

/// Adds synonyms: a synonym of a phrase satisfies the slot of each of its words.
fn add_synonyms(synonyms: &Synonyms, words: &[QueryWord], slots: &mut [(QuerySlot, bool)]) {
    let terms: Vec<String> = words.iter().map(|word| word.token.term.clone()).collect();
    let plain = |word: &QueryWord| !word.excluded && word.code.is_none() && word.token.kind != PieceKind::Unit;
    for expansion in synonyms.expand(&terms) {
        if !words[expansion.range.clone()].iter().all(plain) {
            continue;
        }
        for (slot, _) in &mut slots[expansion.range.clone()] {
            let others = expansion.alternatives.iter();
            slot.alternatives.extend(others.map(|other| Alternative {
                adjacent: other.terms.len() > 1,
                weight: other.weight,
                ..all_of(&other.terms).by(AlternativeSource::Synonym)
            }));
        }
    }
}

/// An alternative that needs all of these terms, in any order, at full weight.
pub(super) fn all_of(terms: &[String]) -> Alternative {
    Alternative { terms: terms.to_vec(), adjacent: false, code: false, weight: 1.0, source: AlternativeSource::Typed }
}
