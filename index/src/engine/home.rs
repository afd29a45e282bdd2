//! The home page: rows ("shelves") chosen, ordered and named for this shopper.
//! Each candidate shelf draws its chance to be clicked from a Beta distribution
//! of how it did so far (Thompson sampling, Chapelle and Li 2011), times how well
//! it fits the shopper; shelves are taken greedily by `chance · (1 − overlap)`,
//! overlap being the share of its products that stand on the page already.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Beta, Distribution};
use serde::Serialize;

use super::recommend::{Asking, PlacementKind, RecommendedItem};
use super::{Engine, Shopper};
use crate::error::{Error, Result};
use crate::product::CATEGORY_SEPARATOR;
use crate::recommend::{Categories, CategoryPick, CategoryReason, Reason, Recommendation};

/// How many times a shelf counts as shown before anybody saw it.
const PRIOR: f64 = 20.0;
/// How often a category's shelf is clicked, until more is known.
const CATEGORY: f64 = 0.1;
/// Categories considered, of each kind: to return to and to explore.
const CATEGORIES: usize = 4;
/// Products looked through for each place on a shelf.
const DEPTH: usize = 3;
/// Products that a history speaks for, looked through for category shelves.
const OWN: usize = 200;
/// The rows beside categories, each with how often it is clicked until more is known: what the shopper
/// began comes before what the shop has to say.
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

/// What a home page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeQuery {
    /// Shelves, at most.
    pub shelves: usize,
    /// Items of a shelf, at most.
    pub items: usize,
    /// Decides what is explored; the same seed, the same page.
    pub seed: u64,
}

/// One row of the page.
#[derive(Debug, Serialize)]
pub struct Shelf {
    /// What it is: the kind of a placement, or `category`; events name it as their `placement` after `home/`.
    pub name: String,
    /// What stands above it.
    pub title: String,
    /// The category it shows, root first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Why this category, as data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<CategoryReason>,
    /// Why, in words.
    pub because: String,
    /// Its items, best first.
    pub items: Vec<RecommendedItem>,
}

/// A shelf that may be chosen.
struct Offered {
    name: &'static str,
    category: Option<(u32, CategoryReason<u32>)>,
    /// How often it is clicked until more is known.
    prior: f64,
    /// How well it fits the shopper, 0 to 1; times the drawn chance in the end.
    chance: f32,
    found: Vec<Recommendation>,
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
        shopper: Option<&Shopper>,
        now_ms: i64,
    ) -> Result<Vec<Shelf>> {
        let limits = &self.settings.limits;
        for (field, asked, limit) in
            [("shelves", query.shelves, limits.placements), ("items", query.items, limits.placement_items)]
        {
            if asked > limit {
                return Err(Error::invalid(field, format!("{asked} is more than the limit of {limit}")));
            }
        }
        let asking = self.asking(filter, shopper, now_ms)?;
        let mut offered = self.offered(&asking, query);
        let view = self.generation.products.view();
        let mut page: HashSet<(bool, u32)> = HashSet::new();
        let mut shelves = Vec::with_capacity(query.shelves);
        while shelves.len() < query.shelves {
            let value = |shelf: &Offered| {
                let shown = shelf.found.iter().filter(|one| page.contains(&view.variant_key(one.ordinal))).count();
                shelf.chance * (1.0 - shown as f32 / shelf.found.len().max(1) as f32)
            };
            let best = offered.iter().enumerate().map(|(at, shelf)| (value(shelf), at));
            let Some((_, at)) = best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))) else { break };
            let mut shelf = offered.remove(at);
            shelf.found.retain(|one| !page.contains(&view.variant_key(one.ordinal)));
            shelf.found.truncate(query.items);
            if shelf.found.len() >= FEWEST.min(query.items) {
                page.extend(shelf.found.iter().map(|one| view.variant_key(one.ordinal)));
                shelves.push(self.shelf(shelf)?);
            }
        }
        Ok(shelves)
    }

    /// Every shelf that has something to say, with its drawn chance.
    fn offered(&self, asking: &Asking, query: &HomeQuery) -> Vec<Offered> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(query.seed);
        let depth = query.items * DEPTH;
        let mut offered = Vec::new();
        let mut own = self.fill(asking, PlacementKind::ForYou, &[], OWN.max(depth));
        own.retain(|one| one.reason != Reason::Popular);
        for (kind, prior) in KINDS {
            let mut found = match kind {
                PlacementKind::ForYou => own[..own.len().min(depth)].to_vec(),
                kind => self.fill(asking, kind, &[], depth),
            };
            if kind != PlacementKind::Popular {
                // What is popular has a shelf of its own.
                found.retain(|one| one.reason != Reason::Popular);
            }
            offered.push(Offered { name: kind.name(), category: None, prior, chance: 1.0, found });
        }
        let picks = self
            .ask(asking, &[], |context, request| Categories::default().pick(context, request, &self.category_shares));
        let most = picks.iter().map(|pick| pick.share).fold(f32::MIN_POSITIVE, f32::max);
        let (back, explore): (Vec<CategoryPick>, Vec<CategoryPick>) =
            picks.into_iter().partition(|pick| matches!(pick.reason, CategoryReason::Return { .. }));
        for pick in back.into_iter().take(CATEGORIES).chain(explore.into_iter().take(CATEGORIES)) {
            let found = self.of_category(asking, pick.category, &own, depth);
            let chance = (pick.share / most).sqrt();
            let (category, prior) = (Some((pick.category, pick.reason)), CATEGORY);
            offered.push(Offered { name: "category", category, prior, chance, found });
        }
        offered.retain(|shelf| shelf.found.len() >= FEWEST.min(query.items));
        for shelf in &mut offered {
            let counts = self.generation.behaviour.placements.of(&format!("home/{}", shelf.name));
            let (clicked, passed) = (f64::from(counts.clicked), f64::from(counts.shown.saturating_sub(counts.clicked)));
            let (for_it, against) = (PRIOR * shelf.prior + clicked, PRIOR * (1.0 - shelf.prior) + passed);
            let drawn = Beta::new(for_it, against).map_or(shelf.prior, |beta| beta.sample(&mut random));
            let filled = shelf.found.len().min(query.items) as f32 / query.items.max(1) as f32;
            shelf.chance *= drawn as f32 * filled;
        }
        offered
    }

    /// What this shopper may want of a category: what the history says of it, then what many want of it.
    fn of_category(&self, asking: &Asking, category: u32, own: &[Recommendation], depth: usize) -> Vec<Recommendation> {
        let lies_in = |one: &&Recommendation| self.generation.products.leaves(one.ordinal).contains(&category);
        let new = |one: &&Recommendation| asking.is_new(one.ordinal);
        let mut found: Vec<Recommendation> = own.iter().filter(lies_in).filter(new).cloned().collect();
        let reason = Reason::SameCategory { category: self.generation.products.category(category).to_owned() };
        let mut score = found.last().map_or(1.0, |last| last.score);
        for (ordinal, _) in self.generation.behaviour.categories.popular.row(category) {
            if asking.is_new(ordinal) {
                score = score.next_down();
                found.push(Recommendation { ordinal, score, reason: reason.clone() });
            }
        }
        let (mut seen, view) = (HashSet::new(), self.generation.products.view());
        found.retain(|one| seen.insert(view.variant_key(one.ordinal)));
        found.truncate(depth);
        found
    }

    fn shelf(&self, offered: Offered) -> Result<Shelf> {
        let name = |category: u32| self.generation.products.category(category).to_owned();
        let category = offered.category.map(|(category, _)| name(category));
        let reason = offered.category.map(|(_, reason)| reason.named(&name));
        let leaf = category.as_deref().and_then(|path| path.rsplit(CATEGORY_SEPARATOR).next());
        let (title, because) = match (&reason, offered.name) {
            (Some(reason), _) => (leaf.unwrap_or_default().to_owned(), reason.to_string()),
            (None, "recently-viewed") => ("Viewed lately".to_owned(), "you looked at these".to_owned()),
            (None, "buy-again") => ("Buy again".to_owned(), "you bought these and may need them again".to_owned()),
            (None, "for-you") => ("For you".to_owned(), "because of what you looked at and bought".to_owned()),
            (None, "new-arrivals") => ("New".to_owned(), "new in the shop".to_owned()),
            (None, "trending") => ("On the rise".to_owned(), "more wanted now than before".to_owned()),
            (None, _) => ("Popular".to_owned(), "popular with all shoppers".to_owned()),
        };
        let items = offered.found.into_iter().map(|one| self.item(one));
        let items = items.collect::<Result<_>>()?;
        Ok(Shelf { name: offered.name.to_owned(), title, category, reason, because, items })
    }
}
