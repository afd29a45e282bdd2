//! `POST /v1/navigation`: the category tree and the values of facets, in an order for the shopper.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::{NavigationAnswer, NavigationQuery};

use super::AppState;
use super::asker::Asker;
use super::body::{self, Page, RawBody};
use super::cost::RequestCost;
use super::error::ApiError;
use super::private::PrivateFields;
use super::work::answer_body;
use crate::access::Caller;
use crate::load::WorkClass;

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
    answer_body(&state, caller, body, WorkClass::Recommend, answer).await
}

fn answer(
    state: &AppState,
    caller: &Caller,
    body: NavigationBody,
    (start, deadline): (Instant, Deadline<'_>),
) -> Result<Page, ApiError> {
    let asker = Asker::new(state, caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let private = PrivateFields::of(state, caller);
    private.check_filter(body.filter.as_deref())?;
    private.check_facets(body.facets.iter().map(String::as_str))?;
    let engine = state.shop.engine()?;
    let query = NavigationQuery {
        filter: caller.filter(body.filter)?,
        under: body.under,
        depth: body.depth.unwrap_or(DEFAULT_DEPTH),
        limit: body.limit.unwrap_or(engine.settings().limits.facet_values),
        facets: body.facets,
    };
    RequestCost::of_navigation(&query).check(state, caller)?;
    let (personal, curation) = (asker.person(state, &engine)?, state.shop.curation());
    let navigation = engine.navigation(&query, &asker.request_context(personal.as_ref(), &curation, deadline))?;
    body::page(state, &NavigationResponse { navigation, took_ms: body::took_ms(start) })
}
