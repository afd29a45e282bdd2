//! `/v1/reports/…`: what all shoppers together did. Computed when asked, off the
//! threads that answer shoppers, one report at a time.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::AppState;
use super::error::ApiError;
use crate::shop::{Shop, StoreError};

/// A report reads every profile: two at once would only take longer.
static ONE: Semaphore = Semaphore::const_new(1);

async fn answer<T: Serialize + Send + 'static>(
    state: web::Data<AppState>,
    report: impl FnOnce(&Shop) -> Result<T, StoreError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let _one = ONE.acquire().await.map_err(|_| ApiError::stopping())?;
    let report = web::block(move || report(&state.shop)).await.map_err(|_| ApiError::stopping())??;
    Ok(HttpResponse::Ok().json(report))
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
