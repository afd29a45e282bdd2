//! The combined consequences of all rules that apply to one request. Where only one rule can win,
//! it is the one with the higher priority.

use std::collections::BTreeSet;

use super::rule::{Banner, NeverBeside, Pin, Rule, Weighing};

/// The consequences for one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// The ids of the rules that apply, in order of precedence.
    pub rules: Vec<String>,
    /// The query to search for.
    pub query: String,
    /// True if that differs from the query of the request.
    pub rewritten: bool,
    /// Filters that products must pass in addition to the request's.
    pub filters: Vec<String>,
    /// Pinned products in order of their positions; no product and no position occurs twice.
    pub pins: Vec<Pin>,
    /// Products that are excluded.
    pub hidden: BTreeSet<String>,
    /// Pairs of product sets that must not appear on one page.
    pub apart: Vec<NeverBeside>,
    /// Score multipliers; several on one product multiply.
    pub weighings: Vec<Weighing>,
    /// The sort order for requests without one.
    pub sort: Option<String>,
    /// Facets in display order.
    pub facet_order: Vec<String>,
    /// Banners to show with the products.
    pub banners: Vec<Banner>,
    /// The address to redirect to.
    pub redirect: Option<String>,
}

impl Applied {
    /// The outcome if no rule applies.
    pub fn unchanged(query: &str) -> Self {
        Self { query: query.to_owned(), ..Self::default() }
    }

    /// Combines rules given in order of precedence. The first replacement query, redirect, sort order and facet order
    /// wins. A product hidden by any rule is not pinned. A pin whose position is taken moves to the next free one.
    pub(super) fn of<'a>(rules: impl IntoIterator<Item = &'a Rule>, query: &str) -> Self {
        let mut applied = Self::default();
        let (mut replaced, mut removed, mut pins) = (None, Vec::new(), Vec::new());
        for rule in rules {
            let then = &rule.then;
            applied.rules.push(rule.id.clone());
            replaced = replaced.or(then.replace_query.as_deref());
            removed.extend(then.remove_words.iter().map(|word| word.to_lowercase()));
            applied.filters.extend(then.filter.clone());
            pins.extend(&then.pin);
            applied.hidden.extend(then.hide.iter().cloned());
            applied.apart.extend(then.never_beside.iter().cloned());
            applied.weighings.extend(then.weighings());
            applied.sort = applied.sort.or_else(|| then.sort.clone());
            if applied.facet_order.is_empty() {
                applied.facet_order.clone_from(&then.facet_order);
            }
            applied.banners.extend(then.banners.iter().cloned());
            applied.redirect = applied.redirect.or_else(|| then.redirect.clone());
        }
        applied.query = without(replaced.unwrap_or(query), &removed);
        applied.rewritten = applied.query != query;
        // Only now are all hidden products known, also those of rules that come after the pin.
        applied.pins = places(pins, &applied.hidden);
        applied
    }
}

/// The query without the removed words, or unchanged if nothing would be left.
fn without(query: &str, removed: &[String]) -> String {
    if removed.is_empty() {
        return query.to_owned();
    }
    let stays = |word: &&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        !removed.contains(&bare)
    };
    let left: Vec<&str> = query.split_whitespace().filter(stays).collect();
    if left.is_empty() { query.to_owned() } else { left.join(" ") }
}

fn places(pins: Vec<&Pin>, hidden: &BTreeSet<String>) -> Vec<Pin> {
    let (mut taken, mut pinned) = (BTreeSet::new(), BTreeSet::new());
    let mut placed = Vec::with_capacity(pins.len());
    for pin in pins {
        if hidden.contains(&pin.id) || !pinned.insert(&pin.id) {
            continue;
        }
        let mut position = pin.position;
        while !taken.insert(position) {
            position += 1;
        }
        placed.push(Pin { id: pin.id.clone(), position });
    }
    placed.sort_by_key(|pin| pin.position);
    placed
}
