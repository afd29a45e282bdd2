//! The catalogue as the behaviour tables see it: variant groups and leaf categories, as plain arrays over
//! ordinals. So behaviour depends on no other part of the engine.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::id::{CategoryNumber, GroupNumber, Ordinal};

/// The group number of a product without variants.
pub const NO_GROUP: GroupNumber = GroupNumber::new(u32::MAX);

/// Variant groups and leaf categories, by ordinal.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueView<'a> {
    group: &'a [GroupNumber],
    leaf_starts: &'a [u32],
    leaf_values: &'a [CategoryNumber],
    categories: usize,
    apart: Option<&'a BTreeMap<GroupNumber, Vec<Ordinal>>>,
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
    pub fn new(
        group: &'a [GroupNumber],
        leaf_starts: &'a [u32],
        leaf_values: &'a [CategoryNumber],
        categories: usize,
    ) -> Result<Self> {
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
        if leaf_values.iter().any(|category| category.index() >= categories) {
            return wrong("leaf_values must lie below the number of categories");
        }
        Ok(Self::checked_before(group, leaf_starts, leaf_values, categories))
    }

    /// A view over arrays that [`Self::new`] accepted before, so that requests need not check them again.
    pub fn checked_before(
        group: &'a [GroupNumber],
        leaf_starts: &'a [u32],
        leaf_values: &'a [CategoryNumber],
        categories: usize,
    ) -> Self {
        Self { group, leaf_starts, leaf_values, categories, apart: None, ranks: &[] }
    }

    /// The same view with groups whose members are not adjacent: members, ascending, by group number.
    pub fn with_apart(self, apart: &'a BTreeMap<GroupNumber, Vec<Ordinal>>) -> Self {
        Self { apart: Some(apart), ..self }
    }

    /// The same view with the shop's own order: the position of each product in it.
    pub fn with_ranks(self, ranks: &'a [u32]) -> Self {
        Self { ranks, ..self }
    }

    /// The position of a product in the shop's own order; its ordinal if that order is unknown.
    pub fn rank(&self, product: Ordinal) -> u32 {
        self.ranks.get(product.index()).copied().unwrap_or(product.get())
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
    pub fn group(&self, product: Ordinal) -> GroupNumber {
        self.group[product.index()]
    }

    /// A key that exactly the variants of one product share.
    pub fn variant_key(&self, product: Ordinal) -> (bool, u32) {
        match self.group(product) {
            NO_GROUP => (false, product.get()),
            group => (true, group.get()),
        }
    }

    /// The leaf categories of a product.
    pub fn leaves(&self, product: Ordinal) -> &'a [CategoryNumber] {
        let at = product.index();
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
        let (group, at) = (self.group, product.index());
        let mine = group[at];
        let apart = self.apart.and_then(|apart| apart.get(&mine)).map_or(&[][..], Vec::as_slice);
        let member = move |other: &usize| mine != NO_GROUP && apart.is_empty() && group[*other] == mine;
        let first = (0..at).rev().take_while(member).last().unwrap_or(at);
        let adjacent = (first..at).chain((at + 1..group.len()).take_while(member)).map(Ordinal::from_index);
        adjacent.chain(apart.iter().copied().filter(move |&other| other != product))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(view: &CatalogueView<'_>, product: u32) -> Vec<u32> {
        view.variants(Ordinal::new(product)).map(Ordinal::get).collect()
    }

    #[test]
    fn variants_are_the_adjacent_members_of_a_group() -> Result<()> {
        let group = GroupNumber::new(3);
        let groups = [NO_GROUP, group, group, group, NO_GROUP];
        let view = CatalogueView::new(&groups, &[0; 6], &[], 0)?;
        let same_group = |one, other| view.same_group(Ordinal::new(one), Ordinal::new(other));
        assert_eq!(variants(&view, 2), [1, 3]);
        assert_eq!(variants(&view, 0).len() + variants(&view, 4).len(), 0);
        assert!(same_group(1, 3) && !same_group(0, 4));
        Ok(())
    }

    #[test]
    fn variants_that_lie_apart_are_found_too() -> Result<()> {
        let apart = BTreeMap::from([(GroupNumber::new(3), Ordinal::array([1, 4]).to_vec())]);
        let view = CatalogueView::new(GroupNumber::slice(&[3, 3, 5, 5, 3]), &[0; 6], &[], 0)?.with_apart(&apart);
        assert_eq!([1, 4, 2].map(|at| variants(&view, at)), [vec![4], vec![1], vec![3]]);
        Ok(())
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        let fits = |groups, starts, leaves| {
            CatalogueView::new(GroupNumber::slice(groups), starts, CategoryNumber::slice(leaves), 6).is_ok()
        };
        assert!(fits(&[0], &[0, 1], &[5]));
        assert!(!fits(&[0], &[0], &[]), "too few starts");
        assert!(!fits(&[0], &[0, 2], &[5]), "ends past the values");
        assert!(!fits(&[0, 0], &[0, 1, 0], &[5]), "falls");
        assert!(!fits(&[0], &[0, 1], &[6]), "category too large");
    }
}
