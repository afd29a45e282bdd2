//! Other spellings of a query, to offer where nothing was found. The correct step replaces a word only where one
//! candidate is surely meant, and leaves words of the language alone; here every word that no product has gets its
//! likeliest candidates, and nothing is searched for in their place.

use std::ops::Range;

use super::analysis::{PieceKind, Token};
use super::correct::{QueryEdit, apply};
use super::understand::QueryReader;
use super::{SpellingSettings, TextIndex};
use crate::error::Result;

/// The most words of a query that are spelled otherwise.
const MAX_WORDS: usize = 3;
/// The most spellings of one word.
const MAX_CHOICES: usize = 3;

/// The query with its unknown words spelled as the catalogue of an index spells words near them, the likeliest first; at
/// most one a choice of each word. Empty if no word is near.
pub fn spellings(
    index: &TextIndex,
    query: &str,
    lang: Option<&str>,
    settings: &SpellingSettings,
) -> Result<Vec<String>> {
    index.reader().spellings(query, lang, settings)
}

impl QueryReader<'_> {
    /// As [`spellings`].
    fn spellings(&self, query: &str, lang: Option<&str>, settings: &SpellingSettings) -> Result<Vec<String>> {
        let mut analyzer = self.analyzer_of(lang);
        let (mut known, mut unknown): (Vec<Token>, Vec<Token>) = (Vec::new(), Vec::new());
        for token in analyzer.whole(query).into_iter().filter(|token| token.kind == PieceKind::Word) {
            if !analyzer.language().is_stop_word(&token.word) {
                let list = if self.knows(&token.word, &token.term)? { &mut known } else { &mut unknown };
                list.push(token);
            }
        }
        let context: Vec<&str> = known.iter().map(|token| token.word.as_str()).collect();
        let mut choices: Vec<(Range<usize>, Vec<String>)> = Vec::new();
        let alone = known.len() + unknown.len() == 1;
        for token in unknown.into_iter().take(MAX_WORDS) {
            let near = self.speller().near_words(&mut analyzer, &token.word, (&context, alone), settings)?;
            let written = |words: Vec<String>| -> Result<String> {
                Ok(words.iter().map(|word| self.written(word)).collect::<Result<Vec<_>>>()?.join(" "))
            };
            let near = near.into_iter().take(MAX_CHOICES).map(written).collect::<Result<Vec<_>>>()?;
            if !near.is_empty() {
                choices.push((token.range, near));
            }
        }
        Ok(combined(query, &choices))
    }
}

/// The query with the best choice of each word, then with each other choice of one word.
fn combined(query: &str, choices: &[(Range<usize>, Vec<String>)]) -> Vec<String> {
    if choices.is_empty() {
        return Vec::new();
    }
    let with = |changed: usize, choice: usize| {
        let edit = |(at, (range, words)): (usize, &(Range<usize>, Vec<String>))| -> QueryEdit {
            (range.clone(), words[if at == changed { choice } else { 0 }].clone())
        };
        apply(query, choices.iter().enumerate().map(edit).collect())
    };
    let others = (1..MAX_CHOICES).flat_map(|choice| (0..choices.len()).map(move |at| (at, choice)));
    let others = others.filter(|&(at, choice)| choice < choices[at].1.len());
    std::iter::once((0, 0)).chain(others).map(|(at, choice)| with(at, choice)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::analysis::Language;
    use super::super::tests::{product, shop_in};
    use super::*;

    #[test]
    fn every_unknown_word_is_spelled_as_the_words_near_it() -> Result<()> {
        let products = ["Green apples", "Brown rice", "Rose water", "Wooden chest", "Café crème"];
        let products = products.map(|title| product(title, title, ""));
        let shop = shop_in(Language::En, &products)?;
        let spellings = |query: &str| super::spellings(&shop.index, query, None, &SpellingSettings::default());
        assert_eq!(spellings("appel")?, ["apples"], "in the form that the catalogue has");
        let mut near = spellings("rise")?;
        near.sort();
        assert_eq!(near, ["rice", "rose"], "a word of the language all the same");
        assert_eq!(spellings("brown rise")?.first().map(String::as_str), Some("brown rice"), "by the other words");
        assert_eq!(spellings("appel chesd")?, ["apples chest"]);
        assert_eq!(spellings("cafe crene")?, ["cafe crème"], "as the catalogue writes it");
        assert!(spellings("rice")?.is_empty() && spellings("qwertzuiop")?.is_empty() && spellings("x9-41")?.is_empty());
        Ok(())
    }
}
