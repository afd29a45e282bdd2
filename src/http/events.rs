//! `POST /v1/events`: one event, a JSON array, `{"events": [...]}`, or NDJSON.
//!
//! The answer leaves when every accepted event is on disk. A bad event in a
//! batch rejects itself only; a bad event alone is an error.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use tastemaker_index::event::Event;

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use crate::access::{Caller, Shopper};
use crate::store::ingest::Outcome;

/// What became of one event.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Told {
    Accepted {
        index: usize,
        message_id: String,
    },
    Duplicate {
        index: usize,
        message_id: String,
    },
    Rejected {
        index: usize,
        code: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
}

impl Told {
    fn rejected(index: usize, error: ApiError) -> Self {
        let (code, message, field) = error.parts();
        Self::Rejected { index, code, message, field }
    }
}

#[derive(Debug, Default, Serialize)]
struct Answer {
    accepted: usize,
    duplicates: usize,
    rejected: usize,
    results: Vec<Told>,
}

pub(super) async fn post(
    state: web::Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body, &state)?;
    let (items, alone) = split(&bytes, request.headers())?;
    let limit = state.config.max_batch_events;
    if items.len() > limit {
        let message = format!("the batch has {} events, at most {limit} are allowed", items.len());
        return Err(ApiError::bad_request("batch_too_large", message).at("events"));
    }
    let (mut events, mut places, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match item.and_then(|item| checked(&item, &caller)) {
            Ok(event) => {
                events.push(event);
                places.push(index);
            }
            Err(error) if alone => return Err(error),
            Err(error) => told.push(Told::rejected(index, error)),
        }
    }
    if !events.is_empty() {
        let outcomes = state.shop.ingest().accept(events)?.outcomes().await?;
        for (index, outcome) in places.into_iter().zip(outcomes) {
            told.push(match outcome {
                Outcome::Accepted { message_id } => Told::Accepted { index, message_id },
                Outcome::Duplicate { message_id } => Told::Duplicate { index, message_id },
                Outcome::Rejected { reason } => Told::rejected(index, ApiError::bad_request("invalid_event", reason)),
            });
        }
    }
    Ok(HttpResponse::Ok().json(summed(told)))
}

fn summed(mut told: Vec<Told>) -> Answer {
    let index = |told: &Told| match told {
        Told::Accepted { index, .. } | Told::Duplicate { index, .. } | Told::Rejected { index, .. } => *index,
    };
    told.sort_by_key(index);
    let mut answer = Answer::default();
    for told in &told {
        match told {
            Told::Accepted { .. } => answer.accepted += 1,
            Told::Duplicate { .. } => answer.duplicates += 1,
            Told::Rejected { .. } => answer.rejected += 1,
        }
    }
    answer.results = told;
    answer
}

type Items = Vec<Result<Value, ApiError>>;

/// The events of a body, each still to be checked; and whether it is one alone.
fn split(bytes: &[u8], headers: &actix_web::http::header::HeaderMap) -> Result<(Items, bool), ApiError> {
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.contains("ndjson") || content_type.contains("jsonl") {
        let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        return Ok((lines.map(body::parse).collect(), false));
    }
    let not_a_batch = || ApiError::bad_request("invalid_field", "must be a list of events").at("events");
    match body::parse(bytes)? {
        Value::Array(items) => Ok((items.into_iter().map(Ok).collect(), false)),
        Value::Object(mut object) if object.contains_key("events") => match object.remove("events") {
            Some(Value::Array(_)) if !object.is_empty() => {
                let stray: Vec<&str> = object.keys().map(String::as_str).collect();
                Err(ApiError::bad_request("unknown_field", "a batch holds nothing but `events`").at(stray.join(", ")))
            }
            Some(Value::Array(items)) => Ok((items.into_iter().map(Ok).collect(), false)),
            _ => Err(not_a_batch()),
        },
        single => Ok((vec![Ok(single)], true)),
    }
}

fn checked(item: &Value, caller: &Caller) -> Result<Event, ApiError> {
    if !item.is_object() {
        return Err(ApiError::bad_request("invalid_event", "an event is a JSON object"));
    }
    let mut event: Event = serde_path_to_error::deserialize(item).map_err(|error| {
        let path = error.path().to_string();
        let answer = ApiError::bad_request("invalid_event", error.into_inner().to_string());
        if path == "." { answer } else { answer.at(path) }
    })?;
    let Shopper { user_id, anonymous_id } = caller.shopper(event.user_id.take(), event.anonymous_id.take())?;
    (event.user_id, event.anonymous_id) = (user_id, anonymous_id);
    event.check()?;
    Ok(event)
}
