//! `POST /v1/home`: the shelves of the home page, chosen and ordered for one shopper.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::engine::{HomeQuery, Shelf};
use xxhash_rust::xxh3::xxh3_64;

use super::AppState;
use super::asker::Asker;
use super::body::{self, RawBody};
use super::error::ApiError;
use crate::access::Caller;
use crate::shop::ShownList;

/// Shelves where a request does not say.
const DEFAULT_SHELVES: usize = 6;
/// Items of a shelf where a request does not say.
const DEFAULT_ITEMS: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    shelves: Option<usize>,
    items: Option<usize>,
    seed: Option<u64>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    session_id: Option<String>,
    context: Option<Context>,
    filter: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    query_id: String,
    shelves: Vec<Shelf>,
    took_ms: f64,
}

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let body: Body = body::json(body, &state)?;
    let now = Timestamp::now();
    let seed = body.seed.unwrap_or_else(|| seed(&body, now));
    let asker = Asker::new(&caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let filter = caller.filter(body.filter)?;
    let engine = state.shop.engine()?;
    let (shelves, items) = (body.shelves.unwrap_or(DEFAULT_SHELVES), body.items.unwrap_or(DEFAULT_ITEMS));
    let (personal, curation) = (asker.person(&state, &engine)?, state.shop.curation());
    let request_context = asker.request_context(personal.as_ref(), &curation);
    let query = HomeQuery { shelves, items, seed };
    let shelves = engine.home(&query, filter.as_deref(), &request_context)?;
    let query_id = body::new_query_id();
    let list = |shelf: &Shelf| ShownList {
        placement: Some(format!("home/{}", shelf.name)),
        products: shelf.items.iter().map(|item| item.id.clone()).collect(),
        ..ShownList::default()
    };
    asker.shown(&state, query_id.clone(), shelves.iter().map(list).collect());
    body::page(&Answer { query_id, shelves, took_ms: body::took_ms(start) })
}

/// The same for a visit, so that its page does not jump; without one, for a shopper's day.
fn seed(body: &Body, now: Timestamp) -> u64 {
    let day = now.as_second().div_euclid(86_400);
    let who = body.user_id.as_ref().or(body.anonymous_id.as_ref());
    let of_the_day = || format!("{day} {}", who.map_or("", String::as_str));
    xxh3_64(body.session_id.clone().unwrap_or_else(of_the_day).as_bytes())
}
