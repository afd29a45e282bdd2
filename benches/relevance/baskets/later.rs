//! The baskets of the weeks after a day, as questions.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use tastemaker_index::event::{Event, EventKind};
use tastemaker_index::id::Ordinal;
use tastemaker_index::random::SplitMix64;

const SEED: u64 = 20_260_801;

/// The known products of a basket, each once, in its order; none for what is no purchase.
pub(super) fn products(event: &Event, ordinal: &dyn Fn(&str) -> Option<Ordinal>) -> Vec<Ordinal> {
    let mut seen = HashSet::new();
    let lines = event.products.iter().filter(|_| event.kind == EventKind::Purchase);
    lines.filter_map(|line| ordinal(&line.id)).filter(|&product| seen.insert(product)).collect()
}

/// A basket without one of its products.
pub(super) struct Rest {
    pub(super) has: Vec<Ordinal>,
    pub(super) hidden: HashSet<Ordinal>,
}

/// Hides one product of every basket of several, by chance and each time the same.
pub(super) fn rests(later: &[Event], ordinal: &dyn Fn(&str) -> Option<Ordinal>) -> Vec<Rest> {
    let mut random = SplitMix64::new(SEED);
    let baskets = later.iter().map(|event| products(event, ordinal)).filter(|basket| basket.len() > 1);
    baskets
        .map(|mut has| {
            let hidden = has.remove(random.below(has.len()));
            Rest { has, hidden: HashSet::from([hidden]) }
        })
        .collect()
}

/// A shopper's next basket.
pub(super) struct Next<'a> {
    pub(super) user: &'a str,
    /// All that is known of the shopper, oldest first.
    pub(super) before: Vec<&'a Event>,
    pub(super) time: Timestamp,
    pub(super) right: HashSet<Ordinal>,
}

/// The first later basket of everybody with a basket before.
pub(super) fn nexts<'a>(
    earlier: &'a [Event],
    later: &'a [Event],
    ordinal: &dyn Fn(&str) -> Option<Ordinal>,
) -> Vec<Next<'a>> {
    let mut known: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in earlier {
        event.user_id.iter().for_each(|user| known.entry(user).or_default().push(event));
    }
    let mut nexts = Vec::new();
    for event in later {
        let (Some(user), Some(time)) = (event.user_id.as_deref(), event.time) else { continue };
        let right: HashSet<Ordinal> = products(event, ordinal).into_iter().collect();
        if right.is_empty() {
            continue;
        }
        let before = known.remove(user).unwrap_or_default();
        if before.iter().any(|event| !products(event, ordinal).is_empty()) {
            nexts.push(Next { user, before, time, right });
        }
    }
    nexts
}
