//! `GET /healthz` answers while the process runs; `GET /readyz` answers 200 once searches can be answered.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::AppState;
use super::error::ApiError;

pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

pub(super) async fn readyz(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let engine = state.shop.engine()?;
    let manifest = &engine.generation().manifest;
    Ok(HttpResponse::Ok().json(json!({
        "status": "ready",
        "generation": manifest.id,
        "products": manifest.products,
        "live_products": engine.live_products(),
        "dropped_impressions": state.shop.dropped_impressions(),
    })))
}
