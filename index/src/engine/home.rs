//! The home page: rows ("shelves") chosen, ordered and titled for this shopper. Each candidate shelf draws its chance to
//! be clicked from the Beta distribution of its clicks so far (Thompson sampling, Chapelle and Li 2011), times its fit
//! to the shopper; shelves are taken greedily by `chance · (1 − overlap)`, where overlap is the share of its products
//! that the page shows already. What the shopper viewed lately is kept for the shelf of that name, if there is enough of it.

use rand_distr::{Beta, Distribution};
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::recommend::{FilledRow, Heading, Recommend, RecommendedItem, RowCandidates, RowReason, RowRequest};
use super::{Engine, RequestContext, Snapshot};
use crate::error::{Error, Result};
use crate::id::{CategoryNumber, Ordinal};
use crate::placement::PlacementKind;
use crate::product::last_level;
use crate::random::SplitMix64;
use crate::recommend::{CategoryReason, Recommendation};

/// The weight of a shelf's prior click rate, in impressions.
const PRIOR: f64 = 20.0;
/// The prior click rate of a category's shelf.
const CATEGORY: f64 = 0.1;
/// Categories considered, of each kind: to return to and to explore.
const CATEGORIES: usize = 4;
/// Products looked through for each place on a shelf.
const DEPTH: usize = 3;
/// The shelves that are no categories, each with its prior click rate: shelves of the shopper's own products come before
/// those of the shop. Chances are drawn in this order, so that changing it changes which page a seed gives.
const KINDS: [(PlacementKind, f64); 6] = [
    (PlacementKind::RecentlyViewed, 0.2),
    (PlacementKind::BuyAgain, 0.2),
    (PlacementKind::ForYou, 0.15),
    (PlacementKind::NewArrivals, 0.08),
    (PlacementKind::Trending, 0.08),
    (PlacementKind::Popular, 0.06),
];
/// The fewest products that make a shelf.
const FEWEST: usize = 3;
/// The fewest products that a shopper needs again that make a shelf: one is enough to open the page with.
const FEWEST_AGAIN: usize = 1;

/// A request for a home page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeQuery {
    /// Shelves, at most.
    pub shelves: usize,
    /// Items of a shelf, at most.
    pub items: usize,
    /// The seed of the drawn chances; the same seed gives the same page.
    pub seed: u64,
}

/// One row of the page.
#[derive(Debug, Serialize)]
pub struct Shelf {
    /// The kind of a placement, or `category`; events name it as their `placement` after `home/`.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// The category it shows, root first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The reason for it, as data.
    pub reason: ShelfReason,
    /// The reason for it, in words.
    pub because: String,
    /// The ids of the merchant's rules that applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Its items, best first.
    pub items: Vec<RecommendedItem>,
}

/// The reason for a shelf.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ShelfReason {
    /// Of a kind of placement.
    Row(RowReason),
    /// Of a category.
    Category(CategoryReason),
}

/// The content of a shelf.
#[derive(Clone, Copy)]
enum ShelfContent {
    Kind(PlacementKind),
    Category(CategoryNumber, CategoryReason<CategoryNumber>),
}

impl ShelfContent {
    /// The name of the shelf in the response.
    fn name(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.name(),
            Self::Category(..) => "category",
        }
    }

    /// The fewest products that make the shelf.
    fn fewest(self) -> usize {
        if matches!(self, Self::Kind(PlacementKind::BuyAgain)) { FEWEST_AGAIN } else { FEWEST }
    }

    /// The name of the shelf in rules and events.
    fn placement(self) -> String {
        format!("home/{}", self.name())
    }

    fn row<'a>(self, snapshot: &'a Snapshot, name: &'a str, query: &HomeQuery) -> RowRequest<'a> {
        let (kind, category) = match self {
            Self::Kind(kind) => (kind, None),
            Self::Category(category, _) => {
                (PlacementKind::Categories, Some(snapshot.generation.products.category(category)))
            }
        };
        RowRequest { kind, name, seeds: &[], category, limit: query.items }
    }
}

/// A shelf that may be taken.
struct ShelfCandidate {
    content: ShelfContent,
    /// The fit to the shopper, 0 to 1, times the drawn chance to be clicked, times, once products are chosen, the
    /// share of its places that they fill.
    chance: f32,
    products: Option<RowCandidates>,
}

/// The products that the page shows so far.
#[derive(Default)]
struct ShownProducts {
    ordinals: Vec<Ordinal>,
    /// The groups of variants that they belong to.
    groups: FxHashSet<(bool, u32)>,
}

impl Engine {
    /// The shelves of the home page for a shopper, the best first.
    ///
    /// # Errors
    /// [`Error::Invalid`] past a limit; [`Error::Filter`] when the filter does not parse.
    pub fn home(
        &self,
        query: &HomeQuery,
        filter: Option<&str>,
        request_context: &RequestContext<'_>,
    ) -> Result<Vec<Shelf>> {
        Home::new(&self.0, query, filter, request_context)?.shelves()
    }
}

/// One request for a home page over a snapshot.
struct Home<'a> {
    recommend: Recommend<'a>,
    query: &'a HomeQuery,
    /// The candidates of the shopper's history, from which several shelves choose.
    personal: Vec<Recommendation>,
}

impl<'a> Home<'a> {
    /// Checks the request against the limits.
    fn new(
        snapshot: &'a Snapshot,
        query: &'a HomeQuery,
        filter: Option<&str>,
        request_context: &'a RequestContext<'a>,
    ) -> Result<Self> {
        let limits = &snapshot.settings.limits;
        for (field, asked, limit) in
            [("shelves", query.shelves, limits.placements), ("items", query.items, limits.placement_items)]
        {
            if asked > limit {
                return Err(Error::invalid(field, format!("{asked} is more than the limit of {limit}")));
            }
        }
        let recommend = Recommend::new(snapshot, filter, request_context)?;
        let personal = recommend.personal_candidates(query.items * DEPTH);
        Ok(Self { recommend, query, personal })
    }

    fn shelves(&self) -> Result<Vec<Shelf>> {
        let (snapshot, query) = (self.recommend.snapshot, self.query);
        let view = snapshot.generation.products.view();
        let viewed = self.products(ShelfContent::Kind(PlacementKind::RecentlyViewed));
        let viewed = viewed.iter().flat_map(|(_, row)| row.products.iter().take(query.items));
        let kept: FxHashSet<(bool, u32)> = viewed.map(|one| view.variant_key(one.ordinal)).collect();
        let mut candidates = self.shelf_candidates();
        let mut shown = ShownProducts::default();
        let mut shelves = Vec::with_capacity(query.shelves);
        while shelves.len() < query.shelves {
            self.recommend.page.request_context.deadline.check()?;
            let Some((content, mut products)) = self.take_best(&mut candidates, &shown) else { break };
            let is_own = matches!(content, ShelfContent::Kind(PlacementKind::RecentlyViewed));
            let is_free = |key| !shown.groups.contains(&key) && (is_own || !kept.contains(&key));
            products.products.retain(|one| is_free(view.variant_key(one.ordinal)));
            let name = content.placement();
            let filled = self.recommend.arrange(&shown.ordinals, &content.row(snapshot, &name, query), products);
            if filled.products.len() >= content.fewest().min(query.items) {
                shown.groups.extend(filled.products.iter().map(|one| view.variant_key(one.ordinal)));
                shown.ordinals.extend(filled.products.iter().map(|one| one.ordinal));
                shelves.push(self.shelf(content, filled)?);
            }
        }
        Ok(shelves)
    }

    /// Every possible shelf, with its drawn chance.
    fn shelf_candidates(&self) -> Vec<ShelfCandidate> {
        let placements = &self.recommend.snapshot.generation.behaviour.placements;
        let mut random = SplitMix64::new(self.query.seed);
        let mut draw = |content: ShelfContent, prior: f64, fit: f32| {
            let counts = placements.of(&content.placement());
            let clicked = f64::from(counts.clicked);
            let ignored = f64::from(counts.shown.saturating_sub(counts.clicked));
            let (successes, failures) = (PRIOR * prior + clicked, PRIOR * (1.0 - prior) + ignored);
            let drawn = Beta::new(successes, failures).map_or(prior, |beta| beta.sample(&mut random));
            ShelfCandidate { content, chance: fit * drawn as f32, products: None }
        };
        let kinds = KINDS.map(|(kind, prior)| draw(ShelfContent::Kind(kind), prior, 1.0));
        let mut candidates: Vec<ShelfCandidate> = kinds.into();
        let (back, explore) = self.recommend.category_picks(CATEGORIES);
        let shares = back.iter().chain(&explore).map(|pick| pick.share);
        let most = shares.fold(f32::MIN_POSITIVE, f32::max);
        for pick in back.into_iter().chain(explore) {
            let content = ShelfContent::Category(pick.category, pick.reason);
            candidates.push(draw(content, CATEGORY, (pick.share / most).sqrt()));
        }
        candidates
    }

    /// Takes out the shelf of the highest value, given the products that the page shows. A shelf's value is at most its
    /// chance, so products are chosen only for a shelf whose chance is above every known value.
    fn take_best(
        &self,
        candidates: &mut Vec<ShelfCandidate>,
        page: &ShownProducts,
    ) -> Option<(ShelfContent, RowCandidates)> {
        let view = self.recommend.snapshot.generation.products.view();
        let value = |shelf: &ShelfCandidate| {
            let Some(row) = &shelf.products else { return shelf.chance };
            let is_shown = |one: &&Recommendation| page.groups.contains(&view.variant_key(one.ordinal));
            let shown = row.products.iter().filter(is_shown).count();
            shelf.chance * (1.0 - shown as f32 / row.products.len().max(1) as f32)
        };
        loop {
            let values = candidates.iter().enumerate().map(|(at, shelf)| (value(shelf), at));
            let (_, at) = values.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
            let ShelfCandidate { content, chance, products } = candidates.remove(at);
            match products {
                Some(products) => return Some((content, products)),
                None => candidates.extend(self.products(content).map(|(filled, products)| ShelfCandidate {
                    content,
                    chance: chance * filled,
                    products: Some(products),
                })),
            }
        }
    }

    /// The share of a shelf's places that its products fill, 0 to 1, and the products; none if they are too few.
    fn products(&self, content: ShelfContent) -> Option<(f32, RowCandidates)> {
        let (query, name) = (self.query, content.placement());
        let row = content.row(self.recommend.snapshot, &name, query);
        let mut candidates = match content {
            ShelfContent::Kind(PlacementKind::ForYou) => self.recommend.candidates_by(&row, |allowed, depth| {
                self.personal.iter().filter(|one| allowed.contains(one.ordinal)).take(depth).copied().collect()
            }),
            ShelfContent::Kind(_) => self.recommend.candidates(&row),
            ShelfContent::Category(category, _) => self.recommend.of_category(category, &self.personal, &row),
        }?;
        if !matches!(content, ShelfContent::Kind(PlacementKind::Popular) | ShelfContent::Category(..)) {
            // Popular products have a shelf of their own.
            candidates.products.retain(|one| !one.reason.is_for_everybody());
        }
        let filled = candidates.len().min(query.items) as f32 / query.items.max(1) as f32;
        // A short shelf of what is needed again is as good as a full one.
        let filled = if content.fewest() == FEWEST_AGAIN { 1.0 } else { filled };
        (candidates.len() >= content.fewest().min(query.items)).then_some((filled, candidates))
    }

    fn shelf(&self, content: ShelfContent, filled: FilledRow) -> Result<Shelf> {
        let FilledRow { products, rules } = filled;
        let recommend = &self.recommend;
        let (category, title, reason, because) = match content {
            ShelfContent::Kind(kind) => {
                let Heading { title, reason, because } = recommend.heading(kind, &[], &products);
                (None, title, ShelfReason::Row(reason), because)
            }
            ShelfContent::Category(category, reason) => {
                let path = recommend.snapshot.generation.products.category(category);
                let reason = recommend.named_category(reason);
                let because = reason.sentence(&recommend.texts);
                (Some(path.to_owned()), last_level(path).to_owned(), ShelfReason::Category(reason), because)
            }
        };
        let items = products.into_iter().map(|one| recommend.item(one)).collect::<Result<_>>()?;
        Ok(Shelf { name: content.name().to_owned(), title, category, reason, because, rules, items })
    }
}
