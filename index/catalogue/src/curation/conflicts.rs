//! Conflicts between rules. Two rules are compared if some request certainly matches both: they
//! have the same exact query, one phrase contains the other, a pattern matches the query, or one
//! has no condition on the query; and their contexts and periods overlap. Phrases that a single
//! request could contain by chance are not reported, because that would be every pair.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::compiled::{Clause, Rules};
use super::rule::{Conditions, QueryCondition, Rule};
use crate::product::is_within;

/// The most conflicts reported at a time.
pub const MAX_CONFLICTS: usize = 1_000;

/// The kinds of conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Two products are pinned to one position.
    SamePosition,
    /// One product is pinned to two positions.
    PinnedTwice,
    /// A product is pinned by one rule and hidden by the other.
    PinnedAndHidden,
    /// The rules redirect to different addresses.
    TwoRedirects,
    /// One rule redirects away from the page that the other arranges.
    RedirectAndPin,
    /// The rules replace the query differently.
    TwoQueries,
    /// The rules sort differently.
    TwoSorts,
}

/// A conflict between two rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// The kind of the conflict.
    pub kind: ConflictKind,
    /// The ids of both rules; the first has precedence.
    pub rules: [String; 2],
    /// A description for people.
    pub message: String,
}

impl Rules {
    /// All conflicts, or those of one rule, from `now` on; in order, at most [`MAX_CONFLICTS`]. A rule whose period is over
    /// conflicts with nothing.
    pub fn conflicts(&self, of: Option<&str>, now: Timestamp) -> Vec<Conflict> {
        let mut clauses: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        self.clauses.iter().enumerate().for_each(|(at, clause)| clauses.entry(clause.rule).or_default().push(at));
        let mut found = BTreeSet::new();
        for (first, a) in self.rules.iter().enumerate() {
            for (second, b) in self.rules.iter().enumerate().skip(first + 1) {
                if of.is_some_and(|id| a.id != id && b.id != id) {
                    continue;
                }
                let conflicts = between(a, b);
                if !conflicts.is_empty() && self.share_a_request(&clauses[&first], &clauses[&second], now) {
                    found.extend(conflicts);
                }
                if found.len() >= MAX_CONFLICTS {
                    return found.into_iter().take(MAX_CONFLICTS).collect();
                }
            }
        }
        found.into_iter().collect()
    }

    /// True if some request certainly matches a clause of each list.
    fn share_a_request(&self, a: &[usize], b: &[usize], now: Timestamp) -> bool {
        let lasts = |clause: &&usize| self.clauses[**clause].conditions.until.is_none_or(|until| until > now);
        a.iter().filter(lasts).any(|&a| {
            b.iter().filter(lasts).any(|&b| {
                let (one, other) = (&self.clauses[a].conditions, &self.clauses[b].conditions);
                one.overlap(other) && (self.query_implies(a, b) || self.query_implies(b, a))
            })
        })
    }

    /// True if a query that matches clause `a` certainly matches `b`. Not symmetric.
    fn query_implies(&self, a: usize, b: usize) -> bool {
        use QueryCondition::{Contains, Empty, Exact, Pattern, StartsWith};
        let (Clause { words, conditions: one, .. }, Clause { words: others, conditions: other, .. }) =
            (&self.clauses[a], &self.clauses[b]);
        match (&one.query, &other.query) {
            (_, None) => true,
            (Some(Empty(a)), Some(Empty(b))) => a == b,
            (Some(Exact(_)), Some(Exact(_))) => words == others,
            (Some(Exact(_) | Contains(_) | StartsWith(_)), Some(Contains(_))) => {
                words.windows(others.len().max(1)).any(|part| part == others)
            }
            (Some(Exact(_) | StartsWith(_)), Some(StartsWith(_))) => words.starts_with(others),
            (Some(Exact(phrase)), Some(Pattern(_))) => self.pattern_matches(b, phrase),
            (Some(Pattern(a)), Some(Pattern(b))) => a == b,
            (Some(Exact(_) | Contains(_) | StartsWith(_)), Some(Empty(empty))) => !empty,
            _ => false,
        }
    }
}

/// The conflicts between the consequences of two rules that both apply; `a` has precedence.
fn between(a: &Rule, b: &Rule) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut add = |kind, message: String| {
        found.push(Conflict { kind, rules: [a.id.clone(), b.id.clone()], message });
    };
    let (one, other) = (&a.then, &b.then);
    for pin in &one.pin {
        for second in &other.pin {
            if pin.id != second.id && pin.position == second.position {
                let message = format!(
                    "both pin to place {}: `{}` gets it, `{}` the next free one",
                    pin.position, pin.id, second.id
                );
                add(ConflictKind::SamePosition, message);
            } else if pin.id == second.id && pin.position != second.position {
                let message = format!(
                    "`{}` is pinned to place {} and {}: the first counts",
                    pin.id, pin.position, second.position
                );
                add(ConflictKind::PinnedTwice, message);
            }
        }
    }
    let hidden = |pins: &Rule, hides: &Rule| -> Vec<String> {
        let both = pins.then.pin.iter().filter(|pin| hides.then.hide.contains(&pin.id));
        both.map(|pin| format!("`{}` pins `{}`, `{}` hides it: it is hidden", pins.id, pin.id, hides.id)).collect()
    };
    hidden(a, b).into_iter().chain(hidden(b, a)).for_each(|message| add(ConflictKind::PinnedAndHidden, message));
    match (&one.redirect, &other.redirect) {
        (Some(first), Some(second)) if first != second => {
            add(ConflictKind::TwoRedirects, format!("they lead to {first} and {second}: the first counts"));
        }
        (Some(target), None) if !other.pin.is_empty() => {
            add(ConflictKind::RedirectAndPin, format!("`{}` leads to {target}, away from what `{}` pins", a.id, b.id));
        }
        (None, Some(target)) if !one.pin.is_empty() => {
            add(ConflictKind::RedirectAndPin, format!("`{}` leads to {target}, away from what `{}` pins", b.id, a.id));
        }
        _ => {}
    }
    let differ = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) if one != other => Some(format!("`{one}` and `{other}`: the first counts")),
        _ => None,
    };
    if let Some(message) = differ(&one.replace_query, &other.replace_query) {
        add(ConflictKind::TwoQueries, format!("they search for {message}"));
    }
    if let Some(message) = differ(&one.sort, &other.sort) {
        add(ConflictKind::TwoSorts, format!("they sort by {message}"));
    }
    found
}

impl Conditions {
    /// True if contexts, categories and periods overlap. Texts must be lower-cased.
    fn overlap(&self, other: &Self) -> bool {
        fn common<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() || b.is_empty() || a.iter().any(|value| b.contains(value))
        }
        let categories = self.categories.is_empty()
            || other.categories.is_empty()
            || self.categories.iter().any(|a| other.categories.iter().any(|b| is_within(a, b) || is_within(b, a)));
        let before = |until: Option<Timestamp>, from: Option<Timestamp>| {
            until.zip(from).is_some_and(|(until, from)| until <= from)
        };
        categories
            && self.share_a_row(other)
            && common(&self.products, &other.products)
            && common(&self.channels, &other.channels)
            && common(&self.segments, &other.segments)
            && common(&self.seasons, &other.seasons)
            && common(&self.countries, &other.countries)
            && common(&self.regions, &other.regions)
            && common(&self.devices, &other.devices)
            && common(&self.days, &other.days)
            && !before(self.until, other.from)
            && !before(other.until, self.from)
    }
}
