//! `/v1/synonyms`: `GET` and `PUT` work on all sets, `PUT` and `DELETE` on one, and `POST /import` takes a file.
//! `/v1/stop-words`: `GET` lists all, `PUT` replaces those of a language.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use tastemaker_index::curation::Document;
use tastemaker_index::languages::{is_language, not_a_language};
use tastemaker_index::product::FieldError;
use tastemaker_index::synonyms::read::{self, ReadError, SynonymFormat};
use tastemaker_index::synonyms::{StopWordEdits, SynonymKind, SynonymSet, warnings};

use super::{ChangeRequest, answer, change, unknown};
use crate::access::Caller;
use crate::http::AppState;
use crate::http::body::{self, RawBody};
use crate::http::error::ApiError;
use crate::shop::curation::{InForce, Refused, check};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SynonymsBody {
    synonyms: Vec<SynonymSet>,
}

/// A set of synonyms; its id is in the address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SynonymSetBody {
    id: Option<String>,
    kind: SynonymKind,
    #[serde(default)]
    from: Vec<String>,
    words: Vec<String>,
    lang: Option<String>,
    weight: Option<f32>,
}

/// All sets, and doubts about them.
fn all_sets(in_force: &InForce) -> HttpResponse {
    let sets: Vec<&SynonymSet> = in_force.document.synonyms.values().collect();
    let doubts = warnings(in_force.document.synonyms.values());
    answer(in_force, json!({"synonyms": sets, "doubts": doubts}))
}

pub(in crate::http) async fn list(state: web::Data<AppState>) -> HttpResponse {
    all_sets(&state.shop.curation())
}

pub(in crate::http) async fn put_all(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let SynonymsBody { synonyms } = body::json(body)?;
    let asked = ChangeRequest::of(&request, &caller)?;
    let in_force = change(&state, asked, |document| take(document, synonyms, true)).await?;
    Ok(all_sets(&in_force))
}

pub(in crate::http) async fn put(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let SynonymSetBody { id: named, kind, from, words, lang, weight } = body::json(body)?;
    if named.is_some_and(|named| named != *id) {
        return Err(ApiError::bad_request("invalid_field", "is not the name in the address").at("id"));
    }
    let set = SynonymSet { id: id.into_inner(), kind, from, words, lang, weight };
    let (asked, shown) = (ChangeRequest::of(&request, &caller)?, set.clone());
    let prefix = format!("synonyms.{}.", set.id);
    let in_force = change(&state, asked, move |document| {
        // The checks name fields by their path in the document; the body has only this set.
        let own = |error: FieldError| match error.field.strip_prefix(&prefix) {
            Some(field) => Refused::Field(FieldError::new(field, error.message)),
            None => Refused::Field(error),
        };
        take(document, vec![set], false).map_err(|refused| match refused {
            Refused::Field(error) => own(error),
            other => other,
        })?;
        check(document).map_err(own)
    });
    let in_force = in_force.await?;
    let about = |doubt: &tastemaker_index::synonyms::SynonymWarning| doubt.sets.contains(&shown.id);
    let doubts: Vec<_> = warnings(in_force.document.synonyms.values()).into_iter().filter(about).collect();
    Ok(answer(&in_force, json!({"synonym": shown, "doubts": doubts})))
}

pub(in crate::http) async fn delete(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (asked, id) = (ChangeRequest::of(&request, &caller)?, id.into_inner());
    let in_force = change(&state, asked, move |document| {
        document.synonyms.remove(&id).map(drop).ok_or_else(|| unknown("set of synonyms", &id))
    });
    let in_force = in_force.await?;
    Ok(answer(&in_force, json!({"deleted": true})))
}

/// Imports a file: CSV as `text/csv`, or Solr's format as `text/plain`.
pub(in crate::http) async fn import(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::bytes(body)?;
    let asked = ChangeRequest::of(&request, &caller)?;
    let kind = request.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let format = match kind.split(';').next().unwrap_or_default().trim() {
        "text/csv" => SynonymFormat::Csv,
        "text/plain" => SynonymFormat::Solr,
        _ => {
            let message = "send CSV as text/csv, or Solr's format as text/plain";
            return Err(ApiError::bad_request("invalid_field", message).at("Content-Type"));
        }
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        ApiError::from(ReadError { line: line as u64, message: "is not UTF-8".to_owned() })
    })?;
    let mut sets = read::read(text, format)?;
    if let Some(lang) = &asked.parameters.lang {
        sets.iter_mut().for_each(|set| set.lang = set.lang.take().or_else(|| Some(lang.clone())));
    }
    let (read, replace) = (sets.len(), asked.parameters.replace);
    if read == 0 && replace {
        return Err(ApiError::bad_request(
            "invalid_file",
            "has no synonyms, and would replace all that there are by none",
        ));
    }
    if asked.parameters.check {
        let in_force = state.shop.curation();
        let mut document = in_force.document.clone();
        take(&mut document, sets, replace).and_then(|()| Ok(check(&document)?))?;
        let doubts = warnings(document.synonyms.values());
        return Ok(answer(&in_force, json!({"read": read, "imported": false, "doubts": doubts})));
    }
    let in_force = change(&state, asked, move |document| take(document, sets, replace)).await?;
    let doubts = warnings(in_force.document.synonyms.values());
    Ok(answer(&in_force, json!({"read": read, "imported": true, "doubts": doubts})))
}

/// Adds sets, replacing those of the same id; with `replace`, all others are removed.
fn take(document: &mut Document, sets: Vec<SynonymSet>, replace: bool) -> Result<(), Refused> {
    let mut taken: BTreeMap<String, SynonymSet> = BTreeMap::new();
    for set in sets {
        if let Some(lang) = set.lang.as_ref().filter(|lang| !is_language(lang)) {
            return Err(FieldError::new(format!("synonyms.{}.lang", set.id), not_a_language(lang)).into());
        }
        if let Some(twice) = taken.insert(set.id.clone(), set) {
            let message = format!("`{}` is the name of two sets; names are unique", twice.id);
            return Err(FieldError::new("synonyms", message).into());
        }
    }
    if replace {
        document.synonyms = taken;
    } else {
        document.synonyms.extend(taken);
    }
    Ok(())
}

pub(in crate::http) async fn stop_words(state: web::Data<AppState>) -> HttpResponse {
    let in_force = state.shop.curation();
    answer(&in_force, json!({"stop_words": in_force.document.stop_words}))
}

pub(in crate::http) async fn put_stop_words(
    state: web::Data<AppState>,
    request: HttpRequest,
    caller: Caller,
    lang: web::Path<String>,
    body: RawBody,
) -> Result<HttpResponse, ApiError> {
    let words: StopWordEdits = body::json(body)?;
    words.check().map_err(Refused::from)?;
    if !words.is_empty() && !is_language(&lang) {
        return Err(Refused::from(FieldError::new("lang", not_a_language(&lang))).into());
    }
    let (asked, lang) = (ChangeRequest::of(&request, &caller)?, lang.into_inner());
    let in_force = change(&state, asked, move |document| {
        match words.is_empty() {
            true => drop(document.stop_words.remove(&lang)),
            false => drop(document.stop_words.insert(lang, words)),
        }
        Ok(())
    });
    let in_force = in_force.await?;
    Ok(answer(&in_force, json!({"stop_words": in_force.document.stop_words})))
}
