//! The life of a search: filter → words ∥ vectors → one match set → fuse →
//! personalise → page, facets, highlights, explanations. Totals, pages and
//! facets all come from the one match set.

mod page;
mod retrieve;
mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Engine, Shopper};
use crate::bitmap::Bitmap;
use crate::column::{Filter, Sort, facet_counts, top};
use crate::error::Result;
use crate::hit::SearchAnswer;
use crate::query::SearchQuery;
use crate::rank::Taste;
use page::relevance_page;

/// The shopper who asks, where answers may be theirs.
type Personal<'a> = Option<(&'a Shopper, &'a Taste)>;
impl Engine {
    /// Answers one search for one shopper, or for nobody.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] and [`crate::Error::Invalid`] say what in the query is wrong.
    pub fn search(&self, query: &SearchQuery, shopper: Option<&Shopper>) -> Result<SearchAnswer> {
        let settings = &self.settings;
        query.check(&settings.limits)?;
        let allowed = self.allowed(query.filter.as_deref())?;
        let sort =
            query.sort.as_deref().map_or(Ok(Sort::Relevance), |sort| Sort::parse(sort, &self.generation.columns))?;
        let personal = shopper.filter(|_| query.personalize).and_then(|shopper| Some((shopper, self.taste(shopper)?)));
        let personal = personal.as_ref().map(|(shopper, taste)| (*shopper, taste));
        let matched = self.retrieve(query, allowed.as_deref(), personal)?;
        let total = matched.set.count();
        let page = match &sort {
            Sort::Relevance => relevance_page(&matched, query),
            Sort::Field { field, direction } => {
                let column = self.generation.columns.require("sort", field)?;
                let ordinals = top(&matched.set, column, *direction, query.offset(), query.per_page);
                ordinals.into_iter().map(|ordinal| matched.candidate(ordinal)).collect()
            }
        };
        let mut facets = BTreeMap::new();
        for field in &query.facets {
            let answer = facet_counts(&self.generation.columns, field, &matched.set, settings.limits.facet_values)?;
            facets.insert(field.clone(), answer);
        }
        let analyzer = &mut self.generation.text.analyzer();
        let hits =
            page.iter().map(|candidate| self.hit(candidate, query, &matched, analyzer)).collect::<Result<_>>()?;
        let reachable = total.min(settings.limits.depth);
        let pages = if query.per_page == 0 { 0 } else { reachable.div_ceil(query.per_page) };
        Ok(SearchAnswer {
            hits,
            total,
            page: query.page,
            pages,
            facets,
            corrected_query: matched.understood.corrected,
            matched: matched.rung,
            personalized: matched.personalized && sort == Sort::Relevance,
        })
    }

    /// The products a filter allows; `None` allows all.
    pub(super) fn allowed(&self, filter: Option<&str>) -> Result<Option<Arc<Bitmap>>> {
        let Some(text) = filter.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        self.filters.get(&Filter::parse(text)?, &self.generation.columns).map(Some)
    }
}
