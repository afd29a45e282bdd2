//! The hits of one page.

use std::collections::HashMap;

use super::retrieve::Matched;
use crate::bitmap::Bitmap;
use crate::column::{Columns, Groups, Sort, top};
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::{Candidate, by_score};

/// The page's candidates, in order. Of a group of variants only the first in that order is there.
pub(super) fn page(
    matched: &Matched,
    query: &SearchQuery,
    sort: &Sort,
    columns: &Columns,
    groups: Option<&Groups>,
) -> Vec<Candidate> {
    if sort.is_relevance() {
        return by_relevance(matched, query, groups);
    }
    let mut relevance = vec![0f32; columns.len()];
    matched.rest().chain(matched.window.iter().copied()).for_each(|at| relevance[at.ordinal as usize] = at.score);
    let page = top(&matched.set, sort, columns, &relevance, groups, query.offset(), query.per_page);
    let mut found: HashMap<Ordinal, Candidate> =
        page.iter().map(|&ordinal| (ordinal, Candidate { ordinal, ..Candidate::default() })).collect();
    for candidate in matched.rest().chain(matched.window.iter().copied()) {
        found.entry(candidate.ordinal).and_modify(|known| *known = candidate);
    }
    page.iter().filter_map(|ordinal| found.remove(ordinal)).collect()
}

/// The window and the rest, merged by score.
fn by_relevance(matched: &Matched, query: &SearchQuery, groups: Option<&Groups>) -> Vec<Candidate> {
    let mut window = matched.window.iter().copied().peekable();
    let mut rest = matched.rest().peekable();
    let merged = std::iter::from_fn(|| match (window.peek(), rest.peek()) {
        (Some(inside), Some(outside)) if by_score(outside, inside).is_lt() => rest.next(),
        (Some(_), _) => window.next(),
        (None, _) => rest.next(),
    });
    let Some(groups) = groups else { return merged.skip(query.offset()).take(query.per_page).collect() };
    let mut met = Bitmap::new(matched.set.len());
    let firsts = merged.filter(|candidate| {
        let group = groups.first(candidate.ordinal);
        let new = !met.contains(group);
        met.insert(group);
        new
    });
    firsts.skip(query.offset()).take(query.per_page).collect()
}
