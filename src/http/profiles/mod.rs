//! `/v1/profiles/{id}`: what is known of a shopper and why, what the shopper says
//! outright, and the way to be told everything or be forgotten.

mod answer;
mod words;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tastemaker_index::event::{Consent, Event, EventKind, Preferences};
use tastemaker_index::id::ShopperId;

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::identify;
use crate::access::Caller;
use crate::shop::PersonView;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    kind: Option<IdKind>,
}

/// Which kind of id it is; without it, a user before an anonymous device.
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

/// The ids a request may mean, of those the caller may name; at least one.
fn meant(caller: &Caller, id: &str, request: &HttpRequest) -> Result<Vec<ShopperId>, ApiError> {
    let Parameters { kind } = body::parameters(request.query_string())?;
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

fn find(
    state: &AppState,
    caller: &Caller,
    id: &str,
    request: &HttpRequest,
) -> Result<(ShopperId, PersonView), ApiError> {
    for id in meant(caller, id, request)? {
        if let Some(known) = state.shop.person(&id)? {
            return Ok((id, known));
        }
    }
    Err(ApiError::not_found("nothing is known of this shopper").at("id"))
}

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, known) = find(&state, &caller, &id, &request)?;
    Ok(HttpResponse::Ok().json(answer::answer(&state, &id, &known)?))
}

/// `DELETE`: forgets the person. The receipt says when nothing is left.
pub(super) async fn delete(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let meant = meant(&caller, &id, &request)?;
    let receipt = web::block(move || {
        let known = meant.iter().find_map(|id| state.shop.person(id).map(|known| known.map(|_| id)).transpose());
        // Nothing in the state may still be something in the journal.
        let id = known.transpose()?.unwrap_or(&meant[0]);
        state.shop.erase(id)
    });
    let receipt = receipt.await.map_err(|_| ApiError::stopping())??;
    let told = json!({
        "receipt": receipt.receipt,
        "status": receipt.status,
        "requested_at": receipt.requested_at,
        "ids": receipt.ids.len(),
        "message": "the profile is gone; the next reindex removes the events, and the receipt then says so",
    });
    Ok(HttpResponse::Accepted().json(told))
}

/// `GET /v1/erasures/{receipt}`: how far an erasure is.
pub(super) async fn receipt(state: web::Data<AppState>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let receipt =
        state.shop.receipt(&id)?.ok_or_else(|| ApiError::not_found("there is no such erasure").at("receipt"))?;
    let told = json!({
        "receipt": receipt.receipt,
        "status": receipt.status,
        "requested_at": receipt.requested_at,
        "completed_at": receipt.completed_at,
    });
    Ok(HttpResponse::Ok().json(told))
}

/// `GET /v1/profiles/{id}/export`: everything known, events included.
pub(super) async fn export(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, known) = find(&state, &caller, &id, &request)?;
    let profile = answer::answer(&state, &id, &known)?;
    let export = web::block(move || state.shop.export(&id)).await.map_err(|_| ApiError::stopping())??;
    let told = json!({
        "exported_at": jiff::Timestamp::from_millisecond(known.now_ms).ok(),
        "profile": profile,
        "events": export.events,
        "truncated": export.truncated,
    });
    Ok(HttpResponse::Ok().json(told))
}

/// `PUT /v1/profiles/{id}/consent`: what the shopper allows from now on.
pub(super) async fn consent(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let consent: Consent = body::json(body, &state)?;
    let event = Event { consent: Some(consent), ..Event::new(EventKind::Consent) };
    state_outright(&state, &caller, &id, &request, event).await
}

/// `PUT /v1/profiles/{id}/preferences`: what the shopper says to like.
pub(super) async fn preferences(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let preferences: Preferences = body::json(body, &state)?;
    let event = Event { preferences: Some(Box::new(preferences)), ..Event::new(EventKind::Preferences) };
    state_outright(&state, &caller, &id, &request, event).await
}

/// Of ids nothing is known of yet, a user is meant.
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
    identify::tell(state, Event { user_id, anonymous_id, ..event }).await
}
