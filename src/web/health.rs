//! `/healthz` (the process lives), `/readyz` (it can serve), `/metrics` (Prometheus).

use super::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(exposition))
}

/// The recorder of this process, installed the first time that it is asked for; `None` when another
/// recorder was installed before.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
                .and_then(PrometheusBuilder::install_recorder)
                .map_err(|error| tracing::warn!(%error, "no metrics"))
                .ok()
        })
        .as_ref()
}

async fn ready(State(app): State<App>) -> Response {
    let store = app.store.ping().await;
    let index = app.search.last_seq();
    let ready = store.is_ok() && index.is_ok();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if let Err(error) = &store {
        tracing::warn!(%error, "not ready");
    }
    if let Err(error) = &index {
        tracing::warn!(%error, "not ready");
    }
    let body = serde_json::json!({
        "ready": ready,
        "database": store.is_ok(),
        "index": index.is_ok(),
        "indexed_seq": index.unwrap_or(0),
        "indexed_objects": app.search.count(),
    });
    (status, Json(body)).into_response()
}

async fn exposition(State(app): State<App>) -> Response {
    let Some(handle) = recorder() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    metrics::gauge!("passerelle_search_objects").set(app.search.count() as f64);
    if let Ok(seq) = app.search.last_seq() {
        metrics::gauge!("passerelle_search_seq").set(seq as f64);
    }
    if let Ok(seq) = app.store.last_seq().await {
        metrics::gauge!("passerelle_publication_seq").set(seq as f64);
    }
    super::harvest_metrics::record(&app.store).await;
    handle.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render() + &app.harvesters.exposition())
        .into_response()
}

/// Gathers what was measured, for ever: until somebody does, each measurement is kept by itself.
pub async fn upkeep() {
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        if let Some(handle) = recorder() {
            handle.run_upkeep();
        }
    }
}

/// Counts and times an answer of the image service that did not pass the router.
pub fn count_at_once(response: &Response, begin: Instant) {
    static OK: LazyLock<Counter> = LazyLock::new(|| at_once_counter("200"));
    static NOT_MODIFIED: LazyLock<Counter> = LazyLock::new(|| at_once_counter("304"));
    static SECONDS: LazyLock<Histogram> =
        LazyLock::new(|| metrics::histogram!("http_request_duration_seconds", "route" => AT_ONCE));
    let counter = if response.status() == StatusCode::OK { &OK } else { &NOT_MODIFIED };
    counter.increment(1);
    SECONDS.record(begin.elapsed().as_secs_f64());
}

/// The label of tiles that lay ready.
const AT_ONCE: &str = "/iiif/{version}/{tile}";

fn at_once_counter(status: &'static str) -> Counter {
    metrics::counter!("http_requests_total", "route" => AT_ONCE, "method" => "GET", "status" => status)
}

/// Middleware: counts and times requests by route, never by address (an address is unbounded).
pub async fn measure(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    };
    let begin = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("http_requests_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route)
        .record(begin.elapsed().as_secs_f64());
    response
}
