//! Suggestions while typing, for this shop and this shopper: those of the generation, together with the shopper's own
//! recent searches, without any that would lead to an empty page now.
//!
//! The generation stores some products of the page of each suggested query ([`Suggestion::witnesses`]). While one of
//! them is live and unchanged, and no rule of the merchant interferes, the page is not empty; only otherwise the query
//! is searched.

mod counts;

use std::sync::Arc;

use jiff::Timestamp;
use quick_cache::sync::Cache;
use rayon::prelude::*;
use serde::Serialize;

use super::search::{Curator, Search};
use super::shopper::ShopperReader;
use super::{Engine, EngineSettings, RequestContext, Snapshot, SoldOut};
use crate::bitmap::Bitmap;
use crate::curation::{Applied, Document};
use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::id::Ordinal;
use crate::query::SearchQuery;
use crate::rank::Taste;
use crate::text::suggest::{RankedSuggestion, ResultSummary, Suggestion, SuggestionKind, fold};
use crate::vector::embed::StaticTable;

/// The most suggestions of one response.
const MAX_LIMIT: usize = 50;
/// Suggestions looked through of each kind, for each one requested.
const LOOKED_THROUGH: usize = 4;
/// Suggestions looked through of each kind under a filter, at least: few may pass it.
const LOOKED_THROUGH_FILTERED: usize = 200;
/// The largest change of a suggestion's rank by a shopper's interest: it breaks ties within a factor of e^.5 in
/// successes.
const NEAR_TIE: f32 = 0.5;
/// Hits of a page that a generation stores with a suggestion.
const WITNESSES: usize = 4;
/// Queries in the page cache.
const MAX_PAGES: usize = 10_000;

/// A request for suggestions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuggestQuery {
    /// The text typed so far; a blank one asks for recent and popular searches.
    pub typed: String,
    /// A filter on products. Queries are of the whole catalogue, so none are suggested under a filter.
    pub filter: Option<String>,
    /// The number of suggestions, at most 50.
    pub limit: usize,
}

/// Suggestions, by kind, each kind's best first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SuggestAnswer {
    /// The prefix of a word of each suggestion: the typed text without case, accents and punctuation, or its
    /// correction.
    pub prefix: String,
    /// True if the prefix is a correction of the typed text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// The suggestions.
    pub suggestions: Vec<Suggested>,
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggested {
    /// A recent search, a query, a category or a product.
    pub kind: SuggestionKind,
    /// The query, the category path, or the product's title.
    pub text: String,
    /// The number of products on its page, variants of one counted once if the shop groups them; absent for the
    /// shopper's own recent searches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<u32>,
    /// The product, for product suggestions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
}

/// For queries that were searched on behalf of a suggestion, true if the query has results.
#[derive(Debug)]
pub(super) struct PageCache {
    /// True for a query that has results.
    results: Cache<String, bool>,
    /// The number of products of a query that no rule applies to.
    counts: Cache<String, u32>,
}

impl Default for PageCache {
    fn default() -> Self {
        Self { results: Cache::new(MAX_PAGES), counts: Cache::new(MAX_PAGES) }
    }
}

impl Engine {
    /// Suggestions for a text that is being typed.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text is too long or too many are requested; [`Error::Filter`].
    pub fn suggest(&self, query: &SuggestQuery, request_context: &RequestContext<'_>) -> Result<SuggestAnswer> {
        Suggest::new(&self.0, query, request_context)?.answer()
    }
}

/// One request for suggestions over a snapshot.
struct Suggest<'a> {
    snapshot: &'a Snapshot,
    query: &'a SuggestQuery,
    request_context: &'a RequestContext<'a>,
    taste: Option<Taste>,
    /// True if the merchant has rules, any of which may apply.
    has_rules: bool,
    /// The products that can be had, where the settings hide the others.
    in_stock: Option<Arc<Bitmap>>,
}

impl<'a> Suggest<'a> {
    /// Checks the request against the limits.
    fn new(snapshot: &'a Snapshot, query: &'a SuggestQuery, request_context: &'a RequestContext<'a>) -> Result<Self> {
        let (chars, most) = (query.typed.chars().count(), snapshot.settings.limits.query_chars);
        if chars > most {
            return Err(Error::invalid("q", format!("has {chars} characters, at most {most} are allowed")));
        }
        if query.limit > MAX_LIMIT {
            let message = format!("{} is more than the limit of {MAX_LIMIT}", query.limit);
            return Err(Error::invalid("limit", message));
        }
        let taste = request_context.shopper.and_then(|shopper| ShopperReader::new(snapshot).taste(shopper));
        let has_rules = request_context.curation.is_some_and(|curation| !curation.rules.is_empty());
        let in_stock = snapshot.in_stock().filter(|_| snapshot.settings.sold_out == SoldOut::Hide);
        Ok(Self { snapshot, query, request_context, taste, has_rules, in_stock })
    }

    /// Suggestions for the typed text, else for the first of its corrections that has any.
    fn answer(&self) -> Result<SuggestAnswer> {
        let generation = &self.snapshot.generation;
        let typed = fold(&mut generation.text.analyzer(), &self.query.typed);
        if typed.is_empty() && !self.query.typed.trim().is_empty() {
            return Ok(SuggestAnswer::default());
        }
        let suggestions = self.of_prefix(&typed)?;
        if !suggestions.is_empty() {
            return Ok(SuggestAnswer { prefix: typed, corrected: false, suggestions });
        }
        // A synonym of what is typed is no misspelling, so it goes first.
        for prefix in self.synonyms_of(&typed) {
            let suggestions = self.of_prefix(&prefix)?;
            if !suggestions.is_empty() {
                return Ok(SuggestAnswer { prefix, corrected: false, suggestions });
            }
        }
        for prefix in generation.suggestions.corrections(&typed) {
            let suggestions = self.of_prefix(&prefix)?;
            if !suggestions.is_empty() {
                return Ok(SuggestAnswer { prefix, corrected: true, suggestions });
            }
        }
        Ok(SuggestAnswer { prefix: typed, ..SuggestAnswer::default() })
    }

    /// The shipped synonyms of the words that a folded prefix begins.
    fn synonyms_of(&self, typed: &str) -> Vec<String> {
        let own = self.request_context.curation.map(|curation| &curation.words(None).synonyms);
        self.snapshot.generation.text.synonyms_of_beginning(typed, &self.snapshot.settings.text, own)
    }

    /// The suggestions of a folded prefix: up to a quarter recent searches, half queries, a quarter categories, the
    /// rest products; free places go to the next kind. An empty prefix has searches only.
    fn of_prefix(&self, prefix: &str) -> Result<Vec<Suggested>> {
        let limit = self.query.limit;
        let recent_share = if prefix.is_empty() { limit.div_ceil(2) } else { limit.div_ceil(4) };
        let mut all = self.recent(prefix, recent_share)?;
        let mut queries = self.of_kind(prefix, SuggestionKind::Query, &all)?;
        if prefix.is_empty() {
            all.extend(queries);
            all.truncate(limit);
            return Ok(all);
        }
        let mut categories = self.of_kind(prefix, SuggestionKind::Category, &[])?;
        let mut products = self.of_kind(prefix, SuggestionKind::Product, &[])?;
        let mut room = limit - all.len();
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
        all.extend(of_queries.into_iter().chain(of_categories).chain(of_products));
        Ok(all)
    }

    /// The shopper's own recent searches that match the prefix and have results, the latest first.
    fn recent(&self, prefix: &str, share: usize) -> Result<Vec<Suggested>> {
        let mut recent = Vec::new();
        let shopper = self.request_context.shopper.filter(|shopper| shopper.profile.stated.may_personalize());
        let Some(shopper) = shopper.filter(|_| self.query.filter.is_none()) else { return Ok(recent) };
        let mut analyzer = self.snapshot.generation.text.analyzer();
        for (query, _) in shopper.profile.searches.recent() {
            if recent.len() == share {
                break;
            }
            let folded = fold(&mut analyzer, query);
            let fits = folded.starts_with(prefix) || folded.contains(&format!(" {prefix}"));
            if fits && !folded.is_empty() && self.has_results(query, &[])? {
                let (kind, text) = (SuggestionKind::Recent, query.to_owned());
                recent.push(Suggested { kind, text, products: None, product_id: None });
            }
        }
        Ok(recent)
    }

    /// The best suggestions of one kind that have results, one variant of each product, without texts in `known`.
    fn of_kind(&self, prefix: &str, kind: SuggestionKind, known: &[Suggested]) -> Result<Vec<Suggested>> {
        let (limit, filtered) = (self.query.limit, self.query.filter.is_some());
        if kind == SuggestionKind::Query && filtered {
            return Ok(Vec::new());
        }
        let generation = &self.snapshot.generation;
        let least = if filtered { LOOKED_THROUGH_FILTERED } else { 0 };
        let best = generation.suggestions.starting(prefix, kind, least.max(limit * LOOKED_THROUGH));
        let (mut list, mut groups): (Vec<Suggested>, Vec<Ordinal>) = (Vec::new(), Vec::new());
        for suggestion in self.by_interest(best) {
            if list.len() == limit {
                break;
            }
            let variant_of = suggestion.ordinal.map(|ordinal| self.group_of(ordinal));
            let again = known.iter().any(|other| other.text == suggestion.text);
            if again || variant_of.is_some_and(|group| groups.contains(&group)) {
                continue;
            }
            let products = match suggestion.ordinal {
                Some(ordinal) => u32::from(self.may_be_shown(ordinal, &suggestion.text)?),
                None if kind == SuggestionKind::Category => self.category_count(&suggestion)?,
                None if self.has_results(&suggestion.text, suggestion.witnesses)? => self.query_count(&suggestion)?,
                None => continue,
            };
            if products > 0 || (kind == SuggestionKind::Query && !self.is_changed()) {
                let product_id = suggestion.ordinal.map(|ordinal| generation.products.id(ordinal).to_owned());
                groups.extend(variant_of);
                list.push(Suggested { kind, text: suggestion.text, products: Some(products), product_id });
            }
        }
        Ok(list)
    }

    /// Suggestions by rank, near ties by the shopper's interest in their products.
    fn by_interest(&self, ranked: Vec<RankedSuggestion>) -> Vec<Suggestion<'a>> {
        let snapshot = self.snapshot;
        let suggestion = |(id, rank): RankedSuggestion| (rank, snapshot.generation.suggestions.get(id));
        let mut ranked: Vec<(f32, Suggestion<'_>)> = ranked.into_iter().map(suggestion).collect();
        if let Some(taste) = &self.taste {
            let gate = NEAR_TIE * taste.gate(&snapshot.settings.rank.personal);
            let interest = ShopperReader::new(snapshot).interest_nearness(taste);
            for (rank, suggestion) in &mut ranked {
                let products: Vec<Ordinal> =
                    suggestion.ordinal.into_iter().chain(suggestion.witnesses.iter().copied()).collect();
                let sum: f32 = products.iter().map(|&ordinal| interest(ordinal)).sum();
                *rank += gate * sum / products.len().max(1) as f32;
            }
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        }
        ranked.into_iter().map(|(_, suggestion)| suggestion).collect()
    }

    /// The first variant of a product's group if the shop groups variants, else the product.
    fn group_of(&self, ordinal: Ordinal) -> Ordinal {
        let groups = self.snapshot.derived.groups.as_deref().filter(|_| self.snapshot.settings.group);
        groups.map_or(ordinal, |groups| groups.first(ordinal))
    }

    /// True if a product is sold out and hidden for that.
    fn is_hidden(&self, ordinal: Ordinal) -> bool {
        self.in_stock.as_ref().is_some_and(|in_stock| !in_stock.contains(ordinal))
    }

    /// True if a product is live under this title, passes the filter, and no rule hides it from the typed text or
    /// from a search for its title.
    fn may_be_shown(&self, ordinal: Ordinal, title: &str) -> Result<bool> {
        let snapshot = self.snapshot;
        if !snapshot.is_live_as(ordinal, title) || self.is_hidden(ordinal) {
            return Ok(false);
        }
        if let Some(filter) = &self.query.filter
            && !snapshot.allowed(Some(filter), None)?.is_none_or(|allowed| allowed.contains(ordinal))
        {
            return Ok(false);
        }
        let texts = [self.query.typed.as_str(), title];
        for text in texts.into_iter().filter(|_| self.has_rules) {
            let query = SearchQuery { query: text.to_owned(), ..SearchQuery::default() };
            let applied = Curator { snapshot }.applied(&query, self.request_context)?;
            let hidden = Curator { snapshot }.hidden(&applied);
            if hidden.contains(&ordinal) || !self.passes(&applied, ordinal) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// True if a product passes the filters of the applied rules. A filter on a field that the catalogue no longer has
    /// is skipped.
    fn passes(&self, applied: &Applied, ordinal: Ordinal) -> bool {
        let mut allowed = applied.filters.iter().map(|filter| self.snapshot.allowed(Some(filter), None));
        allowed.all(|allowed| allowed.ok().flatten().is_none_or(|allowed| allowed.contains(ordinal)))
    }

    /// True if a query has a page: products, or a redirect. `witnesses` are products of its page at the reindex.
    fn has_results(&self, text: &str, witnesses: &[Ordinal]) -> Result<bool> {
        let (snapshot, request_context) = (self.snapshot, self.request_context);
        let query = SearchQuery { query: text.to_owned(), per_page: WITNESSES, ..SearchQuery::default() };
        if self.has_rules {
            let applied = Curator { snapshot }.applied(&query, request_context)?;
            if applied.redirect.is_some() {
                return Ok(true);
            }
            if applied.rewritten || !applied.filters.is_empty() || !applied.hidden.is_empty() {
                return Ok(Search { snapshot }.search(&query, request_context)?.total > 0);
            }
        }
        let is_unchanged = |&ordinal: &Ordinal| {
            snapshot.is_live(ordinal) && !snapshot.rewritten.contains(ordinal) && !self.is_hidden(ordinal)
        };
        if witnesses.iter().any(is_unchanged) {
            return Ok(true);
        }
        let pages = &snapshot.caches.pages.results;
        if let Some(has_results) = pages.get(text) {
            return Ok(has_results);
        }
        let answer = Search { snapshot }.search(&SearchQuery { personalize: false, ..query }, request_context)?;
        let known = |id: &str| snapshot.generation.products.ordinal(id).is_some();
        let has_results = answer.hits.iter().any(|hit| known(&hit.id));
        pages.insert(text.to_owned(), has_results);
        Ok(has_results)
    }
}

/// The page of a query for a shopper without a profile; none if it is empty or the query is misspelt.
fn page_of(snapshot: &Snapshot, text: &str, request_context: &RequestContext<'_>) -> Result<Option<ResultSummary>> {
    let query = SearchQuery { query: text.to_owned(), group: true, per_page: WITNESSES, ..SearchQuery::default() };
    let answer = Search { snapshot }.search(&query, request_context)?;
    if answer.corrected_query.is_some() || (answer.total == 0 && answer.redirect.is_none()) {
        return Ok(None);
    }
    let products = match &snapshot.derived.groups {
        Some(_) => {
            Search { snapshot }.search(&SearchQuery { group: false, per_page: 0, ..query }, request_context)?.total
        }
        None => answer.total,
    };
    let best = answer.hits.iter().filter_map(|hit| snapshot.generation.products.ordinal(&hit.id)).collect();
    Ok(Some(ResultSummary { products: products as u32, groups: answer.total as u32, best }))
}

/// The pages of queries over a generation that is being built, under a shop's settings and curation; for
/// [`crate::generation::BuildInput::pages`].
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
    let most = engine.0.settings.limits.query_chars;
    let page = |query: &String| match query.chars().count() <= most {
        true => page_of(&engine.0, query, &request_context),
        false => Ok(None),
    };
    queries.par_iter().map(page).collect()
}
