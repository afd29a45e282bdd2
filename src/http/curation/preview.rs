//! `POST /v1/rules/preview`: a page as it is and as a draft would make it, with every move named.
//! Computed as a search is, so that publishing then gives what was shown.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::context::Context;
use tastemaker_index::curation::{Conflict, Curation, Rule};
use tastemaker_index::engine::{Engine, RequestContext};
use tastemaker_index::hit::SearchAnswer;
use tastemaker_index::query::SearchQuery;

use super::{answer, rules};
use crate::access::Caller;
use crate::http::AppState;
use crate::http::body::{self, RawBody};
use crate::http::error::ApiError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    query: String,
    filter: Option<String>,
    sort: Option<String>,
    page: Option<usize>,
    per_page: Option<usize>,
    #[serde(default)]
    context: Context,
    /// When it should be looked at; now when absent.
    at: Option<Timestamp>,
    draft: Draft,
}

/// The draft that is looked at: one that is kept, by its name, or one that is not kept yet.
#[derive(Deserialize)]
#[serde(untagged)]
enum Draft {
    Kept(String),
    New(Box<Rule>),
}

#[derive(Serialize)]
struct Preview {
    before: SearchAnswer,
    after: SearchAnswer,
    moves: Vec<Move>,
    conflicts: Vec<Conflict>,
}

/// A product that stands elsewhere.
#[derive(Serialize)]
struct Move {
    id: String,
    /// Its place before, from 1; absent when it was not on the page.
    from: Option<usize>,
    /// Its place after; absent when it is not on the page.
    to: Option<usize>,
    /// In a word: entered, left, up, down.
    what: &'static str,
    /// Whether a rule put it there.
    pinned: bool,
}

pub(in crate::http) async fn post(
    state: web::Data<AppState>,
    caller: Caller,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let body: Body = body::json(body, &state)?;
    let in_force = state.shop.curation();
    let mut next = in_force.document.clone();
    let id = match body.draft {
        Draft::Kept(id) => id,
        Draft::New(rule) => {
            let id = if rule.id.is_empty() { "draft".to_owned() } else { rule.id.clone() };
            let rule = rules::named(*rule, &id)?;
            rules::check(&state, &rule).map_err(|error| error.inside("draft"))?;
            next.drafts.insert(id.clone(), rule);
            id
        }
    };
    let next = next.published(&id).ok_or_else(|| super::unknown("draft", &id))?;
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
        let request_context =
            RequestContext { context: Some(&context), now, curation: Some(curation), ..RequestContext::default() };
        engine.search(&query, &request_context)
    };
    let (before, after) = (search(&in_force.compiled, &engine)?, search(&drafted, &engine)?);
    let moves = moves(&before, &after, query.offset());
    let conflicts = drafted.rules.conflicts(Some(&id));
    Ok(answer(&in_force, Preview { before, after, moves, conflicts }))
}

/// Every product that stands elsewhere than before, in the order of the page after, those that left last.
fn moves(before: &SearchAnswer, after: &SearchAnswer, offset: usize) -> Vec<Move> {
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
        Some(Move { id: hit.id.clone(), from, to: Some(to), what, pinned: hit.pinned })
    });
    let left = before.hits.iter().filter(|hit| !new.contains_key(&hit.id)).map(|hit| {
        let from = old.get(&hit.id).copied();
        Move { id: hit.id.clone(), from, to: None, what: "left", pinned: false }
    });
    stays.chain(left).collect()
}
