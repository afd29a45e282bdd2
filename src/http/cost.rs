//! The cost of a request, estimated before it runs, in points of which a plain search has ten. A caller with a public key
//! has a budget for each request, since whoever visits the shop holds that key; a request beyond it is refused with the
//! part to reduce. The weights are of the order of what each part adds to the time of a search, not measurements.

use tastemaker_index::engine::{HomeQuery, NavigationQuery, Placement};
use tastemaker_index::query::{FacetRequest, SearchQuery};

use super::AppState;
use super::error::ApiError;
use crate::access::Caller;

/// The points of a request before any part is counted.
const BASE: usize = 10;
/// The points of one facet: one pass over the matches.
const FACET: usize = 2;
/// Ranges or buckets of one point.
const RANGES_A_POINT: usize = 10;
/// Products of a response of one point.
const PRODUCTS_A_POINT: usize = 5;
/// Hits before the page of one point.
const SKIPPED_A_POINT: usize = 200;
/// Characters of a filter of one point.
const FILTER_CHARS_A_POINT: usize = 50;
/// The points of one placement or shelf.
const ROW: usize = 5;

/// The points of a request by the field that they come from.
pub(super) struct RequestCost(Vec<(&'static str, usize)>);

impl RequestCost {
    /// The cost of a search.
    pub(super) fn of_search(query: &SearchQuery) -> Self {
        let facet = |facet: &FacetRequest| {
            FACET + (facet.ranges.len() + facet.histogram.unwrap_or_default()).div_ceil(RANGES_A_POINT)
        };
        let filter = query.filter.as_ref().map_or(0, String::len);
        Self(vec![
            ("facets", query.facets.iter().map(facet).sum()),
            ("per_page", query.per_page.div_ceil(PRODUCTS_A_POINT)),
            ("page", query.page.saturating_sub(1).saturating_mul(query.per_page) / SKIPPED_A_POINT),
            ("filter", filter / FILTER_CHARS_A_POINT),
            ("refinements", query.refinements.len()),
        ])
    }

    /// The cost of the placements of a page.
    pub(super) fn of_placements(placements: &[Placement]) -> Self {
        let row = |placement: &Placement| {
            let asked = placement.limit.saturating_add(placement.product_ids.len());
            ROW + asked.div_ceil(PRODUCTS_A_POINT)
        };
        Self(vec![("placements", placements.iter().map(row).fold(0, usize::saturating_add))])
    }

    /// The cost of a home page.
    pub(super) fn of_home(query: &HomeQuery) -> Self {
        let products = query.shelves.saturating_mul(query.items);
        Self(vec![("shelves", query.shelves.saturating_mul(ROW)), ("items", products.div_ceil(PRODUCTS_A_POINT))])
    }

    /// The cost of a navigation.
    pub(super) fn of_navigation(query: &NavigationQuery) -> Self {
        Self(vec![("facets", query.facets.len().saturating_mul(FACET))])
    }

    fn points(&self) -> usize {
        self.0.iter().map(|(_, points)| *points).fold(BASE, usize::saturating_add)
    }

    /// Checks the cost against the budget of the caller.
    ///
    /// # Errors
    /// `too_costly` with the part that costs most.
    pub(super) fn check(&self, state: &AppState, caller: &Caller) -> Result<(), ApiError> {
        let (points, budget) = (self.points(), state.config.public_budget);
        if !caller.is_public() || budget == 0 || points <= budget {
            return Ok(());
        }
        let most = self.0.iter().max_by_key(|(_, points)| *points).map_or("", |(field, _)| *field);
        Err(ApiError::too_costly(points, budget, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_requests_are_cheap_and_the_dearest_part_is_the_one_that_is_large() {
        let ranges = vec![(Some(1.0), Some(2.0)); 100];
        let facets = vec![FacetRequest { ranges, ..FacetRequest::new("price") }; 50];
        let ordinary = SearchQuery { facets: facets[..8].to_vec(), per_page: 48, ..SearchQuery::default() };
        assert!(RequestCost::of_search(&SearchQuery::default()).points() < 20);
        assert!(RequestCost::of_search(&ordinary).points() < 150);
        let heavy = RequestCost::of_search(&SearchQuery { facets, ..SearchQuery::default() });
        assert_eq!(heavy.points(), 10 + 50 * 12 + 4);
        assert!(RequestCost::of_home(&HomeQuery { shelves: 6, items: 10, seed: 1 }).points() < 100);
        assert!(RequestCost::of_home(&HomeQuery { shelves: usize::MAX, items: usize::MAX, seed: 1 }).points() > 200);
    }
}
