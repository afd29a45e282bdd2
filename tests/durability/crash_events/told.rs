//! What the victim is told: every kind of event, users and devices that are
//! linked and parted, orders told again and refunded, shoppers who refuse to be
//! stored. All of it follows from the message id, so that an event sent again
//! is the same event.

use tastemaker_index::event::Event;
use tastemaker_index::random::SplitMix64;

use super::Done;

/// A stream of numbers that depends on every byte of a text.
pub(crate) fn numbers_of(text: &str) -> SplitMix64 {
    text.bytes().fold(SplitMix64::new(1), |mut seed, byte| SplitMix64::new(seed.next_u64() ^ u64::from(byte)))
}

/// What a shopper may send, without ids.
const BODIES: [&str; 14] = [
    r#""type":"view","channel":"web","products":[{"id":"p%"}]"#,
    r#""type":"view","products":[{"id":"p%"}]"#,
    r#""type":"click","channel":"app","query_id":"q%","placement":"similar","products":[{"id":"p%"}]"#,
    r#""type":"add_to_cart","products":[{"id":"p%","quantity":2,"price":990}]"#,
    r#""type":"remove_from_cart","products":[{"id":"p%"}]"#,
    r#""type":"wishlist","products":[{"id":"p%"}]"#,
    r#""type":"search","query":"boots %""#,
    r#""type":"purchase","order_id":"o%","currency":"EUR","products":[{"id":"p%","price":500},{"id":"extra","quantity":3}]"#,
    r#""type":"purchase","value":4200,"products":[{"id":"p%"}]"#,
    r#""type":"refund","order_id":"o%","products":[{"id":"p%"}]"#,
    r#""type":"refund","order_id":"o%","value":100"#,
    r#""type":"preferences","preferences":{"brands":{"b%":"like"}}"#,
    r#""type":"consent","consent":{"personalization":false}"#,
    r#""type":"custom","name":"quiz","properties":{"answer":%}"#,
];

/// The event of a message id.
pub(crate) fn event(message_id: &str) -> Done<Event> {
    let mut numbers = numbers_of(message_id);
    let (user, device) = (numbers.below(12), numbers.below(16));
    let ids = match numbers.below(4) {
        0 => format!(r#""user_id":"u{user}""#),
        1 => format!(r#""anonymous_id":"d{device}""#),
        _ => format!(r#""user_id":"u{user}","anonymous_id":"d{device}""#),
    };
    let both = format!(r#""user_id":"u{user}","anonymous_id":"d{device}""#);
    let body = match numbers.below(100) {
        0..=1 => format!(r#""type":"unlink",{both}"#),
        2..=3 => format!(r#""type":"identify",{both}"#),
        // Few refuse, and most change their minds.
        4 => format!(r#""type":"consent","consent":{{"storage":{}}},{ids}"#, numbers.below(4) > 0),
        _ => {
            let body = BODIES[numbers.below(BODIES.len())];
            format!("{},{ids}", body.replace('%', &numbers.below(9).to_string()))
        }
    };
    // Seconds repeat, so that the order of what happened at one time matters too.
    let time = jiff::Timestamp::from_second(1_700_000_000 + 600 * numbers.below(500) as i64)?;
    Ok(serde_json::from_str(&format!(r#"{{"message_id":"{message_id}","time":"{time}",{body}}}"#))?)
}
