//! `/robots.txt`: objects are welcome in search engines, the endless combinations of filters not.

use super::App;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const ROBOTS: &str = "\
User-agent: *
Disallow: /search?
Disallow: /api/
Disallow: /oai
Disallow: /iiif/
Allow: /
";

/// The route.
pub fn router() -> Router<App> {
    Router::new().route("/robots.txt", get(robots))
}

async fn robots() -> Response {
    let headers = [(CONTENT_TYPE, "text/plain"), (CACHE_CONTROL, "max-age=86400")];
    (headers, ROBOTS).into_response()
}
