//! Facets of number fields: statistics, counts in intervals, and single values.

use std::collections::BTreeSet;

use super::ranges::RangeCounts;
use super::{FacetContext, FacetRange, FacetStats, FacetValue};
use crate::bitmap::Bitmap;
use crate::column::numeric::NumericView;
use crate::column::sort::number_rank;
use crate::id::Ordinal;
use crate::query::{FacetOrder, Interval};
use crate::time::DAY_SECONDS;

const SECONDS_A_DAY: f64 = DAY_SECONDS as f64;

/// The numbers of one field over a match set.
pub(super) struct NumberCounts<'a> {
    pub(super) view: NumericView<'a>,
    pub(super) matches: &'a Bitmap,
    pub(super) context: &'a FacetContext<'a>,
}

impl NumberCounts<'_> {
    /// The statistics, or `None` if no match has a number. A group of variants counts once, as in the total; the mean
    /// is that of all numbers.
    pub(super) fn stats(&self) -> Option<FacetStats> {
        let (mut min, mut max, mut sum, mut numbers) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0u32);
        let (mut count, mut last, mut apart) = (0u32, None, BTreeSet::new());
        self.view.for_each(self.matches, |ordinal, value| {
            min = min.min(value);
            max = max.max(value);
            sum += value;
            numbers += 1;
            let counted = self.context.counted(ordinal);
            let is_new = match self.context.is_apart(counted) {
                true => apart.insert(counted),
                false => last.replace(counted) != Some(counted),
            };
            count += u32::from(is_new);
        });
        (numbers > 0).then(|| FacetStats { min, max, avg: sum / f64::from(numbers), count })
    }

    /// The number of products with a value in each interval.
    pub(super) fn in_ranges(&self, ranges: &[Interval]) -> Vec<FacetRange> {
        if ranges.is_empty() {
            return Vec::new();
        }
        let mut counts = RangeCounts::new(ranges);
        self.view.for_each(self.matches, |ordinal, value| {
            let counted = self.context.counted(ordinal);
            counts.add(counted, self.context.is_apart(counted), value);
        });
        let counted_range = |(&(from, to), count): (&Interval, u32)| FacetRange { from, to, count };
        ranges.iter().zip(counts.of(ranges)).map(counted_range).collect()
    }

    /// The first `limit` distinct values, and the number of distinct values.
    pub(super) fn values(&self, order: FacetOrder, limit: usize) -> (Vec<FacetValue>, usize) {
        let mut pairs: Vec<(u64, Ordinal, f64)> = Vec::new();
        self.view.for_each(self.matches, |ordinal, value| {
            pairs.push((number_rank(value), self.context.counted(ordinal), value));
        });
        pairs.sort_unstable_by_key(|&(rank, counted, _)| (rank, counted));
        pairs.dedup_by_key(|&mut (rank, counted, _)| (rank, counted));
        let mut counted: Vec<(f64, u32)> =
            pairs.chunk_by(|a, b| a.0 == b.0).map(|run| (run[0].2, run.len() as u32)).collect();
        if order != FacetOrder::Alpha {
            counted.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        }
        let chosen: Vec<f64> = self.context.chosen.iter().filter_map(|value| value.parse().ok()).collect();
        let (distinct, mut place) = (counted.len(), 0);
        counted.retain(|(value, _)| {
            place += 1;
            place <= limit || chosen.contains(value)
        });
        for &value in &chosen {
            if !counted.iter().any(|(other, _)| *other == value) {
                counted.push((value, 0));
            }
        }
        let shown = |(value, count): (f64, u32)| FacetValue {
            value: value.to_string(),
            count,
            selected: chosen.contains(&value),
            children: Vec::new(),
        };
        (counted.into_iter().map(shown).collect(), distinct)
    }
}

/// At most `buckets` (2 or more) intervals of equal width that cover `min` to `max`. Edges are multiples of 1, 2 or 5
/// times a power of ten; dates spread over more than a day for each bucket use whole days as the unit.
pub(super) fn round_buckets(min: f64, max: f64, buckets: usize, is_date: bool) -> Vec<Interval> {
    let span = max - min;
    if !span.is_finite() || min.abs().max(max.abs()) > 1e15 {
        return vec![(Some(min), None)];
    }
    let unit = if is_date && span / buckets as f64 > SECONDS_A_DAY { SECONDS_A_DAY } else { 1.0 };
    let (low, high) = (min / unit, max / unit);
    // Below this step, neighbouring edges would be equal after rounding.
    let finest = (low.abs().max(high.abs()) * 1e-12).max(1e-9);
    let mut power = ((high - low) / buckets as f64).max(finest).log10().floor() as i32;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            // One division instead of a multiplication gives edges such as exactly 0.3.
            let edge = |at: f64| match power {
                ..0 => at * factor / 10f64.powi(-power) * unit,
                _ => at * factor * 10f64.powi(power) * unit,
            };
            let step = factor * 10f64.powi(power);
            // The division may have rounded across an edge.
            let mut first = (low / step).floor();
            first -= f64::from(u8::from(edge(first) > min));
            let mut last = (high / step).floor();
            last += f64::from(u8::from(edge(last + 1.0) <= max));
            if last - first < buckets as f64 {
                let places = (0..=(last - first) as usize).map(|at| first + at as f64);
                return places.map(|at| (Some(edge(at)), Some(edge(at + 1.0)))).collect();
            }
        }
        power += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::refine::contains;
    use proptest::prelude::*;

    fn edges(min: f64, max: f64, buckets: usize) -> Vec<f64> {
        round_buckets(min, max, buckets, false).iter().filter_map(|(from, _)| *from).collect()
    }

    #[test]
    fn edges_are_round() {
        assert_eq!(edges(1_290.0, 18_900.0, 10), [0.0, 2e3, 4e3, 6e3, 8e3, 1e4, 1.2e4, 1.4e4, 1.6e4, 1.8e4]);
        assert_eq!(edges(0.12, 0.47, 5), [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(edges(-3.0, 3.0, 4), [-4.0, -2.0, 0.0, 2.0]);
        assert_eq!(edges(5.0, 5.0, 3), [5.0]);
        let week = round_buckets(0.0, 30.0 * SECONDS_A_DAY, 6, true);
        assert_eq!(week[1], (Some(10.0 * SECONDS_A_DAY), Some(20.0 * SECONDS_A_DAY)));
    }

    proptest! {
        #[test]
        fn every_value_lies_in_one_bucket_and_there_are_few(a in -1e9..1e9f64, b in -1e9..1e9f64, part in 0.0..=1.0f64, buckets in 2usize..50) {
            let (min, max) = (a.min(b), a.max(b));
            let ranges = round_buckets(min, max, buckets, false);
            prop_assert!((1..=buckets).contains(&ranges.len()), "{}", ranges.len());
            for value in [min, max, min + (max - min) * part] {
                prop_assert_eq!(ranges.iter().filter(|range| contains(range, value)).count(), 1, "{} in {:?}", value, ranges);
            }
        }
    }
}
