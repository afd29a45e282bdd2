//! Made-up shoppers at work: sessions of views, clicks, searches, carts and
//! orders over products of Zipf popularity, told as a storefront's script
//! tells them. Seeded, so that every run sends the same events but for their
//! times, which end now.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tastemaker_index::random::SplitMix64;

/// Shoppers at work; an eighth of them signed in.
pub(crate) const SHOPPERS: u64 = 20_000;
const PRODUCTS: u64 = 50_000;
/// Between one event and the next, all shoppers together.
const STEP: SignedDuration = SignedDuration::from_millis(3);
/// Kinds, and how many of a thousand events each is.
const KINDS: [(&str, u64); 8] = [
    ("view", 600),
    ("click", 150),
    ("add_to_cart", 90),
    ("search", 80),
    ("remove_from_cart", 25),
    ("page", 20),
    ("wishlist", 10),
    ("purchase", 25),
];
const CHANNELS: [&str; 3] = ["web", "web", "app"];

/// The seeded generator, with the shapes that behaviour has.
pub(crate) struct Numbers(SplitMix64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// From 0 up to, not including, 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of `limit` things the n-th most popular, by Zipf's law with exponent 1: the inverse of a
    /// logarithmic distribution.
    pub(crate) fn zipf(&mut self, limit: u64) -> u64 {
        let rank = ((limit as f64 + 1.0).powf(self.share())) as u64;
        rank.clamp(1, limit) - 1
    }
}

/// Events by kind.
pub(crate) type Kinds = BTreeMap<&'static str, u64>;

/// A stream of events.
pub(crate) struct Storefront {
    numbers: Numbers,
    time: Timestamp,
    told: u64,
    /// Of what was told so far: products for events that name some, orders for purchases.
    pub(crate) kinds: Kinds,
}

impl Storefront {
    /// A stream of `events` events that ends at `now`.
    pub(crate) fn new(seed: u64, events: u64, now: Timestamp) -> anyhow::Result<Self> {
        let begin = now.checked_sub(STEP * i32::try_from(events)?)?;
        Ok(Self { numbers: Numbers::new(seed), time: begin, told: 0, kinds: Kinds::new() })
    }

    /// The next event, as JSON.
    pub(crate) fn event(&mut self) -> anyhow::Result<String> {
        self.time = self.time.checked_add(STEP)?;
        self.told += 1;
        let numbers = &mut self.numbers;
        // Some shoppers do far more than others.
        let shopper = (numbers.share().powf(1.5) * SHOPPERS as f64) as u64;
        let session = self.time.as_second() / 3600;
        let mut event = Map::new();
        let mut say = |field: &str, value: Value| event.insert(field.to_owned(), value);
        say("message_id", json!(format!("{:016x}{:016x}", numbers.next(), self.told)));
        say("anonymous_id", json!(format!("device-{:016x}", Numbers::new(shopper).next())));
        if shopper.is_multiple_of(8) {
            say("user_id", json!(format!("customer-{shopper:08}")));
        }
        say("session_id", json!(format!("{:012x}-{session}", Numbers::new(shopper + 7).next() >> 16)));
        say("time", json!(self.time.to_string()));
        say("channel", json!(CHANNELS[(shopper % 3) as usize]));
        let kind = kind(numbers.below(1000));
        say("type", json!(kind));
        let lines = if kind == "purchase" { 1 + numbers.below(4) } else { 1 };
        match kind {
            "search" => drop(say("query", json!(format!("trail shoes {}", numbers.zipf(5000))))),
            "page" => {
                say("name", json!("category"));
                say("url", json!(format!("https://shop.example/c/outdoor/{}", numbers.zipf(300))));
            }
            _ => {
                let product = |numbers: &mut Numbers| {
                    let product = numbers.zipf(PRODUCTS);
                    json!({"id": format!("sku-{product:06}"), "quantity": 1, "price": 500 + 100 * (product % 200)})
                };
                say("products", (0..lines).map(|_| product(numbers)).collect());
            }
        }
        match kind {
            "purchase" => {
                say("order_id", json!(format!("order-{:010}", self.told)));
                say("currency", json!("EUR"));
            }
            "click" => {
                say("query_id", json!(format!("{:032x}", u128::from(numbers.next()) << 40)));
                say("query", json!(format!("trail shoes {}", numbers.zipf(5000))));
            }
            "view" => drop(say("url", json!(format!("https://shop.example/p/{:08x}", numbers.below(1 << 32))))),
            _ => {}
        }
        *self.kinds.entry(kind).or_default() += 1;
        Ok(Value::Object(event).to_string())
    }
}

fn kind(drawn: u64) -> &'static str {
    let mut before = 0;
    let found = KINDS.iter().find(|(_, of_thousand)| {
        before += of_thousand;
        drawn < before
    });
    found.map_or("view", |(kind, _)| kind)
}
