//! The life of a search: filter → words ∥ vectors → one match set → refine →
//! fuse → personalise → group variants → page, facets, highlights, explanations.
//! Totals, pages and facets all come from the one match set. How strictly words
//! must match is decided before refining, so that the count beside a facet's
//! value is what choosing that value gives.

mod facets;
mod page;
mod retrieve;
mod show;
mod variants;

use std::sync::Arc;

use super::{Engine, Shopper};
use crate::bitmap::Bitmap;
use crate::column::{Filter, Place, Refinements, Sort};
use crate::context::Location;
use crate::error::Result;
use crate::hit::SearchAnswer;
use crate::query::SearchQuery;
use crate::rank::Taste;

/// The shopper who asks, where answers may be theirs.
type Personal<'a> = Option<(&'a Shopper, &'a Taste)>;

impl Engine {
    /// Answers one search for one shopper, or for nobody.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] and [`crate::Error::Invalid`] say what in the query is wrong.
    pub fn search(&self, query: &SearchQuery, shopper: Option<&Shopper>) -> Result<SearchAnswer> {
        let (settings, columns) = (&self.settings, &self.generation.columns);
        query.check(&settings.limits)?;
        let allowed = self.allowed(query.filter.as_deref(), query.location)?;
        let sort = query.sort.as_deref().map(|sort| Sort::parse(sort, columns, query.location));
        let sort = sort.transpose()?.unwrap_or_default();
        let refinements = Refinements::new(&query.refinements, columns)?;
        let shopper = shopper.filter(|_| query.personalize);
        let personal = shopper.and_then(|shopper| Some((shopper, self.taste(shopper)?)));
        let personal = personal.as_ref().map(|(shopper, taste)| (*shopper, taste));
        let matched = self.retrieve(&query.query, allowed.as_deref(), &refinements, personal)?;
        let groups = self.groups.as_deref().filter(|_| query.group);
        let total = groups.map_or_else(|| matched.set.count(), |groups| groups.count(&matched.set));
        let page = page::page(&matched, query, &sort, columns, groups);
        let facets = self.facets(query, &matched, &refinements, groups, shopper)?;
        let analyzer = &mut self.generation.text.analyzer();
        let from = sort.place().or_else(|| query.location.map(|here| Place::new(here.lat, here.lon)));
        let hit = |candidate| {
            let hit = self.hit(candidate, query, &matched, analyzer)?;
            self.with_variants_and_place(hit, candidate.ordinal, &matched.set, groups, query.variants, from)
        };
        let hits = page.iter().map(hit).collect::<Result<_>>()?;
        let reachable = total.min(settings.limits.depth);
        let pages = if query.per_page == 0 { 0 } else { reachable.div_ceil(query.per_page) };
        Ok(SearchAnswer {
            hits,
            total,
            page: query.page,
            pages,
            facets,
            matched: matched.rung,
            personalized: matched.personalized && sort.is_relevance(),
        })
    }

    /// The products that are there and pass a filter; `None` allows all. `here` is where the shopper is.
    pub(super) fn allowed(&self, filter: Option<&str>, here: Option<Location>) -> Result<Option<Arc<Bitmap>>> {
        let Some(text) = filter.filter(|text| !text.trim().is_empty()) else { return Ok(self.alive.clone()) };
        let passing = self.filters.get(&Filter::parse(text)?.at(here)?, &self.generation.columns)?;
        Ok(Some(self.alive_of(passing)))
    }
}
