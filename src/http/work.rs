//! Work of requests on the server's own threads, so that the HTTP workers are free to answer whether it is well.

use std::time::Instant;

use actix_web::{HttpResponse, web};
use serde::de::DeserializeOwned;
use tastemaker_index::deadline::Deadline;

use super::AppState;
use super::body::{self, Page, RawBody};
use super::error::ApiError;
use crate::access::Caller;
use crate::load::WorkClass;

/// Answers a parsed body for a caller; the last argument is the time of receipt and the deadline.
pub(super) type BodyAnswer<B> = fn(&AppState, &Caller, B, (Instant, Deadline<'_>)) -> Result<Page, ApiError>;

/// Does the work of a request on the pool. A client that leaves drops the future, and with it the work.
///
/// # Errors
/// Those of the work; `overloaded` if it would not have been done soon.
pub(super) async fn on_pool<T: Send + 'static>(
    state: &web::Data<AppState>,
    class: WorkClass,
    work: impl FnOnce(&AppState, Deadline<'_>) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let shared = web::Data::clone(state);
    let done = state.pool.run(class, move |deadline| work(&shared, deadline)).await;
    done.unwrap_or_else(|reason| Err(reason.into()))
}

/// Parses a body that must be one JSON object, and answers it, both on the pool: a request that is refused there was
/// not parsed.
///
/// # Errors
/// Those of reading and parsing the body, of the answer, and of [`on_pool`].
pub(super) async fn answer_body<B: DeserializeOwned + 'static>(
    state: &web::Data<AppState>,
    caller: Caller,
    body: RawBody,
    class: WorkClass,
    answer: BodyAnswer<B>,
) -> Result<HttpResponse, ApiError> {
    let start = Instant::now();
    let bytes = body::bytes(body)?;
    let work = move |state: &AppState, deadline: Deadline<'_>| {
        answer(state, &caller, body::object(&bytes)?, (start, deadline))
    };
    Ok(on_pool(state, class, work).await?.into())
}
