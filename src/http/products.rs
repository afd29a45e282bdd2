//! `/v1/products/{id}`: `GET` returns the current product, `PUT` replaces it, `PATCH` changes some fields (JSON merge
//! patch, RFC 7396), `DELETE` removes it; [`batch`] makes many changes at once. The response is sent when the change
//! is on disk and visible to the next search.
//!
//! A product's version is its `ETag`. With `If-Match` a change is made only to that version, with
//! `If-None-Match: *` only if the product does not exist.

pub(super) mod batch;

use actix_web::http::StatusCode;
use actix_web::http::header::{ETag, EntityTag, HeaderMap, IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value};
use tastemaker_index::column::Filter;
use tastemaker_index::deadline::Deadline;
use tastemaker_index::product::{FieldError, Product, check_id};

use super::AppState;
use super::body::{self, RawBody};
use super::error::ApiError;
use super::work::on_pool;
use crate::access::Caller;
use crate::load::WorkClass;
use crate::shop::products::{self, ChangeAction, Edit, EditOutcome, Precondition};

#[derive(Serialize)]
struct ProductResponse {
    id: String,
    version: String,
    product: Product,
}

/// The result of a change.
#[derive(Debug, Serialize)]
struct ChangeResponse {
    id: String,
    status: &'static str,
    /// The new version; absent if the product is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// The time from which searches show the change: `now` or `after_reindex`.
    searchable: &'static str,
    /// The contradictions in the product or the change, and what was made of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

pub(super) async fn get(
    state: web::Data<AppState>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = id.into_inner();
    let none = ApiError::not_found(format!("there is no product `{id}`"));
    let read = move |state: &AppState, _: Deadline<'_>| state.shop.product(&id).map_err(ApiError::changes);
    let Some(product) = on_pool(&state, WorkClass::Admin, read).await? else { return Err(none) };
    let own = caller.filter(None)?.map(|filter| Filter::parse(&filter)).transpose()?;
    if own.is_some_and(|own| !own.accepts(&product)) {
        return Err(none);
    }
    let version = products::version(&product);
    let tag = ETag(EntityTag::new_strong(version.clone()));
    Ok(HttpResponse::Ok().insert_header(tag).json(ProductResponse { id: product.id.clone(), version, product }))
}

pub(super) async fn put(
    state: web::Data<AppState>,
    id: web::Path<String>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body)?;
    let fields = object(fitting(&bytes, &state)?)?;
    let act = whole(&id, fields)?;
    edit(&state, Edit { id: id.into_inner(), act, expect: expected(request.headers())? }).await
}

pub(super) async fn patch(
    state: web::Data<AppState>,
    id: web::Path<String>,
    request: HttpRequest,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body)?;
    let act = ChangeAction::Patch(object(fitting(&bytes, &state)?)?);
    edit(&state, Edit { id: id.into_inner(), act, expect: expected(request.headers())? }).await
}

pub(super) async fn delete(
    state: web::Data<AppState>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let act = ChangeAction::Delete;
    edit(&state, Edit { id: id.into_inner(), act, expect: expected(request.headers())? }).await
}

async fn edit(state: &AppState, edit: Edit) -> Result<HttpResponse, ApiError> {
    let id = edit.id.clone();
    let answer = state.shop.edit(vec![edit]).map_err(ApiError::changes)?;
    let outcome = answer.outcomes().await.map_err(ApiError::changes)?.pop().ok_or_else(ApiError::stopping)?;
    let change = response_of(id, outcome)?;
    let status = if change.status == "created" { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    if let Some(version) = &change.version {
        response.insert_header(ETag(EntityTag::new_strong(version.clone())));
    }
    Ok(response.json(change))
}

/// The response to a change, or the reason why it was not made.
fn response_of(id: String, outcome: EditOutcome) -> Result<ChangeResponse, ApiError> {
    match outcome {
        EditOutcome::Done { version, created, shown, warnings } => {
            let status = match (&version, created) {
                (None, _) => "deleted",
                (Some(_), true) => "created",
                (Some(_), false) => "updated",
            };
            // A change that the live catalogue has no room for is searched from the next reindex on.
            let searchable = if shown { "now" } else { "after_reindex" };
            let warning = (!warnings.is_empty()).then(|| warnings.join("; "));
            Ok(ChangeResponse { id, status, version, searchable, warning })
        }
        EditOutcome::Missing => Err(ApiError::not_found(format!("there is no product `{id}`"))),
        EditOutcome::Conflict { version } => Err(ApiError::version_conflict(version.as_deref())),
        EditOutcome::Invalid(error) => Err(wrong(error)),
    }
}

fn wrong(error: FieldError) -> ApiError {
    ApiError::bad_request("invalid_field", error.to_string()).at(error.field)
}

/// The JSON of a product or patch, if it is not too large.
fn fitting<'a>(json: &'a [u8], state: &AppState) -> Result<&'a [u8], ApiError> {
    let limit = state.config.max_product_bytes;
    if json.len() <= limit { Ok(json) } else { Err(ApiError::product_too_large(json.len(), limit)) }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match body::parse(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(ApiError::bad_request("invalid_field", "a product is a JSON object")),
    }
}

/// A whole product with the id of the address; the body may leave the id out.
fn whole(id: &str, mut fields: Map<String, Value>) -> Result<ChangeAction, ApiError> {
    check_id("id", id).map_err(wrong)?;
    let own = fields.entry("id").or_insert_with(|| Value::from(id));
    if own != id {
        return Err(ApiError::bad_request("invalid_field", format!("must be `{id}`, or left out")).at("id"));
    }
    products::read(&Value::Object(fields)).map(|product| ChangeAction::Put(Box::new(product))).map_err(wrong)
}

/// The condition on the product's version in the headers.
fn expected(headers: &HeaderMap) -> Result<Precondition, ApiError> {
    let unreadable = |name: &str, right| ApiError::bad_request("invalid_header", format!("{name}: must be {right}"));
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
    match (text(IF_MATCH), text(IF_NONE_MATCH)) {
        (None, None) => Ok(Precondition::Anything),
        (None, Some("*")) => Ok(Precondition::Absent),
        (_, Some(_)) => Err(unreadable("If-None-Match", "`*`, and without If-Match")),
        (Some("*"), None) => Ok(Precondition::Present),
        (Some(list), None) => {
            let tags = list.split(',').map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"').map(str::to_owned));
            let tags: Option<Vec<String>> = tags.collect();
            tags.map(Precondition::Version).ok_or_else(|| unreadable("If-Match", "`*` or versions in quotes"))
        }
    }
}
