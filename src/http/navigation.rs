//! `POST /v1/navigation`: the category tree and the values of facets, in an order for the shopper.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::engine::{NavigationAnswer, NavigationQuery};

use super::AppState;
use super::asker::Asker;
use super::body::{self, RawBody};
use super::error::ApiError;
use crate::access::Caller;

/// The levels of the category tree if a request gives none.
const DEFAULT_DEPTH: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NavigationBody {
    #[serde(default)]
    facets: Vec<String>,
    under: Option<String>,
    depth: Option<usize>,
    limit: Option<usize>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    session_id: Option<String>,
    context: Option<Context>,
    filter: Option<String>,
}

#[derive(Serialize)]
struct NavigationResponse {
    #[serde(flatten)]
    navigation: NavigationAnswer,
    took_ms: f64,
}

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let body: NavigationBody = body::json(body, &state)?;
    let asker = Asker::new(&caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let engine = state.shop.engine()?;
    let query = NavigationQuery {
        filter: caller.filter(body.filter)?,
        under: body.under,
        depth: body.depth.unwrap_or(DEFAULT_DEPTH),
        limit: body.limit.unwrap_or(engine.settings().limits.facet_values),
        facets: body.facets,
    };
    let (personal, curation) = (asker.person(&state, &engine)?, state.shop.curation());
    let navigation = engine.navigation(&query, &asker.request_context(personal.as_ref(), &curation))?;
    body::page(&NavigationResponse { navigation, took_ms: body::took_ms(start) })
}
