//! What HTTP wants of `/oai` beyond the document: form or not, entity tags, when to come back.

use super::harvesters::Step;
use axum::http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Whether an answer may be asked for again with `If-None-Match`.
///
/// Never fresh without asking: a harvester goes on from `responseDate`. An old one that a 304
/// revives is earlier, and so misses nothing. There is no `Last-Modified`: a new release may write
/// the same record otherwise, without a new datestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    /// An entity tag over everything but `responseDate`.
    Tagged,
    /// Pages of split lists, whose tokens expire, and lists that end now.
    Asked,
    /// Errors.
    Never,
}

impl Caching {
    /// The rule for an answer to this query.
    pub(super) fn of(step: &Step, query: &str) -> Self {
        match (step.verb, step.cursor) {
            ("", _) => Self::Never,
            ("ListSets", _) if query.contains("resumptionToken=") => Self::Asked,
            (_, None) => Self::Tagged,
            // Whole in one page, with an end that does not move.
            (_, Some(0)) if step.ended && query.contains("until=") => Self::Tagged,
            (_, Some(_)) => Self::Asked,
        }
    }
}

/// Whether a body is a form, as far as its sender says.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return true };
    kind.to_str().is_ok_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// The refusal of another body.
pub(super) fn only_forms() -> Response {
    let headers = [
        (ACCEPT, "application/x-www-form-urlencoded"),
        (ALLOW, "GET, HEAD, POST"),
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
    ];
    let text = "POST the arguments as application/x-www-form-urlencoded\n";
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, headers, text).into_response()
}

/// The store is away.
pub(super) fn come_back() -> Response {
    let headers: [(HeaderName, &str); 2] = [(RETRY_AFTER, "60"), (CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, "store unavailable\n").into_response()
}

/// The document, or 304 when the client has it.
pub(super) fn answer(request: &HeaderMap, document: String, caching: Caching) -> Response {
    let control = match caching {
        Caching::Never => "no-store",
        Caching::Tagged | Caching::Asked => "no-cache",
    };
    let tag = (caching == Caching::Tagged).then(|| tag(&document));
    let mut response = if tag.as_ref().is_some_and(|tag| has_already(request, tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, "text/xml; charset=utf-8")], document).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(control));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(ETAG, tag);
    }
    response
}

/// A weak entity tag (codings differ) over everything but `responseDate`.
fn tag(document: &str) -> String {
    let mut digest = Sha256::new();
    match document.split_once("<responseDate>") {
        Some((head, rest)) => {
            digest.update(head);
            digest.update(rest.split_once('<').map_or(rest, |(_, rest)| rest));
        }
        None => digest.update(document),
    }
    let mut tag = "W/\"".to_owned();
    for byte in digest.finalize().iter().take(16) {
        // Writing to a String cannot fail.
        let _infallible = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// `If-None-Match`, compared weakly (RFC 9110 section 13.1.2).
fn has_already(request: &HeaderMap, tag: &str) -> bool {
    let opaque = tag.trim_start_matches("W/");
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == opaque)
}
