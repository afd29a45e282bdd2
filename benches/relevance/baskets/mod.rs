//! What else goes into a basket, and what does a shopper buy next time? Real baskets with their real
//! times: the product's own build learns from what lies before a day, and is asked about what was bought
//! in the weeks after it.
//!
//! - *rest*: one product of each later basket is hidden; `complementary` is asked with the others as its
//!   seeds, and every product that is not among them could be the answer. Beside it what lay in baskets
//!   with the seeds, by the cosine and by counts, and what is in most baskets.
//! - *next*: of everybody's first later basket nothing is told but what the shopper bought before that
//!   day; `buy-again` is asked and filled up by `for-you`, and all its products are the answer. Beside it
//!   what is in most baskets, and what the shopper bought most often, the latest first among equals. How
//!   much of a basket was bought before is told.

mod catalogue;
mod later;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tastemaker_index::Engine;
use tastemaker_index::event::Event;
use tastemaker_index::id::{Ordinal, ShopperId};
use tastemaker_index::placement::PlacementKind;
use tastemaker_index::product::Product;
use tastemaker_index::profile::Profile;

use crate::figure::Figure;
use crate::indexed::index;
use crate::options::Split;
use crate::orders;
use crate::placed::{each, found, gain, placement, up_to};
use crate::suite::{Bench, Failure, Outcome};
use crate::together::Together;

use later::{Next, Rest};

const DEPTH: usize = 10;
/// No basket is larger.
const MOST_SEEDS: usize = 2000;
/// How far a mean may fall below the baseline.
const TOLERANCE: f64 = 0.005;

/// One set of data.
struct Set {
    name: &'static str,
    orders: &'static str,
    catalogue: &'static str,
    events: fn(&Path) -> Result<orders::Mapped, Failure>,
    products: fn(&Path, &[Event]) -> Result<Vec<Product>, Failure>,
    /// The day the build takes place, and the one before which the baskets asked about lie.
    weeks: fn(Split) -> [&'static str; 2],
}

/// Invoices of a gift shop, mostly to other shops.
pub(crate) fn online_retail(bench: &mut Bench) -> Result<Outcome, Failure> {
    run(
        bench,
        &Set {
            name: "baskets/online-retail",
            orders: "online-retail/transactions.csv.gz",
            catalogue: "online-retail/transactions.csv.gz",
            events: orders::online_retail::map,
            products: catalogue::online_retail,
            weeks: |split| match split {
                Split::Test => ["2011-09-01T00:00:00Z", "2011-10-01T00:00:00Z"],
                Split::Valid => ["2011-08-01T00:00:00Z", "2011-09-01T00:00:00Z"],
            },
        },
    )
}

/// Lines sampled from the baskets of a grocer's households: most baskets are not whole.
pub(crate) fn completejourney(bench: &mut Bench) -> Result<Outcome, Failure> {
    run(
        bench,
        &Set {
            name: "baskets/completejourney",
            orders: "completejourney/transactions_sample.csv.gz",
            catalogue: "completejourney/products.csv.gz",
            events: orders::completejourney::map,
            products: catalogue::completejourney,
            weeks: |split| match split {
                Split::Test => ["2017-11-15T00:00:00Z", "2018-02-01T00:00:00Z"],
                Split::Valid => ["2017-10-01T00:00:00Z", "2017-11-15T00:00:00Z"],
            },
        },
    )
}

fn run(bench: &mut Bench, set: &Set) -> Result<Outcome, Failure> {
    let Some([orders, catalogue]) = bench.files([set.orders, set.catalogue]) else { return Ok(Outcome::NotRun) };
    let (split, sample) = (bench.options.split, bench.options.sample);
    let mut events = (set.events)(&orders)?.events;
    let products = (set.products)(&catalogue, &events)?;
    events.sort_by_key(|event| event.time);
    let [day, end] = (set.weeks)(split).map(str::parse::<Timestamp>);
    let (day, end) = (day?, end?);
    let at = |time| events.partition_point(|event| event.time.is_none_or(|other| other < time));
    let (earlier, later) = (&events[..at(day)], &events[at(day)..at(end)]);

    let build = &bench.config.reindex.build;
    let indexed = index(bench, products.into_iter().map(Ok), earlier.iter().cloned(), build, day)?;
    let engine = &up_to(bench, &indexed.engine, MOST_SEEDS)?;
    let ordinal = |id: &str| engine.generation().products.ordinal(id);
    let baskets = earlier.iter().map(|event| later::products(event, &ordinal)).filter(|basket| !basket.is_empty());
    let together = Together::new(indexed.products as usize, baskets);
    let rests: Vec<Rest> = later::rests(later, &ordinal).into_iter().step_by(sample).collect();
    let nexts: Vec<Next<'_>> = later::nexts(earlier, later, &ordinal).into_iter().step_by(sample).collect();
    println!(
        "suite {}, {}: {} products, {} orders and refunds learnt from, {} baskets with a product hidden, {} next \
         baskets; built in {:.1} s",
        set.name,
        split.name(),
        indexed.products,
        indexed.events,
        rests.len(),
        nexts.len(),
        indexed.build_seconds
    );
    let mut figures = rest_figures(engine, &together, &rests)?;
    figures.extend(next_figures(engine, &together, &nexts)?);
    Ok(bench.report(&figures))
}

fn rest_figures(engine: &Engine, together: &Together, rests: &[Rest]) -> Result<Vec<Figure>, Failure> {
    let shown = each(rests, |Rest { has, .. }| {
        let filled = |best| filled(best, has, together);
        let (cosine, counts) = (together.cosine(has, DEPTH), together.counts(has, DEPTH));
        Ok([filled(complementary(engine, has)?), filled(cosine), filled(counts), together.popular(has, DEPTH)])
    })?;
    let right: Vec<&HashSet<Ordinal>> = rests.iter().map(|rest| &rest.hidden).collect();
    let figures = beside("rest", ["complementary", "cosine", "counts", "popular"], &right, &shown);
    Ok(figures)
}

/// A list filled up with what is in most baskets, of what one does not have.
fn filled(mut best: Vec<Ordinal>, has: &[Ordinal], together: &Together) -> Vec<Ordinal> {
    let known: Vec<Ordinal> = has.iter().chain(&best).copied().collect();
    best.extend(together.popular(&known, DEPTH - best.len()));
    best
}

/// What goes with several products at once.
fn complementary(engine: &Engine, seeds: &[Ordinal]) -> Result<Vec<Ordinal>, Failure> {
    let products = &engine.generation().products;
    let ids: Vec<&str> = seeds.iter().map(|&seed| products.id(seed)).collect();
    let shown = placement(engine, PlacementKind::Complementary, &ids, None, DEPTH)?;
    Ok(shown.iter().filter_map(|id| products.ordinal(id)).collect())
}

fn next_figures(engine: &Engine, together: &Together, nexts: &[Next<'_>]) -> Result<Vec<Figure>, Failure> {
    let ordinal = |id: &str| engine.generation().products.ordinal(id);
    let shown = each(nexts, |next| {
        let before = next.before.iter().map(|event| later::products(event, &ordinal));
        Ok([page(engine, next)?, frequent(before, together), together.popular(&[], DEPTH)])
    })?;
    let right: Vec<&HashSet<Ordinal>> = nexts.iter().map(|next| &next.right).collect();
    let mut figures = beside("next", ["page", "frequent", "popular"], &right, &shown);
    let again = nexts.iter().map(|next| {
        let before: HashSet<Ordinal> = next.before.iter().flat_map(|event| later::products(event, &ordinal)).collect();
        next.right.intersection(&before).count() as f64 / next.right.len() as f64
    });
    figures.push(Figure::mean("next bought before", again.collect()));
    Ok(figures)
}

/// What may be needed again, then what is new to the shopper: two rows of one page.
fn page(engine: &Engine, next: &Next<'_>) -> Result<Vec<Ordinal>, Failure> {
    let (id, mut profile) = (ShopperId::User(next.user.to_owned()), Profile::default());
    next.before.iter().for_each(|event| profile.record(&id, event));
    let shopper = engine.shopper(Arc::new(profile), next.time.as_millisecond());
    let mut ids = placement(engine, PlacementKind::BuyAgain, &[], Some(&shopper), DEPTH)?;
    ids.extend(placement(engine, PlacementKind::ForYou, &[], Some(&shopper), DEPTH - ids.len())?);
    Ok(ids.iter().filter_map(|id| engine.generation().products.ordinal(id)).collect())
}

/// What was in most of these baskets, oldest first; filled up with what is in most of all.
fn frequent(before: impl Iterator<Item = Vec<Ordinal>>, together: &Together) -> Vec<Ordinal> {
    let mut bought: HashMap<Ordinal, (usize, usize)> = HashMap::new();
    for (at, basket) in before.enumerate() {
        for product in basket {
            let (times, last) = bought.entry(product).or_default();
            (*times, *last) = (*times + 1, at);
        }
    }
    let mut best: Vec<Ordinal> = bought.keys().copied().collect();
    best.sort_by_key(|product| (std::cmp::Reverse((bought[product], together.count(*product))), *product));
    best.truncate(DEPTH);
    filled(best, &[], together)
}

/// The product's own list first, beside others of the same questions, and how far it is ahead of each.
fn beside<const N: usize>(
    of: &str,
    names: [&str; N],
    right: &[&HashSet<Ordinal>],
    shown: &[[Vec<Ordinal>; N]],
) -> Vec<Figure> {
    let measured = |measure: fn(&[Ordinal], &HashSet<Ordinal>, usize) -> f64, list: usize| -> Vec<f64> {
        right.iter().zip(shown).map(|(right, shown)| measure(&shown[list], right, DEPTH)).collect()
    };
    let mut figures = Vec::new();
    for (list, name) in names.into_iter().enumerate() {
        let tolerance = (list == 0).then_some(TOLERANCE);
        let gains = Figure::mean(format!("{of} {name} NDCG@{DEPTH}"), measured(gain, list));
        let hits = Figure::mean(format!("{of} {name} recall@{DEPTH}"), measured(found, list));
        figures.extend([gains, hits].map(|figure| Figure { tolerance, ..figure }));
    }
    for (list, name) in names.into_iter().enumerate().skip(1) {
        let ahead = measured(gain, 0).iter().zip(measured(gain, list)).map(|(own, other)| own - other).collect();
        figures.push(Figure::mean(format!("{of} NDCG over {name}"), ahead));
    }
    figures
}
