//! ResourceSync 1.1 from the publication log: description, capability list, resource list, change
//! list, resource dump.
//!
//! The resources are the EDM documents of the objects, `/object/{id}.edm.xml`; each entry names
//! the thing that it describes. Lists are cut by sequence number of the log: part `n` of the
//! change list never changes once it is full, part `n` of the resource list holds those objects
//! whose latest entry lies in it, and no part costs more than another. Like OAI-PMH lists they
//! stop short of the second in progress (invariant 4).

mod dump;

use super::{App, PublicUrl, WebError};
use crate::store::object::Change as Published;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use protocols::resourcesync::{Capability, Change, Document, Entry};

/// Entries of the log a list covers: a list is a document of some megabytes at most (sitemaps
/// allow 50,000).
const LIST: i64 = 10_000;
/// Entries of the log a package of the dump covers: it is made in memory.
const PACKAGE: i64 = 2_000;
/// MIME type of the resources.
const EDM: &str = "application/rdf+xml";

/// The routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/.well-known/resourcesync", get(description))
        .route("/resourcesync/capabilitylist.xml", get(capabilities))
        .route("/resourcesync/resourcelist.xml", get(resource_lists))
        .route("/resourcesync/resourcelist/{part}", get(resource_list))
        .route("/resourcesync/changelist.xml", get(change_lists))
        .route("/resourcesync/changelist/{part}", get(change_list))
        .route("/resourcesync/resourcedump.xml", get(dump::packages))
        .route("/resourcesync/resourcedump/{part}", get(dump::package))
}

/// One request under way: what all documents need.
struct Source {
    app: App,
    url: String,
    /// Last closed second.
    horizon: i64,
    /// Last sequence number that is listed.
    last: i64,
}

impl Source {
    async fn new(app: App, url: PublicUrl) -> Result<Self, WebError> {
        let horizon = app.store.publication_horizon(app.now()).await?;
        let last = app.store.last_seq().await?;
        Ok(Self { app, url: url.0, horizon, last })
    }

    fn at(&self, path: &str) -> String {
        format!("{}/resourcesync/{path}", self.url)
    }

    fn up(&self) -> (&'static str, String) {
        ("up", self.at("capabilitylist.xml"))
    }

    /// The resource of an object.
    fn resource(&self, object_id: &str, datestamp: i64) -> Entry {
        Entry {
            loc: format!("{}/object/{object_id}.edm.xml", self.url),
            modified: Some(datestamp),
            links: vec![("describes", format!("{}/id/{object_id}", self.url))],
            ..Entry::default()
        }
    }

    /// How many parts of `size` entries the log has; at least one.
    fn parts(&self, size: i64) -> i64 {
        (self.last + size - 1).max(size) / size
    }

    async fn live(&self, part: i64, size: i64) -> Result<Vec<Entry>, WebError> {
        let listed =
            self.app.store.live_by_seq(part * size, (part + 1) * size, self.horizon).await?;
        Ok(listed
            .iter()
            .map(|one| Entry {
                media_type: Some(EDM),
                ..self.resource(&one.object_id, one.datestamp)
            })
            .collect())
    }

    /// First second of each part, and of the one that follows the last.
    async fn beginnings(&self, size: i64) -> Result<Vec<i64>, WebError> {
        let firsts: Vec<i64> = (0..self.parts(size)).map(|part| part * size + 1).collect();
        let found = self.app.store.datestamps_of(&firsts).await?;
        Ok(found.into_iter().map(|(_, datestamp)| datestamp).collect())
    }

    async fn changes(&self, part: i64) -> Result<Document, WebError> {
        let log = self.app.store.publications_after(part * LIST, LIST).await?;
        let from = log.first().map_or(self.horizon, |entry| entry.datestamp);
        // A full part whose every second is closed gets no more entries.
        let until = log
            .last()
            .filter(|last| log.len() as i64 == LIST && last.datestamp <= self.horizon)
            .map(|last| last.datestamp);
        let entries = log
            .iter()
            .filter(|entry| entry.datestamp <= self.horizon)
            .map(|entry| {
                let change = match entry.change {
                    Published::Create => Change::Created,
                    Published::Update => Change::Updated,
                    // What was merged into another object is gone under this name.
                    Published::Delete | Published::Merge => Change::Deleted,
                };
                Entry {
                    change: Some(change),
                    media_type: (change != Change::Deleted).then_some(EDM),
                    ..self.resource(&entry.object_id, entry.datestamp)
                }
            })
            .collect();
        let mut document = Document::new(Capability::ChangeList, entries);
        document.from = Some(from.min(self.horizon));
        document.until = until;
        document.links.push(self.up());
        Ok(document)
    }

    async fn resources(&self, part: i64) -> Result<Document, WebError> {
        let mut document = Document::new(Capability::ResourceList, self.live(part, LIST).await?);
        document.at = Some(self.horizon);
        document.links.push(self.up());
        Ok(document)
    }
}

fn xml(document: &Document) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/xml; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=0, must-revalidate"),
    ];
    (headers, document.write()).into_response()
}

/// The number in `{n}.xml` or `{n}.zip`, when that part exists.
fn number(name: &str, suffix: &str, parts: i64) -> Result<i64, WebError> {
    name.strip_suffix(suffix)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|part| (0..parts).contains(part))
        .ok_or_else(WebError::not_found)
}

async fn description(State(app): State<App>, url: PublicUrl) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let list = source.at("capabilitylist.xml");
    let entry = Entry::document(list, Capability::CapabilityList);
    let mut document = Document::new(Capability::Description, vec![entry]);
    document.links.push(("describedby", format!("{}/oai?verb=Identify", source.url)));
    Ok(xml(&document))
}

async fn capabilities(State(app): State<App>, url: PublicUrl) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let entries = [
        ("resourcelist.xml", Capability::ResourceList),
        ("resourcedump.xml", Capability::ResourceDump),
        ("changelist.xml", Capability::ChangeList),
    ]
    .map(|(path, capability)| Entry::document(source.at(path), capability));
    let mut document = Document::new(Capability::CapabilityList, entries.into());
    document.links.push(("up", format!("{}/.well-known/resourcesync", source.url)));
    Ok(xml(&document))
}

async fn resource_lists(State(app): State<App>, url: PublicUrl) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let parts = source.parts(LIST);
    if parts == 1 {
        return Ok(xml(&source.resources(0).await?));
    }
    let entry = |part| Entry {
        loc: source.at(&format!("resourcelist/{part}.xml")),
        at: Some(source.horizon),
        ..Entry::default()
    };
    let mut index = Document::new(Capability::ResourceList, (0..parts).map(entry).collect());
    index.index = true;
    index.at = Some(source.horizon);
    index.links.push(source.up());
    Ok(xml(&index))
}

async fn resource_list(
    State(app): State<App>,
    url: PublicUrl,
    Path(name): Path<String>,
) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let part = number(&name, ".xml", source.parts(LIST))?;
    let mut document = source.resources(part).await?;
    document.links.push(("index", source.at("resourcelist.xml")));
    Ok(xml(&document))
}

async fn change_lists(State(app): State<App>, url: PublicUrl) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    if source.parts(LIST) == 1 {
        return Ok(xml(&source.changes(0).await?));
    }
    let beginnings = source.beginnings(LIST).await?;
    let mut next = beginnings.iter().skip(1);
    let entries = beginnings
        .iter()
        .enumerate()
        .map(|(part, from)| Entry {
            loc: source.at(&format!("changelist/{part}.xml")),
            from: Some(*from),
            // Entries of one second may lie in two parts.
            until: next.next().copied(),
            ..Entry::default()
        })
        .collect();
    let mut index = Document::new(Capability::ChangeList, entries);
    index.index = true;
    index.from = beginnings.first().copied();
    index.links.push(source.up());
    Ok(xml(&index))
}

async fn change_list(
    State(app): State<App>,
    url: PublicUrl,
    Path(name): Path<String>,
) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let part = number(&name, ".xml", source.parts(LIST))?;
    let mut document = source.changes(part).await?;
    document.links.push(("index", source.at("changelist.xml")));
    Ok(xml(&document))
}
