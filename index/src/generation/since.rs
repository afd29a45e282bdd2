//! Products as the shop said them since the generation was built: other texts of its own products,
//! their groups and leaf categories, and new products, whose ordinals follow the generation's.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::products::Products;
use crate::behaviour::NO_GROUP;
use crate::id::Ordinal;
use crate::product::Product;

/// What the shop said of products since, in pieces of [`PIECE`] ordinals, so that a change copies
/// little; nothing where there is no piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Said(Vec<Arc<BTreeMap<Ordinal, Arc<str>>>>);

/// Products a piece of [`Said`] may tell of.
const PIECE: usize = 256;

impl Said {
    pub(super) fn get(&self, ordinal: Ordinal) -> Option<&str> {
        Some(self.0.get(ordinal as usize / PIECE)?.get(&ordinal)?)
    }

    fn set(&mut self, ordinal: Ordinal, json: Arc<str>) {
        let piece = ordinal as usize / PIECE;
        if self.0.len() <= piece {
            self.0.resize_with(piece + 1, Arc::default);
        }
        Arc::make_mut(&mut self.0[piece]).insert(ordinal, json);
    }
}

/// What there is besides the generation.
#[derive(Debug, Clone, Default)]
pub(super) struct Since {
    pub(super) said: Said,
    /// The ids of new products, by ordinal from the generation's end on.
    pub(super) ids: Vec<Arc<str>>,
    pub(super) by_id: Arc<BTreeMap<Arc<str>, Ordinal>>,
    /// Paths of leaf categories, numbered from the generation's end on.
    pub(super) categories: Vec<Arc<str>>,
    /// The members, ascending, of groups that products joined or left, by number.
    pub(super) apart: Arc<BTreeMap<u32, Vec<Ordinal>>>,
}

impl Products {
    /// The same products and `new` ones, some of them as the shop says now. Their groups are told by
    /// [`Self::regrouped`].
    pub fn saying(&self, new: &[String], said: &[(Ordinal, &Product)]) -> Self {
        let mut changed = self.clone();
        if !new.is_empty() {
            let ids: Vec<Arc<str>> = new.iter().map(|id| id.as_str().into()).collect();
            let first = self.len() as Ordinal;
            Arc::make_mut(&mut changed.since.by_id).extend(ids.iter().cloned().zip(first..));
            changed.since.ids.extend(ids);
            let mut groups = self.groups.to_vec();
            groups.resize(self.len() + new.len(), NO_GROUP);
            changed.groups = groups.into();
        }
        for &(ordinal, product) in said {
            // Answers do not repeat vectors. A product is made of plain values, which always have JSON.
            let shown = Product { vector: None, ..product.clone() };
            changed.since.said.set(ordinal, serde_json::to_string(&shown).unwrap_or_default().into());
        }
        let old = |ordinal| if (ordinal as usize) < self.len() { self.leaves(ordinal) } else { &[] };
        let same = |&(ordinal, product): &(Ordinal, &Product)| {
            let held: Vec<&str> = old(ordinal).iter().map(|&leaf| self.category(leaf)).collect();
            let mut paths: Vec<&str> = Vec::new();
            product.categories.iter().for_each(|path| {
                if !paths.contains(&path.as_str()) {
                    paths.push(path);
                }
            });
            held == paths
        };
        if !new.is_empty() || !said.iter().all(same) {
            changed.put_leaves(self.len(), said);
        }
        changed
    }

    /// Lays the leaf categories anew, of which so many products had some.
    fn put_leaves(&mut self, had: usize, said: &[(Ordinal, &Product)]) {
        let mut numbers: HashMap<String, u32> =
            (0..self.view().categories() as u32).map(|number| (self.category(number).to_owned(), number)).collect();
        let said: BTreeMap<Ordinal, &Product> = said.iter().copied().collect();
        let mut starts: Vec<u32> = Vec::with_capacity(self.len() + 1);
        let mut values: Vec<u32> = Vec::with_capacity(self.leaf_values.len() + said.len());
        starts.push(0);
        let ends = said.keys().map(|&ordinal| ordinal as usize).chain([self.len()]);
        let mut from = 0;
        for (end, product) in ends.zip(said.values().map(Some).chain([None])) {
            let (first, last) = (from.min(had), end.min(had));
            let (old_starts, old_values): (&[u32], &[u32]) = (&self.leaf_starts, &self.leaf_values);
            let shift = values.len() as u32;
            values.extend_from_slice(&old_values[old_starts[first] as usize..old_starts[last] as usize]);
            starts.extend(old_starts[first..=last].iter().skip(1).map(|&start| start - old_starts[first] + shift));
            starts.resize(end + 1, values.len() as u32);
            let row = values.len();
            for path in product.into_iter().flat_map(|product| &product.categories) {
                let next = numbers.len() as u32;
                let number = *numbers.entry(path.clone()).or_insert(next);
                if number == next {
                    self.since.categories.push(path.as_str().into());
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

    /// The same products with other groups: some are of none, others of one with all its members, ascending.
    pub fn regrouped(&self, alone: &[Ordinal], groups: &[Vec<Ordinal>]) -> Self {
        let mut numbers = self.groups.to_vec();
        let mut apart = (*self.since.apart).clone();
        let highest = numbers.iter().filter(|&&number| number != NO_GROUP).max();
        let next = highest.map_or(0, |highest| highest + 1);
        let numbered = groups.iter().zip(next..).map(|(group, number)| (group.as_slice(), number));
        for (members, number) in [(alone, NO_GROUP)].into_iter().chain(numbered) {
            for &member in members {
                apart.remove(&numbers[member as usize]);
                numbers[member as usize] = number;
            }
        }
        apart.extend((next..).zip(groups.iter().cloned()).filter(|(_, group)| group.len() > 1));
        let mut changed = self.clone();
        (changed.groups, changed.since.apart) = (numbers.into(), apart.into());
        changed
    }
}
