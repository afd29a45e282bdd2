//! The phrases of a snapshot, and the products that they speak of, each found once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use quick_cache::sync::Cache;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Audiences;
use crate::bitmap::Bitmap;
use crate::column::ValueId;
use crate::engine::Snapshot;
use crate::error::Result;
use crate::generation::Generation;
use crate::id::{CategoryNumber, Ordinal};
use crate::product::last_level;
use crate::text::TextField;
use crate::text::analysis::Language;
use crate::text::meant::{PhraseTable, Phrases};

/// The fields by which a product says for whom it is and that it is a gift.
pub(super) const SAID: [TextField; 3] = [TextField::Title, TextField::Category, TextField::Attributes];
/// The fields in which a product may say anything.
pub(super) const EVERYWHERE: [TextField; 4] =
    [TextField::Title, TextField::Category, TextField::Attributes, TextField::Description];
/// The most languages of products whose phrases are read.
const MAX_LANGUAGES: usize = 8;
/// The most languages of queries whose phrases are cached; there are fewer.
const CACHED_LANGUAGES: usize = 32;
/// The most sets of products that are cached.
const CACHED_SETS: usize = 1_000;

/// The phrases by language, and sets of products by what they say. A changed snapshot keeps the phrases, and finds the
/// products again where words changed.
#[derive(Debug)]
pub(in crate::engine) struct PhraseBook {
    language: Language,
    /// The languages of the products.
    languages: Vec<Language>,
    /// The merchant's tables.
    own: BTreeMap<String, PhraseTable>,
    phrases: Arc<Cache<Language, Arc<Phrases>>>,
    sets: Arc<Cache<String, Arc<Bitmap>>>,
    cheapness: OnceLock<Arc<[f32]>>,
    audiences: Arc<Cache<(), Arc<Audiences>>>,
    /// The leaf categories that are named after what they hold.
    telling_leaves: Arc<Cache<(), Arc<TellingLeaves>>>,
}

/// The leaf categories that are named after what they hold, each with its products whose titles have the last word of its
/// name.
pub(in crate::engine) type TellingLeaves = FxHashMap<CategoryNumber, FxHashSet<Ordinal>>;

impl PhraseBook {
    /// The book of a generation, with the merchant's tables by language code.
    pub(in crate::engine) fn new(generation: &Generation, own: &BTreeMap<String, PhraseTable>) -> Self {
        let mut languages: Vec<Language> = Vec::new();
        if let Some(values) = generation.columns.keyword("lang").map(|column| column.view()) {
            for language in ValueId::all(values.distinct()).map(|id| Language::of(values.text(id))) {
                if !languages.contains(&language) && languages.len() < MAX_LANGUAGES {
                    languages.push(language);
                }
            }
        }
        let language = generation.manifest.language;
        languages.push(language);
        let (phrases, own) = (Arc::new(Cache::new(CACHED_LANGUAGES)), own.clone());
        let book = Self { language, languages, own, phrases, ..Self::empty() };
        // The tables are read before the first search has to wait for them.
        book.phrases(None);
        book
    }

    /// The book of a changed snapshot. Where no product has other words, what they say is not looked for again.
    pub(in crate::engine) fn renewed(&self, other_words: bool) -> Self {
        let found = match other_words {
            true => Self::empty(),
            false => Self { sets: Arc::clone(&self.sets), audiences: Arc::clone(&self.audiences), ..Self::empty() },
        };
        Self {
            language: self.language,
            languages: self.languages.clone(),
            own: self.own.clone(),
            phrases: Arc::clone(&self.phrases),
            telling_leaves: Arc::clone(&self.telling_leaves),
            ..found
        }
    }

    /// A book without tables that has found nothing yet.
    fn empty() -> Self {
        Self {
            language: Language::default(),
            languages: Vec::new(),
            own: BTreeMap::new(),
            phrases: Arc::new(Cache::new(CACHED_LANGUAGES)),
            sets: Arc::new(Cache::new(CACHED_SETS)),
            cheapness: OnceLock::new(),
            audiences: Arc::new(Cache::new(1)),
            telling_leaves: Arc::new(Cache::new(1)),
        }
    }

    /// The phrases for queries in a language, the shop's if absent.
    pub(super) fn phrases(&self, lang: Option<&str>) -> Arc<Phrases> {
        let language = lang.map_or(self.language, Language::of);
        let made = || Ok::<_, Infallible>(Arc::new(Phrases::new(language, &self.languages, &self.own)));
        let Ok(phrases) = self.phrases.get_or_insert_with(&language, made);
        phrases
    }

    fn set(&self, name: &str, find: impl FnOnce() -> Result<Bitmap>) -> Result<Arc<Bitmap>> {
        self.sets.get_or_insert_with(name, || Ok(Arc::new(find()?)))
    }

    /// The products that say to be for people of a kind.
    pub(super) fn people(&self, snapshot: &Snapshot, kind: &str, phrases: &Phrases) -> Result<Arc<Bitmap>> {
        let name = format!("{:?} people {kind}", phrases.language());
        self.set(&name, || snapshot.generation.text.holding(phrases.words_for_people(&[kind]), &SAID, None))
    }

    /// The products that are called gifts; those whose descriptions do so only if no title, category or tag does.
    pub(super) fn gifts(&self, snapshot: &Snapshot, phrases: &Phrases) -> Result<Arc<Bitmap>> {
        let text = &snapshot.generation.text;
        self.set(&format!("{:?} gifts", phrases.language()), || {
            let called = text.holding(phrases.words_for_gifts(), &SAID, None)?;
            match called.count() {
                0 => text.holding(phrases.words_for_gifts(), &EVERYWHERE, None),
                _ => Ok(called),
            }
        })
    }

    /// The products that speak of an occasion.
    pub(super) fn occasion(&self, snapshot: &Snapshot, name: &str, phrases: &Phrases) -> Result<Arc<Bitmap>> {
        self.set(&format!("{:?} occasion {name}", phrases.language()), || {
            snapshot.generation.text.holding(phrases.words_for_occasion(name), &EVERYWHERE, None)
        })
    }

    /// The products of a colour, by title and attributes.
    pub(super) fn colour(&self, snapshot: &Snapshot, name: &str, phrases: &Phrases) -> Result<Arc<Bitmap>> {
        self.set(&format!("{:?} colour {name}", phrases.language()), || {
            let words = phrases.words_for_colour(name);
            snapshot.generation.text.holding(words, &[TextField::Title, TextField::Attributes], None)
        })
    }

    /// For whom the products are.
    pub(in crate::engine) fn audiences(&self, snapshot: &Snapshot) -> Result<Arc<Audiences>> {
        self.audiences.get_or_insert_with(&(), || Ok(Arc::new(Audiences::of(snapshot)?)))
    }

    /// The leaf categories whose name ends with a word that the titles of half of their products have: `Backpacks`, not
    /// `Hand tools`.
    pub(in crate::engine) fn telling_leaves(&self, snapshot: &Snapshot) -> Result<Arc<TellingLeaves>> {
        self.telling_leaves.get_or_insert_with(&(), || {
            let mut members: BTreeMap<CategoryNumber, Vec<Ordinal>> = BTreeMap::new();
            for product in Ordinal::all(snapshot.generation.products.len()) {
                let leaves = snapshot.generation.products.leaves(product);
                leaves.iter().for_each(|&leaf| members.entry(leaf).or_default().push(product));
            }
            let mut telling = TellingLeaves::default();
            for (leaf, products) in members {
                let name = last_level(snapshot.generation.products.category(leaf));
                let Some(word) = name.split_whitespace().next_back() else { continue };
                let titled = snapshot.generation.text.holding([word], &[TextField::Title], None)?;
                let titled: FxHashSet<Ordinal> =
                    products.iter().copied().filter(|&product| titled.contains(product)).collect();
                if titled.len() * 2 >= products.len() {
                    telling.insert(leaf, titled);
                }
            }
            Ok(Arc::new(telling))
        })
    }

    /// For each product the share of the products of its first leaf category that cost more, with half of those that
    /// cost the same; 0 without a price.
    pub(super) fn cheapness(&self, snapshot: &Snapshot) -> Arc<[f32]> {
        Arc::clone(self.cheapness.get_or_init(|| cheapness(&snapshot.generation).into()))
    }
}

fn cheapness(generation: &Generation) -> Vec<f32> {
    let mut shares = vec![0f32; generation.products.len()];
    let Some(prices) = generation.columns.numeric("final_price").map(|column| column.view()) else { return shares };
    let mut by_category: BTreeMap<Option<CategoryNumber>, Vec<(f64, Ordinal)>> = BTreeMap::new();
    for ordinal in Ordinal::all(generation.products.len()) {
        if let Some(price) = prices.first(ordinal) {
            let leaf = generation.products.leaves(ordinal).first().copied();
            by_category.entry(leaf).or_default().push((price, ordinal));
        }
    }
    for mut category in by_category.into_values() {
        category.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let all = category.len() as f32;
        for &(price, ordinal) in &category {
            let below = category.partition_point(|(other, _)| *other < price);
            let upto = category.partition_point(|(other, _)| *other <= price);
            let same = (upto - below) as f32;
            shares[ordinal.index()] = (all - upto as f32 + same / 2.0) / all;
        }
    }
    shares
}
