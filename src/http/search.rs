//! `POST /v1/search`, and `GET /v1/search` with fewer options for browsers and curl.

use std::collections::BTreeMap;
use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::column::stored_form;
use tastemaker_index::context::Context;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::Engine;
use tastemaker_index::hit::SearchAnswer;
use tastemaker_index::query::{FacetRequest, Refinement, SearchQuery};

use super::AppState;
use super::asker::Asker;
use super::body::{self, Page, RawBody};
use super::cost::RequestCost;
use super::error::ApiError;
use super::parameters;
use super::private::PrivateFields;
use super::work::{answer_body, on_pool};
use crate::access::Caller;
use crate::load::WorkClass;
use crate::shop::ShownList;

/// The body of a search.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchBody {
    #[serde(default)]
    query: String,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    session_id: Option<String>,
    context: Option<Context>,
    lang: Option<String>,
    filter: Option<String>,
    #[serde(default)]
    facets: Vec<FacetRequest>,
    #[serde(default)]
    refinements: BTreeMap<String, Refinement>,
    sort: Option<String>,
    group: Option<bool>,
    variants: Option<usize>,
    page: Option<usize>,
    per_page: Option<usize>,
    correct: Option<bool>,
    #[serde(default)]
    typing: bool,
    personalize: Option<bool>,
    #[serde(default)]
    explain: bool,
    #[serde(default)]
    ignore: Vec<String>,
    help: Option<bool>,
}

/// The query parameters of a search; `facets` and `ignore` are separated by commas.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchParameters {
    #[serde(default)]
    q: String,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    lang: Option<String>,
    filter: Option<String>,
    #[serde(default)]
    facets: String,
    sort: Option<String>,
    group: Option<bool>,
    page: Option<usize>,
    per_page: Option<usize>,
    correct: Option<bool>,
    #[serde(default)]
    typing: bool,
    personalize: Option<bool>,
    #[serde(default)]
    explain: bool,
    #[serde(default)]
    ignore: String,
    help: Option<bool>,
}

#[derive(Serialize)]
struct SearchResponse {
    query_id: String,
    #[serde(flatten)]
    answer: SearchAnswer,
    took_ms: f64,
}

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    answer_body(&state, caller, body, WorkClass::Search, answer).await
}

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let given: SearchParameters = parameters::parameters(request.query_string())?;
    let facets = given.facets.split(',').map(str::trim).filter(|field| !field.is_empty());
    let body = SearchBody {
        query: given.q,
        lang: given.lang,
        user_id: given.user_id,
        anonymous_id: given.anonymous_id,
        session_id: None,
        context: None,
        filter: given.filter,
        facets: facets.map(FacetRequest::new).collect(),
        refinements: BTreeMap::new(),
        sort: given.sort,
        group: given.group,
        variants: None,
        page: given.page,
        per_page: given.per_page,
        correct: given.correct,
        typing: given.typing,
        personalize: given.personalize,
        explain: given.explain,
        ignore: given.ignore.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        help: given.help,
    };
    let work = move |state: &AppState, deadline: Deadline<'_>| answer(state, &caller, body, (start, deadline));
    Ok(on_pool(&state, WorkClass::Search, work).await?.into())
}

/// A refinement with its values as the catalogue stores them.
fn as_stored((field, refinement): (String, Refinement)) -> (String, Refinement) {
    let refinement = refinement.formed(|value| stored_form(&field, value));
    (field, refinement)
}

/// The search query of a body, and its shopper.
pub(super) fn query_of(
    state: &AppState,
    engine: &Engine,
    caller: &Caller,
    body: SearchBody,
) -> Result<(SearchQuery, Asker), ApiError> {
    let location = body.context.as_ref().and_then(|context| context.location);
    let asker = Asker::new(state, caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let defaults = SearchQuery::default();
    let query = SearchQuery {
        query: body.query,
        lang: body::lang(body.lang)?,
        filter: body.filter,
        within: caller.filter(None)?,
        facets: body.facets,
        refinements: body.refinements.into_iter().map(as_stored).collect(),
        sort: body.sort,
        location,
        group: body.group.unwrap_or(engine.settings().group),
        variants: body.variants.unwrap_or(defaults.variants),
        page: body.page.unwrap_or(defaults.page),
        per_page: body.per_page.unwrap_or(defaults.per_page),
        correct: body.correct.unwrap_or(defaults.correct),
        typing: body.typing,
        personalize: body.personalize.unwrap_or(defaults.personalize),
        explain: body.explain,
        ignore: body.ignore,
        help: body.help.unwrap_or(true),
    };
    Ok((query, asker))
}

/// Runs a search and remembers the products it shows.
fn answer(
    state: &AppState,
    caller: &Caller,
    body: SearchBody,
    (start, deadline): (Instant, Deadline<'_>),
) -> Result<Page, ApiError> {
    let engine = state.shop.engine()?;
    let (query, asker) = query_of(state, &engine, caller, body)?;
    RequestCost::of_search(&query).check(state, caller)?;
    let private = PrivateFields::of(state, caller);
    private.check_search(&query)?;
    let personal = match query.personalize {
        true => asker.person(state, &engine)?,
        false => None,
    };
    let curation = state.shop.curation();
    let request_context = asker.request_context(personal.as_ref(), &curation, deadline);
    let mut answer = engine.search(&query, &request_context)?;
    private.hide_in_search(&mut answer)?;
    let query_id = body::new_query_id();
    let list = ShownList {
        products: answer.hits.iter().map(|hit| hit.id.clone()).collect(),
        offset: query.offset(),
        query: Some(query.query),
        placement: None,
    };
    asker.shown(state, query_id.clone(), vec![list]);
    body::page(state, &SearchResponse { query_id, answer, took_ms: body::took_ms(start) })
}
