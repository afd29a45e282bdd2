//! The life of a search: rules → filter → words ∥ vectors → one match set → fuse → boost →
//! personalise → pins → page, facets, highlights, explanations. Totals, pages and
//! facets all come from the one match set.

mod curate;
mod page;
mod retrieve;
mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Circumstances, Engine, Shopper};
use crate::bitmap::Bitmap;
use crate::column::{Filter, Sort, facet_counts};
use crate::curation::Applied;
use crate::error::Result;
use crate::hit::SearchAnswer;
use crate::query::SearchQuery;
use crate::rank::Taste;

/// The shopper who asks, where answers may be theirs.
type Personal<'a> = Option<(&'a Shopper, &'a Taste)>;

impl Engine {
    /// Answers one search under some circumstances.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] and [`crate::Error::Invalid`] say what in the query is wrong.
    pub fn search(&self, query: &SearchQuery, circumstances: &Circumstances<'_>) -> Result<SearchAnswer> {
        let settings = &self.settings;
        query.check(&settings.limits)?;
        let curated = self.curate(query, circumstances)?;
        let sort = self.sort(query, &curated)?;
        let shopper = circumstances.shopper.filter(|_| query.personalize);
        let personal = shopper.and_then(|shopper| Some((shopper, self.taste(shopper)?)));
        let personal = personal.as_ref().map(|(shopper, taste)| (*shopper, taste));
        let mut matched = self.retrieve(query, &curated, circumstances.curation, personal)?;
        curated.pins.ordinals().for_each(|ordinal| matched.set.insert(ordinal));
        let total = matched.set.count();
        let page = self.page(query, &matched, &sort, &curated.pins)?;
        let mut facets = BTreeMap::new();
        for field in &query.facets {
            let answer = facet_counts(&self.generation.columns, field, &matched.set, settings.limits.facet_values)?;
            facets.insert(field.clone(), answer);
        }
        let analyzer = &mut self.generation.text.analyzer();
        let hits = page
            .iter()
            .map(|candidate| self.hit(candidate, query, &matched, &curated, analyzer))
            .collect::<Result<_>>()?;
        let Applied { rules, query: searched, rewritten, facet_order, banners, redirect, .. } = curated.applied;
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
            applied_rules: rules,
            rewritten_query: rewritten.then_some(searched),
            facet_order,
            banners,
            redirect,
        })
    }

    /// The products a filter allows; `None` allows all.
    pub(super) fn allowed(&self, filter: Option<&str>) -> Result<Option<Arc<Bitmap>>> {
        let Some(text) = filter.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        self.filters.get(&Filter::parse(text)?, &self.generation.columns).map(Some)
    }
}
