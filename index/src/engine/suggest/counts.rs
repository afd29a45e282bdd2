//! The numbers of products beside suggestions: those of the reindex, counted again where a change, a filter or a rule may
//! have changed them.

use super::Suggest;
use crate::engine::search::{Curator, Search};
use crate::error::Result;
use crate::query::SearchQuery;
use crate::text::suggest::Suggestion;

impl Suggest<'_> {
    /// The number of products as of the reindex, variants counted once if the shop groups them.
    pub(super) fn stored_count(&self, suggestion: &Suggestion<'_>) -> u32 {
        if self.snapshot.settings.group { suggestion.groups } else { suggestion.products }
    }

    /// True if products were deleted or changed since the reindex, or sold-out ones are hidden.
    pub(super) fn is_changed(&self) -> bool {
        self.snapshot.live.is_some() || self.snapshot.rewritten.count() > 0 || self.in_stock.is_some()
    }

    /// The number of products of a query, counted again if a change may have changed it.
    pub(super) fn query_count(&self, suggestion: &Suggestion<'_>) -> Result<u32> {
        let (snapshot, request_context) = (self.snapshot, self.request_context);
        if !self.is_changed() {
            return Ok(self.stored_count(suggestion));
        }
        let (counts, group) = (&snapshot.caches.pages.counts, snapshot.settings.group);
        let text = suggestion.text.clone();
        let query =
            SearchQuery { query: text.clone(), personalize: false, group, per_page: 0, ..SearchQuery::default() };
        let plain = !self.has_rules || Curator { snapshot }.applied(&query, request_context)?.rules.is_empty();
        if let Some(count) = counts.get(&text).filter(|_| plain) {
            return Ok(count);
        }
        let answer = Search { snapshot }.search(&query, request_context)?;
        // A page that leads elsewhere is offered whatever its products are.
        let count = if answer.redirect.is_some() { self.stored_count(suggestion).max(1) } else { answer.total as u32 };
        if plain {
            counts.insert(text, count);
        }
        Ok(count)
    }

    /// The number of products of a category, counted again if a change, a filter or a rule may have changed it.
    pub(super) fn category_count(&self, suggestion: &Suggestion<'_>) -> Result<u32> {
        let (snapshot, filter) = (self.snapshot, &self.query.filter);
        if filter.is_none() && !self.has_rules && !self.is_changed() {
            return Ok(self.stored_count(suggestion));
        }
        let category = suggestion.text.replace('\\', "\\\\").replace('"', "\\\"");
        let under = format!("category UNDER \"{category}\"");
        let filter = filter.as_ref().map_or_else(|| under.clone(), |filter| format!("({filter}) AND {under}"));
        let query = SearchQuery { filter: Some(filter), ..SearchQuery::default() };
        let Some(allowed) = Curator { snapshot }.may_match(&query, self.request_context)? else {
            return Ok(self.stored_count(suggestion));
        };
        let groups = snapshot.derived.groups.as_deref().filter(|_| snapshot.settings.group);
        Ok(groups.map_or_else(|| allowed.count(), |groups| groups.count(&allowed)) as u32)
    }
}
