//! Writes answers, valid against OAI-PMH.xsd, errors included.

use super::identify::RepositoryDescription;
use super::list::TokenElement;
use super::request::Arguments;
use super::sets::SetDescription;
use crate::oai_pmh::datestamp::{self, Granularity};
use crate::oai_pmh::{ErrorCode, NAMESPACE, OaiError, SCHEMA, Verb};
use crate::xml::Writer;
use std::borrow::Cow;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Response<'a> {
    /// Base URL under which the client sees us.
    pub base_url: &'a str,
    /// Second of the answer. For lists one second after the horizon at most: whoever asks next with
    /// this as `from` misses nothing.
    pub response_date: i64,
    /// Arguments to repeat. Left out by the writer where the protocol wants none.
    pub arguments: &'a Arguments,
    /// The content, or the errors.
    pub answer: Result<Answer, Vec<OaiError>>,
}

/// Content of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Identify.
    Identify(Box<RepositoryDescription>),
    /// ListMetadataFormats.
    Formats(Vec<MetadataFormat>),
    /// ListSets.
    Sets(Vec<SetDescription>, Option<TokenElement>),
    /// GetRecord.
    Record(Box<Record>),
    /// ListIdentifiers.
    Headers(Vec<Header>, Option<TokenElement>),
    /// ListRecords.
    Records(Vec<Record>, Option<TokenElement>),
}

/// A format that we disseminate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataFormat {
    /// metadataPrefix.
    pub prefix: &'static str,
    /// URL of the XML Schema.
    pub schema: Cow<'static, str>,
    /// Namespace.
    pub namespace: &'static str,
}

/// Header of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `oai:{domain}:{object}`.
    pub identifier: String,
    /// Second.
    pub datestamp: i64,
    /// Leaf setSpecs.
    pub sets: Vec<String>,
    /// Tombstone.
    pub deleted: bool,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Header.
    pub header: Header,
    /// What a format writer made; none for tombstones.
    pub metadata: Option<String>,
    /// `about` containers ([`crate::oai_pmh::about::write`]); empty without any.
    pub about: String,
}

/// `oai:{domain}:{object}`.
pub fn identifier(domain: &str, object_id: &str) -> String {
    format!("oai:{domain}:{object_id}")
}

/// The object id in an identifier of ours.
pub fn object_id<'i>(domain: &str, identifier: &'i str) -> Option<&'i str> {
    identifier
        .strip_prefix("oai:")?
        .strip_prefix(domain)?
        .strip_prefix(':')
        .filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

impl Response<'_> {
    /// Writes the document.
    pub fn write(&self) -> String {
        let mut w = Writer::document();
        let location = format!("{NAMESPACE} {SCHEMA}");
        w.open(
            "OAI-PMH",
            &[("xmlns", NAMESPACE), ("xmlns:xsi", XSI), ("xsi:schemaLocation", &location)],
        );
        w.text("responseDate", &[], &seconds(self.response_date));
        let repeated: Vec<(&str, &str)> = if self.repeats_arguments() {
            self.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
        } else {
            Vec::new()
        };
        w.text("request", &repeated, self.base_url);
        match &self.answer {
            Err(errors) => {
                for error in errors {
                    w.text("error", &[("code", error.code.as_str())], &error.message);
                }
            }
            Ok(answer) => answer.write(&mut w, self.base_url),
        }
        w.finish()
    }

    /// No attributes on badVerb and badArgument (section 3.2).
    fn repeats_arguments(&self) -> bool {
        !self.answer.as_ref().is_err_and(|errors| {
            errors.iter().any(|e| matches!(e.code, ErrorCode::BadVerb | ErrorCode::BadArgument))
        })
    }
}

impl Answer {
    fn write(&self, w: &mut Writer, base_url: &str) {
        w.open(self.verb().as_str(), &[]);
        match self {
            Self::Identify(description) => description.write(w, base_url),
            Self::Formats(formats) => {
                for format in formats {
                    w.open("metadataFormat", &[]);
                    w.text("metadataPrefix", &[], format.prefix);
                    w.text("schema", &[], &format.schema);
                    w.text("metadataNamespace", &[], format.namespace);
                    w.close();
                }
            }
            Self::Sets(sets, resumption) => {
                for set in sets {
                    set.write(w);
                }
                token(w, resumption.as_ref());
            }
            Self::Record(one) => record(w, one),
            Self::Headers(headers, resumption) => {
                for one in headers {
                    header(w, one);
                }
                token(w, resumption.as_ref());
            }
            Self::Records(records, resumption) => {
                let metadata = records.iter().filter_map(|one| one.metadata.as_ref());
                w.reserve(metadata.map(String::len).sum::<usize>() + records.len() * 400);
                for one in records {
                    record(w, one);
                }
                token(w, resumption.as_ref());
            }
        }
        w.close();
    }

    fn verb(&self) -> Verb {
        match self {
            Self::Identify(_) => Verb::Identify,
            Self::Formats(_) => Verb::ListMetadataFormats,
            Self::Sets(..) => Verb::ListSets,
            Self::Record(_) => Verb::GetRecord,
            Self::Headers(..) => Verb::ListIdentifiers,
            Self::Records(..) => Verb::ListRecords,
        }
    }
}

fn seconds(time: i64) -> String {
    datestamp::format(time, Granularity::Second)
}

fn header(w: &mut Writer, header: &Header) {
    let status: &[(&str, &str)] = if header.deleted { &[("status", "deleted")] } else { &[] };
    w.open("header", status);
    w.text("identifier", &[], &header.identifier);
    w.text("datestamp", &[], &seconds(header.datestamp));
    for set in &header.sets {
        w.text("setSpec", &[], set);
    }
    w.close();
}

fn record(w: &mut Writer, record: &Record) {
    w.open("record", &[]);
    header(w, &record.header);
    if let Some(metadata) = record.metadata.as_ref().filter(|_| !record.header.deleted) {
        w.open("metadata", &[]);
        w.raw(metadata);
        w.close();
        w.raw(&record.about);
    }
    w.close();
}

fn token(w: &mut Writer, token: Option<&TokenElement>) {
    let Some(token) = token else { return };
    let (size, cursor) = (token.complete_list_size.to_string(), token.cursor.to_string());
    let mut attributes = vec![("completeListSize", size.as_str()), ("cursor", cursor.as_str())];
    if let Some(date) = &token.expiration_date {
        attributes.insert(0, ("expirationDate", date));
    }
    w.text("resumptionToken", &attributes, &token.value);
}
