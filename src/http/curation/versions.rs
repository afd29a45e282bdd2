//! `/v1/curation/versions`: `GET` lists the changes with their authors, newest first; `GET /{n}` returns one version;
//! `POST /{n}/restore` makes an older version current again, as a new version; version 0 is the empty one
//! before the first change.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use tastemaker_index::curation::Document;

use super::{ChangeRequest, answer, change, unknown};
use crate::access::Caller;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::shop::curation::CurationVersion;
use crate::shop::{Shop, StoreError};

pub(in crate::http) async fn list(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let versions = on_files(&state, Shop::curation_versions).await?;
    Ok(answer(&state.shop.curation(), json!({"versions": versions})))
}

pub(in crate::http) async fn get(state: web::Data<AppState>, number: web::Path<u64>) -> Result<HttpResponse, ApiError> {
    let CurationVersion { about, document } = stored_version(&state, *number).await?;
    Ok(answer(&state.shop.curation(), json!({"about": about, "document": document})))
}

pub(in crate::http) async fn restore(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    number: web::Path<u64>,
) -> Result<HttpResponse, ApiError> {
    let mut asked = ChangeRequest::of(&request, &caller)?;
    if asked.author.note.is_empty() {
        asked.author.note = format!("version {number} again");
    }
    // Before the first change there was nothing.
    let older = match *number {
        0 => Document::default(),
        number => stored_version(&state, number).await?.document,
    };
    let in_force = change(&state, asked, move |document| {
        *document = older;
        Ok(())
    });
    let in_force = in_force.await?;
    Ok(answer(&in_force, json!({"about": in_force.about})))
}

/// A stored version.
async fn stored_version(state: &web::Data<AppState>, number: u64) -> Result<CurationVersion, ApiError> {
    let version = on_files(state, move |shop| shop.curation_version(number)).await?;
    version.ok_or_else(|| unknown("version", &number.to_string()).into())
}

/// Reads files on a thread that does not answer requests.
async fn on_files<T: Send + 'static>(
    state: &web::Data<AppState>,
    work: impl FnOnce(&Shop) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let shop = Arc::clone(&state.shop);
    match web::block(move || work(&shop)).await {
        Ok(done) => done.map_err(|error| ApiError::curation_unavailable(&error)),
        Err(_) => Err(ApiError::stopping()),
    }
}
