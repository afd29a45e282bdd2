//! Every reason of every row of many simulated shoppers, each checked against the journal by a count of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::engine::{Engine, Shopper, testing};
use crate::event::{Event, EventKind, EventProduct};
use crate::id::ShopperId;
use crate::product::Product;
use crate::profile::Profile;
use crate::random::SplitMix64;
use crate::time::{DAY_MS, MINUTE_MS};

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const SHOPPERS: usize = 500;
const PRODUCTS: usize = 120;
const TODAY: i64 = 300;
/// Products bought again, each with the days between.
const SUPPLIES: [(usize, i64); 3] = [(0, 14), (1, 28), (60, 21)];

/// One visit of one shopper: the products viewed, then those bought.
struct Visit {
    shopper: usize,
    day: i64,
    viewed: Vec<usize>,
    bought: Vec<usize>,
}

fn id(product: usize) -> String {
    format!("p{product:03}")
}

/// Products of twelve categories, ten each; each title once.
fn products() -> Vec<Product> {
    let kinds = ["beans", "tea", "kettle", "mug", "lamp", "bulb", "soap", "towel", "tent", "mat", "boots", "socks"];
    let of = |n: usize| Product {
        id: id(n),
        title: format!(
            "{} {}",
            ["Amber", "Birch", "Cedar", "Dune", "Elm", "Fjord", "Gorse", "Heath", "Iris", "Jade"][n % 10],
            kinds[n / 10]
        ),
        categories: vec![format!("{} > {}", ["Kitchen", "Home", "Outdoor"][n / 40], kinds[n / 10])],
        price: Some(500 + 130 * (n % 10) as i64),
        created_at: jiff::Timestamp::from_millisecond((n as i64 * 2 + 50) * DAY_MS).ok(),
        ..Product::default()
    };
    (0..PRODUCTS).map(of).collect()
}

/// The visits of everybody, by day: supplies at a rhythm, lamps with their bulbs, boots with socks, and looks around.
fn visits() -> Vec<Visit> {
    let mut random = SplitMix64::new(11);
    let mut visits = Vec::new();
    for shopper in 0..SHOPPERS {
        if let Some(&(product, every)) = SUPPLIES.get(shopper % 12) {
            let first = random.below(every as usize) as i64;
            let days = (0..).map(|n| first + every * n).take_while(|day| *day < TODAY);
            visits.extend(days.map(|day| Visit { shopper, day, viewed: vec![], bought: vec![product] }));
        }
        for _ in 0..2 + random.below(6) {
            let day = random.below(TODAY as usize) as i64;
            let about = 10 * random.below(12);
            let viewed: Vec<usize> = (0..1 + random.below(3)).map(|_| about + random.below(10)).collect();
            let mut bought = Vec::new();
            if random.unit() < 0.5 {
                bought.push(viewed[viewed.len() - 1]);
                // A lamp goes with the bulb, boots with the socks of the same number.
                if [40, 100].contains(&about) && random.unit() < 0.7 {
                    bought.push(bought[0] + 10);
                }
            }
            visits.push(Visit { shopper, day, viewed, bought });
        }
    }
    visits.sort_by_key(|visit| (visit.day, visit.shopper));
    // Two visits of one shopper are days apart, so that each is a path of its own.
    let mut last: BTreeMap<usize, i64> = BTreeMap::new();
    visits.retain(|visit| {
        last.get(&visit.shopper).is_none_or(|day| visit.day - day > 2) && {
            last.insert(visit.shopper, visit.day);
            true
        }
    });
    visits
}

fn events(visits: &[Visit]) -> Vec<Event> {
    let mut events = Vec::new();
    for (number, visit) in visits.iter().enumerate() {
        let event = |kind, ids: &[usize], minute: i64| Event {
            message_id: Some(format!("m{number} {minute}")),
            user_id: Some(format!("u{}", visit.shopper)),
            session_id: Some(format!("s{number}")),
            order_id: (kind == EventKind::Purchase).then(|| format!("o{number}")),
            time: jiff::Timestamp::from_millisecond(visit.day * DAY_MS + minute * MINUTE_MS).ok(),
            products: ids
                .iter()
                .map(|&one| EventProduct { id: id(one), quantity: 1, price: None, position: None })
                .collect(),
            ..Event::new(kind)
        };
        for (minute, viewed) in visit.viewed.iter().enumerate() {
            events.push(event(EventKind::View, &[*viewed], 1 + minute as i64));
        }
        if !visit.bought.is_empty() {
            events.push(event(EventKind::Purchase, &visit.bought, 20));
        }
    }
    events
}

/// The journal, counted by plain loops.
struct Journal {
    visits: Vec<Visit>,
    titles: BTreeMap<String, usize>,
}

impl Journal {
    fn product(&self, title: &str) -> usize {
        *self.titles.get(title).unwrap_or_else(|| panic!("no product is called {title}"))
    }

    fn orders_with(&self, wanted: impl Fn(&[usize]) -> bool) -> u32 {
        self.visits.iter().filter(|visit| wanted(&visit.bought)).count() as u32
    }

    fn visits_with(&self, wanted: impl Fn(&Visit) -> bool) -> u32 {
        self.visits.iter().filter(|visit| wanted(visit)).count() as u32
    }

    /// The shoppers of which one visit or another is as `first`, and one as `second`.
    fn people_with(&self, first: impl Fn(&Visit) -> bool, second: impl Fn(&Visit) -> bool) -> u32 {
        let who = |wanted: &dyn Fn(&Visit) -> bool| -> BTreeSet<usize> {
            self.visits.iter().filter(|visit| wanted(visit)).map(|visit| visit.shopper).collect()
        };
        who(&first).intersection(&who(&second)).count() as u32
    }

    fn people_since(&self, product: usize, days: i64) -> u32 {
        let lately = |visit: &Visit| touches(visit, product) && TODAY - visit.day <= days;
        self.people_with(lately, lately)
    }

    /// The orders of a shopper with a product.
    fn own(&self, shopper: usize, product: usize) -> Vec<i64> {
        let own = self.visits.iter().filter(|visit| visit.shopper == shopper && visit.bought.contains(&product));
        own.map(|visit| visit.day).collect()
    }

    /// True if a reason of an item for a shopper, in a row about a product, is what the journal says.
    fn confirms(&self, shopper: usize, about: usize, item: usize, reason: &Reason<String, String, String>) -> bool {
        let both = |a: usize, b: usize| self.orders_with(|order| order.contains(&a) && order.contains(&b));
        let buys = |product: usize| move |visit: &Visit| visit.bought.contains(&product);
        let touched = |product: usize| move |visit: &Visit| touches(visit, product);
        match reason {
            Reason::BoughtTogether { product, together, .. } => {
                *together >= 3 && both(self.product(product), item) == *together
            }
            Reason::AlsoBought { product, people, .. } => {
                *people >= 3 && self.people_with(buys(self.product(product)), buys(item)) == *people
            }
            Reason::CategoryPair { together, people, .. } => {
                let category = |of: usize| move |one: &usize| one / 10 == of / 10;
                let orders =
                    self.orders_with(|order| order.iter().any(category(about)) && order.iter().any(category(item)));
                orders == *together && self.people_since(item, 90) == *people
            }
            Reason::ViewedTogether { product, visits } => {
                let other = self.product(product);
                let seen = self.visits_with(|visit| visit.viewed.contains(&other) && visit.viewed.contains(&item));
                let touched = self.visits_with(|visit| touches(visit, other) && touches(visit, item));
                *visits > 0 && (seen == *visits || touched == *visits)
            }
            Reason::Follows { product, people } => {
                *people > 0 && self.people_with(touched(self.product(product)), touched(item)) == *people
            }
            Reason::ViewedThenBought { product, together, .. } => {
                let seen = self.product(product);
                *together >= 3
                    && self.visits_with(|visit| visit.viewed.contains(&seen) && visit.bought.contains(&item))
                        == *together
            }
            Reason::SameCategory { people, .. } | Reason::Popular { people } => {
                *people >= 2 && self.people_since(item, 90) == *people
            }
            Reason::Trending { people } => *people >= 2 && self.people_since(item, 14) == *people,
            Reason::RecentlyViewed => self.visits.iter().any(|one| one.shopper == shopper && touches(one, item)),
            Reason::BuyAgain { days_ago, times, every_days, .. } => {
                let own = self.own(shopper, item);
                let last = own.last().copied().unwrap_or_default();
                let is_due = every_days.is_some_and(|every| 2 * days_ago >= every);
                own.len() as u32 == *times && TODAY - last == i64::from(*days_ago) + 1 && is_due
            }
            Reason::New { days_ago } => TODAY - (item as i64 * 2 + 50) == i64::from(*days_ago),
            Reason::StepUp { product, .. } => self.product(product) / 10 == item / 10 && self.product(product) < item,
            Reason::ReadsLike { similarity, .. }
            | Reason::Taste { similarity }
            | Reason::SimilarContent { similarity } => (0.0..=1.001).contains(similarity),
            Reason::Listed => true,
            _ => false,
        }
    }
}

fn touches(visit: &Visit, product: usize) -> bool {
    visit.viewed.contains(&product) || visit.bought.contains(&product)
}

/// The shopper with all that they did.
fn shopper(engine: &Engine, events: &[Event], number: usize) -> Shopper {
    let (user, mut profile) = (format!("u{number}"), Profile::default());
    let source = ShopperId::User(user.clone());
    let own = events.iter().filter(|event| event.user_id.as_deref() == Some(user.as_str()));
    own.for_each(|event| profile.record(&source, event));
    engine.shopper(Arc::new(profile), TODAY * DAY_MS)
}

#[test]
fn every_reason_of_every_row_of_five_hundred_shoppers_is_what_the_journal_says() -> Done {
    let (products, visits) = (products(), visits());
    let events = events(&visits);
    let now = jiff::Timestamp::from_millisecond(TODAY * DAY_MS)?;
    let engine = testing::engine_after(&products, &events, now)?;
    let titles = products.iter().enumerate().map(|(at, product)| (product.title.clone(), at)).collect();
    let journal = Journal { visits, titles };
    let mut given: BTreeMap<&'static str, u32> = BTreeMap::new();
    for number in 0..SHOPPERS {
        let (shopper, about) = (shopper(&engine, &events, number), number % PRODUCTS);
        let request_context = RequestContext { now, shopper: Some(&shopper), ..RequestContext::default() };
        for kind in PlacementKind::ALL {
            let placement = Placement::about(kind, vec![id(about)], 10);
            let row = engine.recommend(&[placement], None, &request_context)?.remove(0);
            let of_categories = row.categories.iter().flatten().flat_map(|category| &category.items);
            for item in row.items.iter().chain(of_categories) {
                let shown: usize = item.id[1..].parse()?;
                let claim =
                    format!("{} about {}, {} for u{number}: {:?}", kind.name(), id(about), item.id, item.reason);
                assert!(journal.confirms(number, about, shown, &item.reason), "{claim}");
                assert!(!item.because.ends_with(&products[shown].title), "a circle: {claim}");
                *given.entry(item.reason.name()).or_default() += 1;
            }
        }
    }
    let expected =
        ["bought_together", "buy_again", "popular", "recently_viewed", "viewed_together", "viewed_then_bought"];
    assert!(expected.iter().all(|reason| given.contains_key(reason)), "{given:?}");
    Ok(())
}

#[test]
fn regular_buyers_find_what_is_due_among_the_first_three_to_buy_again() -> Done {
    let visits = visits();
    let events = events(&visits);
    let now = jiff::Timestamp::from_millisecond(TODAY * DAY_MS)?;
    let engine = testing::engine_after(&products(), &events, now)?;
    let (mut due, mut found) = (0, 0);
    for number in 0..SHOPPERS {
        let Some(&(product, every)) = SUPPLIES.get(number % 12) else { continue };
        let bought = visits.iter().filter(|visit| visit.shopper == number && visit.bought.contains(&product));
        let days: Vec<i64> = bought.map(|visit| visit.day).collect();
        let is_due = days.len() > 2 && days.last().is_some_and(|last| TODAY - last >= every);
        if !is_due {
            continue;
        }
        due += 1;
        let shopper = shopper(&engine, &events, number);
        let request_context = RequestContext { now, shopper: Some(&shopper), ..RequestContext::default() };
        let row = engine.recommend(&[Placement::about(PlacementKind::BuyAgain, vec![], 3)], None, &request_context)?;
        found += usize::from(row[0].products().any(|shown| shown == id(product)));
    }
    assert!(due > 3 && found as f64 >= 0.9 * f64::from(due), "{found} of {due}");
    Ok(())
}

#[test]
fn three_robots_with_ten_thousand_views_move_no_product_by_more_than_one_place() -> Done {
    let visits = visits();
    let mut events = events(&visits);
    let now = jiff::Timestamp::from_millisecond(TODAY * DAY_MS)?;
    let order = |events: &[Event]| -> Done<Vec<String>> {
        let engine = testing::engine_after(&products(), events, now)?;
        let row = engine.recommend(
            &[Placement::about(PlacementKind::Popular, vec![], 100)],
            None,
            &RequestContext { now, ..RequestContext::default() },
        )?;
        Ok(row[0].products().map(str::to_owned).collect())
    };
    let before = order(&events)?;
    let mut random = SplitMix64::new(3);
    for view in 0..10_000 {
        let time = (TODAY - 1 - random.below(30) as i64) * DAY_MS + view as i64;
        events.push(Event {
            message_id: Some(format!("robot {view}")),
            anonymous_id: Some(format!("robot-{}", view % 3)),
            time: jiff::Timestamp::from_millisecond(time).ok(),
            products: vec![EventProduct { id: id(119 - view % 3), quantity: 1, price: None, position: None }],
            ..Event::new(EventKind::View)
        });
    }
    let after = order(&events)?;
    for (place, product) in before.iter().enumerate() {
        let then = after.iter().position(|one| one == product).ok_or("a product is gone")?;
        assert!(place.abs_diff(then) <= 1, "{product}: {place} to {then}");
    }
    Ok(())
}
