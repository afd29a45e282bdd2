//! Compounds by their head. In languages that write compounds as one word the last part says what a thing is:
//! a `Spannbettlaken` is a kind of `Laken`. The lexicon's compounds are sorted by their reversed stems, so those
//! with a head are one range, whether or not the head stands alone anywhere in the catalogue. What stands before
//! the head must be a word of the catalogue, one of a shipped list, or long: `Reis` is no kind of `Eis`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

use super::analysis::{Analyzer, Language, PieceKind};
use super::index::text_error;
use super::segment::TextSegment;
use super::slots::SlotBuilder;
use super::understand::{Alternative, QueryWord};
use super::{AlternativeSource, TextField, TextIndex, TextSettings};
use crate::error::Result;

/// The shortest head and the shortest part before it, in bytes.
const MIN_PART: usize = 3;
/// The shortest compound, in bytes.
const MIN_COMPOUND: usize = 6;
/// The longest compound, in bytes: a bit for each place where a part may end.
const MAX_COMPOUND: usize = 63;
/// The most compounds of a segment; those that come first in the alphabet stay.
const MAX_COMPOUNDS: usize = 200_000;
/// The most compounds of one head that are compared.
const MAX_COMPARED: usize = 4_000;
/// The most compounds of one head that are searched; those in the most products stay.
const MAX_SEARCHED: usize = 64;
/// The shortest head and the shortest part before it, in bytes, where that part is not known.
const MIN_UNKNOWN: (usize, usize) = (5, 4);
/// Marks the term of a part that is not the head, where compounds are indexed.
const MODIFIER_MARK: char = '~';

/// Common first parts of compounds, one a line or several, from all languages with compounds.
static MODIFIERS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let text = include_str!("../assets/compounds/modifiers.txt");
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
});

/// Prefixes that are no first part, though some are words: what follows them is another word.
const PREFIXES: &[&str] = &[
    "ver", "ent", "zer", "ein", "auf", "aus", "vor", "nach", "durch", "wider", "miss", "bei", "mit", "hin", "her",
    "und", "der", "die", "das", "den", "ant", "ont", "aan", "voor", "over", "met", "van", "med", "for", "och", "til",
    "till", "fra", "fran",
];
/// Endings of a first part that show that the parts are not cut there: `herrenbe|kleid`.
const CUT_WRONG: &[&str] = &["be", "ge", "ver", "ent", "zer", "ein", "auf", "aus", "an"];
/// Linking elements between two parts.
const LINKS: &[&str] = &["", "s", "n", "e", "es", "en", "er", "ens"];
/// Endings of a head by case and number, after its stem.
const ENDINGS: &[&str] = &[
    "", "e", "n", "s", "en", "er", "es", "em", "ern", "a", "et", "ar", "or", "ene", "erne", "ne", "na", "arna", "orna",
    "je", "jes", "t", "r",
];
/// Compounds that are no kind of their last part: the stem of the part, and the beginning of both together.
const NO_HEADS: &[(&str, &str)] = &[("schuh", "handschuh"), ("eis", "eisen"), ("bes", "schneebes"), ("eis", "speis")];

/// The term under which a compound is indexed by a part that is not its head.
pub(super) fn modifier_term(term: &str) -> String {
    format!("{MODIFIER_MARK}{term}")
}

/// True if a compound is no kind of its last part, so it is not taken apart.
pub(super) fn is_opaque(word: &str) -> bool {
    NO_HEADS.iter().any(|(_, whole)| whole.len() > MIN_COMPOUND && word.contains(whole))
}

/// The places in a word's stem where what follows is no head of it, as bits.
fn no_heads(word: &str, stem: &str) -> u64 {
    let listed = NO_HEADS.iter().filter(|(head, whole)| stem.ends_with(head) && word.contains(whole));
    listed.fold(0, |places, (head, _)| places | 1 << (stem.len() - head.len()))
}

/// A word of the lexicon that is a compound.
#[derive(Debug)]
struct CompoundWord {
    /// Its stem, reversed.
    reversed: String,
    /// The ending after the stem, by case and number.
    inflected: bool,
    products: u32,
    /// Bit `at` is set if the stem's first `at` bytes are a plausible part.
    cuts: u64,
}

/// The compounds of one segment, in the order of their reversed stems.
#[derive(Debug, Default)]
pub(super) struct CompoundIndex(Vec<CompoundWord>);

impl CompoundIndex {
    /// The compounds of a segment's lexicon.
    fn of(segment: &TextSegment, analyzer: &mut Analyzer) -> Result<Self> {
        let Some((_, lexicon)) = &segment.lexicon else { return Ok(Self::default()) };
        let mut stream = lexicon.terms().stream().map_err(text_error)?;
        let (mut words, mut parts): (Vec<(String, String, u32)>, HashSet<String>) = (Vec::new(), HashSet::new());
        while stream.advance() {
            let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
            if word.len() < MIN_PART || word.len() > MAX_COMPOUND || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
                continue;
            }
            let term = analyzer.term(word);
            if word.len() >= MIN_COMPOUND && words.len() < MAX_COMPOUNDS {
                words.push((word.to_owned(), term.clone(), stream.value().doc_freq));
            }
            parts.extend([word.to_owned(), term].into_iter().filter(|part| part.len() >= MIN_PART));
        }
        let mut plausible = PlausibleParts { parts, decided: HashMap::new() };
        let compound = |(word, stem, products): (String, String, u32)| {
            let cuts = plausible.cuts(&stem) & !no_heads(&word, &stem);
            let inflected = word.strip_prefix(&*stem).is_none_or(|ending| ENDINGS.contains(&ending));
            let reversed = stem.chars().rev().collect();
            (cuts != 0).then_some(CompoundWord { reversed, inflected, products, cuts })
        };
        let mut compounds: Vec<CompoundWord> = words.into_iter().filter_map(compound).collect();
        compounds.sort_by(|a, b| a.reversed.cmp(&b.reversed).then(b.products.cmp(&a.products)));
        Ok(Self(compounds))
    }

    /// The stems of compounds with a head, with the number of products of each, in alphabetical order of their
    /// reversed stems.
    fn with_head<'a>(&'a self, head: &'a str) -> impl Iterator<Item = (String, u32)> + 'a {
        let ending: String = head.chars().rev().collect();
        let first = self.0.partition_point(|compound| *compound.reversed < *ending);
        let range = self.0[first..].iter().take(MAX_COMPARED);
        let range = range.take_while(move |compound| compound.reversed.starts_with(&ending));
        range.filter_map(move |compound| {
            let before = compound.reversed.len() - head.len();
            if !compound.inflected || before < MIN_PART || compound.cuts >> before & 1 == 0 {
                return None;
            }
            Some((compound.reversed.chars().rev().collect(), compound.products))
        })
    }
}

/// Decides which beginnings of words are parts of compounds.
struct PlausibleParts {
    /// Words and stems of the catalogue.
    parts: HashSet<String>,
    decided: HashMap<String, bool>,
}

impl PlausibleParts {
    /// The places in a stem where a head may begin, as bits.
    fn cuts(&mut self, stem: &str) -> u64 {
        let mut cuts = 0;
        for at in MIN_PART..=stem.len().saturating_sub(MIN_PART) {
            let (before, head) = stem.split_at(at);
            let unknown = (head.len() >= MIN_UNKNOWN.0 && before.len() >= MIN_UNKNOWN.1)
                && self.parts.contains(head)
                && !CUT_WRONG.iter().any(|prefix| before.ends_with(prefix));
            cuts |= u64::from(unknown || self.is_part(before)) << at;
        }
        cuts
    }

    /// True for a known part, or two of them, with linking elements.
    fn is_part(&mut self, before: &str) -> bool {
        if let Some(&known) = self.decided.get(before) {
            return known;
        }
        let two = || {
            let mut places = MIN_PART..=before.len().saturating_sub(MIN_PART);
            places.any(|at| self.is_single(&before[..at]) && self.is_single(&before[at..]))
        };
        let known = self.is_single(before) || two();
        self.decided.insert(before.to_owned(), known);
        known
    }

    fn is_single(&self, before: &str) -> bool {
        let known = |part: &str| {
            part.len() >= MIN_PART
                && !PREFIXES.contains(&part)
                && (MODIFIERS.contains(part) || self.parts.contains(part))
        };
        LINKS.iter().any(|link| before.strip_suffix(link).is_some_and(known))
    }
}

/// The compounds of one segment, computed when they are first needed.
#[derive(Debug, Default)]
pub(super) struct LazyCompounds(OnceLock<CompoundIndex>);

impl LazyCompounds {
    fn get(&self, segment: &TextSegment, analyzer: &Analyzer) -> Result<&CompoundIndex> {
        if let Some(compounds) = self.0.get() {
            return Ok(compounds);
        }
        let compounds = CompoundIndex::of(segment, &mut analyzer.clone())?;
        Ok(self.0.get_or_init(|| compounds))
    }
}

impl TextIndex {
    /// True if the shop's language has compounds.
    fn has_compounds(&self) -> bool {
        self.analyzer.language().compounds()
    }

    /// Computes the compounds of the generation's own segment, so that no search waits for them.
    pub(super) fn prepare_compounds(&self) -> Result<()> {
        match self.segments.first().filter(|_| self.has_compounds()) {
            Some(segment) => segment.compounds.get(segment, &self.analyzer).map(drop),
            None => Ok(()),
        }
    }

    /// True if a compound of the catalogue has the word as its head: the word is not misspelt.
    pub fn heads_compounds(&self, word: &str, term: &str) -> Result<bool> {
        Ok(word.len() >= MIN_PART && !self.compounds_of(term)?.is_empty())
    }

    /// The terms of the compounds whose head has the stem `term`, those in the most products first, ties by the
    /// term.
    pub(super) fn compounds_of(&self, term: &str) -> Result<Vec<String>> {
        if !self.has_compounds() || term.len() < MIN_PART || !term.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Ok(Vec::new());
        }
        let mut products: BTreeMap<String, u32> = BTreeMap::new();
        for segment in &self.segments {
            for (stem, found) in segment.compounds.get(segment, &self.analyzer)?.with_head(term) {
                *products.entry(stem).or_default() += found;
            }
        }
        let mut found: Vec<(String, u32)> = products.into_iter().collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.truncate(MAX_SEARCHED);
        Ok(found.into_iter().map(|(stem, _)| stem).collect())
    }
}

impl SlotBuilder<'_> {
    /// Adds the compounds of a word: those with the word as their head, and, with less weight unless another
    /// word follows, those that begin with it. `last` is true for the last word of the query.
    pub(super) fn add_compounds(
        &self,
        analyzer: &Analyzer,
        word: &QueryWord,
        last: bool,
        settings: &TextSettings,
        alternatives: &mut Vec<Alternative>,
    ) -> Result<()> {
        let plain = word.token.kind == PieceKind::Word && word.code.is_none();
        if !plain || !analyzer.language().compounds() || analyzer.language() == Language::Any {
            return Ok(());
        }
        let term = &word.token.term;
        // `ohne Kapuze` means no Kapuzenpullover, but `ohne Leder` says nothing of Kunstleder.
        if settings.head > 0.0 && !word.excluded {
            let heads = self.index.compounds_of(term)?.into_iter();
            alternatives.extend(heads.map(|one| Alternative::term(one, settings.head).by(AlternativeSource::Head)));
        }
        let title = self.index.fields.get(TextField::Title as usize);
        let titles = title.map_or(Ok(0), |title| title.term_frequency(term))?;
        // `Kaffee` means coffee where there is any; in `kaffee maschine` it is the first part of the other word.
        let weight = match last {
            _ if word.excluded => 1.0,
            false => 1.0,
            true if (titles as usize) < settings.enough => settings.modifier,
            true => 0.0,
        };
        let modifier = modifier_term(term);
        if weight > 0.0 && self.index.has_term(&modifier)? {
            alternatives.push(Alternative::term(modifier, weight).by(AlternativeSource::Modifier));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QueryOptions;
    use crate::id::Ordinal;
    use crate::tests::{product, shop_in};

    fn titles_found(titles: &[&str], query: &str) -> Result<Vec<String>> {
        let products: Vec<_> = titles.iter().map(|title| product(title, title, "")).collect();
        let shop = shop_in(Language::De, &products)?;
        let settings = TextSettings::default();
        let understood = shop.index.understand(query, QueryOptions::default(), &settings)?;
        assert_eq!(understood.corrected, None, "{query}");
        let found = shop.index.matches(&understood, &settings, None)?;
        let products = found.products.iter().map(Ordinal::get);
        let mut scored: Vec<(f32, u32)> = found.scores.iter().copied().zip(products).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(scored.into_iter().map(|(_, ordinal)| titles[ordinal as usize].to_owned()).collect())
    }

    #[test]
    fn a_compound_that_nothing_is_called_is_taken_apart() -> Result<()> {
        let titles = ["Damen Jogginghose", "Herren Jogginghose", "Herrenhemd", "Gummistiefel", "Handtasche aus Leder"];
        assert_eq!(titles_found(&titles, "Herrenhose")?, ["Herren Jogginghose", "Damen Jogginghose"]);
        assert_eq!(titles_found(&titles, "Lederstiefel")?, ["Gummistiefel"], "leather bags are no boots");
        assert_eq!(titles_found(&["Tischlampe", "Nachthemd"], "Nachttischlampe")?, ["Tischlampe"], "the head is known");
        Ok(())
    }

    #[test]
    fn a_head_finds_its_compounds_though_it_never_stands_alone() -> Result<()> {
        let titles = ["Spannbettlaken Jersey", "Armbanduhr Stahl", "Wollmütze Lena", "Weingläser 6er", "Faltenrock"];
        for (query, title) in
            [("laken", 0), ("uhr", 1), ("uhren", 1), ("Mützen", 2), ("glas", 3), ("röcke", 4), ("mütze", 2)]
        {
            assert_eq!(titles_found(&titles, query)?, [titles[title]], "{query}");
        }
        Ok(())
    }

    #[test]
    fn letters_that_only_look_like_a_head_are_none() -> Result<()> {
        let titles = ["Basmatireis", "Bohrer", "Verkleidung", "Barockrahmen barock", "Handschuhe", "Bügeleisen", "Hut"];
        for query in ["eis", "ohr", "kleid", "rock", "schuh"] {
            assert_eq!(titles_found(&titles, query)?, [""; 0], "{query}");
        }
        Ok(())
    }

    #[test]
    fn heads_go_before_first_parts_which_another_word_makes_whole() -> Result<()> {
        let titles = ["Kaffeemaschine", "Röstkaffee", "Kaffee ganze Bohne", "Maschine zum Nähen"];
        let found = titles_found(&titles, "kaffee")?;
        assert_eq!((found.len(), found[2].as_str()), (3, "Kaffeemaschine"), "{found:?}");
        assert_eq!(titles_found(&titles, "kaffee maschine")?[0], "Kaffeemaschine");
        let excluded = |query: &str| -> Result<usize> {
            let products: Vec<_> = titles.iter().map(|title| product(title, title, "")).collect();
            let shop = shop_in(Language::De, &products)?;
            let settings = TextSettings::default();
            let understood = shop.index.understand(query, QueryOptions::default(), &settings)?;
            Ok(shop.index.excluded(&understood, &settings)?.map_or(0, |products| products.count()))
        };
        assert_eq!(excluded("maschine -kaffee")?, 2, "the coffee and the machine for it, not the roast");
        Ok(())
    }
}
