//! Exact titles: a query that is the title of a product asks for that product. Where there is one, products that
//! lack a word, or that are near by meaning alone, do not match.

use super::curate::Curated;
use super::show::ProductTexts;
use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::error::Result;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::text::{TextMatches, Understood};

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

/// The allowed products with the hidden sold-out ones that a query names exactly, by title or by part number; `None`
/// if it names none.
pub(super) fn sold_out_asked_for(
    snapshot: &Snapshot,
    query: &SearchQuery,
    curated: &Curated,
    understood: &Understood,
) -> Result<Option<Bitmap>> {
    let Some(hidden) = curated.hidden_sold_out.as_ref().filter(|hidden| hidden.count() > 0) else { return Ok(None) };
    let found = snapshot.generation.text.matches(understood, &snapshot.settings.text, Some(hidden))?;
    let named = match understood.part_number {
        true => found.complete().collect(),
        false => exact_titles(snapshot, query, &curated.applied.query, &found),
    };
    if named.is_empty() {
        return Ok(None);
    }
    let mut allowed = Bitmap::from_ordinals(hidden.len(), named);
    match &curated.allowed {
        Some(others) => allowed.or(others),
        None => return Ok(None),
    }
    Ok(Some(allowed))
}
