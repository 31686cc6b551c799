//! One answer, read record by record: what is broken in one costs that one (invariant 3).
//!
//! The page is cut into records by looking for their tags, before anything is parsed; then each
//! record is parsed on its own. Names are matched by local name: servers write the namespace with
//! `https`, with a slash too many, or not at all (francearchives, arXiv).

use super::scan::{Tag, TagKind, Tags, elements};
use crate::oai_pmh::about::About;
use crate::oai_pmh::{ErrorCode, Granularity, OaiError};
use crate::xml::tree::declarations;
use crate::xml::{Element, decode};
use domain::issue::Issue;
use std::ops::Range;

/// Most records that are read from one page.
pub const MAX_RECORDS: usize = 100_000;
/// Bytes of a broken record that are kept.
pub const MAX_BROKEN: usize = 64 * 1024;

/// Whether the answer is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// It ends as it should.
    Whole,
    /// It was cut off: the root element is not closed.
    Truncated,
    /// It is no OAI-PMH answer (an HTML page, nothing at all), and why.
    Foreign(String),
}

/// A record that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarvestedRecord {
    /// Position among the records of the page, from 0, broken ones counted.
    pub position: usize,
    /// OAI identifier.
    pub identifier: String,
    /// Datestamp as the server wrote it.
    pub datestamp: Option<String>,
    /// setSpecs.
    pub sets: Vec<String>,
    /// Tombstone.
    pub deleted: bool,
    /// Root element of the metadata; none for tombstones and for headers of ListIdentifiers.
    pub metadata: Option<Element>,
    /// What its `about` containers say.
    pub about: About,
    /// Masked fields were taken out of it ([`Page::mask`]).
    pub masked: bool,
    /// Complaints.
    pub issues: Vec<Issue>,
    /// Where it stands in [`Page::text`].
    pub span: Range<usize>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRecord {
    /// Position among the records of the page, from 0.
    pub position: usize,
    /// Stable code: `record_unreadable`, `no_header`, `no_identifier`, `no_metadata`, `record_cut_off`.
    pub code: &'static str,
    /// What is wrong.
    pub detail: String,
    /// The bytes, decoded, cut at [`MAX_BROKEN`].
    pub body: String,
    /// Where it stands in [`Page::text`].
    pub span: Range<usize>,
}

/// A `resumptionToken` that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumptionInfo {
    /// The token, to be sent back as it is.
    pub value: String,
    /// As written.
    pub expiration_date: Option<String>,
}

/// One answer to ListRecords, GetRecord or ListIdentifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The text that all this was read from: decoded and repaired.
    pub text: String,
    /// Whether it is whole.
    pub shape: Shape,
    /// As written.
    pub response_date: Option<String>,
    /// Errors; servers send several, some without code.
    pub errors: Vec<OaiError>,
    /// Records in order.
    pub records: Vec<HarvestedRecord>,
    /// Records that could not be read.
    pub broken: Vec<BrokenRecord>,
    /// Where the list goes on.
    pub token: Option<ResumptionInfo>,
    /// Size of the list, when it is a number.
    pub complete_list_size: Option<u64>,
    /// What had to be repaired on the page.
    pub issues: Vec<Issue>,
}

impl Page {
    /// Reads an answer. Never fails: what cannot be read is told in `shape`, `broken`, `issues`.
    pub fn parse(body: &[u8]) -> Self {
        let decoded = decode(body);
        let mut page = Self {
            text: decoded.text,
            shape: Shape::Whole,
            response_date: None,
            errors: Vec::new(),
            records: Vec::new(),
            broken: Vec::new(),
            token: None,
            complete_list_size: None,
            issues: decoded.issues,
        };
        let text = std::mem::take(&mut page.text);
        page.read(&text);
        page.text = text;
        page
    }

    /// Records that came, broken ones included.
    pub fn received(&self) -> usize {
        self.records.len() + self.broken.len()
    }

    fn read(&mut self, text: &str) {
        let root = match root(text) {
            Ok(root) => root,
            Err(reason) => {
                self.shape = Shape::Foreign(reason);
                return;
            }
        };
        let mut scope = declared(text, &root);
        let container = Tags::from(text, root.end).find(|tag| {
            ["ListRecords", "GetRecord", "ListIdentifiers"].iter().any(|name| tag.opens(name))
        });
        let mut items = Items::default();
        let mut headers_only = false;
        if let Some(container) = container {
            headers_only = container.local() == "ListIdentifiers";
            scope.extend(declared(text, &container));
            items = split(text, container.end, if headers_only { "header" } else { "record" });
        }
        for (position, span) in items.spans.into_iter().enumerate() {
            let fragment = text.get(span.clone()).unwrap_or_default();
            match record(fragment, &scope, headers_only) {
                Ok(read) => self.records.push(HarvestedRecord { position, span, ..read }),
                Err((code, detail)) => {
                    self.broken.push(broken(position, code, detail, fragment, span));
                }
            }
        }
        let (before, after) = (text.get(..items.first), text.get(items.last..));
        let shell = format!(
            "{}{}",
            before.unwrap_or(text),
            if before.is_some() { after.unwrap_or_default() } else { "" }
        );
        let closed =
            Tags::new(&shell).any(|tag| tag.kind == TagKind::Close && tag.name == root.name);
        if !closed && root.kind == TagKind::Open {
            self.shape = Shape::Truncated;
        }
        if let Some(start) = items.cut_off {
            let tail = text.get(start..).unwrap_or_default();
            let detail = "the answer ends inside this record".to_owned();
            self.broken.push(broken(
                self.received(),
                "record_cut_off",
                detail,
                tail,
                start..text.len(),
            ));
        }
        self.shell(&shell);
    }

    /// What stands around the records.
    fn shell(&mut self, shell: &str) {
        let first = |local: &str| elements(shell, local).into_iter().next();
        self.response_date = first("responseDate")
            .map(|e| e.text().trim().to_owned())
            .filter(|date| !date.is_empty());
        self.errors = elements(shell, "error")
            .into_iter()
            .map(|e| {
                OaiError::new(
                    ErrorCode::parse(e.attribute("code").unwrap_or_default()),
                    e.text().trim(),
                )
            })
            .collect();
        let Some(token) = first("resumptionToken") else { return };
        let number = token.attribute("completeListSize").map(str::trim);
        self.complete_list_size = number.and_then(|size| size.parse().ok());
        if let Some(size) = number.filter(|_| self.complete_list_size.is_none()) {
            self.issues.push(Issue::new("complete_list_size_no_number", "resumptionToken", size));
        }
        let value = token.text().trim().to_owned();
        if !value.is_empty() {
            let expiration_date = token.attribute("expirationDate").map(str::to_owned);
            self.token = Some(ResumptionInfo { value, expiration_date });
        }
    }
}

fn broken(
    position: usize,
    code: &'static str,
    detail: String,
    body: &str,
    span: Range<usize>,
) -> BrokenRecord {
    let mut end = body.len().min(MAX_BROKEN);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    BrokenRecord {
        position,
        code,
        detail,
        body: body.get(..end).unwrap_or_default().to_owned(),
        span,
    }
}

/// The root tag, or why there is none.
fn root(text: &str) -> Result<Tag<'_>, String> {
    let Some(first) = Tags::new(text).next() else {
        return Err("the answer holds no XML".to_owned());
    };
    if first.local().eq_ignore_ascii_case("html") {
        return Err("the answer is an HTML page".to_owned());
    }
    if first.local() == "OAI-PMH" {
        return Ok(first);
    }
    // A warning of PHP in markup may stand before it.
    Tags::new(text)
        .take(50)
        .find(|tag| tag.opens("OAI-PMH"))
        .ok_or_else(|| format!("the answer is no OAI-PMH: it begins with <{}>", first.name))
}

fn declared(text: &str, tag: &Tag<'_>) -> Vec<(String, String)> {
    declarations(text.get(tag.start..tag.end).unwrap_or_default())
}

/// Where the records of a page are.
struct Items {
    spans: Vec<Range<usize>>,
    /// Offset of the first one.
    first: usize,
    /// Offset after the last one.
    last: usize,
    /// Beginning of one that the page ends in.
    cut_off: Option<usize>,
}

impl Default for Items {
    fn default() -> Self {
        // Beyond every text: nothing is taken out of the shell.
        Self { spans: Vec::new(), first: usize::MAX, last: usize::MAX, cut_off: None }
    }
}

/// Cuts a page into records. Elements of the same name inside a record (MARCXML) are counted; a
/// record that is not closed ends where the next one, the token or the end of the list begins.
fn split(text: &str, from: usize, local: &str) -> Items {
    let mut items = Items::default();
    let mut name: Option<&str> = None;
    let mut open: Option<(usize, usize)> = None;
    let mut tags = Tags::from(text, from);
    while let Some(tag) = tags.next() {
        let is_item = name.map_or(tag.opens(local), |name| tag.name == name);
        let ends_list = (tag.kind == TagKind::Close
            && matches!(tag.local(), "ListRecords" | "GetRecord" | "ListIdentifiers" | "OAI-PMH"))
            || tag.opens("resumptionToken");
        if ends_list {
            if let Some((start, _)) = open.take() {
                items.push(start..tag.start);
            }
            break;
        }
        if !is_item {
            continue;
        }
        name = Some(tag.name);
        match (tag.kind, open) {
            (TagKind::Open, None) => open = Some((tag.start, 1)),
            (TagKind::Open, Some((start, depth))) => {
                let next_is_header = tags.clone().next().is_some_and(|next| next.opens("header"));
                if local == "header" || next_is_header {
                    items.push(start..tag.start);
                    open = Some((tag.start, 1));
                } else {
                    open = Some((start, depth + 1));
                }
            }
            (TagKind::Empty, None) => items.push(tag.start..tag.end),
            (TagKind::Close, Some((start, 1))) => {
                items.push(start..tag.end);
                open = None;
            }
            (TagKind::Close, Some((start, depth))) => open = Some((start, depth - 1)),
            _ => {}
        }
        if items.spans.len() >= MAX_RECORDS {
            break;
        }
    }
    if let Some((start, _)) = open {
        items.cut_off = Some(start);
        items.first = items.first.min(start);
        items.last = text.len();
    }
    items
}

impl Items {
    fn push(&mut self, span: Range<usize>) {
        self.first = self.first.min(span.start);
        self.last = span.end;
        self.spans.push(span);
    }
}

/// Reads one record.
fn record(
    fragment: &str,
    scope: &[(String, String)],
    header_only: bool,
) -> Result<HarvestedRecord, (&'static str, String)> {
    let parsed = Element::parse(fragment, scope)
        .map_err(|error| ("record_unreadable", error.to_string()))?;
    let element = parsed.value;
    let header = if header_only { Some(&element) } else { element.child("header") };
    let header = header.ok_or_else(|| ("no_header", "the record has no header".to_owned()))?;
    let text = |local: &str| {
        header.child(local).map(|e| e.text().trim().to_owned()).filter(|t| !t.is_empty())
    };
    let identifier = text("identifier")
        .ok_or_else(|| ("no_identifier", "the header has no identifier".to_owned()))?;
    let deleted = header
        .attribute("status")
        .is_some_and(|status| status.trim().eq_ignore_ascii_case("deleted"));
    let sets: Vec<String> = header
        .elements()
        .filter(|e| e.local == "setSpec")
        .map(|e| e.text().trim().to_owned())
        .filter(|spec| !spec.is_empty())
        .collect();
    let datestamp = text("datestamp");
    let metadata =
        element.child("metadata").and_then(|m| m.elements().next()).filter(|_| !deleted).cloned();
    if metadata.is_none() && !deleted && !header_only {
        let detail = format!("record {identifier} is not deleted and has no metadata");
        return Err(("no_metadata", detail));
    }
    Ok(HarvestedRecord {
        position: 0,
        identifier,
        datestamp,
        sets,
        deleted,
        metadata,
        about: About::of(&element),
        masked: false,
        issues: parsed.issues,
        span: 0..0,
    })
}

/// What Identify says, as far as a harvester needs it. Missing and odd values are tolerated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Name.
    pub name: Option<String>,
    /// Fineness of datestamps; none when it is not said.
    pub granularity: Option<Granularity>,
    /// `no`, `transient`, `persistent`.
    pub deleted_record: Option<String>,
    /// As written.
    pub earliest_datestamp: Option<String>,
    /// Where the repository says that it is.
    pub base_url: Option<String>,
}

impl Repository {
    /// Reads an answer to Identify.
    ///
    /// # Errors
    /// The reason, when the answer is no OAI-PMH at all.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        let text = decode(body).text;
        root(&text)?;
        let first = |local: &str| {
            elements(&text, local)
                .into_iter()
                .map(|e| e.text().trim().to_owned())
                .find(|value| !value.is_empty())
        };
        Ok(Self {
            name: first("repositoryName"),
            granularity: first("granularity").and_then(|text| Granularity::parse(&text)),
            deleted_record: first("deletedRecord").map(|text| text.to_ascii_lowercase()),
            earliest_datestamp: first("earliestDatestamp"),
            base_url: first("baseURL"),
        })
    }
}

#[cfg(test)]
mod tests;
