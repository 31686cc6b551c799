//! The headers of an answer that is a rendering.

use crate::images::ServedImage;
use crate::web::PublicUrl;
use crate::web::iiif_http::{FRESH, has_already};
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LINK,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, NaiveDateTime};
use iiif::image::{Plan, Request};
use std::fmt::Write as _;

/// What an answer says of a rendering, known before a pixel is read.
#[derive(Debug)]
pub struct Answer {
    media_type: &'static str,
    etag: String,
    links: String,
    modified: i64,
}

impl Answer {
    /// The answer to a request of which that is the plan.
    pub fn of(public: &PublicUrl, request: &Request, image: &ServedImage, plan: &Plan) -> Self {
        let (version, id, canonical) = (request.version, &request.identifier, &plan.canonical);
        let mut links = String::with_capacity(192);
        // One header line: the validator reads only the first of several.
        let _infallible = write!(
            links,
            "<{}/iiif/{}/{id}/{canonical}>;rel=\"canonical\", <{}>;rel=\"profile\"",
            public.0,
            version.number(),
            version.profile(),
        );
        Self {
            media_type: plan.format.media_type(),
            etag: image.etag(canonical),
            links,
            modified: image.modified,
        }
    }

    /// Whether the client has these bytes already. An entity tag goes before a date (RFC 9110
    /// section 13.2.2).
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(IF_NONE_MATCH) {
            return has_already(headers, &self.etag);
        }
        let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        since.and_then(seconds).is_some_and(|since| self.modified > 0 && self.modified <= since)
    }

    /// A 304 with the headers that a 200 would have.
    pub fn not_modified(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.head(response.headers_mut());
        response
    }

    /// The rendering.
    pub fn with(self, body: Body) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.reserve(12);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        self.head(headers);
        response
    }

    fn head(self, headers: &mut HeaderMap) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(FRESH));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers
            .insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
        let mut put = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(value)) {
                headers.insert(name, value);
            }
        };
        if let Some(date) = DateTime::from_timestamp(self.modified, 0).filter(|_| self.modified > 0)
        {
            put(LAST_MODIFIED, date.format(DATE).to_string());
        }
        put(ETAG, self.etag);
        put(LINK, self.links);
    }
}

/// A date of HTTP (RFC 9110 section 5.6.7).
const DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// Seconds since the epoch of a date of HTTP.
fn seconds(date: &str) -> Option<i64> {
    NaiveDateTime::parse_from_str(date.trim(), DATE).ok().map(|date| date.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let (etag, links) = ("\"a\"".to_owned(), "<x>;rel=\"canonical\"".to_owned());
        Answer { media_type: "image/jpeg", etag, links, modified: 784_111_777 }
    }

    fn asks(pairs: &[(HeaderName, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
        answer().is_known(&headers)
    }

    #[test]
    fn a_date_counts_where_no_entity_tag_is_sent() {
        let (same, before) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT");
        assert_eq!(answer().not_modified().headers()[LAST_MODIFIED], same);
        assert!(asks(&[(IF_MODIFIED_SINCE, same)]));
        assert!(!asks(&[(IF_MODIFIED_SINCE, before)]));
        assert!(!asks(&[(IF_MODIFIED_SINCE, "yesterday")]));
        assert!(!asks(&[(IF_MODIFIED_SINCE, same), (IF_NONE_MATCH, "\"b\"")]));
        assert!(asks(&[(IF_MODIFIED_SINCE, before), (IF_NONE_MATCH, "W/\"a\"")]));
        assert!(!asks(&[]));
    }
}
