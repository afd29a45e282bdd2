//! `GET /v1/suggest`: recent searches, queries, categories and products while typing.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::engine::{SuggestAnswer, SuggestQuery};

use super::AppState;
use super::asker::Asker;
use super::body;
use super::error::ApiError;
use crate::access::Caller;

/// Suggestions without a `limit`.
const DEFAULT_LIMIT: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
}

#[derive(Serialize)]
struct Answer {
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
    let Parameters { q, limit, user_id, anonymous_id } = body::parameters(request.query_string())?;
    let asker = Asker::new(&caller, user_id, anonymous_id, None, None)?;
    let engine = state.shop.engine()?;
    let query = SuggestQuery { typed: q, filter: caller.filter(None)?, limit: limit.unwrap_or(DEFAULT_LIMIT) };
    let shopper = asker.person(&state, &engine)?;
    let curation = state.shop.curation();
    let request_context = asker.request_context(shopper.as_ref(), &curation);
    let answer = engine.suggest(&query, &request_context)?;
    Ok(HttpResponse::Ok().json(Answer { answer, took_ms: body::took_ms(start) }))
}
