//! Copies of columns in which a few products have other values, or that have more products.
//! Unchanged runs are copied whole, so that a change costs a few block copies of the column instead
//! of a visit to every product.

use std::collections::{BTreeMap, BTreeSet};

use super::alphabet::Alphabet;
use super::fold;
use super::geo::{GeoColumn, GeoPoint};
use super::keyword::KeywordColumn;
use super::layout::SectionSlice;
use super::numeric::NumericColumn;
use super::rows::Rows;
use crate::error::{Error, Result};
use crate::id::{Ordinal, ValueId};

/// The growth of a dictionary: the new ids at which entries were inserted.
struct Grown {
    /// Ascending.
    inserted: Vec<ValueId>,
    /// The new id of each old entry; `None` if nothing was inserted.
    places: Option<Vec<ValueId>>,
}

impl Grown {
    /// `before` holds, ascending, the old id before which each new entry goes.
    fn new(before: &[ValueId], distinct: usize) -> Self {
        let inserted: Vec<ValueId> =
            (0..).zip(before).map(|(more, before)| ValueId::new(before.get() + more)).collect();
        if inserted.is_empty() {
            return Self { inserted, places: None };
        }
        let mut more = 0;
        let places = ValueId::all(distinct).map(|old| {
            more += before[more..].iter().take_while(|&&before| before <= old).count();
            ValueId::from_index(old.index() + more)
        });
        Self { places: Some(places.collect()), inserted }
    }

    fn place(&self, old: ValueId) -> ValueId {
        self.places.as_ref().map_or(old, |places| places[old.index()])
    }

    /// The number of old entries before a new id.
    fn before(&self, new: ValueId) -> usize {
        new.index() - self.inserted.partition_point(|&inserted| inserted < new)
    }
}

/// Offsets of consecutive runs, extended by copying and appending.
struct Starts {
    starts: Vec<u32>,
    end: usize,
}

impl Starts {
    fn new(capacity: usize) -> Self {
        let mut starts = Vec::with_capacity(capacity + 1);
        starts.push(0);
        Self { starts, end: 0 }
    }

    /// Appends the runs between neighbouring offsets of another list.
    fn copy(&mut self, others: &[u32]) {
        let (Some(&first), Some(&last)) = (others.first(), others.last()) else { return };
        let shift = (self.end as u32).wrapping_sub(first);
        self.starts.extend(others[1..].iter().map(|&start| start.wrapping_add(shift)));
        self.end += (last - first) as usize;
    }

    fn push(&mut self, length: usize) {
        self.end += length;
        self.starts.push(self.end as u32);
    }

    /// The offsets, or an error if the last does not fit into 32 bits.
    fn finish(self) -> Result<SectionSlice<u32>> {
        match u32::try_from(self.end) {
            Ok(_) => Ok(self.starts.into()),
            Err(_) => Err(Error::Refused("the values of a column pass the limit of 2^32 - 1".into())),
        }
    }
}

impl Rows {
    /// The rows of `products` products. `changed` holds the ids of each changed product, ascending, in the numbering
    /// after the growth.
    fn spliced(&self, products: usize, grown: &Grown, changed: &BTreeMap<Ordinal, Vec<ValueId>>) -> Result<Self> {
        let mut lists: BTreeMap<ValueId, (BTreeSet<Ordinal>, BTreeSet<Ordinal>)> =
            grown.inserted.iter().map(|&new| (new, Default::default())).collect();
        for (&ordinal, values) in changed {
            for &old in self.view().values(ordinal) {
                lists.entry(grown.place(old)).or_default().0.insert(ordinal);
            }
            for &new in values {
                lists.entry(new).or_default().1.insert(ordinal);
            }
        }
        let mut spliced = Self { products, ..self.clone() };
        self.forwards(&mut spliced, grown, changed)?;
        self.backwards(&mut spliced, grown, &lists)?;
        Ok(spliced)
    }

    /// Writes the listed products, their starts and their values into `to`.
    fn forwards(&self, to: &mut Self, grown: &Grown, changed: &BTreeMap<Ordinal, Vec<ValueId>>) -> Result<()> {
        let (old_starts, old_values): (&[u32], &[ValueId]) = (&self.starts, &self.values);
        let old_rows: Option<&[Ordinal]> = self.rows.as_deref();
        let row_of = |ordinal: usize| match old_rows {
            Some(rows) => rows.partition_point(|&row| row.index() < ordinal),
            None => ordinal.min(old_starts.len() - 1),
        };
        let mut rows: Vec<Ordinal> = Vec::with_capacity(old_rows.map_or(0, |rows| rows.len() + changed.len()));
        let mut starts = Starts::new(old_rows.map_or(to.products, |rows| rows.len() + changed.len()));
        let mut values: Vec<ValueId> = Vec::with_capacity(old_values.len() + changed.len());
        let ends = changed.keys().map(|ordinal| ordinal.index()).chain([to.products]);
        let mut from = 0;
        for (end, own) in ends.zip(changed.iter().map(Some).chain([None])) {
            let (first, last) = (row_of(from), row_of(end));
            let old = &old_values[old_starts[first] as usize..old_starts[last] as usize];
            match &grown.places {
                None => values.extend_from_slice(old),
                Some(places) => values.extend(old.iter().map(|&old| places[old.index()])),
            }
            starts.copy(&old_starts[first..=last]);
            match old_rows {
                Some(old) => rows.extend_from_slice(&old[first..last]),
                None => (last.max(from)..end).for_each(|_| starts.push(0)),
            }
            from = end + 1;
            if let Some((&ordinal, own)) = own.filter(|(_, own)| old_rows.is_none() || !own.is_empty()) {
                rows.push(ordinal);
                values.extend_from_slice(own);
                starts.push(own.len());
            }
        }
        to.rows = old_rows.map(|_| rows.into());
        (to.starts, to.values) = (starts.finish()?, values.into());
        Ok(())
    }

    /// Writes each value's list of products into `to`; `changed` holds for each value the products that lose and gain
    /// it.
    fn backwards(
        &self,
        to: &mut Self,
        grown: &Grown,
        changed: &BTreeMap<ValueId, (BTreeSet<Ordinal>, BTreeSet<Ordinal>)>,
    ) -> Result<()> {
        let (old_starts, old_lists): (&[u32], &[Ordinal]) = (&self.list_starts, &self.lists);
        let distinct = old_starts.len() - 1 + grown.inserted.len();
        let mut starts = Starts::new(distinct);
        let mut lists: Vec<Ordinal> = Vec::with_capacity(old_lists.len() + changed.len());
        let mut from = ValueId::default();
        for (&new, (gone, come)) in changed {
            let (first, last) = (grown.before(from), grown.before(new));
            lists.extend_from_slice(&old_lists[old_starts[first] as usize..old_starts[last] as usize]);
            starts.copy(&old_starts[first..=last]);
            from = new.next();
            let old = match grown.inserted.binary_search(&new) {
                Ok(_) => &[],
                Err(_) => &old_lists[old_starts[last] as usize..old_starts[last + 1] as usize],
            };
            let before = lists.len();
            let mut come = come.iter().copied().peekable();
            for &ordinal in old.iter().filter(|ordinal| !gone.contains(ordinal)) {
                lists.extend(std::iter::from_fn(|| come.next_if(|come| *come < ordinal)));
                lists.push(ordinal);
            }
            lists.extend(come);
            starts.push(lists.len() - before);
        }
        let first = grown.before(from);
        lists.extend_from_slice(&old_lists[old_starts[first] as usize..]);
        starts.copy(&old_starts[first..]);
        (to.list_starts, to.lists) = (starts.finish()?, lists.into());
        Ok(())
    }

    /// The same rows for more products, the new ones without values.
    fn among(&self, products: usize) -> Self {
        Self { products, ..self.clone() }
    }
}

impl KeywordColumn {
    /// A column without any text.
    pub(super) fn empty(products: usize) -> Self {
        let start = || SectionSlice::from(vec![0]);
        let rows = Rows {
            products,
            rows: Some(Vec::new().into()),
            starts: start(),
            values: Vec::new().into(),
            list_starts: start(),
            lists: Vec::new().into(),
        };
        let (text, respelled, alphabet) = (Vec::new().into(), Vec::new().into(), Alphabet::default());
        Self { text, offsets: start(), rows, respelled, alphabet }
    }

    /// The column of `products` products, where `changed` replaces the texts of some.
    ///
    /// # Errors
    /// [`Error::Refused`] if it grows past its limit.
    pub(super) fn spliced(&self, products: usize, changed: &BTreeMap<Ordinal, BTreeSet<String>>) -> Result<Self> {
        let view = self.view();
        let texts = changed.values().flatten().map(String::as_str);
        let mut new: Vec<&str> = texts.filter(|text| view.id_of(text).is_none()).collect();
        new.sort_unstable_by(|a, b| fold::compare(a, b).then_with(|| a.cmp(b)));
        new.dedup();
        let before: Vec<ValueId> = new.iter().map(|text| view.place_of(text)).collect();
        let grown = Grown::new(&before, view.distinct());
        let mut column = self.clone();
        if !new.is_empty() {
            (column.text, column.offsets) = self.with_texts(&new, &before)?;
            column.alphabet = Alphabet::default();
            column.respelled = respelled(&column, &self.respelled, &grown).into();
        }
        let view = column.view();
        let ids = |texts: &BTreeSet<String>| {
            let mut ids: Vec<ValueId> = texts.iter().filter_map(|text| view.id_of(text)).collect();
            ids.sort_unstable();
            ids
        };
        let rows = changed.iter().map(|(&ordinal, texts)| (ordinal, ids(texts))).collect();
        let rows = self.rows.spliced(products, &grown, &rows)?;
        Ok(Self { rows, ..column })
    }

    /// The dictionary with new texts inserted before the given entries.
    fn with_texts(&self, new: &[&str], before: &[ValueId]) -> Result<(SectionSlice<u8>, SectionSlice<u32>)> {
        let (old_text, old_offsets): (&[u8], &[u32]) = (&self.text, &self.offsets);
        let (mut text, mut offsets) = (Vec::with_capacity(old_text.len()), Starts::new(old_offsets.len() + new.len()));
        let mut from = 0;
        for (entry, before) in new.iter().zip(before) {
            let before = before.index();
            text.extend_from_slice(&old_text[old_offsets[from] as usize..old_offsets[before] as usize]);
            offsets.copy(&old_offsets[from..=before]);
            from = before;
            text.extend_from_slice(entry.as_bytes());
            offsets.push(entry.len());
        }
        text.extend_from_slice(&old_text[old_offsets[from] as usize..]);
        offsets.copy(&old_offsets[from..]);
        Ok((text.into(), offsets.finish()?))
    }

    /// The same column for more products, the new ones without texts.
    pub(super) fn among(&self, products: usize) -> Self {
        Self { rows: self.rows.among(products), ..self.clone() }
    }
}

/// The ids, in a grown dictionary, of texts that differ from their predecessor in case only.
fn respelled(column: &KeywordColumn, old: &[ValueId], grown: &Grown) -> Vec<ValueId> {
    let view = column.view();
    // Only an inserted entry and its successor have a new predecessor; all others keep theirs.
    let beside: BTreeSet<ValueId> = grown.inserted.iter().flat_map(|&new| [new, new.next()]).collect();
    let mut respelled: BTreeSet<ValueId> =
        old.iter().map(|&old| grown.place(old)).filter(|id| !beside.contains(id)).collect();
    let before = |id: &ValueId| id.get().checked_sub(1).map(ValueId::new);
    let same = |id: &ValueId| before(id).is_some_and(|before| fold::equal(view.text(before), view.text(*id)));
    respelled.extend(beside.iter().copied().filter(|id| id.index() < view.distinct()).filter(same));
    respelled.into_iter().collect()
}

impl NumericColumn {
    /// The column of `products` products, where `changed` replaces the numbers of some; each list ascends.
    pub(super) fn spliced(&self, products: usize, changed: &BTreeMap<Ordinal, Vec<f64>>) -> Self {
        let dense = self.rows.is_none() && changed.values().all(|numbers| numbers.len() < 2);
        if dense {
            let mut values = self.values.to_vec();
            values.resize(products, f64::NAN);
            for (&ordinal, numbers) in changed {
                values[ordinal.index()] = numbers.first().copied().unwrap_or(f64::NAN);
            }
            return Self::of(products, None, values);
        }
        let view = self.view();
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        let copy =
            |from: Ordinal, to: Ordinal, rows: &mut Vec<Ordinal>, values: &mut Vec<f64>| match self.rows.as_deref() {
                Some(old) => {
                    let at = |ordinal| old.partition_point(|&row| row < ordinal);
                    rows.extend_from_slice(&old[at(from)..at(to)]);
                    values.extend_from_slice(&self.values[at(from)..at(to)]);
                }
                None => Ordinal::within(from..to).for_each(|ordinal| {
                    values.extend_from_slice(view.values(ordinal));
                    rows.resize(values.len(), ordinal);
                }),
            };
        let mut from = Ordinal::default();
        for (&ordinal, numbers) in changed {
            copy(from, ordinal, &mut rows, &mut values);
            values.extend_from_slice(numbers);
            rows.resize(values.len(), ordinal);
            from = ordinal.next();
        }
        copy(from, Ordinal::from_index(products), &mut rows, &mut values);
        Self::of(products, Some(rows), values)
    }
}

impl GeoColumn {
    /// The column of `products` products, where `changed` replaces the locations of some.
    ///
    /// # Errors
    /// [`Error::Refused`] if it grows past its limit.
    pub(super) fn spliced(&self, products: usize, changed: &BTreeMap<Ordinal, BTreeSet<GeoPoint>>) -> Result<Self> {
        let mut places: Vec<GeoPoint> = self.view().places().collect();
        let mut new: Vec<GeoPoint> = changed.values().flatten().copied().collect();
        new.retain(|place| places.binary_search(place).is_err());
        new.sort_unstable();
        new.dedup();
        let before = |place: &GeoPoint| ValueId::from_index(places.partition_point(|other| other < place));
        let grown = Grown::new(&new.iter().map(before).collect::<Vec<_>>(), places.len());
        places.extend(new);
        places.sort_unstable();
        let id = |place: &GeoPoint| places.binary_search(place).ok().map(ValueId::from_index);
        let rows = changed.iter().map(|(&ordinal, places)| (ordinal, places.iter().filter_map(id).collect()));
        let rows = self.rows.spliced(products, &grown, &rows.collect())?;
        Ok(Self::of(&places, rows))
    }

    /// The same column for more products, the new ones without locations.
    pub(super) fn among(&self, products: usize) -> Self {
        Self { rows: self.rows.among(products), ..self.clone() }
    }
}
