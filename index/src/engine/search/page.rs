//! The hits of one page.

use super::retrieve::Matched;
use crate::query::SearchQuery;
use crate::rank::{Candidate, by_score};

/// The page's candidates: the window and the rest, merged by score.
pub(super) fn relevance_page(matched: &Matched, query: &SearchQuery) -> Vec<Candidate> {
    let mut window = matched.window.iter().copied().peekable();
    let mut rest = matched.rest.iter().map(|&(ordinal, text)| matched.outside(ordinal, text)).peekable();
    let merged = std::iter::from_fn(|| match (window.peek(), rest.peek()) {
        (Some(inside), Some(outside)) if by_score(outside, inside).is_lt() => rest.next(),
        (Some(_), _) => window.next(),
        (None, _) => rest.next(),
    });
    merged.skip(query.offset()).take(query.per_page).collect()
}
