//! Authentication. Every request passes here once, before its body is read: the key is taken out of the request,
//! its scopes are compared with those of the resource, and the handler receives the [`Caller`].

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError, web};

use super::AppState;
use super::error::ApiError;
use super::scopes::{Need, need};
use super::visitor::visitor;
use crate::access::{Caller, Refusal};

/// The header of a key.
pub(super) const KEY_HEADER: &str = "x-api-key";
/// The header of a shopper token.
pub(super) const TOKEN_HEADER: &str = "x-tastemaker-shopper-token";
/// The query parameter of a key, for clients that cannot set headers.
const KEY_PARAMETER: &str = "api_key=";

/// The middleware: passes an admitted request on, and answers any other with an error.
pub(super) async fn check<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let private = is_private(request.path());
    let mut response = match admit(&mut request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.call(request).await?.map_into_left_body()
        }
        // The refusal is a response, not an error, so that outer middleware (CORS) still adds its headers.
        Err(error) => request.into_response(error.error_response()).map_into_right_body(),
    };
    if private {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// The caller of a request.
fn admit(request: &mut ServiceRequest) -> Result<Caller, ApiError> {
    let in_address = take_key(request)?;
    let need = need(request.match_pattern().as_deref(), request.method());
    if need == Need::Nothing {
        return Ok(Caller::nobody());
    }
    let headers = request.headers();
    let key = key_in(headers).or(in_address.as_deref());
    let token = headers.get(TOKEN_HEADER).map(|value| value.to_str().unwrap_or_default());
    let state = request.app_data::<web::Data<AppState>>().ok_or(Refusal::Unauthorized)?;
    let peer = request.peer_addr().map(|peer| peer.ip());
    let visitor = peer.and_then(|peer| visitor(peer, headers, state.gate.proxies()));
    let caller = state.gate.admit(key, token, visitor, need)?;
    if caller.key().is_none() && !is_to_this_machine(headers) {
        return Err(Refusal::ForeignHost.into());
    }
    if caller.key().is_none() && writes(request.method()) && is_foreign(headers, &state.config.cors_origins) {
        return Err(Refusal::ForeignPage.into());
    }
    Ok(caller)
}

/// True for methods that change something.
fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// True if a request names this machine as its host. A page may give a name of its own the address of this machine
/// (DNS rebinding): to the browser its requests are no foreign ones, but they carry that name.
fn is_to_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get("host") else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// True if responses of this address hold what is one person's or a secret, which no cache may keep.
fn is_private(path: &str) -> bool {
    ["/v1/profiles/", "/v1/keys", "/v1/erasures/"].into_iter().any(|private| path.starts_with(private))
}

/// True if a page of an origin that the settings do not allow sends the request. A browser sends some writes
/// without a preflight; on a server with keys they are harmless, because the page has no key.
fn is_foreign(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get("origin") else { return false };
    let Ok(origin) = origin.to_str() else { return true };
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
    !own && !allowed.iter().any(|allowed| allowed == "*" || allowed == origin)
}

/// The key in the headers. Our own header comes first, because a gateway may use `Authorization` for itself.
fn key_in(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = || {
        let (scheme, key) = text("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key)
    };
    text(KEY_HEADER).or_else(bearer).map(str::trim)
}

/// Removes the key from the address, so that no later code sees or logs it.
fn take_key(request: &mut ServiceRequest) -> Result<Option<String>, ApiError> {
    let Some((key, query)) = split_key(request.query_string()) else { return Ok(None) };
    let address = if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) };
    let mut parts = request.uri().clone().into_parts();
    let unreadable = || ApiError::bad_request("invalid_field", "the address cannot be read").at("api_key");
    parts.path_and_query = Some(PathAndQuery::try_from(address).map_err(|_| unreadable())?);
    request.head_mut().uri = Uri::from_parts(parts).map_err(|_| unreadable())?;
    Ok(Some(key))
}

/// The key among the query parameters, and the other parameters. The characters of a key need no escaping.
fn split_key(query: &str) -> Option<(String, String)> {
    let (keys, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(|pair| pair.starts_with(KEY_PARAMETER));
    Some((keys.first()?[KEY_PARAMETER.len()..].to_owned(), others.join("&")))
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Without the middleware there is no caller, and the request is refused.
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| Refusal::Unauthorized.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        let own = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(actix_web::http::header::HOST, HeaderValue::from_static(host));
            is_to_this_machine(&headers)
        };
        for host in ["localhost:8108", "LOCALHOST", "127.0.0.1:80", "[::1]:8108", "shop.localhost:1"] {
            assert!(own(host), "{host}");
        }
        for host in
            ["evil.example", "evil.example:8108", "192.168.1.4:8108", "127.0.0.1.evil.example", "localhost.evil"]
        {
            assert!(!own(host), "{host}");
        }
    }

    #[test]
    fn a_key_leaves_the_address_and_the_rest_stays() {
        let split = |query| split_key(query).map(|(key, others)| format!("{key} {others}"));
        assert_eq!(split("q=tent&api_key=tm_1&page=2"), Some("tm_1 q=tent&page=2".to_owned()));
        assert_eq!(split("api_key=a&api_key=b"), Some("a ".to_owned()));
        assert_eq!(split("api_key="), Some(" ".to_owned()));
        assert_eq!(split("q=api_key=1"), None);
        assert_eq!(split(""), None);
    }
}
