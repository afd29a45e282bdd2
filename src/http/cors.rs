//! Cross-origin requests from browsers: pages of the origins in the settings may send them, by default none.
//! Keys travel in headers or parameters, never in cookies, so credentials are not allowed.

use actix_cors::Cors;
use actix_web::middleware::Condition;

use super::auth::{KEY_HEADER, TOKEN_HEADER};

/// The time for which a browser may reuse a preflight response, in seconds.
const REMEMBERED_SECONDS: usize = 3_600;

/// The middleware that answers preflight requests and marks responses for these origins.
pub(super) fn cors(origins: &[String]) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers(["authorization", "content-type", "if-match", "if-none-match", KEY_HEADER, TOKEN_HEADER])
        .expose_headers(["etag", "x-request-id", "retry-after"])
        .max_age(REMEMBERED_SECONDS);
    let cors = match origins {
        [any] if any == "*" => cors.allow_any_origin().send_wildcard(),
        some => some.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    };
    Condition::new(!origins.is_empty(), cors)
}
