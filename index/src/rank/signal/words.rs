//! The words of the query in the product: their BM25 score over the best of the match set. The theoretical
//! minimum of BM25 is 0, so this is the normalisation of the fusion.

use super::explain::always;
use super::{Candidate, Effect, Group, Inputs, Signal};
use crate::hit::WordExplanation;

pub(super) const SIGNAL: Signal = Signal {
    name: "words",
    title: "Words",
    meaning: "BM25 score of the query's words in the product's fields, divided by the best of the match set.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added { group: Group::Words, weight: None, fill },
    present: always,
    sentence: |product, _| fields(product.words),
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = if inputs.best_text > 0.0 { candidate.text / inputs.best_text } else { 0.0 };
    }
}

/// The fields that hold words of the query, the highest score first, as a sentence.
fn fields(words: &[WordExplanation]) -> String {
    let mut scores: Vec<(&str, f32)> = Vec::new();
    for word in words {
        match scores.iter_mut().find(|(field, _)| *field == word.field) {
            Some((_, score)) => *score += word.score,
            None => scores.push((word.field, word.score)),
        }
    }
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let names: Vec<String> = scores.iter().map(|(field, _)| field.replace('_', " ")).collect();
    match names.split_last() {
        None => "None of its words are in the search.".to_owned(),
        Some((only, [])) => format!("Words of the search stand in its {only}.{}", others_of(words)),
        Some((last, others)) => {
            format!("Words of the search stand in its {} and {last}.{}", others.join(", "), others_of(words))
        }
    }
}

/// The words of the product that stand for others than themselves, each word of the search by its best, as
/// sentences.
fn others_of(words: &[WordExplanation]) -> String {
    let mut best: Vec<&WordExplanation> = Vec::new();
    for word in words {
        match best.iter_mut().find(|other| other.word == word.word) {
            Some(other) if other.score < word.score => *other = word,
            Some(_) => {}
            None => best.push(word),
        }
    }
    let sentence = |word: &&WordExplanation| {
        let by = word.by.as_ref()?;
        Some(format!(" `{}` stands for `{}`: {}.", by.trim_start_matches('~'), word.word, word.source.words()))
    };
    best.iter().filter_map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::AlternativeSource;

    #[test]
    fn fields_are_named_with_the_highest_score_first() {
        let source = AlternativeSource::Typed;
        let word = |field, score| WordExplanation { word: "tent".into(), field, score, by: None, source };
        let words = [word("category", 2.0), word("title", 3.0), word("part_number", 1.0), word("category", 2.0)];
        assert_eq!(fields(&words), "Words of the search stand in its category, title and part number.");
    }

    #[test]
    fn another_word_than_typed_is_named_with_its_source() {
        let word = |by: Option<&str>, score, source| WordExplanation {
            word: "torch".into(),
            field: "title",
            score,
            by: by.map(str::to_owned),
            source,
        };
        let synonym = word(Some("flashlight"), 2.0, AlternativeSource::ShippedSynonym);
        let sentence = "Words of the search stand in its title. `flashlight` stands for `torch`: a common synonym.";
        assert_eq!(fields(&[synonym.clone(), word(Some("x"), 1.0, AlternativeSource::Part)]), sentence);
        let typed = word(None, 3.0, AlternativeSource::Typed);
        assert_eq!(fields(&[synonym, typed]), "Words of the search stand in its title.");
    }
}
