//! `GET /v1/suggest`: recent searches, queries, categories and products while typing.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::{SuggestAnswer, SuggestQuery};

use super::AppState;
use super::asker::Asker;
use super::body::{self, Page};
use super::error::ApiError;
use super::parameters;
use super::work::on_pool;
use crate::access::Caller;
use crate::load::WorkClass;

/// The number of suggestions without a `limit`.
const DEFAULT_LIMIT: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuggestParameters {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
}

#[derive(Serialize)]
struct SuggestResponse {
    #[serde(flatten)]
    answer: SuggestAnswer,
    took_ms: f64,
}

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let parameters = parameters::parameters(request.query_string())?;
    let work = move |state: &AppState, deadline: Deadline<'_>| answer(state, &caller, parameters, (start, deadline));
    Ok(on_pool(&state, WorkClass::Search, work).await?.into())
}

fn answer(
    state: &AppState,
    caller: &Caller,
    SuggestParameters { q, limit, user_id, anonymous_id }: SuggestParameters,
    (start, deadline): (Instant, Deadline<'_>),
) -> Result<Page, ApiError> {
    let asker = Asker::new(state, caller, user_id, anonymous_id, None, None)?;
    let engine = state.shop.engine()?;
    let query = SuggestQuery { typed: q, filter: caller.filter(None)?, limit: limit.unwrap_or(DEFAULT_LIMIT) };
    let shopper = asker.person(state, &engine)?;
    let curation = state.shop.curation();
    let request_context = asker.request_context(shopper.as_ref(), &curation, deadline);
    let answer = engine.suggest(&query, &request_context)?;
    body::short_page(state, &SuggestResponse { answer, took_ms: body::took_ms(start) })
}
