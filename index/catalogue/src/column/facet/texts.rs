//! Facets of text fields. Spellings that differ in case only are one value, shown in the spelling
//! that most products use, because a refinement treats them as one: the count of a value equals the
//! total after selecting it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{FacetContext, FacetValue};
use crate::bitmap::Bitmap;
use crate::column::keyword::KeywordView;
use crate::column::{fold, order_first};
use crate::id::{Ordinal, ValueId};
use crate::product::CATEGORY_SEPARATOR;
use crate::query::{FacetOrder, FacetRequest};

/// Marks a value that no product has been counted for yet.
const NOT_COUNTED: Ordinal = Ordinal::new(u32::MAX);

/// The count of one value.
#[derive(Debug, Clone, Copy)]
struct ValueCount {
    id: ValueId,
    count: u32,
    interest: f32,
    selected: bool,
}

/// The counted values of one field.
pub(super) struct TextCounts<'a> {
    view: KeywordView<'a>,
    order: FacetOrder,
    /// The place of each text in the alphabet, by id; empty unless that is the order asked for.
    alphabet: &'a [u32],
    /// In order of their ids.
    counted: Vec<ValueCount>,
    /// Selected values that no match has, in the request's spelling. They are listed so that a shopper can deselect
    /// them; their spelling in the catalogue is not looked up, because that would reveal that a hidden product has
    /// the value.
    absent: Vec<FacetValue>,
}

impl<'a> TextCounts<'a> {
    /// Counts over `matches`, drops values that the facet search excludes, and marks selected ones.
    pub(super) fn count(
        view: KeywordView<'a>,
        alphabet: &'a [u32],
        matches: &Bitmap,
        request: &FacetRequest,
        context: &FacetContext<'_>,
    ) -> Self {
        let mut counts: BTreeMap<ValueId, ValueCount> = BTreeMap::new();
        let mut counted = count(view, matches, context);
        if let Some(search) = &request.search {
            let typed = context.words(search);
            counted.retain(|&(id, _)| has_words(&context.words(view.text(id)), &typed));
        }
        let plain = |(id, count)| (id, ValueCount { id, count, interest: 0.0, selected: false });
        // Without interest and selection nothing is looked up by id, and the map can be skipped.
        if request.order != FacetOrder::Interest && context.chosen.is_empty() {
            let counted = counted.into_iter().map(|pair| plain(pair).1).collect();
            return Self { view, order: request.order, alphabet, counted, absent: Vec::new() };
        }
        counts.extend(counted.into_iter().map(plain));
        let mut absent = Vec::new();
        for value in context.chosen {
            let spellings = view.equal_to(value);
            match counts.get_mut(&spellings.start).filter(|_| !spellings.is_empty()) {
                Some(counted) => counted.selected = true,
                None if request.search.is_some() => {}
                None => absent.push(FacetValue { value: value.clone(), selected: true, ..FacetValue::default() }),
            }
        }
        for (value, interest) in context.interest {
            let spellings = view.equal_to(value);
            if let Some(counted) = counts.get_mut(&spellings.start).filter(|_| !spellings.is_empty()) {
                counted.interest = *interest;
            }
        }
        Self { view, order: request.order, alphabet, counted: counts.into_values().collect(), absent }
    }

    /// The number of distinct values among the matches.
    pub(super) fn distinct(&self) -> usize {
        self.counted.len()
    }

    /// The first `limit` values, then the selected ones that are not among them.
    pub(super) fn list(&self, limit: usize) -> Vec<FacetValue> {
        let listed = self.first(self.counted.clone(), limit).into_iter().map(|value| self.shown(value));
        listed.chain(self.absent.iter().cloned()).collect()
    }

    /// Values as a tree: those one level below `under`, or the roots, each with its descendants down to `depth`
    /// levels.
    pub(super) fn tree(&self, under: Option<&str>, depth: usize, limit: usize) -> Vec<FacetValue> {
        let mut below: HashMap<Option<ValueId>, Vec<ValueCount>> = HashMap::new();
        for &value in &self.counted {
            let parent = self.view.text(value.id).rsplit_once(CATEGORY_SEPARATOR);
            let parent = parent.map(|(parent, _)| self.view.equal_to(parent).start);
            below.entry(parent).or_default().push(value);
        }
        let root = match under {
            None => None,
            Some(path) if self.view.equal_to(path).is_empty() => return Vec::new(),
            Some(path) => Some(self.view.equal_to(path).start),
        };
        self.level(&below, root, depth, limit)
    }

    fn level(
        &self,
        below: &HashMap<Option<ValueId>, Vec<ValueCount>>,
        parent: Option<ValueId>,
        depth: usize,
        limit: usize,
    ) -> Vec<FacetValue> {
        let values = below.get(&parent).filter(|_| depth > 0).cloned().unwrap_or_default();
        let node = |value: ValueCount| FacetValue {
            children: self.level(below, Some(value.id), depth - 1, limit),
            ..self.shown(value)
        };
        self.first(values, limit).into_iter().map(node).collect()
    }

    /// The first `limit` in order, then the selected ones that are not among them.
    fn first(&self, mut values: Vec<ValueCount>, limit: usize) -> Vec<ValueCount> {
        let order = |a: &ValueCount, b: &ValueCount| self.compare(a, b);
        order_first(&mut values, limit, order);
        let mut rest = values.split_off(limit.min(values.len()));
        rest.retain(|value| value.selected);
        rest.sort_unstable_by(order);
        values.extend(rest);
        values
    }

    fn compare(&self, a: &ValueCount, b: &ValueCount) -> Ordering {
        let by_interest = match self.order {
            FacetOrder::Interest => b.interest.total_cmp(&a.interest),
            FacetOrder::Count | FacetOrder::Alpha => Ordering::Equal,
        };
        let by_count = match self.order {
            FacetOrder::Alpha => Ordering::Equal,
            FacetOrder::Count | FacetOrder::Interest => b.count.cmp(&a.count),
        };
        let place = |value: &ValueCount| self.alphabet.get(value.id.index());
        by_interest.then(by_count).then_with(|| place(a).cmp(&place(b))).then(a.id.cmp(&b.id))
    }

    fn shown(&self, value: ValueCount) -> FacetValue {
        FacetValue {
            value: self.view.commonest_spelling(value.id).to_owned(),
            count: value.count,
            selected: value.selected,
            children: Vec::new(),
        }
    }
}

/// Every value that some match has, by its first spelling, with its count, in order of ids.
fn count(view: KeywordView<'_>, matches: &Bitmap, context: &FacetContext<'_>) -> Vec<(ValueId, u32)> {
    // Each count remembers the group counted last. Products come in ascending order, so a group comes as one run
    // unless it lies apart; those need a set.
    let mut counts = vec![(NOT_COUNTED, 0u32); view.distinct()];
    let mut spelling: Vec<ValueId> = ValueId::all(view.distinct()).collect();
    for &id in view.respelled() {
        spelling[id.index()] = spelling[id.index() - 1];
    }
    let mut apart = BTreeSet::new();
    view.rows.for_each(matches, |ordinal, ids| {
        let counted = context.counted(ordinal);
        let is_apart = context.is_apart(counted);
        for &id in ids {
            let Some(&id) = spelling.get(id.index()) else { continue };
            let (last, count) = &mut counts[id.index()];
            let is_new = match is_apart {
                true => apart.insert((id, counted)),
                false => *last != counted,
            };
            *last = counted;
            *count += u32::from(is_new);
        }
    });
    let present = ValueId::enumerate(counts).filter(|(_, (_, count))| *count > 0);
    present.map(|(id, (_, count))| (id, count)).collect()
}

/// True if each typed word is a prefix of some word of the value.
fn has_words(value: &[String], typed: &[String]) -> bool {
    typed.iter().all(|typed| value.iter().any(|word| fold::starts_with(word, typed)))
}
