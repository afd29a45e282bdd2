//! Facets: which values a match set has and how often. Texts are counted, as a
//! list or, for categories, a tree; numbers are summarised and counted in ranges.
//! One pass over the match set, or over the products that have the field when
//! those are fewer. A product counts once for a value, variants of one product
//! together once where groups are given.

mod numbers;
#[cfg(test)]
mod random;
mod texts;

use serde::Serialize;

use super::fields::CATEGORY;
use super::{Columns, Groups};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::query::FacetRequest;

/// One value and how many of the matches have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value as the shop spells it; of a category the whole path.
    pub value: String,
    /// Matching products that have it.
    pub count: u32,
    /// Whether the search is refined by it; such values are always listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub selected: bool,
    /// The values one level below it, in a tree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<FacetValue>,
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
    /// How many values there are, those of each variant too; a product with a list has several.
    pub count: u32,
}

/// How many of the matches have a number in an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FacetRange {
    /// From, included.
    pub from: Option<f64>,
    /// To, not included.
    pub to: Option<f64>,
    /// Matching products with a value in it.
    pub count: u32,
}

/// A field's values over a match set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FacetAnswer {
    /// Values in the order asked for.
    pub values: Vec<FacetValue>,
    /// How many distinct values the matches have, or of them those searched for, listed or not.
    pub distinct: usize,
    /// Of a field with numbers: their summary, when any match has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<FacetStats>,
    /// The ranges asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<FacetRange>,
    /// Buckets of equal width from the lowest to the highest value, when asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<FacetRange>,
}

/// Cuts a text into its words.
pub type Words<'a> = dyn Fn(&str) -> Vec<String> + 'a;

/// What a facet is counted by besides the request.
#[derive(Default)]
pub struct FacetContext<'a> {
    /// Variants that count together; none where every product counts.
    pub groups: Option<&'a Groups>,
    /// The values the search is refined by.
    pub chosen: &'a [String],
    /// What this shopper is drawn to, by value: above 0 first, below 0 last.
    pub interest: &'a [(String, f32)],
    /// The words of a text, in lower case and without accents, as values are searched by them.
    pub words: Option<&'a Words<'a>>,
}

impl std::fmt::Debug for FacetContext<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FacetContext").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

impl FacetContext<'_> {
    /// What a product counts as.
    fn counted(&self, ordinal: Ordinal) -> Ordinal {
        self.groups.map_or(ordinal, |groups| groups.first(ordinal))
    }

    /// Whether what counts as this product lies apart from it.
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

/// Counts what `request` asks for over `matches`, listing at most `most` values.
///
/// # Errors
/// [`Error::Invalid`] when there is no such field, or it is not of the kind asked for.
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
        let texts = texts::Texts::count(keyword.view(), matches, request, context);
        answer.distinct = texts.distinct();
        answer.values = if tree {
            texts.tree(request.under.as_deref(), request.depth.unwrap_or(1), limit)
        } else {
            texts.list(limit)
        };
    }
    if let Some(numeric) = &column.numeric {
        let numbers = numbers::Numbers { view: numeric.view(), matches, context };
        answer.stats = numbers.stats();
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
