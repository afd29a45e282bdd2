//! `GET /healthz` answers while the process runs; `GET /readyz` answers 200 once searches can be answered. Its
//! `status` is `degraded` while problems last; it stays 200, because a balancer would turn searches away too.

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
    state.gate.look();
    let problems: Vec<_> =
        state.shop.problems().into_iter().map(|kind| json!({"code": kind.code(), "message": kind.meaning()})).collect();
    Ok(HttpResponse::Ok().json(json!({
        "status": if problems.is_empty() { "ready" } else { "degraded" },
        "problems": problems,
        "generation": manifest.id,
        "chosen": state.shop.generation_is_chosen(),
        "products": manifest.products,
        "live_products": engine.live_products(),
        "dropped_impressions": state.shop.dropped_impressions(),
        "load": state.pool.report(),
    })))
}
