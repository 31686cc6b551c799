//! SRU: searchRetrieve 1.1, 1.2 and 2.0 (OASIS searchRetrieve Part 3 and Part 2).

use super::{Content, Misread, Protocol, Reading, Request, Row};
use crate::xml::{Element, decode};
use serde::{Deserialize, Serialize};
use url::Url;

/// What is searched for: the table `[sru]` of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sru {
    /// CQL.
    pub query: String,
    /// `1.1`, `1.2` (default) or `2.0`.
    #[serde(default = "default_version")]
    pub version: String,
    /// `recordSchema`, as the server names it (`explain` lists them): `marcxml`, `unimarcXchange`,
    /// `mods`, `dc`, `lido`. Absent: the server's own choice.
    #[serde(default)]
    pub schema: Option<String>,
    /// `maximumRecords`.
    #[serde(default = "default_size")]
    pub size: u32,
}

fn default_version() -> String {
    "1.2".to_owned()
}

fn default_size() -> u32 {
    100
}

/// One search.
#[derive(Debug, Clone)]
pub struct SruWalk {
    /// Base URL of the server.
    pub url: String,
    /// What is searched for.
    pub options: Sru,
}

impl SruWalk {
    /// The request whose first record is `start`, from 1.
    fn page(&self, start: u64) -> Request {
        let options = &self.options;
        let Ok(mut url) = Url::parse(&self.url) else { return Request::list(&self.url) };
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("version", &options.version);
            if options.version != "2.0" {
                query.append_pair("operation", "searchRetrieve");
            }
            query.append_pair("query", &options.query);
            if let Some(schema) = &options.schema {
                query.append_pair("recordSchema", schema);
            }
            query.append_pair("startRecord", &start.to_string());
            query.append_pair("maximumRecords", &options.size.to_string());
        }
        Request { at: start, ..Request::list(url) }
    }
}

impl Protocol for SruWalk {
    fn begin(&self) -> Request {
        self.page(1)
    }

    fn read(&self, request: &Request, body: &[u8]) -> Result<Reading, Misread> {
        let decoded = decode(body);
        let root = Element::parse(&decoded.text, &[])
            .map_err(|error| Misread::passing("not_xml", format!("not XML: {error}")))?
            .value;
        if root.local != "searchRetrieveResponse" {
            let what = format!("no searchRetrieveResponse but `{}`", root.local);
            return Err(Misread::lasting("not_sru", diagnostic(&root).unwrap_or(what)));
        }
        let number = |name: &str| -> Option<u64> { root.child(name)?.text().trim().parse().ok() };
        let declared = number("numberOfRecords");
        let records: Vec<&Element> = root
            .child("records")
            .map(|records| records.elements().filter(|e| e.local == "record").collect())
            .unwrap_or_default();
        let said = root.child("diagnostics").and_then(diagnostic);
        let mut reading = Reading { declared, ..Reading::default() };
        if let Some(said) = said {
            if records.is_empty() {
                return Err(Misread::lasting("diagnostic", said));
            }
            reading.notes.push(format!("the server remarks: {said}"));
        }
        let count = records.len() as u64;
        reading.rows = records.into_iter().map(row).collect();
        let follows = request.at + count;
        // Some servers leave nextRecordPosition out; some give it behind the last record.
        let next = match (number("nextRecordPosition"), declared) {
            _ if count == 0 => None,
            (Some(next), _) if next <= request.at => {
                let what =
                    format!("nextRecordPosition {next} after the records from {}", request.at);
                return Err(Misread::lasting("circle", what));
            }
            (Some(next), Some(all)) => (next <= all).then_some(next),
            (Some(next), None) => Some(next),
            (None, Some(all)) => (follows <= all).then_some(follows),
            (None, None) => None,
        };
        reading.next = next.map(|start| self.page(start));
        Ok(reading)
    }

    fn is_chain(&self) -> bool {
        true
    }
}

/// One record: its data as XML, packed as an element or as a text.
fn row(record: &Element) -> Row {
    let wrong =
        |code, what: &str| Row::broken(None, code, what.to_owned(), record.to_xml().into_bytes());
    let Some(data) = record.child("recordData") else {
        return wrong("no_record_data", "a record without recordData");
    };
    if let Some(element) = data.elements().next() {
        // A surrogate diagnostic stands in the place of a record that cannot be given.
        if element.local == "diagnostic" {
            let said = diagnostic(data).unwrap_or_default();
            return wrong("diagnostic", &said);
        }
        let content = Content::Xml(Box::new(element.clone()));
        return Row { id: None, datestamp: None, deleted: false, content };
    }
    match Element::parse(data.text().trim(), &[]) {
        Ok(parsed) => Row {
            id: None,
            datestamp: None,
            deleted: false,
            content: Content::Xml(Box::new(parsed.value)),
        },
        Err(error) => wrong("not_xml", &format!("recordData: {error}")),
    }
}

/// What the first diagnostic in an element says.
fn diagnostic(element: &Element) -> Option<String> {
    let found = element.find("diagnostic")?;
    let part = |name: &str| found.child(name).map(|e| e.text().trim().to_owned());
    let parts = [part("message"), part("details"), part("uri")];
    Some(parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; "))
}
