//! Exact titles: a query that is the title of a product asks for that product. Where there is one, products that
//! lack a word, or that are near by meaning alone, do not match.

use super::show::ProductTexts;
use crate::engine::Snapshot;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::TextMatches;

/// The most products with every word whose titles are compared.
const MAX_COMPARED: usize = 100;

/// The products whose title is the query, word by word, among those that have all its words; ascending.
pub(super) fn exact_titles(
    snapshot: &Snapshot,
    query: &SearchQuery,
    searched: &str,
    found: &TextMatches,
) -> Vec<Ordinal> {
    let complete: Vec<Ordinal> = found.complete().take(MAX_COMPARED + 1).collect();
    if complete.is_empty() || complete.len() > MAX_COMPARED {
        return Vec::new();
    }
    let generation = &snapshot.generation;
    let mut analyzer = generation.text.analyzer_of(query.lang.as_deref());
    let mut terms = |text: &str| analyzer.whole(text).into_iter().map(|token| token.term).collect::<Vec<_>>();
    let typed = terms(searched);
    let same = |&ordinal: &Ordinal| {
        ProductTexts::of(&generation.products, ordinal).is_some_and(|texts| terms(&texts.title) == typed)
    };
    complete.into_iter().filter(same).collect()
}
