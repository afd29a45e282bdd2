//! The understand step: a query becomes **slots**, one for each thing it asks for. Each slot has
//! **alternatives**, any of which satisfies it: the term itself, its parts, corrections, synonyms, and
//! completions of a word that is still being typed. The match step knows slots only.

use std::ops::Range;

use super::analysis::{Analyzer, Language, PieceKind, Token};
use super::apply_reading::{apply_reading, widen};
use super::codes::{self, CodeRun};
use super::correct::WordCorrection;
use super::derivation;
use super::kind::{head_candidates, purpose_candidates};
use super::meant::Reading;
use super::parse::{QueryPart, parse, parse_read};
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
    /// The reading of the query, where its meaning was read before; exclusions are then taken from it.
    pub reading: Option<&'a Reading>,
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
            reading: None,
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
    /// True if it stood in quotes. Only products with all quoted slots match.
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
    /// The ways to say that a product is free of something excluded; each has the text of its excluded slot.
    pub free_of: Vec<QuerySlot>,
    /// The corrected query, if words were corrected.
    pub corrected: Option<String>,
    /// Its corrections, in order.
    pub corrections: Vec<WordCorrection>,
    /// The corrected query without its excluded parts: the text that is embedded.
    pub wanted: String,
    /// True if a word of the query is a part number of the catalogue.
    pub part_number: bool,
    /// The place in `slots` of the one that names the kind of product.
    pub head: Option<usize>,
    /// The place in `slots` of what the thing is for, where the query says so: `battery for drill`.
    pub purpose: Option<usize>,
    /// The word of each slot as it was typed or corrected, accents folded, by the text of the slot.
    pub(super) forms: Vec<(String, String)>,
}

impl Understood {
    /// The terms that are highlighted: those that satisfy a required slot, but for the words of phrases that only stand
    /// for what was typed.
    pub fn terms(&self) -> Vec<String> {
        let wanted = self.slots.iter().filter(|slot| slot.required).flat_map(|slot| &slot.alternatives);
        let shown = wanted.filter(|one| one.terms.len() == 1 || !one.source.is_meant());
        let mut terms: Vec<String> = shown.flat_map(|one| one.terms.iter().cloned()).collect();
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
    /// True for a word of the language that the catalogue does not have: it is only replaced where the other
    /// words of the query say so.
    pub(super) foreign: bool,
    /// The codes that begin with `code`, if the catalogue has none that equals it.
    pub(super) longer: Vec<String>,
}

/// A slot, and true if it is excluded.
type MarkedSlot = (QuerySlot, bool);

/// Reads queries by the words of an index.
#[derive(Clone, Copy)]
pub(super) struct QueryReader<'a> {
    pub(super) index: &'a TextIndex,
}

impl std::ops::Deref for QueryReader<'_> {
    type Target = TextIndex;

    fn deref(&self) -> &TextIndex {
        self.index
    }
}

impl TextIndex {
    /// Parses, corrects and understands a query.
    pub fn understand(&self, query: &str, options: QueryOptions<'_>, settings: &TextSettings) -> Result<Understood> {
        self.reader().understand(query, options, settings)
    }

    /// The reader of queries.
    pub(super) fn reader(&self) -> QueryReader<'_> {
        QueryReader { index: self }
    }
}

impl QueryReader<'_> {
    /// As [`TextIndex::understand`].
    fn understand(&self, query: &str, options: QueryOptions<'_>, settings: &TextSettings) -> Result<Understood> {
        let mut analyzer = self.analyzer_of(options.lang);
        let mut understood = Understood::default();
        let read = options.reading.map(|reading| parse_read(query, reading));
        let parts = read.unwrap_or_else(|| parse(query, analyzer.language()));
        let typing = options.typing && query.ends_with(|c: char| c.is_alphanumeric());
        let (mut words, mut phrases) = self.words_and_phrases(&mut analyzer, query, &parts, typing)?;
        if let Some(reading) = options.reading {
            understood.free_of = apply_reading(reading, query, &mut analyzer, &mut words, &mut phrases);
        }
        understood.part_number = words.iter().any(|word| word.code.is_some() && !word.excluded);
        let last = words.len().checked_sub(1).filter(|_| typing);
        if options.correct {
            self.know_words(&mut analyzer, &mut words, &options)?;
            self.know_synonyms(&mut analyzer, &mut words, &options, settings)?;
            let corrected = self.correct(&mut analyzer, query, &mut words, last, options.synonyms, settings)?;
            if let Some((corrected, corrections)) = corrected {
                (understood.corrected, understood.corrections) = (Some(corrected), corrections);
            }
        }
        let form = |word: &QueryWord| (word.token.term.clone(), word.token.word.clone());
        understood.forms = words.iter().filter(|word| word.code.is_none()).map(form).collect();
        let phrased = parts.iter().filter(|part| part.phrase && !part.excluded).map(|part| part.text);
        let single = words.iter().filter(|word| !word.excluded).map(|word| word.token.word.as_str());
        let leaves_out = options.reading.is_some_and(Reading::leaves_out);
        understood.wanted = match (&understood.corrected, leaves_out || parts.iter().any(|part| part.excluded)) {
            (_, true) => single.chain(phrased).collect::<Vec<_>>().join(" "),
            (Some(corrected), false) => corrected.clone(),
            (None, false) => query.to_owned(),
        };
        let mut slots = SlotBuilder { index: self.index }.slots(&mut analyzer, &words, last, &options, settings)?;
        if let Some(reading) = options.reading {
            widen(reading, &mut analyzer, &words, &mut slots);
        }
        let language = analyzer.language();
        let text_of = |at: usize| slots[at].0.text.clone();
        let head = self.head(head_candidates(language, &words, query), &slots)?.map(text_of);
        let purpose = self.head(purpose_candidates(language, &words, query), &slots)?.map(text_of);
        for (slot, excluded) in slots.into_iter().chain(phrases) {
            let list = if excluded { &mut understood.excluded } else { &mut understood.slots };
            // A repeated word counts once.
            let repeats = |other: &QuerySlot| other.text == slot.text;
            if !slot.alternatives.is_empty() && list.len() < MAX_SLOTS && !list.iter().any(repeats) {
                list.push(slot);
            }
        }
        let place = |text: String| understood.slots.iter().position(|slot| slot.text == text);
        (understood.head, understood.purpose) = (head.and_then(place), purpose.and_then(place));
        // A query of stop words only requires all of them.
        if understood.slots.iter().all(|slot| !slot.required) {
            understood.slots.iter_mut().for_each(|slot| slot.required = true);
        }
        Ok(understood)
    }

    /// The words of a query, codes of the catalogue among them, and its phrases, with true for those excluded.
    fn words_and_phrases(
        &self,
        analyzer: &mut Analyzer,
        query: &str,
        parts: &[QueryPart<'_>],
        typing: bool,
    ) -> Result<(Vec<QueryWord>, Vec<MarkedSlot>)> {
        let (mut words, mut phrases) = (Vec::new(), Vec::new());
        // A size such as `10 x 12` spans several words, so the tokens come from the whole query, not part by
        // part.
        let mut tokens = analyzer.tokens(query);
        let mut runs = self.code_runs(analyzer, parts, typing)?.into_iter().peekable();
        let mut place = 0;
        while let Some(part) = parts.get(place) {
            let run = runs.next_if(|run| run.parts.start == place);
            let last_part = run.as_ref().map_or(part, |run| &parts[run.parts.end - 1]);
            let within = part.start..last_part.start + last_part.text.len();
            place = run.as_ref().map_or(place + 1, |run| run.parts.end);
            if part.phrase {
                phrases.push((phrase(analyzer, part), part.excluded));
                continue;
            }
            let own = tokens.extract_if(.., |token| within.contains(&token.range.start)).collect();
            match run {
                Some(run) => words.push(code_word(run, within, part.excluded, own)),
                None => self.words_of_part(part, own, &mut words)?,
            }
        }
        Ok((words, phrases))
    }

    /// Marks words that are not misspelt though the catalogue does not have them as they are.
    fn know_words(&self, analyzer: &mut Analyzer, words: &mut [QueryWord], options: &QueryOptions<'_>) -> Result<()> {
        for word in words.iter_mut().filter(|word| !word.known) {
            // A correction learned from shoppers precedes the general vocabulary.
            let known = |stem: &str| (options.is_word)(stem) || self.word_frequency(stem).is_ok_and(|n| n > 0);
            let typed = &word.token.word;
            let listed = (options.is_word)(typed) && !self.learned.has(typed);
            let derived = analyzer.language() == Language::En && derivation::is_derived(typed, &known);
            word.foreign = listed || (derived && !self.learned.has(typed));
            // What a word is made from may still be searched for beside it: wool for woolly.
            word.known = listed || options.is_synonym(&word.token.term);
            if !word.known || word.foreign {
                let form = self.is_other_form(analyzer, &word.token)?;
                (word.known, word.foreign) = (word.known || form, word.foreign && !form);
            }
        }
        Ok(())
    }

    /// The place of the slot that names the kind of product, of some candidates.
    fn head(&self, candidates: Vec<usize>, slots: &[(QuerySlot, bool)]) -> Result<Option<usize>> {
        for at in candidates {
            if let Some((slot, false)) = slots.get(at)
                && self.names_a_kind(slot)?
            {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The words of one part of the query that is no code of the catalogue.
    fn words_of_part(&self, part: &QueryPart<'_>, tokens: Vec<Token>, words: &mut Vec<QueryWord>) -> Result<()> {
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
                foreign: false,
                longer: Vec::new(),
            });
        }
        Ok(())
    }
}

/// A code of the catalogue as one word, whatever it was typed in.
fn code_word(run: CodeRun, range: Range<usize>, excluded: bool, tokens: Vec<Token>) -> QueryWord {
    let CodeRun { code, longer, .. } = run;
    let token =
        Token { term: code.clone(), word: code.clone(), kind: PieceKind::Mixed, range: range.clone(), position: 0 };
    let parts = codes::typed_terms(tokens);
    QueryWord { token, range, known: true, excluded, parts, code: Some(code), foreign: false, longer }
}

pub(super) fn phrase(analyzer: &mut Analyzer, part: &QueryPart<'_>) -> QuerySlot {
    let tokens = analyzer.tokens(part.text).into_iter().filter(|token| token.kind != PieceKind::Part);
    let terms: Vec<String> = tokens.map(|token| token.term).collect();
    let alternatives =
        if terms.is_empty() { Vec::new() } else { vec![Alternative { adjacent: true, ..all_of(&terms) }] };
    QuerySlot { text: terms.join(" "), required: true, quoted: true, alternatives }
}
