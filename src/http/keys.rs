//! `/v1/keys`: `GET` lists the keys, `POST` creates a key and shows it once, `DELETE /v1/keys/{id}` revokes a key and
//! everything derived from it.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use crate::access::{ApiKey, Caller, KeyRequest, Refusal, Scope};
use crate::shop::{KeyFile, KeysError};

#[derive(Serialize)]
struct ListedKey {
    #[serde(flatten)]
    key: ApiKey,
    expired: bool,
}

#[derive(Serialize)]
struct CreatedKey {
    /// The key itself, which no later response contains.
    key: String,
    #[serde(flatten)]
    about: ApiKey,
}

pub(super) async fn list(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let records = on_file(&state, |file| Ok(file.read()?)).await?.unwrap_or_default();
    let now = Timestamp::now();
    let keys = records.into_iter().map(|record| ListedKey { expired: record.key.expired(now), key: record.key });
    Ok(HttpResponse::Ok().json(json!({"keys": keys.collect::<Vec<_>>()})))
}

pub(super) async fn create(
    state: web::Data<AppState>,
    caller: Caller,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let request: KeyRequest = body::json(body)?;
    let beyond = request.scopes().beyond(caller.scopes());
    if !beyond.is_empty() {
        return Err(Refusal::Wider(beyond).into());
    }
    // The first key turns access control on; without an admin key nobody could create another one.
    if caller.key().is_none() && !request.scopes().contains(Scope::Keys) {
        let message = "the first key must be an admin key, because from then on only a key can create keys";
        return Err(ApiError::bad_request("invalid_field", message).at("role"));
    }
    let (about, text) = on_file(&state, |file| file.create(request, Timestamp::now())).await?;
    state.gate.refresh();
    tracing::info!("key {} was created over the API: {}, {}", about.id, about.role.name(), about.scopes);
    Ok(HttpResponse::Created().json(CreatedKey { key: text.reveal(), about }))
}

pub(super) async fn revoke(state: web::Data<AppState>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let revoked = on_file(&state, move |file| file.revoke(&id)).await?;
    state.gate.refresh();
    tracing::info!("key {} was revoked over the API", revoked.id);
    Ok(HttpResponse::Ok().json(json!({"id": revoked.id, "revoked": true})))
}

/// Reads or writes the key file on a thread that does not answer requests.
async fn on_file<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&KeyFile) -> Result<T, KeysError> + Send + 'static,
) -> Result<T, ApiError> {
    let file = state.gate.file().clone();
    match web::block(move || work(&file)).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(ApiError::keys_unavailable()),
    }
}
