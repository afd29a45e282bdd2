//! Recent searches of a shopper, as a bounded set: each text once, with its last time. The latest
//! [`MAX_SEARCHES`] remain, so that joining in any order, any number of times, gives the same state.

use serde::{Deserialize, Serialize};

/// The most searches of a profile; the oldest are removed first.
pub const MAX_SEARCHES: usize = 32;

/// The longest text stored, in characters.
const MAX_CHARS: usize = 100;

/// The longest pause in which a search that continues another counts as the same one being typed.
const TYPING_MS: i64 = 30_000;

/// The latest searches, oldest first: the time in Unix milliseconds and the text in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Searches(Vec<(i64, String)>);

impl Searches {
    /// Inserts a search; one with a later time present, or older than all of a full set, changes nothing.
    pub fn insert(&mut self, time_ms: i64, query: &str) {
        let text = query.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if text.is_empty() || text.chars().count() > MAX_CHARS {
            return;
        }
        if let Some(known) = self.0.iter().position(|(_, other)| *other == text) {
            if self.0[known].0 >= time_ms {
                return;
            }
            self.0.remove(known);
        }
        let new = (time_ms, text);
        let at = self.0.partition_point(|known| *known < new);
        self.0.insert(at, new);
        if self.0.len() > MAX_SEARCHES {
            self.0.remove(0);
        }
    }

    /// Inserts every search of another set.
    pub fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|(time_ms, query)| self.insert(*time_ms, query));
    }

    /// Removes searches before `ms`.
    pub fn forget_before(&mut self, ms: i64) {
        self.0.retain(|(time_ms, _)| *time_ms >= ms);
    }

    /// Texts and times in Unix milliseconds, the latest first, without texts typed on the way to a later one.
    pub fn recent(&self) -> impl Iterator<Item = (&str, i64)> {
        let finished = |(at, (time_ms, query)): &(usize, &(i64, String))| {
            let mut later = self.0[at + 1..].iter().take_while(|(other_ms, _)| other_ms - time_ms <= TYPING_MS);
            !later.any(|(_, other)| other.starts_with(query.as_str()))
        };
        self.0
            .iter()
            .enumerate()
            .rev()
            .filter(move |one| finished(one))
            .map(|(_, (time_ms, query))| (query.as_str(), *time_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(searches: &Searches) -> Vec<&str> {
        searches.recent().map(|(query, _)| query).collect()
    }

    #[test]
    fn the_latest_come_first_and_each_once() {
        let mut searches = Searches::default();
        for (time_ms, query) in [(1, "Red  Boots"), (3, "tents"), (2, "red boots"), (0, "tents"), (4, " ")] {
            searches.insert(time_ms, query);
        }
        assert_eq!(texts(&searches), ["tents", "red boots"]);
        searches.forget_before(3);
        assert_eq!(texts(&searches), ["tents"]);
    }

    #[test]
    fn typing_is_one_search() {
        let mut searches = Searches::default();
        for (time_ms, query) in [(0, "b"), (100, "bo"), (200, "boots"), (60_000, "boo")] {
            searches.insert(time_ms, query);
        }
        assert_eq!(texts(&searches), ["boo", "boots"]);
    }

    #[test]
    fn any_order_ends_the_same_and_the_oldest_go() {
        let all: Vec<(i64, String)> = (0..50).map(|n| (n * 37 % 50, format!("q{}", n % 45))).collect();
        let of = |order: &mut dyn Iterator<Item = &(i64, String)>| {
            let mut searches = Searches::default();
            order.for_each(|(time_ms, query)| searches.insert(*time_ms, query));
            searches
        };
        let (forwards, backwards) = (of(&mut all.iter()), of(&mut all.iter().rev()));
        assert_eq!((forwards.0.len(), &forwards), (MAX_SEARCHES, &backwards));
        let mut joined = of(&mut all[..20].iter());
        joined.join(&of(&mut all[10..].iter()));
        joined.join(&forwards);
        assert_eq!(joined, forwards);
    }
}
