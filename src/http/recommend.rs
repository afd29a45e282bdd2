//! `POST /v1/recommend`: the placements of one page; no product appears twice.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::{Placement, PlacementAnswer, RequestContext};
use tastemaker_index::placement::PlacementKind;

use super::AppState;
use super::asker::Asker;
use super::body::{self, Page, RawBody};
use super::cost::RequestCost;
use super::error::ApiError;
use super::private::PrivateFields;
use super::work::answer_body;
use crate::access::Caller;
use crate::load::WorkClass;
use crate::shop::ShownList;

/// The number of products of a placement without a `limit`.
const DEFAULT_LIMIT: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecommendBody {
    placements: Vec<PlacementRequest>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    session_id: Option<String>,
    context: Option<Context>,
    filter: Option<String>,
    /// The language of headings and reasons.
    lang: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacementRequest {
    kind: String,
    product_id: Option<String>,
    product_ids: Option<Vec<String>>,
    category: Option<String>,
    limit: Option<usize>,
    explain_product_id: Option<String>,
}

#[derive(Serialize)]
struct RecommendResponse {
    query_id: String,
    placements: Vec<PlacementAnswer>,
    took_ms: f64,
}

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    answer_body(&state, caller, body, WorkClass::Recommend, answer).await
}

fn answer(
    state: &AppState,
    caller: &Caller,
    body: RecommendBody,
    (start, deadline): (Instant, Deadline<'_>),
) -> Result<Page, ApiError> {
    let asker = Asker::new(state, caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let private = PrivateFields::of(state, caller);
    private.check_filter(body.filter.as_deref())?;
    let filter = caller.filter(body.filter)?;
    let engine = state.shop.engine()?;
    let placements = body.placements.into_iter().enumerate().map(|(index, asked)| {
        let kind = kind(&asked.kind).ok_or_else(|| unknown_placement(index, &asked.kind))?;
        let limit = asked.limit.unwrap_or(DEFAULT_LIMIT);
        let product_ids = products(index, asked.product_id, asked.product_ids)?;
        let explain = body::id("explain_product_id", asked.explain_product_id)?;
        Ok(Placement { kind, product_ids, category: asked.category, limit, explain })
    });
    let placements = placements.collect::<Result<Vec<_>, ApiError>>()?;
    RequestCost::of_placements(&placements).check(state, caller)?;
    let (personal, curation) = (asker.person(state, &engine)?, state.shop.curation());
    let lang = body::lang(body.lang)?;
    let request_context =
        RequestContext { lang: lang.as_deref(), ..asker.request_context(personal.as_ref(), &curation, deadline) };
    let mut placements = engine.recommend(&placements, filter.as_deref(), &request_context)?;
    private.hide_in_items(placements.iter_mut().flat_map(PlacementAnswer::items_mut))?;
    let query_id = body::new_query_id();
    let list = |answer: &PlacementAnswer| ShownList {
        placement: Some(answer.kind.name().to_owned()),
        products: answer.products().map(str::to_owned).collect(),
        ..ShownList::default()
    };
    asker.shown(state, query_id.clone(), placements.iter().map(list).collect());
    body::page(state, &RecommendResponse { query_id, placements, took_ms: body::took_ms(start) })
}

fn kind(name: &str) -> Option<PlacementKind> {
    PlacementKind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// The products that a placement is about, from one of the two fields.
fn products(index: usize, one: Option<String>, several: Option<Vec<String>>) -> Result<Vec<String>, ApiError> {
    match (one, several) {
        (Some(_), Some(_)) => {
            let message = "cannot be combined with `product_id`; name all products in one of the two";
            Err(ApiError::bad_request("invalid_field", message).at(format!("placements[{index}].product_ids")))
        }
        (one, several) => Ok(several.unwrap_or_else(|| one.into_iter().collect())),
    }
}

fn unknown_placement(index: usize, found: &str) -> ApiError {
    let known: Vec<&str> = PlacementKind::ALL.into_iter().map(PlacementKind::name).collect();
    let message = format!("`{found}` is not a placement; the placements are {}", known.join(", "));
    ApiError::bad_request("unknown_placement", message).at(format!("placements[{index}].kind"))
}
