//! The categories that hold the kind of thing that a query names. What lies in others is another kind of thing, however
//! well its words match: a drill bit lies among bits, not among drills.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::id::{CategoryNumber, Ordinal};
use crate::text::KindSets;

/// The least share of a leaf category's matches that are of the kind, where it holds that kind.
const LEAST: f32 = 0.2;

/// The leaf categories that hold the kind of a query.
pub(super) struct KindCategories<'a> {
    snapshot: &'a Snapshot,
    kinds: &'a KindSets,
    holding: FxHashSet<CategoryNumber>,
}

impl<'a> KindCategories<'a> {
    /// Those of some matches: a leaf category holds the kind if it is named after it, or if enough of its matches are of
    /// the kind by their titles.
    pub(super) fn of(snapshot: &'a Snapshot, kinds: &'a KindSets, matches: impl Iterator<Item = Ordinal>) -> Self {
        // By leaf category: its matches, those of the kind, and true if it is named after it.
        let mut counted: FxHashMap<CategoryNumber, (u32, u32, bool)> = FxHashMap::default();
        for ordinal in matches {
            let by_title = kinds.by_title.contains(ordinal);
            let named = !by_title && kinds.either.contains(ordinal);
            for &leaf in snapshot.generation.products.leaves(ordinal) {
                let (all, of_kind, is_named) = counted.entry(leaf).or_default();
                *all += 1;
                *of_kind += u32::from(by_title);
                *is_named |= named;
            }
        }
        let holds = |(all, of_kind, named): (u32, u32, bool)| named || of_kind as f32 >= LEAST * all as f32;
        let holding = counted.into_iter().filter(|&(_, counts)| holds(counts)).map(|(leaf, _)| leaf).collect();
        Self { snapshot, kinds, holding }
    }

    /// True if a product lies in such a category, or in none at all.
    fn holds(&self, ordinal: Ordinal) -> bool {
        let leaves = self.snapshot.generation.products.leaves(ordinal);
        leaves.is_empty() || leaves.iter().any(|leaf| self.holding.contains(leaf))
    }

    /// True for a product that is of another kind: neither its title nor its categories are of the kind of the query, which
    /// other matches are of.
    pub(super) fn is_other(&self, ordinal: Ordinal) -> bool {
        !self.holding.is_empty() && !self.kinds.either.contains(ordinal) && !self.holds(ordinal)
    }

    /// Of some products, those that are of the kind, for an order by a field. A title that names the kind to say something
    /// else may be of it, as a sofa bed is, or a part of it: it is taken for one in a category of the kind, unless it costs
    /// less than any that surely is.
    pub(super) fn of_kind(&self, products: &Bitmap) -> Bitmap {
        let mut sure = self.kinds.by_title.clone();
        sure.or(&self.kinds.by_category);
        sure.and(products);
        let prices = self.snapshot.generation.columns.numeric("final_price").map(|column| column.view());
        let price = |ordinal: Ordinal| prices.as_ref().and_then(|prices| prices.first(ordinal));
        let mut by_title = self.kinds.by_title.clone();
        by_title.and(products);
        let least = by_title.iter().filter_map(price).min_by(f64::total_cmp);
        let mut maybe = self.kinds.titled.clone();
        maybe.and(products);
        maybe.and_not(&sure);
        let costs_enough = |&ordinal: &Ordinal| least.is_none_or(|least| price(ordinal).is_none_or(|own| own >= least));
        let maybe = maybe.iter().filter(|&ordinal| self.holds(ordinal)).filter(costs_enough);
        maybe.for_each(|ordinal| sure.insert(ordinal));
        sure
    }
}
