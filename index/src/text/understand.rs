//! What a query asks for: a **slot** for each thing, each slot with the
//! **alternatives** that satisfy it (the word as typed, its parts, what was meant,
//! what it may become when typing goes on). Matching knows slots only.

use std::ops::Range;

use super::analysis::{self, Analyzer, Token, TokenKind};
use super::parse::{QueryPart, parse};
use super::slots::all_of;
use super::{TextIndex, TextSettings};
use crate::error::Result;
use crate::synonyms::{StopWords, Synonyms};

/// The most slots of a query that are looked at.
pub const MAX_SLOTS: usize = 32;

/// How a query is to be read.
#[derive(Clone, Copy)]
pub struct QueryOptions<'a> {
    /// Whether misspelt words may be corrected.
    pub correct: bool,
    /// Whether the last word may go on.
    pub typing: bool,
    /// Whether a word is one, although the catalogue does not have it: such a word is not misspelt.
    pub is_word: &'a dyn Fn(&str) -> bool,
    /// The language it is written in, by its code; the shop's where none is said.
    pub lang: Option<&'a str>,
    /// What else words may be said with.
    pub synonyms: Option<&'a Synonyms>,
    /// Which words say little, beside the language's own.
    pub stop_words: Option<&'a StopWords>,
}

impl QueryOptions<'_> {
    /// Whether a merchant's word has this term: it is not misspelt.
    fn is_synonym(&self, term: &str) -> bool {
        self.synonyms.is_some_and(|synonyms| synonyms.knows(term))
    }
}

impl Default for QueryOptions<'_> {
    fn default() -> Self {
        Self { correct: true, typing: false, is_word: &|_| false, lang: None, synonyms: None, stop_words: None }
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
    /// The terms a product must have, all in one field.
    pub terms: Vec<String>,
    /// Whether the terms must follow each other.
    pub adjacent: bool,
    /// Whether it is looked up among part numbers instead of words.
    pub code: bool,
    /// Its worth against the word as typed, above 0, at most 1.
    pub weight: f32,
}

impl Alternative {
    pub(super) fn term(term: String, weight: f32) -> Self {
        Self { terms: vec![term], adjacent: false, code: false, weight }
    }

    pub(super) fn code(code: String, weight: f32) -> Self {
        Self { terms: vec![code], adjacent: false, code: true, weight }
    }
}

/// One thing a query asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct QuerySlot {
    /// The word or phrase, normalised.
    pub text: String,
    /// Whether a product without it lacks something.
    pub required: bool,
    /// Whether it stood in quotes: where any product has it, no other is shown.
    pub quoted: bool,
    /// What satisfies it, the word as typed first.
    pub alternatives: Vec<Alternative>,
}

/// A query understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Understood {
    /// What is asked for, in order.
    pub slots: Vec<QuerySlot>,
    /// What is not wanted.
    pub excluded: Vec<QuerySlot>,
    /// The query as it was probably meant, when words were corrected.
    pub corrected: Option<String>,
    /// The query without what is not wanted, corrected: what is meant.
    pub wanted: String,
    /// Whether a word is a known part number.
    pub part_number: bool,
}

impl Understood {
    /// Every term that satisfies something asked for: what is marked in answers.
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
    /// The other side of a mixed word, or parts of a part number.
    pub(super) parts: Vec<String>,
    pub(super) code: Option<String>,
}

impl TextIndex {
    /// Understands a query.
    pub fn understand(&self, query: &str, options: QueryOptions<'_>, settings: &TextSettings) -> Result<Understood> {
        let mut analyzer = self.analyzer_of(options.lang);
        let mut understood = Understood::default();
        let (mut words, mut phrases) = (Vec::new(), Vec::new());
        let parts = parse(query, analyzer.language());
        // Sizes reach across blanks, so the whole query is taken apart at once.
        let mut tokens = analyzer.tokens(query);
        let typing = options.typing && query.ends_with(|c: char| c.is_alphanumeric());
        for (place, part) in parts.iter().enumerate() {
            if part.phrase {
                phrases.push((phrase(&mut analyzer, part), part.excluded));
            } else {
                let goes_on = typing && place + 1 == parts.len();
                let within = part.start..part.start + part.text.len();
                let own = tokens.extract_if(.., |token| within.contains(&token.range.start)).collect();
                self.read_words(part, own, goes_on, &mut words)?;
            }
        }
        understood.part_number = words.iter().any(|word| word.code.is_some() && !word.excluded);
        let last = words.len().checked_sub(1).filter(|_| typing);
        if options.correct {
            for word in words.iter_mut().filter(|word| !word.known) {
                let is_word = (options.is_word)(&word.token.word) && !self.learned.has(&word.token.word);
                word.known = is_word || options.is_synonym(&word.token.term);
            }
            understood.corrected = self.correct(&mut analyzer, query, &mut words, last, settings)?;
        }
        let phrased = parts.iter().filter(|part| part.phrase && !part.excluded).map(|part| part.text);
        let single = words.iter().filter(|word| !word.excluded).map(|word| word.token.word.as_str());
        understood.wanted = match (&understood.corrected, parts.iter().any(|part| part.excluded)) {
            (_, true) => single.chain(phrased).collect::<Vec<_>>().join(" "),
            (Some(corrected), false) => corrected.clone(),
            (None, false) => query.to_owned(),
        };
        let slots = self.slots(&mut analyzer, &words, last, &options, settings)?;
        for (slot, excluded) in slots.into_iter().chain(phrases) {
            let list = if excluded { &mut understood.excluded } else { &mut understood.slots };
            let again = |other: &QuerySlot| other.text == slot.text;
            if !slot.alternatives.is_empty() && list.len() < MAX_SLOTS && !list.iter().any(again) {
                list.push(slot);
            }
        }
        if understood.slots.iter().all(|slot| !slot.required) {
            understood.slots.iter_mut().for_each(|slot| slot.required = true);
        }
        Ok(understood)
    }

    /// The words of one part. A known part number, or the beginning of one where it may go on, is one
    /// word, whatever its punctuation.
    fn read_words(
        &self,
        part: &QueryPart<'_>,
        tokens: Vec<Token>,
        goes_on: bool,
        words: &mut Vec<QueryWord>,
    ) -> Result<()> {
        if let Some(code) = analysis::code(part.text)
            && (self.code_frequency(&code)? > 0 || (goes_on && !self.code_completions(&code, 1)?.is_empty()))
        {
            let whole = Token {
                term: code.clone(),
                word: code.clone(),
                kind: TokenKind::Mixed,
                range: part.start..part.start + part.text.len(),
                position: 0,
            };
            let parts =
                tokens.into_iter().filter(|token| token.kind != TokenKind::Part).map(|token| token.term).collect();
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
            if token.kind == TokenKind::Part {
                if let Some(whole) = words.last_mut() {
                    whole.parts.push(token.term);
                }
                continue;
            }
            let known = token.kind != TokenKind::Word || self.knows(&token.word, &token.term)?;
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
    let tokens = analyzer.tokens(part.text).into_iter().filter(|token| token.kind != TokenKind::Part);
    let terms: Vec<String> = tokens.map(|token| token.term).collect();
    let alternatives =
        if terms.is_empty() { Vec::new() } else { vec![Alternative { adjacent: true, ..all_of(&terms) }] };
    QuerySlot { text: terms.join(" "), required: true, quoted: true, alternatives }
}
