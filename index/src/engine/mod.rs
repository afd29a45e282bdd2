//! The engine: one open generation, its settings, and the questions it answers.
//! Cheap to share and to clone; nothing in it changes but caches. Changed products
//! make another engine (`live`).

mod cards;
mod constants;
mod home;
mod learned;
mod live;
mod navigation;
mod recommend;
mod search;
mod shopper;
mod suggest;
mod taste;
#[cfg(test)]
mod testing;

pub use constants::{CONSTANTS, Constant, Scale, Tried};
pub use home::{HomeQuery, Shelf, ShelfReason};
pub use learned::Window;
pub use navigation::{Navigation, NavigationEntry, NavigationFacet, NavigationQuery};
pub use recommend::{Placement, PlacementAnswer, RecommendSettings, RecommendedCategory, RecommendedItem, RowReason};
pub use search::{Compared, Verdict, Why};
pub use shopper::Shopper;
pub use suggest::{SuggestAnswer, SuggestQuery, Suggested, pages};
pub use taste::{InterestTold, TasteSummary};

use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::behaviour::NO_GROUP;
use crate::bitmap::Bitmap;
use crate::column::{FilterCache, Groups};
use crate::context::Context;
use crate::curation::Curation;
use crate::error::Result;
use crate::generation::Generation;
use crate::id::Ordinal;
use crate::profile::InterestSettings;
use crate::query::QueryLimits;
use crate::rank::RankSettings;
use crate::recommend::Kept;
use crate::text::TextSettings;
use crate::vector::embed::StaticTable;

/// Memory the filter cache of one generation may take, in bytes.
const FILTER_CACHE_BYTES: usize = 64 << 20;

/// What a product counts in its category before anybody met it, a view being 1.
const A_LITTLE: f64 = 0.1;

/// Everything about answering that can be tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// Whether variants of one product are one hit where a request does not say.
    pub group: bool,
    /// How many products that are new or read otherwise since the reindex are searched before the next,
    /// 0 to 100,000.
    pub live_products: usize,
    /// What may be asked for at most.
    pub limits: QueryLimits,
    /// How words match.
    pub text: TextSettings,
    /// How candidates are ordered.
    pub rank: RankSettings,
    /// How a profile becomes an interest vector.
    pub interest: InterestSettings,
    /// What is never recommended.
    pub recommend: RecommendSettings,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            group: true,
            live_products: 10_000,
            limits: QueryLimits::default(),
            text: TextSettings::default(),
            rank: RankSettings::default(),
            interest: InterestSettings::default(),
            recommend: RecommendSettings::default(),
        }
    }
}

impl EngineSettings {
    /// Checks every constant against its range in [`CONSTANTS`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first that lies outside.
    pub fn check(&self) -> Result<()> {
        constants::check(self)
    }
}

/// Under which circumstances something is asked, beside what the question itself says. By default
/// nobody asks, from nowhere, and no merchant said anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// Who asks.
    pub shopper: Option<&'a Shopper>,
    /// Where the request comes from, as it says itself.
    pub context: Option<&'a Context>,
    /// The server's time.
    pub now: Timestamp,
    /// What the merchant says about search.
    pub curation: Option<&'a Curation>,
}

/// One generation, ready to answer.
#[derive(Debug, Clone)]
pub struct Engine {
    generation: Generation,
    embedder: Arc<StaticTable>,
    settings: EngineSettings,
    filters: Arc<FilterCache>,
    /// The products that are still there; none when all are.
    alive: Option<Arc<Bitmap>>,
    /// The products that are new or read otherwise since the reindex.
    rewritten: Arc<Bitmap>,
    /// Variants of one product, where there are any.
    groups: Option<Arc<Groups>>,
    /// Popularity by ordinal, logarithmic, 0 to 1.
    popularity: Arc<[f32]>,
    /// The mean of all vectors.
    mean: Arc<[f32]>,
    /// Median weight of the `next` table, its unit.
    neighbour_unit: f32,
    /// Share of all purchases by brand number.
    brand_shares: Arc<[f32]>,
    /// Share of what the shop sells by leaf category number.
    category_shares: Arc<[f32]>,
    /// Pages met while suggesting.
    pages: Arc<suggest::KnownPages>,
    /// The products that came last, once somebody asked for them.
    newest: Arc<OnceLock<Vec<Ordinal>>>,
    /// What recommenders found and may be asked for again.
    kept: Arc<Kept>,
    /// What answers say of products.
    cards: Arc<cards::Cards>,
    /// What the shop says of the fields navigation was asked for.
    sites: Arc<navigation::Sites>,
}

impl Engine {
    /// Opens the generation that is current in the folder `generations`.
    pub fn open(generations: &Path, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Self::new(Generation::open_current(generations)?, embedder, settings)
    }

    /// An engine over an open generation.
    pub fn new(generation: Generation, embedder: Arc<StaticTable>, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self {
            filters: Arc::new(FilterCache::new(FILTER_CACHE_BYTES)),
            alive: None,
            rewritten: Bitmap::new(generation.products.len()).into(),
            groups: groups(&generation).map(Arc::new),
            popularity: relative(generation.behaviour.popularity.scores()).into(),
            mean: mean_vector(&generation).into(),
            neighbour_unit: median_weight(&generation),
            brand_shares: brand_shares(&generation).into(),
            category_shares: category_shares(&generation).into(),
            pages: Arc::default(),
            newest: Arc::default(),
            kept: Arc::default(),
            cards: Arc::default(),
            sites: Arc::default(),
            embedder,
            settings,
            generation,
        })
    }

    /// The generation behind the answers.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// The settings in force.
    pub fn settings(&self) -> &EngineSettings {
        &self.settings
    }

    /// The same generation under other settings.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when a value is out of range.
    pub fn with_settings(mut self, settings: EngineSettings) -> Result<Self> {
        settings.check()?;
        self.settings = settings;
        Ok(self)
    }

    /// Whether the embedder's vectors and the products' live in one space.
    fn embeds_queries(&self) -> bool {
        self.generation.manifest.space == *self.embedder.space()
    }
}

/// Scores over the largest, so that the most popular product has 1.
fn relative(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().copied().fold(0.0, f32::max);
    scores.iter().map(|&score| if most > 0.0 { score / most } else { 0.0 }).collect()
}

fn groups(generation: &Generation) -> Option<Groups> {
    let view = generation.products.view();
    let number = |ordinal| Some(view.group(ordinal)).filter(|&group| group != NO_GROUP);
    Groups::with_apart((0..generation.products.len() as Ordinal).map(number), generation.products.apart())
}

fn mean_vector(generation: &Generation) -> Vec<f32> {
    let vectors = &generation.vectors.vectors;
    let mut sum = vec![0f64; vectors.dimensions()];
    let mut count = 0.0;
    for ordinal in 0..vectors.len() as Ordinal {
        if vectors.has_direction(ordinal) {
            count += 1.0;
            sum.iter_mut().zip(vectors.row(ordinal)).for_each(|(sum, &x)| *sum += f64::from(x));
        }
    }
    sum.into_iter().map(|sum| if count > 0.0 { (sum / count) as f32 } else { 0.0 }).collect()
}

/// The median weight of the `next` table; 1 when it is empty.
fn median_weight(generation: &Generation) -> f32 {
    let next = &generation.behaviour.next;
    let mut weights: Vec<f32> =
        (0..next.rows() as Ordinal).flat_map(|row| next.row(row).map(|(_, weight)| weight)).collect();
    let middle = weights.len() / 2;
    if weights.is_empty() { 1.0 } else { *weights.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

/// Meetings by leaf category over all of them, purchases counting most, as popularity weighs them; every
/// category counts at least a little, so that a shop on its first day has some.
fn category_shares(generation: &Generation) -> Vec<f32> {
    let view = generation.products.view();
    let mut wanted = vec![0f64; view.categories()];
    for (ordinal, &score) in generation.behaviour.popularity.scores().iter().enumerate() {
        let leaves = view.leaves(ordinal as Ordinal);
        let share = (f64::from(score).exp_m1() + A_LITTLE) / leaves.len().max(1) as f64;
        leaves.iter().for_each(|&leaf| wanted[leaf as usize] += share);
    }
    let all: f64 = wanted.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    wanted.into_iter().map(|wanted| (wanted / all) as f32).collect()
}

fn brand_shares(generation: &Generation) -> Vec<f32> {
    let Some(brands) = generation.columns.keyword("brand").map(|brands| brands.view()) else { return Vec::new() };
    let mut counts = vec![0u64; brands.distinct()];
    let mut all = 0u64;
    for (ordinal, &purchases) in generation.behaviour.popularity.purchases().iter().enumerate() {
        for &brand in brands.values(ordinal as Ordinal) {
            counts[brand as usize] += u64::from(purchases);
            all += u64::from(purchases);
        }
    }
    counts.into_iter().map(|count| count as f32 / all.max(1) as f32).collect()
}
