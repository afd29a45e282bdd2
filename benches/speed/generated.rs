//! A generated shop: every product is a pure function of its number, with categories, brands, variants,
//! prices, attributes and texts whose words follow Zipf's law, and so is what shoppers type.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::Timestamp;
use serde_json::{Value, json};
use tastemaker::store::DataFolder;
use tastemaker::store::catalogue::Catalogue;
use tastemaker_index::Error;
use tastemaker_index::event::{Event, EventKind, EventProduct};
use tastemaker_index::generation::{self, BuildInput, BuildSettings};
use tastemaker_index::learning::trainers;
use tastemaker_index::progress::Silent;
use tastemaker_index::vector::embed::StaticTable;

use crate::random::Random;

/// Departments, and what each sells: every word with every variation is a category of its own.
const DEPARTMENTS: [(&str, &str); 10] = [
    ("Shoes", "boot sandal sneaker slipper loafer clog"),
    ("Clothing", "jacket shirt sweater trousers skirt coat scarf glove sock hat"),
    ("Kitchen", "kettle toaster blender pan knife plate bowl cup grater whisk oven"),
    ("Lighting", "lamp lantern chandelier spotlight bulb"),
    ("Tools", "drill saw hammer wrench pliers ladder screwdriver sander"),
    ("Garden", "mower hose rake shovel planter trellis sprinkler"),
    ("Outdoor", "tent backpack stove compass hammock cooler bicycle kayak"),
    ("Electronics", "router camera headphones speaker monitor keyboard charger printer tablet"),
    ("Home", "pillow blanket curtain rug mirror shelf chair table sofa clock"),
    ("Children", "puzzle doll stroller crib wagon kite swing"),
];
const VARIATIONS: [&str; 6] = ["classic", "compact", "professional", "folding", "wireless", "lightweight"];
const LOOKS: [&str; 14] = [
    "black", "white", "grey", "blue", "red", "green", "brown", "silver", "beige", "yellow", "pink", "orange", "purple",
    "gold",
];
const STUFFS: [&str; 16] = [
    "steel",
    "cotton",
    "leather",
    "plastic",
    "wooden",
    "aluminium",
    "ceramic",
    "wool",
    "glass",
    "nylon",
    "bamboo",
    "rubber",
    "copper",
    "linen",
    "velvet",
    "carbon",
];
const SYLLABLES: [&str; 24] = [
    "ba", "co", "da", "fe", "gi", "ho", "ka", "la", "mi", "no", "pa", "qui", "ra", "se", "ti", "vo", "wa", "xe", "yo",
    "zu", "lon", "mar", "tek", "ner",
];
/// Different words in descriptions, beside those of what is sold.
const VOCABULARY: u64 = 30_000;
const BRANDS: u64 = 1_200;
/// Sizes of groups of variants: so the twelve products of every dozen go together.
const GROUPS: [u64; 5] = [1, 1, 2, 3, 5];
const DOZEN: u64 = 12;

/// Numbers for one purpose and place.
pub(crate) fn seeded(purpose: u64, place: u64) -> Random {
    Random(purpose.wrapping_mul(0xD134_2543_DE82_EF95) ^ place.wrapping_mul(0x2545_F491_4F6C_DD1D))
}

/// A rank below `count`, by Zipf's law with exponent 1: as often as the inverse of the rank.
fn zipf(random: &mut Random, count: u64) -> u64 {
    ((count as f64 + 1.0).powf(random.unit()) as u64).clamp(1, count) - 1
}

fn of<T: Copy>(random: &mut Random, list: &[T]) -> T {
    list[random.below(list.len() as u64) as usize]
}

fn of_zipf<T: Copy>(random: &mut Random, list: &[T]) -> T {
    list[zipf(random, list.len() as u64) as usize]
}

/// A word that no language has, the same for the same number.
fn word(purpose: u64, number: u64, syllables: u64) -> String {
    let mut random = seeded(purpose, number);
    (0..syllables).map(|_| of(&mut random, &SYLLABLES)).collect()
}

fn brand(rank: u64) -> String {
    let name = word(1, rank, 2 + rank % 2);
    name[..1].to_uppercase() + &name[1..]
}

/// What is sold: department, thing, variation.
fn kind(random: &mut Random) -> (&'static str, &'static str, &'static str) {
    let (department, things) = of(random, &DEPARTMENTS);
    let things: Vec<&str> = things.split(' ').collect();
    (department, of_zipf(random, &things), of_zipf(random, &VARIATIONS))
}

/// What the products of a group share: the number of its first product says which.
struct Line {
    random: Random,
    department: &'static str,
    thing: &'static str,
    variation: &'static str,
    brand: String,
    name: String,
    stuff: &'static str,
    model: String,
}

impl Line {
    fn new(first: u64) -> Self {
        let mut random = seeded(2, first);
        let (department, thing, variation) = kind(&mut random);
        let brand = brand(zipf(&mut random, BRANDS));
        let name = word(3, zipf(&mut random, VOCABULARY), 3);
        let stuff = of_zipf(&mut random, &STUFFS);
        let letters = word(4, random.below(500), 1).to_uppercase();
        let model = format!("{letters}-{}", 100 + random.below(9_900));
        Self { random, department, thing, variation, brand, name, stuff, model }
    }
}

/// The product of a number.
pub(crate) fn product(number: usize) -> Value {
    let number = number as u64;
    let ends = GROUPS.iter().scan(0, |end, size| {
        *end += size;
        Some((*end - size, *size))
    });
    let at = number % DOZEN;
    let (offset, size) = ends.filter(|(offset, _)| *offset <= at).last().unwrap_or((0, 1));
    let first = number - at + offset;
    let Line { mut random, department, thing, variation, brand, name, stuff, model } = Line::new(first);
    let words: Vec<String> = (0..15 + random.below(30)).map(|_| word(3, zipf(&mut random, VOCABULARY), 3)).collect();
    let price = (12.0 * (random.unit() * 4.5).exp() * 100.0) as u64;
    let mut own = seeded(5, number);
    let look = of_zipf(&mut own, &LOOKS);
    let mut product = json!({
        "id": format!("p{number}"),
        "title": format!("{brand} {name} {variation} {stuff} {thing} {look} {model}"),
        "brand": brand, "mpn": model, "categories": [format!("{department} > {thing} > {variation} {thing}")],
        "description": format!("A {stuff} {thing} in {look}. {}.", words.join(" ")),
        "price": price + own.below(300), "currency": "EUR", "stock": own.below(12),
        "attributes": {"color": look, "material": stuff, "weight_g": 100 + own.below(9_000)},
    });
    if size > 1 {
        product["group_id"] = json!(format!("g{first}"));
    }
    product
}

/// What the shopper of a number types: things, with or without what they should be like, brands, and model numbers.
pub(crate) fn query(number: usize, products: usize) -> String {
    let mut random = seeded(6, number as u64);
    // Of a product that there is, so that something is meant.
    let Line { thing, variation, brand, name, stuff, model, .. } =
        Line::new(random.below(products as u64) / DOZEN * DOZEN);
    let look = of_zipf(&mut random, &LOOKS);
    match random.below(10) {
        0 | 1 => thing.to_owned(),
        2 | 3 => format!("{look} {thing}"),
        4 => format!("{stuff} {thing}"),
        5 => format!("{brand} {thing}"),
        6 => format!("{variation} {stuff} {thing}"),
        7 => format!("{brand} {variation} {thing} {look}"),
        8 => format!("{brand} {name}"),
        _ => model,
    }
}

/// The same with a slip in its longest word, two letters swapped or one left out.
pub(crate) fn misspelt(query: &str, number: usize) -> String {
    let longest = query.split(' ').max_by_key(|word| word.len()).unwrap_or_default();
    let mut letters: Vec<char> = longest.chars().collect();
    if letters.len() < 5 || letters.iter().any(|letter| !letter.is_alphabetic()) {
        return query.to_owned();
    }
    let mut random = seeded(7, number as u64);
    let at = 1 + random.below(letters.len() as u64 - 2) as usize;
    match random.below(2) {
        0 => letters.swap(at, at + 1),
        _ => drop(letters.remove(at)),
    }
    query.replacen(longest, &letters.into_iter().collect::<String>(), 1)
}

/// What is bought together: a popular product, often with the one that goes with it.
pub(crate) fn basket(order: usize, products: usize) -> Vec<String> {
    let products = products as u64;
    let mut random = seeded(10, order as u64);
    let first = zipf(&mut random, products) * 7_919 % products;
    let others = (0..random.below(4)).map(|turn| match random.below(2) {
        0 => seeded(11 + turn, first).below(products),
        _ => zipf(&mut random, products) * 7_919 % products,
    });
    let mut bought: Vec<u64> = others.collect();
    bought.push(first);
    bought.sort_unstable();
    bought.dedup();
    bought.into_iter().map(|number| format!("p{number}")).collect()
}

fn order(number: usize, products: usize) -> Result<Event, Error> {
    let shopper = number / 3;
    let bought: Vec<Value> = basket(number, products).iter().map(|id| json!({"id": id})).collect();
    let time = Timestamp::from_second(FIRST_ORDER_S + number as i64 * 60).unwrap_or(Timestamp::UNIX_EPOCH);
    let event = json!({
        "message_id": format!("made-{number}"), "type": "purchase", "user_id": format!("made-{shopper}"),
        "order_id": format!("order-{number}"), "time": time, "products": bought,
    });
    serde_json::from_value(event).map_err(|error| Error::invalid("an order", error.to_string()))
}

/// What is looked at in a visit, one event each: a popular product, then mostly what goes with it.
pub(crate) fn visit(number: usize, products: usize) -> impl Iterator<Item = Event> {
    let products = products as u64;
    let mut random = seeded(20, number as u64);
    let first = zipf(&mut random, products) * 7_919 % products;
    let turns = 1 + random.below(6);
    (0..turns).map(move |turn| {
        let product = match turn {
            0 => first,
            turn if random.below(3) > 0 => seeded(11 + turn % 4, first).below(products),
            _ => zipf(&mut random, products) * 7_919 % products,
        };
        let second = FIRST_ORDER_S + number as i64 * 5 + turn as i64 * 30;
        Event {
            message_id: Some(format!("looked-{number}-{turn}")),
            user_id: Some(format!("made-{}", number / VISITS_EACH)),
            session_id: Some(format!("visit-{number}")),
            time: Timestamp::from_second(second).ok(),
            products: vec![EventProduct { id: format!("p{product}"), quantity: 1, price: None, position: None }],
            ..Event::new(EventKind::View)
        }
    })
}

/// Products, unless the environment says another number, and what is learnt from.
const PRODUCTS: usize = 200_000;
const PRODUCTS_NAME: &str = "TASTEMAKER_BENCH_PRODUCTS";
/// Names a folder where the shop is kept once built; a later run serves a copy of it, and tells nothing of
/// how long building takes.
const KEPT_NAME: &str = "TASTEMAKER_BENCH_SHOP";
const ORDERS: usize = 60_000;
const VISITS: usize = 1_000_000;
const VISITS_EACH: usize = 4;
/// The first of 2026.
const FIRST_ORDER_S: i64 = 1_767_225_600;

/// A generated shop that `tastemaker serve` can be started on.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    /// How many products it has.
    pub(crate) products: usize,
    /// What building its generation took; nothing where it was built before.
    pub(crate) built: Option<Duration>,
}

impl Shop {
    /// Makes the products and builds; the environment may say another number of products.
    pub(crate) fn build() -> anyhow::Result<Self> {
        let products = std::env::var(PRODUCTS_NAME).ok().and_then(|text| text.parse().ok()).unwrap_or(PRODUCTS);
        Self::of(products, ORDERS, VISITS)
    }

    /// Makes so many products and builds, learning from so many orders and visits.
    pub(crate) fn of(products: usize, orders: usize, visits: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let kept = std::env::var_os(KEPT_NAME).map(PathBuf::from);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.exists()) {
            copy(kept, folder.path())?;
            println!("\n{products} generated products, built before in {}", kept.display());
            return Ok(Self { folder, products, built: None });
        }
        let data = DataFolder::open(folder.path())?;
        let mut catalogue = Catalogue::begin(&data)?;
        (0..products).try_for_each(|number| catalogue.push_line(&product(number).to_string()))?;
        catalogue.commit()?;
        let mut input = BuildInput {
            catalogue: &Catalogue::path(&data),
            catalogue_version: 0,
            events: &mut (0..orders)
                .map(|number| order(number, products))
                .chain((0..visits).flat_map(|number| visit(number, products)).map(Ok)),
            embedder: &StaticTable::builtin()?,
            now: Timestamp::now(),
            keep: 1,
            settings: &BuildSettings::default(),
            pages: None,
            tables: None,
            trainers: trainers(None),
        };
        let began = Instant::now();
        generation::build(&data.generations(), &mut input, &Silent, &mut |_| {})?;
        let built = began.elapsed();
        println!(
            "\n{products} generated products, {orders} orders and {visits} visits, reindexed in {:.0} s",
            built.as_secs_f64()
        );
        if let Some(kept) = kept {
            std::fs::create_dir_all(&kept)?;
            copy(folder.path(), &kept)?;
        }
        Ok(Self { folder, products, built: Some(built) })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }
}

/// Copies what is in one folder into another.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let done = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    ensure!(done.success(), "cannot copy {} to {}", from.display(), to.display());
    Ok(())
}
