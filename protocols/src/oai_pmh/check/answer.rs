//! Requests and answers as the rules see them.

use crate::oai_pmh::{Datestamp, Verb};
use crate::xml::strict::Element;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What may stay as it is in a query: the unreserved characters of RFC 3986.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The arguments are the query.
    Get,
    /// The arguments are a form.
    Post,
}

/// A request that the check asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// GET or POST.
    pub method: Method,
    /// Arguments, encoded: the query of a GET, the form of a POST.
    pub query: String,
    /// `Accept-Encoding`; without, none is to be sent.
    pub accept_encoding: Option<&'static str>,
    /// Seconds to wait before, beside the driver's own delay: the server asked for them.
    pub wait_s: u64,
    /// Arguments to be repeated in the answer; none when they are odd on purpose.
    pub(super) arguments: Option<Vec<(String, String)>>,
    /// Whether the request holds what might break the answer.
    pub(super) hostile: bool,
}

impl Ask {
    /// GET with these arguments.
    pub(super) fn get(arguments: &[(&str, &str)]) -> Self {
        let arguments: Vec<(String, String)> = arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let pairs: Vec<String> = arguments
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)))
            .collect();
        Self { arguments: Some(arguments), ..Self::raw(pairs.join("&")) }
    }

    /// GET with a query as it is.
    pub(super) fn raw(query: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            query: query.into(),
            accept_encoding: None,
            wait_s: 0,
            arguments: None,
            hostile: false,
        }
    }

    /// The same by POST.
    pub(super) fn post(self) -> Self {
        Self { method: Method::Post, ..self }
    }

    /// The same with `Accept-Encoding`.
    pub(super) fn accepting(self, encodings: &'static str) -> Self {
        Self { accept_encoding: Some(encodings), ..self }
    }

    /// The same, meant to break something.
    pub(super) fn hostile(self) -> Self {
        Self { hostile: true, ..self }
    }

    /// How a report names it.
    pub fn describe(&self, base: &str) -> String {
        let mut text = match (self.method, self.query.is_empty()) {
            (Method::Get, true) => base.to_owned(),
            (Method::Get, false) => format!("{base}?{}", self.query),
            (Method::Post, _) => format!("POST {base} {}", self.query),
        };
        if let Some(encodings) = self.accept_encoding {
            text.extend([" (Accept-Encoding: ", encodings, ")"]);
        }
        text
    }
}

/// An HTTP answer as data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body, unpacked.
    pub body: Vec<u8>,
    /// Why the body could not be unpacked.
    pub unpacking: Option<String>,
    /// From the request to the last byte.
    pub elapsed_ms: u64,
    /// Second of the epoch at which it was complete, by the clock of the driver.
    pub now: i64,
}

impl Reply {
    /// Value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// An answer, whatever its status.
    Reply(Reply),
    /// No answer: why.
    Failed(String),
}

/// Header of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) identifier: String,
    pub(super) datestamp: String,
    pub(super) sets: BTreeSet<String>,
    pub(super) deleted: bool,
}

impl Header {
    fn of(element: &Element) -> Option<Self> {
        Some(Self {
            identifier: element.value("identifier").filter(|id| !id.is_empty())?.to_owned(),
            datestamp: element.value("datestamp").unwrap_or_default().to_owned(),
            sets: element.all("setSpec").map(|set| set.text.trim().to_owned()).collect(),
            deleted: element.attribute("status") == Some("deleted"),
        })
    }

    /// The datestamp, when it is one.
    pub(super) fn stamp(&self) -> Option<Datestamp> {
        Datestamp::parse(&self.datestamp)
    }

    /// Whether it is in a set: it names it or a descendant.
    pub(super) fn is_in(&self, set: &str) -> bool {
        self.sets.iter().any(|own| {
            own.strip_prefix(set).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
    }
}

/// A header or record of a list or of GetRecord.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) header: Header,
    pub(super) metadata: Option<&'a Element>,
    pub(super) abouts: Vec<&'a Element>,
}

impl Item<'_> {
    /// Hash of metadata and about.
    pub(super) fn digest(&self) -> u64 {
        let mut text = String::new();
        for part in self.metadata.iter().chain(&self.abouts) {
            part.canonical(&mut text);
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }
}

/// A `resumptionToken` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) value: String,
    pub(super) size: Option<u64>,
    pub(super) cursor: Option<u64>,
    pub(super) expires: Option<String>,
}

/// An answer of the protocol, as far as there is one.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The request, for findings.
    pub(super) request: String,
    pub(super) reply: Reply,
    pub(super) root: Option<Element>,
}

impl Answer {
    /// Codes of its errors.
    pub(super) fn codes(&self) -> Vec<&str> {
        self.root
            .iter()
            .flat_map(|root| root.all("error"))
            .map(|error| error.attribute("code").unwrap_or_default())
            .collect()
    }

    /// Content for a verb.
    pub(super) fn of(&self, verb: Verb) -> Option<&Element> {
        self.root.as_ref()?.child(verb.as_str())
    }

    /// How it looks in a sentence: codes, status, or content.
    pub(super) fn summary(&self) -> String {
        let codes = self.codes();
        if !codes.is_empty() {
            return codes.join(", ");
        }
        match &self.root {
            Some(root) => {
                let last = root.children.last().map_or("nothing", |child| child.name.as_str());
                let items = self.items().len();
                if items > 0 { format!("{last} with {items} items") } else { last.to_owned() }
            }
            None => format!("HTTP status {} and nothing of the protocol", self.reply.status),
        }
    }

    /// Headers or records, those without identifier left out.
    pub(super) fn items(&self) -> Vec<Item<'_>> {
        let Some(root) = &self.root else { return Vec::new() };
        let mut items = Vec::new();
        for verb in [Verb::ListIdentifiers, Verb::ListRecords, Verb::GetRecord] {
            for child in root.all(verb.as_str()).flat_map(|list| &list.children) {
                let header = match child.name.as_str() {
                    "header" => Some(child),
                    "record" => child.child("header"),
                    _ => None,
                };
                let Some(header) = header.and_then(Header::of) else { continue };
                items.push(Item {
                    header,
                    metadata: child.child("metadata"),
                    abouts: child.all("about").collect(),
                });
            }
        }
        items
    }

    /// The token of a list.
    pub(super) fn token(&self) -> Option<Token> {
        let root = self.root.as_ref()?;
        let token = root.children.iter().find_map(|child| child.child("resumptionToken"))?;
        let number = |name: &str| token.attribute(name)?.trim().parse().ok();
        Some(Token {
            value: token.text.trim().to_owned(),
            size: number("completeListSize"),
            cursor: number("cursor"),
            expires: token.attribute("expirationDate").map(|date| date.trim().to_owned()),
        })
    }

    /// responseDate, leniently.
    pub(super) fn response_date(&self) -> Option<i64> {
        let date = self.root.as_ref()?.value("responseDate")?;
        Datestamp::parse_lenient(date).map(|date| date.seconds)
    }

    /// A text equal for answers of equal content: responseDate, request and the value of the token
    /// do not count.
    pub(super) fn content(&self) -> String {
        let mut text = String::new();
        for child in self.root.iter().flat_map(|root| &root.children) {
            match child.name.as_str() {
                "responseDate" | "request" => {}
                "error" => text.push_str(child.attribute("code").unwrap_or_default()),
                _ => {
                    let mut child = child.clone();
                    child.children.retain(|part| part.name != "resumptionToken");
                    child.canonical(&mut text);
                }
            }
        }
        text
    }
}
