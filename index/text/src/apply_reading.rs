//! The reading of a query applied to its words: what it hides is taken out, what it excludes is marked, and what it has
//! other words for is widened.

use std::ops::Range;

use super::analysis::{Analyzer, denied};
use super::meant::{MeantExclusion, Reading};
use super::parse::QueryPart;
use super::slots::all_of;
use super::understand::{Alternative, QuerySlot, QueryWord, phrase};

/// Takes words out of the query that a reading hides, and marks those that it excludes; several words that are
/// excluded together become a phrase. Returns the ways to say that a product is free of something.
pub(super) fn apply_reading(
    reading: &Reading,
    query: &str,
    analyzer: &mut Analyzer,
    words: &mut Vec<QueryWord>,
    phrases: &mut Vec<(QuerySlot, bool)>,
) -> Vec<QuerySlot> {
    words.retain(|word| !reading.hides(word.range.start));
    let mut free_of = Vec::new();
    for exclusion in &reading.excluded {
        let within = |word: &QueryWord| exclusion.range.contains(&word.range.start);
        let text = match words.iter().filter(|word| within(word)).count() {
            0 => analyzer.whole(&query[exclusion.range.clone()]).into_iter().map(|token| token.term).collect(),
            1 => {
                words.iter_mut().filter(|word| within(word)).for_each(|word| word.excluded = true);
                words.iter().filter(|word| within(word)).map(|word| word.token.term.clone()).collect::<Vec<_>>()
            }
            _ => {
                words.retain(|word| !within(word));
                let text = &query[exclusion.range.clone()];
                let part = QueryPart { text, start: exclusion.range.start, phrase: true, excluded: true };
                let slot = QuerySlot { quoted: false, ..phrase(analyzer, &part) };
                let terms = vec![slot.text.clone()];
                phrases.push((slot, true));
                terms
            }
        };
        free_of.push(free_of_slot(analyzer, text.join(" "), exclusion));
    }
    free_of
}

/// The slot of products that are free of something excluded.
fn free_of_slot(analyzer: &mut Analyzer, text: String, exclusion: &MeantExclusion) -> QuerySlot {
    let mut alternatives: Vec<Alternative> = Vec::new();
    for said in &exclusion.free_of {
        let terms: Vec<String> = analyzer.whole(said).into_iter().map(|token| token.term).collect();
        if !terms.is_empty() {
            alternatives.push(Alternative { adjacent: terms.len() > 1, ..all_of(&terms) });
        }
    }
    if !text.contains(' ') {
        alternatives.push(Alternative::term(denied(&text), 1.0));
    }
    QuerySlot { text, required: false, quoted: false, alternatives }
}

/// Adds the other words that a reading has for a word, and puts words of which one is enough into one slot.
pub(super) fn widen(reading: &Reading, analyzer: &mut Analyzer, words: &[QueryWord], slots: &mut [(QuerySlot, bool)]) {
    let place = |range: &Range<usize>| words.iter().position(|word| range.contains(&word.range.start));
    for widened in &reading.widened {
        let inside = words.iter().zip(slots.iter_mut()).filter(|(word, _)| widened.range.contains(&word.range.start));
        for (_, (slot, _)) in inside {
            for other in &widened.words {
                let terms: Vec<String> = analyzer.whole(other).into_iter().map(|token| token.term).collect();
                let known = |one: &Alternative| !one.code && one.terms == terms;
                if !terms.is_empty() && !slot.alternatives.iter().any(known) {
                    let adjacent = terms.len() > 1;
                    slot.alternatives.push(Alternative { adjacent, weight: widened.weight, ..all_of(&terms) });
                }
            }
            slot.required &= !widened.optional;
        }
    }
    for (left, right) in &reading.either {
        if let (Some(left), Some(right)) = (place(left), place(right))
            && left != right
        {
            let others = std::mem::take(&mut slots[right].0.alternatives);
            slots[left].0.alternatives.extend(others);
        }
    }
}
