//! Purchases in order, without times: each shopper gets one a day, the last of
//! them on the same made-up day.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tastemaker_index::Engine;
use tastemaker_index::engine::Shopper;
use tastemaker_index::eval::ndcg_of_one;
use tastemaker_index::event::{Event, EventKind, EventProduct};
use tastemaker_index::id::ShopperId;
use tastemaker_index::product::{CATEGORY_SEPARATOR, Product};
use tastemaker_index::profile::Profile;

use crate::indexed::{Indexed, NAMELESS, index, json_lines};
use crate::options::Split;
use crate::suite::{Bench, Failure};

/// The day of everybody's last purchase.
const LAST_DAY: &str = "2014-07-01T00:00:00Z";
/// Purchases held back from the build: the last for testing, the one before for choosing.
const HELD_BACK: usize = 2;

/// The day the generation is built.
fn now() -> Result<Timestamp, Failure> {
    Ok(LAST_DAY.parse()?)
}

#[derive(Deserialize)]
struct Item {
    id: u32,
    title: String,
    brand: Option<String>,
    category_paths: Vec<Vec<String>>,
}

/// The catalogue.
fn products(path: &Path) -> Result<impl Iterator<Item = Result<Product, Failure>>, Failure> {
    let product = |item: Item| Product {
        id: item.id.to_string(),
        title: item.title,
        brand: item.brand,
        categories: item.category_paths.iter().map(|path| path.join(CATEGORY_SEPARATOR)).collect(),
        ..Product::default()
    };
    Ok(json_lines::<Item>(path)?.map(move |item| item.map(product)))
}

/// Everybody's purchases, oldest first.
pub(crate) struct Shoppers {
    purchases: HashMap<u32, Vec<Event>>,
    order: Vec<u32>,
}

impl Shoppers {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let (mut purchases, mut order) = (HashMap::new(), Vec::new());
        for line in std::fs::read_to_string(path)?.lines() {
            let mut numbers = line.split_whitespace();
            let user = numbers.next().ok_or("a line without a shopper")?;
            let items: Vec<&str> = numbers.collect();
            let number = user.parse()?;
            purchases.insert(number, dated(user, &items)?);
            order.push(number);
        }
        Ok(Self { purchases, order })
    }

    /// What everybody bought, oldest first, but the last few of each.
    fn all_but(&self, held_back: usize) -> impl Iterator<Item = Event> + '_ {
        let known = self.order.iter().filter_map(|user| self.purchases.get(user));
        known.flat_map(move |all| all[..all.len().saturating_sub(held_back)].iter().cloned())
    }

    /// An engine over a catalogue that has learnt from everybody, without what is to be foreseen.
    pub(crate) fn learnt(&self, bench: &Bench, items: &Path) -> Result<Indexed, Failure> {
        learnt(bench, products(items)?, self.all_but(HELD_BACK))
    }

    /// The same over products that say nothing of themselves.
    pub(crate) fn learnt_alone(&self, bench: &Bench, items: &Path) -> Result<Indexed, Failure> {
        let nameless = products(items)?
            .map(|product| Ok(Product { id: product?.id, title: NAMELESS.to_owned(), ..Product::default() }));
        learnt(bench, nameless, self.all_but(HELD_BACK))
    }

    /// An engine over a catalogue that has learnt from every purchase; not to foresee any of them.
    pub(crate) fn learnt_whole(&self, bench: &Bench, items: &Path) -> Result<Indexed, Failure> {
        learnt(bench, products(items)?, self.all_but(0))
    }

    /// What each shopper bought, in the order of the file.
    pub(crate) fn everything(&self) -> impl Iterator<Item = &[Event]> {
        self.order.iter().filter_map(|user| self.purchases.get(user)).map(Vec::as_slice)
    }

    /// What a shopper bought before the purchase to be foreseen.
    pub(crate) fn before(&self, user: u32, split: Split) -> Result<&[Event], Failure> {
        let all = self.purchases.get(&user).ok_or_else(|| format!("shopper {user} bought nothing"))?;
        Ok(&all[..all.len().saturating_sub(hidden(split))])
    }

    /// Every shopper with what was bought before and the purchase to be foreseen, those without one left out.
    pub(crate) fn foreseen(&self, split: Split) -> Vec<(u32, &[Event], &Event)> {
        let split_at = |user: &u32| {
            let all = self.purchases.get(user)?;
            let (before, rest) = all.split_at_checked(all.len().checked_sub(hidden(split))?)?;
            Some((*user, before, rest.first()?))
        };
        self.order.iter().filter_map(split_at).collect()
    }
}

/// An engine over a catalogue that has learnt from purchases on made-up days.
pub(crate) fn learnt(
    bench: &Bench,
    products: impl Iterator<Item = Result<Product, Failure>>,
    purchases: impl Iterator<Item = Event>,
) -> Result<Indexed, Failure> {
    let mut build = bench.config.reindex.build.clone();
    // The days are made up, so nothing ages by them.
    build.behaviour.popularity.half_life_days = 0.0;
    index(bench, products, purchases, &build, now()?)
}

/// A shopper who bought this, as an engine knows them.
pub(crate) fn shopper(engine: &Engine, user: &str, before: &[Event]) -> Result<Shopper, Failure> {
    let (id, mut profile) = (ShopperId::User(user.to_string()), Profile::default());
    before.iter().for_each(|event| profile.record(&id, event));
    Ok(engine.shopper(Arc::new(profile), now()?.as_millisecond()))
}

/// NDCG at a depth of the one hidden purchase, by its rank from 1.
pub(crate) fn ndcg(place: Option<usize>, depth: usize) -> f64 {
    ndcg_of_one(place.and_then(|place| place.checked_sub(1)), depth)
}

/// Purchases hidden from a shopper's own history.
fn hidden(split: Split) -> usize {
    match split {
        Split::Test => 1,
        Split::Valid => HELD_BACK,
    }
}

/// Purchases a day apart, oldest first, the last of them on the last day.
pub(crate) fn dated(user: &str, items: &[&str]) -> Result<Vec<Event>, Failure> {
    let last = now()?;
    let days_before = |at: usize| SignedDuration::from_hours(24 * (items.len() - 1 - at) as i64);
    Ok(items.iter().enumerate().map(|(at, item)| purchase(user, at, item, last - days_before(at))).collect())
}

/// One purchase in a visit of its own.
fn purchase(user: &str, at: usize, item: &str, time: Timestamp) -> Event {
    Event {
        message_id: Some(format!("{user}-{at}")),
        user_id: Some(user.to_owned()),
        session_id: Some(format!("{user}-{at}")),
        time: Some(time),
        products: vec![EventProduct { id: item.to_owned(), quantity: 1, price: None, position: None }],
        ..Event::new(EventKind::Purchase)
    }
}
