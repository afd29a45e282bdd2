//! Leaf categories of which shoppers buy several products: the share of lists (baskets, or all purchases
//! of a shopper) with two different products of the category, among the lists with any. Above a threshold,
//! two products of the category are not substitutes: yoghurts go together, washing machines do not.

use std::collections::HashMap;

use super::view::CatalogueView;
use crate::id::{CategoryNumber, Ordinal};

/// Lists without a second product added to those of each category (the prior), so that a few prove nothing.
const PRIOR: f32 = 10.0;

/// 1 for each leaf category of which shoppers buy several products, else 0, by category number.
#[derive(Debug, Clone, PartialEq)]
pub struct Several(pub(super) Vec<u8>);

impl Several {
    /// Counts lists; variants of one product count as one. `least` is the smallest share of lists with several.
    pub fn count<'l>(lists: impl Iterator<Item = &'l [Ordinal]>, catalogue: &CatalogueView<'_>, least: f32) -> Self {
        let (mut any, mut two) = (vec![0f32; catalogue.categories()], vec![0f32; catalogue.categories()]);
        let mut first: HashMap<CategoryNumber, (Ordinal, bool)> = HashMap::new();
        for list in lists {
            for &product in list {
                for &leaf in catalogue.leaves(product) {
                    let (held, several) = first.entry(leaf).or_insert((product, false));
                    *several |= !catalogue.same_group(*held, product);
                }
            }
            for (leaf, (_, several)) in first.drain() {
                any[leaf.index()] += 1.0;
                two[leaf.index()] += f32::from(u8::from(several));
            }
        }
        Self(any.into_iter().zip(two).map(|(any, two)| u8::from(two >= least * (any + PRIOR))).collect())
    }
}

/// True if the two products share a leaf category of which shoppers buy only one. `several` are the flags of
/// [`Several`]; a category out of its range is one of which shoppers buy only one.
pub fn substitutes(several: &[u8], catalogue: &CatalogueView<'_>, one: Ordinal, other: Ordinal) -> bool {
    let single = |leaf: &CategoryNumber| several.get(leaf.index()).is_none_or(|&several| several == 0);
    catalogue.leaves(one).iter().any(|leaf| single(leaf) && catalogue.leaves(other).contains(leaf))
}

#[cfg(test)]
mod tests {
    use super::super::view::NO_GROUP;
    use super::*;
    use crate::error::Result;
    use crate::id::GroupNumber;

    #[test]
    fn yoghurts_go_together_and_machines_do_not() -> Result<()> {
        // 0 and 1 are yoghurts, 2 and 3 machines, 4 a variant of 3.
        let groups = [NO_GROUP, NO_GROUP, NO_GROUP, GroupNumber::new(7), GroupNumber::new(7)];
        let leaves = CategoryNumber::array([0, 0, 1, 1, 1]);
        let catalogue = CatalogueView::new(&groups, &[0, 1, 2, 3, 4, 5], &leaves, 2)?;
        let lists = std::iter::repeat_n([&[0, 1][..], &[0], &[2], &[3, 4]], 30).flatten();
        let Several(several) = Several::count(lists.map(Ordinal::slice), &catalogue, 0.3);
        let substitutes =
            |several: &[u8], one, other| substitutes(several, &catalogue, Ordinal::new(one), Ordinal::new(other));
        assert_eq!(several, [1, 0], "thirty of sixty, and none");
        assert!(!substitutes(&several, 0, 1) && substitutes(&several, 2, 3));
        assert!(!substitutes(&several, 0, 2), "different categories");
        assert!(substitutes(&[], 0, 1), "a category out of range");
        Ok(())
    }
}
