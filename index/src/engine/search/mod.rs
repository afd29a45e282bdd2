//! The life of a search: rules → filter → words ∥ vectors → one match set → refine →
//! fuse → boost → personalise → pins → group variants → page, facets, highlights,
//! explanations. Totals, pages and facets all come from the one match set. How
//! strictly words must match is decided before refining, so that the count beside
//! a facet's value is what choosing that value gives.

mod curate;
mod facets;
mod intent;
mod page;
mod pins;
mod ranked;
mod retrieve;
mod show;
mod variants;
mod why;

pub use why::{Compared, Verdict, Why};

use std::sync::Arc;

use self::curate::Curated;
use self::retrieve::Matched;
use super::{Circumstances, Shopper, Snapshot};
use crate::bitmap::Bitmap;
use crate::column::{Filter, GeoPoint, Refinements, Sort};
use crate::context::Location;
use crate::curation::Applied;
use crate::error::Result;
use crate::hit::SearchAnswer;
use crate::query::SearchQuery;
use crate::rank::Taste;

/// The shopper who asks, where answers may be theirs.
type Personal<'a> = Option<(&'a Shopper, &'a Taste)>;

/// A search before its page is cut.
struct Begun<'a> {
    curated: Curated,
    sort: Sort,
    refinements: Refinements<'a>,
    matched: Matched,
    shopper: Option<&'a Shopper>,
}

impl Snapshot {
    /// Answers one search under some circumstances.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] and [`crate::Error::Invalid`] say what in the query is wrong.
    pub fn search(&self, query: &SearchQuery, circumstances: &Circumstances<'_>) -> Result<SearchAnswer> {
        let Begun { curated, sort, refinements, matched, shopper } = self.begin(query, circumstances)?;
        let groups = self.groups.as_deref().filter(|_| query.group);
        let pins = curated.pins.within(&matched.set, groups);
        let page = self.page(query, &matched, &sort, &pins, groups);
        let facets = self.facets(query, &matched, &refinements, groups, shopper)?;
        let analyzer = &mut self.generation.text.analyzer();
        let from = sort.place().or_else(|| query.location.map(|here| GeoPoint::new(here.lat, here.lon)));
        let hit = |candidate| {
            let hit = self.hit(candidate, query, &matched, &pins, analyzer)?;
            self.with_variants_and_place(hit, candidate.ordinal, &matched.set, groups, query.variants, from)
        };
        let hits = page.iter().map(hit).collect::<Result<_>>()?;
        let Applied { rules, query: searched, rewritten, facet_order, banners, redirect, .. } = curated.applied;
        let total = matched.total(groups);
        let reachable = total.min(self.settings.limits.depth);
        let pages = if query.per_page == 0 { 0 } else { reachable.div_ceil(query.per_page) };
        Ok(SearchAnswer {
            hits,
            total,
            page: query.page,
            pages,
            facets,
            corrected_query: matched.understood.corrected,
            likely_categories: matched.intent.categories,
            matched: matched.rung,
            personalized: matched.personalized && sort.is_relevance(),
            applied_rules: rules,
            rewritten_query: rewritten.then_some(searched),
            facet_order,
            banners,
            redirect,
        })
    }

    /// Decides what matches, and in which order.
    fn begin<'a>(&'a self, query: &'a SearchQuery, circumstances: &Circumstances<'a>) -> Result<Begun<'a>> {
        query.check(&self.settings.limits)?;
        let curated = self.curate(query, circumstances)?;
        let sort = self.sort(query, &curated)?;
        let refinements = Refinements::new(&query.refinements, &self.generation.columns)?;
        let shopper = circumstances.shopper.filter(|_| query.personalize);
        let personal = shopper.and_then(|shopper| Some((shopper, self.taste(shopper)?)));
        let personal = personal.as_ref().map(|(shopper, taste)| (*shopper, taste));
        let matched = self.retrieve(query, &curated, circumstances.curation, &refinements, personal)?;
        Ok(Begun { curated, sort, refinements, matched, shopper })
    }

    /// The products that are there and pass a filter; `None` allows all. `here` is where the shopper is.
    pub(super) fn allowed(&self, filter: Option<&str>, here: Option<Location>) -> Result<Option<Arc<Bitmap>>> {
        let Some(text) = filter.filter(|text| !text.trim().is_empty()) else { return Ok(self.alive.clone()) };
        let passing = self.filters.get(&Filter::parse(text)?.at(here)?, &self.generation.columns)?;
        Ok(Some(self.alive_of(passing)))
    }
}
