//! Files for browsers: the elements for shops' themes, and with `server.storefront` the demo shop's pages and
//! pictures. Files are part of the binary; a debug build reads them from the tree.

mod elements;
mod storefront;

use std::io::Write;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETag, Encoding,
    EntityTag, Header, IfNoneMatch, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::EmbeddedFile;

use super::endpoint::endpoint;
use super::error::ApiError;

/// Pages load nothing from elsewhere, except pictures that a catalogue names.
const PAGE_POLICY: &str = "default-src 'self'; img-src 'self' https:; base-uri 'none'; frame-ancestors 'none'";

/// Adds the elements, and with `storefront` the demo shop.
pub(super) fn routes(app: &mut web::ServiceConfig, storefront: bool) {
    elements::routes(app);
    if storefront {
        storefront::routes(app);
    }
}

/// True for the patterns of files for browsers, which are open to everyone.
pub(super) fn is_file(pattern: &str) -> bool {
    elements::PATTERNS.contains(&pattern) || storefront::PATTERNS.contains(&pattern)
}

/// The demo shop's page for an unknown address, if a browser asks for a page.
pub(super) fn missing(request: &HttpRequest) -> Option<Result<HttpResponse, ApiError>> {
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = accepts.contains("text/html") && !request.path().starts_with("/v1/");
    is_page.then(|| storefront::missing(request))
}

/// Adds a resource of files, which takes `GET` and `HEAD` only.
fn files<F, A>(app: &mut web::ServiceConfig, pattern: &str, handler: F)
where
    F: actix_web::Handler<A, Output = Result<HttpResponse, ApiError>>,
    A: actix_web::FromRequest + 'static,
{
    app.service(endpoint(pattern).on(Method::GET, handler.clone()).on(Method::HEAD, handler));
}

/// A response with one file, or 304 if the browser has it already. The browser may reuse the file for
/// `fresh_seconds` without a request.
fn answer(
    request: &HttpRequest,
    path: &str,
    file: Option<EmbeddedFile>,
    fresh_seconds: u32,
) -> Result<HttpResponse, ApiError> {
    let file = file.ok_or_else(|| ApiError::not_found(format!("there is nothing at {}", request.path())))?;
    let hash = file.metadata.sha256_hash();
    let tag = EntityTag::new_weak(hash[..12].iter().map(|byte| format!("{byte:02x}")).collect());
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Ok(IfNoneMatch::Any) => true,
        Err(_) => false,
    };
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header(ETag(tag)).insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer.insert_header((CACHE_CONTROL, format!("public, max-age={fresh_seconds}")));
    answer.insert_header((CONTENT_TYPE, content_type(path)));
    if path.ends_with(".html") {
        answer.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY));
    }
    if known {
        return Ok(answer.finish());
    }
    answer.insert_header((VARY, "accept-encoding"));
    if accepts_gzip(request) {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
        return Ok(answer.body(packed(&file.data)));
    }
    Ok(answer.body(file.data.into_owned()))
}

/// True if the browser prefers gzip to no compression.
fn accepts_gzip(request: &HttpRequest) -> bool {
    let both = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(both.iter()));
    accepted == Some(Encoding::gzip())
}

/// The bytes compressed with gzip at its best level: files are small and cached by browsers.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::best());
    // Writing into memory cannot fail.
    packer.write_all(bytes).and_then(|()| packer.finish()).unwrap_or_default()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        _ => "text/plain; charset=utf-8",
    }
}
