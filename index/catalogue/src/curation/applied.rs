//! What rules come to for one request: their consequences put together, the rule with the higher
//! priority first wherever only one can have its way.

use std::collections::BTreeSet;

use super::rule::{Apart, Banner, Pin, Rule, Weighing};

/// What follows for one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// The rules that hold, by id, in the order they count.
    pub rules: Vec<String>,
    /// What is searched for.
    pub query: String,
    /// Whether that is not what was typed.
    pub rewritten: bool,
    /// Filters that products must pass as well.
    pub filters: Vec<String>,
    /// Products at places, by place; no product and no place twice.
    pub pins: Vec<Pin>,
    /// Products that are not there.
    pub hidden: BTreeSet<String>,
    /// Products that do not stand on one page.
    pub apart: Vec<Apart>,
    /// What multiplies scores; several on one product multiply each other.
    pub weighings: Vec<Weighing>,
    /// The order where the request asks for none.
    pub sort: Option<String>,
    /// Facets in the order to show them.
    pub facet_order: Vec<String>,
    /// What to show beside the products.
    pub banners: Vec<Banner>,
    /// Where to go instead.
    pub redirect: Option<String>,
}

impl Applied {
    /// No rule holds.
    pub fn unchanged(query: &str) -> Self {
        Self { query: query.to_owned(), ..Self::default() }
    }

    /// What rules come to, given in the order they count. The first replaced query, redirect,
    /// order of hits and order of facets counts; a product that is hidden by any is not pinned; a
    /// pin whose place is taken goes to the next free one.
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
        applied.pins = places(pins, &applied.hidden);
        applied
    }
}

/// The query without some words, unless nothing were left.
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
