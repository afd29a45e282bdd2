//! Request bodies: bytes within the limits, then JSON with errors that name the field. Responses as JSON within theirs.

mod answer;
mod received;

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::http::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tastemaker_index::in_plain_words;
use tastemaker_index::languages::{is_language, not_a_language};
use tastemaker_index::product::check_id;

use super::error::ApiError;

pub(super) use self::answer::{Page, page, short_page};
pub use self::received::BodyBytes;
pub(super) use self::received::{RawBody, ReceivedBody};

/// The bytes of a body.
///
/// # Errors
/// `body_too_large`, `body_too_slow`, `overloaded` if the server holds too many bodies, or `unreadable_body`.
pub(super) fn bytes(body: RawBody) -> Result<ReceivedBody, ApiError> {
    body.0
}

/// Parses a body that must be one JSON object.
pub(super) fn json<T: DeserializeOwned>(body: RawBody) -> Result<T, ApiError> {
    object(&bytes(body)?)
}

/// Parses bytes that must be one JSON object.
pub(super) fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde would read a list as the fields of an object in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        parse::<serde::de::IgnoredAny>(bytes)?;
        return Err(ApiError::bad_request("invalid_field", "the body must be a JSON object, not a list"));
    }
    parse(bytes)
}

/// The error of a value that the parser does not take, with the path of its field, which says where better than line
/// and column.
pub(super) fn wrong_value(code: &'static str, path: &str, message: &str) -> ApiError {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let path = match (path, missing) {
        (".", None) => return ApiError::bad_request(code, in_plain_words(message, None)),
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (path, None) => path.to_owned(),
    };
    let plain = in_plain_words(message, Some(&path));
    ApiError::bad_request(code, format!("{path}: {plain}")).at(path)
}

/// The sentence about a body that is not JSON.
fn not_json(bytes: &[u8], message: &str) -> String {
    if bytes.trim_ascii().is_empty() {
        return "the body is empty; send a JSON object".to_owned();
    }
    format!("the body is not valid JSON: {}", in_plain_words(message, None))
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
            return ApiError::bad_request("invalid_json", not_json(bytes, &message));
        }
        let code = if message.starts_with("unknown field") { "unknown_field" } else { "invalid_field" };
        wrong_value(code, &path, &message)
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

/// Checks the language of a request: a code of ISO 639, with or without a region. An empty one is none.
pub(super) fn lang(lang: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(lang) = lang.filter(|lang| !lang.trim().is_empty()) else { return Ok(None) };
    match is_language(&lang) {
        true => Ok(Some(lang)),
        false => Err(ApiError::bad_request("invalid_field", not_a_language(&lang)).at("lang")),
    }
}

/// Milliseconds since `start`, to the microsecond.
pub(super) fn took_ms(start: std::time::Instant) -> f64 {
    start.elapsed().as_micros() as f64 / 1000.0
}

/// A new query id. Clients send it back with the clicks and orders that follow.
pub(super) fn new_query_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
