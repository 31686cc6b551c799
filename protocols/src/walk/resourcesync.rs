//! ResourceSync 1.1 as destination: description, capability list, resource list, change list.
//!
//! A run of everything reads the resource list; an incremental one the change list, when it reaches
//! back to the last run, else the resource list again. Lists are walked from their end, so that of
//! each resource only its newest change counts.

use super::{Content, Misread, Protocol, Reading, Request, Row, later};
use crate::xml::{Element, decode};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use std::collections::HashSet;

/// One source of ResourceSync.
#[derive(Debug, Clone)]
pub struct ResourceSyncWalk {
    /// Description, capability list, resource list, or the site itself.
    pub url: String,
    /// For an incremental run: the moment up to which the last one saw.
    pub since: Option<String>,
}

/// An entry of a document.
struct Entry<'e> {
    loc: String,
    element: &'e Element,
}

impl Entry<'_> {
    /// What is asked for, when it stands in a list of resources or in an index of such lists.
    fn listed(&self, index: bool) -> Request {
        if index {
            return Request::list(&self.loc);
        }
        Request { datestamp: self.time(), ..Request::record(&self.loc, &self.loc) }
    }

    fn md(&self, name: &str) -> Option<&str> {
        self.element.child("md").and_then(|md| md.attribute(name))
    }

    /// When it changed: `rs:md/@datetime` of 1.1, else `lastmod`.
    fn time(&self) -> Option<String> {
        let lastmod = || self.element.child("lastmod").map(|e| e.text().trim().to_owned());
        self.md("datetime").map(str::to_owned).or_else(lastmod).filter(|time| !time.is_empty())
    }
}

impl Protocol for ResourceSyncWalk {
    fn begin(&self) -> Request {
        Request::list(&self.url)
    }

    fn read(&self, request: &Request, body: &[u8]) -> Result<Reading, Misread> {
        if let Some(id) = &request.id {
            return resource(request, id, body);
        }
        let decoded = decode(body);
        let root = Element::parse(&decoded.text, &[])
            .map_err(|error| Misread::passing("not_xml", format!("not XML: {error}")))?
            .value;
        if !matches!(root.local.as_str(), "urlset" | "sitemapindex") {
            let what = format!("no document of ResourceSync but `{}`", root.local);
            return Err(Misread::lasting("not_resourcesync", what));
        }
        let md = |name: &str| root.child("md").and_then(|md| md.attribute(name));
        let entries: Vec<Entry<'_>> = root
            .elements()
            .filter(|e| matches!(e.local.as_str(), "url" | "sitemap"))
            .filter_map(|element| {
                let loc = element.child("loc")?.text().trim().to_owned();
                (!loc.is_empty()).then_some(Entry { loc, element })
            })
            .collect();
        let index = root.local == "sitemapindex";
        match md("capability").unwrap_or_default() {
            "description" => {
                let found = entries.iter().filter(|e| e.md("capability") == Some("capabilitylist"));
                let below: Vec<Request> = found.map(|e| Request::list(&e.loc)).collect();
                if below.is_empty() {
                    return Err(lacks("capability list"));
                }
                Ok(Reading { below, ..Reading::default() })
            }
            "capabilitylist" => self.capabilities(&entries),
            "resourcelist" => {
                let watermark = md("at").map(str::to_owned);
                let below = entries.iter().map(|entry| entry.listed(index)).collect();
                Ok(Reading { below, watermark, ..Reading::default() })
            }
            "changelist" => Ok(self.changes(request, &entries, index, md("from"), md("until"))),
            other => {
                let what = format!("a document of ResourceSync that is not read: `{other}`");
                Err(Misread::lasting("not_resourcesync", what))
            }
        }
    }

    fn is_chain(&self) -> bool {
        false
    }
}

impl ResourceSyncWalk {
    /// The change list for an incremental run where there is one, else the resource list.
    fn capabilities(&self, entries: &[Entry<'_>]) -> Result<Reading, Misread> {
        let of = |capability: &str| {
            entries.iter().find(|e| e.md("capability") == Some(capability)).map(|e| e.loc.clone())
        };
        let resources = of("resourcelist");
        let below = match (of("changelist").filter(|_| self.since.is_some()), resources) {
            // The resource list is what is read when the change list does not reach back.
            (Some(changes), resources) => Request { mode: resources, ..Request::list(changes) },
            (None, Some(resources)) => Request::list(resources),
            (None, None) => return Err(lacks("resource list")),
        };
        Ok(Reading { below: vec![below], ..Reading::default() })
    }

    fn changes(
        &self,
        request: &Request,
        entries: &[Entry<'_>],
        index: bool,
        from: Option<&str>,
        until: Option<&str>,
    ) -> Reading {
        let since = self.since.as_deref().and_then(moment);
        let begins = from.and_then(moment);
        if let (Some(since), Some(begins), Some(resources)) = (since, begins, &request.mode)
            && begins > since
        {
            let note = "the change list does not reach back to the last run: everything is read";
            let below = vec![Request::list(resources)];
            return Reading { below, notes: vec![note.to_owned()], ..Reading::default() };
        }
        let mut reading =
            Reading { selective: true, watermark: until.map(str::to_owned), ..Reading::default() };
        if index {
            for entry in entries.iter().rev() {
                let ended = entry.md("until").and_then(moment);
                if ended.zip(since).is_none_or(|(ended, since)| ended >= since) {
                    reading.below.push(Request::list(&entry.loc));
                }
            }
            return reading;
        }
        let mut met: HashSet<&str> = HashSet::new();
        for entry in entries.iter().rev() {
            let time = entry.time();
            let at = time.as_deref().and_then(moment);
            reading.watermark = later(reading.watermark.take(), time.clone());
            // The second of the last run is read again: more may have changed in it.
            if at.zip(since).is_some_and(|(at, since)| at < since) || !met.insert(&entry.loc) {
                continue;
            }
            let deleted = entry.md("change") == Some("deleted");
            let record = Request::record(&entry.loc, &entry.loc);
            reading.below.push(Request { deleted, datestamp: time, ..record });
        }
        reading
    }
}

fn lacks(what: &str) -> Misread {
    Misread::lasting("not_resourcesync", format!("the source offers no {what}"))
}

/// A resource is one record, in XML or JSON.
fn resource(request: &Request, id: &str, body: &[u8]) -> Result<Reading, Misread> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace() && byte.is_ascii());
    let content = if first == Some(&b'{') {
        let value = super::json_api::json(body)?;
        match super::iiif::kind(&value) {
            "Manifest" => Content::Manifest(value),
            _ => Content::Json(value),
        }
    } else {
        let decoded = decode(body);
        let parsed = Element::parse(&decoded.text, &[])
            .map_err(|error| Misread::passing("not_xml", format!("not XML: {error}")))?;
        Content::Xml(Box::new(parsed.value))
    };
    let datestamp = request.datestamp.clone();
    let rows = vec![Row { datestamp, ..Row::new(id, content) }];
    Ok(Reading { rows, ..Reading::default() })
}

/// A moment of W3C's form of dates, as far as it is given.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    if let Ok(time) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S") {
        return Some(time.and_utc());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}
