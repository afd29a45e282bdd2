//! Corrections of prefixes by edit distance. All words of the suggestions with the same first letter are
//! visited in order, and rows of the distance matrix are shared by words with a common beginning, so each
//! letter of these is computed once.

use std::collections::BTreeMap;

use super::super::slips::slip_cost;
use super::super::spelling::SpellingSettings;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};

/// The shortest word that is corrected, in letters.
const MIN_LETTERS: usize = 4;
/// The shortest word that is corrected by two edits, in letters.
const TWO_EDITS_FROM: usize = 8;
/// The longest word that is corrected, in letters.
const MAX_LETTERS: usize = 40;
/// The most corrections of one prefix.
const MAX_CORRECTIONS: usize = 3;

/// The words of the suggestions, sorted, and the number of products behind each.
#[derive(Debug)]
pub(super) struct Vocabulary {
    bytes: Section<u8>,
    ends: Section<u64>,
    counts: Section<u32>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self { bytes: Vec::new().into(), ends: Vec::new().into(), counts: Vec::new().into() }
    }
}

/// True for words that may be a correction: letters only, so no size and no part number.
pub(super) fn is_word(word: &str) -> bool {
    let letters = word.chars().count();
    (MIN_LETTERS - 1..=MAX_LETTERS).contains(&letters) && word.chars().all(char::is_alphabetic)
}

/// Writes the words, in order.
pub(super) fn write(words: &BTreeMap<String, u32>, file: &mut FlatWriter) -> Result<()> {
    let mut ends = Vec::with_capacity(words.len());
    file.begin::<u8>("vocabulary")?;
    for word in words.keys() {
        file.extend(word.as_bytes())?;
        ends.push(ends.last().copied().unwrap_or(0) + word.len() as u64);
    }
    file.section("vocabulary_ends", &ends)?;
    file.section("vocabulary_counts", &words.values().copied().collect::<Vec<_>>())
}

impl Vocabulary {
    /// Opens the words of a file.
    pub(super) fn open(file: &FlatFile) -> Result<Self> {
        let ends: Section<u64> = file.section("vocabulary_ends")?;
        let counts = file.section_of("vocabulary_counts", ends.len())?;
        let words = Self { bytes: file.section("vocabulary")?, ends, counts };
        let text = std::str::from_utf8(&words.bytes).ok();
        let whole = |end: &u64| text.is_some_and(|text| text.is_char_boundary(*end as usize));
        let complete = words.ends.last().copied().unwrap_or(0) == words.bytes.len() as u64;
        if complete && words.ends.is_sorted() && words.ends.iter().all(whole) {
            return Ok(words);
        }
        Err(Error::corrupt(file.path(), "the words of suggestions are no list of texts"))
    }

    fn word(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        std::str::from_utf8(&self.bytes[start as usize..self.ends[at] as usize]).unwrap_or_default()
    }

    /// The places of the words that start with `prefix`.
    fn range(&self, prefix: &str) -> std::ops::Range<usize> {
        let first = super::partition(0..self.ends.len(), |at| self.word(at) < prefix);
        first..super::partition(first..self.ends.len(), |at| self.word(at).starts_with(prefix))
    }

    /// Corrections of a folded prefix, the likeliest first. Empty if each of its words is known, or if one of
    /// them has no near word.
    pub(super) fn corrections(&self, prefix: &str) -> Vec<String> {
        let typed: Vec<&str> = prefix.split(' ').collect();
        let mut corrections: Vec<String> = vec![String::new()];
        let mut corrected = false;
        for (place, word) in typed.iter().enumerate() {
            let last = place + 1 == typed.len();
            let found = self.range(word);
            let known = if last { !found.is_empty() } else { !found.is_empty() && self.word(found.start) == *word };
            let choices = if known || !is_word(word) || word.chars().count() < MIN_LETTERS {
                vec![(*word).to_owned()]
            } else {
                corrected = true;
                self.near(word, !last)
            };
            let longer = corrections.iter().flat_map(|before| {
                choices.iter().map(
                    move |choice| {
                        if before.is_empty() { choice.clone() } else { format!("{before} {choice}") }
                    },
                )
            });
            corrections = longer.take(MAX_CORRECTIONS).collect();
        }
        if corrected { corrections } else { Vec::new() }
    }

    /// Words near the typed one, the likeliest first, by the cost function of search spelling; beginnings of
    /// words unless `whole`.
    fn near(&self, typed: &str, whole: bool) -> Vec<String> {
        let letters: Vec<char> = typed.chars().collect();
        let edits = if letters.len() < TWO_EDITS_FROM { 1 } else { 2 };
        let mut found = BTreeMap::new();
        // The first letter is seldom wrong. If it is, it is mostly swapped with the second or a letter too
        // many.
        for first in letters.iter().take(2) {
            self.count_near(&letters, &first.to_string(), edits, whole, &mut found);
            if !found.is_empty() {
                break;
            }
        }
        let spelling = SpellingSettings::default();
        let likelihood = |(meant, count): (String, u32)| {
            let cost = spelling.slip * slip_cost(typed, &meant, spelling.first_letter);
            ((count as f32).ln_1p() - cost, meant)
        };
        let mut likely: Vec<(f32, String)> = found.into_iter().map(likelihood).collect();
        likely.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        likely.into_iter().take(MAX_CORRECTIONS).map(|(_, meant)| meant).collect()
    }

    /// Visits all words that start with `first`, and counts those within `edits` of the typed word.
    fn count_near(&self, typed: &[char], first: &str, edits: usize, whole: bool, found: &mut BTreeMap<String, u32>) {
        // Row `d` is the distance between the first `d` letters of the word and each beginning of the typed
        // word.
        let mut rows: Vec<Vec<usize>> = vec![(0..=typed.len()).collect()];
        let mut before: Vec<char> = Vec::new();
        for at in self.range(first) {
            let word: Vec<char> = self.word(at).chars().collect();
            let shared = word.iter().zip(&before).take_while(|(one, other)| one == other).count();
            rows.truncate(shared + 1);
            before.truncate(rows.len() - 1);
            for &letter in &word[before.len()..] {
                if rows.last().is_some_and(|row| row.iter().min() > Some(&edits)) {
                    break;
                }
                before.push(letter);
                rows.push(next_row(&rows, &before, typed));
            }
            let distance = |letters: usize| rows.get(letters).map_or(usize::MAX, |row| row[typed.len()]);
            let ends = if whole { word.len()..=word.len() } else { 1..=word.len() };
            let nearest = ends.min_by_key(|&letters| (distance(letters), letters.abs_diff(typed.len())));
            if let Some(letters) = nearest.filter(|&letters| distance(letters) <= edits) {
                *found.entry(word[..letters].iter().collect()).or_default() += self.counts[at];
            }
        }
    }
}

/// The next row of the distance matrix, for the last letter of `word`.
fn next_row(rows: &[Vec<usize>], word: &[char], typed: &[char]) -> Vec<usize> {
    let (length, above) = (rows.len(), &rows[rows.len() - 1]);
    let letter = word[length - 1];
    let mut row = vec![length; typed.len() + 1];
    for at in 1..=typed.len() {
        let replaced = above[at - 1] + usize::from(letter != typed[at - 1]);
        row[at] = replaced.min(above[at] + 1).min(row[at - 1] + 1);
        if length > 1 && at > 1 && letter == typed[at - 2] && word[length - 2] == typed[at - 1] {
            row[at] = row[at].min(rows[length - 2][at - 2] + 1);
        }
    }
    row
}
