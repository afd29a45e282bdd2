//! Request bodies: bytes within the limit, then JSON with errors that name the field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header::{ContentType, HeaderMap};
use actix_web::web::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tastemaker_index::product::check_id;

use super::AppState;
use super::error::ApiError;

/// The initial capacity for a response with products, in bytes.
const PAGE_BYTES: usize = 64 << 10;

/// A body as the framework reads it.
pub(super) type RawBody = Result<Bytes, actix_web::Error>;

/// The bytes of a body.
///
/// # Errors
/// `body_too_large` or `unreadable_body`.
pub(super) fn bytes(body: RawBody, state: &AppState) -> Result<Bytes, ApiError> {
    body.map_err(|error| match error.as_response_error().status_code().as_u16() {
        413 => ApiError::too_large(state.config.max_body_bytes),
        _ => ApiError::bad_request("unreadable_body", "the body could not be read to its end"),
    })
}

/// Parses a body that must be one JSON object.
pub(super) fn json<T: DeserializeOwned>(body: RawBody, state: &AppState) -> Result<T, ApiError> {
    let bytes = bytes(body, state)?;
    // serde would read a list as the fields of an object in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        parse::<serde::de::IgnoredAny>(&bytes)?;
        return Err(ApiError::bad_request("invalid_field", "the body must be a JSON object, not a list"));
    }
    parse(&bytes)
}

/// Parses JSON.
///
/// # Errors
/// `invalid_json` if it is not JSON, else `unknown_field` or `invalid_field` with the path of the field.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let message = inner.to_string();
        // A truncated body may have a wrong field before its end; it is reported as invalid JSON.
        if !inner.is_data() || serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() {
            return ApiError::bad_request("invalid_json", format!("the body is not valid JSON: {message}"));
        }
        let code = if message.starts_with("unknown field") { "unknown_field" } else { "invalid_field" };
        let answer = ApiError::bad_request(code, message);
        if path == "." { answer } else { answer.at(path) }
    })?;
    json.end().map_err(|error| ApiError::bad_request("invalid_json", format!("after the JSON value: {error}")))?;
    Ok(parsed)
}

/// The items of a body, each still JSON text, and true if the body is one item alone. Several items come as
/// NDJSON, as a list, or as a list under `name`.
pub(super) fn items<'a>(bytes: &'a [u8], headers: &HeaderMap, name: &str) -> Result<(Vec<&'a [u8]>, bool), ApiError> {
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.contains("ndjson") || content_type.contains("jsonl") {
        let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        return Ok((lines.collect(), false));
    }
    let items = |list: Vec<&'a RawValue>| list.into_iter().map(|item| item.get().as_bytes()).collect();
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Ok((items(parse(bytes)?), false));
    }
    let Ok(mut object) = serde_json::from_slice::<BTreeMap<Cow<'a, str>, &'a RawValue>>(bytes) else {
        // Not an object, or not JSON: parsing the single item reports the error.
        return Ok((vec![bytes], true));
    };
    let Some(list) = object.remove(name) else { return Ok((vec![bytes], true)) };
    if !object.is_empty() {
        let stray: Vec<&str> = object.keys().map(AsRef::as_ref).collect();
        let message = format!("a batch holds nothing but `{name}`");
        return Err(ApiError::bad_request("unknown_field", message).at(stray.join(", ")));
    }
    let not_a_batch = |_| ApiError::bad_request("invalid_field", format!("must be a list of {name}")).at(name);
    serde_json::from_str::<Vec<&'a RawValue>>(list.get()).map(|list| (items(list), false)).map_err(not_a_batch)
}

/// Checks an optional id of a shopper, session or product; `field` names it in the error.
pub(super) fn id(field: &str, id: Option<String>) -> Result<Option<String>, ApiError> {
    let wrong = |error: tastemaker_index::product::FieldError| {
        ApiError::bad_request("invalid_field", error.to_string()).at(field)
    };
    id.as_deref().map_or(Ok(()), |id| check_id(field, id)).map_err(wrong)?;
    Ok(id)
}

/// Parses the query parameters of an address.
pub(super) fn parameters<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    actix_web::web::Query::<T>::from_query(query).map(actix_web::web::Query::into_inner).map_err(|error| {
        let message = error.to_string();
        let code = if message.contains("unknown field") { "unknown_field" } else { "invalid_field" };
        ApiError::bad_request(code, format!("address: {message}"))
    })
}

/// A response with products. Its buffer starts large, because such responses usually have many kilobytes.
pub(super) fn page(answer: &impl Serialize) -> Result<HttpResponse, ApiError> {
    let mut text = Vec::with_capacity(PAGE_BYTES);
    serde_json::to_writer(&mut text, answer).map_err(|error| ApiError::internal(&error))?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(text))
}

/// Milliseconds since `start`, to the microsecond.
pub(super) fn took_ms(start: std::time::Instant) -> f64 {
    start.elapsed().as_micros() as f64 / 1000.0
}

/// A new query id. Clients send it back with the clicks and orders that follow.
pub(super) fn new_query_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
