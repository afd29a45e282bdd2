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

use super::recommend::{Asking, Filled, Heading, RecommendedItem, Row, RowReason};
use super::{Circumstances, Engine};
use crate::error::{Error, Result};
use crate::placement::PlacementKind;
use crate::product::last_level;
use crate::recommend::{CategoryReason, Recommendation};

/// How many times a shelf counts as shown before anybody saw it.
const PRIOR: f64 = 20.0;
/// How often a category's shelf is clicked, until more is known.
const CATEGORY: f64 = 0.1;
/// Categories considered, of each kind: to return to and to explore.
const CATEGORIES: usize = 4;
/// Products looked through for each place on a shelf.
const DEPTH: usize = 3;
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
    /// Why, as data.
    pub reason: ShelfReason,
    /// Why, in words.
    pub because: String,
    /// The merchant's rules that had a say, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Its items, best first.
    pub items: Vec<RecommendedItem>,
}

/// Why a shelf is on the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ShelfReason {
    /// Of a kind of placement.
    Row(RowReason),
    /// Of a category.
    Category(CategoryReason),
}

/// What a shelf shows.
#[derive(Clone, Copy)]
enum Of {
    Kind(PlacementKind),
    Category(u32, CategoryReason<u32>),
}

impl Of {
    /// What the shelf is called on the page.
    fn name(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.name(),
            Self::Category(..) => "category",
        }
    }

    /// What rules and events call it.
    fn placement(self) -> String {
        format!("home/{}", self.name())
    }
}

/// A shelf that may be chosen.
struct Offered {
    of: Of,
    /// How often it is clicked until more is known.
    prior: f64,
    /// How well it fits the shopper, 0 to 1; times the drawn chance in the end.
    chance: f32,
    found: Vec<Recommendation>,
    rules: Vec<String>,
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
        circumstances: &Circumstances<'_>,
    ) -> Result<Vec<Shelf>> {
        let limits = &self.settings.limits;
        for (field, asked, limit) in
            [("shelves", query.shelves, limits.placements), ("items", query.items, limits.placement_items)]
        {
            if asked > limit {
                return Err(Error::invalid(field, format!("{asked} is more than the limit of {limit}")));
            }
        }
        let asking = self.asking(filter, circumstances)?;
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
                shelves.push(self.shelf(&asking, shelf)?);
            }
        }
        Ok(shelves)
    }

    /// Every shelf that has something to say, with its drawn chance.
    fn offered(&self, asking: &Asking<'_>, query: &HomeQuery) -> Vec<Offered> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(query.seed);
        let depth = query.items * DEPTH;
        let mut offered = Vec::new();
        let own = self.own(asking, depth);
        for (kind, prior) in KINDS {
            let of = Of::Kind(kind);
            let name = of.placement();
            let row = Row { kind, name: &name, seeds: &[], category: None, limit: depth };
            let Filled { mut found, rules } = match kind {
                PlacementKind::ForYou => self.arranged(asking, &row, |allowed, depth| {
                    own.iter().filter(|one| allowed.contains(one.ordinal)).take(depth).cloned().collect()
                }),
                _ => self.fill(asking, &row),
            };
            if kind != PlacementKind::Popular {
                // What is popular has a shelf of its own.
                found.retain(|one| !one.reason.is_for_everybody());
            }
            offered.push(Offered { of, prior, chance: 1.0, found, rules });
        }
        let (back, explore) = self.picks(asking);
        let shares = back.iter().chain(&explore).map(|pick| pick.share);
        let most = shares.fold(f32::MIN_POSITIVE, f32::max);
        for pick in back.into_iter().take(CATEGORIES).chain(explore.into_iter().take(CATEGORIES)) {
            let (kind, of) = (PlacementKind::Categories, Of::Category(pick.category, pick.reason));
            let name = of.placement();
            let row = Row { kind, name: &name, seeds: &[], category: None, limit: depth };
            let Filled { found, rules } = self.of_category(asking, pick.category, &own, &row);
            let chance = (pick.share / most).sqrt();
            offered.push(Offered { of, prior: CATEGORY, chance, found, rules });
        }
        offered.retain(|shelf| shelf.found.len() >= FEWEST.min(query.items));
        for shelf in &mut offered {
            let counts = self.generation.behaviour.placements.of(&shelf.of.placement());
            let (clicked, passed) = (f64::from(counts.clicked), f64::from(counts.shown.saturating_sub(counts.clicked)));
            let (for_it, against) = (PRIOR * shelf.prior + clicked, PRIOR * (1.0 - shelf.prior) + passed);
            let drawn = Beta::new(for_it, against).map_or(shelf.prior, |beta| beta.sample(&mut random));
            let filled = shelf.found.len().min(query.items) as f32 / query.items.max(1) as f32;
            shelf.chance *= drawn as f32 * filled;
        }
        offered
    }

    fn shelf(&self, asking: &Asking<'_>, offered: Offered) -> Result<Shelf> {
        let Offered { of, found, rules, .. } = offered;
        let (category, title, reason, because) = match of {
            Of::Kind(kind) => {
                let Heading { title, reason, because } = self.heading(asking, kind, &[], &found);
                (None, title.to_owned(), ShelfReason::Row(reason), because)
            }
            Of::Category(category, reason) => {
                let (path, reason) = (self.generation.products.category(category), self.named(reason));
                let because = reason.to_string();
                (Some(path.to_owned()), last_level(path).to_owned(), ShelfReason::Category(reason), because)
            }
        };
        let items = found.into_iter().map(|one| self.item(one)).collect::<Result<_>>()?;
        Ok(Shelf { name: of.name().to_owned(), title, category, reason, because, rules, items })
    }
}
