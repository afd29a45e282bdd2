//! The summary of a search for `explain`: what each step did, collected from what the steps left behind. Nothing is
//! searched or scored again. Steps that had nothing to do are left out.

mod meant;
mod order;
mod words;

use super::retrieve::Matched;
use super::{Curated, Retrieved, Search};
use crate::hit::{SearchStep, StepFacts};
use crate::query::SearchQuery;

/// A search whose steps are summed up.
pub(super) struct SearchSummary<'a> {
    search: Search<'a>,
    query: &'a SearchQuery,
    curated: &'a Curated,
    matched: &'a Matched,
    sorted: bool,
    /// True if the request names a shopper whose profile may be used.
    shopper: bool,
}

impl<'a> SearchSummary<'a> {
    pub(super) fn of(search: Search<'a>, query: &'a SearchQuery, retrieved: &'a Retrieved<'_>) -> Self {
        let Retrieved { curated, sort, matched, shopper, .. } = retrieved;
        let (sorted, shopper) = (!sort.is_relevance(), shopper.is_some());
        Self { search, query, curated, matched, sorted, shopper }
    }

    /// The steps that did something, in their order.
    pub(super) fn steps(&self) -> Vec<SearchStep> {
        let steps = [
            self.rules(),
            self.spelling(),
            self.understood(),
            self.other_words(),
            self.kind(),
            self.category(),
            self.words(),
            self.meaning(),
            self.order(),
            self.sold_out(),
            self.taste(),
        ];
        steps.into_iter().flatten().collect()
    }
}

fn step(sentence: String, facts: StepFacts) -> Option<SearchStep> {
    Some(SearchStep { sentence, facts })
}

/// A number of things in words: `1 product`, `2 products`.
fn count(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

/// Sentences as one text.
fn sentences(all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
