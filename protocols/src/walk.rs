//! Walks through what is not OAI-PMH: JSON interfaces, IIIF collections and streams, ResourceSync,
//! SRU.
//!
//! All of them have one shape: a document is asked for, it holds records, or names documents that
//! hold them, or says where the list goes on. A [`Protocol`] says what an answer means; the
//! [`Walk`] keeps the order, the bounds, the guards against circles and the checkpoint. Neither
//! asks for anything itself (sans-I/O).
//!
//! The checkpoint names the lists that the walk is in, not their entries: a walk that goes on reads
//! those lists again and asks the store which of their records it has ([`Step::Known`]). So it
//! stays small however long the lists are.

mod engine;
pub mod iiif;
pub mod json_api;
pub mod resourcesync;
pub mod sru;
mod state;
#[cfg(test)]
mod tests;

pub use engine::{Plan, Walk};
pub use state::Request;

use crate::oai_pmh::client::Completion;
use crate::xml::Element;
use serde_json::Value;
use std::fmt;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fetch this URL and hand the body over ([`Walk::receive`]), or say why there is none
    /// ([`Walk::unanswered`]).
    Get(String),
    /// Say which of these records this walk has brought to the store already ([`Walk::known`]).
    Known(Vec<String>),
    /// The walk is over.
    Finished(Completion),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// Rows, to be stored with the checkpoint.
    Page(Vec<Row>),
    /// Nothing to store, and the walk goes on.
    Noted(String),
    /// Nothing to store: the same request comes next after a pause, and why.
    Again(String),
}

/// A record as it came, or what stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its identifier, when the protocol and not the record says it.
    pub id: Option<String>,
    /// When it was changed, as the source says.
    pub datestamp: Option<String>,
    /// It is said to be deleted.
    pub deleted: bool,
    /// What came.
    pub content: Content,
}

impl Row {
    /// A record of this identifier.
    pub fn new(id: impl Into<String>, content: Content) -> Self {
        Self { id: Some(id.into()), datestamp: None, deleted: false, content }
    }

    /// One that cannot be taken.
    pub fn broken(id: Option<String>, code: &'static str, what: String, came: Vec<u8>) -> Self {
        Self { id, datestamp: None, deleted: false, content: Content::Broken(code, what, came) }
    }
}

/// The later of two times or numbers of changes.
fn later(one: Option<String>, other: Option<String>) -> Option<String> {
    let number = |text: &Option<String>| text.as_deref()?.trim().parse::<i64>().ok();
    match (number(&one), number(&other)) {
        (Some(first), Some(second)) => {
            if second > first {
                other
            } else {
                one
            }
        }
        _ => one.max(other),
    }
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A value of JSON.
    Json(Value),
    /// An IIIF manifest.
    Manifest(Value),
    /// An element of XML.
    Xml(Box<Element>),
    /// Nothing: that it is deleted is all that is said.
    Nothing,
    /// It cannot be taken: stable code, what is wrong, what came.
    Broken(&'static str, String, Vec<u8>),
}

/// What a document says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Records in it.
    pub rows: Vec<Row>,
    /// What it names, in the order in which it is to be asked for.
    pub below: Vec<Request>,
    /// Where the list goes on, after all that.
    pub next: Option<Request>,
    /// How many records there are in all, when it says so.
    pub declared: Option<u64>,
    /// Time or number of the latest change in it; the greatest of a walk is where the next
    /// incremental one begins.
    pub watermark: Option<String>,
    /// What it lists is not everything that there is: nothing may be deleted by absence.
    pub selective: bool,
    /// What was odd.
    pub notes: Vec<String>,
}

/// Why a document is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// Stable code of a record in quarantine.
    pub code: &'static str,
    /// What is wrong.
    pub text: String,
    /// Whether asking again may help: a page cut short, an error page.
    pub may_pass: bool,
}

impl Misread {
    /// Something that may be whole when it is asked for again.
    pub fn passing(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), may_pass: true }
    }

    /// What the source means, or will not mend by itself.
    pub fn lasting(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), may_pass: false }
    }
}

/// One way to offer records. It remembers nothing: what must be remembered is in the requests.
pub trait Protocol: fmt::Debug + Send + Sync {
    /// The first request.
    fn begin(&self) -> Request;

    /// What an answer to a request means.
    ///
    /// # Errors
    /// [`Misread`] when it is no document of the protocol, or says itself that it is an error.
    fn read(&self, request: &Request, body: &[u8]) -> Result<Reading, Misread>;

    /// Whether the lists are one chain of pages, each of which holds records: then a page that
    /// comes again is a circle. Else lists are told by their addresses.
    fn is_chain(&self) -> bool;
}
