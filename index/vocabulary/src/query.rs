//! A search request as the engine takes it: parsed, checked and within limits.

mod facets;

use std::collections::BTreeMap;

use crate::context::Location;
use crate::error::{Error, Result};
use crate::product::is_place;
pub use facets::{FacetOrder, FacetRequest, Interval, MAX_RANGES, MAX_REFINED_VALUES, MAX_TREE_DEPTH, Refinement};

/// The limits of a search request. All are settings with these defaults.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueryLimits {
    /// Characters in the query text.
    pub query_chars: usize,
    /// Hits a page.
    pub per_page: usize,
    /// The last position that pages reach (`page × per_page`).
    pub depth: usize,
    /// Facets a search.
    pub facets: usize,
    /// Values a facet.
    pub facet_values: usize,
    /// Variants listed in a hit.
    pub variants: usize,
    /// Items a recommendation placement.
    pub placement_items: usize,
    /// Placements a recommendation call.
    pub placements: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            query_chars: 512,
            per_page: 200,
            depth: 10_000,
            facets: 50,
            facet_values: 100,
            variants: 50,
            placement_items: 100,
            placements: 20,
        }
    }
}

/// The most understood parts that a request refuses.
pub const MAX_IGNORED: usize = 20;

/// One search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchQuery {
    /// The text of the query; blank matches everything.
    pub query: String,
    /// The language of `query` (ISO 639-1, with or without a region); `None` is the shop's.
    pub lang: Option<String>,
    /// Filter expression; `None` allows everything.
    pub filter: Option<String>,
    /// A filter that holds beside it, whatever help leaves out: that of the caller's key. It is never part of an answer.
    pub within: Option<String>,
    /// The fields to count values of.
    pub facets: Vec<FacetRequest>,
    /// The shopper's refinements, by field; they narrow the hits, the total and the facets of other fields.
    pub refinements: BTreeMap<String, Refinement>,
    /// Keys as the catalogue's `column::Sort` reads them; `None` sorts by relevance.
    pub sort: Option<String>,
    /// The shopper's location.
    pub location: Option<Location>,
    /// True if variants of one product are one hit, and count once.
    pub group: bool,
    /// Variants listed in a hit, at most.
    pub variants: usize,
    /// 1-based page.
    pub page: usize,
    /// Hits a page, 0 to the limit; 0 asks for totals and facets only.
    pub per_page: usize,
    /// True if misspelt words may be corrected.
    pub correct: bool,
    /// True if the last word may be the beginning of one.
    pub typing: bool,
    /// True if the shopper's profile may change the order.
    pub personalize: bool,
    /// True if every score is to be explained.
    pub explain: bool,
    /// The understood parts that are refused, each by its kind or by its text as typed; their words are plain words.
    pub ignore: Vec<String>,
    /// True if a short page is to list related products, and an empty one help.
    pub help: bool,
}

impl Default for SearchQuery {
    fn default() -> Self {
        Self {
            query: String::new(),
            lang: None,
            filter: None,
            within: None,
            facets: Vec::new(),
            refinements: BTreeMap::new(),
            sort: None,
            location: None,
            group: false,
            variants: 10,
            page: 1,
            per_page: 20,
            correct: true,
            typing: false,
            personalize: true,
            explain: false,
            ignore: Vec::new(),
            help: false,
        }
    }
}

impl SearchQuery {
    /// Checks the query against the limits.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the first field outside its limit; [`Error::PageTooDeep`] for a page past `depth`.
    pub fn check(&self, limits: &QueryLimits) -> Result<()> {
        let at_most = |field: &str, found: usize, limit: usize| match found <= limit {
            true => Ok(()),
            false => Err(Error::invalid(field, format!("{found} is more than the limit of {limit}"))),
        };
        let chars = self.query.chars().count();
        if chars > limits.query_chars {
            let message = format!("has {chars} characters, at most {} are allowed", limits.query_chars);
            return Err(Error::invalid("query", message));
        }
        at_most("per_page", self.per_page, limits.per_page)?;
        at_most("facets", self.facets.len(), limits.facets)?;
        self.facets.iter().try_for_each(FacetRequest::check)?;
        at_most("refinements", self.refinements.len(), limits.facets)?;
        self.refinements.iter().try_for_each(|(field, refinement)| refinement.check(field))?;
        at_most("ignore", self.ignore.len(), MAX_IGNORED)?;
        at_most("variants", self.variants, limits.variants)?;
        if let Some(Location { lat, lon }) = self.location
            && !is_place(lat, lon)
        {
            let message = format!("{lat}, {lon} is no place; lat lies between -90 and 90, lon between -180 and 180");
            return Err(Error::invalid("context.location", message));
        }
        if self.page == 0 {
            return Err(Error::invalid("page", "pages are counted from 1"));
        }
        if self.page.saturating_mul(self.per_page) > limits.depth {
            let (page, per_page, depth) = (self.page, self.per_page, limits.depth);
            return Err(Error::PageTooDeep { page, per_page, depth });
        }
        Ok(())
    }

    /// The number of hits before this page.
    pub fn offset(&self) -> usize {
        (self.page - 1) * self.per_page
    }
}
