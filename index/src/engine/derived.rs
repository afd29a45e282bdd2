//! Everything computed from a generation when it is opened, once, so that answering only reads it. [`Derived::new`]
//! is the only constructor and [`Derived::after`] holds the rule of each field for a changed snapshot; both name
//! every field, so that a new one without a rule does not compile.

use std::sync::Arc;

use super::category_names::CategoryNames;
use super::nearest::NearestWords;
use crate::behaviour::NO_GROUP;
use crate::column::{CATEGORY, Groups};
use crate::generation::Generation;
use crate::id::Ordinal;

/// The count each product adds to its category before any event, a view being 1.
const BASE_COUNT: f64 = 0.1;

/// The difference between a snapshot and the one before it.
pub(super) struct SnapshotChange<'a> {
    /// The generation with the changed products.
    pub(super) generation: &'a Generation,
    /// The number of products before.
    pub(super) products_before: usize,
    /// The names of the columns in which a product has another value now.
    pub(super) fields: Vec<Arc<str>>,
    /// True if a product got another vector.
    pub(super) vectors: bool,
    /// True if a product joined or left a group of variants.
    pub(super) groups: bool,
}

impl SnapshotChange<'_> {
    /// True if the catalogue has more products than before.
    pub(super) fn adds_products(&self) -> bool {
        self.generation.products.len() > self.products_before
    }

    /// True if a product has another value in a column.
    pub(super) fn touches(&self, field: &str) -> bool {
        self.fields.iter().any(|name| &**name == field)
    }
}

/// Values derived from a generation. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Derived {
    /// The variants of each product; none if no product has any. Computed again when a product changes its group.
    pub(super) groups: Option<Arc<Groups>>,
    /// Popularity by ordinal, logarithmic, 0 to 1. Events count from the next reindex on, so a new product has 0.
    pub(super) popularity: Arc<[f32]>,
    /// The mean of all vectors of the generation, whatever changes.
    pub(super) mean: Arc<[f32]>,
    /// The median weight of the `next` table, which is the unit of its weights; that of the generation.
    pub(super) neighbour_unit: f32,
    /// Share of all purchases by brand number. Computed again when a product changes its brand, since numbers move.
    pub(super) brand_shares: Arc<[f32]>,
    /// Share of the shop's demand by leaf category number; that of the generation.
    pub(super) category_shares: Arc<[f32]>,
    /// The words of the generation with their vectors; those of later products come with the next reindex.
    pub(super) nearest: Arc<NearestWords>,
    /// The names of the categories. Computed again when a product changes its categories.
    pub(super) category_names: Arc<CategoryNames>,
}

impl Derived {
    /// Computes everything from a generation as it was built.
    pub(super) fn new(generation: &Generation) -> Self {
        Self {
            groups: groups(generation),
            popularity: relative(generation.behaviour.popularity.scores()).into(),
            mean: mean_vector(generation).into(),
            neighbour_unit: median_weight(generation),
            brand_shares: brand_shares(generation).into(),
            category_shares: category_shares(generation).into(),
            nearest: Arc::default(),
            category_names: CategoryNames::new(generation).into(),
        }
    }

    /// The values of a changed snapshot.
    pub(super) fn after(&self, change: &SnapshotChange<'_>) -> Self {
        let Self { groups: old_groups, popularity, mean, neighbour_unit, .. } = self;
        let Self { brand_shares: old_shares, category_shares, nearest, category_names, .. } = self;
        let added = change.generation.products.len().saturating_sub(change.products_before);
        Self {
            groups: if change.groups { groups(change.generation) } else { old_groups.clone() },
            popularity: match added {
                0 => popularity.clone(),
                added => popularity.iter().copied().chain(std::iter::repeat_n(0.0, added)).collect(),
            },
            mean: mean.clone(),
            neighbour_unit: *neighbour_unit,
            brand_shares: match change.touches("brand") {
                true => brand_shares(change.generation).into(),
                false => old_shares.clone(),
            },
            category_shares: category_shares.clone(),
            nearest: Arc::clone(nearest),
            category_names: match change.touches(CATEGORY) {
                true => CategoryNames::new(change.generation).into(),
                false => category_names.clone(),
            },
        }
    }
}

/// Scores divided by the largest, so that the most popular product has 1.
fn relative(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().copied().fold(0.0, f32::max);
    scores.iter().map(|&score| if most > 0.0 { score / most } else { 0.0 }).collect()
}

fn groups(generation: &Generation) -> Option<Arc<Groups>> {
    let view = generation.products.view();
    let number = |ordinal| Some(view.group(ordinal)).filter(|&group| group != NO_GROUP);
    let ordinals = Ordinal::all(generation.products.len());
    Groups::with_apart(ordinals.map(number), generation.products.apart()).map(Arc::new)
}

fn mean_vector(generation: &Generation) -> Vec<f32> {
    let vectors = &generation.vectors.vectors;
    let mut sum = vec![0f64; vectors.dimensions()];
    let mut count = 0.0;
    for ordinal in Ordinal::all(vectors.len()) {
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
        Ordinal::all(next.rows()).flat_map(|row| next.row(row).map(|(_, weight)| weight)).collect();
    let middle = weights.len() / 2;
    if weights.is_empty() { 1.0 } else { *weights.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

/// Each leaf category's share of all interactions, weighted as popularity weighs them: purchases count most. Every
/// product adds [`BASE_COUNT`], so that shares are defined in a shop without events.
fn category_shares(generation: &Generation) -> Vec<f32> {
    let view = generation.products.view();
    let mut demand = vec![0f64; view.categories()];
    for (ordinal, &score) in Ordinal::enumerate(generation.behaviour.popularity.scores()) {
        let leaves = view.leaves(ordinal);
        let share = (f64::from(score).exp_m1() + BASE_COUNT) / leaves.len().max(1) as f64;
        leaves.iter().for_each(|&leaf| demand[leaf.index()] += share);
    }
    let all: f64 = demand.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    demand.into_iter().map(|demand| (demand / all) as f32).collect()
}

fn brand_shares(generation: &Generation) -> Vec<f32> {
    let Some(brands) = generation.columns.keyword("brand").map(|brands| brands.view()) else { return Vec::new() };
    let mut counts = vec![0u64; brands.distinct()];
    let mut all = 0u64;
    for (ordinal, &purchases) in Ordinal::enumerate(generation.behaviour.popularity.purchases()) {
        for &brand in brands.values(ordinal) {
            counts[brand.index()] += u64::from(purchases);
            all += u64::from(purchases);
        }
    }
    counts.into_iter().map(|count| count as f32 / all.max(1) as f32).collect()
}
