//! `POST /v1/search/explain`: why a product is, or is not, on the page of a search. The body is that of
//! the search with a `product_id`; nothing is remembered as shown.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value};

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::search::asked;
use crate::access::Caller;

pub(super) async fn post(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    let mut said: Map<String, Value> = body::json(body, &state)?;
    let id = match said.remove("product_id") {
        Some(Value::String(id)) => body::id("product_id", Some(id))?.unwrap_or_default(),
        _ => return Err(ApiError::bad_request("invalid_field", "is the id of a product").at("product_id")),
    };
    let engine = state.shop.engine()?;
    let (query, asker) = asked(&engine, &caller, body::parse(Value::Object(said).to_string().as_bytes())?)?;
    let personal = if query.personalize { asker.person(&state, &engine)? } else { None };
    let curation = state.shop.curation();
    let request_context = asker.request_context(personal.as_ref(), &curation);
    Ok(HttpResponse::Ok().json(engine.why(&query, &request_context, &id)?))
}
