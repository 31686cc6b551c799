//! `raw`: every source record behind an object, as received, in an envelope of our own.
//!
//! Of records harvested as XML it holds the metadata element out of the stored page; of rows the
//! fields. Masked fields never came in (invariant 8); fields that the gateway keeps private are
//! taken out here.

use super::{ObjectContext, language};
use crate::oai_pmh::client::Page;
use crate::xml::{Element, Writer};
use domain::source_record::Field;
use std::collections::{BTreeMap, BTreeSet};

/// Namespace of the envelope.
pub const NAMESPACE: &str = "urn:passerelle:raw:1";
/// Where the gateway serves the schema, below its public URL.
pub const SCHEMA_PATH: &str = "/static/schemas/raw.xsd";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One source record as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Source.
    pub source: String,
    /// Identifier in the source.
    pub identifier: String,
    /// The source's datestamp, as written.
    pub datestamp: Option<String>,
    /// What came.
    pub content: Content,
}

/// What came of a source record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The metadata element, complete in itself.
    Metadata(String),
    /// Fields in their order.
    Fields(Vec<Field>),
}

/// Writes the source records of an object.
pub fn write(received: &[Received], context: &ObjectContext<'_>) -> String {
    let mut w = Writer::fragment();
    let location = format!("{NAMESPACE} {}{SCHEMA_PATH}", context.public_url);
    w.open(
        "raw:sourceRecords",
        &[
            ("xmlns:raw", NAMESPACE),
            ("xmlns:xsi", XSI),
            ("xsi:schemaLocation", &location),
            ("object", &context.uri()),
        ],
    );
    for record in received {
        let mut attributes =
            vec![("source", record.source.as_str()), ("identifier", record.identifier.as_str())];
        attributes.extend(record.datestamp.as_deref().map(|date| ("datestamp", date)));
        w.open("raw:sourceRecord", &attributes);
        match &record.content {
            Content::Metadata(xml) => {
                w.open("raw:metadata", &[]);
                w.raw(xml);
                w.close();
            }
            Content::Fields(fields) => fields.iter().for_each(|field| put(&mut w, field)),
        }
        w.close();
    }
    w.finish()
}

fn put(w: &mut Writer, field: &Field) {
    let mut attributes = vec![("name", field.name.as_str())];
    attributes.extend(field.uri.as_deref().map(|uri| ("uri", uri)));
    attributes.extend(language(field.lang.as_deref()).map(|lang| ("xml:lang", lang)));
    w.text("raw:field", &attributes, &field.value);
}

/// A metadata element of a stored page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Complete in itself: what it needs of namespaces is declared on it.
    pub xml: String,
    /// Private fields were taken out of it.
    pub curtailed: bool,
}

/// The metadata elements of the records with these identifiers in a stored OAI-PMH page. A record
/// that comes twice counts as it came last, as in a harvest. `is_private` names the fields that are
/// not shown; it is asked the names that the readers give to elements.
pub fn metadata_in(
    page: &[u8],
    identifiers: &BTreeSet<String>,
    is_private: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, Metadata> {
    let mut page = Page::parse(page);
    let declared = page.text.clone();
    page.records.retain(|record| identifiers.contains(&record.identifier));
    page.broken.clear();
    page.records.iter_mut().for_each(|record| record.masked = false);
    page.mask("raw", is_private);
    page.records
        .into_iter()
        .filter_map(|record| {
            let root = record.metadata?;
            let xml = complete(&root, &declared);
            Some((record.identifier, Metadata { xml, curtailed: record.masked }))
        })
        .collect()
}

/// An element written complete in itself: prefixes that nothing in force declared are declared on it,
/// as the page declares them elsewhere.
fn complete(root: &Element, page: &str) -> String {
    let mut prefixes = BTreeSet::new();
    undeclared_prefixes(root, &mut prefixes);
    let xml = root.to_xml();
    let name_end = xml.find([' ', '>', '/']).unwrap_or(xml.len());
    let (start, rest) = xml.split_at(name_end);
    let mut out = start.to_owned();
    let tag = rest.split('>').next().unwrap_or_default();
    for prefix in prefixes.iter().filter(|prefix| !tag.contains(&format!(" xmlns:{prefix}="))) {
        let uri = declaration(prefix, page).unwrap_or_else(|| format!("urn:undeclared:{prefix}"));
        out.extend([" xmlns:", prefix, "=\"", &quick_xml::escape::escape(&uri), "\""]);
    }
    out.push_str(rest);
    out
}

fn undeclared_prefixes<'e>(element: &'e Element, into: &mut BTreeSet<&'e str>) {
    let of_attributes = element.attributes.iter().filter(|a| a.namespace.is_none());
    let of_attributes =
        of_attributes.filter_map(|a| a.name.split_once(':').map(|(prefix, _)| prefix));
    let own = Some(&*element.prefix).filter(|_| element.namespace.is_none());
    into.extend(of_attributes.chain(own).filter(|p| !matches!(*p, "" | "xml" | "xmlns")));
    element.elements().for_each(|child| undeclared_prefixes(child, into));
}

/// The URI that a page declares for a prefix first.
fn declaration(prefix: &str, page: &str) -> Option<String> {
    let (_, after) = page.split_once(&format!("xmlns:{prefix}="))?;
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (uri, _) = after.get(1..)?.split_once(quote)?;
    Some(quick_xml::escape::unescape(uri).map_or_else(|_| uri.to_owned(), Into::into))
}

#[cfg(test)]
mod tests;
