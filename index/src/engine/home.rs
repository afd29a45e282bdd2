//! The home page: rows ("shelves") chosen, ordered and named for this shopper.
//! Each candidate shelf draws its chance to be clicked from a Beta distribution
//! of how it did so far (Thompson sampling, Chapelle and Li 2011), times how well
//! it fits the shopper; shelves are taken greedily by `chance · (1 − overlap)`,
//! overlap being the share of its products that stand on the page already.

use rand_distr::{Beta, Distribution};
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::recommend::{Asking, Choice, Filled, Heading, RecommendedItem, Row, RowReason};
use super::{RequestContext, Snapshot};
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::product::last_level;
use crate::random::SplitMix64;
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

    fn row<'a>(self, engine: &'a Snapshot, name: &'a str, query: &HomeQuery) -> Row<'a> {
        let (kind, category) = match self {
            Self::Kind(kind) => (kind, None),
            Self::Category(category, _) => {
                (PlacementKind::Categories, Some(engine.generation.products.category(category)))
            }
        };
        Row { kind, name, seeds: &[], category, limit: query.items }
    }
}

/// A shelf that may be chosen.
struct Offered {
    of: Of,
    /// How well it fits the shopper, 0 to 1, times the drawn chance to be clicked, times how much of it
    /// products fill once they are chosen.
    chance: f32,
    choice: Option<Choice>,
}

/// What the page shows so far.
#[derive(Default)]
struct Page {
    shown: Vec<Ordinal>,
    /// Their variants too.
    taken: FxHashSet<(bool, u32)>,
}

impl Snapshot {
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
        let limits = &self.settings.limits;
        for (field, asked, limit) in
            [("shelves", query.shelves, limits.placements), ("items", query.items, limits.placement_items)]
        {
            if asked > limit {
                return Err(Error::invalid(field, format!("{asked} is more than the limit of {limit}")));
            }
        }
        let asking = self.asking(filter, request_context)?;
        let own = self.own(&asking, query.items * DEPTH);
        let mut offered = self.offered(&asking, query);
        let view = self.generation.products.view();
        let mut page = Page::default();
        let mut shelves = Vec::with_capacity(query.shelves);
        while shelves.len() < query.shelves {
            let choose = |of| self.choice_of(of, &asking, &own, query);
            let Some((of, mut choice)) = self.best(&mut offered, &page, choose) else { break };
            choice.found.retain(|one| !page.taken.contains(&view.variant_key(one.ordinal)));
            let filled = self.arrange(&page.shown, &of.row(self, &of.placement(), query), choice);
            if filled.found.len() >= FEWEST.min(query.items) {
                page.taken.extend(filled.found.iter().map(|one| view.variant_key(one.ordinal)));
                page.shown.extend(filled.found.iter().map(|one| one.ordinal));
                shelves.push(self.shelf(&asking, of, filled)?);
            }
        }
        Ok(shelves)
    }

    /// Every shelf there may be, with its drawn chance.
    fn offered(&self, asking: &Asking<'_>, query: &HomeQuery) -> Vec<Offered> {
        let mut random = SplitMix64::new(query.seed);
        let mut offer = |of: Of, prior: f64, fit: f32| {
            let counts = self.generation.behaviour.placements.of(&of.placement());
            let (clicked, passed) = (f64::from(counts.clicked), f64::from(counts.shown.saturating_sub(counts.clicked)));
            let (for_it, against) = (PRIOR * prior + clicked, PRIOR * (1.0 - prior) + passed);
            let drawn = Beta::new(for_it, against).map_or(prior, |beta| beta.sample(&mut random));
            Offered { of, chance: fit * drawn as f32, choice: None }
        };
        let mut offered: Vec<Offered> = KINDS.map(|(kind, prior)| offer(Of::Kind(kind), prior, 1.0)).into();
        let (back, explore) = self.picks(asking, CATEGORIES);
        let shares = back.iter().chain(&explore).map(|pick| pick.share);
        let most = shares.fold(f32::MIN_POSITIVE, f32::max);
        for pick in back.into_iter().chain(explore) {
            offered.push(offer(Of::Category(pick.category, pick.reason), CATEGORY, (pick.share / most).sqrt()));
        }
        offered
    }

    /// Takes out the most valuable shelf beside what the page shows. No shelf is worth more than its
    /// chance, so products are chosen only for one whose chance is above all that is known.
    fn best(
        &self,
        offered: &mut Vec<Offered>,
        page: &Page,
        choose: impl Fn(Of) -> Option<(f32, Choice)>,
    ) -> Option<(Of, Choice)> {
        let view = self.generation.products.view();
        let value = |shelf: &Offered| {
            let Some(choice) = &shelf.choice else { return shelf.chance };
            let shown = choice.found.iter().filter(|one| page.taken.contains(&view.variant_key(one.ordinal))).count();
            shelf.chance * (1.0 - shown as f32 / choice.found.len().max(1) as f32)
        };
        loop {
            let values = offered.iter().enumerate().map(|(at, shelf)| (value(shelf), at));
            let (_, at) = values.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
            let Offered { of, chance, choice } = offered.remove(at);
            match choice {
                Some(choice) => return Some((of, choice)),
                None => offered.extend(choose(of).map(|(filled, choice)| Offered {
                    of,
                    chance: chance * filled,
                    choice: Some(choice),
                })),
            }
        }
    }

    /// The products of a shelf, and how much of it they fill, 0 to 1; nothing where they are too few.
    fn choice_of(
        &self,
        of: Of,
        asking: &Asking<'_>,
        own: &[Recommendation],
        query: &HomeQuery,
    ) -> Option<(f32, Choice)> {
        let name = of.placement();
        let row = of.row(self, &name, query);
        let mut choice = match of {
            Of::Kind(PlacementKind::ForYou) => self.choose(asking, &row, |allowed, depth| {
                own.iter().filter(|one| allowed.contains(one.ordinal)).take(depth).copied().collect()
            }),
            Of::Kind(_) => self.choice(asking, &row),
            Of::Category(category, _) => self.of_category(asking, category, own, &row),
        }?;
        if !matches!(of, Of::Kind(PlacementKind::Popular) | Of::Category(..)) {
            // What is popular has a shelf of its own.
            choice.found.retain(|one| !one.reason.is_for_everybody());
        }
        let filled = choice.len().min(query.items) as f32 / query.items.max(1) as f32;
        (choice.len() >= FEWEST.min(query.items)).then_some((filled, choice))
    }

    fn shelf(&self, asking: &Asking<'_>, of: Of, filled: Filled) -> Result<Shelf> {
        let Filled { found, rules } = filled;
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
