//! IIIF as a source: collections and manifests (Presentation 2.1 and 3.0), and streams of changes
//! (Change Discovery 1.0).
//!
//! What an address is, its document says. Collections are walked with all that they hold and all
//! their pages; a stream is walked backwards from its last page, so that of each thing only its
//! newest activity counts, and left where the last complete run began (section 4 of Change
//! Discovery). What a stream says is no list of everything: nothing is deleted by absence.

use super::json_api::json;
use super::{Content, Misread, Protocol, Reading, Request, Row, later};
use serde_json::Value;
use std::collections::HashSet;

/// `mode` of a page of a stream.
const STREAM: &str = "stream";
/// `mode` of a page of a stream behind a `Refresh`: only deletions count any more.
const ONLY_DELETE: &str = "only-delete";

/// An address to walk from.
#[derive(Debug, Clone)]
pub struct IiifWalk {
    /// A collection, a manifest, or a stream of changes.
    pub url: String,
    /// Activities that ended earlier were taken in the last complete run.
    pub since: Option<String>,
}

impl Protocol for IiifWalk {
    fn begin(&self) -> Request {
        Request::list(&self.url)
    }

    fn read(&self, request: &Request, body: &[u8]) -> Result<Reading, Misread> {
        let document = json(body)?;
        let kind = kind(&document).to_owned();
        match kind.as_str() {
            "Manifest" => Ok(manifest(request, document)),
            _ if request.id.is_some() => {
                let what = format!("a manifest was expected, and this is `{kind}`");
                Err(Misread::lasting("not_a_manifest", what))
            }
            "Collection" | "CollectionPage" => Ok(collection(request, &document)),
            "OrderedCollection" => stream(&document),
            "OrderedCollectionPage" => Ok(self.page(request, &document)),
            _ => {
                let what = format!(
                    "neither collection, manifest nor stream of changes of IIIF: type `{kind}`"
                );
                Err(Misread::lasting("not_iiif", what))
            }
        }
    }

    fn is_chain(&self) -> bool {
        false
    }
}

impl IiifWalk {
    /// A page of a stream: its activities, the newest first.
    fn page(&self, request: &Request, page: &Value) -> Reading {
        let mut only_delete = request.mode.as_deref() == Some(ONLY_DELETE);
        let mut reading = Reading { selective: true, ..Reading::default() };
        let mut met: HashSet<String> = HashSet::new();
        let (mut ended, mut others) = (false, 0_u64);
        let activities = page.get("orderedItems").and_then(Value::as_array);
        for activity in activities.into_iter().flatten().rev() {
            let time = string(activity, "endTime").or_else(|| string(activity, "published"));
            // The second of the last one is read again: others may have ended in it.
            if let (Some(time), Some(since)) = (time, self.since.as_deref())
                && is_before(time, since)
            {
                ended = true;
                break;
            }
            reading.watermark = later(reading.watermark.take(), time.map(str::to_owned));
            let what = string(activity, "type").unwrap_or_default();
            if what == "Refresh" {
                if self.since.is_none() {
                    ended = true;
                    break;
                }
                only_delete = true;
                continue;
            }
            let (gone, come) = match what {
                "Create" | "Update" | "Add" => (None, activity.get("object")),
                "Delete" | "Remove" => (activity.get("object"), None),
                "Move" => (activity.get("object"), activity.get("target")),
                _ => {
                    others += 1;
                    continue;
                }
            };
            for (object, deleted) in [(come, false), (gone, true)] {
                let Some(object) = object else { continue };
                let Some(id) = id_of(object) else {
                    others += 1;
                    continue;
                };
                if !matches!(kind(object), "Manifest" | "") {
                    others += 1;
                    continue;
                }
                if met.insert(id.to_owned()) && (deleted || !only_delete) {
                    let datestamp = time.map(str::to_owned);
                    let request = Request { datestamp, deleted, ..Request::record(id, id) };
                    reading.below.push(request);
                }
            }
        }
        if others > 0 {
            let text = format!(
                "{}: {others} activities of other kinds, or on what is no manifest",
                request.url
            );
            reading.notes.push(text);
        }
        if !ended && let Some(previous) = page.get("prev").and_then(id_of) {
            let mode = if only_delete { ONLY_DELETE } else { STREAM };
            let mode = Some(mode.to_owned());
            reading.next = Some(Request { mode, ..Request::list(previous) });
        }
        reading
    }
}

/// A manifest as the only record of its document.
fn manifest(request: &Request, document: Value) -> Reading {
    let own = id_of(&document).map(str::to_owned);
    let mut reading = Reading::default();
    let id = match (&request.id, own) {
        (Some(listed), own) => {
            if own.is_some_and(|own| own != *listed) {
                let text = "manifests whose id is not the one that they are listed under; the \
                            listed one names them";
                reading.notes.push(text.to_owned());
            }
            listed.clone()
        }
        (None, Some(own)) => own,
        (None, None) => request.url.clone(),
    };
    let datestamp = request.datestamp.clone();
    reading.rows.push(Row { datestamp, ..Row::new(id, Content::Manifest(document)) });
    reading
}

/// A collection or one page of it.
fn collection(request: &Request, document: &Value) -> Reading {
    let mut reading = Reading::default();
    let mut met: HashSet<String> = HashSet::new();
    // 3.0 has `items`; 2.1 `collections`, `manifests`, or both mixed in `members`.
    for (key, usual) in
        [("items", ""), ("collections", "Collection"), ("manifests", "Manifest"), ("members", "")]
    {
        for item in document.get(key).and_then(Value::as_array).into_iter().flatten() {
            let Some(id) = id_of(item) else {
                reading.notes.push(format!("{}: an entry of `{key}` without id", request.url));
                continue;
            };
            let kind = match kind(item) {
                "" => usual,
                kind => kind,
            };
            if !met.insert(id.to_owned()) {
                continue;
            }
            match kind {
                "Collection" => reading.below.push(Request::list(id)),
                "Manifest" | "" => reading.below.push(Request::record(id, id)),
                other => reading.notes.push(format!("{id}: left out, it is of type `{other}`")),
            }
        }
    }
    // 2.1 pages a collection: `first` of the whole, `next` of a page (Appendix C); streams of
    // 3.0 servers do so too.
    let follows = document.get("next").or_else(|| {
        let empty = reading.below.is_empty();
        document.get("first").filter(|_| empty)
    });
    reading.next = follows.and_then(id_of).map(Request::list);
    reading
}

/// The head of a stream: it is read from its last page.
fn stream(document: &Value) -> Result<Reading, Misread> {
    let Some(last) = document.get("last").and_then(id_of) else {
        let what = "a stream of changes without `last`";
        return Err(Misread::lasting("not_iiif", what));
    };
    let next = Some(Request { mode: Some(STREAM.to_owned()), ..Request::list(last) });
    Ok(Reading { next, selective: true, ..Reading::default() })
}

/// The type without prefix: `sc:Manifest` of 2.1 is `Manifest`.
pub(crate) fn kind(value: &Value) -> &str {
    let kind = value.get("type").or_else(|| value.get("@type")).and_then(Value::as_str);
    let kind = kind.unwrap_or_default();
    kind.strip_prefix("sc:").unwrap_or(kind)
}

/// `id` or `@id`, or the value itself when it is a text.
pub(crate) fn id_of(value: &Value) -> Option<&str> {
    value
        .get("id")
        .or_else(|| value.get("@id"))
        .and_then(Value::as_str)
        .or_else(|| value.as_str())
        .filter(|id| !id.trim().is_empty())
}

fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// Whether a time lies before another; times that cannot be read are compared as texts.
fn is_before(time: &str, other: &str) -> bool {
    let read = |text: &str| chrono::DateTime::parse_from_rfc3339(text.trim()).ok();
    match (read(time), read(other)) {
        (Some(time), Some(other)) => time < other,
        _ => time < other,
    }
}
