//! Building suggestions: categories, brands and titles are collected while products stream by; queries that led
//! shoppers to products are added at the end.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::analysis::{Analyzer, shown};
use super::{KINDS, NO_PRODUCT, ResultSummary, SuggestionKind, fold, near, order, slice};
use crate::error::Result;
use crate::flat::FlatWriter;
use crate::id::Ordinal;
use crate::product::{Product, last_level};

/// The longest suggestion, in bytes of its folded form.
const MAX_FOLDED_BYTES: usize = 200;

/// The most products stored as witnesses: examples of the products that a suggestion leads to.
const WITNESSES: usize = 4;

/// The most weight of a query made from the catalogue: less than one fresh success, which weighs ln 2.
const CATALOGUE: f32 = 0.5;

/// A query that led shoppers to products, with its results now.
#[derive(Debug, Clone, PartialEq)]
pub struct QuerySuggestion {
    /// The query.
    pub text: String,
    /// Successful searches, discounted by age.
    pub successes: f32,
    /// Its results.
    pub results: ResultSummary,
}

/// The number of products under one name, and some of them.
#[derive(Debug, Default)]
struct ProductTally {
    products: u32,
    groups: u32,
    last_group: Option<u32>,
    witnesses: Vec<Ordinal>,
}

impl ProductTally {
    fn add(&mut self, ordinal: Ordinal, group: u32) {
        self.products += 1;
        if self.last_group.replace(group) != Some(group) {
            self.groups += 1;
            if self.witnesses.len() < WITNESSES {
                self.witnesses.push(ordinal);
            }
        }
    }
}

/// Collects suggestions while products stream by.
#[derive(Debug, Default)]
pub struct SuggestBuilder {
    queries: BTreeMap<String, ProductTally>,
    categories: BTreeMap<String, ProductTally>,
    titles: Vec<String>,
    /// The group of the last product, and its number.
    group: (Option<String>, u32),
}

impl SuggestBuilder {
    /// Adds the next product, in ordinal order. Variants of one product follow each other.
    pub fn push(&mut self, product: &Product) {
        let ordinal = Ordinal::from_index(self.titles.len());
        if product.group_id.is_none() || product.group_id != self.group.0 {
            self.group = (product.group_id.clone(), self.group.1 + 1);
        }
        let group = self.group.1;
        for level in product.category_levels() {
            self.categories.entry(level.to_owned()).or_default().add(ordinal, group);
        }
        let typed = |text: &str| shown(text).trim().to_owned();
        let brand = product.brand.as_deref().map(typed);
        let leaves = product.categories.iter().map(|path| last_level(path));
        for leaf in leaves.map(typed) {
            if let Some(brand) = &brand {
                self.queries.entry(format!("{brand} {leaf}")).or_default().add(ordinal, group);
            }
            self.queries.entry(leaf).or_default().add(ordinal, group);
        }
        if let Some(brand) = brand {
            self.queries.entry(brand).or_default().add(ordinal, group);
        }
        self.titles.push(product.title.clone());
    }

    /// The number of products added.
    pub fn products(&self) -> usize {
        self.titles.len()
    }

    /// Writes the suggestions. `popularity` is the weight of a product, by ordinal, from 0 on.
    pub fn finish(
        self,
        path: &Path,
        successful: Vec<QuerySuggestion>,
        popularity: impl Fn(Ordinal) -> f32,
    ) -> Result<()> {
        let mut texts = SuggestionTexts::default();
        let all = (self.titles.len() as f32).ln_1p().max(1.0);
        // Queries are keyed by folded text, so two spellings are one suggestion.
        let mut queries: BTreeMap<String, (String, ResultSummary, f32, f32)> = BTreeMap::new();
        for (text, ProductTally { products, groups, witnesses, .. }) in self.queries {
            let weight = CATALOGUE * (products as f32).ln_1p() / all;
            let results = ResultSummary { products, groups, best: witnesses };
            queries.entry(texts.fold(&text)).or_insert((text, results, weight, 0.0));
        }
        for QuerySuggestion { text, successes, results } in successful {
            let folded = texts.fold(&text);
            if !folded.is_empty() {
                queries.entry(folded).or_insert((text, results, 0.0, 0.0)).3 += successes;
            }
        }
        for (_, (text, results, weight, successes)) in queries {
            texts.push(SuggestionKind::Query, &text, &results, weight + successes.ln_1p(), None);
        }
        for (text, ProductTally { products, groups, witnesses, .. }) in self.categories {
            let results = ResultSummary { products, groups, best: witnesses };
            texts.push(SuggestionKind::Category, &text, &results, (products as f32).ln_1p(), None);
        }
        for (ordinal, title) in Ordinal::enumerate(self.titles) {
            let results = ResultSummary { products: 1, groups: 1, best: Vec::new() };
            texts.push(SuggestionKind::Product, &title, &results, popularity(ordinal).ln_1p(), Some(ordinal));
        }
        texts.write(path)
    }
}

#[derive(Default)]
struct SuggestionTexts {
    analyzer: Analyzer,
    shown: Vec<u8>,
    shown_ends: Vec<u64>,
    folded: Vec<u8>,
    folded_ends: Vec<u64>,
    kinds: Vec<u8>,
    products: Vec<u32>,
    groups: Vec<u32>,
    weights: Vec<f32>,
    ordinals: Vec<Ordinal>,
    witnesses: Vec<Ordinal>,
    witness_ends: Vec<u32>,
    /// `(suggestion, start of a word in its folded text)`.
    starts: Vec<(u32, u32)>,
    words: BTreeMap<String, u32>,
}

impl SuggestionTexts {
    fn fold(&mut self, text: &str) -> String {
        let mut folded = fold(&mut self.analyzer, text);
        folded.truncate(folded.floor_char_boundary(MAX_FOLDED_BYTES));
        folded
    }

    fn push(
        &mut self,
        kind: SuggestionKind,
        text: &str,
        results: &ResultSummary,
        weight: f32,
        ordinal: Option<Ordinal>,
    ) {
        let folded = self.fold(text);
        let id = self.kinds.len() as u32;
        let mut at = 0;
        for word in folded.split(' ') {
            self.starts.push((id, at));
            at += word.len() as u32 + 1;
            if near::is_word(word) {
                *self.words.entry(word.to_owned()).or_default() += results.products.max(1);
            }
        }
        self.folded.extend_from_slice(folded.as_bytes());
        self.folded_ends.push(self.folded.len() as u64);
        self.shown.extend_from_slice(text.as_bytes());
        self.shown_ends.push(self.shown.len() as u64);
        self.kinds.push(KINDS.iter().position(|&other| other == kind).unwrap_or_default() as u8);
        self.products.push(results.products);
        self.groups.push(results.groups);
        self.weights.push(weight);
        self.ordinals.push(ordinal.unwrap_or(NO_PRODUCT));
        self.witnesses.extend(results.best.iter().take(WITNESSES));
        self.witness_ends.push(self.witnesses.len() as u32);
    }

    fn write(mut self, path: &Path) -> Result<()> {
        let (folded, ends) = (&self.folded, &self.folded_ends);
        let text = |&(id, start): &(u32, u32)| &slice(folded, ends, id)[start as usize..];
        self.starts.sort_unstable_by(|a, b| text(a).cmp(text(b)).then(a.cmp(b)));
        let places = order::places(&self.starts, &self.weights, &self.shown_ends);
        let (ids, offsets): (Vec<u32>, Vec<u32>) = self.starts.into_iter().unzip();
        let mut file = FlatWriter::create(path)?;
        file.section("shown", &self.shown)?;
        file.section("shown_ends", &self.shown_ends)?;
        file.section("folded", &self.folded)?;
        file.section("folded_ends", &self.folded_ends)?;
        file.section("kinds", &self.kinds)?;
        file.section("products", &self.products)?;
        file.section("groups", &self.groups)?;
        file.section("weights", &self.weights)?;
        file.section("ordinals", &self.ordinals)?;
        file.section("witnesses", &self.witnesses)?;
        file.section("witness_ends", &self.witness_ends)?;
        file.section("word_ids", &ids)?;
        file.section("word_offsets", &offsets)?;
        file.section("word_places", &places)?;
        near::write(&self.words, &mut file)?;
        file.finish()
    }
}
