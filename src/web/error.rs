//! One table from what went wrong to what the client gets: a page for browsers, a problem document
//! (RFC 9457) for programs.
//!
//! Handlers return a [`WebError`]; it travels in the answer's extensions to [`render`], which knows
//! who asked and in which language.

use super::App;
use super::i18n::Texts;
use super::page::{Page, respond};
use super::visitor::Visitor;
use crate::search::SearchError;
use crate::store::StoreError;
use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::fmt;

/// Why a request got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebError {
    code: Code,
    /// For the client; never anything internal.
    detail: Option<String>,
}

/// The codes of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Nothing here.
    NotFound,
    /// Something was here.
    Gone,
    /// A page beyond the window.
    TooDeep,
    /// More filters than allowed.
    TooManyFilters,
    /// A parameter that makes no sense.
    BadRequest,
    /// Another method than those of the route.
    Method,
    /// Our fault.
    Internal,
    /// Not now.
    Unavailable,
}

/// A row of the table.
struct Row {
    status: StatusCode,
    name: &'static str,
    title: fn(&Texts) -> &'static str,
    help: fn(&Texts) -> &'static str,
}

impl Code {
    fn row(self) -> Row {
        let row = |status, name, title, help| Row { status, name, title, help };
        match self {
            Self::NotFound => row(
                StatusCode::NOT_FOUND,
                "not_found",
                |t| t.error_not_found,
                |t| t.error_not_found_help,
            ),
            Self::Gone => row(StatusCode::GONE, "gone", |t| t.error_gone, |t| t.error_gone_help),
            Self::TooDeep => row(
                StatusCode::BAD_REQUEST,
                "page_too_deep",
                |t| t.error_refused,
                |t| t.error_too_deep,
            ),
            Self::TooManyFilters => row(
                StatusCode::BAD_REQUEST,
                "too_many_filters",
                |t| t.error_refused,
                |t| t.error_too_many_filters,
            ),
            Self::BadRequest => {
                row(StatusCode::BAD_REQUEST, "bad_request", |t| t.error_refused, |_| "")
            }
            Self::Method => row(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                |t| t.error_method,
                |_| "",
            ),
            Self::Internal => row(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                |t| t.error_internal,
                |t| t.error_internal_help,
            ),
            Self::Unavailable => row(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                |t| t.error_unavailable,
                |t| t.error_internal_help,
            ),
        }
    }
}

impl WebError {
    /// Nothing here.
    pub fn not_found() -> Self {
        Self { code: Code::NotFound, detail: None }
    }

    /// Something was here.
    pub fn gone() -> Self {
        Self { code: Code::Gone, detail: None }
    }

    /// Another method than those of the route.
    pub fn method() -> Self {
        Self { code: Code::Method, detail: None }
    }

    /// A parameter that makes no sense; `detail` says which and what is allowed.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self { code: Code::BadRequest, detail: Some(detail.into()) }
    }

    /// Our fault: the cause goes to the log, not to the client.
    pub fn internal(error: &dyn fmt::Display) -> Self {
        tracing::error!(%error, "request failed");
        Self { code: Code::Internal, detail: None }
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<SearchError> for WebError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::TooDeep { .. } => {
                Self { code: Code::TooDeep, detail: Some(error.to_string()) }
            }
            SearchError::TooManyFilters { .. } => {
                Self { code: Code::TooManyFilters, detail: Some(error.to_string()) }
            }
            SearchError::PageTooLarge { .. } => Self::bad_request(error.to_string()),
            other => Self::internal(&other),
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.code.row().status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    help: String,
}

/// Middleware: gives errors their body.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &app).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    match response.extensions().get::<WebError>() {
        Some(error) => rendered(&app, &visitor, error),
        None => response,
    }
}

/// The answer to an address that no route knows.
pub async fn no_route(State(app): State<App>, visitor: Visitor) -> Response {
    rendered(&app, &visitor, &WebError::not_found())
}

/// The answer to a method that the route does not know.
pub async fn no_method(State(app): State<App>, visitor: Visitor) -> Response {
    rendered(&app, &visitor, &WebError::method())
}

fn rendered(app: &App, visitor: &Visitor, error: &WebError) -> Response {
    let row = error.code.row();
    let json = visitor.path.starts_with("/api/")
        || std::path::Path::new(&visitor.path)
            .extension()
            .is_some_and(|extension| extension == "json" || extension == "xml");
    let t = visitor.texts();
    let (title, help) = ((row.title)(t), (row.help)(t));
    if json {
        let help = if help.is_empty() { title } else { help };
        let problem = serde_json::json!({
            "type": "about:blank",
            "status": row.status.as_u16(),
            "code": row.name,
            "title": title,
            "detail": error.detail.as_deref().unwrap_or(help),
        });
        let headers = [(CONTENT_TYPE, "application/problem+json")];
        return (row.status, headers, problem.to_string()).into_response();
    }
    let mut page = Page::new(app, visitor, title, &visitor.path);
    page.indexed = false;
    let help =
        if help.is_empty() { error.detail.clone().unwrap_or_default() } else { help.to_owned() };
    respond(visitor, row.status, &ErrorPage { page, status: row.status.as_u16(), help })
}
