//! `POST /v1/rules/preview`: a page of results without and with a draft, and every product that moves. Both pages are
//! ordinary searches, so publishing the draft gives the page that was shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tastemaker_index::context::Context;
use tastemaker_index::curation::{Conflict, Curation, Rule};
use tastemaker_index::deadline::Deadline;
use tastemaker_index::engine::{Engine, RequestContext};
use tastemaker_index::hit::SearchAnswer;
use tastemaker_index::query::SearchQuery;

use super::{answer, rules};
use crate::access::Caller;
use crate::http::AppState;
use crate::http::body::{self, RawBody};
use crate::http::error::ApiError;
use crate::http::work::on_pool;
use crate::load::WorkClass;
use crate::shop::curation::InForce;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviewBody {
    #[serde(default)]
    query: String,
    filter: Option<String>,
    sort: Option<String>,
    page: Option<usize>,
    per_page: Option<usize>,
    #[serde(default)]
    context: Context,
    /// The time of the preview; now if absent.
    #[serde(default, deserialize_with = "tastemaker_index::product::date")]
    at: Option<Timestamp>,
    /// The id of a stored draft, or a draft; without one, what is published is shown as it is at that time.
    draft: Option<Value>,
}

#[derive(Serialize)]
struct PreviewResponse {
    before: SearchAnswer,
    after: SearchAnswer,
    moves: Vec<ProductMove>,
    conflicts: Vec<Conflict>,
    /// The ids of the draft that name no product and no group.
    unknown: Vec<Value>,
}

/// A product at another position.
#[derive(Serialize)]
struct ProductMove {
    id: String,
    /// The position without the draft, from 1; absent if the product was not on the page.
    from: Option<usize>,
    /// The position with the draft; absent if the product is not on the page.
    to: Option<usize>,
    /// The kind of move: entered, left, up or down.
    what: &'static str,
    /// True if a rule pinned the product there.
    pinned: bool,
}

pub(in crate::http) async fn post(
    state: web::Data<AppState>,
    caller: Caller,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let body: PreviewBody = body::json(body)?;
    let work = move |state: &AppState, deadline: Deadline<'_>| pages(state, &caller, body, deadline);
    let (in_force, preview) = on_pool(&state, WorkClass::Admin, work).await?;
    Ok(answer(&in_force, preview))
}

/// The pages without and with the draft, and the rules in force.
fn pages(
    state: &AppState,
    caller: &Caller,
    body: PreviewBody,
    deadline: Deadline<'_>,
) -> Result<(Arc<InForce>, PreviewResponse), ApiError> {
    let in_force = state.shop.curation();
    let mut next = in_force.document.clone();
    let id = match body.draft {
        None => None,
        Some(Value::String(id)) => Some(id),
        Some(draft) => {
            let rule: Rule = body::parse(draft.to_string().as_bytes()).map_err(|error| error.inside("draft"))?;
            let id = if rule.id.is_empty() { "draft".to_owned() } else { rule.id.clone() };
            let rule = rules::named(rule, &id)?;
            rules::check(state, &rule).map_err(|error| error.inside("draft"))?;
            next.drafts.insert(id.clone(), rule);
            Some(id)
        }
    };
    if let Some(id) = &id {
        next = next.published(id).ok_or_else(|| super::unknown("draft", id))?;
    }
    let engine = state.shop.engine()?;
    let drafted = engine.compile(&next)?;
    let defaults = SearchQuery::default();
    let query = SearchQuery {
        query: body.query,
        filter: caller.filter(body.filter)?,
        sort: body.sort,
        page: body.page.unwrap_or(defaults.page),
        per_page: body.per_page.unwrap_or(defaults.per_page),
        group: engine.settings().group,
        location: body.context.location,
        ..defaults
    };
    let (context, now) = (body.context, body.at.unwrap_or_else(Timestamp::now));
    let search = |curation: &Curation, engine: &Engine| {
        let (context, curation, lang) = (Some(&context), Some(curation), None);
        let request_context = RequestContext { shopper: None, context, now, curation, lang, deadline };
        engine.search(&query, &request_context)
    };
    let (before, after) = (search(&in_force.compiled, &engine)?, search(&drafted, &engine)?);
    let moves = moves(&before, &after, query.offset());
    let conflicts = drafted.rules.conflicts(id.as_deref(), now);
    let unknown = rules::unknown_of(state, id.iter().filter_map(|id| next.rules.get(id)));
    Ok((in_force, PreviewResponse { before, after, moves, conflicts, unknown }))
}

/// Every product that moves, in the order of the page with the draft; products that leave the page come last.
fn moves(before: &SearchAnswer, after: &SearchAnswer, offset: usize) -> Vec<ProductMove> {
    let places = |answer: &SearchAnswer| -> BTreeMap<String, usize> {
        answer.hits.iter().enumerate().map(|(at, hit)| (hit.id.clone(), offset + at + 1)).collect()
    };
    let (old, new) = (places(before), places(after));
    let stays = after.hits.iter().filter_map(|hit| {
        let (from, to) = (old.get(&hit.id).copied(), *new.get(&hit.id)?);
        let what = match from {
            None => "entered",
            Some(from) if from > to => "up",
            Some(from) if from < to => "down",
            Some(_) => return None,
        };
        Some(ProductMove { id: hit.id.clone(), from, to: Some(to), what, pinned: hit.pinned })
    });
    let left = before.hits.iter().filter(|hit| !new.contains_key(&hit.id)).map(|hit| {
        let from = old.get(&hit.id).copied();
        ProductMove { id: hit.id.clone(), from, to: None, what: "left", pinned: false }
    });
    stays.chain(left).collect()
}
