//! `GET /v1/suggest`: queries, categories and products while typing.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::Error;
use tastemaker_index::text::suggest::Suggestion;

use super::AppState;
use super::body;
use super::error::ApiError;

/// Suggestions without a `limit`.
const DEFAULT_LIMIT: usize = 8;
/// The most suggestions.
const MAX_LIMIT: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    q: String,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    suggestion: Suggestion,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Answer<'a> {
    suggestions: Vec<Told<'a>>,
    took_ms: f64,
}

pub(super) async fn get(state: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let Parameters { q, limit } = body::parameters(request.query_string())?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit > MAX_LIMIT {
        return Err(Error::invalid("limit", format!("{limit} is more than the limit of {MAX_LIMIT}")).into());
    }
    let engine = state.shop.engine()?;
    let most = engine.settings().limits.query_chars;
    if q.chars().count() > most {
        return Err(Error::invalid("q", format!("has more than the limit of {most} characters")).into());
    }
    let found = engine.suggest(&q, limit);
    let suggestions = found.into_iter().map(|(suggestion, product_id)| Told { suggestion, product_id }).collect();
    Ok(HttpResponse::Ok().json(Answer { suggestions, took_ms: body::took_ms(start) }))
}
