//! The object: its page, its JSON, its EDM, and the addresses that lead to it.

pub mod schema_org;
pub mod view;

use super::api::types::ObjectJson;
use super::page::{Page, respond};
use super::visitor::Visitor;
use super::{App, PublicUrl, WebError};
use crate::store::object::{ObjectRow, ObjectStatus};
use crate::store::run::SourceRecordRow;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::identifier::ObjectId;
use domain::merge::MergedRecord;
use protocols::formats::ObjectContext;
use url::form_urlencoded;
use view::ObjectView;

/// The routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/object/{id}", get(object))
        .route("/id/{id}", get(thing))
        .route("/notice/{base}/{reference}", get(notice))
}

/// What stands under an object id.
#[derive(Debug)]
pub enum Found {
    /// A live object.
    Live(Box<(ObjectRow, MergedRecord)>),
    /// It was merged into that one.
    Moved(String),
}

/// Reads an object for an exit. Tombstones are an error of their own; what may not be published is
/// as if it were not there (invariant 7).
///
/// # Errors
/// [`WebError`] not found, gone, or internal.
pub async fn load(app: &App, id: &str) -> Result<Found, WebError> {
    let id = ObjectId::parse(id).map_err(|_| WebError::not_found())?;
    let mut row = app.store.object(id.as_str()).await?.ok_or_else(WebError::not_found)?;
    match &row.status {
        ObjectStatus::Deleted => Err(WebError::gone()),
        ObjectStatus::Merged(into) => Ok(Found::Moved(into.clone())),
        ObjectStatus::Live => {
            let record = row.record.take().filter(|record| record.rights.metadata_open);
            let record = record.ok_or_else(WebError::not_found)?;
            Ok(Found::Live(Box::new((row, record))))
        }
    }
}

/// An answer that leads elsewhere. Object ids hold no character that a header minds.
fn redirect(status: StatusCode, to: &str) -> Response {
    let mut response = status.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

#[derive(Template)]
#[template(path = "object.html")]
pub(in crate::web) struct ObjectPage {
    page: Page,
    o: ObjectView,
}

impl ObjectPage {
    /// The page of an object. `shown` is the number of the image shown first, from 1.
    pub(in crate::web) fn new(
        mut page: Page,
        public: &PublicUrl,
        identifier_domain: &str,
        row: &ObjectRow,
        record: &MergedRecord,
        members: &[SourceRecordRow],
        shown: usize,
    ) -> Self {
        let o = ObjectView::new(&page, public, identifier_domain, row, record, members, shown);
        page.title.clone_from(&o.title);
        page.description = o.summary();
        page.preview =
            o.images.first().map(|image| format!("{}{}", public.origin(), image.preview));
        Self { page, o }
    }
}

async fn object(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let (id, suffix) =
        name.split_once('.').map_or((name.as_str(), ""), |(id, suffix)| (id, suffix));
    if !matches!(suffix, "" | "json" | "edm.xml") {
        return Err(WebError::not_found());
    }
    let (row, record) = match load(&app, id).await? {
        Found::Live(found) => *found,
        Found::Moved(into) => {
            let dot = if suffix.is_empty() { "" } else { "." };
            let to = visitor.absolute(&format!("/object/{into}{dot}{suffix}"));
            return Ok(redirect(StatusCode::MOVED_PERMANENTLY, &to));
        }
    };
    match suffix {
        "json" => {
            let mut response =
                Json(ObjectJson::new(&visitor.public, &row, &record)).into_response();
            let any = HeaderValue::from_static("*");
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
            Ok(response)
        }
        "edm.xml" => Ok(edm(&app, &visitor, &row, &record)),
        _ => {
            let mut members = app.store.source_records_of(id).await?;
            app.private_fields.hide(&mut members);
            let shown = form_urlencoded::parse(query.as_deref().unwrap_or("").as_bytes())
                .find(|(name, _)| name == "image")
                .and_then(|(_, number)| number.parse().ok())
                .unwrap_or(1);
            let page = Page::new(&app, &visitor, "", &format!("/object/{id}"));
            let domain = &app.settings.repository.identifier_domain;
            let page =
                ObjectPage::new(page, &visitor.public, domain, &row, &record, &members, shown);
            Ok(respond(&visitor, StatusCode::OK, &page))
        }
    }
}

/// The object in EDM, as OAI-PMH gives it.
fn edm(app: &App, visitor: &Visitor, row: &ObjectRow, record: &MergedRecord) -> Response {
    let xml = edm_document(app, &visitor.public.0, row, record);
    ([(CONTENT_TYPE, "application/rdf+xml; charset=utf-8")], xml).into_response()
}

/// The EDM of an object as a document of its own.
pub(in crate::web) fn edm_document(
    app: &App,
    public_url: &str,
    row: &ObjectRow,
    record: &MergedRecord,
) -> String {
    let context = ObjectContext {
        object_id: &row.object_id,
        public_url,
        provider: &app.settings.repository.provider,
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
        protocols::formats::edm::write(record, &context)
    )
}

/// `/id/{object}` names the thing, which no server can send: 303 to what describes it.
async fn thing(visitor: Visitor, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = ObjectId::parse(&id).map_err(|_| WebError::not_found())?;
    Ok(redirect(StatusCode::SEE_OTHER, &visitor.absolute(&format!("/object/{id}"))))
}

/// `/notice/{base}/{REF}`, the addresses that POP has had for years.
async fn notice(
    State(app): State<App>,
    visitor: Visitor,
    Path((base, reference)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = app.store.object_of_local_id(&base, &reference).await?;
    let id = id.ok_or_else(WebError::not_found)?;
    // Not permanent: a reference can come to belong to another object when records merge.
    Ok(redirect(StatusCode::FOUND, &visitor.absolute(&format!("/object/{id}"))))
}
