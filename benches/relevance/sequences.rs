//! Purchases in order, without times: each shopper gets one a day, the last of
//! them on the same made-up day.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tastemaker_index::Engine;
use tastemaker_index::engine::Shopper;
use tastemaker_index::event::{Event, EventKind, EventProduct};
use tastemaker_index::id::ShopperId;
use tastemaker_index::product::{CATEGORY_SEPARATOR, Product};
use tastemaker_index::profile::Profile;

use crate::indexed::{Indexed, index, json_lines};
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
        let last = now()?;
        let (mut purchases, mut order) = (HashMap::new(), Vec::new());
        for line in std::fs::read_to_string(path)?.lines() {
            let mut numbers = line.split_whitespace();
            let user = numbers.next().ok_or("a line without a shopper")?;
            let items: Vec<&str> = numbers.collect();
            let dated = items.iter().enumerate().map(|(at, item)| {
                let days_before = (items.len() - 1 - at) as i64;
                purchase(user, at, item, last - SignedDuration::from_hours(24 * days_before))
            });
            let user = user.parse()?;
            purchases.insert(user, dated.collect());
            order.push(user);
        }
        Ok(Self { purchases, order })
    }

    /// What the build learns from.
    fn training(&self) -> impl Iterator<Item = Event> + '_ {
        let known = self.order.iter().filter_map(|user| self.purchases.get(user));
        known.flat_map(|all| all[..all.len().saturating_sub(HELD_BACK)].iter().cloned())
    }

    /// An engine over a catalogue that has learnt from everybody.
    pub(crate) fn learnt(&self, bench: &Bench, items: &Path) -> Result<Indexed, Failure> {
        let mut build = bench.config.reindex.build.clone();
        // The days are made up, so nothing ages by them.
        build.behaviour.popularity.half_life_days = 0.0;
        index(bench, products(items)?, self.training(), &build, now()?)
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

/// A shopper who bought this, as an engine knows them.
pub(crate) fn shopper(engine: &Engine, user: u32, before: &[Event]) -> Result<Shopper, Failure> {
    let (id, mut profile) = (ShopperId::User(user.to_string()), Profile::default());
    before.iter().for_each(|event| profile.record(&id, event));
    Ok(engine.shopper(Arc::new(profile), now()?.as_millisecond()))
}

/// NDCG at a depth of the one purchase that was foreseen, by its place from 1; the ideal is 1.
pub(crate) fn ndcg(place: Option<usize>, depth: usize) -> f64 {
    place.filter(|&place| place <= depth).map_or(0.0, |place| 1.0 / ((place + 1) as f64).log2())
}

/// Purchases hidden from a shopper's own history.
fn hidden(split: Split) -> usize {
    match split {
        Split::Test => 1,
        Split::Valid => HELD_BACK,
    }
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
