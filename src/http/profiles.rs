//! `GET /v1/profiles/{id}`: what is known of a shopper, and what it amounts to.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::engine::{Liking, TasteSummary};
use tastemaker_index::event::EventKind;
use tastemaker_index::id::ShopperId;
use tastemaker_index::profile::{Counts, Profile};

use super::AppState;
use super::body;
use super::error::ApiError;
use crate::access::Caller;

/// Interactions shown, latest first.
const SHOWN: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    kind: Option<Kind>,
}

/// Which kind of id it is; without it, a user before an anonymous device.
#[derive(Deserialize, Serialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Kind {
    User,
    Anonymous,
}

#[derive(Serialize)]
struct Met {
    product_id: String,
    #[serde(rename = "type")]
    kind: EventKind,
    time: Option<Timestamp>,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    kind: Kind,
    counts: Counts,
    interactions: usize,
    recent: Vec<Met>,
    brands: Vec<Liking>,
    categories: Vec<Liking>,
    evidence: f32,
    gate: f32,
    interest: Option<InterestTold>,
}

#[derive(Serialize)]
struct InterestTold {
    space: String,
    dimensions: usize,
    nearest_products: Vec<String>,
}

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = id.into_inner();
    let Parameters { kind } = body::parameters(request.query_string())?;
    let kinds = kind.map_or_else(|| vec![Kind::User, Kind::Anonymous], |kind| vec![kind]);
    for kind in kinds {
        let shopper = match kind {
            Kind::User => caller.shopper(Some(id.clone()), None).map(|_| ShopperId::User(id.clone()))?,
            Kind::Anonymous => caller.shopper(None, Some(id.clone())).map(|_| ShopperId::Anonymous(id.clone()))?,
        };
        if let Some(profile) = state.shop.profile(&shopper)? {
            let summary = state.shop.engine().map(|engine| engine.taste_summary(&profile)).unwrap_or_default();
            return Ok(HttpResponse::Ok().json(answer(id, kind, &profile, summary)));
        }
    }
    Err(ApiError::not_found("nothing is known of this shopper").at("id"))
}

fn answer(id: String, kind: Kind, profile: &Profile, summary: TasteSummary) -> Answer {
    let recent = profile.interactions.iter().rev().take(SHOWN).map(|interaction| Met {
        product_id: interaction.product_id.clone(),
        kind: interaction.kind,
        time: Timestamp::from_millisecond(interaction.time_ms).ok(),
    });
    let interest = profile.interest.as_ref().map(|interest| InterestTold {
        space: interest.space.clone(),
        dimensions: interest.vector.len(),
        nearest_products: summary.nearest,
    });
    Answer {
        id,
        kind,
        counts: profile.counts,
        interactions: profile.interactions.len(),
        recent: recent.collect(),
        brands: summary.brands,
        categories: summary.categories,
        evidence: summary.evidence,
        gate: summary.gate,
        interest,
    }
}
