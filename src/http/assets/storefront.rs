//! The demo shop: five pages, their scripts and styles, and the pictures of the demo's products.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use super::{answer, files};
use crate::http::error::ApiError;

/// The time for which a browser may reuse a script or a style without a request: none, so that a new page never
/// loads an old script.
const FRESH_SECONDS: u32 = 0;
/// The time for which a browser may reuse a picture; pictures hardly ever change.
const PICTURE_FRESH_SECONDS: u32 = 86_400;

#[derive(RustEmbed)]
#[folder = "src/storefront/"]
struct StorefrontFiles;

#[derive(RustEmbed)]
#[folder = "fixtures/shop/images/"]
#[include = "*.svg"]
struct StorefrontPictures;

/// StorefrontFiles by the pattern of their address.
const PAGES: [(&str, &str); 5] = [
    ("/", "home.html"),
    ("/search", "search.html"),
    ("/products/{id}", "product.html"),
    ("/cart", "cart.html"),
    ("/orders", "orders.html"),
];

/// The page for unknown addresses.
const MISSING: &str = "missing.html";
/// The icon that browsers request if a page names none.
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
        files(app, pattern, move |request: HttpRequest| async move {
            answer(&request, page, StorefrontFiles::get(page), 0)
        });
    }
    files(app, PARTS, |request: HttpRequest, file: web::Path<String>| async move {
        // Icons are among these files, and browsers request them on every page.
        let fresh = if file.ends_with(".svg") { PICTURE_FRESH_SECONDS } else { FRESH_SECONDS };
        answer(&request, &file, StorefrontFiles::get(&file), fresh)
    });
    files(app, ICON, |request: HttpRequest| async move {
        answer(&request, "favicon.svg", StorefrontFiles::get("favicon.svg"), PICTURE_FRESH_SECONDS)
    });
    files(app, PICTURES, |request: HttpRequest, file: web::Path<String>| async move {
        answer(&request, &file, StorefrontPictures::get(&file), PICTURE_FRESH_SECONDS)
    });
}

/// The page for an unknown address, with status 404.
pub(super) fn missing(request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut page = answer(request, MISSING, StorefrontFiles::get(MISSING), 0)?;
    *page.status_mut() = StatusCode::NOT_FOUND;
    Ok(page)
}
