//! Import over HTTP, for producers with a token of their source.
//!
//! | request | answer |
//! |---|---|
//! | `POST /import/{source}?name=FILE&dry_run=true&complete=true`, the file as body | 202, `Location` |
//! | `GET /import/{import}?after=ROW` | the report as JSON, at most 1,000 rows |
//! | `GET /import/{import}/rows.csv?after=ROW` | the rows as CSV, at most 10,000 |
//! | `POST /import/{import}/approve` | 202 |
//! | `DELETE /import/{import}` | 204: one that waits is forgotten |
//!
//! Each with `Authorization: Bearer TOKEN`. What a token does not open does not exist.

use super::{App, PublicUrl};
use crate::harvest::import::receive::{Kept, Wish, folder, register};
use crate::harvest::import::{self, ImportError, report, token};
use crate::hex::hex;
use crate::jobs::Task;
use crate::store::import::Import;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// Longest wait for the next bytes of a file.
const PATIENCE: Duration = Duration::from_mins(1);
/// Rows of a report.
const ROWS: i64 = 1000;
/// Rows of a CSV.
const LINES: i64 = 10_000;

/// The routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/import/{name}", post(receive).get(show).delete(forget))
        .route("/import/{name}/rows.csv", get(rows))
        .route("/import/{name}/approve", post(approve))
}

/// Why a request is refused, as a problem document (RFC 9457).
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let problem = serde_json::json!({
            "type": "about:blank",
            "status": status.as_u16(),
            "title": status.canonical_reason().unwrap_or_default(),
            "detail": detail,
        });
        let mut response =
            (status, [(CONTENT_TYPE, "application/problem+json")], problem.to_string())
                .into_response();
        if status == StatusCode::UNAUTHORIZED
            && let Ok(value) = "Bearer realm=\"import\"".parse()
        {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl From<ImportError> for Refusal {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::State { .. } => Self(StatusCode::CONFLICT, error.to_string()),
            ImportError::Missing(_) => missing(),
            ImportError::TooLarge(_) => Self(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            other => internal(&other),
        }
    }
}

impl From<crate::store::StoreError> for Refusal {
    fn from(error: crate::store::StoreError) -> Self {
        internal(&error)
    }
}

fn internal(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "import failed");
    let text = "the gateway could not do it; try again later".to_owned();
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, text)
}

fn missing() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "there is no such import of your source".to_owned())
}

/// Whether the token of a request opens a source.
async fn opens(app: &App, headers: &HeaderMap, source: &str) -> Result<(), Refusal> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match given {
        Some(given) if token::holds(&app.store, source, given).await? => Ok(()),
        _ => Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "expected the token of the source: Authorization: Bearer TOKEN".to_owned(),
        )),
    }
}

/// The import of a request, when its token opens its source.
async fn opened(app: &App, headers: &HeaderMap, name: &str) -> Result<Import, Refusal> {
    let import = match name.parse() {
        Ok(id) => app.store.import(id).await?,
        Err(_) => None,
    };
    match import {
        Some(import) => {
            opens(app, headers, &import.source_id).await?;
            Ok(import)
        }
        None => Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "expected the token of the source: Authorization: Bearer TOKEN".to_owned(),
        )),
    }
}

fn arguments(query: Option<&str>) -> HashMap<String, String> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn flag(arguments: &HashMap<String, String>, name: &str) -> Result<bool, Refusal> {
    match arguments.get(name).map(String::as_str) {
        None | Some("false" | "0") => Ok(false),
        Some("" | "true" | "1") => Ok(true),
        Some(other) => {
            let text = format!("`{name}`: found `{other}`, expected true or false");
            Err(Refusal(StatusCode::BAD_REQUEST, text))
        }
    }
}

async fn receive(
    State(app): State<App>,
    public: PublicUrl,
    Path(source): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    opens(&app, &headers, &source).await?;
    let arguments = arguments(query.as_deref());
    for name in arguments.keys() {
        if !["name", "dry_run", "complete"].contains(&name.as_str()) {
            let text = format!("unknown parameter `{name}`; allowed: name, dry_run, complete");
            return Err(Refusal(StatusCode::BAD_REQUEST, text));
        }
    }
    let wish =
        Wish { dry_run: flag(&arguments, "dry_run")?, complete: flag(&arguments, "complete")? };
    let name = arguments.get("name").map_or("import", String::as_str);
    let name: String =
        name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(200).collect();
    let kept = keep(&app, body).await?;
    let import = register(&app.store, &source, &name, &kept, wish, app.now()).await?;
    enqueue(&app, &import).await?;
    accepted(&app, &public, &import).await
}

async fn enqueue(app: &App, import: &Import) -> Result<(), Refusal> {
    let task = Task::Import { source: import.source_id.clone(), import: import.import_id };
    app.store.enqueue(&task.job(app.now()), app.now()).await?;
    Ok(())
}

async fn accepted(app: &App, public: &PublicUrl, import: &Import) -> Result<Response, Refusal> {
    let counts = app.store.import_counts(import.import_id).await?;
    let url = format!("{}/import/{}", public.0, import.import_id);
    let mut summary = report::summary(import, counts);
    if let Some(members) = summary.as_object_mut() {
        members.insert("url".to_owned(), url.as_str().into());
    }
    Ok((StatusCode::ACCEPTED, [(LOCATION, url)], Json(summary)).into_response())
}

/// Writes a body to disk as it comes.
async fn keep(app: &App, body: Body) -> Result<Kept, Refusal> {
    let folder = folder(&app.settings.data);
    tokio::fs::create_dir_all(&folder).await.map_err(|error| internal(&error))?;
    let file = tempfile::NamedTempFile::with_prefix_in("import-", &folder)
        .map_err(|error| internal(&error))?;
    let (file, path) = file.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let most = app.settings.imports.max_mib;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut body = body.into_data_stream();
    loop {
        let chunk = tokio::time::timeout(PATIENCE, body.next()).await.map_err(|_| {
            Refusal(StatusCode::REQUEST_TIMEOUT, "nothing came for a minute".to_owned())
        })?;
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|_| {
            Refusal(StatusCode::BAD_REQUEST, "the body ended before its end".to_owned())
        })?;
        bytes += chunk.len() as u64;
        if bytes > most << 20 {
            return Err(ImportError::TooLarge(most).into());
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(|error| internal(&error))?;
    }
    file.sync_all().await.map_err(|error| internal(&error))?;
    let path = path.keep().map_err(|error| internal(&error.error))?;
    let path = std::path::absolute(path).map_err(|error| internal(&error))?;
    let sha256 = hex(&hash.finalize());
    Ok(Kept { path, sha256, bytes })
}

async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let import = opened(&app, &headers, &name).await?;
    let after = after(query.as_deref())?;
    let counts = app.store.import_counts(import.import_id).await?;
    let rows = app.store.import_rows(import.import_id, true, after, ROWS).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == ROWS).map(|row| row.row);
    let mut summary = report::summary(&import, counts);
    if let Some(members) = summary.as_object_mut() {
        members.insert("rows".to_owned(), rows.iter().map(report::row).collect());
        members.insert("next_after".to_owned(), next.into());
    }
    Ok(Json(summary).into_response())
}

fn after(query: Option<&str>) -> Result<i64, Refusal> {
    match arguments(query).get("after") {
        None => Ok(0),
        Some(after) => after.parse().map_err(|_| {
            let text = format!("`after`: found `{after}`, expected the number of a row");
            Refusal(StatusCode::BAD_REQUEST, text)
        }),
    }
}

async fn rows(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let import = opened(&app, &headers, &name).await?;
    let rows =
        app.store.import_rows(import.import_id, true, after(query.as_deref())?, LINES).await?;
    let mut lines = vec![report::HEADER.map(str::to_owned)];
    lines.extend(rows.iter().flat_map(report::lines));
    let csv = report::csv(lines.iter());
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], csv).into_response())
}

async fn approve(
    State(app): State<App>,
    public: PublicUrl,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let import = opened(&app, &headers, &name).await?;
    let author = format!("token of {}", import.source_id);
    let import = import::approve(&app.store, import.import_id, &author).await?;
    enqueue(&app, &import).await?;
    accepted(&app, &public, &import).await
}

async fn forget(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let import = opened(&app, &headers, &name).await?;
    import::drop(&app.store, import.import_id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
