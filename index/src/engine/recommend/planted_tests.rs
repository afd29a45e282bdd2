//! A simulated shop whose orders hold planted pairs (printers and their own ink, phones and their own cases, cameras and
//! cards, pots and seeds), noise, and a bag in every order: rows show the pairs, and neither noise nor the bag.

use super::*;
use crate::engine::{Engine, testing};
use crate::event::{Event, EventKind, EventProduct};
use crate::product::Product;
use crate::random::SplitMix64;
use crate::time::DAY_MS;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Main products of each of the four families.
const MAINS: usize = 12;
/// Products that are bought with nothing in particular.
const NOISE: usize = 100;
/// Orders of each main product.
const ORDERS: usize = 40;
/// Orders of noise alone.
const NOISE_ORDERS: usize = 4000;
/// The day on which the shop is asked.
const TODAY: i64 = 400;

/// The families: the titles of a main product and of its partners, their categories, and the number of partners, which
/// all mains share if there are fewer.
const FAMILIES: [([&str; 2], [&str; 2], usize); 4] = [
    (["Acme Printer #", "Ink cartridge @"], ["Office > Printers", "Office > Ink"], MAINS),
    (["Nova Phone #", "Silicone case for Nova Phone #"], ["Phones > Smartphones", "Phones > Cases"], MAINS),
    (["Lumen system camera @", "Memory card @ of 64 GB"], ["Photo > Cameras", "Photo > Cards"], 3),
    (["Clay pot @", "Tomato seeds @"], ["Garden > Pots", "Garden > Seeds"], 3),
];

/// A word for a number below a thousand.
fn word(n: usize) -> String {
    let syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"];
    [n / 100, n / 10, n].map(|digits| syllables[digits % 10]).concat()
}

fn product(id: String, title: &str, n: usize, category: String) -> Product {
    Product {
        id,
        title: title.replace('#', &(n + 1).to_string()).replace('@', &word(n)),
        categories: vec![category],
        price: Some(1000 + 10 * n as i64),
        ..Product::default()
    }
}

fn products() -> Vec<Product> {
    let mut all = Vec::new();
    for (family, (titles, categories, partners)) in FAMILIES.into_iter().enumerate() {
        let main = |n| product(format!("main-{family}-{n}"), titles[0], n, categories[0].to_owned());
        all.extend((0..MAINS).map(main));
        let partner = |n| product(format!("part-{family}-{n}"), titles[1], n, categories[1].to_owned());
        all.extend((0..partners).map(partner));
    }
    let thing = |n| product(format!("noise-{n}"), "Thing @", n + 20, format!("Various > Shelf {}", n % 20));
    all.extend((0..NOISE).map(thing));
    all.push(product("bag".to_owned(), "Carrier bag", 0, "Service > Bags".to_owned()));
    all
}

/// One order of a shopper on a day; a bag is in every one.
fn order(number: usize, random: &mut SplitMix64, mut ids: Vec<String>) -> Event {
    ids.push("bag".to_owned());
    let day = random.below(TODAY as usize - 1) as i64;
    Event {
        message_id: Some(format!("m{number}")),
        user_id: Some(format!("u{}", random.below(2500))),
        order_id: Some(format!("o{number}")),
        time: jiff::Timestamp::from_millisecond(day * DAY_MS).ok(),
        products: ids.into_iter().map(|id| EventProduct { id, quantity: 1, price: None, position: None }).collect(),
        ..Event::new(EventKind::Purchase)
    }
}

fn events() -> Vec<Event> {
    let mut random = SplitMix64::new(7);
    // Some noise sells far better than the rest.
    let noise = |random: &mut SplitMix64| {
        let [a, b] = [0; 2].map(|_| random.below(NOISE));
        format!("noise-{}", a * b / NOISE)
    };
    let mut orders: Vec<Vec<String>> = Vec::new();
    for (family, (_, _, partners)) in FAMILIES.into_iter().enumerate() {
        for at in 0..MAINS * ORDERS {
            let mut ids = vec![format!("main-{family}-{}", at % MAINS)];
            if random.unit() < 0.6 {
                let own = if partners == MAINS { at % MAINS } else { random.below(partners) };
                ids.push(format!("part-{family}-{own}"));
            }
            if random.unit() < 0.4 {
                ids.push(noise(&mut random));
            }
            orders.push(ids);
        }
    }
    for _ in 0..NOISE_ORDERS {
        let count = 1 + random.below(4);
        orders.push((0..count).map(|_| noise(&mut random)).collect());
    }
    for ids in &mut orders {
        ids.sort_unstable();
        ids.dedup();
    }
    orders.into_iter().enumerate().map(|(number, ids)| order(number, &mut random, ids)).collect()
}

fn ask(engine: &Engine, kind: PlacementKind, about: &str, explain: Option<&str>) -> Done<PlacementAnswer> {
    let now = jiff::Timestamp::from_millisecond(TODAY * DAY_MS)?;
    let product_ids = if about.is_empty() { vec![] } else { vec![about.to_owned()] };
    let placement = Placement { explain: explain.map(str::to_owned), ..Placement::about(kind, product_ids, 10) };
    let request_context = RequestContext { now, ..RequestContext::default() };
    Ok(engine.recommend(&[placement], None, &request_context)?.remove(0))
}

#[test]
fn planted_pairs_are_found_and_noise_and_the_bag_are_not() -> Done {
    let (products, events) = (products(), events());
    let engine = testing::engine_after(&products, &events, jiff::Timestamp::from_millisecond(TODAY * DAY_MS)?)?;
    let (mut right, mut shown, mut without) = (0, 0, 0);
    for (family, (_, _, partners)) in FAMILIES.into_iter().enumerate() {
        for main in 0..MAINS {
            let row = ask(&engine, PlacementKind::Complementary, &format!("main-{family}-{main}"), None)?;
            let first: Vec<&str> = row.products().take(3).collect();
            let is_planted = |id: &&&str| match partners {
                MAINS => **id == format!("part-{family}-{main}"),
                _ => id.starts_with(&format!("part-{family}-")),
            };
            right += first.iter().filter(is_planted).count();
            shown += first.len();
            without += usize::from(!first.iter().any(|id| is_planted(&id)));
        }
    }
    assert!(right as f64 >= 0.9 * shown as f64, "{right} of {shown} are planted");
    assert!(without <= MAINS * FAMILIES.len() / 20, "{without} mains without their partner");
    let mut noisy = Vec::new();
    for noise in 0..NOISE {
        let row = ask(&engine, PlacementKind::Complementary, &format!("noise-{noise}"), None)?;
        noisy.extend(row.products().map(|id| format!("noise-{noise} {id}")).next());
    }
    assert!(noisy.len() <= NOISE / 20, "{noisy:?}");
    for (kind, about) in
        [(PlacementKind::Popular, ""), (PlacementKind::Trending, ""), (PlacementKind::Similar, "main-0-0")]
    {
        let row = ask(&engine, kind, about, None)?;
        assert!(row.products().all(|id| id != "bag"), "{}", kind.name());
    }
    Ok(())
}

#[test]
fn a_row_says_why_an_expected_product_is_not_in_it() -> Done {
    let engine = testing::engine_after(&products(), &events(), jiff::Timestamp::from_millisecond(TODAY * DAY_MS)?)?;
    let why = |about: &str, id: &str| -> Done<String> {
        let row = ask(&engine, PlacementKind::Complementary, about, Some(id))?;
        Ok(row.explain.ok_or("no explanation")?.because)
    };
    assert_eq!(why("main-0-0", "part-0-0")?, "it is at place 1");
    assert!(why("main-0-0", "main-0-1")?.starts_with("one buys the one or the other"));
    assert_eq!(why("main-1-0", "part-1-1")?, "it is made for another model");
    assert_eq!(why("main-0-0", "bag")?, "it goes with everything");
    assert!(why("main-0-0", "main-3-0")?.starts_with("bought together 0 times, 3 needed"));
    assert_eq!(why("main-0-0", "nowhere")?, "it is not in the catalogue");
    Ok(())
}
