//! The OAI-PMH provider at `/oai`: parse, ask the store, answer.
//!
//! Errors of the protocol have status 200 (section 3.1.2); a store that cannot be reached is a 503
//! with `Retry-After`, which harvesters obey. The documents are tested in `protocols`; gzip and zstd
//! are a layer of the router.

mod dissemination;
pub mod harvesters;
mod http;

use super::{App, PublicUrl};
use crate::store::object::{ObjectQuery, ObjectRow, ObjectStatus};
use crate::store::{Store, StoreError};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use harvesters::Step;
use protocols::formats::Format;
use protocols::oai_pmh::provider::list::{
    cannot_disseminate, id_does_not_exist, no_metadata_formats, no_set_hierarchy, set_token,
};
use protocols::oai_pmh::provider::request::{self, Request, Selection};
use protocols::oai_pmh::provider::response::{self, Answer, Header};
use protocols::oai_pmh::provider::sets::Names;
use protocols::oai_pmh::provider::{
    Branding, ListPlan, RepositoryDescription, Row, SetDescription, SetToken,
};
use protocols::oai_pmh::{OaiError, Verb};
use std::time::Duration;

/// Sets on a page of ListSets.
const SETS_A_PAGE: usize = 1_000;
/// Longest form that is read, in bytes; what is longer than a query may be is refused by then.
const LONGEST_FORM: usize = 64 * 1024;
/// Longest wait for the store: less than the router's, whose 503 says nothing of coming back.
const PATIENCE: Duration = Duration::from_secs(25);

/// The routes of this surface.
pub fn router() -> Router<App> {
    Router::new()
        .route("/oai", get(by_get).post(by_post))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .route("/api/v1/harvesters", get(harvesters::page))
}

async fn by_get(State(app): State<App>, url: PublicUrl, request: HttpRequest) -> Response {
    let (parts, _) = request.into_parts();
    respond(&app, &url, &parts, parts.uri.query().unwrap_or_default()).await
}

async fn by_post(State(app): State<App>, url: PublicUrl, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    if !http::is_form(&parts.headers) {
        return http::only_forms();
    }
    match Bytes::from_request(HttpRequest::from_parts(parts.clone(), body), &app).await {
        Ok(form) => respond(&app, &url, &parts, &String::from_utf8_lossy(&form)).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn respond(app: &App, url: &PublicUrl, parts: &Parts, query: &str) -> Response {
    let answer = tokio::time::timeout(PATIENCE, document(app, url, query)).await;
    let (document, step) = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            tracing::error!(%error, "OAI-PMH: the store did not answer");
            return http::come_back();
        }
        Err(_) => {
            tracing::error!("OAI-PMH: the store did not answer in time");
            return http::come_back();
        }
    };
    let caching = http::Caching::of(&step, query);
    let (product, network) = harvesters::who(parts);
    app.harvesters.note(&product, &network, step, app.now());
    http::answer(&parts.headers, document, caching)
}

async fn document(app: &App, url: &PublicUrl, query: &str) -> Result<(String, Step), StoreError> {
    let now = app.now();
    let horizon = app.store.publication_horizon(now).await?;
    let base_url = format!("{}/oai", url.0);
    let mut step = Step::default();
    let (arguments, answer) = match request::parse(query) {
        Ok((request, arguments)) => {
            let provider = Provider { app, url: &url.0, now, horizon };
            (arguments, provider.answer(request, &mut step).await)
        }
        Err(errors) => (Vec::new(), Err(Refusal::Protocol(errors))),
    };
    let answer = match answer {
        Ok(answer) => Ok(answer),
        Err(Refusal::Protocol(errors)) => {
            step.verb = "";
            Err(errors)
        }
        Err(Refusal::Store(error)) => return Err(error),
    };
    let response_date = now.min(horizon.saturating_add(1));
    let response =
        response::Response { base_url: &base_url, response_date, arguments: &arguments, answer };
    Ok((response.write(), step))
}

/// Why there is no answer: the protocol says no, or the store does not speak.
enum Refusal {
    Protocol(Vec<OaiError>),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<OaiError> for Refusal {
    fn from(error: OaiError) -> Self {
        Self::Protocol(vec![error])
    }
}

/// One request under way.
struct Provider<'a> {
    app: &'a App,
    url: &'a str,
    now: i64,
    horizon: i64,
}

impl Row for ObjectRow {
    fn position(&self) -> (i64, &str) {
        (self.datestamp, &self.object_id)
    }
}

impl Provider<'_> {
    fn store(&self) -> &Store {
        &self.app.store
    }

    fn domain(&self) -> &str {
        &self.app.settings.repository.identifier_domain
    }

    async fn answer(&self, request: Request, step: &mut Step) -> Result<Answer, Refusal> {
        step.verb = request.verb().as_str();
        match request {
            Request::Identify => self.identify().await,
            Request::ListMetadataFormats { identifier } => {
                let mut formats = Format::ALL.to_vec();
                if let Some(identifier) = identifier {
                    let object = self.object(&identifier).await?;
                    formats.retain(|format| format.available(object.record.as_ref()));
                }
                if formats.is_empty() {
                    return Err(no_metadata_formats().into());
                }
                let formats = formats.into_iter().map(|f| f.metadata_format(self.url)).collect();
                Ok(Answer::Formats(formats))
            }
            Request::ListSets { token } => self.sets(token.as_deref()).await,
            Request::GetRecord { identifier, metadata_prefix } => {
                let format = format_of(&metadata_prefix)?;
                let row = self.object(&identifier).await?;
                let mut records = self.records(vec![row], format).await?;
                let record = records.pop().ok_or_else(|| cannot_disseminate(&metadata_prefix))?;
                (step.prefix, step.records) = (metadata_prefix, 1);
                Ok(Answer::Record(Box::new(record)))
            }
            Request::ListIdentifiers(selection) => {
                self.list(Verb::ListIdentifiers, selection, step).await
            }
            Request::ListRecords(selection) => self.list(Verb::ListRecords, selection, step).await,
        }
    }

    async fn identify(&self) -> Result<Answer, Refusal> {
        let repository = &self.app.settings.repository;
        Ok(Answer::Identify(Box::new(RepositoryDescription {
            name: repository.name.clone(),
            admin_email: repository.admin_email.clone(),
            earliest_datestamp: self.store().earliest_datestamp().await?.unwrap_or(self.now),
            identifier_domain: repository.identifier_domain.clone(),
            sample_identifier: response::identifier(self.domain(), "joconde_000PE001028"),
            // What the compression layer of the router serves.
            compression: vec!["gzip", "zstd"],
            friends: repository.friends.clone(),
            branding: repository.branding.as_ref().map(|branding| Branding {
                url: branding.icon.clone(),
                link: branding.link.clone(),
                title: branding.title.clone(),
                width: branding.width,
                height: branding.height,
            }),
            metadata_rights: Some(repository.metadata_rights.clone()).filter(|uri| !uri.is_empty()),
            toolkit_version: repository.toolkit.then(|| env!("CARGO_PKG_VERSION").to_owned()),
        })))
    }

    async fn sets(&self, token: Option<&str>) -> Result<Answer, Refusal> {
        let key = &self.app.token_key;
        let resumed = token.map(|token| SetToken::decode(token, key, self.now)).transpose()?;
        let after = resumed.as_ref().map_or("", |token| token.after.as_str());
        let mut rows = self.store().sets_after(after, SETS_A_PAGE as i64 + 1).await?;
        let more = ListPlan::cut(&mut rows, SETS_A_PAGE);
        if rows.is_empty() {
            // Sets never vanish: only a repository without any is empty.
            return Err(no_set_hierarchy().into());
        }
        let specs: Vec<&str> = rows.iter().map(|set| set.spec.as_str()).collect();
        let size = if more { self.store().count_sets().await?.unsigned_abs() } else { 0 };
        let token = set_token(resumed.as_ref(), &specs, more, size, key, self.now);
        let museums: Vec<&str> =
            specs.iter().filter_map(|spec| spec.strip_prefix("museum:")).collect();
        let found = self.store().set_names(&museums).await?;
        let names = Names { bases: found.bases, sources: found.sources, museums: found.museums };
        let sets = specs.iter().map(|spec| SetDescription::of(spec, &names)).collect();
        Ok(Answer::Sets(sets, token))
    }

    async fn object(&self, identifier: &str) -> Result<ObjectRow, Refusal> {
        let id = response::object_id(self.domain(), identifier).ok_or_else(id_does_not_exist)?;
        Ok(self.store().object(id).await?.ok_or_else(id_does_not_exist)?)
    }

    async fn list(
        &self,
        verb: Verb,
        selection: Selection,
        step: &mut Step,
    ) -> Result<Answer, Refusal> {
        let key = &self.app.token_key;
        let plan = ListPlan::new(verb, selection, self.horizon, key, self.now)?;
        let format = format_of(&plan.metadata_prefix)?;
        let page_size = self.app.settings.repository.page_size.max(1) as usize;
        let query = ObjectQuery {
            set: plan.set.clone(),
            from: plan.from,
            until: plan.until,
            after: plan.after.clone(),
            limit: page_size as i64 + 1,
            with_record: verb == Verb::ListRecords,
        };
        let mut rows =
            if plan.is_empty() { Vec::new() } else { self.store().list_objects(&query).await? };
        let more = ListPlan::cut(&mut rows, page_size);
        if rows.is_empty() {
            rows.extend(self.store().closing_object(&query).await?);
        }
        if rows.is_empty() {
            let has_sets = plan.set.is_none() || !self.store().sets_after("", 1).await?.is_empty();
            return Err(plan.no_records(has_sets).into());
        }
        let size = if more && plan.complete_list_size.is_none() {
            self.store().count_objects(&query).await?.unsigned_abs()
        } else {
            rows.len() as u64
        };
        let token = plan.token(&rows, more, size, key, self.now);
        *step = Step {
            verb: verb.as_str(),
            prefix: plan.metadata_prefix.clone(),
            set: plan.set.clone(),
            cursor: Some(plan.cursor),
            records: rows.len() as u64,
            complete_list_size: token.as_ref().map_or(size, |token| token.complete_list_size),
            ended: !more,
        };
        Ok(match verb {
            Verb::ListIdentifiers => {
                Answer::Headers(rows.iter().map(|row| self.header(row)).collect(), token)
            }
            _ => Answer::Records(self.records(rows, format).await?, token),
        })
    }

    fn header(&self, row: &ObjectRow) -> Header {
        Header {
            identifier: response::identifier(self.domain(), &row.object_id),
            datestamp: row.datestamp,
            sets: row.sets.clone(),
            // What was merged into another object is gone under this name.
            deleted: row.status != ObjectStatus::Live,
        }
    }
}

fn format_of(prefix: &str) -> Result<Format, OaiError> {
    Format::of_prefix(prefix).ok_or_else(|| cannot_disseminate(prefix))
}
