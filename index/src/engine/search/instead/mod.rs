//! Help where a search found nothing: other spellings, what remains without one thing, categories, and popular
//! products. Each is asked for only on an empty page, within a limit of searches, and offered only where it leads
//! somewhere. Nothing here is a hit.

mod offered;
mod spellings;
mod without;

use std::cell::Cell;

use super::related::RelatedReader;
use super::{Curated, Curator, RequestContext, Search};
use crate::bitmap::Bitmap;
use crate::column::Refinements;
use crate::error::Result;
use crate::hit::Instead;
use crate::query::SearchQuery;
use crate::text::MatchLevel;

/// The most searches for other spellings.
const MAX_SPELLED: usize = 4;
/// The most searches that leave one thing out.
const MAX_WITHOUT: usize = 8;

/// A search that found nothing, and what help may do for it.
pub(super) struct EmptyPage<'a> {
    search: Search<'a>,
    query: &'a SearchQuery,
    request_context: &'a RequestContext<'a>,
    related: RelatedReader<'a>,
    /// The products that may be offered: those that pass filters, refinements, rules and what the query excludes.
    allowed: Bitmap,
    /// The searches that may still be made.
    searches: Cell<usize>,
}

impl<'a> EmptyPage<'a> {
    /// The empty page of a search; `None` where no help is asked for, or a rule leads elsewhere.
    pub(super) fn of(
        search: Search<'a>,
        query: &'a SearchQuery,
        request_context: &'a RequestContext<'a>,
        curated: &Curated,
        (related, refinements): (RelatedReader<'a>, &Refinements<'_>),
    ) -> Result<Option<Self>> {
        if !query.help || query.per_page == 0 || curated.applied.redirect.is_some() {
            return Ok(None);
        }
        let (generation, settings) = (&search.snapshot.generation, &search.snapshot.settings.text);
        let (matched, all) = (related.matched, generation.products.len());
        let mut allowed = curated.allowed.as_deref().cloned().unwrap_or_else(|| Bitmap::full(all));
        refinements.apply(&mut allowed);
        // Parts that the query was understood to have count as long as they leave any product.
        let narrowed = matched.meant.narrowed(Some(&allowed), all);
        let meant = narrowed.as_ref().unwrap_or(&allowed);
        let wanted = generation.text.wanted(&matched.understood, settings, Some(meant))?;
        let fits = wanted.or(narrowed).filter(|fits| fits.count() > 0);
        let allowed = fits.unwrap_or(allowed);
        Ok(Some(Self { search, query, request_context, related, allowed, searches: Cell::new(0) }))
    }

    /// The help; `None` where there is nothing to offer.
    pub(super) fn help(&self) -> Result<Option<Instead>> {
        let instead = Instead {
            spellings: self.spellings()?,
            without: self.without()?,
            categories: self.categories()?,
            popular: self.popular()?,
        };
        Ok(Some(instead).filter(|instead| !instead.is_empty()))
    }

    /// Allows so many searches from now on.
    fn allow(&self, searches: usize) {
        self.searches.set(searches);
    }

    /// The hits of another search and its match level; `None` if there are none, or no search is allowed any more.
    fn found(&self, query: &SearchQuery) -> Result<Option<(usize, MatchLevel)>> {
        let left = self.searches.get();
        if left == 0 {
            return Ok(None);
        }
        self.searches.set(left - 1);
        self.request_context.deadline.check()?;
        let snapshot = self.search.snapshot;
        let curated = Curator { snapshot }.curate(query, self.request_context)?;
        let refinements = Refinements::new(&query.refinements, &snapshot.generation.columns)?;
        let (matches, ..) = self.search.matches(query, &curated, self.request_context, &refinements)?;
        let total = self.related.groups.map_or_else(|| matches.set.count(), |groups| groups.count(&matches.set));
        Ok(Some((total, matches.level)).filter(|(total, _)| *total > 0))
    }

    /// The search of the request with nothing but its hits asked for.
    fn plain(&self) -> SearchQuery {
        SearchQuery { facets: Vec::new(), explain: false, help: false, ..self.query.clone() }
    }
}

#[cfg(test)]
mod tests;
