//! `POST /v1/events`: one event, a JSON array, `{"events": [...]}`, or NDJSON.
//!
//! The response is sent when every accepted event is on disk. An invalid event in a batch is rejected alone; an
//! invalid event that is sent alone is an error.

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::event::{Event, EventKind};

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::work::on_pool;
use crate::access::{Caller, Scope, ShopperIds};
use crate::load::WorkClass;
use crate::shop::EventOutcome;

/// The largest body that is read where it arrives, in bytes; larger ones would keep others waiting. It holds what a
/// browser sends while a page is left, which must be taken although the page no longer waits for the response.
const INLINE_BYTES: usize = 64 << 10;

/// The result of one event.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum EventResult {
    Accepted {
        index: usize,
        message_id: String,
    },
    Duplicate {
        index: usize,
        message_id: String,
    },
    /// Not recorded, because the shopper declined tracking.
    Declined {
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

impl EventResult {
    fn rejected(index: usize, error: ApiError) -> Self {
        let (code, message, field) = error.parts();
        Self::Rejected { index, code, message, field }
    }
}

/// The counts of results, and the results in the order of the request.
#[derive(Debug, Default, Serialize)]
struct EventsResponse {
    accepted: usize,
    duplicates: usize,
    declined: usize,
    rejected: usize,
    results: Vec<EventResult>,
}

pub(super) async fn post(
    state: web::Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body)?;
    let batch = match bytes.len() > INLINE_BYTES {
        true => {
            let (headers, caller) = (request.headers().clone(), caller.clone());
            let read = move |state: &AppState, _: Deadline<'_>| Batch::read(&bytes, &headers, state, &caller);
            on_pool(&state, WorkClass::Events, read).await?
        }
        false => Batch::read(&bytes, request.headers(), &state, &caller)?,
    };
    let Batch { events, places, mut results } = batch;
    if !events.is_empty() {
        let outcomes = state.shop.accept(events)?.outcomes().await?;
        let given = |message_id| caller.given_id(message_id);
        let result_of = |(index, outcome)| match outcome {
            EventOutcome::Accepted { message_id } => EventResult::Accepted { index, message_id: given(message_id) },
            EventOutcome::Duplicate { message_id } => EventResult::Duplicate { index, message_id: given(message_id) },
            EventOutcome::Declined { message_id } => EventResult::Declined { index, message_id: given(message_id) },
            EventOutcome::Rejected { reason } => {
                EventResult::rejected(index, ApiError::bad_request("invalid_event", reason))
            }
        };
        results.extend(places.into_iter().zip(outcomes).map(result_of));
    }
    Ok(HttpResponse::Ok().json(summed(results)))
}

/// The events of a request that may be recorded, their places in it, and the results of the others.
struct Batch {
    events: Vec<Event>,
    places: Vec<usize>,
    results: Vec<EventResult>,
}

impl Batch {
    fn read(bytes: &[u8], headers: &HeaderMap, state: &AppState, caller: &Caller) -> Result<Self, ApiError> {
        let (items, alone) = body::items(bytes, headers, "events")?;
        let limit = state.config.max_batch_events;
        if items.len() > limit {
            let message = format!("the batch has {} events, at most {limit} are allowed", items.len());
            return Err(ApiError::bad_request("batch_too_large", message).at("events"));
        }
        let (mut events, mut places, mut results) = (Vec::with_capacity(items.len()), Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            match checked(item, state, caller) {
                Ok(event) => {
                    events.push(event);
                    places.push(index);
                }
                Err(error) if alone => return Err(error),
                Err(error) => results.push(EventResult::rejected(index, error)),
            }
        }
        Ok(Self { events, places, results })
    }
}

/// The response with its counts; `results` may come in any order.
fn summed(mut results: Vec<EventResult>) -> EventsResponse {
    let index = |result: &EventResult| match result {
        EventResult::Accepted { index, .. }
        | EventResult::Duplicate { index, .. }
        | EventResult::Declined { index, .. }
        | EventResult::Rejected { index, .. } => *index,
    };
    results.sort_by_key(index);
    let mut answer = EventsResponse::default();
    for result in &results {
        match result {
            EventResult::Accepted { .. } => answer.accepted += 1,
            EventResult::Duplicate { .. } => answer.duplicates += 1,
            EventResult::Declined { .. } => answer.declined += 1,
            EventResult::Rejected { .. } => answer.rejected += 1,
        }
    }
    answer.results = results;
    answer
}

/// Parses an event, and checks its fields and the ids that the caller may use.
fn checked(item: &[u8], state: &AppState, caller: &Caller) -> Result<Event, ApiError> {
    let mut event = match serde_json::from_slice::<Event>(item) {
        Ok(event) => event,
        Err(_) => return Err(what_is_wrong(item)),
    };
    let ShopperIds { user_id, anonymous_id } = caller.shopper(event.user_id.take(), event.anonymous_id.take())?;
    (event.user_id, event.anonymous_id) = (user_id, anonymous_id);
    if matches!(event.kind, EventKind::Identify | EventKind::Unlink) {
        caller.open(Scope::Identify)?;
    }
    event.check()?;
    state.shop.check_event(&event)?;
    if matches!(event.kind, EventKind::Purchase | EventKind::Refund) {
        event.message_id = event.message_id.map(|id| caller.order_id_of(id));
    }
    Ok(event)
}

/// The error of an invalid event. It is parsed once more, with the path of each field, to name the wrong one.
fn what_is_wrong(item: &[u8]) -> ApiError {
    let value: Value = match body::parse(item) {
        Ok(value) => value,
        Err(error) => return error,
    };
    if !value.is_object() {
        return ApiError::bad_request("invalid_event", "an event is a JSON object");
    }
    match serde_path_to_error::deserialize::<_, Event>(&value) {
        Ok(_) => ApiError::bad_request("invalid_event", "the event names a field twice"),
        Err(error) => {
            let path = error.path().to_string();
            body::wrong_value("invalid_event", &path, &error.into_inner().to_string())
        }
    }
}
