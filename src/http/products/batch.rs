//! `POST /v1/products/batch`: many changes in one request, `{"operations": [...]}`, a list, or NDJSON,
//! done in their order and answered one by one. A bad one leaves the others alone.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use tastemaker_index::product::check_id;

use super::{Made, made, whole, wrong};
use crate::http::AppState;
use crate::http::body::{self, RawBody};
use crate::http::error::ApiError;
use crate::shop::products::{ChangeAction, Edit, Precondition};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    op: Kind,
    id: String,
    /// The product, or the patch.
    product: Option<Map<String, Value>>,
    /// The version it must have; null when it must not be there.
    #[serde(default, deserialize_with = "said")]
    version: Option<Option<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Put,
    Patch,
    Delete,
}

/// Tells null from nothing.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Told {
    Made(Made),
    Failed {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        status: &'static str,
        code: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
}

impl Told {
    fn failed(id: Option<String>, error: ApiError) -> Self {
        let (code, message, field) = error.parts();
        Self::Failed { id, status: "failed", code, message, field }
    }
}

#[derive(Debug, Serialize)]
struct Answer {
    done: usize,
    failed: usize,
    /// One a change, in the order sent.
    results: Vec<Told>,
}

pub(in crate::http) async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body, &state)?;
    let (items, _) = body::items(&bytes, request.headers(), "operations")?;
    let limit = state.config.max_batch_changes;
    if items.len() > limit {
        let message = format!("the batch has {} changes, at most {limit} are allowed", items.len());
        return Err(ApiError::bad_request("batch_too_large", message).at("operations"));
    }
    let read: Vec<Result<Edit, Told>> = items.into_iter().map(edit).collect();
    let edits: Vec<Edit> = read.iter().filter_map(|edit| edit.as_ref().ok().cloned()).collect();
    let outcomes = match edits.is_empty() {
        true => Vec::new(),
        false => {
            let answer = state.shop.edit(edits).map_err(ApiError::changes)?;
            answer.outcomes().await.map_err(ApiError::changes)?
        }
    };
    let mut outcomes = outcomes.into_iter();
    let told = |read| match read {
        Err(told) => told,
        Ok(Edit { id, .. }) => match outcomes.next().ok_or_else(ApiError::stopping).and_then(|o| made(id.clone(), o)) {
            Ok(made) => Told::Made(made),
            Err(error) => Told::failed(Some(id), error),
        },
    };
    let results: Vec<Told> = read.into_iter().map(told).collect();
    let done = results.iter().filter(|told| matches!(told, Told::Made(_))).count();
    Ok(HttpResponse::Ok().json(Answer { done, failed: results.len() - done, results }))
}

fn edit(item: &[u8]) -> Result<Edit, Told> {
    let operation: Operation = body::parse(item).map_err(|error| Told::failed(None, error))?;
    let Operation { op, id, product, version } = operation;
    let act = match (op, product) {
        (Kind::Put, Some(product)) => whole(&id, product),
        (Kind::Patch, Some(patch)) => check_id("id", &id).map_err(wrong).map(|()| ChangeAction::Patch(patch)),
        (Kind::Delete, None) => check_id("id", &id).map_err(wrong).map(|()| ChangeAction::Delete),
        (Kind::Delete, Some(_)) => Err(ApiError::bad_request("invalid_field", "a delete has none").at("product")),
        (_, None) => Err(ApiError::bad_request("invalid_field", "is missing").at("product")),
    };
    let expect = match version {
        None => Precondition::Anything,
        Some(None) => Precondition::Absent,
        Some(Some(version)) => Precondition::Version(vec![version]),
    };
    match act {
        Ok(act) => Ok(Edit { id, act, expect }),
        Err(error) => Err(Told::failed(Some(id), error)),
    }
}
