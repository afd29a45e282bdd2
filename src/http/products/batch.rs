//! `POST /v1/products/batch`: many changes in one request, as `{"operations": [...]}`, a list, or NDJSON. They are
//! made in their order, each with a result of its own; one that fails leaves the others as they are.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use tastemaker_index::product::check_id;

use super::{ChangeResponse, fitting, response_of, whole, wrong};
use crate::http::AppState;
use crate::http::body::{self, RawBody};
use crate::http::error::ApiError;
use crate::shop::products::{ChangeAction, Edit, Precondition};

/// One change of a product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    op: OperationKind,
    id: String,
    /// The product to put, or the patch.
    product: Option<Map<String, Value>>,
    /// The version that the product must have; null if it must not exist.
    #[serde(default, deserialize_with = "null_or_absent")]
    version: Option<Option<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OperationKind {
    Put,
    Patch,
    Delete,
}

/// Distinguishes a null version (`Some(None)`) from an absent one (`None`).
fn null_or_absent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum OperationResult {
    Done(ChangeResponse),
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

impl OperationResult {
    fn failed(id: Option<String>, error: ApiError) -> Self {
        let (code, message, field) = error.parts();
        Self::Failed { id, status: "failed", code, message, field }
    }
}

#[derive(Debug, Serialize)]
struct BatchResponse {
    done: usize,
    failed: usize,
    /// One result for each change, in the order of the request.
    results: Vec<OperationResult>,
}

pub(in crate::http) async fn post(
    state: web::Data<AppState>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body)?;
    let (items, _) = body::items(&bytes, request.headers(), "operations")?;
    let limit = state.config.max_batch_changes;
    if items.len() > limit {
        let message = format!("the batch has {} changes, at most {limit} are allowed", items.len());
        return Err(ApiError::bad_request("batch_too_large", message).at("operations"));
    }
    let read: Vec<Result<Edit, OperationResult>> = items.into_iter().map(|item| edit(item, &state)).collect();
    let edits: Vec<Edit> = read.iter().filter_map(|edit| edit.as_ref().ok().cloned()).collect();
    let outcomes = match edits.is_empty() {
        true => Vec::new(),
        false => {
            let answer = state.shop.edit(edits).map_err(ApiError::changes)?;
            answer.outcomes().await.map_err(ApiError::changes)?
        }
    };
    let mut outcomes = outcomes.into_iter();
    let result = |read| match read {
        Err(failed) => failed,
        Ok(Edit { id, .. }) => {
            match outcomes.next().ok_or_else(ApiError::stopping).and_then(|o| response_of(id.clone(), o)) {
                Ok(change) => OperationResult::Done(change),
                Err(error) => OperationResult::failed(Some(id), error),
            }
        }
    };
    let results: Vec<OperationResult> = read.into_iter().map(result).collect();
    let done = results.iter().filter(|result| matches!(result, OperationResult::Done(_))).count();
    Ok(HttpResponse::Ok().json(BatchResponse { done, failed: results.len() - done, results }))
}

/// Parses one change.
fn edit(item: &[u8], state: &AppState) -> Result<Edit, OperationResult> {
    let operation: Operation = body::parse(item).map_err(|error| OperationResult::failed(None, error))?;
    let Operation { op, id, product, version } = operation;
    if let Err(error) = fitting(item, state) {
        return Err(OperationResult::failed(Some(id), error));
    }
    let act = match (op, product) {
        (OperationKind::Put, Some(product)) => whole(&id, product),
        (OperationKind::Patch, Some(patch)) => check_id("id", &id).map_err(wrong).map(|()| ChangeAction::Patch(patch)),
        (OperationKind::Delete, None) => check_id("id", &id).map_err(wrong).map(|()| ChangeAction::Delete),
        (OperationKind::Delete, Some(_)) => {
            Err(ApiError::bad_request("invalid_field", "a delete has none").at("product"))
        }
        (_, None) => Err(ApiError::bad_request("invalid_field", "is missing").at("product")),
    };
    let expect = match version {
        None => Precondition::Anything,
        Some(None) => Precondition::Absent,
        Some(Some(version)) => Precondition::Version(vec![version]),
    };
    match act {
        Ok(act) => Ok(Edit { id, act, expect }),
        Err(error) => Err(OperationResult::failed(Some(id), error)),
    }
}
