//! The steps of a search: rules → filter → **match** (words ∥ vectors → one match set) → **refine** → **rank**
//! (fuse → intent → learned order → boosts → shopper) → pins → group variants → page, facets, highlights,
//! explanations. Totals, pages and facets all come from the one match set. The match level is decided before
//! refining, so that the count beside a facet's value is what choosing that value gives.

mod aside;
mod called;
mod curate;
mod exact;
mod facets;
mod follows;
mod instead;
mod intent;
mod kinds;
mod matching;
mod meant;
mod named;
mod page;
mod pins;
mod ranked;
mod ranking;
mod related;
mod retrieve;
mod show;
#[cfg(test)]
mod sold_out_tests;
mod specificity;
mod standing;
mod steps;
mod sure;
#[cfg(test)]
mod sure_tests;
mod variants;
mod why;

pub use why::{Compared, PageOutcome, Why};

use self::curate::Curated;
pub(super) use self::curate::Curator;
use self::instead::EmptyPage;
pub(super) use self::meant::{Audiences, PhraseBook, TellingLeaves};
use self::related::RelatedReader;
use self::retrieve::Matched;
use self::steps::SearchSummary;
use super::shopper::{Shopper, ShopperReader};
use super::{Engine, RequestContext, Snapshot};
use crate::column::{GeoPoint, Refinements, Sort};
use crate::curation::{Applied, Curation, Document, Rule};
use crate::error::Result;
use crate::hit::SearchAnswer;
use crate::product::FieldError;
use crate::query::SearchQuery;
use crate::rank::Taste;

/// The shopper of a request and the history aggregated; absent where the answer is the same for everybody.
type Personal<'a> = Option<(&'a Shopper, &'a Taste)>;

/// Search over one snapshot.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) snapshot: &'a Snapshot,
}

/// A search before its page is cut.
struct Retrieved<'a> {
    curated: Curated,
    sort: Sort,
    refinements: Refinements<'a>,
    matched: Matched,
    shopper: Option<&'a Shopper>,
}

impl Engine {
    /// Answers one search.
    ///
    /// # Errors
    /// [`crate::Error::Filter`] and [`crate::Error::Invalid`] name the part of the query that is wrong.
    pub fn search(&self, query: &SearchQuery, request_context: &RequestContext<'_>) -> Result<SearchAnswer> {
        Search { snapshot: &self.0 }.search(query, request_context)
    }

    /// Explains why a product is, or is not, on the page of a search.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub fn why(&self, query: &SearchQuery, request_context: &RequestContext<'_>, id: &str) -> Result<Why> {
        Search { snapshot: &self.0 }.why(query, request_context, id)
    }

    /// Compiles a document of rules, synonyms and stop words for this generation's analysis.
    ///
    /// # Errors
    /// The rules together exceed their size limit.
    pub fn compile(&self, document: &Document) -> Result<Curation> {
        Curator { snapshot: &self.0 }.compile(document)
    }

    /// Checks a rule, its filters and its order against the fields of this generation.
    ///
    /// # Errors
    /// The field at fault.
    pub fn check_rule(&self, rule: &Rule) -> std::result::Result<(), FieldError> {
        Curator { snapshot: &self.0 }.check_rule(rule)
    }

    /// The ids of a rule that name no product and no group of variants, with the path of each: they change nothing.
    pub fn unknown_products(&self, rule: &Rule) -> Vec<FieldError> {
        Curator { snapshot: &self.0 }.unknown_products(rule)
    }
}

impl<'s> Search<'s> {
    /// As [`Engine::search`].
    pub(super) fn search(self, query: &SearchQuery, request_context: &RequestContext<'_>) -> Result<SearchAnswer> {
        let deadline = request_context.deadline;
        let retrieved = self.retrieved(query, request_context)?;
        deadline.check()?;
        let steps = if query.explain { SearchSummary::of(self, query, &retrieved).steps() } else { Vec::new() };
        let Retrieved { curated, sort, refinements, matched, shopper } = retrieved;
        let snapshot = self.snapshot;
        let groups = snapshot.derived.groups.as_deref().filter(|_| query.group);
        let pins = curated.pins.within(&matched.set, groups);
        let page = self.page(query, &matched, &sort, &pins, groups);
        let facets = self.facets(query, &matched, (&refinements, groups), shopper, deadline)?;
        deadline.check()?;
        let analyzer = &mut snapshot.generation.text.analyzer();
        let from = sort.place().or_else(|| query.location.map(|here| GeoPoint::new(here.lat, here.lon)));
        let hit = |candidate| {
            let hit = self.hit(candidate, query, &matched, &pins, analyzer)?;
            self.with_variants_and_place(hit, candidate.ordinal, &matched.set, groups, query.variants, from)
        };
        let hits = page.iter().map(hit).collect::<Result<_>>()?;
        let total = matched.total(groups);
        let reader = RelatedReader { snapshot, matched: &matched, groups };
        let related = reader.related(query, &refinements, total)?;
        let empty = match total {
            0 => EmptyPage::of(self, query, request_context, &curated, (reader, &refinements))?,
            _ => None,
        };
        let instead = empty.map(|page| page.help()).transpose()?.flatten();
        let Applied { rules, query: searched, rewritten, facet_order, banners, redirect, .. } = curated.applied;
        let reachable = total.min(snapshot.settings.limits.depth);
        let pages = if query.per_page == 0 { 0 } else { reachable.div_ceil(query.per_page) };
        Ok(SearchAnswer {
            hits,
            total,
            page: query.page,
            pages,
            facets,
            corrected_query: matched.understood.corrected,
            likely_categories: matched.intent.categories,
            understood: matched.meant.shown(),
            matched: matched.level,
            personalized: matched.personalized && sort.is_relevance(),
            applied_rules: rules,
            rewritten_query: rewritten.then_some(searched),
            facet_order,
            banners,
            redirect,
            related,
            instead,
            steps,
        })
    }

    /// Decides which products match, and their order.
    fn retrieved<'a>(self, query: &'a SearchQuery, request_context: &RequestContext<'a>) -> Result<Retrieved<'a>>
    where
        's: 'a,
    {
        let snapshot = self.snapshot;
        query.check(&snapshot.settings.limits)?;
        let curated = Curator { snapshot }.curate(query, request_context)?;
        let refinements = Refinements::new(&query.refinements, &snapshot.generation.columns)?;
        let shopper = request_context.shopper.filter(|_| query.personalize);
        let personal = shopper.and_then(|shopper| Some((shopper, ShopperReader::new(snapshot).taste(shopper)?)));
        let personal = personal.as_ref().map(|(shopper, taste)| (*shopper, taste));
        let (matches, unrefined, sort) = self.matches(query, &curated, request_context, &refinements)?;
        request_context.deadline.check()?;
        let matched = Matched { unrefined, ..self.rank(matches, &curated.boosts, personal)? };
        Ok(Retrieved { curated, sort, refinements, matched, shopper })
    }
}
