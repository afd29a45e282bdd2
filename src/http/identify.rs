//! `POST /v1/identify` links a device and a user as one person; `POST /v1/identify/unlink` undoes that, and each
//! keeps its own events.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::event::{Channel, Event, EventKind};
use tastemaker_index::id::ShopperId;

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::profiles::IdKind;
use crate::access::{Caller, ShopperIds};
use crate::shop::EventOutcome;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentifyBody {
    user_id: Option<String>,
    anonymous_id: Option<String>,
    message_id: Option<String>,
    time: Option<Timestamp>,
    channel: Option<Channel>,
}

/// The result of the event, and the ids that are one person after it.
#[derive(Serialize)]
struct IdentifyResponse {
    status: &'static str,
    message_id: String,
    ids: Vec<LinkedId>,
    /// The reasons why linked ids are not one person, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct LinkedId {
    kind: IdKind,
    id: String,
}

pub(super) async fn link(state: web::Data<AppState>, caller: Caller, body: RawBody) -> Result<HttpResponse, ApiError> {
    mark(&state, &caller, body, EventKind::Identify).await
}

pub(super) async fn unlink(
    state: web::Data<AppState>,
    caller: Caller,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    mark(&state, &caller, body, EventKind::Unlink).await
}

/// Records a link or its end.
async fn mark(state: &AppState, caller: &Caller, body: RawBody, kind: EventKind) -> Result<HttpResponse, ApiError> {
    let IdentifyBody { user_id, anonymous_id, message_id, time, channel } = body::json(body)?;
    let ShopperIds { user_id, anonymous_id } = caller.shopper(user_id, anonymous_id)?;
    record(state, Event { user_id, anonymous_id, message_id, time, channel, ..Event::new(kind) }).await
}

/// Records an event about a person and responds with the ids that are one person after it.
pub(super) async fn record(state: &AppState, event: Event) -> Result<HttpResponse, ApiError> {
    event.check()?;
    state.shop.check_event(&event)?;
    let shopper = event.shopper();
    let outcome = state.shop.accept(vec![event])?.outcomes().await?.pop();
    let (status, message_id) = match outcome {
        Some(EventOutcome::Accepted { message_id }) => ("accepted", message_id),
        Some(EventOutcome::Duplicate { message_id }) => ("duplicate", message_id),
        Some(EventOutcome::Declined { message_id }) => ("declined", message_id),
        Some(EventOutcome::Rejected { reason }) => return Err(ApiError::bad_request("invalid_event", reason)),
        None => return Err(ApiError::stopping()),
    };
    let mut answer = IdentifyResponse { status, message_id, ids: Vec::new(), notes: Vec::new() };
    if let Some(known) = shopper.map(|id| state.shop.person(&id)).transpose()?.flatten() {
        answer.ids.extend(known.found.person.members().map(|(id, _)| {
            let (kind, id) = IdKind::of(id);
            LinkedId { kind, id: id.to_owned() }
        }));
        answer.notes = notes(state, known.found.person.members().map(|(id, profile)| (id, &**profile)));
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// The ids that a limit keeps apart, in sentences.
pub(super) fn notes<'a>(
    state: &AppState,
    members: impl Iterator<Item = (&'a ShopperId, &'a tastemaker_index::profile::Profile)>,
) -> Vec<String> {
    let limits = state.shop.link_limits();
    let note = |(id, profile): (&ShopperId, &tastemaker_index::profile::Profile)| match id {
        ShopperId::User(_) if profile.links.has_too_many_devices(limits) => Some(format!(
            "this user has {} devices, more than the {} of one person: it is linked with none of them",
            profile.links.linked().count(),
            limits.devices_per_user
        )),
        ShopperId::Anonymous(_) if profile.links.has_too_many_users(limits) => Some(format!(
            "this device has {} users, more than the {} of one household: it is linked with none of them",
            profile.links.linked().count(),
            limits.users_per_device
        )),
        _ => None,
    };
    members.filter_map(note).collect()
}
