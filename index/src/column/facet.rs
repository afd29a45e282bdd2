//! Facets: which values a match set has and how often. Texts are counted,
//! numbers summarised. One pass over the match set, or over the products that
//! have the field when those are fewer. A product counts once for a value.

use serde::Serialize;

use super::Columns;
use super::keyword::{KeywordView, ValueId};
use super::numeric::NumericView;
use crate::bitmap::Bitmap;
use crate::error::Result;

/// One value and how many of the matches have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value as the shop spells it.
    pub value: String,
    /// Matching products that have it.
    pub count: u32,
}

/// What a field's numbers are like over the matches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FacetStats {
    /// The lowest value.
    pub min: f64,
    /// The highest value.
    pub max: f64,
    /// The mean of all values.
    pub avg: f64,
    /// How many values there are; a product with a list has several.
    pub count: u32,
}

/// A field's values over a match set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FacetAnswer {
    /// The commonest values, most frequent first, then in the order of the dictionary.
    pub values: Vec<FacetValue>,
    /// How many distinct values the matches have, listed or not.
    pub distinct: usize,
    /// Of a field with numbers: their summary, when any match has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<FacetStats>,
}

/// Counts `field` over `matches`, listing at most `limit` values.
///
/// # Errors
/// [`crate::error::Error::Invalid`] when there is no such field.
pub fn facet_counts(columns: &Columns, field: &str, matches: &Bitmap, limit: usize) -> Result<FacetAnswer> {
    let column = columns.require("facets", field)?;
    let mut answer = FacetAnswer::default();
    if let Some(keyword) = &column.keyword {
        let view = keyword.view();
        let counted = count(view, matches);
        answer.distinct = counted.len();
        let value = |(id, count)| FacetValue { value: view.text(id).to_owned(), count };
        answer.values = commonest(counted, limit).into_iter().map(value).collect();
    }
    answer.stats = column.numeric.as_ref().and_then(|numeric| stats(numeric.view(), matches));
    Ok(answer)
}

/// Every value some match has, with its count, in no particular order.
fn count(view: KeywordView<'_>, matches: &Bitmap) -> Vec<(ValueId, u32)> {
    let mut counts = vec![0u32; view.distinct()];
    let matching = matches.count();
    if view.distinct() <= matching {
        for_each_row(view, matches, matching, |ids| {
            for &id in ids {
                if let Some(count) = counts.get_mut(id as usize) {
                    *count += 1;
                }
            }
        });
        return (0..).zip(counts).filter(|(_, count)| *count > 0).collect();
    }
    // More values than matches: remember the few met instead of looking at all.
    let mut met: Vec<ValueId> = Vec::new();
    for_each_row(view, matches, matching, |ids| {
        for &id in ids {
            if let Some(count) = counts.get_mut(id as usize) {
                if *count == 0 {
                    met.push(id);
                }
                *count += 1;
            }
        }
    });
    met.into_iter().map(|id| (id, counts[id as usize])).collect()
}

/// Visits the values of each match that has some.
fn for_each_row(view: KeywordView<'_>, matches: &Bitmap, matching: usize, mut visit: impl FnMut(&[ValueId])) {
    match view.rows() {
        None => matches.iter().for_each(|ordinal| visit(view.row(ordinal as usize))),
        // Looking a product up costs some sixteen times as much as passing over a row.
        Some(rows) if matching.saturating_mul(16) < rows.len() => {
            matches.iter().for_each(|ordinal| visit(view.values(ordinal)));
        }
        Some(rows) => {
            let rows = rows.iter().enumerate().filter(|(_, ordinal)| matches.contains(**ordinal));
            rows.for_each(|(row, _)| visit(view.row(row)));
        }
    }
}

fn commonest(mut counted: Vec<(ValueId, u32)>, limit: usize) -> Vec<(ValueId, u32)> {
    let order = |a: &(ValueId, u32), b: &(ValueId, u32)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
    if limit > 0 && limit < counted.len() {
        counted.select_nth_unstable_by(limit - 1, order);
    }
    counted.truncate(limit);
    counted.sort_unstable_by(order);
    counted
}

fn stats(view: NumericView<'_>, matches: &Bitmap) -> Option<FacetStats> {
    let (mut min, mut max, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0u32);
    view.for_each(matches, |value| {
        min = min.min(value);
        max = max.max(value);
        sum += value;
        count += 1;
    });
    (count > 0).then(|| FacetStats { min, max, avg: sum / f64::from(count), count })
}
