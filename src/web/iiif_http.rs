//! What the IIIF surfaces share: CORS, negotiation of JSON and JSON-LD, entity tags, errors.

use crate::hex::hex;
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW,
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, LOCATION, RETRY_AFTER, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How long anything may be used without asking again. A change of rights must reach the readers of
/// caches within it; after it an entity tag makes asking cheap.
pub const FRESH: &str = "public, max-age=3600";
/// Errors and redirects: things may appear.
const SHORT: &str = "public, max-age=60";

/// Puts `Access-Control-Allow-Origin: *` on every response, errors and 304 included: a viewer on
/// another site cannot tell what went wrong otherwise.
pub async fn with_cors(mut response: Response) -> Response {
    cors(&mut response);
    response
}

/// As [`with_cors`].
pub fn cors(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Link, Location, Retry-After"),
    );
}

/// Answers a preflight request.
pub async fn preflight() -> Response {
    let methods = "GET, HEAD, OPTIONS";
    let headers = [
        (ALLOW, methods),
        (ACCESS_CONTROL_ALLOW_METHODS, methods),
        (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// An error as text: what, where, what to do.
pub fn problem(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (
        status,
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, if status.is_server_error() { "no-store" } else { SHORT }),
        ],
        format!("{message}\n"),
    )
        .into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// A redirect.
pub fn redirect(status: StatusCode, to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => {
            (status, [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static(SHORT))])
                .into_response()
        }
        Err(_) => problem(500, "this address cannot be written into a header"),
    }
}

/// Whether the client has these bytes already (`If-None-Match`, RFC 9110 section 13.1.2).
pub fn has_already(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// A 304 with the headers that a 200 would have.
pub fn not_modified(etag: &str, extra: Vec<(HeaderName, String)>) -> Response {
    with_headers(StatusCode::NOT_MODIFIED.into_response(), etag, extra)
}

/// Sets entity tag, freshness and other headers.
pub fn with_headers(
    mut response: Response,
    etag: &str,
    extra: Vec<(HeaderName, String)>,
) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(FRESH));
    let pairs = std::iter::once((ETAG, etag.to_owned())).chain(extra);
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    }
    response
}

/// Which form of a JSON-LD document a client wants, when both would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usual {
    /// JSON-LD unless plain JSON is asked for: Image 3.0 and Presentation 3.0.
    JsonLd,
    /// Plain JSON unless JSON-LD is asked for: Image 2.1.
    Json,
}

/// A JSON document as `application/ld+json` with its profile or as `application/json`, with entity
/// tag and `Vary: Accept`.
pub fn json(
    request: &HeaderMap,
    document: &Value,
    json_ld: &str,
    usual: Usual,
    extra: Vec<(HeaderName, String)>,
) -> Response {
    let media_type = if wants_json_ld(request, usual) { json_ld } else { "application/json" };
    let body = document.to_string();
    let mut hash = Sha256::new();
    hash.update(media_type);
    hash.update(&body);
    let etag = format!("\"{}\"", hex(hash.finalize().get(..16).unwrap_or_default()));
    let mut extra = extra;
    extra.push((VARY, "Accept".to_owned()));
    if has_already(request, &etag) {
        return not_modified(&etag, extra);
    }
    let response = (StatusCode::OK, [(CONTENT_TYPE, media_type)], body).into_response();
    with_headers(response, &etag, extra)
}

fn wants_json_ld(request: &HeaderMap, usual: Usual) -> bool {
    let quality = |media_type: &str| {
        request
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let named = parts.next()?.eq_ignore_ascii_case(media_type);
                let quality = parts
                    .find_map(|part| part.strip_prefix("q="))
                    .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
                named.then_some(quality)
            })
            .fold(0.0, f32::max)
    };
    let (json_ld, json) = (quality("application/ld+json"), quality("application/json"));
    match usual {
        Usual::JsonLd => json_ld > 0.0 || json == 0.0,
        Usual::Json => json_ld > 0.0 && json_ld >= json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn json_ld_is_the_usual_form_of_3_0_and_json_of_2_1() {
        for (value, three, two) in [
            ("*/*", true, false),
            ("application/json", false, false),
            ("application/json, text/javascript, text/plain", false, false),
            ("application/ld+json", true, true),
            ("application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"", true, true),
            ("application/ld+json;q=0, application/json", false, false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", true, false),
        ] {
            assert_eq!(wants_json_ld(&accept(value), Usual::JsonLd), three, "{value}");
            assert_eq!(wants_json_ld(&accept(value), Usual::Json), two, "{value}");
        }
        assert!(wants_json_ld(&HeaderMap::new(), Usual::JsonLd));
        assert!(!wants_json_ld(&HeaderMap::new(), Usual::Json));
    }

    #[test]
    fn entity_tags_are_compared_weakly_one_by_one() {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"a\", W/\"b\""));
        assert!(has_already(&headers, "\"a\"") && has_already(&headers, "\"b\""));
        assert!(!has_already(&headers, "\"c\""));
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        assert!(has_already(&headers, "\"c\""));
    }
}
