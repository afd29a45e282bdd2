//! Suggestions while typing, as this shop and this shopper get them: the generation's, with what
//! the shopper searched for before, without whatever leads nowhere by now.
//!
//! Each suggestion of a query remembers some products of its page; while one of them is there, and no
//! rule of the merchant's gets in the way, the page is. Only otherwise the query is searched for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use super::{Engine, EngineSettings, RequestContext, Snapshot};
use crate::curation::{Applied, Document};
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::Taste;
use crate::text::suggest::{RankedSuggestion, ResultSummary, Suggestion, SuggestionKind, fold};
use crate::vector::embed::StaticTable;

/// The most suggestions.
const MAX_LIMIT: usize = 50;
/// Suggestions looked through of each kind, for one wanted.
const LOOKED_THROUGH: usize = 4;
/// Suggestions looked through at least where a filter leaves few.
const LOOKED_THROUGH_FILTERED: usize = 200;
/// How far a shopper's interest moves a suggestion: ties within a factor of e^.5 in successes break by it.
const NEAR_TIE: f32 = 0.5;
/// Products of a page that are remembered.
const WITNESSES: usize = 4;
/// Pages remembered; past it all are forgotten.
const MAX_PAGES: usize = 10_000;

/// What is suggested for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuggestQuery {
    /// What was typed; blank asks for what the shopper, and others, searched for.
    pub typed: String,
    /// Products must pass it; queries are of the whole catalogue, so none are suggested under a filter.
    pub filter: Option<String>,
    /// How many, at most 50.
    pub limit: usize,
}

/// Suggestions, by kind, each kind's best first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SuggestAnswer {
    /// What some word of each suggestion starts with: what was typed, without case, accents and
    /// punctuation, or what was meant by it.
    pub prefix: String,
    /// Whether the prefix is not what was typed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// The suggestions.
    pub suggestions: Vec<Suggested>,
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggested {
    /// What it leads to.
    pub kind: SuggestionKind,
    /// The query, the category path, or the product's title.
    pub text: String,
    /// How many products it leads to, variants of one counted once where the shop groups them; not told
    /// of what this shopper searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<u32>,
    /// The product, for product suggestions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
}

/// Products of the pages of queries that no suggestion tells of.
#[derive(Debug, Default)]
pub(super) struct KnownPages(Mutex<HashMap<String, Vec<Ordinal>>>);

/// One request for suggestions and what holds for all of its answer.
struct Asking<'a> {
    query: &'a SuggestQuery,
    request_context: &'a RequestContext<'a>,
    taste: Option<Taste>,
    /// Whether a rule may hold.
    ruled: bool,
}

impl Snapshot {
    /// Suggestions for what was typed.
    ///
    /// # Errors
    /// [`Error::Invalid`] when too much was typed or is wanted; [`Error::Filter`].
    pub fn suggest(&self, query: &SuggestQuery, request_context: &RequestContext<'_>) -> Result<SuggestAnswer> {
        let (chars, most) = (query.typed.chars().count(), self.settings.limits.query_chars);
        if chars > most {
            return Err(Error::invalid("q", format!("has {chars} characters, at most {most} are allowed")));
        }
        if query.limit > MAX_LIMIT {
            let message = format!("{} is more than the limit of {MAX_LIMIT}", query.limit);
            return Err(Error::invalid("limit", message));
        }
        let asking = Asking {
            query,
            request_context,
            taste: request_context.shopper.and_then(|shopper| self.taste(shopper)),
            ruled: request_context.curation.is_some_and(|curation| !curation.rules.is_empty()),
        };
        let typed = fold(&mut self.generation.text.analyzer(), &query.typed);
        if typed.is_empty() && !query.typed.trim().is_empty() {
            return Ok(SuggestAnswer::default());
        }
        let found = self.suggested(&typed, &asking)?;
        if !found.is_empty() {
            return Ok(SuggestAnswer { prefix: typed, corrected: false, suggestions: found });
        }
        for meant in self.generation.suggestions.corrections(&typed) {
            let found = self.suggested(&meant, &asking)?;
            if !found.is_empty() {
                return Ok(SuggestAnswer { prefix: meant, corrected: true, suggestions: found });
            }
        }
        Ok(SuggestAnswer { prefix: typed, ..SuggestAnswer::default() })
    }

    /// What there is for a folded prefix: up to a quarter recent searches, half queries, a quarter
    /// categories, the rest products; free places go to the next best. For an empty one searches only.
    fn suggested(&self, prefix: &str, asking: &Asking<'_>) -> Result<Vec<Suggested>> {
        let limit = asking.query.limit;
        let recent_share = if prefix.is_empty() { limit.div_ceil(2) } else { limit.div_ceil(4) };
        let mut found = self.recent(prefix, recent_share, asking)?;
        let mut queries = self.of_kind(prefix, SuggestionKind::Query, &found, asking)?;
        if prefix.is_empty() {
            found.extend(queries);
            found.truncate(limit);
            return Ok(found);
        }
        let mut categories = self.of_kind(prefix, SuggestionKind::Category, &[], asking)?;
        let mut products = self.of_kind(prefix, SuggestionKind::Product, &[], asking)?;
        let mut room = limit - found.len();
        let mut take = |list: &mut Vec<Suggested>, share: usize| {
            let taken: Vec<Suggested> = list.drain(..list.len().min(share).min(room)).collect();
            room -= taken.len();
            taken
        };
        let shares = [take(&mut queries, limit.div_ceil(2)), take(&mut categories, limit.div_ceil(4))];
        let [mut of_queries, mut of_categories] = shares;
        let of_products = take(&mut products, limit);
        of_queries.extend(take(&mut queries, limit));
        of_categories.extend(take(&mut categories, limit));
        found.extend(of_queries.into_iter().chain(of_categories).chain(of_products));
        Ok(found)
    }

    /// What the shopper searched for lately and still leads somewhere, the latest first.
    fn recent(&self, prefix: &str, share: usize, asking: &Asking<'_>) -> Result<Vec<Suggested>> {
        let mut found = Vec::new();
        let shopper = asking.request_context.shopper.filter(|shopper| shopper.profile.stated.may_personalize());
        let Some(shopper) = shopper.filter(|_| asking.query.filter.is_none()) else { return Ok(found) };
        let mut analyzer = self.generation.text.analyzer();
        for (query, _) in shopper.profile.searches.recent() {
            if found.len() == share {
                break;
            }
            let folded = fold(&mut analyzer, query);
            let fits = folded.starts_with(prefix) || folded.contains(&format!(" {prefix}"));
            if fits && !folded.is_empty() && self.leads_somewhere(query, &[], asking)? {
                let (kind, text) = (SuggestionKind::Recent, query.to_owned());
                found.push(Suggested { kind, text, products: None, product_id: None });
            }
        }
        Ok(found)
    }

    /// The best of one kind that lead somewhere, one variant of each product, without texts in `known`.
    fn of_kind(
        &self,
        prefix: &str,
        kind: SuggestionKind,
        known: &[Suggested],
        asking: &Asking<'_>,
    ) -> Result<Vec<Suggested>> {
        let limit = asking.query.limit;
        if kind == SuggestionKind::Query && asking.query.filter.is_some() {
            return Ok(Vec::new());
        }
        let least = if asking.query.filter.is_some() { LOOKED_THROUGH_FILTERED } else { 0 };
        let best = self.generation.suggestions.starting(prefix, kind, least.max(limit * LOOKED_THROUGH));
        let (mut found, mut groups): (Vec<Suggested>, Vec<Ordinal>) = (Vec::new(), Vec::new());
        for suggestion in self.by_interest(best, asking.taste.as_ref()) {
            if found.len() == limit {
                break;
            }
            let variant_of = suggestion.ordinal.map(|ordinal| self.group_of(ordinal));
            let again = known.iter().any(|other| other.text == suggestion.text);
            if again || variant_of.is_some_and(|group| groups.contains(&group)) {
                continue;
            }
            let products = match suggestion.ordinal {
                Some(ordinal) => u32::from(self.may_be_shown(ordinal, &suggestion.text, asking)?),
                None if kind == SuggestionKind::Category => self.products_of(&suggestion, asking)?,
                None if self.leads_somewhere(&suggestion.text, suggestion.witnesses, asking)? => self.told(&suggestion),
                None => continue,
            };
            if products > 0 || kind == SuggestionKind::Query {
                let product_id = suggestion.ordinal.map(|ordinal| self.generation.products.id(ordinal).to_owned());
                groups.extend(variant_of);
                found.push(Suggested { kind, text: suggestion.text, products: Some(products), product_id });
            }
        }
        Ok(found)
    }

    /// Suggestions in order, near ties in the order of the shopper's interest in their products.
    fn by_interest(&self, found: Vec<RankedSuggestion>, taste: Option<&Taste>) -> Vec<Suggestion<'_>> {
        let suggestion = |(id, rank): RankedSuggestion| (rank, self.generation.suggestions.get(id));
        let mut found: Vec<(f32, Suggestion<'_>)> = found.into_iter().map(suggestion).collect();
        if let Some(taste) = taste {
            let gate = NEAR_TIE * taste.gate(&self.settings.rank.personal);
            let interest = self.interest_nearness(taste);
            for (rank, suggestion) in &mut found {
                let products: Vec<Ordinal> =
                    suggestion.ordinal.into_iter().chain(suggestion.witnesses.iter().copied()).collect();
                let sum: f32 = products.iter().map(|&ordinal| interest(ordinal)).sum();
                *rank += gate * sum / products.len().max(1) as f32;
            }
            found.sort_by(|a, b| b.0.total_cmp(&a.0));
        }
        found.into_iter().map(|(_, suggestion)| suggestion).collect()
    }

    /// What stands for a product's variants, where the shop groups them.
    fn group_of(&self, ordinal: Ordinal) -> Ordinal {
        let groups = self.groups.as_deref().filter(|_| self.settings.group);
        groups.map_or(ordinal, |groups| groups.first(ordinal))
    }

    fn told(&self, suggestion: &Suggestion<'_>) -> u32 {
        if self.settings.group { suggestion.groups } else { suggestion.products }
    }

    /// How many products a category has, counted anew where it may have changed.
    fn products_of(&self, suggestion: &Suggestion<'_>, asking: &Asking<'_>) -> Result<u32> {
        let filter = &asking.query.filter;
        if filter.is_none() && !asking.ruled && self.alive.is_none() && self.rewritten.count() == 0 {
            return Ok(self.told(suggestion));
        }
        let category = suggestion.text.replace('\\', "\\\\").replace('"', "\\\"");
        let under = format!("category UNDER \"{category}\"");
        let filter = filter.as_ref().map_or_else(|| under.clone(), |filter| format!("({filter}) AND {under}"));
        let query = SearchQuery { filter: Some(filter), ..SearchQuery::default() };
        let Some(allowed) = self.may_match(&query, asking.request_context)? else { return Ok(self.told(suggestion)) };
        let groups = self.groups.as_deref().filter(|_| self.settings.group);
        Ok(groups.map_or_else(|| allowed.count(), |groups| groups.count(&allowed)) as u32)
    }

    /// Whether a product is there, passes the filter, and is hidden neither from what was typed nor from
    /// a search for its title.
    fn may_be_shown(&self, ordinal: Ordinal, title: &str, asking: &Asking<'_>) -> Result<bool> {
        if !self.is_called(ordinal, title) {
            return Ok(false);
        }
        if let Some(filter) = &asking.query.filter
            && !self.allowed(Some(filter), None)?.is_none_or(|allowed| allowed.contains(ordinal))
        {
            return Ok(false);
        }
        let texts = [asking.query.typed.as_str(), title];
        for text in texts.into_iter().filter(|_| asking.ruled) {
            let query = SearchQuery { query: text.to_owned(), ..SearchQuery::default() };
            let applied = self.applied(&query, asking.request_context)?;
            if applied.hidden.contains(self.generation.products.id(ordinal)) || !self.passes(&applied, ordinal)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a product passes the filters of rules.
    fn passes(&self, applied: &Applied, ordinal: Ordinal) -> Result<bool> {
        let mut allowed = applied.filters.iter().map(|filter| self.allowed(Some(filter), None));
        // A rule's filter that names a field the catalogue no longer has is passed over.
        Ok(allowed.all(|allowed| allowed.ok().flatten().is_none_or(|allowed| allowed.contains(ordinal))))
    }

    /// Whether a query has a page: products, or a place the merchant sends it to.
    fn leads_somewhere(&self, text: &str, witnesses: &[Ordinal], asking: &Asking<'_>) -> Result<bool> {
        let query = SearchQuery { query: text.to_owned(), per_page: WITNESSES, ..SearchQuery::default() };
        if asking.ruled {
            let applied = self.applied(&query, asking.request_context)?;
            if applied.redirect.is_some() {
                return Ok(true);
            }
            if applied.rewritten || !applied.filters.is_empty() || !applied.hidden.is_empty() {
                return Ok(self.search(&query, asking.request_context)?.total > 0);
            }
        }
        let as_before = |&ordinal: &Ordinal| self.is_alive(ordinal) && !self.rewritten.contains(ordinal);
        if witnesses.iter().any(as_before) {
            return Ok(true);
        }
        let known = |pages: &HashMap<String, Vec<Ordinal>>| pages.get(text).cloned();
        if let Some(page) = known(&self.pages.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(!page.is_empty());
        }
        let answer = self.search(&SearchQuery { personalize: false, ..query }, asking.request_context)?;
        let page: Vec<Ordinal> =
            answer.hits.iter().filter_map(|hit| self.generation.products.ordinal(&hit.id)).collect();
        let found = !page.is_empty();
        let mut pages = self.pages.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= MAX_PAGES {
            pages.clear();
        }
        pages.insert(text.to_owned(), page);
        Ok(found)
    }

    /// The page of a query as a stranger gets it; none when it is empty, or the query is misspelt.
    fn page_of(&self, text: &str, request_context: &RequestContext<'_>) -> Result<Option<ResultSummary>> {
        let query = SearchQuery { query: text.to_owned(), group: true, per_page: WITNESSES, ..SearchQuery::default() };
        let answer = self.search(&query, request_context)?;
        if answer.corrected_query.is_some() || (answer.total == 0 && answer.redirect.is_none()) {
            return Ok(None);
        }
        let products = match &self.groups {
            Some(_) => self.search(&SearchQuery { group: false, per_page: 0, ..query }, request_context)?.total,
            None => answer.total,
        };
        let best = answer.hits.iter().filter_map(|hit| self.generation.products.ordinal(&hit.id)).collect();
        Ok(Some(ResultSummary { products: products as u32, groups: answer.total as u32, best }))
    }
}

/// Asks a generation that is being built for the pages of queries, as a shop with these settings and
/// this curation will answer them; for [`crate::generation::BuildInput::pages`].
///
/// # Errors
/// When the generation cannot be searched.
pub fn pages(
    generation: Generation,
    queries: &[String],
    embedder: Arc<StaticTable>,
    settings: EngineSettings,
    document: &Document,
    now: Timestamp,
) -> Result<Vec<Option<ResultSummary>>> {
    let engine = Engine::new(generation, embedder, settings)?;
    let curation = engine.compile(document)?;
    let request_context = RequestContext { now, curation: Some(&curation), ..RequestContext::default() };
    let most = engine.settings.limits.query_chars;
    let page = |query: &String| match query.chars().count() <= most {
        true => engine.page_of(query, &request_context),
        false => Ok(None),
    };
    queries.par_iter().map(page).collect()
}
