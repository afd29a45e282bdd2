//! `/v1/curation/versions`: `GET` who changed what, newest first, `GET /{n}` one whole, and `POST
//! /{n}/restore`, which says an older one again: undo is a change like any other.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use tastemaker_index::curation::Document;

use super::{Asked, answer, change, unknown};
use crate::access::Caller;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::shop::curation::CurationVersion;
use crate::shop::{Shop, StoreError};

pub(in crate::http) async fn list(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let versions = read(&state, Shop::curation_versions).await?;
    Ok(answer(&state.shop.curation(), json!({"versions": versions})))
}

pub(in crate::http) async fn get(state: web::Data<AppState>, number: web::Path<u64>) -> Result<HttpResponse, ApiError> {
    let CurationVersion { about, document } = kept(&state, *number).await?;
    Ok(answer(&state.shop.curation(), json!({"about": about, "document": document})))
}

pub(in crate::http) async fn restore(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    number: web::Path<u64>,
) -> Result<HttpResponse, ApiError> {
    let mut asked = Asked::of(&request, &caller)?;
    if asked.author.note.is_empty() {
        asked.author.note = format!("version {number} again");
    }
    let older: Document = kept(&state, *number).await?.document;
    let in_force = change(&state, asked, move |document| {
        *document = older;
        Ok(())
    });
    let in_force = in_force.await?;
    Ok(answer(&in_force, json!({"about": in_force.about})))
}

async fn kept(state: &web::Data<AppState>, number: u64) -> Result<CurationVersion, ApiError> {
    let version = read(state, move |shop| shop.curation_version(number)).await?;
    version.ok_or_else(|| unknown("version", &number.to_string()).into())
}

/// Reads files away from the threads that answer requests.
async fn read<T: Send + 'static>(
    state: &web::Data<AppState>,
    work: impl FnOnce(&Shop) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let shop = Arc::clone(&state.shop);
    match web::block(move || work(&shop)).await {
        Ok(done) => done.map_err(|error| ApiError::curation_unavailable(&error)),
        Err(_) => Err(ApiError::stopping()),
    }
}
