//! The matches that are surely what a query asks for. An order by a field, such as the price, brings the last match
//! by relevance to the top as easily as the first, so it orders these only: the products of the category or of the kind
//! that the query names and with all its words, else those with all its words, else those with most of them.

use super::kinds::KindCategories;
use super::matching::MatchSet;
use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::id::Ordinal;

/// Narrows a match set to the matches that are surely asked for. Pinned products stay.
pub(super) fn narrow_to_sure(snapshot: &Snapshot, matches: &mut MatchSet, pinned: impl Iterator<Item = Ordinal>) {
    if matches.understood.is_none() {
        return;
    }
    let having = |least: f32| {
        let held = matches.by_words.iter().filter(|scored| scored.held >= least);
        Bitmap::from_ordinals(matches.set.len(), held.map(|scored| scored.ordinal))
    };
    let mut sure = having(1.0);
    if sure.count() == 0 {
        sure = having(0.0);
    }
    if let Some(named) = &matches.named {
        let mut of_category = sure.clone();
        of_category.and(&named.products);
        if of_category.count() > 0 {
            sure = of_category;
        }
    }
    if let Some(kinds) = &matches.kinds {
        let of_kind = KindCategories::of(snapshot, kinds, sure.iter()).of_kind(&sure);
        if of_kind.count() > 0 {
            sure = of_kind;
        }
    }
    if sure.count() == 0 {
        return;
    }
    pinned.for_each(|ordinal| sure.insert(ordinal));
    matches.set.and(&sure);
}
