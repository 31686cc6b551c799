//! One answer, read record by record: what is broken in one costs that one (invariant 3).
//!
//! The page is cut into records by looking for their tags, before anything is parsed; then each
//! record is parsed on its own. Names are matched by local name: servers write the namespace with
//! `https`, with a slash too many, or not at all (francearchives, arXiv).

mod envelope;
mod record;
mod whole;

use super::scan::elements;
use crate::oai_pmh::about::About;
use crate::oai_pmh::{ErrorCode, Granularity, OaiError};
use crate::xml::decode::{Repair, summary};
use crate::xml::{Element, decode};
use domain::issue::Issue;
use envelope::Envelope;
use std::collections::HashSet;
use std::ops::Range;

pub(super) use envelope::scope_of;
pub(super) use record::from_element;

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
    ///
    /// A list without its envelope, a lone record and a static repository (its first list) are read
    /// too, with an issue that says so.
    pub fn parse(body: &[u8]) -> Self {
        let decoded = decode(body);
        let mut page = Self {
            text: String::new(),
            shape: Shape::Whole,
            response_date: None,
            errors: Vec::new(),
            records: Vec::new(),
            broken: Vec::new(),
            token: None,
            complete_list_size: None,
            issues: decoded.issues,
        };
        page.read(&decoded.text, &decoded.repairs);
        page.text = decoded.text;
        page
    }

    /// Records that came, broken ones included.
    pub fn received(&self) -> usize {
        self.records.len() + self.broken.len()
    }

    fn read(&mut self, text: &str, repairs: &[Repair]) {
        let root = match envelope::root(text) {
            Ok(root) => root,
            Err(reason) => {
                self.shape = Shape::Foreign(reason);
                return;
            }
        };
        let envelope = Envelope::of(text, &root);
        self.issues.extend(envelope.issues);
        for (position, span) in envelope.items.spans.iter().cloned().enumerate() {
            let fragment = text.get(span.clone()).unwrap_or_default();
            match record::read(fragment, &envelope.scope, envelope.headers_only) {
                Ok(read) => {
                    let mut record = HarvestedRecord { position, span, ..read };
                    record.issues.extend(inside(repairs, &record.span));
                    self.records.push(record);
                }
                Err((code, detail)) => {
                    self.broken.push(broken(position, code, detail, fragment, span));
                }
            }
        }
        if let Some(start) = envelope.items.cut_off {
            let tail = text.get(start..).unwrap_or_default();
            let detail = "the answer ends inside this record".to_owned();
            let span = start..text.len();
            self.broken.push(broken(self.received(), "record_cut_off", detail, tail, span));
        }
        let mut seen = HashSet::with_capacity(self.records.len());
        for record in &mut self.records {
            if !seen.insert(record.identifier.as_str()) {
                let issue =
                    Issue::new("duplicate_identifier", "header/identifier", &record.identifier);
                record.issues.push(issue);
            }
        }
        let shell = envelope.items.shell(text);
        if !envelope::closes(&shell, &root) || envelope.items.unread {
            self.shape = Shape::Truncated;
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
                    ErrorCode::parse(e.attribute("code").unwrap_or_default().trim()),
                    e.text().trim(),
                )
            })
            .collect();
        if !self.errors.is_empty() && self.received() > 0 {
            let codes: Vec<&str> = self.errors.iter().map(|error| error.code.as_str()).collect();
            self.issues.push(Issue::new("error_beside_records", "error", &codes.join(" ")));
        }
        // The last one: a stray one may stand before or among the records.
        let mut tokens = elements(shell, "resumptionToken");
        if tokens.len() > 1 {
            let count = tokens.len().to_string();
            self.issues.push(Issue::new("several_tokens", "resumptionToken", &count));
        }
        let Some(token) = tokens.pop() else { return };
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

/// What was repaired inside a record.
fn inside(repairs: &[Repair], span: &Range<usize>) -> Vec<Issue> {
    if repairs.is_empty() {
        return Vec::new();
    }
    let from = repairs.partition_point(|repair| repair.at < span.start);
    let to = repairs.partition_point(|repair| repair.at < span.end);
    summary(repairs.get(from..to).unwrap_or_default())
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
        envelope::root(&text)?;
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
mod quirks;
#[cfg(test)]
mod tests;
