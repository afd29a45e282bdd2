//! `POST /v1/search/explain`: explains why a product is, or is not, on the page of a search. The body is that of
//! the search with a `product_id`; no product is remembered as shown.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value};
use tastemaker_index::deadline::Deadline;

use super::AppState;
use super::body::{self, Page, RawBody};
use super::error::ApiError;
use super::search::query_of;
use super::work::on_pool;
use crate::access::Caller;
use crate::load::WorkClass;

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body)?;
    let work = move |state: &AppState, deadline: Deadline<'_>| answer(state, &caller, &bytes, deadline);
    Ok(on_pool(&state, WorkClass::Admin, work).await?.into())
}

fn answer(state: &AppState, caller: &Caller, bytes: &[u8], deadline: Deadline<'_>) -> Result<Page, ApiError> {
    let mut fields: Map<String, Value> = body::object(bytes)?;
    let id = match fields.remove("product_id") {
        Some(Value::String(id)) => body::id("product_id", Some(id))?.unwrap_or_default(),
        _ => return Err(ApiError::bad_request("invalid_field", "is the id of a product").at("product_id")),
    };
    let engine = state.shop.engine()?;
    let (query, asker) = query_of(state, &engine, caller, body::parse(Value::Object(fields).to_string().as_bytes())?)?;
    let personal = if query.personalize { asker.person(state, &engine)? } else { None };
    let curation = state.shop.curation();
    let request_context = asker.request_context(personal.as_ref(), &curation, deadline);
    body::short_page(state, &engine.why(&query, &request_context, &id)?)
}
