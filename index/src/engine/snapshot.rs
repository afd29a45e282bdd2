//! One state of a shop, and everything derived from its generation when it is opened.

use std::sync::{Arc, OnceLock};

use super::{EngineSettings, cards, navigation, suggest};
use crate::behaviour::NO_GROUP;
use crate::bitmap::Bitmap;
use crate::column::{FilterCache, Groups};
use crate::generation::Generation;
use crate::id::Ordinal;
use crate::recommend::Kept;
use crate::vector::embed::StaticTable;

/// Memory the filter cache of one generation may take, in bytes.
pub(super) const FILTER_CACHE_BYTES: usize = 64 << 20;

/// What a product counts in its category before anybody met it, a view being 1.
const A_LITTLE: f64 = 0.1;

/// One state of a shop: the open generation, the changes on top, what is derived from both, and caches.
/// Nothing in it changes but caches; changed products make another snapshot (`live`).
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) generation: Generation,
    pub(super) embedder: Arc<StaticTable>,
    pub(super) settings: EngineSettings,
    pub(super) filters: Arc<FilterCache>,
    /// The products that are still there; none when all are.
    pub(super) alive: Option<Arc<Bitmap>>,
    /// The products that are new or read otherwise since the reindex.
    pub(super) rewritten: Arc<Bitmap>,
    /// Variants of one product, where there are any.
    pub(super) groups: Option<Arc<Groups>>,
    /// Popularity by ordinal, logarithmic, 0 to 1.
    pub(super) popularity: Arc<[f32]>,
    /// The mean of all vectors.
    pub(super) mean: Arc<[f32]>,
    /// Median weight of the `next` table, its unit.
    pub(super) neighbour_unit: f32,
    /// Share of all purchases by brand number.
    pub(super) brand_shares: Arc<[f32]>,
    /// Share of what the shop sells by leaf category number.
    pub(super) category_shares: Arc<[f32]>,
    /// Pages met while suggesting.
    pub(super) pages: Arc<suggest::KnownPages>,
    /// The products that came last, once somebody asked for them.
    pub(super) newest: Arc<OnceLock<Vec<Ordinal>>>,
    /// What recommenders found and may be asked for again.
    pub(super) kept: Arc<Kept>,
    /// What answers say of products.
    pub(super) cards: Arc<cards::Cards>,
    /// What the shop says of the fields navigation was asked for.
    pub(super) sites: Arc<navigation::Sites>,
}

impl Snapshot {
    /// The snapshot of a generation as it was built, without changes. The settings are checked already.
    pub(super) fn new(generation: Generation, embedder: Arc<StaticTable>, settings: EngineSettings) -> Self {
        Self {
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
        }
    }

    /// The generation behind the answers.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// The settings in force.
    pub fn settings(&self) -> &EngineSettings {
        &self.settings
    }

    /// Whether the embedder's vectors and the products' live in one space.
    pub(super) fn embeds_queries(&self) -> bool {
        self.generation.manifest.space == *self.embedder.space()
    }
}

/// Scores over the largest, so that the most popular product has 1.
fn relative(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().copied().fold(0.0, f32::max);
    scores.iter().map(|&score| if most > 0.0 { score / most } else { 0.0 }).collect()
}

pub(super) fn groups(generation: &Generation) -> Option<Groups> {
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

pub(super) fn brand_shares(generation: &Generation) -> Vec<f32> {
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
