//! The understand step: a query becomes **slots**, one for each thing it asks for. Each slot has
//! **alternatives**, any of which satisfies it: the term itself, its parts, corrections, synonyms, and
//! completions of a word that is still being typed. The match step knows slots only.

use std::ops::Range;

use super::analysis::{self, Analyzer, PieceKind, Token};
use super::parse::{QueryPart, parse};
use super::slots::{SlotBuilder, all_of};
use super::{AlternativeSource, TextIndex, TextSettings};
use crate::error::Result;
use crate::synonyms::{StopWords, Synonyms};

/// The most slots of a query; later ones are ignored.
pub const MAX_SLOTS: usize = 32;

/// Finds the words of the catalogue that mean nearly the same as a word, with weights above 0 to 1.
pub type NearestLookup<'a> = dyn Fn(&str) -> Vec<(String, f32)> + 'a;

/// Options of reading a query.
#[derive(Clone, Copy)]
pub struct QueryOptions<'a> {
    /// True if misspelt words may be corrected.
    pub correct: bool,
    /// True if the last word may be unfinished.
    pub typing: bool,
    /// True for a word of the language: it is not misspelt even if the catalogue does not have it.
    pub is_word: &'a dyn Fn(&str) -> bool,
    /// The language of the query, by its code; the shop's language if absent.
    pub lang: Option<&'a str>,
    /// The merchant's synonyms.
    pub synonyms: Option<&'a Synonyms>,
    /// The merchant's changes to the stop words of the language.
    pub stop_words: Option<&'a StopWords>,
    /// The words of the catalogue that mean nearly the same as a word, with weights above 0 to 1; none if absent.
    pub nearest: Option<&'a NearestLookup<'a>>,
}

impl QueryOptions<'_> {
    /// True if the term occurs in a synonym phrase: such a word is not misspelt.
    fn is_synonym(&self, term: &str) -> bool {
        self.synonyms.is_some_and(|synonyms| synonyms.knows(term))
    }
}

impl Default for QueryOptions<'_> {
    fn default() -> Self {
        Self {
            correct: true,
            typing: false,
            is_word: &|_| false,
            lang: None,
            synonyms: None,
            stop_words: None,
            nearest: None,
        }
    }
}

impl std::fmt::Debug for QueryOptions<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "QueryOptions {{ correct: {}, typing: {} }}", self.correct, self.typing)
    }
}

/// One way to satisfy a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Terms that a product must have, all of them in one field.
    pub terms: Vec<String>,
    /// True if the terms must follow each other.
    pub adjacent: bool,
    /// True if the term is looked up in the field of part numbers, false for all other fields.
    pub code: bool,
    /// Factor on the score, above 0 to 1; 1 for the term as typed.
    pub weight: f32,
    /// The reason for which it satisfies the slot.
    pub source: AlternativeSource,
}

impl Alternative {
    pub(super) fn term(term: String, weight: f32) -> Self {
        Self { terms: vec![term], adjacent: false, code: false, weight, source: AlternativeSource::Typed }
    }

    pub(super) fn code(code: String, weight: f32) -> Self {
        Self { terms: vec![code], adjacent: false, code: true, weight, source: AlternativeSource::Typed }
    }

    /// The same alternative with another source.
    pub(super) fn by(self, source: AlternativeSource) -> Self {
        Self { source, ..self }
    }
}

/// One thing that a query asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct QuerySlot {
    /// The word or phrase, analysed.
    pub text: String,
    /// True if a product without it is an incomplete match; false for stop words and units.
    pub required: bool,
    /// True if it stood in quotes. If any product has all quoted slots, only such products match.
    pub quoted: bool,
    /// The alternatives, the term as typed first.
    pub alternatives: Vec<Alternative>,
}

/// A query after parsing, understanding and correction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Understood {
    /// The slots that products should have, in order.
    pub slots: Vec<QuerySlot>,
    /// The slots that products must not have.
    pub excluded: Vec<QuerySlot>,
    /// The corrected query, if words were corrected.
    pub corrected: Option<String>,
    /// The corrected query without its excluded parts: the text that is embedded.
    pub wanted: String,
    /// True if a word of the query is a part number of the catalogue.
    pub part_number: bool,
}

impl Understood {
    /// Every term that satisfies a required slot: the terms that are highlighted.
    pub fn terms(&self) -> Vec<String> {
        let wanted = self.slots.iter().filter(|slot| slot.required);
        let mut terms: Vec<String> =
            wanted.flat_map(|slot| &slot.alternatives).flat_map(|one| one.terms.iter().cloned()).collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

/// A word of the query with its place, before it becomes a slot.
pub(super) struct QueryWord {
    pub(super) token: Token,
    pub(super) range: Range<usize>,
    pub(super) known: bool,
    pub(super) excluded: bool,
    /// Both sides of a mixed word such as `rtx2060`, or the tokens of a part number.
    pub(super) parts: Vec<String>,
    pub(super) code: Option<String>,
}

impl TextIndex {
    /// Parses, corrects and understands a query.
    pub fn understand(&self, query: &str, options: QueryOptions<'_>, settings: &TextSettings) -> Result<Understood> {
        let mut analyzer = self.analyzer_of(options.lang);
        let mut understood = Understood::default();
        let (mut words, mut phrases) = (Vec::new(), Vec::new());
        let parts = parse(query, analyzer.language());
        // A size such as `10 x 12` spans several words, so the tokens come from the whole query, not part by
        // part.
        let mut tokens = analyzer.tokens(query);
        let typing = options.typing && query.ends_with(|c: char| c.is_alphanumeric());
        for (place, part) in parts.iter().enumerate() {
            if part.phrase {
                phrases.push((phrase(&mut analyzer, part), part.excluded));
            } else {
                let unfinished = typing && place + 1 == parts.len();
                let within = part.start..part.start + part.text.len();
                let own = tokens.extract_if(.., |token| within.contains(&token.range.start)).collect();
                self.words_of_part(part, own, unfinished, &mut words)?;
            }
        }
        understood.part_number = words.iter().any(|word| word.code.is_some() && !word.excluded);
        let last = words.len().checked_sub(1).filter(|_| typing);
        if options.correct {
            for word in words.iter_mut().filter(|word| !word.known) {
                // A correction learned from shoppers precedes the general vocabulary.
                let is_word = (options.is_word)(&word.token.word) && !self.learned.has(&word.token.word);
                word.known = is_word || options.is_synonym(&word.token.term);
            }
            self.know_synonyms(&mut analyzer, &mut words, &options, settings)?;
            understood.corrected = self.correct(&mut analyzer, query, &mut words, last, settings)?;
        }
        let phrased = parts.iter().filter(|part| part.phrase && !part.excluded).map(|part| part.text);
        let single = words.iter().filter(|word| !word.excluded).map(|word| word.token.word.as_str());
        understood.wanted = match (&understood.corrected, parts.iter().any(|part| part.excluded)) {
            (_, true) => single.chain(phrased).collect::<Vec<_>>().join(" "),
            (Some(corrected), false) => corrected.clone(),
            (None, false) => query.to_owned(),
        };
        let slots = SlotBuilder { index: self }.slots(&mut analyzer, &words, last, &options, settings)?;
        for (slot, excluded) in slots.into_iter().chain(phrases) {
            let list = if excluded { &mut understood.excluded } else { &mut understood.slots };
            // A repeated word counts once.
            let repeats = |other: &QuerySlot| other.text == slot.text;
            if !slot.alternatives.is_empty() && list.len() < MAX_SLOTS && !list.iter().any(repeats) {
                list.push(slot);
            }
        }
        // A query of stop words only requires all of them.
        if understood.slots.iter().all(|slot| !slot.required) {
            understood.slots.iter_mut().for_each(|slot| slot.required = true);
        }
        Ok(understood)
    }

    /// The words of one part of the query. A part number of the catalogue, or the beginning of one if it may be
    /// unfinished, is one word, whatever its punctuation.
    fn words_of_part(
        &self,
        part: &QueryPart<'_>,
        tokens: Vec<Token>,
        unfinished: bool,
        words: &mut Vec<QueryWord>,
    ) -> Result<()> {
        if let Some(code) = analysis::code(part.text)
            && (self.code_frequency(&code)? > 0 || (unfinished && !self.code_completions(&code, 1)?.is_empty()))
        {
            let whole = Token {
                term: code.clone(),
                word: code.clone(),
                kind: PieceKind::Mixed,
                range: part.start..part.start + part.text.len(),
                position: 0,
            };
            let parts =
                tokens.into_iter().filter(|token| token.kind != PieceKind::Part).map(|token| token.term).collect();
            words.push(QueryWord {
                range: whole.range.clone(),
                token: whole,
                known: true,
                excluded: part.excluded,
                parts,
                code: Some(code),
            });
            return Ok(());
        }
        for token in tokens {
            if token.kind == PieceKind::Part {
                if let Some(whole) = words.last_mut() {
                    whole.parts.push(token.term);
                }
                continue;
            }
            let known = token.kind != PieceKind::Word || self.knows(&token.word, &token.term)?;
            words.push(QueryWord {
                range: token.range.clone(),
                token,
                known,
                excluded: part.excluded,
                parts: Vec::new(),
                code: None,
            });
        }
        Ok(())
    }
}

fn phrase(analyzer: &mut Analyzer, part: &QueryPart<'_>) -> QuerySlot {
    let tokens = analyzer.tokens(part.text).into_iter().filter(|token| token.kind != PieceKind::Part);
    let terms: Vec<String> = tokens.map(|token| token.term).collect();
    let alternatives =
        if terms.is_empty() { Vec::new() } else { vec![Alternative { adjacent: true, ..all_of(&terms) }] };
    QuerySlot { text: terms.join(" "), required: true, quoted: true, alternatives }
}
