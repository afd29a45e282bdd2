//! `POST /v1/recommend`: one or more placements of one page, no product twice.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::engine::{Placement, PlacementAnswer};
use tastemaker_index::placement::PlacementKind;

use super::AppState;
use super::asker::Asker;
use super::body::{self, RawBody};
use super::error::ApiError;
use crate::access::Caller;
use crate::shop::ShownList;

/// Items of a placement without a `limit`.
const DEFAULT_LIMIT: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    placements: Vec<Asked>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    session_id: Option<String>,
    context: Option<Context>,
    filter: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    kind: String,
    product_id: Option<String>,
    product_ids: Option<Vec<String>>,
    category: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Answer {
    query_id: String,
    placements: Vec<PlacementAnswer>,
    took_ms: f64,
}

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let body: Body = body::json(body, &state)?;
    let asker = Asker::new(&caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let filter = caller.filter(body.filter)?;
    let engine = state.shop.engine()?;
    let placements = body.placements.into_iter().enumerate().map(|(index, asked)| {
        let kind = kind(&asked.kind).ok_or_else(|| unknown_placement(index, &asked.kind))?;
        let limit = asked.limit.unwrap_or(DEFAULT_LIMIT);
        let product_ids = products(index, asked.product_id, asked.product_ids)?;
        Ok(Placement { kind, product_ids, category: asked.category, limit })
    });
    let placements = placements.collect::<Result<Vec<_>, ApiError>>()?;
    let (personal, curation) = (asker.person(&state, &engine)?, state.shop.curation());
    let request_context = asker.request_context(personal.as_ref(), &curation);
    let placements = engine.recommend(&placements, filter.as_deref(), &request_context)?;
    let query_id = body::new_query_id();
    let list = |answer: &PlacementAnswer| ShownList {
        placement: Some(answer.kind.name().to_owned()),
        products: answer.products().map(str::to_owned).collect(),
        ..ShownList::default()
    };
    asker.shown(&state, query_id.clone(), placements.iter().map(list).collect());
    body::page(&Answer { query_id, placements, took_ms: body::took_ms(start) })
}

fn kind(name: &str) -> Option<PlacementKind> {
    PlacementKind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// The products a placement is about, said in one of two ways.
fn products(index: usize, one: Option<String>, several: Option<Vec<String>>) -> Result<Vec<String>, ApiError> {
    match (one, several) {
        (Some(_), Some(_)) => {
            let message = "cannot stand beside `product_id`; name all products in one of the two";
            Err(ApiError::bad_request("invalid_field", message).at(format!("placements[{index}].product_ids")))
        }
        (one, several) => Ok(several.unwrap_or_else(|| one.into_iter().collect())),
    }
}

fn unknown_placement(index: usize, found: &str) -> ApiError {
    let known: Vec<&str> = PlacementKind::ALL.into_iter().map(PlacementKind::name).collect();
    let message = format!("`{found}` is not a placement; known are {}", known.join(", "));
    ApiError::bad_request("unknown_placement", message).at(format!("placements[{index}].kind"))
}
