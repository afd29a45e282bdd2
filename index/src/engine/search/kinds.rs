//! The categories that hold the kind of thing that a query names. What lies in others is another kind of thing, however
//! well its words match: a drill bit lies among bits, not among drills.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::id::{CategoryNumber, Ordinal};
use crate::text::KindSets;

/// The least share of a leaf category's products with the word in their titles that are of the kind, where it holds it.
const LEAST: f32 = 0.2;

/// The most products that are counted, taken evenly from all that have the word.
const COUNTED: usize = 2_000;
/// The least price of what may be of the kind or a part of it, as a share of the lowest price of what surely is.
const LEAST_PRICE: f64 = 1.0 / 3.0;

/// The leaf categories that hold the kind of a query.
pub(super) struct KindCategories<'a> {
    snapshot: &'a Snapshot,
    kinds: &'a KindSets,
    /// Those named after it.
    named: FxHashSet<CategoryNumber>,
    /// Others with enough products of it.
    sharing: FxHashSet<CategoryNumber>,
}

impl<'a> KindCategories<'a> {
    /// A leaf category holds the kind if it is named after it, or if enough of its products that have the word in their
    /// titles are of the kind by them. Filters change nothing of that.
    pub(super) fn of(snapshot: &'a Snapshot, kinds: &'a KindSets) -> Self {
        let mut speaking = kinds.titled.clone();
        speaking.or(&kinds.either);
        // By leaf category: those products, those of the kind, and true if it is named after it.
        let mut counted: FxHashMap<CategoryNumber, (u32, u32, bool)> = FxHashMap::default();
        let step = speaking.count() / COUNTED + 1;
        for ordinal in speaking.iter().step_by(step) {
            let by_title = kinds.by_title.contains(ordinal);
            let named = !by_title && kinds.either.contains(ordinal);
            for &leaf in snapshot.generation.products.leaves(ordinal) {
                let (all, of_kind, is_named) = counted.entry(leaf).or_default();
                *all += 1;
                *of_kind += u32::from(by_title);
                *is_named |= named;
            }
        }
        let (mut named, mut sharing) = (FxHashSet::default(), FxHashSet::default());
        for (leaf, (all, of_kind, is_named)) in counted {
            if is_named {
                named.insert(leaf);
            } else if of_kind as f32 >= LEAST * all as f32 {
                sharing.insert(leaf);
            }
        }
        Self { snapshot, kinds, named, sharing }
    }

    /// True if a product lies in such a category, or in none at all.
    fn holds(&self, ordinal: Ordinal) -> bool {
        let leaves = self.snapshot.generation.products.leaves(ordinal);
        leaves.is_empty() || leaves.iter().any(|leaf| self.named.contains(leaf) || self.sharing.contains(leaf))
    }

    /// True for a product that is of another kind: its title says that it is for the kind of the query, or neither its title nor its categories nor the beginning of its
    /// description are of the kind of the query, which other matches are of.
    pub(super) fn is_other(&self, ordinal: Ordinal) -> bool {
        let Self { kinds, .. } = self;
        if kinds.made_for.contains(ordinal) {
            return true;
        }
        let is_of_kind = kinds.either.contains(ordinal) || kinds.by_description.contains(ordinal);
        let knows_any = !self.named.is_empty() || !self.sharing.is_empty();
        knows_any && !is_of_kind && !self.holds(ordinal)
    }

    /// Of some products, those that are of the kind, for an order by a field. A title that names the kind to say something
    /// else may be of it, as a sofa bed is, or a part of it: it is taken for one in a category of the kind, as is what lies
    /// among things of the kind under another name, unless it costs much less than any that surely is. What only its category calls so counts where these are most: boots and sandals
    /// among shoes, but no body warmer among jackets.
    /// `named` are those of the products that have all words besides their descriptions.
    pub(super) fn of_kind(&self, products: &Bitmap, named: &Bitmap) -> Bitmap {
        let mut sure = self.kinds.by_title.clone();
        sure.and(products);
        let mut by_category = self.kinds.by_category.clone();
        by_category.and(products);
        if by_category.count() > sure.count() {
            sure.or(&by_category);
        }
        let prices = self.snapshot.generation.columns.numeric("final_price").map(|column| column.view());
        let price = |ordinal: Ordinal| prices.as_ref().and_then(|prices| prices.first(ordinal));
        let mut by_title = self.kinds.by_title.clone();
        by_title.and(products);
        let least = by_title.iter().filter_map(price).min_by(f64::total_cmp);
        let mut maybe = products.clone();
        maybe.and_not(&sure);
        maybe.and_not(&self.kinds.made_for);
        let least = least.map_or(0.0, |least| least * LEAST_PRICE);
        let costs_enough = |&ordinal: &Ordinal| price(ordinal).is_none_or(|own| own >= least);
        let shares = |ordinal| {
            let leaves = self.snapshot.generation.products.leaves(ordinal);
            let names_one = |leaf| !self.snapshot.generation.products.category(leaf).contains(['&', ',']);
            leaves.iter().any(|&leaf| self.sharing.contains(&leaf) && names_one(leaf))
        };
        let Self { kinds: KindSets { titled, by_description, .. }, .. } = self;
        let may_be = |&ordinal: &Ordinal| {
            by_description.contains(ordinal)
                || named.contains(ordinal) && shares(ordinal)
                || titled.contains(ordinal) && self.holds(ordinal)
        };
        let maybe = maybe.iter().filter(may_be).filter(costs_enough);
        maybe.for_each(|ordinal| sure.insert(ordinal));
        sure
    }
}
