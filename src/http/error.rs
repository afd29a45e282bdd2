//! The one place where errors become responses: a status, a stable code of [`ERROR_CODES`], a sentence for a
//! person, the field or position, and a request id. The cause of an internal failure is logged with that id and
//! never sent.

mod codes;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use tastemaker_index::Error;
use tastemaker_index::product::FieldError;
use tastemaker_index::synonyms::read::ReadError;
use uuid::Uuid;

pub use self::codes::{ERROR_CODES, ErrorCode};
use crate::access::Refusal;
use crate::load::TurnedAway;
use crate::shop::curation::{ChangeError, Refused};
use crate::shop::{KeysError, ShopError, StoreError};

/// An error response.
#[derive(Debug, Serialize)]
pub struct ApiError {
    status: u16,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    request_id: String,
    #[serde(skip)]
    retry_after_seconds: Option<u32>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(codes::is_registered(code, status.as_u16()), "{code} {status} is not in ERROR_CODES");
        let request_id = Uuid::new_v4().simple().to_string();
        let retry_after_seconds =
            matches!(code, "busy" | "not_ready" | "overloaded" | "deadline_exceeded").then_some(1);
        let (status, message) = (status.as_u16(), message.into());
        Self { status, code, message, field: None, position: None, request_id, retry_after_seconds }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// The same error with the name of the field at fault.
    pub fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// The same error with the field's path below `outer`.
    pub fn inside(self, outer: &str) -> Self {
        let field = self.field.as_ref().map_or_else(|| outer.to_owned(), |field| format!("{outer}.{field}"));
        self.at(field)
    }

    /// 404: there is nothing with this address or id.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405: the address does not take this method.
    pub fn method_not_allowed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }

    /// 413: the body has more bytes than allowed.
    pub fn too_large(limit: usize) -> Self {
        let message = format!("the body is larger than the limit of {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    }

    /// 408: the body arrives more slowly than allowed.
    pub fn body_too_slow() -> Self {
        let message = "the body arrives too slowly; send it again over a better connection, or in smaller requests";
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", message)
    }

    /// 400: the request costs more than a public key may ask for at once.
    pub fn too_costly(points: usize, budget: usize, most: &str) -> Self {
        let message = format!(
            "the request costs {points} points, a public key may ask for {budget} at once; `{most}` costs most: ask for less of it"
        );
        Self::bad_request("too_costly", message).at(most)
    }

    /// 400: a field that only the shop itself may see.
    pub fn private_field(field: &str, at: &str) -> Self {
        let message = format!("`{field}` is not for public keys; ask from the backend, with a key that is not public");
        Self::bad_request("private_field", message).at(at)
    }

    /// 413: the product has more bytes than allowed.
    pub fn product_too_large(bytes: usize, limit: usize) -> Self {
        let message = format!("has {bytes} bytes of JSON, at most {limit} are allowed");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "product_too_large", message).at("product")
    }

    /// 422: the response would have more bytes than allowed.
    pub fn answer_too_large(limit: usize) -> Self {
        let message =
            format!("the response is larger than the limit of {limit} bytes; ask for fewer products at a time");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "answer_too_large", message)
    }

    /// 503: the server holds as many bytes of bodies as it may.
    pub fn too_many_bodies() -> Self {
        let message = "more bodies arrive than can be held at a time: try again shortly";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message)
    }

    /// 503: the keys cannot be read or written; requests that need a key are refused meanwhile.
    pub fn keys_unavailable() -> Self {
        let message = "the server cannot read or write its keys; its operator finds the cause in its log";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "keys_unavailable", message)
    }

    /// 409: the product has another version than the request expects.
    pub fn version_conflict(version: Option<&str>) -> Self {
        let now = version.map_or_else(|| "is not there".to_owned(), |version| format!("has version \"{version}\""));
        let message = format!("the product {now}; read it again and decide again");
        Self::new(StatusCode::CONFLICT, "version_conflict", message).at("version")
    }

    /// The response to a change of products that could not be written; the cause is logged.
    pub fn changes(error: StoreError) -> Self {
        let unavailable = |status, code, message: &str| {
            let answer = Self::new(status, code, message);
            tracing::error!(request_id = %answer.request_id, "{error}");
            answer
        };
        match error {
            StoreError::Busy => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "too many changes are waiting: try again shortly")
            }
            StoreError::Full { .. } => {
                let message = "the server's disk is full; nothing was changed";
                unavailable(StatusCode::INSUFFICIENT_STORAGE, "disk_full", message)
            }
            StoreError::Poisoned { .. } | StoreError::Io { .. } => {
                let message = "changes cannot be written since a failure; nothing was changed, send them again later";
                unavailable(StatusCode::SERVICE_UNAVAILABLE, "changes_unavailable", message)
            }
            other => Self::internal(&other),
        }
    }

    /// 503: rules and synonyms cannot be read or written; those in force stay, and the cause is logged.
    pub fn curation_unavailable(error: &StoreError) -> Self {
        let message = "rules and synonyms cannot be read or written; those in force stay, the log tells the cause";
        let answer = Self::new(StatusCode::SERVICE_UNAVAILABLE, "curation_unavailable", message);
        tracing::error!(request_id = %answer.request_id, "{error}");
        answer
    }

    /// 503: the server is stopping, or the thread that worked on the request is gone.
    pub fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the server is stopping; send it again")
    }

    /// 500: an internal failure. Its cause is logged and not sent.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let answer = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on the server");
        tracing::error!(request_id = %answer.request_id, "{error}");
        answer
    }

    /// The code, the sentence and the field, for a response with several errors.
    pub fn parts(self) -> (&'static str, String, Option<String>) {
        (self.code, self.message, self.field)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.code, self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header(("x-request-id", self.request_id.clone()));
        if let Some(seconds) = self.retry_after_seconds {
            response.insert_header(("retry-after", seconds.to_string()));
        }
        if self.code == "unauthorized" {
            response.insert_header(("www-authenticate", "Bearer"));
        }
        response.json(self)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Filter { position, .. } => {
                let answer = Self::bad_request("invalid_filter", error.to_string()).at("filter");
                Self { position: Some(position), ..answer }
            }
            Error::Invalid { field, message } => {
                let code = if field == "filter" { "invalid_filter" } else { "invalid_field" };
                Self::bad_request(code, format!("{field}: {message}")).at(field)
            }
            Error::PageTooDeep { .. } => Self::bad_request("page_too_deep", error.to_string()).at("page"),
            Error::NoGeneration { .. } => {
                let message = "no catalogue has been indexed yet: run `tastemaker reindex`";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", message)
            }
            Error::DeadlineExceeded => {
                let message = "the response was not ready in time; ask for less in one request, or try again shortly";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "deadline_exceeded", message)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<TurnedAway> for ApiError {
    fn from(reason: TurnedAway) -> Self {
        match reason {
            TurnedAway::Overloaded => {
                let message = "more requests arrive than can be answered soon: try again shortly";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message)
            }
            TurnedAway::Stopping => Self::stopping(),
            TurnedAway::Failed => Self::internal(&"the work of a request panicked"),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let unavailable = |status, code, message: &str| {
            let answer = Self::new(status, code, message);
            tracing::error!(request_id = %answer.request_id, "{error}");
            answer
        };
        match error {
            StoreError::Busy => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "too many events are waiting: try again shortly")
            }
            StoreError::Full { .. } => {
                let message = "the server's disk is full; the events were not recorded";
                unavailable(StatusCode::INSUFFICIENT_STORAGE, "disk_full", message)
            }
            StoreError::Poisoned { .. } | StoreError::Io { .. } => {
                let message = "events cannot be written since a failure; they were not recorded, send them again later";
                unavailable(StatusCode::SERVICE_UNAVAILABLE, "events_unavailable", message)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<ShopError> for ApiError {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Store(error) => error.into(),
            ShopError::Engine(error) => error.into(),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let forbidden = |code| Self::new(StatusCode::FORBIDDEN, code, message.clone());
        match refusal {
            Refusal::Unauthorized | Refusal::Expired | Refusal::WrongPayload(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
            }
            Refusal::Scope(_) | Refusal::Wider(_) | Refusal::ForeignPage | Refusal::ForeignHost => {
                forbidden("forbidden")
            }
            Refusal::OtherShopper { field } => forbidden("forbidden").at(field),
            Refusal::ShopperTokenRequired => forbidden("shopper_token_required").at("user_id"),
            Refusal::WrongShopperToken => forbidden("invalid_shopper_token"),
            Refusal::GuessableId { .. } => Self::bad_request("invalid_field", message).at("anonymous_id"),
            Refusal::RateLimited { retry_after_seconds } => Self {
                retry_after_seconds: Some(retry_after_seconds),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message)
            },
        }
    }
}

impl From<KeysError> for ApiError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Wrong(wrong) => Self::bad_request("invalid_field", wrong.message).at(wrong.field),
            KeysError::TooMany => Self::new(StatusCode::CONFLICT, "too_many_keys", error.to_string()),
            KeysError::Unknown => Self::not_found(error.to_string()).at("id"),
            KeysError::Store(_) | KeysError::Random(_) => {
                let answer = Self::keys_unavailable();
                tracing::error!(request_id = %answer.request_id, "{error}");
                answer
            }
        }
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::bad_request("invalid_event", error.to_string()).at(error.field)
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Field(error) => Self::bad_request("invalid_field", error.message).at(error.field),
            Refused::Unknown(message) => Self::not_found(message).at("id"),
        }
    }
}

impl From<ChangeError<Refused>> for ApiError {
    fn from(error: ChangeError<Refused>) -> Self {
        let message = error.to_string();
        match error {
            ChangeError::Store(error) => Self::curation_unavailable(&error),
            ChangeError::VersionConflict { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "version_conflict", message).at("If-Match")
            }
            ChangeError::TooLarge => Self::new(StatusCode::CONFLICT, "curation_too_large", message),
            ChangeError::Refused(refused) => refused.into(),
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        Self::bad_request("invalid_file", error.to_string()).at(format!("line {}", error.line))
    }
}
