//! Words written together or apart: `lampshade` and `lamp shade`, `tshirt` and `t-shirt` are one thing, so each form
//! also finds the other. Only forms that the catalogue has are tried.

use std::ops::Range;

use tantivy::schema::IndexRecordOption;

use super::TextField;
use super::analysis::{Analyzer, PieceKind, Token};
use super::slots::{SlotBuilder, all_of};
use super::understand::{Alternative, QueryReader, QuerySlot, QueryWord};
use crate::error::Result;

/// The fewest letters of a side of a word of the catalogue that is read as two. `carpet` is no pet for a car.
const MIN_SIDE_OF_KNOWN: usize = 3;
/// The fewest letters of the other side of a single letter: `t-shirt`.
const MIN_BESIDE_LETTER: usize = 4;
/// The fewest digits beside a single letter that are one word with it: `C 920`.
const MIN_BESIDE_DIGITS: usize = 2;
/// Two neighbours of which one is a stop word are one word only if this many times as many products have them
/// joined as have both.
const MUCH_COMMONER: u32 = 10;
/// The shortest beginning of a compound that counts as a form of it, in letters.
const MIN_BEGINNING: usize = 5;
/// The shortest rest of a compound after its beginning, in letters.
const MIN_REST: usize = 3;
/// The most compounds that a beginning stands for.
const MAX_COMPOUNDS: usize = 8;
/// Linking elements between the parts of a compound.
const LINKS: [&str; 5] = ["", "s", "es", "n", "en"];

impl QueryReader<'_> {
    /// True if titles or brands have the two words side by side.
    fn adjacent_in_names(&self, analyzer: &mut Analyzer, one: &str, other: &str) -> Result<bool> {
        if !self.has_positions() {
            return Ok(false);
        }
        let terms = [analyzer.term(one), analyzer.term(other)];
        let pair = Alternative { adjacent: true, ..all_of(&terms) };
        let mut found = false;
        for field in [TextField::Title, TextField::Brand] {
            if let Some(field) = self.fields.get(field as usize) {
                field.for_each_block(&pair, None, IndexRecordOption::Basic, &mut |_, _| found = true)?;
            }
        }
        Ok(found)
    }

    /// The places at which a word falls into two words that names have side by side. `known` is true if the
    /// catalogue has the whole.
    fn splits(&self, analyzer: &mut Analyzer, word: &str, known: bool) -> Result<Vec<usize>> {
        let letters = word.chars().count();
        let fits = |one: usize| {
            let (less, more) = (one.min(letters - one), one.max(letters - one));
            if known { less >= MIN_SIDE_OF_KNOWN } else { less > 1 || more >= MIN_BESIDE_LETTER }
        };
        let mut splits = Vec::new();
        for (_, (at, _)) in word.char_indices().enumerate().skip(1).filter(|(letters, _)| fits(*letters)) {
            let (one, other) = word.split_at(at);
            if self.word_frequency(one)? > 0
                && self.word_frequency(other)? > 0
                && self.adjacent_in_names(analyzer, one, other)?
            {
                splits.push(at);
            }
        }
        Ok(splits)
    }

    /// True for a word that the catalogue writes with a hyphen or a blank after or before a single letter, such as
    /// `tshirt`: it is not misspelt.
    fn is_lettered(&self, analyzer: &mut Analyzer, word: &str) -> Result<bool> {
        let letters = |text: &str| text.chars().count();
        let splits = self.splits(analyzer, word, false)?;
        Ok(splits.iter().any(|&at| letters(&word[..at]) == 1 || letters(&word[at..]) == 1))
    }

    /// True for a word that the catalogue has in another form only, which says that it is not misspelt.
    pub(super) fn is_other_form(&self, analyzer: &mut Analyzer, token: &Token) -> Result<bool> {
        let plain = token.kind == PieceKind::Word;
        Ok(plain
            && (self.is_lettered(analyzer, &token.word)? || !self.begun_compounds(analyzer, &token.word)?.is_empty()))
    }

    /// The compounds of the catalogue that begin with a word, in a language that has compounds: `merinowolle` for
    /// `merino`.
    pub(super) fn begun_compounds(&self, analyzer: &mut Analyzer, word: &str) -> Result<Vec<String>> {
        if !analyzer.language().compounds() || word.chars().count() < MIN_BEGINNING {
            return Ok(Vec::new());
        }
        let mut compounds = Vec::new();
        for (compound, _) in self.completions(word, MAX_COMPOUNDS)? {
            for rest in LINKS.iter().filter_map(|link| compound[word.len()..].strip_prefix(link)) {
                if rest.chars().count() >= MIN_REST && self.knows(rest, &analyzer.term(rest))? {
                    compounds.push(compound);
                    break;
                }
            }
        }
        Ok(compounds)
    }
}

impl SlotBuilder<'_> {
    /// Adds the other forms of a word to its alternatives: two words that titles have side by side, and compounds
    /// that begin with a word that never stands alone.
    pub(super) fn add_other_forms(
        &self,
        analyzer: &mut Analyzer,
        word: &QueryWord,
        weights: OtherFormWeights,
        alternatives: &mut Vec<Alternative>,
    ) -> Result<()> {
        let typed = &word.token.word;
        if !typed.chars().all(char::is_alphabetic) {
            return Ok(());
        }
        let in_lexicon = self.index.word_frequency(typed)? > 0;
        for at in self.index.reader().splits(analyzer, typed, in_lexicon)? {
            let terms = [analyzer.term(&typed[..at]), analyzer.term(&typed[at..])];
            alternatives.push(Alternative { adjacent: true, weight: weights.joined, ..all_of(&terms) });
        }
        if !in_lexicon && !self.index.knows(typed, &word.token.term)? {
            for compound in self.index.reader().begun_compounds(analyzer, typed)? {
                alternatives.push(Alternative::term(analyzer.term(&compound), weights.apart));
            }
        }
        Ok(())
    }

    /// Adds an alternative to both slots of two neighbours that the catalogue has as one word.
    pub(super) fn join_neighbours(
        &self,
        analyzer: &mut Analyzer,
        words: &[QueryWord],
        weight: f32,
        slots: &mut [(QuerySlot, bool)],
    ) -> Result<()> {
        for at in 1..words.len() {
            let pair: Range<usize> = at - 1..at + 1;
            let (one, other) = (&words[at - 1], &words[at]);
            if one.excluded != other.excluded || !may_join(one, other) {
                continue;
            }
            let joined = format!("{}{}", one.token.word, other.token.word);
            let products = self.index.word_frequency(&joined)?;
            if products == 0 {
                continue;
            }
            let stops = words[pair.clone()].iter().any(|word| analyzer.language().is_stop_word(&word.token.word));
            if stops && products <= MUCH_COMMONER * self.index.reader().together(&one.token.word, &other.token.word)? {
                continue;
            }
            let term = analyzer.term(&joined);
            for (slot, _) in &mut slots[pair] {
                slot.alternatives.push(Alternative::term(term.clone(), weight));
            }
        }
        Ok(())
    }
}

/// The weights of other forms of a word, against the word as typed.
#[derive(Clone, Copy)]
pub(super) struct OtherFormWeights {
    /// The weight of the same word written together or apart.
    pub(super) joined: f32,
    /// The weight of a word that the typed one is a part of.
    pub(super) apart: f32,
}

/// True for two words that may be one. Two numbers are two sizes, and two short words of which one is a single letter
/// are no word.
fn may_join(one: &QueryWord, other: &QueryWord) -> bool {
    let plain =
        |word: &QueryWord| matches!(word.token.kind, PieceKind::Word | PieceKind::Number) && word.code.is_none();
    let letters = |word: &QueryWord| word.token.word.chars().count();
    let (less, more) = (letters(one).min(letters(other)), letters(one).max(letters(other)));
    let numbers = [one, other].iter().all(|word| word.token.kind == PieceKind::Number);
    let mixed = one.token.kind != other.token.kind;
    let lettered = less == 1 && more >= if mixed { MIN_BESIDE_DIGITS } else { MIN_BESIDE_LETTER };
    plain(one) && plain(other) && !numbers && (less > 1 || lettered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ordinal;
    use crate::tests::{product, shop_in};
    use crate::{QueryOptions, TextSettings, analysis::Language};

    #[test]
    fn a_thing_is_found_written_together_or_apart() -> Result<()> {
        let titles = ["Cotton T-shirt", "Oxford shirt", "Lampshade, linen", "Table lamp with shade", "Cool box 20 l"];
        let products: Vec<_> = titles.iter().map(|title| product(title, title, "")).collect();
        let shop = shop_in(Language::En, &products)?;
        let settings = TextSettings { enough: 1, ..TextSettings::default() };
        for (query, expected) in [
            ("tshirt", vec![0]),
            ("t shirt", vec![0]),
            ("lamp shade", vec![2, 3]),
            ("lampshade", vec![2]),
            ("coolbox", vec![4]),
        ] {
            let read = shop.index.understand(query, QueryOptions::default(), &settings)?;
            let found = shop.index.matches(&read, &settings, None)?.products;
            let found: Vec<u32> = found.iter().map(Ordinal::get).collect();
            assert_eq!(found, expected, "{query}");
        }
        Ok(())
    }

    #[test]
    fn the_beginning_of_a_compound_is_a_form_of_it() -> Result<()> {
        let titles = ["Pullover aus Merinowolle", "Wolle, grau", "Pullover, marine"];
        let products: Vec<_> = titles.iter().map(|title| product(title, title, "")).collect();
        let shop = shop_in(Language::De, &products)?;
        let settings = TextSettings { enough: 1, ..TextSettings::default() };
        let read = shop.index.understand("merino pullover", QueryOptions::default(), &settings)?;
        assert_eq!(read.corrected, None);
        let found = shop.index.matches(&read, &settings, None)?.products;
        assert_eq!(found.iter().map(Ordinal::get).collect::<Vec<_>>(), [0]);
        Ok(())
    }
}
