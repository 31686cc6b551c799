//! `/iiif/presentation/3/…`: manifests and collections.

pub mod labels;
pub mod nav_date;
pub mod project;

use super::iiif_http::{Usual, json, preflight, problem, redirect, with_cors};
use super::{App, PublicUrl};
use crate::store::StoreError;
use crate::store::object::{ObjectRow, ObjectStatus};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use domain::identifier::ObjectId;
use iiif::presentation::{CollectionInput, CollectionItem, ItemKind};
use iiif::presentation::{LanguageMap, MEDIA_TYPE, ManifestInput, Reference, collection, manifest};
use project::{Projection, collection_url};
use serde_json::Value;

/// Manifests a chunk of a collection. Viewers hang on long flat lists.
const CHUNK: i64 = 1000;

/// The routes of this surface.
pub fn router() -> Router<App> {
    let base = "/iiif/presentation/3";
    Router::new()
        .route(&format!("{base}/collection"), get(root).options(preflight))
        .route(&format!("{base}/collection/{{base}}"), get(of_base).options(preflight))
        .route(&format!("{base}/collection/{{base}}/{{chunk}}"), get(of_chunk).options(preflight))
        .route(&format!("{base}/{{object}}/manifest"), get(of_object).options(preflight))
        .route(&format!("{base}/{{object}}/canvas/{{name}}"), get(of_canvas).options(preflight))
        .layer(map_response(with_cors))
}

fn document(headers: &HeaderMap, document: &Value) -> Response {
    json(headers, document, MEDIA_TYPE, Usual::JsonLd, Vec::new())
}

fn failed(error: &StoreError) -> Response {
    tracing::error!(%error, "presentation request failed");
    problem(500, "the store did not answer; see the log of the server")
}

async fn of_object(
    State(app): State<App>,
    public: PublicUrl,
    Path(object): Path<String>,
    headers: HeaderMap,
) -> Response {
    match find(&app, &public, &object, "manifest").await {
        Ok(input) => document(&headers, &manifest::document(&input)),
        Err(other) => *other,
    }
}

async fn of_canvas(
    State(app): State<App>,
    public: PublicUrl,
    Path((object, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match find(&app, &public, &object, &format!("canvas/{name}")).await {
        Ok(input) => match manifest::canvas_document(&input, &name) {
            Some(canvas) => document(&headers, &canvas),
            None => problem(404, "there is no such canvas"),
        },
        Err(other) => *other,
    }
}

/// The manifest of an object, or the answer to give instead: 301 to the survivor of a merge, 410 for
/// a deleted object, 404 for what is unknown or has no image that may be shown.
async fn find(
    app: &App,
    public: &PublicUrl,
    object: &str,
    rest: &str,
) -> Result<ManifestInput, Box<Response>> {
    let missing = || Box::new(problem(404, "there is no manifest of that name"));
    let id = ObjectId::parse(object).map_err(|_| missing())?;
    let row = app.store.object(id.as_str()).await.map_err(|error| Box::new(failed(&error)))?;
    let row = row.ok_or_else(missing)?;
    match &row.status {
        ObjectStatus::Deleted => Err(Box::new(problem(410, "this object was deleted"))),
        ObjectStatus::Merged(into) => {
            let target = format!("{}/iiif/presentation/3/{into}/{rest}", public.0);
            Err(Box::new(redirect(StatusCode::MOVED_PERMANENTLY, &target)))
        }
        ObjectStatus::Live => {
            let projection = Projection { settings: &app.settings, public: &public.0 };
            row.record
                .as_ref()
                .and_then(|record| projection.manifest(&row.object_id, record))
                .ok_or_else(missing)
        }
    }
}

/// The root: one collection a base.
async fn root(State(app): State<App>, public: PublicUrl, headers: HeaderMap) -> Response {
    let sets = match app.store.sets().await {
        Ok(sets) => sets,
        Err(error) => return failed(&error),
    };
    let mut items = Vec::new();
    for base in sets.iter().filter_map(|set| set.spec.strip_prefix("base:")) {
        // A base without a picture has nothing to open.
        match app.store.browse(Some(base), true, None, 1).await {
            Ok(rows) if rows.is_empty() => {}
            Ok(_) => items.push(CollectionItem {
                id: collection_url(&public.0, base),
                kind: ItemKind::Collection,
                label: labels::base(base),
                thumbnail: None,
            }),
            Err(error) => return failed(&error),
        }
    }
    let input = CollectionInput {
        id: format!("{}/iiif/presentation/3/collection", public.0),
        label: LanguageMap::of("none", app.settings.repository.name.as_str()),
        summary: None,
        part_of: Vec::new(),
        items,
    };
    document(&headers, &collection::document(&input))
}

/// A base: a small document, since viewers fetch it with every manifest. It points to its first
/// chunk; each chunk ends with a reference to the next.
async fn of_base(
    State(app): State<App>,
    public: PublicUrl,
    Path(base): Path<String>,
    headers: HeaderMap,
) -> Response {
    match app.store.browse(Some(&base), true, None, 1).await {
        Ok(rows) if rows.is_empty() => return problem(404, "there is no collection of that name"),
        Ok(_) => {}
        Err(error) => return failed(&error),
    }
    let first = Chunk { number: 1, after: None };
    let input = CollectionInput {
        id: collection_url(&public.0, &base),
        label: labels::base(&base),
        summary: None,
        part_of: vec![Reference::collection(
            format!("{}/iiif/presentation/3/collection", public.0),
            LanguageMap::of("none", app.settings.repository.name.as_str()),
        )],
        items: vec![first.item(&public.0, &base)],
    };
    document(&headers, &collection::document(&input))
}

/// A chunk of at most [`CHUNK`] manifests.
async fn of_chunk(
    State(app): State<App>,
    public: PublicUrl,
    Path((base, chunk)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(chunk) = Chunk::parse(&chunk) else {
        return problem(404, "there is no collection of that name");
    };
    // One more than is shown, to know whether there is a next chunk.
    let rows = match app.store.browse(Some(&base), true, chunk.after.as_deref(), CHUNK + 1).await {
        Ok(rows) if rows.is_empty() => return problem(404, "there is no collection of that name"),
        Ok(rows) => rows,
        Err(error) => return failed(&error),
    };
    let more = rows.len() as i64 > CHUNK;
    let shown: Vec<ObjectRow> = rows.into_iter().take(CHUNK as usize).collect();
    let next = shown.last().filter(|_| more).map(|last| chunk.next(&last.object_id));
    let projection = Projection { settings: &app.settings, public: &public.0 };
    let mut items: Vec<CollectionItem> = shown.iter().map(|row| projection.item(row)).collect();
    items.extend(next.map(|next| next.item(&public.0, &base)));
    let input = CollectionInput {
        id: chunk.url(&public.0, &base),
        label: chunk.label(&base),
        summary: None,
        part_of: vec![Reference::collection(collection_url(&public.0, &base), labels::base(&base))],
        items,
    };
    document(&headers, &collection::document(&input))
}

/// A chunk of a base: its number, and the last object of the chunk before, which makes reading the
/// last chunk as cheap as the first. In URLs `1`, then `{number}.{object}`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chunk {
    number: u32,
    after: Option<String>,
}

impl Chunk {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None => (text == "1").then_some(Self { number: 1, after: None }),
            Some((number, after)) => {
                let number: u32 = number.parse().ok().filter(|n| (2..=1_000_000).contains(n))?;
                let after = ObjectId::parse(after).ok()?;
                Some(Self { number, after: Some(after.as_str().to_owned()) })
            }
        }
    }

    fn next(&self, last: &str) -> Self {
        Self { number: self.number.saturating_add(1), after: Some(last.to_owned()) }
    }

    fn url(&self, public: &str, base: &str) -> String {
        let collection = collection_url(public, base);
        match &self.after {
            None => format!("{collection}/{}", self.number),
            Some(after) => format!("{collection}/{}.{after}", self.number),
        }
    }

    /// "Joconde 1001–2000".
    fn label(&self, base: &str) -> LanguageMap {
        let last = u64::from(self.number) * CHUNK as u64;
        let first = last + 1 - CHUNK as u64;
        LanguageMap::of("none", format!("{} {first}–{last}", labels::base_name(base)))
    }

    fn item(&self, public: &str, base: &str) -> CollectionItem {
        CollectionItem {
            id: self.url(public, base),
            kind: ItemKind::Collection,
            label: self.label(base),
            thumbnail: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_named_by_number_and_by_the_object_before() {
        let first = Chunk::parse("1").unwrap();
        let next = first.next("joconde_42");
        assert_eq!(
            next.url("https://x", "joconde"),
            "https://x/iiif/presentation/3/collection/joconde/2.joconde_42"
        );
        assert_eq!(Chunk::parse("2.joconde_42"), Some(next.clone()));
        assert_eq!(next.label("joconde"), LanguageMap::of("none", "Joconde 1001–2000"));
        for bad in ["", "0", "2", "1.a", "x.a", "2.", "2.a-b", "-2.a", "99999999999.a"] {
            assert_eq!(Chunk::parse(bad), None, "{bad}");
        }
    }
}
