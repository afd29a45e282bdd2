//! `/tastemaker.js` and what it imports: the client and the elements of `src/elements`.

use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use super::{answer, files};
use crate::http::error::ApiError;

/// The time for which a browser may reuse a module without a request. It is short, so that browsers soon load the
/// client of an upgraded server.
const FRESH_SECONDS: u32 = 300;

/// The modules that are served. The sources they are joined from are not.
#[derive(RustEmbed)]
#[folder = "src/elements/"]
#[include = "tastemaker.js"]
#[include = "tastemaker.d.ts"]
#[include = "tastemaker/lit.js"]
#[include = "tastemaker/lit.LICENSE"]
struct ElementFiles;

/// The patterns of these files.
pub(super) const PATTERNS: [&str; 4] =
    ["/tastemaker.js", "/tastemaker.d.ts", "/tastemaker/lit.js", "/tastemaker/lit.LICENSE"];

pub(super) fn routes(app: &mut web::ServiceConfig) {
    PATTERNS.into_iter().for_each(|pattern| files(app, pattern, get));
}

async fn get(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let path = request.path().trim_start_matches('/');
    answer(&request, path, ElementFiles::get(path), FRESH_SECONDS)
}
