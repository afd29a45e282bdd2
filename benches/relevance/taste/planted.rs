//! A made-up shop in which each shopper has one taste: readers of one kind of story among hundreds of titles that do
//! not hold the word that is typed, and buyers of one brand among jackets that all hold it.

use jiff::{SignedDuration, Timestamp};
use tastemaker_index::event::{Event, EventKind, EventProduct};
use tastemaker_index::id::ShopperId;
use tastemaker_index::product::Product;
use tastemaker_index::profile::Profile;
use tastemaker_index::random::SplitMix64;

use super::ids;
use crate::figure::{Bar, Figure};
use crate::indexed::{Indexed, index};
use crate::suite::{Bench, Failure};

/// Kinds of stories: who is in them, and where they happen.
const STORIES: [(&str, [&str; 6], [&str; 6]); 5] = [
    (
        "Fantasy",
        ["dragon", "wizard", "elf", "sorcerer", "unicorn", "goblin"],
        ["kingdom", "castle", "enchanted forest", "throne", "realm", "spell"],
    ),
    (
        "Crime",
        ["detective", "murderer", "inspector", "thief", "witness", "suspect"],
        ["alibi", "crime scene", "courtroom", "prison", "police station", "evidence"],
    ),
    (
        "Romance",
        ["sweetheart", "bride", "lover", "duchess", "fiancé", "bachelor"],
        ["wedding", "kiss", "love letter", "honeymoon", "ball", "broken heart"],
    ),
    (
        "Travel",
        ["sailor", "pilgrim", "explorer", "railway", "backpacker", "mountaineer"],
        ["island", "desert", "long voyage", "mountain pass", "harbour", "jungle"],
    ),
    (
        "Science fiction",
        ["robot", "astronaut", "alien", "android", "starship", "clone"],
        ["galaxy", "space station", "moon colony", "wormhole", "planet Mars", "laboratory"],
    ),
];
/// Makers of jackets.
const BRANDS: [&str; 5] = ["Vellmar", "Okstad", "Trisk", "Pellow", "Harnby"];
const COLOURS: [&str; 12] =
    ["red", "blue", "green", "black", "grey", "yellow", "orange", "white", "brown", "navy", "olive", "pink"];
/// Words typed for stories; no product has the first two.
const STORY_QUERIES: [&str; 3] = ["book", "something to read", "novel"];
const JACKET_QUERIES: [&str; 2] = ["rain jacket", "jacket"];
/// Shoppers of each taste whom the build learns from, and purchases of each.
const CROWD: usize = 25;
const PURCHASES: usize = 8;
/// The bar of both figures.
const LEAST: f64 = 0.8;
/// The numbers of views after which it is shown how much a taste gains, and how much of a page changes for one who
/// looks at anything.
const VIEWS: [usize; 5] = [1, 2, 3, 5, 8];
const FIRST: usize = 10;
/// The longest page, which holds nearly all that matches.
const ALL: usize = 200;
const NOW: &str = "2026-06-01T00:00:00Z";

/// A taste: the products that fit it, and what its shoppers type.
struct PlantedTaste {
    products: Vec<String>,
    queries: &'static [&'static str],
}

/// The share of the right products in the first ten, for tastes found by meaning or in descriptions, and by words.
pub(super) fn figures(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let (products, tastes) = shop();
    let now: Timestamp = NOW.parse()?;
    let mut random = SplitMix64::new(20_261_130);
    let mut events = Vec::new();
    for (number, taste) in tastes.iter().enumerate() {
        for shopper in 0..CROWD {
            events.extend(purchases(taste, &format!("p{number}-{shopper}"), now, &mut random));
        }
    }
    let settings = &bench.config.reindex.build;
    let indexed = index(bench, products.into_iter().map(Ok), events.into_iter(), settings, now)?;
    let (mut stories, mut jackets) = (Vec::new(), Vec::new());
    for taste in &tastes {
        let own = purchases(taste, "new", now, &mut random);
        let shares = shares(&indexed, taste, &own, now)?;
        if taste.queries == STORY_QUERIES { stories.extend(shares) } else { jackets.extend(shares) }
    }
    let figure = |name, shares| Figure { bar: Some(Bar::AtLeast(LEAST)), ..Figure::mean(name, shares) };
    let mut figures =
        vec![figure("planted stories in first 10", stories), figure("planted brands in first 10", jackets)];
    let everything = PlantedTaste {
        products: tastes.iter().flat_map(|taste| taste.products.clone()).collect(),
        queries: &JACKET_QUERIES,
    };
    for views in VIEWS {
        let (mut right, mut same) = (Vec::new(), Vec::new());
        for taste in &tastes {
            let met = |taste: &PlantedTaste, random: &mut SplitMix64| {
                let all = purchases(taste, "new", now, random).into_iter().take(views);
                all.map(|event| Event { kind: EventKind::View, ..event }).collect::<Vec<_>>()
            };
            right.extend(shares(&indexed, taste, &met(taste, &mut random), now)?);
            let own = met(&everything, &mut random);
            same.extend(kept(&indexed, taste.queries, &own, now)?);
        }
        figures.push(Figure::mean(format!("{views} views: of the taste in first 10"), right));
        figures.push(Figure::mean(format!("{views} views of anything: page kept"), same));
    }
    Ok(figures)
}

/// For each query the share of the neutral first ten that a shopper still sees there.
fn kept(indexed: &Indexed, queries: &[&str], own: &[Event], now: Timestamp) -> Result<Vec<f64>, Failure> {
    let (id, mut profile) = (ShopperId::User("new".to_owned()), Profile::default());
    own.iter().for_each(|event| profile.record(&id, event));
    let shopper = indexed.engine.shopper(profile.into(), now.as_millisecond());
    let share = |query: &&str| {
        let (neutral, mine) =
            (ids(&indexed.engine, query, FIRST, None)?, ids(&indexed.engine, query, FIRST, Some(&shopper))?);
        Ok(mine.iter().filter(|id| neutral.contains(id)).count() as f64 / neutral.len().max(1) as f64)
    };
    queries.iter().map(share).collect()
}

/// For each query of a taste the share of the first ten that fits it, of what can: products that match the query and
/// are not bought yet, since those bought are never lifted.
fn shares(indexed: &Indexed, taste: &PlantedTaste, own: &[Event], now: Timestamp) -> Result<Vec<f64>, Failure> {
    let (id, mut profile) = (ShopperId::User("new".to_owned()), Profile::default());
    own.iter().for_each(|event| profile.record(&id, event));
    let shopper = indexed.engine.shopper(profile.into(), now.as_millisecond());
    let share = |query: &&str| {
        let is_bought = |id: &String| own.iter().flat_map(|event| &event.products).any(|bought| bought.id == *id);
        let count = |found: &[String]| found.iter().filter(|id| taste.products.contains(id) && !is_bought(id)).count();
        let possible = count(&ids(&indexed.engine, query, ALL, None)?).min(FIRST);
        let right = count(&ids(&indexed.engine, query, FIRST, Some(&shopper))?);
        // A product beyond the longest page can still be lifted into the first ten.
        Ok((right as f64 / possible.max(1) as f64).min(1.0))
    };
    taste.queries.iter().map(share).collect()
}

/// The purchases of one shopper of a taste, a day apart.
fn purchases(taste: &PlantedTaste, user: &str, now: Timestamp, random: &mut SplitMix64) -> Vec<Event> {
    let one = |at: usize| {
        let id = taste.products[random.below(taste.products.len())].clone();
        Event {
            message_id: Some(format!("{user}-{at}")),
            user_id: Some(user.to_owned()),
            session_id: Some(format!("{user}-{at}")),
            time: Some(now - SignedDuration::from_hours(24 * (PURCHASES - at) as i64)),
            products: vec![EventProduct { id, quantity: 1, price: None, position: None }],
            ..Event::new(EventKind::Purchase)
        }
    };
    (0..PURCHASES).map(one).collect()
}

/// The products of the shop and its tastes.
fn shop() -> (Vec<Product>, Vec<PlantedTaste>) {
    let (mut products, mut tastes) = (Vec::new(), Vec::new());
    for (kind, heroes, places) in STORIES {
        let mut own = Vec::new();
        for (number, (hero, place)) in heroes.iter().flat_map(|hero| places.map(|place| (hero, place))).enumerate() {
            let id = format!("{}-{number}", kind.to_lowercase().replace(' ', "-"));
            products.push(Product {
                id: id.clone(),
                title: format!("The {hero} and the {place}"),
                description: format!("A paperback novel about the {hero} and the {place}, 400 pages."),
                categories: vec![format!("Fiction > {kind}")],
                ..Product::default()
            });
            own.push(id);
        }
        tastes.push(PlantedTaste { products: own, queries: &STORY_QUERIES });
    }
    for brand in BRANDS {
        let mut own = Vec::new();
        for colour in COLOURS {
            let id = format!("{}-{colour}", brand.to_lowercase());
            products.push(Product {
                id: id.clone(),
                title: format!("{brand} rain jacket, {colour}"),
                brand: Some(brand.to_owned()),
                description: "Keeps the rain out; with a hood and two pockets.".to_owned(),
                categories: vec!["Clothes > Outdoor".to_owned()],
                ..Product::default()
            });
            own.push(id);
        }
        tastes.push(PlantedTaste { products: own, queries: &JACKET_QUERIES });
    }
    (products, tastes)
}
