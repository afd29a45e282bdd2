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
use crate::curation::{Applied, ProductSelection, RuleRequest, RuleRow};
use crate::engine::Snapshot;
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::product::is_within;
use crate::rank::Boosts;
use crate::recommend::{Reason, Recommendation, Request};
use crate::vector::dot;

/// Products looked through for each place of a row.
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

/// What may stand in a row, best first, under what the merchant says of it.
pub(in crate::engine) struct Choice {
    pub(in crate::engine) found: Vec<Recommendation>,
    rules: RowRules,
    /// Products the merchant puts at places, from 1.
    pins: Vec<(usize, Ordinal)>,
}

impl Choice {
    /// How many products there are to show.
    pub(in crate::engine) fn len(&self) -> usize {
        self.found.len() + self.pins.len()
    }
}

impl Snapshot {
    /// The products one recommender chooses for a row, arranged.
    pub(in crate::engine) fn fill(&self, asking: &Asking<'_>, row: &Row<'_>) -> Filled {
        self.choice(asking, row).map(|choice| self.arrange(&asking.seen, row, choice)).unwrap_or_default()
    }

    /// The products one recommender chooses for a row; nothing for a row of something else.
    pub(in crate::engine) fn choice(&self, asking: &Asking<'_>, row: &Row<'_>) -> Option<Choice> {
        let recommender = recommender(row.kind)?;
        self.choose(asking, row, |allowed, depth| {
            self.ask(asking, allowed, row.seeds, |context, request| {
                recommender.recommend(context, &Request { limit: depth, ..*request })
            })
        })
    }

    /// What `found_by` finds for a row among what may be shown, best first, at most so many; nothing where
    /// the row's category is none.
    pub(in crate::engine) fn choose(
        &self,
        asking: &Asking<'_>,
        row: &Row<'_>,
        found_by: impl FnOnce(&Bitmap, usize) -> Vec<Recommendation>,
    ) -> Option<Choice> {
        let rules = self.row_rules(asking, row);
        let mut allowed = Cow::Borrowed(asking.allowed(row.seeds));
        // What fills a category's own row looks in the category alone.
        let of_category = row.kind == PlacementKind::Categories;
        if let Some(category) = row.category.filter(|_| !of_category) {
            let products = self.filters.get(&under(category).ok()?, &self.generation.columns).ok()?;
            allowed.to_mut().and(&products);
        }
        if let Some(narrower) = self.narrowed(None, &rules.applied) {
            allowed.to_mut().and(&narrower);
        }
        let mut found = found_by(&allowed, row.limit.saturating_mul(DEPTH));
        for one in &mut found {
            one.score = rules.boosts.weighed(one.ordinal, one.score);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let placed = rules.applied.pins.iter().filter(|pin| pin.position <= row.limit);
        let known = placed.filter_map(|pin| Some((pin.position, self.generation.products.ordinal(&pin.id)?)));
        let lies_there = |ordinal| {
            let products = &self.generation.products;
            let within = |path| products.leaves(ordinal).iter().any(|&leaf| is_within(products.category(leaf), path));
            row.category.filter(|_| of_category).is_none_or(within)
        };
        let pins = known.filter(|&(_, ordinal)| allowed.contains(ordinal) && lies_there(ordinal)).collect();
        Some(Choice { found, rules, pins })
    }

    /// The row of what was chosen for it, beside what the page shows already.
    pub(in crate::engine) fn arrange(&self, shown: &[Ordinal], row: &Row<'_>, choice: Choice) -> Filled {
        let Choice { mut found, rules, mut pins } = choice;
        let view = self.generation.products.view();
        let mut page = Page::new(&rules.apart);
        for &shown in row.seeds.iter().chain(shown) {
            pins.retain(|&(_, pin)| !view.same_group(pin, shown));
            page.put(shown);
        }
        pins.iter().for_each(|&(_, pin)| page.put(pin));
        found.retain(|one| !pins.iter().any(|&(_, pin)| view.same_group(pin, one.ordinal)));
        let mut found = self.varied(found, &mut page, row.limit, self.diversity(row.kind));
        for (position, ordinal) in pins {
            let score = found.first().map_or(1.0, |first| first.score);
            let at = (position - 1).min(found.len());
            found.insert(at, Recommendation { ordinal, score, reason: Reason::Pinned });
        }
        found.truncate(row.limit);
        Filled { found, rules: rules.applied.rules }
    }

    /// What likeness takes from a product's value in a row; nothing where it shows what the shopper knows,
    /// in the order of time or need.
    fn diversity(&self, kind: PlacementKind) -> f32 {
        match kind {
            PlacementKind::RecentlyViewed | PlacementKind::BuyAgain => 0.0,
            _ => self.settings.recommend.diversity,
        }
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
        let asked = RuleRequest {
            query: "",
            words: &[],
            categories: &categories,
            row: Some(RuleRow { placement: row.name, products: &ids }),
            context: asking.circumstances.context.unwrap_or(&nowhere),
            now: asking.circumstances.now,
        };
        let applied = curation.rules.apply(&asked);
        let sides = applied.apart.iter().filter_map(|apart| {
            let side = |chosen: &ProductSelection| self.chosen(chosen.filter.as_deref(), &chosen.ids);
            Some(Apart { one: side(&apart.products)?, other: side(&apart.beside)? })
        });
        RowRules { apart: sides.collect(), boosts: self.boosts(&applied), applied }
    }

    /// The first `limit` that may stand together, each chosen by its score and how little it repeats.
    /// Likeness takes at most d from a value, so that only the next few can win a place: no others are
    /// compared with what is taken.
    fn varied(
        &self,
        found: Vec<Recommendation>,
        page: &mut Page<'_>,
        limit: usize,
        diversity: f32,
    ) -> Vec<Recommendation> {
        let vectors = &self.generation.vectors;
        let row = |ordinal| vectors.has_direction(ordinal).then(|| vectors.row(ordinal));
        let places = limit.saturating_mul(DEPTH).max(1) as f32;
        let relevance = |place: usize| (1.0 - diversity) * (1.0 - place as f32 / places);
        let left = |(place, one)| Left { one, relevance: relevance(place), nearest: 0.0, compared: 0 };
        let mut left: Vec<Left> = found.into_iter().enumerate().map(left).collect();
        let mut taken: Vec<Recommendation> = Vec::with_capacity(limit.min(left.len()));
        while taken.len() < limit {
            let mut best: Option<(f32, usize)> = None;
            for (at, candidate) in left.iter_mut().enumerate() {
                if best.is_some_and(|(value, _)| value >= candidate.relevance) {
                    break;
                }
                if !page.takes(candidate.one.ordinal) {
                    continue;
                }
                if let Some(own) = row(candidate.one.ordinal).filter(|_| diversity > 0.0) {
                    let others = taken[candidate.compared..].iter().filter_map(|one| row(one.ordinal));
                    candidate.nearest = others.map(|other| dot(own, other)).fold(candidate.nearest, f32::max);
                    candidate.compared = taken.len();
                }
                let value = candidate.relevance - diversity * candidate.nearest;
                if best.is_none_or(|(most, _)| value > most) {
                    best = Some((value, at));
                }
            }
            let Some((_, at)) = best else { break };
            let one = left.remove(at).one;
            page.put(one.ordinal);
            taken.push(one);
        }
        taken
    }
}

/// A product that may still be taken.
struct Left {
    one: Recommendation,
    /// Its value where nothing like it is taken.
    relevance: f32,
    /// The largest cosine to the first so many taken, 0 or more.
    nearest: f32,
    compared: usize,
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
