//! The matches that are surely what a query asks for. An order by a field, such as the price, brings the last match
//! by relevance to the top as easily as the first, so it orders these only: those with all words, or else with most of
//! them, and of these the products of the category and of the kind that the query names. Where it names neither, those
//! that are called what was typed, not those that only mention it.

use super::kinds::KindCategories;
use super::matching::MatchSet;
use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::error::Result;
use crate::id::Ordinal;
use crate::text::CalledReader;

/// Narrows a match set to the matches that are surely asked for. Pinned products stay.
pub(super) fn narrow_to_sure(
    snapshot: &Snapshot,
    matches: &mut MatchSet,
    pinned: impl Iterator<Item = Ordinal>,
) -> Result<()> {
    let Some(understood) = &matches.understood else { return Ok(()) };
    let having = |least: f32| {
        let held = matches.by_words.iter().filter(|scored| scored.held >= least);
        Bitmap::from_ordinals(matches.set.len(), held.map(|scored| scored.ordinal))
    };
    let mut sure = having(1.0);
    if sure.count() == 0 {
        sure = having(0.0);
    }
    let narrow = |sure: &mut Bitmap, to: &Bitmap| {
        let mut narrowed = sure.clone();
        narrowed.and(to);
        let found = narrowed.count() > 0;
        if found {
            *sure = narrowed;
        }
        found
    };
    let reader = CalledReader { index: &snapshot.generation.text, settings: &snapshot.settings.text };
    let named_all = reader.named_all(understood, &sure)?.unwrap_or_else(|| sure.clone());
    let is_word = understood.slots.iter().filter(|slot| slot.required).count() == 1;
    let of_kind = |sure: &Bitmap| {
        let kinds = matches.kinds.as_ref();
        kinds.map(|kinds| KindCategories::of(snapshot, kinds).of_kind(sure, &named_all))
    };
    // A single word names things wherever they are filed.
    let named =
        matches.named.as_ref().filter(|_| !is_word || of_kind(&sure).is_none_or(|of_kind| of_kind.count() == 0));
    let mut is_narrowed = named.is_some_and(|named| narrow(&mut sure, &named.products));
    is_narrowed |= of_kind(&sure).is_some_and(|of_kind| narrow(&mut sure, &of_kind));
    if !is_narrowed && let Some(called) = reader.called_all(understood, &sure)? {
        narrow(&mut sure, &called);
    }
    if sure.count() > 0 {
        pinned.for_each(|ordinal| sure.insert(ordinal));
        matches.set.and(&sure);
    }
    Ok(())
}
