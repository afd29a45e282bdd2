//! `/v1/reports/…`: reports over all shoppers. Each is computed on request, on a thread that does not answer
//! shoppers. One runs at a time: each reads every profile, so two at once would only slow each other down.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use tastemaker_index::deadline::Deadline;

use super::AppState;
use super::body;
use super::error::ApiError;
use super::work::on_pool;
use crate::load::WorkClass;
use crate::shop::{Shop, StoreError};

async fn answer<T: Serialize>(
    state: web::Data<AppState>,
    report: impl FnOnce(&Shop) -> Result<T, StoreError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let work = move |state: &AppState, _: Deadline<'_>| body::short_page(state, &report(&state.shop)?);
    Ok(on_pool(&state, WorkClass::Reports, work).await?.into())
}

pub(super) async fn visits(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    answer(state, |shop| shop.visits_report()).await
}

pub(super) async fn identity(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    answer(state, |shop| shop.identity_report()).await
}

pub(super) async fn attribution(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    answer(state, |shop| shop.attribution_report()).await
}
