//! Suggestions while typing: queries, categories and product titles that have a
//! word starting with what was typed. Built from the catalogue, so that none
//! leads to an empty page. One sorted array of word starts over folded texts is
//! searched by bisection; the best few of the range are kept by weight.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::analysis::Analyzer;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;
use crate::product::{CATEGORY_SEPARATOR, Product};

/// The longest suggestion kept, in bytes of its folded form.
const MAX_FOLDED_BYTES: usize = 200;

/// What a suggestion leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A search.
    Query,
    /// A category page.
    Category,
    /// A product.
    Product,
}

const KINDS: [SuggestionKind; 3] = [SuggestionKind::Query, SuggestionKind::Category, SuggestionKind::Product];

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// What it leads to.
    pub kind: SuggestionKind,
    /// The query, the category path, or the product's title.
    pub text: String,
    /// How many products it leads to.
    pub products: u32,
    /// The product, for product suggestions.
    #[serde(skip)]
    pub ordinal: Option<Ordinal>,
}

/// Collects suggestions while products stream by.
#[derive(Debug, Default)]
pub struct SuggestBuilder {
    queries: BTreeMap<String, u32>,
    categories: BTreeMap<String, u32>,
    titles: Vec<String>,
}

impl SuggestBuilder {
    /// Adds the next product, in ordinal order.
    pub fn push(&mut self, product: &Product) {
        for level in product.category_levels() {
            *self.categories.entry(level.to_owned()).or_default() += 1;
        }
        let leaves = product.categories.iter().filter_map(|path| path.rsplit(CATEGORY_SEPARATOR).next());
        for leaf in leaves {
            *self.queries.entry(leaf.to_lowercase()).or_default() += 1;
            if let Some(brand) = &product.brand {
                *self.queries.entry(format!("{} {}", brand.to_lowercase(), leaf.to_lowercase())).or_default() += 1;
            }
        }
        if let Some(brand) = &product.brand {
            *self.queries.entry(brand.to_lowercase()).or_default() += 1;
        }
        self.titles.push(product.title.clone());
    }

    /// Writes the suggestions; `popularity` weighs products, by ordinal, 0 to 1.
    pub fn finish(self, path: &Path, popularity: impl Fn(Ordinal) -> f32) -> Result<()> {
        let mut texts = Texts::default();
        for (text, products) in &self.queries {
            texts.push(SuggestionKind::Query, text, *products, (*products as f32).ln_1p(), u32::MAX);
        }
        for (text, products) in &self.categories {
            texts.push(SuggestionKind::Category, text, *products, (*products as f32).ln_1p(), u32::MAX);
        }
        for (ordinal, title) in self.titles.iter().enumerate() {
            let ordinal = ordinal as Ordinal;
            texts.push(SuggestionKind::Product, title, 1, popularity(ordinal), ordinal);
        }
        texts.write(path)
    }
}

#[derive(Default)]
struct Texts {
    analyzer: Analyzer,
    shown: Vec<u8>,
    shown_ends: Vec<u64>,
    folded: Vec<u8>,
    folded_ends: Vec<u64>,
    kinds: Vec<u8>,
    products: Vec<u32>,
    weights: Vec<f32>,
    ordinals: Vec<u32>,
    /// `(suggestion, start of a word in its folded text)`.
    starts: Vec<(u32, u32)>,
}

impl Texts {
    fn push(&mut self, kind: SuggestionKind, text: &str, products: u32, weight: f32, ordinal: u32) {
        let mut folded = fold(&mut self.analyzer, text);
        folded.truncate(folded.floor_char_boundary(MAX_FOLDED_BYTES));
        let id = self.kinds.len() as u32;
        let words = folded.split(' ').scan(0, |at, word| {
            let start = *at;
            *at += word.len() as u32 + 1;
            Some((id, start))
        });
        self.starts.extend(words);
        self.folded.extend_from_slice(folded.as_bytes());
        self.folded_ends.push(self.folded.len() as u64);
        self.shown.extend_from_slice(text.as_bytes());
        self.shown_ends.push(self.shown.len() as u64);
        self.kinds.push(kind as u8);
        self.products.push(products);
        self.weights.push(weight);
        self.ordinals.push(ordinal);
    }

    fn write(mut self, path: &Path) -> Result<()> {
        let (folded, ends) = (&self.folded, &self.folded_ends);
        self.starts.sort_by_cached_key(|&(id, start)| (slice(folded, ends, id)[start as usize..].to_vec(), id));
        let (ids, offsets): (Vec<u32>, Vec<u32>) = self.starts.into_iter().unzip();
        let mut file = FlatWriter::create(path)?;
        file.section("shown", &self.shown)?;
        file.section("shown_ends", &self.shown_ends)?;
        file.section("folded", &self.folded)?;
        file.section("folded_ends", &self.folded_ends)?;
        file.section("kinds", &self.kinds)?;
        file.section("products", &self.products)?;
        file.section("weights", &self.weights)?;
        file.section("ordinals", &self.ordinals)?;
        file.section("word_ids", &ids)?;
        file.section("word_offsets", &offsets)?;
        file.finish()
    }
}

fn fold(analyzer: &mut Analyzer, text: &str) -> String {
    let words: Vec<String> = analyzer.whole(text).into_iter().map(|token| token.word).collect();
    words.join(" ")
}

fn slice<'a>(bytes: &'a [u8], ends: &[u64], id: u32) -> &'a [u8] {
    let at = id as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &bytes[start as usize..ends[at] as usize]
}

/// The open suggestions of a generation.
#[derive(Debug)]
pub struct Suggestions {
    shown: Section<u8>,
    shown_ends: Section<u64>,
    folded: Section<u8>,
    folded_ends: Section<u64>,
    kinds: Section<u8>,
    products: Section<u32>,
    weights: Section<f32>,
    ordinals: Section<u32>,
    word_ids: Section<u32>,
    word_offsets: Section<u32>,
}

impl Suggestions {
    /// Maps the suggestions and checks that every reference stays inside.
    pub fn open(path: &Path) -> Result<Self> {
        let file = FlatFile::open(path)?;
        let kinds: Section<u8> = file.section("kinds")?;
        let count = kinds.len();
        let word_ids: Section<u32> = file.section("word_ids")?;
        let opened = Self {
            shown: file.section("shown")?,
            shown_ends: file.section_of("shown_ends", count)?,
            folded: file.section("folded")?,
            folded_ends: file.section_of("folded_ends", count)?,
            products: file.section_of("products", count)?,
            weights: file.section_of("weights", count)?,
            ordinals: file.section_of("ordinals", count)?,
            word_offsets: file.section_of("word_offsets", word_ids.len())?,
            word_ids,
            kinds,
        };
        let monotone = |ends: &[u64], bytes: usize| {
            ends.windows(2).all(|pair| pair[0] <= pair[1]) && ends.last().copied().unwrap_or(0) == bytes as u64
        };
        let in_bounds = monotone(&opened.shown_ends, opened.shown.len())
            && monotone(&opened.folded_ends, opened.folded.len())
            && opened.kinds.iter().all(|&kind| usize::from(kind) < KINDS.len())
            && opened.word_ids.iter().zip(&*opened.word_offsets).all(|(&id, &offset)| {
                (id as usize) < count && offset as usize <= slice(&opened.folded, &opened.folded_ends, id).len()
            });
        if in_bounds { Ok(opened) } else { Err(Error::corrupt(path, "a suggestion points outside the file")) }
    }

    /// The best `limit` suggestions with words starting with what was typed, best first.
    ///
    /// Whole earlier words must follow each other as typed; ties go to the shorter text.
    pub fn suggest(&self, analyzer: &mut Analyzer, typed: &str, limit: usize) -> Vec<Suggestion> {
        let prefix = fold(analyzer, typed);
        if prefix.is_empty() || limit == 0 {
            return Vec::new();
        }
        let (ids, offsets): (&[u32], &[u32]) = (&self.word_ids, &self.word_offsets);
        let (folded, ends): (&[u8], &[u64]) = (&self.folded, &self.folded_ends);
        let key = |at: usize| &slice(folded, ends, ids[at])[offsets[at] as usize..];
        let prefix = prefix.as_bytes();
        let first = partition(ids.len(), |at| key(at) < prefix);
        let count = partition(ids.len() - first, |at| key(first + at).starts_with(prefix));
        let mut found: Vec<u32> = ids[first..first + count].to_vec();
        found.sort_unstable();
        found.dedup();
        let rank = |&id: &u32| {
            let at = id as usize;
            // Queries and categories first, then products, each by weight: ln(1 + products) or popularity.
            let product = KINDS[usize::from(self.kinds[at])] == SuggestionKind::Product;
            (product, Reverse(ordered(self.weights[at])), slice(&self.shown, &self.shown_ends, id).len(), id)
        };
        found.sort_by_cached_key(rank);
        self.mix(&found, limit)
    }

    /// Up to half queries, a quarter categories, the rest products; free places go to the next best.
    fn mix(&self, ranked: &[u32], limit: usize) -> Vec<Suggestion> {
        let share = |kind| match kind {
            SuggestionKind::Query => limit.div_ceil(2),
            SuggestionKind::Category => limit.div_ceil(4),
            SuggestionKind::Product => limit,
        };
        let mut taken = [0; KINDS.len()];
        let (mut kept, mut left) = (Vec::new(), Vec::new());
        for &id in ranked {
            let kind = KINDS[usize::from(self.kinds[id as usize])];
            taken[kind as usize] += 1;
            if taken[kind as usize] <= share(kind) { kept.push(id) } else { left.push(id) }
        }
        kept.extend(left);
        kept.truncate(limit);
        kept.into_iter().map(|id| self.suggestion(id)).collect()
    }

    fn suggestion(&self, id: u32) -> Suggestion {
        let at = id as usize;
        Suggestion {
            kind: KINDS[usize::from(self.kinds[at])],
            text: String::from_utf8_lossy(slice(&self.shown, &self.shown_ends, id)).into_owned(),
            products: self.products[at],
            ordinal: Some(self.ordinals[at]).filter(|&ordinal| ordinal != u32::MAX),
        }
    }
}

/// A weight above or at 0 as an integer of the same order.
fn ordered(weight: f32) -> u32 {
    weight.max(0.0).to_bits()
}

/// The first place of `0..count` where `before` no longer holds.
fn partition(count: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Result<Suggestions> {
        let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("temp")))?;
        let mut builder = SuggestBuilder::default();
        for (title, category) in
            [("Trail boot", "Shoes > Boots"), ("Café cup", "Kitchen"), ("Boot wax", "Shoes > Care")]
        {
            let product = Product {
                title: title.into(),
                categories: vec![category.into()],
                brand: Some("Acme".into()),
                ..Product::default()
            };
            builder.push(&product);
        }
        let path = folder.path().join("suggest.flat");
        builder.finish(&path, |ordinal| ordinal as f32)?;
        Suggestions::open(&path)
    }

    fn texts(typed: &str, limit: usize) -> Result<Vec<String>> {
        Ok(shop()?.suggest(&mut Analyzer::default(), typed, limit).into_iter().map(|found| found.text).collect())
    }

    #[test]
    fn finds_words_anywhere_by_prefix_and_folds_accents() -> Result<()> {
        assert_eq!(texts("boo", 10)?, ["boots", "acme boots", "Shoes > Boots", "Boot wax", "Trail boot"]);
        assert_eq!(texts("CAFE", 10)?, ["Café cup"]);
        assert!(texts("zzz", 10)?.is_empty() && texts(" ", 10)?.is_empty());
        Ok(())
    }

    #[test]
    fn several_words_must_follow_each_other() -> Result<()> {
        assert_eq!(texts("trail bo", 10)?, ["Trail boot"]);
        assert!(texts("bo trail", 10)?.is_empty());
        Ok(())
    }
}
