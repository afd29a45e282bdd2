//! `POST /v1/home`: the shelves of the home page, chosen and ordered for one shopper.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::{HomeQuery, RequestContext, Shelf};
use tastemaker_index::time::day_number;
use xxhash_rust::xxh3::xxh3_64;

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

/// The number of shelves if a request gives none.
const DEFAULT_SHELVES: usize = 6;
/// The number of products of a shelf if a request gives none.
const DEFAULT_ITEMS: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HomeBody {
    shelves: Option<usize>,
    items: Option<usize>,
    seed: Option<u64>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    session_id: Option<String>,
    context: Option<Context>,
    filter: Option<String>,
    /// The language of headings and reasons.
    lang: Option<String>,
}

#[derive(Serialize)]
struct HomeResponse {
    query_id: String,
    shelves: Vec<Shelf>,
    took_ms: f64,
}

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    answer_body(&state, caller, body, WorkClass::Recommend, answer).await
}

fn answer(
    state: &AppState,
    caller: &Caller,
    body: HomeBody,
    (start, deadline): (Instant, Deadline<'_>),
) -> Result<Page, ApiError> {
    let now = Timestamp::now();
    let seed = body.seed.unwrap_or_else(|| seed(&body, now));
    let asker = Asker::new(state, caller, body.user_id, body.anonymous_id, body.session_id, body.context)?;
    let private = PrivateFields::of(state, caller);
    private.check_filter(body.filter.as_deref())?;
    let filter = caller.filter(body.filter)?;
    let engine = state.shop.engine()?;
    let (shelves, items) = (body.shelves.unwrap_or(DEFAULT_SHELVES), body.items.unwrap_or(DEFAULT_ITEMS));
    let query = HomeQuery { shelves, items, seed };
    RequestCost::of_home(&query).check(state, caller)?;
    let (personal, curation) = (asker.person(state, &engine)?, state.shop.curation());
    let lang = body::lang(body.lang)?;
    let request_context =
        RequestContext { lang: lang.as_deref(), ..asker.request_context(personal.as_ref(), &curation, deadline) };
    let mut shelves = engine.home(&query, filter.as_deref(), &request_context)?;
    private.hide_in_items(shelves.iter_mut().flat_map(|shelf| &mut shelf.items))?;
    let query_id = body::new_query_id();
    let list = |shelf: &Shelf| ShownList {
        placement: Some(format!("home/{}", shelf.name)),
        products: shelf.items.iter().map(|item| item.id.clone()).collect(),
        ..ShownList::default()
    };
    asker.shown(state, query_id.clone(), shelves.iter().map(list).collect());
    body::page(state, &HomeResponse { query_id, shelves, took_ms: body::took_ms(start) })
}

/// The seed of the order of shelves: the same for a session, so that the page does not change while a shopper
/// looks at it; without a session, the same for a shopper and day.
fn seed(body: &HomeBody, now: Timestamp) -> u64 {
    let day = day_number(now.as_millisecond());
    let who = body.user_id.as_ref().or(body.anonymous_id.as_ref());
    let of_the_day = || format!("{day} {}", who.map_or("", String::as_str));
    xxh3_64(body.session_id.clone().unwrap_or_else(of_the_day).as_bytes())
}
