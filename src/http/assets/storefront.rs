//! The demo shop: five pages, what they load, and the pictures of the demo's products.

use actix_web::{HttpRequest, web};
use rust_embed::RustEmbed;

use super::{answer, files};

/// How long a browser may use a script or a style unasked.
const FRESH_SECONDS: u32 = 300;
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

/// The patterns of all these files.
pub(super) const PATTERNS: [&str; 7] =
    [PAGES[0].0, PAGES[1].0, PAGES[2].0, PAGES[3].0, PAGES[4].0, "/storefront/{file:.+}", "/images/{file}"];

pub(super) fn routes(app: &mut web::ServiceConfig) {
    for (pattern, page) in PAGES {
        files(app, pattern, move |request: HttpRequest| async move { answer(&request, page, Pages::get(page), 0) });
    }
    files(app, PATTERNS[5], |request: HttpRequest, file: web::Path<String>| async move {
        answer(&request, &file, Pages::get(&file), FRESH_SECONDS)
    });
    files(app, PATTERNS[6], |request: HttpRequest, file: web::Path<String>| async move {
        answer(&request, &file, Pictures::get(&file), PICTURE_FRESH_SECONDS)
    });
}
