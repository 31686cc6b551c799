//! OAI-PMH 2.0, both sides, without I/O.
//!
//! The provider ([`provider`]) turns a query string into a request, a request into the list that
//! it asks for, and what the store answers into XML. The harvester ([`client`]) says which URL
//! comes next and takes the bytes that came.
//!
//! Section numbers are those of the protocol document of 2015-01-08.

pub mod about;
pub mod check;
pub mod client;
pub mod datestamp;
pub mod error;
pub mod provider;
pub mod static_repository;

pub use datestamp::{Datestamp, Granularity};
pub use error::{ErrorCode, OaiError};

/// Namespace of every answer.
pub const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/";
/// Schema of every answer; validators compare it letter by letter.
pub const SCHEMA: &str = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd";

/// The six verbs (section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// What the repository is.
    Identify,
    /// Formats, of the repository or of one item.
    ListMetadataFormats,
    /// Sets.
    ListSets,
    /// One record.
    GetRecord,
    /// Headers.
    ListIdentifiers,
    /// Records.
    ListRecords,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 6] = [
        Self::Identify,
        Self::ListMetadataFormats,
        Self::ListSets,
        Self::GetRecord,
        Self::ListIdentifiers,
        Self::ListRecords,
    ];

    /// As the protocol writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "Identify",
            Self::ListMetadataFormats => "ListMetadataFormats",
            Self::ListSets => "ListSets",
            Self::GetRecord => "GetRecord",
            Self::ListIdentifiers => "ListIdentifiers",
            Self::ListRecords => "ListRecords",
        }
    }

    /// The verb of that name; case matters (section 3.6).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == name)
    }
}
