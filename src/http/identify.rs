//! `POST /v1/identify`: a device and a user are one person. `POST
//! /v1/identify/unlink`: they are not, after all; each keeps its events.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::event::{Channel, Event, EventKind};
use tastemaker_index::id::ShopperId;

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::profiles::IdKind;
use crate::access::{Caller, Shopper};
use crate::store::ingest::Outcome;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    user_id: Option<String>,
    anonymous_id: Option<String>,
    message_id: Option<String>,
    time: Option<Timestamp>,
    channel: Option<Channel>,
}

/// What became of it, and who is one person now.
#[derive(Serialize)]
struct Answer {
    status: &'static str,
    message_id: String,
    ids: Vec<Id>,
    /// Why ids that were linked are not taken for one person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Id {
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

async fn mark(state: &AppState, caller: &Caller, body: RawBody, kind: EventKind) -> Result<HttpResponse, ApiError> {
    let Body { user_id, anonymous_id, message_id, time, channel } = body::json(body, state)?;
    let Shopper { user_id, anonymous_id } = caller.shopper(user_id, anonymous_id)?;
    tell(state, Event { user_id, anonymous_id, message_id, time, channel, ..Event::new(kind) }).await
}

/// Journals an event about a person and tells who is one person after it.
pub(super) async fn tell(state: &AppState, event: Event) -> Result<HttpResponse, ApiError> {
    event.check()?;
    let shopper = event.shopper();
    let outcome = state.shop.accept(vec![event])?.outcomes().await?.pop();
    let (status, message_id) = match outcome {
        Some(Outcome::Accepted { message_id }) => ("accepted", message_id),
        Some(Outcome::Duplicate { message_id }) => ("duplicate", message_id),
        Some(Outcome::Declined { message_id }) => ("declined", message_id),
        Some(Outcome::Rejected { reason }) => return Err(ApiError::bad_request("invalid_event", reason)),
        None => return Err(ApiError::stopping()),
    };
    let mut answer = Answer { status, message_id, ids: Vec::new(), notes: Vec::new() };
    if let Some(known) = shopper.map(|id| state.shop.known(&id)).transpose()?.flatten() {
        answer.ids.extend(known.found.person.members().map(|(id, _)| {
            let (kind, id) = IdKind::of(id);
            Id { kind, id: id.to_owned() }
        }));
        answer.notes = notes(state, known.found.person.members().map(|(id, profile)| (id, &**profile)));
    }
    Ok(HttpResponse::Ok().json(answer))
}

/// Which limits keep ids apart.
pub(super) fn notes<'a>(
    state: &AppState,
    members: impl Iterator<Item = (&'a ShopperId, &'a tastemaker_index::profile::Profile)>,
) -> Vec<String> {
    let limits = state.shop.profiles().link_limits();
    let note = |(id, profile): (&ShopperId, &tastemaker_index::profile::Profile)| match id {
        ShopperId::User(_) if profile.links.has_too_many_devices(limits) => Some(format!(
            "this user has {} devices, more than the {} of one person: it is joined with none of them",
            profile.links.linked().count(),
            limits.devices_per_user
        )),
        ShopperId::Anonymous(_) if profile.links.has_too_many_users(limits) => Some(format!(
            "this device has {} users, more than the {} of one household: it belongs to none of them",
            profile.links.linked().count(),
            limits.users_per_device
        )),
        _ => None,
    };
    members.filter_map(note).collect()
}
