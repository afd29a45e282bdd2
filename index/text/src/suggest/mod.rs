//! The suggest step: queries, categories and product titles that have a word starting with the typed prefix. A
//! sorted array of word starts over folded texts is searched by bisection; blocks of the range whose best entry
//! is not good enough are skipped ([`order`]). A prefix that no suggestion has is corrected from the words of
//! the suggestions ([`near`]).
//!
//! Suggested queries have results when they are built. The engine checks whether these are still there.

mod build;
mod near;
mod order;

use std::path::Path;

use serde::Serialize;

use super::analysis::Analyzer;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, Section};
use crate::id::Ordinal;
pub use build::{QuerySuggestion, SuggestBuilder};

/// The target of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A search.
    Query,
    /// A category page.
    Category,
    /// A product.
    Product,
    /// A search that this shopper made before; never in a generation.
    Recent,
}

/// The kinds stored in a generation, by their number in the file.
const KINDS: [SuggestionKind; 3] = [SuggestionKind::Query, SuggestionKind::Category, SuggestionKind::Product];

/// Stands for the product of a suggestion that is not of one product.
const NO_PRODUCT: Ordinal = Ordinal::new(u32::MAX);

/// One suggestion of a generation.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion<'a> {
    /// The target.
    pub kind: SuggestionKind,
    /// The query, the category path, or the product's title.
    pub text: String,
    /// The number of products it led to when it was built.
    pub products: u32,
    /// The number of products, variants of one product counted once.
    pub groups: u32,
    /// The product, for product suggestions.
    pub ordinal: Option<Ordinal>,
    /// Some of the products it leads to, by which the engine checks that it still leads somewhere. Empty if
    /// only a merchant's rule gives it results.
    pub witnesses: &'a [Ordinal],
}

/// A summary of the results of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultSummary {
    /// The number of products.
    pub products: u32,
    /// The number of products, variants of one product counted once.
    pub groups: u32,
    /// Some of the best products.
    pub best: Vec<Ordinal>,
}

/// The number of a suggestion, and the rank value that orders it: higher is better.
pub type RankedSuggestion = (u32, f32);

/// The open suggestions of a generation.
#[derive(Debug)]
pub struct Suggestions {
    shown: Section<u8>,
    shown_ends: Section<u64>,
    folded: Section<u8>,
    folded_ends: Section<u64>,
    kinds: Section<u8>,
    products: Section<u32>,
    groups: Section<u32>,
    weights: Section<f32>,
    ordinals: Section<Ordinal>,
    witnesses: Section<Ordinal>,
    witness_ends: Section<u32>,
    /// Entries, sorted by the folded text from a word on: the suggestion, and the start of the word in its
    /// folded text.
    word_ids: Section<u32>,
    word_offsets: Section<u32>,
    /// The place of each entry in the order of all, 0 for the best.
    places: Section<u32>,
    blocks: order::Blocks,
    near: near::Vocabulary,
}

impl Suggestions {
    /// No suggestions.
    pub fn none() -> Self {
        Self {
            shown: Vec::new().into(),
            shown_ends: Vec::new().into(),
            folded: Vec::new().into(),
            folded_ends: Vec::new().into(),
            kinds: Vec::new().into(),
            products: Vec::new().into(),
            groups: Vec::new().into(),
            weights: Vec::new().into(),
            ordinals: Vec::new().into(),
            witnesses: Vec::new().into(),
            witness_ends: Vec::new().into(),
            word_ids: Vec::new().into(),
            word_offsets: Vec::new().into(),
            places: Vec::new().into(),
            blocks: order::Blocks::default(),
            near: near::Vocabulary::default(),
        }
    }

    /// Maps the suggestions of a catalogue of `products` products. Files of the first layout have no groups, no
    /// witnesses and no vocabulary for corrections.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a reference leads outside the file or the catalogue.
    pub fn open(path: &Path, products: usize) -> Result<Self> {
        let file = FlatFile::open(path)?;
        let kinds: Section<u8> = file.section("kinds")?;
        let count = kinds.len();
        let word_ids: Section<u32> = file.section("word_ids")?;
        let counted: Section<u32> = file.section_of("products", count)?;
        let newer = file.has("witnesses");
        let mut opened = Self {
            shown: file.section("shown")?,
            shown_ends: file.section_of("shown_ends", count)?,
            folded: file.section("folded")?,
            folded_ends: file.section_of("folded_ends", count)?,
            groups: if newer { file.section_of("groups", count)? } else { counted.clone() },
            products: counted,
            weights: file.section_of("weights", count)?,
            ordinals: file.section_of("ordinals", count)?,
            witnesses: if newer { file.section("witnesses")? } else { Vec::new().into() },
            witness_ends: if newer { file.section_of("witness_ends", count)? } else { vec![0; count].into() },
            word_offsets: file.section_of("word_offsets", word_ids.len())?,
            word_ids,
            kinds,
            places: Vec::new().into(),
            blocks: order::Blocks::default(),
            near: if newer { near::Vocabulary::open(&file)? } else { near::Vocabulary::default() },
        };
        if !opened.is_inside(products) {
            return Err(Error::corrupt(path, "a suggestion points outside the file"));
        }
        opened.places = match file.has("word_places") {
            true => file.section_of("word_places", opened.word_ids.len())?,
            false => opened.ordered().into(),
        };
        let (ids, kinds): (&[u32], &[u8]) = (&opened.word_ids, &opened.kinds);
        opened.blocks = order::Blocks::new(&opened.places, |at| usize::from(kinds[ids[at] as usize]));
        Ok(opened)
    }

    fn is_inside(&self, products: usize) -> bool {
        let monotone =
            |ends: &[u64], bytes: usize| ends.is_sorted() && ends.last().copied().unwrap_or(0) == bytes as u64;
        let witnessed = self.witness_ends.is_sorted()
            && self.witness_ends.last().copied().unwrap_or(0) as usize == self.witnesses.len();
        let is_product = |ordinal: &Ordinal| ordinal.index() < products;
        monotone(&self.shown_ends, self.shown.len())
            && monotone(&self.folded_ends, self.folded.len())
            && witnessed
            && self.witnesses.iter().all(is_product)
            && self.ordinals.iter().all(|ordinal| *ordinal == NO_PRODUCT || is_product(ordinal))
            && self.kinds.iter().all(|&kind| usize::from(kind) < KINDS.len())
            && self
                .word_ids
                .iter()
                .zip(&*self.word_offsets)
                .all(|(&id, &offset)| (id as usize) < self.kinds.len() && offset as usize <= self.folded_text(id).len())
    }

    /// Computes the places for files of a release that did not store them.
    fn ordered(&self) -> Vec<u32> {
        let entries: Vec<(u32, u32)> = self.word_ids.iter().copied().zip(self.word_offsets.iter().copied()).collect();
        order::places(&entries, &self.weights, &self.shown_ends)
    }

    fn folded_text(&self, id: u32) -> &[u8] {
        slice(&self.folded, &self.folded_ends, id)
    }

    /// The best `limit` suggestions of a kind with a word that starts with `prefix`, the best first, ties by
    /// the shorter text. `prefix` must be folded ([`fold`]); an empty one matches all. Of several words, all
    /// but the last must match whole, in order.
    pub fn starting(&self, prefix: &str, kind: SuggestionKind, limit: usize) -> Vec<RankedSuggestion> {
        let Some(number) = KINDS.iter().position(|&other| other == kind) else { return Vec::new() };
        let (ids, offsets): (&[u32], &[u32]) = (&self.word_ids, &self.word_offsets);
        let (folded, ends): (&[u8], &[u64]) = (&self.folded, &self.folded_ends);
        let (kinds, prefix): (&[u8], &[u8]) = (&self.kinds, prefix.as_bytes());
        let key = |at: usize| &slice(folded, ends, ids[at])[offsets[at] as usize..];
        let first = partition(0..ids.len(), |at| key(at) < prefix);
        let end = partition(first..ids.len(), |at| key(at).starts_with(prefix));
        let of_kind = |at: usize| Some(ids[at]).filter(|&id| usize::from(kinds[id as usize]) == number);
        let found = self.blocks.best(first..end, number, limit, &self.places, of_kind);
        let ranked = |at: usize| (ids[at], order::rank(self.weights[ids[at] as usize], offsets[at]));
        found.map(ranked).collect()
    }

    /// Corrections of a folded prefix that no suggestion has, the likeliest first. Short words and words with
    /// digits are not corrected.
    pub fn corrections(&self, prefix: &str) -> Vec<String> {
        self.near.corrections(prefix)
    }

    /// One suggestion.
    ///
    /// # Panics
    /// If the number is none that [`Self::starting`] returned.
    pub fn get(&self, id: u32) -> Suggestion<'_> {
        let at = id as usize;
        let ends: &[u32] = &self.witness_ends;
        let first = if at == 0 { 0 } else { ends[at - 1] };
        Suggestion {
            kind: KINDS[usize::from(self.kinds[at])],
            text: String::from_utf8_lossy(slice(&self.shown, &self.shown_ends, id)).into_owned(),
            products: self.products[at],
            groups: self.groups[at],
            ordinal: Some(self.ordinals[at]).filter(|&ordinal| ordinal != NO_PRODUCT),
            witnesses: &self.witnesses[first as usize..ends[at] as usize],
        }
    }
}

/// The form in which texts and prefixes are compared: words without case, accents and punctuation.
pub fn fold(analyzer: &mut Analyzer, text: &str) -> String {
    let words: Vec<String> = analyzer.whole(text).into_iter().map(|token| token.word).collect();
    words.join(" ")
}

fn slice<'a>(bytes: &'a [u8], ends: &[u64], id: u32) -> &'a [u8] {
    let at = id as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &bytes[start as usize..ends[at] as usize]
}

/// The first place of a range where `before` is false, by bisection.
fn partition(range: std::ops::Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::Product;

    fn built(builder: SuggestBuilder, queries: Vec<QuerySuggestion>) -> Result<Suggestions> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let path = folder.path().join("suggest.flat");
        let products = builder.products();
        builder.finish(&path, queries, |ordinal| ordinal.get() as f32)?;
        Suggestions::open(&path, products)
    }

    fn shop() -> SuggestBuilder {
        let mut builder = SuggestBuilder::default();
        for (title, category, group) in [
            ("Trail boot red", "Shoes > Boots", Some("g")),
            ("Trail boot blue", "Shoes > Boots", Some("g")),
            ("Café cup", "Kitchen", None),
            ("Boot wax", "Shoes > Care", None),
        ] {
            builder.push(&Product {
                title: title.into(),
                categories: vec![category.into()],
                brand: Some("Acme".into()),
                group_id: group.map(str::to_owned),
                ..Product::default()
            });
        }
        builder
    }

    fn texts(suggestions: &Suggestions, typed: &str) -> Vec<String> {
        let prefix = fold(&mut Analyzer::default(), typed);
        let found = KINDS.iter().flat_map(|&kind| suggestions.starting(&prefix, kind, 10));
        found.map(|(id, _)| suggestions.get(id).text).collect()
    }

    #[test]
    fn finds_words_anywhere_by_prefix_and_folds_accents() -> Result<()> {
        let shop = built(shop(), Vec::new())?;
        let found = ["boots", "acme boots", "Shoes > Boots", "Boot wax", "Trail boot blue", "Trail boot red"];
        assert_eq!(texts(&shop, "boo"), found);
        assert_eq!(texts(&shop, "CAFE"), ["Café cup"]);
        assert_eq!(texts(&shop, "trail boot r"), ["Trail boot red"]);
        assert!(texts(&shop, "zzz").is_empty() && texts(&shop, "bo trail").is_empty());
        let boots = shop.get(shop.starting("boots", SuggestionKind::Query, 1)[0].0);
        assert_eq!((boots.products, boots.groups, boots.witnesses), (2, 1, Ordinal::slice(&[0])));
        Ok(())
    }

    #[test]
    fn a_query_that_leads_somewhere_outranks_the_catalogues_own() -> Result<()> {
        let led = |text: &str, successes| QuerySuggestion {
            text: text.into(),
            successes,
            results: ResultSummary { products: 3, groups: 2, best: Ordinal::array([1, 3]).to_vec() },
        };
        let shop = built(shop(), vec![led("boot laces", 4.0), led("Boots", 9.0), led("boot socks", 40.0)])?;
        assert_eq!(texts(&shop, "boo")[..4], ["boot socks", "boots", "boot laces", "acme boots"]);
        assert_eq!(shop.starting("", SuggestionKind::Query, 1).len(), 1);
        Ok(())
    }

    #[test]
    fn the_best_of_many_are_those_a_full_scan_finds() -> Result<()> {
        let mut builder = SuggestBuilder::default();
        for n in 0..2_000u32 {
            let title = format!("b{} c{} item", n % 7, n % 91);
            builder.push(&Product { title, ..Product::default() });
        }
        let shop = {
            let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
            let path = folder.path().join("suggest.flat");
            builder.finish(&path, Vec::new(), |ordinal| (ordinal.get() * 7919 % 1009) as f32)?;
            Suggestions::open(&path, 2_000)?
        };
        for prefix in ["b", "c1", "b3 c", "i", ""] {
            let all = shop.starting(prefix, SuggestionKind::Product, 5_000);
            let best = shop.starting(prefix, SuggestionKind::Product, 13);
            assert!(all.len() > 13 && all.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{prefix}");
            assert_eq!(best, all[..13], "{prefix}");
        }
        Ok(())
    }

    #[test]
    fn a_prefix_that_nothing_has_is_corrected_but_no_part_number() -> Result<()> {
        let mut builder = shop();
        for title in ["Waterproof jacket", "Waterproof tent TX-410", "Winter jacket"] {
            builder.push(&Product { title: title.into(), ..Product::default() });
        }
        let shop = built(builder, Vec::new())?;
        let correction = |typed: &str| shop.corrections(&fold(&mut Analyzer::default(), typed)).into_iter().next();
        assert_eq!(correction("watrpr").as_deref(), Some("waterpr"));
        assert_eq!(correction("jakc").as_deref(), Some("jack"));
        assert_eq!(correction("wintre jac").as_deref(), Some("winter jac"));
        assert_eq!(correction("rtail").as_deref(), Some("trail"));
        assert_eq!(correction("tx-411"), None);
        assert_eq!(correction("zzzzzz"), None);
        assert_eq!(correction("zz"), None);
        Ok(())
    }
}
