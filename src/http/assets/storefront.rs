//! The demo shop: five pages, what they load, and the pictures of the demo's products.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use super::{answer, files};
use crate::http::error::ApiError;

/// The time for which a browser may use a script or a style unasked: none, so that old ones never meet new pages.
const FRESH_SECONDS: u32 = 0;
/// The same for a picture, which hardly ever changes.
const PICTURE_FRESH_SECONDS: u32 = 86_400;

#[derive(RustEmbed)]
#[folder = "src/storefront/"]
struct Pages;

#[derive(RustEmbed)]
#[folder = "fixtures/shop/images/"]
#[include = "*.svg"]
struct Pictures;

/// Pages by the pattern of their address.
const PAGES: [(&str, &str); 5] = [
    ("/", "home.html"),
    ("/search", "search.html"),
    ("/products/{id}", "product.html"),
    ("/cart", "cart.html"),
    ("/orders", "orders.html"),
];

/// The page for addresses that lead nowhere.
const MISSING: &str = "missing.html";
/// The icon that browsers ask for on pages that name none.
const ICON: &str = "/favicon.ico";
/// Scripts and styles of the pages.
const PARTS: &str = "/storefront/{file:.+}";
/// The products' pictures.
const PICTURES: &str = "/images/{file}";

/// The patterns of all these files.
pub(super) const PATTERNS: [&str; 8] =
    [PAGES[0].0, PAGES[1].0, PAGES[2].0, PAGES[3].0, PAGES[4].0, PARTS, PICTURES, ICON];

pub(super) fn routes(app: &mut web::ServiceConfig) {
    for (pattern, page) in PAGES {
        files(app, pattern, move |request: HttpRequest| async move { answer(&request, page, Pages::get(page), 0) });
    }
    files(app, PARTS, |request: HttpRequest, file: web::Path<String>| async move {
        // A browser asks for the icon again whenever the address changes.
        let fresh = if file.ends_with(".svg") { PICTURE_FRESH_SECONDS } else { FRESH_SECONDS };
        answer(&request, &file, Pages::get(&file), fresh)
    });
    files(app, ICON, |request: HttpRequest| async move {
        answer(&request, "favicon.svg", Pages::get("favicon.svg"), PICTURE_FRESH_SECONDS)
    });
    files(app, PICTURES, |request: HttpRequest, file: web::Path<String>| async move {
        answer(&request, &file, Pictures::get(&file), PICTURE_FRESH_SECONDS)
    });
}

/// The page for an address that leads nowhere, with the status that says so.
pub(super) fn missing(request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut page = answer(request, MISSING, Pages::get(MISSING), 0)?;
    *page.status_mut() = StatusCode::NOT_FOUND;
    Ok(page)
}
