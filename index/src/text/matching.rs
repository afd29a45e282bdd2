//! Which products hold the words of a query, and how well.
//!
//! Each word scores every product by the best of its fields plus a share of the
//! others (disjunction max over BM25, Robertson and Zaragoza 2009); a product's
//! score is the sum over words. One inverse document frequency a word, taken
//! from all fields together, so that a word rare in one field is not overrated.
//! Term at a time over dense arrays: every match is visited once, which exact
//! totals and facets need anyway, and each product remembers which words it has.

use std::cell::RefCell;

use tantivy::Term;
use tantivy::schema::IndexRecordOption;
use tantivy::{fieldnorm::FieldNormReader, postings::BlockSegmentPostings};

use super::analysis::{self, Analyzer};
use super::index::{FieldIndex, TextIndex};
use super::{TextField, TextSettings};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;

/// The most words of a query that are looked at.
pub const MAX_QUERY_WORDS: usize = 32;

/// Which rung of the ladder of relaxations the matches stand on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// No words were asked for.
    Everything,
    /// Every product holds all words.
    AllWords,
    /// Products hold most of what the words are worth.
    SomeWords,
    /// No product holds enough of the words; those found mean something like them.
    #[default]
    Meaning,
}

/// One word of the query as it is looked up.
#[derive(Debug, Clone)]
struct QueryWord {
    /// The stemmed term for text fields.
    term: String,
    /// The normalised form for the code field, when some product has it.
    code: Option<String>,
    optional: bool,
}

/// The products that match, ascending, with their scores.
#[derive(Debug, Default)]
pub struct TextMatches {
    /// Matching ordinals, ascending.
    pub ordinals: Vec<Ordinal>,
    /// Their scores, above 0, same order.
    pub scores: Vec<f32>,
    /// How strict the match was.
    pub rung: Rung,
    /// The stemmed terms of the query, for highlighting.
    pub terms: Vec<String>,
    /// Whether a word of the query is a known part number.
    pub part_number: bool,
}

/// Dense arrays a query works in, kept a thread; all zero between queries.
#[derive(Default)]
struct Scratch {
    best: Vec<f32>,
    sum: Vec<f32>,
    total: Vec<f32>,
    words: Vec<u32>,
    touched_by_word: Vec<Ordinal>,
    touched: Vec<Ordinal>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl TextIndex {
    /// The products allowed by `allowed` (all when `None`) that match `query`.
    pub fn matches(&self, query: &str, settings: &TextSettings, allowed: Option<&Bitmap>) -> Result<TextMatches> {
        let words = self.understand(query)?;
        let terms = self.analyzer.clone().tokens(query).into_iter().map(|token| token.term);
        let terms = terms.filter(|term| !analysis::is_stop_word(term)).collect();
        if words.is_empty() {
            return Ok(TextMatches { terms, ..TextMatches::default() });
        }
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.resize(self.products as usize);
            let mut worth = Vec::with_capacity(words.len());
            for (place, word) in words.iter().enumerate() {
                let outcome = self.score_word(scratch, word, settings, allowed);
                match outcome {
                    Ok(idf) => worth.push(if word.optional { 0.0 } else { idf }),
                    Err(error) => {
                        *scratch = Scratch::default();
                        return Err(error);
                    }
                }
                scratch.fold_word(1 << place, settings.tie);
            }
            let mut matches = climb(scratch, &worth, settings);
            matches.terms = terms;
            matches.part_number = words.iter().any(|word| word.code.is_some());
            Ok(matches)
        })
    }

    /// The score one product gets from each field for each word of the query:
    /// `(word, field, score)`, only those above 0. For explanations.
    pub fn explain(
        &self,
        query: &str,
        settings: &TextSettings,
        ordinal: Ordinal,
    ) -> Result<Vec<(String, TextField, f32)>> {
        let mut found = Vec::new();
        for word in self.understand(query)? {
            self.for_each_posting_list(&word, settings, &mut |field, scorer, mut postings| {
                if postings.seek(ordinal) < postings.block_len() {
                    let at = postings.docs().partition_point(|&doc| doc < ordinal);
                    if postings.docs().get(at) == Some(&ordinal) {
                        found.push((word.term.clone(), field, scorer.score(ordinal, postings.freq(at))));
                    }
                }
            })?;
        }
        Ok(found)
    }

    /// The words of a query, in order, without repeats. A word that is a known part
    /// number is looked up as such; otherwise its pieces are words of their own.
    fn understand(&self, query: &str) -> Result<Vec<QueryWord>> {
        let mut analyzer: Analyzer = self.analyzer.clone();
        let mut words: Vec<QueryWord> = Vec::new();
        for raw in query.split_whitespace() {
            if let Some(code) = analysis::code(raw)
                && self.has_code(&code)?
            {
                let pieces = analyzer.tokens(raw);
                let term = if let [piece] = &pieces[..] { piece.term.clone() } else { code.clone() };
                if !words.iter().any(|word| word.term == term) {
                    words.push(QueryWord { term, code: Some(code), optional: false });
                }
                continue;
            }
            for piece in analyzer.tokens(raw) {
                let optional = analysis::is_stop_word(&piece.term);
                if !words.iter().any(|word| word.term == piece.term) {
                    words.push(QueryWord { term: piece.term, code: None, optional });
                }
            }
        }
        words.truncate(MAX_QUERY_WORDS);
        if words.iter().all(|word| word.optional) {
            words.iter_mut().for_each(|word| word.optional = false);
        }
        Ok(words)
    }

    fn has_code(&self, code: &str) -> Result<bool> {
        let Some(index) = self.fields.get(TextField::Code as usize) else { return Ok(false) };
        let term = Term::from_field_text(index.field, code);
        let frequency = index.inverted.doc_freq(&term).map_err(|error| Error::Text(error.to_string()))?;
        Ok(frequency > 0)
    }

    /// Adds one word's field scores into `best` and `sum`; returns its inverse document frequency.
    fn score_word(
        &self,
        scratch: &mut Scratch,
        word: &QueryWord,
        settings: &TextSettings,
        allowed: Option<&Bitmap>,
    ) -> Result<f32> {
        self.for_each_posting_list(word, settings, &mut |_, scorer, mut postings| {
            while postings.block_len() > 0 {
                for (&doc, &frequency) in postings.docs().iter().zip(postings.freqs()) {
                    if allowed.is_none_or(|allowed| allowed.contains(doc)) {
                        scratch.add(doc, scorer.score(doc, frequency));
                    }
                }
                postings.advance();
            }
        })
    }

    /// Visits the postings of a word in every weighted field that has it, with
    /// what is needed to score them; returns the word's inverse document frequency.
    fn for_each_posting_list(
        &self,
        word: &QueryWord,
        settings: &TextSettings,
        visit: &mut dyn FnMut(TextField, &Bm25<'_>, BlockSegmentPostings),
    ) -> Result<f32> {
        let error = |error: std::io::Error| Error::Text(error.to_string());
        let mut lists = Vec::new();
        let mut document_frequency = 0;
        for ((field, index), weight) in TextField::ALL.into_iter().zip(&self.fields).zip(settings.weights()) {
            let text = if field == TextField::Code { word.code.as_ref() } else { Some(&word.term) };
            let Some(text) = text.filter(|_| weight > 0.0) else { continue };
            let Some(info) = index.inverted.get_term_info(&Term::from_field_text(index.field, text)).map_err(error)?
            else {
                continue;
            };
            document_frequency = document_frequency.max(info.doc_freq);
            lists.push((field, index, weight, info));
        }
        let idf = idf(self.products, document_frequency);
        for (field, index, weight, info) in lists {
            let postings =
                index.inverted.read_block_postings_from_terminfo(&info, IndexRecordOption::WithFreqs).map_err(error)?;
            visit(field, &Bm25::new(index, weight * idf, settings), postings);
        }
        Ok(idf)
    }
}

/// `ln(1 + (N − n + ½)/(n + ½))`, the BM25 inverse document frequency.
fn idf(products: u32, document_frequency: u32) -> f32 {
    let (all, with) = (products as f32, document_frequency as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// BM25 of one word in one field.
struct Bm25<'a> {
    lengths: &'a FieldNormReader,
    weight: f32,
    /// `k1·(1 − b + b·length/mean length)` by field length code.
    norms: [f32; 256],
}

impl<'a> Bm25<'a> {
    fn new(index: &'a FieldIndex, weight: f32, settings: &TextSettings) -> Self {
        let norms = std::array::from_fn(|code| {
            let length = FieldNormReader::id_to_fieldnorm(code as u8) as f32;
            settings.k1 * (1.0 - settings.b + settings.b * length / index.mean_length)
        });
        Self { lengths: &index.lengths, weight: weight * (settings.k1 + 1.0), norms }
    }

    fn score(&self, ordinal: Ordinal, frequency: u32) -> f32 {
        let frequency = frequency as f32;
        self.weight * frequency / (frequency + self.norms[usize::from(self.lengths.fieldnorm_id(ordinal))])
    }
}

impl Scratch {
    fn resize(&mut self, products: usize) {
        if self.best.len() < products {
            self.best.resize(products, 0.0);
            self.sum.resize(products, 0.0);
            self.total.resize(products, 0.0);
            self.words.resize(products, 0);
        }
    }

    fn add(&mut self, ordinal: Ordinal, score: f32) {
        let at = ordinal as usize;
        if self.sum[at] == 0.0 {
            self.touched_by_word.push(ordinal);
        }
        self.sum[at] += score;
        self.best[at] = self.best[at].max(score);
    }

    /// Moves the current word's scores into the totals.
    fn fold_word(&mut self, word: u32, tie: f32) {
        for ordinal in self.touched_by_word.drain(..) {
            let at = ordinal as usize;
            if self.words[at] == 0 {
                self.touched.push(ordinal);
            }
            self.words[at] |= word;
            self.total[at] += self.best[at] + tie * (self.sum[at] - self.best[at]);
            self.best[at] = 0.0;
            self.sum[at] = 0.0;
        }
    }
}

/// Decides how many words may be missing, collects the matches and clears the arrays.
fn climb(scratch: &mut Scratch, worth: &[f32], settings: &TextSettings) -> TextMatches {
    let all: f32 = worth.iter().sum();
    let required =
        worth.iter().enumerate().filter(|(_, worth)| **worth > 0.0).fold(0u32, |mask, (at, _)| mask | 1 << at);
    let mut touched = std::mem::take(&mut scratch.touched);
    touched.sort_unstable();
    let share = |words: u32| -> f32 {
        let held = worth.iter().enumerate().filter(|(at, _)| words >> at & 1 == 1);
        if all > 0.0 { held.map(|(_, worth)| worth).sum::<f32>() / all } else { 1.0 }
    };
    let complete = touched.iter().filter(|&&at| scratch.words[at as usize] & required == required).count();
    let relaxed = complete < settings.enough && required.count_ones() > 1;
    let best_share =
        if relaxed { touched.iter().map(|&at| share(scratch.words[at as usize])).fold(0.0, f32::max) } else { 1.0 };
    let mut matches = TextMatches::default();
    for &ordinal in &touched {
        let at = ordinal as usize;
        let words = std::mem::take(&mut scratch.words[at]);
        let total = std::mem::take(&mut scratch.total[at]);
        let cost = if words & required == required {
            1.0
        } else {
            let share = share(words);
            if !relaxed || share < settings.relaxed_share * best_share {
                continue;
            }
            share.powf(settings.missing_cost)
        };
        matches.ordinals.push(ordinal);
        matches.scores.push(total * cost);
    }
    touched.clear();
    scratch.touched = touched;
    matches.rung = match (matches.ordinals.is_empty(), complete == matches.ordinals.len()) {
        (true, _) => Rung::Meaning,
        (false, true) => Rung::AllWords,
        (false, false) => Rung::SomeWords,
    };
    matches
}
