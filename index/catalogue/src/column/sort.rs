//! Sort orders: `price:asc`, several keys `in_stock:desc,price:asc`, a distance
//! `distance(55.68,12.57):asc` or, from the shopper's own location, `distance:asc`; or `relevance`.
//! Products without a value come last in both directions. Ties are broken by relevance and then by
//! ordinal, so the order is total and pages never overlap.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use super::{Columns, GeoPoint, Groups};
use crate::bitmap::Bitmap;
use crate::context::Location;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::is_place;

/// The most keys of one sort.
pub const MAX_SORT_KEYS: usize = 4;
/// The rank of a product without a value, in either direction.
const ABSENT: u64 = u64::MAX;

/// The direction of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortDirection {
    /// Lowest value first.
    Ascending,
    /// Highest value first.
    Descending,
}

/// The quantity that a sort key compares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// A field's numbers, or its texts if it has no numbers. A product with several values counts by the lowest in
    /// ascending order and by the highest in descending order.
    Field(String),
    /// The distance of the nearest location from a point.
    Distance(GeoPoint),
}

/// The order of search results: by each key in turn, then by relevance. Without keys, by relevance alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    keys: Vec<(SortBy, SortDirection)>,
}

impl Sort {
    /// Parses `relevance`, or comma-separated keys `FIELD:asc`, `FIELD:desc`, `distance(LAT,LON):asc`,
    /// `distance:asc`. `here` is the shopper's location.
    ///
    /// # Errors
    /// [`Error::Invalid`] for field `sort` if the text is none of these, or a field does not exist.
    pub fn parse(text: &str, columns: &Columns, here: Option<Location>) -> Result<Self> {
        if text.trim().eq_ignore_ascii_case("relevance") {
            return Ok(Self::default());
        }
        let keys = split(text).map(|key| parse_key(key, columns, here)).collect::<Result<Vec<_>>>()?;
        if keys.len() > MAX_SORT_KEYS {
            return Err(wrong(format!("has {} keys, at most {MAX_SORT_KEYS} are allowed", keys.len())));
        }
        Ok(Self { keys })
    }

    /// True if relevance alone decides.
    pub fn is_relevance(&self) -> bool {
        self.keys.is_empty()
    }

    /// The point that distances are measured from.
    pub fn place(&self) -> Option<GeoPoint> {
        self.keys.iter().find_map(|(by, _)| if let SortBy::Distance(place) = by { Some(*place) } else { None })
    }
}

fn wrong(message: String) -> Error {
    Error::invalid("sort", message)
}

/// Splits at commas outside parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0usize;
    text.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
}

fn parse_key(text: &str, columns: &Columns, here: Option<Location>) -> Result<(SortBy, SortDirection)> {
    let parsed = text.rsplit_once(':').and_then(|(by, direction)| {
        let direction = match direction.trim().to_ascii_lowercase().as_str() {
            "asc" => SortDirection::Ascending,
            "desc" => SortDirection::Descending,
            _ => return None,
        };
        Some((by.trim(), direction))
    });
    let Some((by, direction)) = parsed else {
        let shown: String = text.chars().take(80).collect();
        return Err(wrong(format!(
            "`{shown}` is not an order; use `relevance`, or `FIELD:asc` and `FIELD:desc`, several with commas between"
        )));
    };
    if let Some(arguments) = by.strip_prefix("distance(").and_then(|rest| rest.strip_suffix(')')) {
        let numbers = arguments.split_once(',').and_then(|(lat, lon)| {
            let (lat, lon) = (lat.trim().parse().ok()?, lon.trim().parse().ok()?);
            is_place(lat, lon).then(|| GeoPoint::new(lat, lon))
        });
        let place = numbers
            .ok_or_else(|| wrong(format!("`{by}` is no distance; give degrees as in `distance(55.68,12.57):asc`")))?;
        return Ok((SortBy::Distance(place), direction));
    }
    if by == "distance" {
        let here =
            here.ok_or_else(|| wrong("`distance` is measured from `context.location`, which is not given".to_owned()))?;
        return Ok((SortBy::Distance(GeoPoint::new(here.lat, here.lon)), direction));
    }
    let column = columns.require("sort", by)?;
    if column.geo.is_some() {
        return Err(wrong(format!("`{by}` holds places; sort by `distance(LAT,LON):asc`")));
    }
    Ok((SortBy::Field(by.to_owned()), direction))
}

/// A product's rank by each key, then by relevance (inverted); the smallest comes first.
type SortRanks = [u64; MAX_SORT_KEYS + 1];

/// Moves the first `count` items to the front in order; orders all of them if there are no more than `count`.
pub fn order_first<T>(items: &mut [T], count: usize, order: impl Fn(&T, &T) -> Ordering) {
    let count = count.min(items.len());
    // Selection takes linear time, so only the first `count` items pay for sorting.
    if (1..items.len()).contains(&count) {
        items.select_nth_unstable_by(count - 1, &order);
    }
    items[..count].sort_unstable_by(order);
}

/// The products at positions `offset..offset + limit` of `matches` in sort order. One pass, with a heap of the best
/// `offset + limit`. `relevance` is indexed by ordinal. Of each variant group only the best product counts.
pub fn top(
    matches: &Bitmap,
    sort: &Sort,
    columns: &Columns,
    relevance: &[f32],
    groups: Option<&Groups>,
    offset: usize,
    limit: usize,
) -> Vec<Ordinal> {
    let keep = offset.saturating_add(limit).min(matches.count());
    if keep == 0 {
        return Vec::new();
    }
    let mut keys: Vec<_> = sort.keys.iter().map(|(by, direction)| rank_by(by, *direction, columns)).collect();
    let mut ranks = |ordinal: Ordinal| {
        let mut ranks: SortRanks = [0; MAX_SORT_KEYS + 1];
        keys.iter_mut().zip(&mut ranks).for_each(|(key, rank)| *rank = key(ordinal));
        let relevance = relevance.get(ordinal.index()).copied().unwrap_or_default();
        ranks[MAX_SORT_KEYS] = !number_rank(f64::from(relevance));
        (ranks, ordinal)
    };
    let mut best: BinaryHeap<(SortRanks, Ordinal)> = BinaryHeap::with_capacity(keep.saturating_add(1));
    let mut offer = |candidate: (SortRanks, Ordinal)| {
        if best.len() < keep {
            best.push(candidate);
        } else if let Some(mut worst) = best.peek_mut()
            && candidate < *worst
        {
            *worst = candidate;
        }
    };
    match groups {
        None => matches.iter().for_each(|ordinal| offer(ranks(ordinal))),
        Some(groups) => {
            // Variants are adjacent, so the best of a run is final once the next run begins. Groups that lie apart
            // are final only at the end.
            let mut run: Option<(Ordinal, (SortRanks, Ordinal))> = None;
            let mut apart: BTreeMap<Ordinal, (SortRanks, Ordinal)> = BTreeMap::new();
            for ordinal in matches.iter() {
                let (first, candidate) = (groups.first(ordinal), ranks(ordinal));
                if groups.is_apart(first) {
                    apart.entry(first).and_modify(|best| *best = candidate.min(*best)).or_insert(candidate);
                    continue;
                }
                match &mut run {
                    Some((current, best)) if *current == first => *best = candidate.min(*best),
                    _ => {
                        run.replace((first, candidate)).into_iter().for_each(|(_, best)| offer(best));
                    }
                }
            }
            run.into_iter().chain(apart).for_each(|(_, best)| offer(best));
        }
    }
    best.into_sorted_vec().into_iter().skip(offset).map(|(_, ordinal)| ordinal).collect()
}

/// The function that ranks a product by one key.
fn rank_by<'a>(by: &SortBy, direction: SortDirection, columns: &'a Columns) -> Box<dyn FnMut(Ordinal) -> u64 + 'a> {
    let ascending = direction == SortDirection::Ascending;
    let number = move |value: f64| if ascending { number_rank(value) } else { !number_rank(value) };
    let text = move |place: u32| u64::from(if ascending { place } else { !place });
    let field = match by {
        SortBy::Field(field) => columns.column(field),
        SortBy::Distance(place) => {
            let Some(geo) = columns.geo() else { return Box::new(|_| ABSENT) };
            let mut distance = geo.distances(*place);
            return Box::new(move |ordinal| distance(ordinal).map_or(ABSENT, number));
        }
    };
    match field.map(|column| (&column.numeric, &column.keyword)) {
        Some((Some(numeric), _)) => {
            let view = numeric.view();
            Box::new(move |ordinal| {
                let values = view.values(ordinal);
                (if ascending { values.first() } else { values.last() }).map_or(ABSENT, |&value| number(value))
            })
        }
        Some((None, Some(keyword))) => {
            let (view, alphabet) = (keyword.view(), columns.alphabet(keyword));
            Box::new(move |ordinal| {
                let places = view.values(ordinal).iter().filter_map(|id| alphabet.get(id.index()).copied());
                (if ascending { places.min() } else { places.max() }).map_or(ABSENT, text)
            })
        }
        _ => Box::new(|_| ABSENT),
    }
}

/// An integer that orders as `f64::total_cmp` does; below [`ABSENT`] for everything but NaN.
pub(super) fn number_rank(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::tests::columns_of;
    use crate::id::GroupNumber;
    use crate::product::{Product, StoreLocation};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_order_as_numbers_do(a: f64, b: f64) {
            prop_assert_eq!(number_rank(a).cmp(&number_rank(b)), a.total_cmp(&b));
        }

        #[test]
        fn several_keys_relevance_and_groups_agree_with_a_plain_sort(
            made in vec((option::of(0i64..4), option::of(0u8..3), 0u8..3, any::<bool>()), 1..60),
            picks in vec(any::<bool>(), 60), offset in 0usize..20, limit in 0usize..20, grouped: bool,
        ) {
            let products: Vec<Product> = made.iter().map(|(price, brand, ..)| Product {
                price: *price, brand: brand.map(|at| ["a", "B", "c"][usize::from(at)].to_owned()), ..Product::default()
            }).collect();
            let fail = |error: Error| TestCaseError::fail(error.to_string());
            let columns = columns_of(&products).map_err(fail)?;
            let relevance: Vec<f32> = made.iter().map(|(_, _, score, _)| f32::from(*score)).collect();
            let mut number = 0;
            let numbers: Vec<_> = made.iter().map(|(.., starts)| { number += u32::from(*starts); Some(GroupNumber::new(number)) }).collect();
            let groups = Groups::new(numbers.iter().copied()).filter(|_| grouped);
            let matches = Bitmap::from_ordinals(made.len(), Ordinal::all(made.len()).filter(|at| picks[at.index()]));
            let sort = Sort::parse("brand:desc, price:asc", &columns, None).map_err(fail)?;
            let found = top(&matches, &sort, &columns, &relevance, groups.as_ref(), offset, limit);

            let mut expected: Vec<Ordinal> = matches.iter().collect();
            expected.sort_by_key(|&at| {
                let (price, brand, score, _) = &made[at.index()];
                (brand.map_or(9, |brand| 2 - brand), price.unwrap_or(99), u8::MAX - score, at)
            });
            let mut seen = std::collections::BTreeSet::new();
            expected.retain(|&at| groups.is_none() || seen.insert(numbers[at.index()]));
            let expected: Vec<Ordinal> = expected.into_iter().skip(offset).take(limit).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_nearest_comes_first_and_what_is_nowhere_last() -> Result<()> {
        let at = |lon: f64| vec![StoreLocation { lat: 0.0, lon, store_id: None }];
        let places = [at(5.0), Vec::new(), [at(40.0), at(1.0)].concat(), at(-2.0)];
        let products: Vec<Product> =
            places.into_iter().map(|locations| Product { locations, ..Product::default() }).collect();
        let columns = columns_of(&products)?;
        let here = Some(Location { lat: 0.0, lon: 0.0 });
        for (text, expected) in [
            ("distance:asc", [2, 3, 0, 1]),
            ("distance(0, -3):asc", [3, 2, 0, 1]),
            ("distance(0,0):desc", [0, 3, 2, 1]),
        ] {
            let sort = Sort::parse(text, &columns, here)?;
            assert_eq!(top(&Bitmap::full(4), &sort, &columns, &[], None, 0, 9), Ordinal::array(expected), "{text}");
            assert!(sort.place().is_some());
        }
        for wrong in ["distance(91,0):asc", "distance(0):asc", "distance(a,b):asc", "distance(0,0)", "locations:asc"] {
            assert!(matches!(Sort::parse(wrong, &columns, here), Err(Error::Invalid { .. })), "{wrong}");
        }
        assert!(Sort::parse("distance:asc", &columns, None).is_err());
        assert!(Sort::parse("price:asc,price:asc,price:asc,price:asc,price:asc", &columns, None).is_err());
        Ok(())
    }
}
