//! `/v1/rules`: `GET` lists all; `GET`, `PUT` and `DELETE` work on one rule, with `?draft=true` on its draft; `POST
//! /{id}/publish` puts a draft in force; `GET /conflicts` lists rules that contradict each other.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde_json::{Value, json};
use tastemaker_index::curation::{Document, Rule};
use tastemaker_index::engine::Engine;

use super::{ChangeRequest, answer, change};
use crate::access::Caller;
use crate::http::AppState;
use crate::http::body::{self, RawBody};
use crate::http::error::ApiError;
use crate::shop::curation::{InForce, Refused};

pub(in crate::http) async fn list(state: web::Data<AppState>) -> HttpResponse {
    let in_force = state.shop.curation();
    let Document { rules, drafts, .. } = &in_force.document;
    let (rules, drafts): (Vec<&Rule>, Vec<&Rule>) = (rules.values().collect(), drafts.values().collect());
    answer(&in_force, json!({"rules": rules, "drafts": drafts}))
}

pub(in crate::http) async fn get(state: web::Data<AppState>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let in_force = state.shop.curation();
    let Document { rules, drafts, .. } = &in_force.document;
    match (rules.get(&*id), drafts.get(&*id)) {
        (None, None) => Err(super::unknown("rule", &id).into()),
        (rule, draft) => {
            let unknown = unknown_of(&state, rule.into_iter().chain(draft));
            Ok(answer(&in_force, json!({"rule": rule, "draft": draft, "unknown": unknown})))
        }
    }
}

pub(in crate::http) async fn put(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let rule = named(body::json(body)?, &id)?;
    check(&state, &rule)?;
    let asked = ChangeRequest::of(&request, &caller)?;
    let draft = asked.parameters.draft;
    let in_force = change(&state, asked, move |document| {
        let rules = if draft { &mut document.drafts } else { &mut document.rules };
        rules.insert(rule.id.clone(), rule);
        Ok(())
    });
    let in_force = in_force.await?;
    rule_response(&state, &in_force, &id)
}

pub(in crate::http) async fn delete(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (asked, id) = (ChangeRequest::of(&request, &caller)?, id.into_inner());
    let draft = asked.parameters.draft;
    let in_force = change(&state, asked, move |document| {
        let gone = if draft { document.drafts.remove(&id) } else { document.rules.remove(&id) };
        gone.map(drop).ok_or_else(|| super::unknown(if draft { "draft" } else { "rule" }, &id))
    });
    let in_force = in_force.await?;
    Ok(answer(&in_force, json!({"deleted": true})))
}

pub(in crate::http) async fn publish(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (asked, draft) = (ChangeRequest::of(&request, &caller)?, id.clone());
    let in_force = change(&state, asked, move |document| {
        *document = document.published(&draft).ok_or_else(|| super::unknown("draft", &draft))?;
        Ok(())
    });
    let in_force = in_force.await?;
    rule_response(&state, &in_force, &id)
}

pub(in crate::http) async fn conflicts(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let (in_force, engine) = (state.shop.curation(), state.shop.engine().ok());
    let lists = web::block(move || {
        let conflicts = in_force.compiled.rules.conflicts(None, Timestamp::now());
        // A filter or an order that was valid when it was written may name a field that the catalogue has no more.
        let checked = in_force.document.rules.values().map(|rule| (rule, engine.as_ref().map(|e| e.check_rule(rule))));
        let broken: Vec<_> = checked
            .filter_map(|(rule, checked)| Some((rule, checked?.err()?)))
            .map(|(rule, error)| json!({"rule": rule.id, "field": error.field, "message": error.message}))
            .collect();
        let unknown: Vec<_> =
            in_force.document.rules.values().flat_map(|rule| unknown(engine.as_deref(), rule)).collect();
        (in_force, json!({"conflicts": conflicts, "broken": broken, "unknown": unknown}))
    });
    let (in_force, lists) = lists.await.map_err(|_| ApiError::stopping())?;
    Ok(answer(&in_force, lists))
}

/// A rule, its draft, the conflicts of the rule in force, and the ids of both that name no product.
fn rule_response(state: &AppState, in_force: &InForce, id: &str) -> Result<HttpResponse, ApiError> {
    let Document { rules, drafts, .. } = &in_force.document;
    let (rule, draft) = (rules.get(id), drafts.get(id));
    let conflicts = in_force.compiled.rules.conflicts(Some(id), Timestamp::now());
    let unknown = unknown_of(state, rule.into_iter().chain(draft));
    Ok(answer(in_force, json!({"rule": rule, "draft": draft, "conflicts": conflicts, "unknown": unknown})))
}

/// The ids of rules that name no product and no group of the catalogue in force.
pub(super) fn unknown_of<'a>(state: &AppState, rules: impl Iterator<Item = &'a Rule>) -> Vec<Value> {
    let engine = state.shop.engine().ok();
    rules.flat_map(|rule| unknown(engine.as_deref(), rule)).collect()
}

/// The ids of a rule that name no product and no group of the catalogue.
fn unknown(engine: Option<&Engine>, rule: &Rule) -> Vec<Value> {
    let unknown = engine.map(|engine| engine.unknown_products(rule)).unwrap_or_default();
    unknown.into_iter().map(|it| json!({"rule": rule.id, "field": it.field, "message": it.message})).collect()
}

/// The rule with the id of the address; the body may leave the id out.
pub(super) fn named(rule: Rule, id: &str) -> Result<Rule, ApiError> {
    if !rule.id.is_empty() && rule.id != id {
        return Err(ApiError::bad_request("invalid_field", "is not the name in the address").at("id"));
    }
    Ok(Rule { id: id.to_owned(), ..rule })
}

/// Checks the filters and the order of a rule against the fields of the catalogue, if there is one.
pub(super) fn check(state: &AppState, rule: &Rule) -> Result<(), ApiError> {
    match state.shop.engine() {
        Ok(engine) => Ok(engine.check_rule(rule).map_err(Refused::from)?),
        Err(_) => Ok(()),
    }
}
