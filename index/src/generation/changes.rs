//! Changes of products since the generation was built: new JSON of its products, their groups and leaf
//! categories, and new products, whose ordinals follow those of the generation. Applying a change copies the
//! products; what did not change is shared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::products::Products;
use crate::behaviour::NO_GROUP;
use crate::id::{CategoryNumber, GroupNumber, Ordinal};
use crate::product::Product;

/// The JSON of changed and new products, in pieces of [`PIECE`] ordinals, so that a change copies only one piece.
#[derive(Debug, Clone, Default)]
pub(super) struct ChangedJson(Vec<Arc<BTreeMap<Ordinal, Arc<str>>>>);

/// Ordinals a piece of [`ChangedJson`].
const PIECE: usize = 256;

impl ChangedJson {
    /// The JSON of a changed or new product; `None` for an unchanged one.
    pub(super) fn get(&self, ordinal: Ordinal) -> Option<&str> {
        Some(self.0.get(ordinal.index() / PIECE)?.get(&ordinal)?)
    }

    fn set(&mut self, ordinal: Ordinal, json: Arc<str>) {
        let piece = ordinal.index() / PIECE;
        if self.0.len() <= piece {
            self.0.resize_with(piece + 1, Arc::default);
        }
        Arc::make_mut(&mut self.0[piece]).insert(ordinal, json);
    }
}

/// The overlay of changes over the products of a generation.
#[derive(Debug, Clone, Default)]
pub(super) struct ProductChanges {
    pub(super) json: ChangedJson,
    /// The ids of new products; the first follows the last ordinal of the generation.
    pub(super) ids: Vec<Arc<str>>,
    /// The ordinals of new products.
    pub(super) by_id: Arc<BTreeMap<Arc<str>, Ordinal>>,
    /// The paths of new leaf categories; the first follows the last number of the generation.
    pub(super) categories: Vec<Arc<str>>,
    /// The members, ascending, of groups that products joined or left, by group number. Other groups are adjacent.
    pub(super) apart: Arc<BTreeMap<GroupNumber, Vec<Ordinal>>>,
}

impl Products {
    /// The products with those of the ids `new` added, and `changed` ones replaced. Groups do not change here, but
    /// by [`Self::regrouped`].
    pub fn with_changes(&self, new: &[String], changed: &[(Ordinal, &Product)]) -> Self {
        let mut products = self.clone();
        if !new.is_empty() {
            let ids: Vec<Arc<str>> = new.iter().map(|id| id.as_str().into()).collect();
            let ordinals = (self.len()..).map(Ordinal::from_index);
            Arc::make_mut(&mut products.changes.by_id).extend(ids.iter().cloned().zip(ordinals));
            products.changes.ids.extend(ids);
            let mut groups = self.groups.to_vec();
            groups.resize(self.len() + new.len(), NO_GROUP);
            products.groups = groups.into();
        }
        for &(ordinal, product) in changed {
            // Responses do not repeat vectors. A product is made of plain values, so serializing cannot fail.
            let shown = Product { vector: None, ..product.clone() };
            products.changes.json.set(ordinal, serde_json::to_string(&shown).unwrap_or_default().into());
        }
        let old = |ordinal: Ordinal| if ordinal.index() < self.len() { self.leaves(ordinal) } else { &[] };
        let same = |&(ordinal, product): &(Ordinal, &Product)| {
            let before: Vec<&str> = old(ordinal).iter().map(|&leaf| self.category(leaf)).collect();
            let mut paths: Vec<&str> = Vec::new();
            product.categories.iter().for_each(|path| {
                if !paths.contains(&path.as_str()) {
                    paths.push(path);
                }
            });
            before == paths
        };
        if !new.is_empty() || !changed.iter().all(same) {
            products.replace_leaves(self.len(), changed);
        }
        products
    }

    /// Rebuilds the arrays of leaf categories, which cover the first `before` products: rows of changed and new
    /// products are made anew, the runs between them copied.
    fn replace_leaves(&mut self, before: usize, changed: &[(Ordinal, &Product)]) {
        let mut numbers: HashMap<String, CategoryNumber> = CategoryNumber::all(self.view().categories())
            .map(|number| (self.category(number).to_owned(), number))
            .collect();
        let changed: BTreeMap<Ordinal, &Product> = changed.iter().copied().collect();
        let mut starts: Vec<u32> = Vec::with_capacity(self.len() + 1);
        let mut values: Vec<CategoryNumber> = Vec::with_capacity(self.leaf_values.len() + changed.len());
        starts.push(0);
        let ends = changed.keys().map(|ordinal| ordinal.index()).chain([self.len()]);
        let mut from = 0;
        for (end, product) in ends.zip(changed.values().map(Some).chain([None])) {
            let (first, last) = (from.min(before), end.min(before));
            let (old_starts, old_values): (&[u32], &[CategoryNumber]) = (&self.leaf_starts, &self.leaf_values);
            let shift = values.len() as u32;
            values.extend_from_slice(&old_values[old_starts[first] as usize..old_starts[last] as usize]);
            starts.extend(old_starts[first..=last].iter().skip(1).map(|&start| start - old_starts[first] + shift));
            starts.resize(end + 1, values.len() as u32);
            let row = values.len();
            for path in product.into_iter().flat_map(|product| &product.categories) {
                let next = CategoryNumber::from_index(numbers.len());
                let number = *numbers.entry(path.clone()).or_insert(next);
                if number == next {
                    self.changes.categories.push(path.as_str().into());
                }
                if !values[row..].contains(&number) {
                    values.push(number);
                }
            }
            if product.is_some() {
                starts.push(values.len() as u32);
            }
            from = end + 1;
        }
        (self.leaf_starts, self.leaf_values) = (starts.into(), values.into());
    }

    /// The products with changed groups: those of `alone` have none; each of `groups` lists all members of one,
    /// ascending.
    pub fn regrouped(&self, alone: &[Ordinal], groups: &[Vec<Ordinal>]) -> Self {
        let mut numbers = self.groups.to_vec();
        let mut apart = (*self.changes.apart).clone();
        let highest = numbers.iter().filter(|&&number| number != NO_GROUP).max();
        let next = highest.map_or(0, |highest| highest.index() + 1);
        let new_numbers = || (next..).map(GroupNumber::from_index);
        let numbered = groups.iter().zip(new_numbers()).map(|(group, number)| (group.as_slice(), number));
        for (members, number) in [(alone, NO_GROUP)].into_iter().chain(numbered) {
            for &member in members {
                apart.remove(&numbers[member.index()]);
                numbers[member.index()] = number;
            }
        }
        apart.extend(new_numbers().zip(groups.iter().cloned()).filter(|(_, group)| group.len() > 1));
        let mut changed = self.clone();
        (changed.groups, changed.changes.apart) = (numbers.into(), apart.into());
        changed
    }
}
