//! `/v1/synonyms`, `/v1/stop-words`, `/v1/rules` and `/v1/curation`: the merchant's control over search. Every
//! response has the version of the rules and synonyms in force, in the body and as `ETag`. A change with `If-Match`
//! is refused if another version is in force.

mod preview;
mod rules;
mod synonyms;
mod versions;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{ETAG, EntityTag, Header, IfMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tastemaker_index::curation::Document;

use super::endpoint::endpoint;
use super::error::ApiError;
use super::{AppState, parameters};
use crate::access::Caller;
use crate::shop::Shop;
use crate::shop::curation::{Author, InForce, Refused};

/// Adds these addresses.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(endpoint("/v1/synonyms").get(synonyms::list).on(Method::PUT, synonyms::put_all))
        .service(endpoint("/v1/synonyms/import").on(Method::POST, synonyms::import))
        .service(endpoint("/v1/synonyms/{id}").on(Method::PUT, synonyms::put).on(Method::DELETE, synonyms::delete))
        .service(endpoint("/v1/stop-words").get(synonyms::stop_words))
        .service(endpoint("/v1/stop-words/{lang}").on(Method::PUT, synonyms::put_stop_words))
        .service(endpoint("/v1/rules").get(rules::list))
        .service(endpoint("/v1/rules/conflicts").get(rules::conflicts))
        .service(endpoint("/v1/rules/preview").on(Method::POST, preview::post))
        .service(
            endpoint("/v1/rules/{id}").get(rules::get).on(Method::PUT, rules::put).on(Method::DELETE, rules::delete),
        )
        .service(endpoint("/v1/rules/{id}/publish").on(Method::POST, rules::publish))
        .service(endpoint("/v1/curation/versions").get(versions::list))
        .service(endpoint("/v1/curation/versions/{number}").get(versions::get))
        .service(endpoint("/v1/curation/versions/{number}/restore").on(Method::POST, versions::restore));
}

/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 500;

/// The query parameters of a change.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChangeParameters {
    /// The reason, for the list of versions.
    note: String,
    /// True changes the draft of a rule.
    draft: bool,
    /// True removes sets that are not in the file.
    replace: bool,
    /// True checks only and changes nothing.
    check: bool,
    /// The language of an imported file.
    lang: Option<String>,
}

/// The parts of a change that every address shares: the expected version, the author and the parameters.
struct ChangeRequest {
    expected: Option<u64>,
    author: Author,
    parameters: ChangeParameters,
}

impl ChangeRequest {
    fn of(request: &HttpRequest, caller: &Caller) -> Result<Self, ApiError> {
        let parameters: ChangeParameters = parameters::parameters(request.query_string())?;
        if parameters.note.chars().count() > MAX_NOTE_CHARS {
            let message = format!("has more than {MAX_NOTE_CHARS} characters");
            return Err(ApiError::bad_request("invalid_field", message).at("note"));
        }
        let by = caller.key().map(ToString::to_string);
        let author = Author { by, note: parameters.note.clone(), now: Timestamp::now() };
        Ok(Self { expected: expected(request)?, author, parameters })
    }
}

/// The version of `If-Match`, if the request has the header.
fn expected(request: &HttpRequest) -> Result<Option<u64>, ApiError> {
    if !request.headers().contains_key("if-match") {
        return Ok(None);
    }
    let wrong = || {
        let message = "must be one version, as in the ETag of a response, such as \"12\"";
        ApiError::bad_request("invalid_field", message).at("If-Match")
    };
    match IfMatch::parse(request).map_err(|_| wrong())? {
        IfMatch::Any => Ok(None),
        IfMatch::Items(tags) => match tags.as_slice() {
            [tag] => tag.tag().parse().map(Some).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
    }
}

/// Changes the document on a thread that does not answer requests.
async fn change(
    state: &web::Data<AppState>,
    asked: ChangeRequest,
    change: impl FnOnce(&mut Document) -> Result<(), Refused> + Send + 'static,
) -> Result<Arc<InForce>, ApiError> {
    let shop = Arc::clone(&state.shop);
    let ChangeRequest { expected, author, .. } = asked;
    let by = author.by.clone().unwrap_or_else(|| "a caller without a key".to_owned());
    let done = web::block(move || shop.curate(expected, &author, change)).await;
    let in_force = done.map_err(|_| ApiError::stopping())??;
    tracing::info!("rules and synonyms were changed by {by}: version {} is in force", in_force.about.version);
    Ok(in_force)
}

/// A response with the number of the version in force, in the body and as `ETag`.
fn answer(in_force: &InForce, about: impl Serialize) -> HttpResponse {
    #[derive(Serialize)]
    struct VersionedResponse<T> {
        version: u64,
        #[serde(flatten)]
        about: T,
    }
    let version = in_force.about.version;
    let tag = EntityTag::new_strong(version.to_string());
    HttpResponse::Ok().insert_header((ETAG, tag)).json(VersionedResponse { version, about })
}

fn unknown(what: &str, id: &str) -> Refused {
    Refused::Unknown(format!("there is no {what} `{id}`"))
}

/// Reads rules and synonyms that were changed on the command line. If they cannot be read, those in force stay and
/// the error is logged once.
pub(super) async fn watch(shop: &Arc<Shop>, failed: &mut Option<String>) {
    let shop = Arc::clone(shop);
    let problem = match web::block(move || shop.refresh_curation()).await {
        Ok(Ok(changed)) => {
            if changed {
                tracing::info!("rules and synonyms were changed on the command line");
            }
            None
        }
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => return,
    };
    if let Some(message) = problem.as_ref().filter(|message| failed.as_ref() != Some(message)) {
        tracing::error!("rules and synonyms cannot be read, those in force stay: {message}");
    }
    *failed = problem;
}
