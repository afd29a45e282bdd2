//! `GET /v1/suggest`: queries, categories and products while typing.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::Error;
use tastemaker_index::column::Filter;
use tastemaker_index::engine::{Circumstances, Engine};
use tastemaker_index::query::SearchQuery;
use tastemaker_index::text::suggest::{Suggestion, SuggestionKind};

use super::AppState;
use super::body;
use super::error::ApiError;
use crate::access::Caller;

/// Suggestions without a `limit`.
const DEFAULT_LIMIT: usize = 8;
/// The most suggestions.
const MAX_LIMIT: usize = 50;
/// Suggestions looked through for those that a key's filter lets pass.
const LOOKED_THROUGH: usize = 200;

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

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
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
    let found = match caller.filter(None)? {
        None => engine.suggest(&q, limit),
        Some(filter) => suggest_within(&engine, &filter, &q, limit)?,
    };
    let suggestions = found.into_iter().map(|(suggestion, product_id)| Told { suggestion, product_id }).collect();
    Ok(HttpResponse::Ok().json(Answer { suggestions, took_ms: body::took_ms(start) }))
}

/// Suggestions under a key's filter: products that pass and categories that have some. Queries are
/// made of the whole catalogue's brands, so they are left out.
fn suggest_within<'a>(
    engine: &'a Engine,
    filter: &str,
    typed: &str,
    limit: usize,
) -> tastemaker_index::error::Result<Vec<(Suggestion, Option<&'a str>)>> {
    let parsed = Filter::parse(filter)?.at(None)?;
    let mut within = Vec::new();
    for (mut suggestion, id) in engine.suggest(typed, LOOKED_THROUGH) {
        if within.len() == limit {
            break;
        }
        suggestion.products = match (suggestion.kind, suggestion.ordinal) {
            (SuggestionKind::Product, Some(ordinal)) => {
                let product = engine.generation().products.product(ordinal);
                u32::from(product.is_some_and(|product| parsed.accepts(&product)))
            }
            (SuggestionKind::Category, _) => {
                let category = suggestion.text.replace('\\', "\\\\").replace('"', "\\\"");
                let filter = Some(format!("({filter}) AND category UNDER \"{category}\""));
                let count = SearchQuery { filter, per_page: 0, ..SearchQuery::default() };
                engine.search(&count, &Circumstances::default())?.total as u32
            }
            _ => 0,
        };
        if suggestion.products > 0 {
            within.push((suggestion, id));
        }
    }
    Ok(within)
}
