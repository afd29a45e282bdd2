//! Facets: the values that a match set has, and their counts. Texts are counted as a list or, for
//! categories, as a tree; numbers get statistics and counts in ranges. One pass over the match set,
//! or over the products that have the field if those are fewer. A product counts once for each
//! value; variants of one product count together if groups are given.

mod numbers;
#[cfg(test)]
mod random_tests;
mod ranges;
mod texts;

use serde::Serialize;

use super::fields::CATEGORY;
use super::{Columns, Groups};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::query::{FacetOrder, FacetRequest};

/// One value and the number of matches that have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value in the shop's spelling; a category's whole path.
    pub value: String,
    /// Matching products that have it.
    pub count: u32,
    /// True if the search is refined by this value; selected values are always listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub selected: bool,
    /// In a tree, the values one level below.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<FacetValue>,
}

/// Statistics of a field's numbers over the match set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FacetStats {
    /// The lowest value.
    #[serde(serialize_with = "whole")]
    pub min: f64,
    /// The highest value.
    #[serde(serialize_with = "whole")]
    pub max: f64,
    /// The mean of all values; of dates, to the second.
    #[serde(serialize_with = "whole")]
    pub avg: f64,
    /// The number of products with a value; a group of variants is one where the total counts it as one.
    pub count: u32,
}

/// Serializes a number; a whole one without decimals.
fn whole<S: serde::Serializer>(number: &f64, out: S) -> std::result::Result<S::Ok, S::Error> {
    /// Every whole number below has a 64-bit float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.fract() == 0.0 && number.abs() < EXACT {
        true => out.serialize_i64(*number as i64),
        false => out.serialize_f64(*number),
    }
}

/// The number of matches with a value in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FacetRange {
    /// The lower end, included.
    pub from: Option<f64>,
    /// The upper end, excluded.
    pub to: Option<f64>,
    /// Matching products with a value in it.
    pub count: u32,
}

/// The values of one field over a match set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FacetAnswer {
    /// Values in the requested order.
    pub values: Vec<FacetValue>,
    /// The number of distinct values among the matches, listed or not; with a facet search, of those that match it.
    pub distinct: usize,
    /// Statistics, if the field has numbers and some match has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<FacetStats>,
    /// Counts of the requested ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<FacetRange>,
    /// Counts in buckets of equal width from the lowest to the highest value, if requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<FacetRange>,
}

/// A function that splits a text into its words.
pub type SplitWords<'a> = dyn Fn(&str) -> Vec<String> + 'a;

/// The inputs of a facet count besides the request.
#[derive(Default)]
pub struct FacetContext<'a> {
    /// Variant groups that count as one; `None` if every product counts.
    pub groups: Option<&'a Groups>,
    /// The values that the search is refined by.
    pub chosen: &'a [String],
    /// This shopper's interest by value: positive values rank first, negative ones last.
    pub interest: &'a [(String, f32)],
    /// Splits a text into lower-case words without accents, for searching among values.
    pub words: Option<&'a SplitWords<'a>>,
}

impl std::fmt::Debug for FacetContext<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FacetContext").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

impl FacetContext<'_> {
    /// The ordinal that a product is counted under: the first of its group.
    fn counted(&self, ordinal: Ordinal) -> Ordinal {
        self.groups.map_or(ordinal, |groups| groups.first(ordinal))
    }

    /// True if the group counted under this ordinal has members that are not adjacent.
    fn is_apart(&self, counted: Ordinal) -> bool {
        self.groups.is_some_and(|groups| groups.is_apart(counted))
    }

    fn words(&self, text: &str) -> Vec<String> {
        match self.words {
            Some(words) => words(text),
            None => text.split_whitespace().map(str::to_lowercase).collect(),
        }
    }
}

/// Counts the values of the requested field over `matches`, listing at most `most` values.
///
/// # Errors
/// [`Error::Invalid`] if the field does not exist or is not of the requested kind.
pub fn count_facet(
    columns: &Columns,
    request: &FacetRequest,
    matches: &Bitmap,
    most: usize,
    context: &FacetContext<'_>,
) -> Result<FacetAnswer> {
    let field = &request.field;
    let column = columns.require("facets", field)?;
    let wrong = |what: &str| Err(Error::invalid("facets", format!("`{field}` {what}")));
    if column.numeric.is_none() && (!request.ranges.is_empty() || request.histogram.is_some()) {
        return wrong("has no numbers to count in ranges");
    }
    let tree = request.depth.is_some() || request.under.is_some();
    if tree && field != CATEGORY {
        return wrong("is no tree; `depth` and `under` are for `category`");
    }
    if column.geo.is_some() {
        return wrong("holds places, which are not counted; count `store_id`, or filter by distance");
    }
    let mut answer = FacetAnswer::default();
    let limit = request.limit.unwrap_or(most).min(most);
    if let Some(keyword) = &column.keyword {
        let alphabet = if request.order == FacetOrder::Alpha { columns.alphabet(keyword) } else { &[] };
        let texts = texts::TextCounts::count(keyword.view(), alphabet, matches, request, context);
        answer.distinct = texts.distinct();
        answer.values = if tree {
            texts.tree(request.under.as_deref(), request.depth.unwrap_or(1), limit)
        } else {
            texts.list(limit)
        };
    }
    if let Some(numeric) = &column.numeric {
        let numbers = numbers::NumberCounts { view: numeric.view(), matches, context };
        let to_the_second = |stats: FacetStats| FacetStats { avg: stats.avg.round(), ..stats };
        answer.stats = numbers.stats().map(|stats| if column.is_date { to_the_second(stats) } else { stats });
        answer.ranges = numbers.in_ranges(&request.ranges);
        if let (Some(buckets), Some(stats)) = (request.histogram, &answer.stats) {
            let edges = numbers::round_buckets(stats.min, stats.max, buckets, column.is_date);
            answer.histogram = numbers.in_ranges(&edges);
        }
        if column.keyword.is_none() && request.limit.is_some() {
            (answer.values, answer.distinct) = numbers.values(request.order, limit);
        }
    }
    Ok(answer)
}
