//! The catalogue as the behaviour tables see it: variant groups and leaf categories, as plain arrays over
//! ordinals. So behaviour depends on no other part of the engine.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::id::Ordinal;

/// The group number of a product without variants.
pub const NO_GROUP: u32 = u32::MAX;

/// Variant groups and leaf categories, by ordinal.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueView<'a> {
    group: &'a [u32],
    leaf_starts: &'a [u32],
    leaf_values: &'a [u32],
    categories: usize,
    apart: Option<&'a BTreeMap<u32, Vec<Ordinal>>>,
    ranks: &'a [u32],
}

impl<'a> CatalogueView<'a> {
    /// A view over arrays that are checked here.
    ///
    /// `group` has one number per product: equal for variants of one product, [`NO_GROUP`] for a product
    /// without variants. Members of a group have adjacent ordinals. The leaf categories of product `p` are
    /// `leaf_values[leaf_starts[p]..leaf_starts[p + 1]]`, numbers below `categories`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the arrays do not fit each other.
    pub fn new(group: &'a [u32], leaf_starts: &'a [u32], leaf_values: &'a [u32], categories: usize) -> Result<Self> {
        let wrong = |message: &str| Err(Error::invalid("catalogue view", message));
        if leaf_starts.len() != group.len() + 1 {
            return wrong("leaf_starts must have one entry more than there are products");
        }
        if leaf_starts.windows(2).any(|pair| pair[0] > pair[1]) || leaf_starts[0] != 0 {
            return wrong("leaf_starts must start at 0 and never fall");
        }
        if leaf_starts[group.len()] as usize != leaf_values.len() {
            return wrong("leaf_starts must end at the length of leaf_values");
        }
        if leaf_values.iter().any(|&category| category as usize >= categories) {
            return wrong("leaf_values must lie below the number of categories");
        }
        Ok(Self::checked_before(group, leaf_starts, leaf_values, categories))
    }

    /// A view over arrays that [`Self::new`] accepted before, so that requests need not check them again.
    pub fn checked_before(group: &'a [u32], leaf_starts: &'a [u32], leaf_values: &'a [u32], categories: usize) -> Self {
        Self { group, leaf_starts, leaf_values, categories, apart: None, ranks: &[] }
    }

    /// The same view with groups whose members are not adjacent: members, ascending, by group number.
    pub fn with_apart(self, apart: &'a BTreeMap<u32, Vec<Ordinal>>) -> Self {
        Self { apart: Some(apart), ..self }
    }

    /// The same view with the shop's own order: the position of each product in it.
    pub fn with_ranks(self, ranks: &'a [u32]) -> Self {
        Self { ranks, ..self }
    }

    /// The position of a product in the shop's own order; its ordinal if that order is unknown.
    pub fn rank(&self, product: Ordinal) -> u32 {
        self.ranks.get(product as usize).copied().unwrap_or(product)
    }

    /// The number of products.
    pub fn products(&self) -> usize {
        self.group.len()
    }

    /// The number of leaf categories.
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// The group of a product, [`NO_GROUP`] if it has no variants.
    pub fn group(&self, product: Ordinal) -> u32 {
        self.group[product as usize]
    }

    /// A key that exactly the variants of one product share.
    pub fn variant_key(&self, product: Ordinal) -> (bool, u32) {
        match self.group(product) {
            NO_GROUP => (false, product),
            group => (true, group),
        }
    }

    /// The leaf categories of a product.
    pub fn leaves(&self, product: Ordinal) -> &'a [u32] {
        let at = product as usize;
        &self.leaf_values[self.leaf_starts[at] as usize..self.leaf_starts[at + 1] as usize]
    }

    /// True if both are the same product or variants of one.
    pub fn same_group(&self, first: Ordinal, second: Ordinal) -> bool {
        first == second || (self.group(first) == self.group(second) && self.group(first) != NO_GROUP)
    }

    /// True if both share a leaf category.
    pub fn share_leaf(&self, first: Ordinal, second: Ordinal) -> bool {
        self.leaves(first).iter().any(|category| self.leaves(second).contains(category))
    }

    /// The other members of a product's group, ascending.
    pub fn variants(&self, product: Ordinal) -> impl Iterator<Item = Ordinal> + use<'a> {
        let (group, at) = (self.group, product as usize);
        let mine = group[at];
        let apart = self.apart.and_then(|apart| apart.get(&mine)).map_or(&[][..], Vec::as_slice);
        let member = move |other: &usize| mine != NO_GROUP && apart.is_empty() && group[*other] == mine;
        let first = (0..at).rev().take_while(member).last().unwrap_or(at);
        let adjacent = (first..at).chain((at + 1..group.len()).take_while(member)).map(|other| other as Ordinal);
        adjacent.chain(apart.iter().copied().filter(move |&other| other != product))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_the_adjacent_members_of_a_group() -> Result<()> {
        let view = CatalogueView::new(&[NO_GROUP, 3, 3, 3, NO_GROUP], &[0; 6], &[], 0)?;
        assert_eq!(view.variants(2).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(view.variants(0).count() + view.variants(4).count(), 0);
        assert!(view.same_group(1, 3) && !view.same_group(0, 4));
        Ok(())
    }

    #[test]
    fn variants_that_lie_apart_are_found_too() -> Result<()> {
        let apart = BTreeMap::from([(3, vec![1, 4])]);
        let view = CatalogueView::new(&[3, 3, 5, 5, 3], &[0; 6], &[], 0)?.with_apart(&apart);
        assert_eq!([1, 4, 2].map(|at| view.variants(at).collect::<Vec<_>>()), [vec![4], vec![1], vec![3]]);
        Ok(())
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        assert!(CatalogueView::new(&[0], &[0, 1], &[5], 6).is_ok());
        assert!(CatalogueView::new(&[0], &[0], &[], 6).is_err(), "too few starts");
        assert!(CatalogueView::new(&[0], &[0, 2], &[5], 6).is_err(), "ends past the values");
        assert!(CatalogueView::new(&[0, 0], &[0, 1, 0], &[5], 6).is_err(), "falls");
        assert!(CatalogueView::new(&[0], &[0, 1], &[6], 6).is_err(), "category too large");
    }
}
