//! `/v1/profiles/{id}`: the profile of a shopper, stated consent and preferences, the export of everything stored,
//! and erasure.

mod answer;
mod words;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::event::{Consent, Event, EventKind, Preferences};
use tastemaker_index::id::ShopperId;

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::identify;
use super::parameters;
use super::work::on_pool;
use crate::access::Caller;
use crate::load::WorkClass;
use crate::shop::PersonView;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileParameters {
    /// The kind of the id; if absent, a user is looked for before an anonymous device.
    kind: Option<IdKind>,
}

/// The kind of an id.
#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum IdKind {
    User,
    Anonymous,
}

impl IdKind {
    /// The kind and text of an id.
    pub(super) fn of(id: &ShopperId) -> (Self, &str) {
        match id {
            ShopperId::User(id) => (Self::User, id),
            ShopperId::Anonymous(id) => (Self::Anonymous, id),
        }
    }
}

/// The ids that the address may mean and the caller may use; at least one.
fn meant(caller: &Caller, id: &str, request: &HttpRequest) -> Result<Vec<ShopperId>, ApiError> {
    let ProfileParameters { kind } = parameters::parameters(request.query_string())?;
    let user = || caller.shopper(Some(id.to_owned()), None).map(|_| ShopperId::User(id.to_owned()));
    let device = || caller.shopper(None, Some(id.to_owned())).map(|_| ShopperId::Anonymous(id.to_owned()));
    match kind {
        Some(IdKind::User) => Ok(vec![user()?]),
        Some(IdKind::Anonymous) => Ok(vec![device()?]),
        None => match (user(), device()) {
            (Err(refused), Err(_)) => Err(refused.into()),
            (user, device) => Ok(user.into_iter().chain(device).collect()),
        },
    }
}

/// The first of these ids that has a profile.
fn find(state: &AppState, meant: Vec<ShopperId>) -> Result<(ShopperId, PersonView), ApiError> {
    for id in meant {
        if let Some(known) = state.shop.person(&id)? {
            return Ok((id, known));
        }
    }
    Err(ApiError::not_found("there is no profile of this shopper").at("id"))
}

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let meant = meant(&caller, &id, &request)?;
    let work = move |state: &AppState, _: Deadline<'_>| {
        let (id, known) = find(state, meant)?;
        body::short_page(state, &answer::answer(state, &id, &known)?)
    };
    Ok(on_pool(&state, WorkClass::Admin, work).await?.into())
}

/// `DELETE`: erases a person. The receipt is complete once the last event is removed.
pub(super) async fn delete(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let meant = meant(&caller, &id, &request)?;
    let receipt = web::block(move || {
        let known = meant.iter().find_map(|id| state.shop.person(id).map(|known| known.map(|_| id)).transpose());
        // Without a profile there may still be events in the journal, so the first id is erased in any case.
        let known = known.transpose()?;
        Ok::<_, ApiError>((state.shop.erase(known.unwrap_or(&meant[0]))?, known.is_some()))
    });
    let (receipt, was_known) = receipt.await.map_err(|_| ApiError::stopping())??;
    let message = match was_known {
        true => "the profile is gone; the next reindex removes the events, and the receipt then says so",
        false => {
            "there was no profile of this shopper; the next reindex removes events that name the id, and the receipt then says so"
        }
    };
    let response = json!({
        "receipt": receipt.receipt,
        "status": receipt.status,
        "requested_at": receipt.requested_at,
        "ids": receipt.ids.len(),
        "known": was_known,
        "message": message,
    });
    Ok(HttpResponse::Accepted().json(response))
}

/// `GET /v1/erasures/{receipt}`: the state of an erasure.
pub(super) async fn receipt(state: web::Data<AppState>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let receipt =
        state.shop.receipt(&id)?.ok_or_else(|| ApiError::not_found("there is no such erasure").at("receipt"))?;
    let response = json!({
        "receipt": receipt.receipt,
        "status": receipt.status,
        "requested_at": receipt.requested_at,
        "completed_at": receipt.completed_at,
    });
    Ok(HttpResponse::Ok().json(response))
}

/// `GET /v1/profiles/{id}/export`: everything stored about a shopper, events included.
pub(super) async fn export(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let meant = meant(&caller, &id, &request)?;
    let work = move |state: &AppState, _: Deadline<'_>| {
        let (id, known) = find(state, meant)?;
        let profile = answer::answer(state, &id, &known)?;
        let export = state.shop.export(&id)?;
        body::short_page(
            state,
            &json!({
                "exported_at": jiff::Timestamp::from_millisecond(known.now_ms).ok(),
                "profile": profile,
                "events": export.events,
                "truncated": export.truncated,
            }),
        )
    };
    Ok(on_pool(&state, WorkClass::Admin, work).await?.into())
}

/// `PUT /v1/profiles/{id}/consent`: the consent of a shopper from now on.
pub(super) async fn consent(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let consent: Consent = body::json(body)?;
    let event = Event { consent: Some(consent), ..Event::new(EventKind::Consent) };
    state_outright(&state, &caller, &id, &request, event).await
}

/// `PUT /v1/profiles/{id}/preferences`: the stated preferences of a shopper.
pub(super) async fn preferences(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let preferences: Preferences = body::json(body)?;
    let event = Event { preferences: Some(Box::new(preferences)), ..Event::new(EventKind::Preferences) };
    state_outright(&state, &caller, &id, &request, event).await
}

/// Records an event for the id of the address. If no id has a profile yet, the id is that of a user.
async fn state_outright(
    state: &AppState,
    caller: &Caller,
    id: &str,
    request: &HttpRequest,
    event: Event,
) -> Result<HttpResponse, ApiError> {
    let meant = meant(caller, id, request)?;
    let mut shopper = &meant[0];
    for id in &meant {
        if state.shop.person(id)?.is_some() {
            shopper = id;
            break;
        }
    }
    let (user_id, anonymous_id) = match shopper.clone() {
        ShopperId::User(id) => (Some(id), None),
        ShopperId::Anonymous(id) => (None, Some(id)),
    };
    identify::record(state, Event { user_id, anonymous_id, ..event }).await
}
