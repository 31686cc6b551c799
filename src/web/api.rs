//! The JSON API under `/api/v1`, open to pages of any origin.

pub mod openapi;
pub mod types;

use super::object::{Found, load};
use super::params::Params;
use super::{App, PublicUrl, WebError};
use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use types::{ObjectJson, RunJson, SearchJson, SourceJson, SourceRecordJson};
use url::form_urlencoded;

/// Most runs in one answer.
const RUNS: i64 = 100;

/// The routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/search", get(search))
        .route("/api/v1/objects/{id}", get(object))
        .route("/api/v1/objects/{id}/source-records", get(source_records))
        .route("/api/v1/sources", get(sources))
        .route("/api/v1/runs", get(runs))
        .route("/api/v1/openapi.json", get(openapi::document))
}

/// Searches the published objects.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "search",
    params(
        ("q" = Option<String>, Query, description = "Words (all must be there), \"phrases\", -word; identifiers and inventory numbers are found too"),
        ("base" = Option<Vec<String>>, Query, description = "Base; several are joined by OR"),
        ("kind" = Option<Vec<String>>, Query, description = "museum_object, monument, movable_object, photograph, museum, agent, other"),
        ("type" = Option<Vec<String>>, Query, description = "Denomination"),
        ("creator" = Option<Vec<String>>, Query, description = "Author"),
        ("period" = Option<Vec<String>>, Query, description = "Century as a number, negative before our era"),
        ("place" = Option<Vec<String>>, Query, description = "Place"),
        ("provider" = Option<Vec<String>>, Query, description = "Institution"),
        ("image" = Option<Vec<String>>, Query, description = "yes or no"),
        ("rights" = Option<Vec<String>>, Query, description = "open, restricted, none"),
        ("flag" = Option<Vec<String>>, Query, description = "missing, stolen"),
        ("sort" = Option<String>, Query, description = "relevance (default), title, changed"),
        ("page" = Option<u32>, Query, description = "From 1; page × size at most 10000"),
        ("size" = Option<u32>, Query, description = "At most 100, default 24"),
    ),
    responses(
        (status = 200, description = "A page of results with facet counts", body = SearchJson),
        (status = 400, description = "Too deep, too large or too many filters"),
    )
)]
pub(in crate::web) async fn search(
    State(app): State<App>,
    public: PublicUrl,
    RawQuery(query): RawQuery,
) -> Result<Json<SearchJson>, WebError> {
    let params = Params::parse(query.as_deref().unwrap_or(""));
    let result = app.search.query(&params.query).await?;
    Ok(Json(SearchJson::new(&public, &params, &result)))
}

/// One object.
#[utoipa::path(
    get, path = "/api/v1/objects/{id}", tag = "objects",
    params(("id" = String, Path, description = "Object id")),
    responses(
        (status = 200, description = "The object", body = ObjectJson),
        (status = 301, description = "Merged into another object"),
        (status = 404, description = "Never published"),
        (status = 410, description = "Withdrawn"),
    )
)]
pub(in crate::web) async fn object(
    State(app): State<App>,
    public: PublicUrl,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    Ok(match load(&app, &id).await? {
        Found::Live(found) => Json(ObjectJson::new(&public, &found.0, &found.1)).into_response(),
        Found::Moved(into) => moved(&format!("{}/api/v1/objects/{into}", public.0)),
    })
}

/// The source records of an object, verbatim.
#[utoipa::path(
    get, path = "/api/v1/objects/{id}/source-records", tag = "objects",
    params(("id" = String, Path, description = "Object id")),
    responses(
        (status = 200, description = "Every field as received, the most trusted source first", body = Vec<SourceRecordJson>),
        (status = 301, description = "Merged into another object"),
        (status = 404, description = "Never published"),
        (status = 410, description = "Withdrawn"),
    )
)]
pub(in crate::web) async fn source_records(
    State(app): State<App>,
    public: PublicUrl,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    Ok(match load(&app, &id).await? {
        Found::Live(_) => {
            let mut rows = app.store.source_records_of(&id).await?;
            app.private_fields.hide(&mut rows);
            // A member whose own metadata is closed stays closed, whatever it was merged with.
            let open = rows.iter().filter(|row| row.record.rights.metadata_open);
            Json(open.map(SourceRecordJson::from).collect::<Vec<_>>()).into_response()
        }
        Found::Moved(into) => moved(&format!("{}/api/v1/objects/{into}/source-records", public.0)),
    })
}

/// The configured sources.
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "harvests",
    responses((status = 200, description = "Every source", body = Vec<SourceJson>))
)]
pub(in crate::web) async fn sources(
    State(app): State<App>,
) -> Result<Json<Vec<SourceJson>>, WebError> {
    let sources = app.store.sources().await?;
    Ok(Json(sources.iter().map(SourceJson::from).collect()))
}

/// The latest runs with their live counts.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "harvests",
    params(("source" = Option<String>, Query, description = "Only this source")),
    responses((status = 200, description = "At most 100 runs, newest first", body = Vec<RunJson>))
)]
pub(in crate::web) async fn runs(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<RunJson>>, WebError> {
    let source = form_urlencoded::parse(query.as_deref().unwrap_or("").as_bytes())
        .find(|(name, _)| name == "source")
        .map(|(_, value)| value.into_owned());
    let runs = app.store.runs(source.as_deref(), RUNS).await?;
    Ok(Json(runs.iter().map(RunJson::from).collect()))
}

fn moved(to: &str) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(to) = HeaderValue::from_str(to) {
        headers.insert(LOCATION, to);
    }
    (StatusCode::MOVED_PERMANENTLY, headers).into_response()
}
