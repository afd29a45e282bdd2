//! `/v1/rules`: `GET` lists all; `GET`, `PUT` and `DELETE` work on one rule, with `?draft=true` on its draft; `POST
//! /{id}/publish` puts a draft in force; `GET /conflicts` lists rules that contradict each other.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use tastemaker_index::curation::{Document, Rule};

use super::{ChangeRequest, answer, change, unknown};
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
        (None, None) => Err(unknown("rule", &id).into()),
        (rule, draft) => Ok(answer(&in_force, json!({"rule": rule, "draft": draft}))),
    }
}

pub(in crate::http) async fn put(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let rule = named(body::json(body, &state)?, &id)?;
    check(&state, &rule)?;
    let asked = ChangeRequest::of(&request, &caller)?;
    let draft = asked.parameters.draft;
    let in_force = change(&state, asked, move |document| {
        let rules = if draft { &mut document.drafts } else { &mut document.rules };
        rules.insert(rule.id.clone(), rule);
        Ok(())
    });
    let in_force = in_force.await?;
    rule_response(&in_force, &id)
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
        gone.map(drop).ok_or_else(|| unknown(if draft { "draft" } else { "rule" }, &id))
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
        *document = document.published(&draft).ok_or_else(|| unknown("draft", &draft))?;
        Ok(())
    });
    let in_force = in_force.await?;
    rule_response(&in_force, &id)
}

pub(in crate::http) async fn conflicts(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let (in_force, engine) = (state.shop.curation(), state.shop.engine().ok());
    let lists = web::block(move || {
        let conflicts = in_force.compiled.rules.conflicts(None);
        // A filter or an order that was valid when it was written may name a field that the catalogue has no more.
        let checked = in_force.document.rules.values().map(|rule| (rule, engine.as_ref().map(|e| e.check_rule(rule))));
        let broken: Vec<_> = checked
            .filter_map(|(rule, checked)| Some((rule, checked?.err()?)))
            .map(|(rule, error)| json!({"rule": rule.id, "field": error.field, "message": error.message}))
            .collect();
        (in_force, json!({"conflicts": conflicts, "broken": broken}))
    });
    let (in_force, lists) = lists.await.map_err(|_| ApiError::stopping())?;
    Ok(answer(&in_force, lists))
}

/// A rule, its draft, and the conflicts of the rule in force.
fn rule_response(in_force: &InForce, id: &str) -> Result<HttpResponse, ApiError> {
    let Document { rules, drafts, .. } = &in_force.document;
    let conflicts = in_force.compiled.rules.conflicts(Some(id));
    Ok(answer(in_force, json!({"rule": rules.get(id), "draft": drafts.get(id), "conflicts": conflicts})))
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
