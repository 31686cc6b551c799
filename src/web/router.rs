//! Every URL of the gateway, and the layers around them.
//!
//! | URL | surface |
//! |---|---|
//! | `/`, `/search`, `/object/{id}`, `/id/{id}`, `/notice/{base}/{ref}` | pages |
//! | `/object/{id}.json`, `/object/{id}.edm.xml` | one object in other formats |
//! | `/api/v1/…` | JSON API, OpenAPI document at `/api/v1/openapi.json` |
//! | `/oai` | OAI-PMH |
//! | `/.well-known/resourcesync`, `/resourcesync/…` | ResourceSync |
//! | `/iiif/3/…`, `/iiif/2/…` | IIIF Image API |
//! | `/iiif/presentation/3/…` | IIIF Presentation API |
//! | `/quality`, `/quality/source/{id}`, `/quality/producer/{name}` (`.csv`, `.json`) | reports |
//! | `/import/…` | files of producers, each with the token of its source |
//! | `/static/…`, `/robots.txt` | files |
//! | `/healthz`, `/readyz`, `/metrics` | operation |

use super::{App, api, error, health, home, object, quality, robots, search_page, static_files};
use axum::Router;
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::request_id::{
    MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// Longest time a request may take, body of the answer aside.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Name of the header that carries the id of a request.
pub(super) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that is served.
pub fn router(app: App) -> Router {
    // The recorder must be there before the first request is counted.
    let _recorder = health::recorder();
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::HEAD]);

    let front = Router::new()
        .merge(home::router())
        .merge(search_page::router())
        .merge(object::router())
        .merge(quality::router())
        .merge(static_files::router())
        .merge(robots::router())
        .method_not_allowed_fallback(error::no_method)
        .layer(from_fn_with_state(app.clone(), error::render));
    // CORS outermost: a page of another origin may read why it was refused.
    let api = api::router()
        .merge(quality::api_router())
        .method_not_allowed_fallback(error::no_method)
        .layer(from_fn_with_state(app.clone(), error::render))
        .layer(cors);

    let surfaces = Router::new()
        .merge(super::oai::router())
        .merge(super::resourcesync::router())
        .merge(super::iiif_image::router())
        .merge(super::iiif_presentation::router());

    Router::new()
        .merge(front)
        .merge(api)
        .merge(surfaces)
        .merge(health::router())
        .fallback(error::no_route)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        // A file may take longer to come; the handler waits for each part of it.
        .merge(super::import::router())
        // Images are compressed already; the default predicate leaves them alone.
        .layer(CompressionLayer::new().gzip(true).zstd(true))
        .layer(SetResponseHeaderLayer::if_not_present(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            REFERRER_POLICY,
            HeaderValue::from_static("strict-origin-when-cross-origin"),
        ))
        .layer(from_fn(health::measure))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID.clone()))
        .layer(SetRequestIdLayer::new(REQUEST_ID.clone(), Numbered))
        .with_state(app)
}

fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("");
    tracing::info_span!("request", method = %request.method(), uri = %request.uri(), id)
}

/// Request ids: the start of the process and a running number, for those that bring none.
#[derive(Clone, Copy)]
struct Numbered;

impl MakeRequestId for Numbered {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:x}-{number:x}", std::process::id());
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}
