//! One state of a shop: the open generation, the changes on top, what is derived from both, and caches. Nothing in it
//! changes but caches; changed products make another snapshot (`live`). Its methods are few and small: what several
//! answers need. Each answer is a struct of its own that borrows the snapshot, and so is the reader of a shopper.

use std::sync::Arc;

use super::EngineSettings;
use super::caches::Caches;
use super::derived::Derived;
use super::meaning::ChanceCosines;
use super::search::PhraseBook;
use crate::bitmap::Bitmap;
use crate::column::Filter;
use crate::context::Location;
use crate::error::Result;
use crate::generation::Generation;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::recommend::ShopTexts;
use crate::vector::embed::{Space, StaticTable};

/// One state of a shop. A clone shares everything, caches included.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) generation: Generation,
    pub(super) embedder: Arc<StaticTable>,
    pub(super) settings: EngineSettings,
    /// The live documents: products that were not deleted since the reindex. None if none was.
    pub(super) live: Option<Arc<Bitmap>>,
    /// The products that are new since the reindex, or have other words or another vector.
    pub(super) rewritten: Arc<Bitmap>,
    pub(super) derived: Derived,
    /// The nearness of products to words that have nothing to do with the shop; that of the generation.
    pub(super) chance: Arc<ChanceCosines>,
    pub(super) caches: Caches,
    /// The phrases of queries and the products they speak of.
    pub(super) book: Arc<PhraseBook>,
    /// The words of rows.
    pub(super) texts: Arc<ShopTexts>,
}

impl Snapshot {
    /// The snapshot of a generation as it was built, without changes. The settings are checked already.
    ///
    /// # Errors
    /// Those of a search by vector.
    pub(super) fn new(generation: Generation, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self> {
        let chance = match generation.manifest.space == *embedder.space() {
            true => ChanceCosines::measure(&generation, &embedder)?,
            false => ChanceCosines::default(),
        };
        Ok(Self {
            live: None,
            rewritten: Bitmap::new(generation.products.len()).into(),
            derived: Derived::new(&generation),
            chance: chance.into(),
            caches: Caches::default(),
            book: PhraseBook::new(&generation, &settings.meant.phrases).into(),
            texts: ShopTexts::new(&settings.texts).into(),
            embedder,
            settings,
            generation,
        })
    }

    /// The same state under other settings, which are checked already.
    pub(super) fn with_settings(&self, settings: EngineSettings) -> Self {
        let book = match settings.meant.phrases == self.settings.meant.phrases {
            true => Arc::clone(&self.book),
            false => PhraseBook::new(&self.generation, &settings.meant.phrases).into(),
        };
        let texts = ShopTexts::new(&settings.texts).into();
        Self { settings, book, texts, ..self.clone() }
    }

    /// True if the embedder's vectors and the products' are of one space.
    pub(super) fn embeds_queries(&self) -> bool {
        self.generation.manifest.space == *self.embedder.space()
    }

    /// True if the products' vectors came with the feed.
    pub(super) fn has_own_vectors(&self) -> bool {
        self.generation.manifest.space == Space::provided(self.generation.vectors.dimensions())
    }

    /// True if the product of an ordinal is not deleted.
    pub(super) fn is_live(&self, ordinal: Ordinal) -> bool {
        self.live.as_ref().is_none_or(|live| live.contains(ordinal))
    }

    /// True if the product of an ordinal is live and has this title.
    pub(super) fn is_live_as(&self, ordinal: Ordinal, title: &str) -> bool {
        let same = || self.generation.products.product(ordinal).is_some_and(|product| product.title == title);
        self.is_live(ordinal) && (!self.rewritten.contains(ordinal) || same())
    }

    /// The live ones of some products.
    pub(super) fn live_of(&self, products: Arc<Bitmap>) -> Arc<Bitmap> {
        let Some(live) = &self.live else { return products };
        let mut both = (*products).clone();
        both.and(live);
        Arc::new(both)
    }

    /// The ordinal of an id, if the product is live.
    pub(super) fn ordinal(&self, id: &str) -> Option<Ordinal> {
        self.generation.products.ordinal(id).filter(|&ordinal| self.is_live(ordinal))
    }

    /// The live documents that can be had; `None` if the catalogue does not say.
    pub(super) fn in_stock(&self) -> Option<Arc<Bitmap>> {
        self.allowed(Some("in_stock = true"), None).ok().flatten()
    }

    /// The live documents that pass a filter; `None` allows all. `here` is the shopper's location.
    pub(super) fn allowed(&self, filter: Option<&str>, here: Option<Location>) -> Result<Option<Arc<Bitmap>>> {
        self.passing(parsed(filter)?, here)
    }

    /// The live documents that pass both filters of a search; `None` allows all.
    pub(super) fn allowed_by(&self, query: &SearchQuery) -> Result<Option<Arc<Bitmap>>> {
        self.passing(whole_filter(query)?, query.location)
    }

    fn passing(&self, filter: Option<Filter>, here: Option<Location>) -> Result<Option<Arc<Bitmap>>> {
        let Some(filter) = filter else { return Ok(self.live.clone()) };
        let passing = self.caches.filters.get(&filter.at(here)?, &self.generation.columns)?;
        Ok(Some(self.live_of(passing)))
    }
}

/// Both filters of a search in one. Each is parsed alone, so that no text of the one changes the meaning of the other.
pub(super) fn whole_filter(query: &SearchQuery) -> Result<Option<Filter>> {
    Ok(Filter::both(parsed(query.filter.as_deref())?, parsed(query.within.as_deref())?))
}

fn parsed(filter: Option<&str>) -> Result<Option<Filter>> {
    filter.filter(|text| !text.trim().is_empty()).map(Filter::parse).transpose()
}
