//! One row as it is shown: what the recommender chose, under what the merchant
//! says of the row, and not all of one kind. Rules narrow what may stand in it,
//! multiply scores, keep products apart and put others at places. Then products
//! are taken one by one by maximal marginal relevance (Carbonell and Goldstein
//! 1998): `(1 − d) · (1 − place / places) − d · the largest cosine to one taken`,
//! with the places that scores give and d = [`super::RecommendSettings::diversity`]:
//! places, since scores of different recommenders lie differently far apart.

use std::borrow::Cow;
use std::sync::Arc;

use super::asking::{Asking, under};
use super::kind::recommender;
use crate::bitmap::Bitmap;
use crate::curation::{Applied, Asked, AskedRow, Chosen};
use crate::engine::Engine;
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::rank::Boosts;
use crate::recommend::{Reason, Recommendation, Request};
use crate::vector::dot;

/// Products looked through for each place of a row that is arranged.
const DEPTH: usize = 3;

/// A row to fill.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Row<'a> {
    pub(in crate::engine) kind: PlacementKind,
    /// What rules and events call it.
    pub(in crate::engine) name: &'a str,
    /// The products it is about.
    pub(in crate::engine) seeds: &'a [Ordinal],
    /// The category it is narrowed to, with everything below it.
    pub(in crate::engine) category: Option<&'a str>,
    pub(in crate::engine) limit: usize,
}

/// What stands in a row.
#[derive(Debug, Default)]
pub(in crate::engine) struct Filled {
    pub(in crate::engine) found: Vec<Recommendation>,
    /// The rules that had a say.
    pub(in crate::engine) rules: Vec<String>,
}

/// What rules come to for one row.
#[derive(Default)]
struct RowRules {
    applied: Applied,
    boosts: Boosts,
    apart: Vec<Apart>,
}

/// Two sets of which a page shows products of one.
struct Apart {
    one: Arc<Bitmap>,
    other: Arc<Bitmap>,
}

impl Engine {
    /// The products one recommender chooses for a row, arranged.
    pub(in crate::engine) fn fill(&self, asking: &Asking<'_>, row: &Row<'_>) -> Filled {
        let Some(recommender) = recommender(row.kind) else { return Filled::default() };
        self.arranged(asking, row, |allowed, depth| {
            self.ask(asking, allowed, row.seeds, |context, request| {
                recommender.recommend(context, &Request { limit: depth, ..*request })
            })
        })
    }

    /// A row of what `choose` finds among what may be shown, best first, at most so many.
    pub(in crate::engine) fn arranged(
        &self,
        asking: &Asking<'_>,
        row: &Row<'_>,
        choose: impl FnOnce(&Bitmap, usize) -> Vec<Recommendation>,
    ) -> Filled {
        let rules = self.row_rules(asking, row);
        let mut allowed = Cow::Borrowed(asking.allowed(row.seeds));
        if let Some(category) = row.category {
            match under(category).and_then(|filter| self.filters.get(&filter, &self.generation.columns)) {
                Ok(products) => allowed.to_mut().and(&products),
                Err(_) => return Filled::default(),
            }
        }
        if let Some(narrower) = self.narrowed(None, &rules.applied) {
            allowed.to_mut().and(&narrower);
        }
        let diversity = if is_a_history(row.kind) { 0.0 } else { self.settings.recommend.diversity };
        let plain = diversity == 0.0 && rules.boosts.is_empty() && rules.apart.is_empty();
        let mut found = choose(&allowed, if plain { row.limit } else { row.limit.saturating_mul(DEPTH) });
        for one in &mut found {
            one.score = rules.boosts.weighed(one.ordinal, one.score);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let pinned = self.pinned(asking, row, &rules.applied, &allowed);
        let view = self.generation.products.view();
        let is_pinned = |one: &Recommendation| pinned.iter().any(|(_, pin)| view.same_group(*pin, one.ordinal));
        found.retain(|one| !is_pinned(one));
        let mut page = Page::new(&rules.apart);
        row.seeds.iter().chain(&asking.seen).chain(pinned.iter().map(|(_, pin)| pin)).for_each(|&on| page.put(on));
        let mut found = self.varied(found, &mut page, row.limit, diversity);
        for (position, ordinal) in pinned {
            let score = found.first().map_or(1.0, |first| first.score);
            let at = (position - 1).min(found.len());
            found.insert(at, Recommendation { ordinal, score, reason: Reason::Pinned });
        }
        found.truncate(row.limit);
        Filled { found, rules: rules.applied.rules }
    }

    /// What the merchant says of a row.
    fn row_rules(&self, asking: &Asking<'_>, row: &Row<'_>) -> RowRules {
        let Some(curation) = asking.curation() else { return RowRules::default() };
        let products = &self.generation.products;
        let ids: Vec<&str> = row.seeds.iter().map(|&seed| products.id(seed)).collect();
        let leaves = row.seeds.iter().flat_map(|&seed| products.leaves(seed));
        let mut categories: Vec<String> = leaves.map(|&leaf| products.category(leaf).to_owned()).collect();
        categories.extend(row.category.map(str::to_owned));
        let nowhere = Default::default();
        let asked = Asked {
            query: "",
            words: &[],
            categories: &categories,
            row: Some(AskedRow { placement: row.name, products: &ids }),
            context: asking.circumstances.context.unwrap_or(&nowhere),
            now: asking.circumstances.now,
        };
        let applied = curation.rules.apply(&asked);
        let sides = applied.apart.iter().filter_map(|apart| {
            let side = |chosen: &Chosen| self.chosen(chosen.filter.as_deref(), &chosen.ids);
            Some(Apart { one: side(&apart.products)?, other: side(&apart.beside)? })
        });
        RowRules { apart: sides.collect(), boosts: self.boosts(&applied), applied }
    }

    /// Pinned products by place that may be shown and do not stand on the page yet.
    fn pinned(&self, asking: &Asking<'_>, row: &Row<'_>, rules: &Applied, allowed: &Bitmap) -> Vec<(usize, Ordinal)> {
        let view = self.generation.products.view();
        let there = |ordinal: Ordinal| {
            row.seeds.iter().chain(&asking.seen).any(|&other| view.same_group(ordinal, other))
                || !allowed.contains(ordinal)
        };
        let placed = rules.pins.iter().filter(|pin| pin.position <= row.limit);
        let known = placed.filter_map(|pin| Some((pin.position, self.generation.products.ordinal(&pin.id)?)));
        known.filter(|&(_, ordinal)| !there(ordinal)).collect()
    }

    /// The first `limit` that may stand together, each chosen by its score and how little it repeats.
    fn varied(
        &self,
        mut found: Vec<Recommendation>,
        page: &mut Page<'_>,
        limit: usize,
        diversity: f32,
    ) -> Vec<Recommendation> {
        let vectors = &self.generation.vectors;
        let row = |ordinal| vectors.has_direction(ordinal).then(|| vectors.row(ordinal));
        let places = limit.saturating_mul(DEPTH).max(1) as f32;
        let mut relevance: Vec<f32> = (0..found.len()).map(|place| 1.0 - place as f32 / places).collect();
        let mut nearest = vec![0f32; found.len()];
        let mut taken = Vec::with_capacity(limit.min(found.len()));
        while taken.len() < limit {
            let value = |at: usize| (1.0 - diversity) * relevance[at] - diversity * nearest[at];
            let fits = (0..found.len()).filter(|&at| page.takes(found[at].ordinal));
            let Some(at) = fits.max_by(|&a, &b| value(a).total_cmp(&value(b)).then(b.cmp(&a))) else { break };
            let one = found.remove(at);
            relevance.remove(at);
            nearest.remove(at);
            page.put(one.ordinal);
            if let Some(chosen) = row(one.ordinal).filter(|_| diversity > 0.0) {
                for (nearest, other) in nearest.iter_mut().zip(&found) {
                    *nearest = row(other.ordinal).map_or(*nearest, |other| nearest.max(dot(chosen, other)));
                }
            }
            taken.push(one);
        }
        taken
    }
}

/// Whether a row shows what the shopper knows, in the order of time or need.
fn is_a_history(kind: PlacementKind) -> bool {
    matches!(kind, PlacementKind::RecentlyViewed | PlacementKind::BuyAgain)
}

/// Which sides of products that are kept apart stand on a page.
struct Page<'a> {
    apart: &'a [Apart],
    stand: Vec<(bool, bool)>,
}

impl<'a> Page<'a> {
    fn new(apart: &'a [Apart]) -> Self {
        Self { apart, stand: vec![(false, false); apart.len()] }
    }

    fn put(&mut self, product: Ordinal) {
        for (stand, Apart { one, other }) in self.stand.iter_mut().zip(self.apart) {
            stand.0 |= one.contains(product);
            stand.1 |= other.contains(product);
        }
    }

    /// Whether a product may stand beside all that does.
    fn takes(&self, product: Ordinal) -> bool {
        let clash = |(stand, apart): (&(bool, bool), &Apart)| {
            (stand.0 && apart.other.contains(product)) || (stand.1 && apart.one.contains(product))
        };
        !self.stand.iter().zip(self.apart).any(clash)
    }
}
