//! `POST /v1/events`: one event, a JSON array, `{"events": [...]}`, or NDJSON.
//!
//! The answer leaves when every accepted event is on disk. A bad event in a
//! batch rejects itself only; a bad event alone is an error.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use tastemaker_index::event::{Event, EventKind};

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use crate::access::{Caller, Scope, ShopperIds};
use crate::shop::EventOutcome;

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
    /// The shopper does not want it kept.
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
    declined: usize,
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
    let (items, alone) = body::items(&bytes, request.headers(), "events")?;
    let limit = state.config.max_batch_events;
    if items.len() > limit {
        let message = format!("the batch has {} events, at most {limit} are allowed", items.len());
        return Err(ApiError::bad_request("batch_too_large", message).at("events"));
    }
    let (mut events, mut places, mut told) = (Vec::with_capacity(items.len()), Vec::new(), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match checked(item, &caller) {
            Ok(event) => {
                events.push(event);
                places.push(index);
            }
            Err(error) if alone => return Err(error),
            Err(error) => told.push(Told::rejected(index, error)),
        }
    }
    if !events.is_empty() {
        let outcomes = state.shop.accept(events)?.outcomes().await?;
        let told_of = |(index, outcome)| match outcome {
            EventOutcome::Accepted { message_id } => Told::Accepted { index, message_id },
            EventOutcome::Duplicate { message_id } => Told::Duplicate { index, message_id },
            EventOutcome::Declined { message_id } => Told::Declined { index, message_id },
            EventOutcome::Rejected { reason } => Told::rejected(index, ApiError::bad_request("invalid_event", reason)),
        };
        told.extend(places.into_iter().zip(outcomes).map(told_of));
    }
    Ok(HttpResponse::Ok().json(summed(told)))
}

fn summed(mut told: Vec<Told>) -> Answer {
    let index = |told: &Told| match told {
        Told::Accepted { index, .. }
        | Told::Duplicate { index, .. }
        | Told::Declined { index, .. }
        | Told::Rejected { index, .. } => *index,
    };
    told.sort_by_key(index);
    let mut answer = Answer::default();
    for told in &told {
        match told {
            Told::Accepted { .. } => answer.accepted += 1,
            Told::Duplicate { .. } => answer.duplicates += 1,
            Told::Declined { .. } => answer.declined += 1,
            Told::Rejected { .. } => answer.rejected += 1,
        }
    }
    answer.results = told;
    answer
}

fn checked(item: &[u8], caller: &Caller) -> Result<Event, ApiError> {
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
    Ok(event)
}

/// Reads what is no event once more, slowly, to say where it is wrong.
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
            let answer = ApiError::bad_request("invalid_event", error.into_inner().to_string());
            if path == "." { answer } else { answer.at(path) }
        }
    }
}
