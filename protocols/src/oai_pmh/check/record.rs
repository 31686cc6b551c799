//! What can be said of one record by itself.

use super::answer::Item;
use super::containers::{self, About};
use super::rule::Rule;
use super::schema::{Type, matches};
use super::session::Session;
use crate::oai_pmh::{Datestamp, Granularity};
use crate::xml::strict::{Element, XML, XSI};

const OAI_DC: &str = "http://www.openarchives.org/OAI/2.0/oai_dc/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const ELEMENTS: [&str; 15] = [
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
];
/// Seconds by which a datestamp may be ahead of responseDate.
const AHEAD: i64 = 300;

/// Judges the header, the content and the containers of a record of a format.
pub(super) fn judge(s: &mut Session, item: &Item<'_>, prefix: &str, now: Option<i64>, url: &str) {
    let header = &item.header;
    let id = header.identifier.clone();
    let good = matches(Type::Uri, &id) && has_scheme(&id);
    s.expect(Rule::IdentifierUri, good, url, || format!("`{id}` is no URI"));
    if let Some(domain) = s.known.repository_identifier.clone() {
        let good = id.starts_with(&format!("oai:{domain}:"));
        s.expect(Rule::IdentifierScheme, good, url, || format!("`{id}` is not of `{domain}`"));
    }
    let own = header.stamp().map(|stamp| stamp.granularity);
    let good = own.is_some() && s.known.granularity.is_none_or(|said| own == Some(said));
    s.expect(Rule::DatestampGranularity, good, url, || {
        format!("{id}: the datestamp is {}", header.datestamp)
    });
    if let (Some(stamp), Some(now)) = (Datestamp::parse_lenient(&header.datestamp), now) {
        s.expect(Rule::DatestampFuture, stamp.seconds <= now + AHEAD, url, || {
            format!("{id}: the datestamp is {}", header.datestamp)
        });
        if let Some(earliest) = s.known.earliest {
            s.expect(Rule::EarliestBound, stamp.last_second() >= earliest.seconds, url, || {
                format!("{id}: the datestamp is {}", header.datestamp)
            });
        }
    }
    if header.deleted {
        let said = s.known.deleted.as_deref() == Some("no");
        let empty = item.metadata.is_none() && item.abouts.is_empty();
        s.expect(Rule::DeletedRecords, !said && empty, url, || {
            let what = if said { "although deletedRecord is no" } else { "and has content" };
            format!("{id} is deleted {what}")
        });
    }
    sets(s, item, url);
    if let Some(content) = item.metadata.and_then(|metadata| metadata.children.first()) {
        metadata(s, content, prefix, &id, url);
    }
    let mut rights = 0;
    for container in item.abouts.iter().flat_map(|about| &about.children) {
        let (kind, complaints) = containers::about(container);
        let rule = match kind {
            About::Provenance => Rule::Provenance,
            About::Rights => Rule::Rights,
            About::Other => continue,
        };
        rights += usize::from(kind == About::Rights);
        s.expect(rule, complaints.is_empty(), url, || format!("{id}: {}", complaints.join("; ")));
    }
    if rights > 1 {
        s.report.broken(Rule::Rights, format!("{id}: {rights} rights containers"), url);
    }
}

fn sets(s: &mut Session, item: &Item<'_>, url: &str) {
    let id = &item.header.identifier;
    for set in &item.header.sets {
        match &s.known.sets {
            Some(known) => {
                let good = known.contains(set);
                s.expect(Rule::SetHeaders, good, url, || format!("{id} names the set {set}"));
            }
            None if !s.known.no_sets => {}
            None => s.report.broken(Rule::SetNone, format!("{id} names the set {set}"), url),
        }
    }
}

/// Judges the content of a record against what ListMetadataFormats says of its format.
fn metadata(s: &mut Session, content: &Element, prefix: &str, id: &str, url: &str) {
    if let Some(format) = s.known.formats.iter().find(|format| format.prefix == prefix).cloned() {
        // A graph has the root of RDF; its format is known by what is in it (EDM).
        let of_graph = content.namespace == RDF
            && content.children.iter().any(|child| child.namespace == format.namespace);
        let good = content.namespace == format.namespace || of_graph;
        s.expect(Rule::FormatRecord, good, url, || {
            format!(
                "{id}: <{}> in `{}`, not `{}`",
                content.name, content.namespace, format.namespace
            )
        });
        let locations = content.schema_locations();
        let good = locations.as_ref().is_some_and(|locations| {
            locations.iter().any(|(namespace, url)| {
                *url == format.schema
                    && (*namespace == content.namespace || *namespace == format.namespace)
            })
        });
        s.expect(Rule::FormatRecord, good, url, || {
            match content.qualified(XSI, "schemaLocation") {
                None => format!("{id}: <{}> has no xsi:schemaLocation", content.name),
                Some(said) => format!("{id}: xsi:schemaLocation=\"{said}\", not {}", format.schema),
            }
        });
    }
    if prefix == "oai_dc" {
        dublin_core(s, content, id, url);
    }
}

/// oai_dc.xsd and simpledc20021212.xsd as code, and what aggregators wish.
fn dublin_core(s: &mut Session, content: &Element, id: &str, url: &str) {
    let mut complaints = Vec::new();
    if content.namespace != OAI_DC || content.name != "dc" {
        complaints.push(format!("the root is <{}>", content.name));
    }
    let stray = content.attributes.iter().find(|a| a.namespace != XSI);
    complaints.extend(stray.map(|a| format!("the root has the attribute {}", a.name)));
    if !content.text.trim().is_empty() {
        complaints.push("text between elements".to_owned());
    }
    for child in &content.children {
        if child.namespace != DC || !ELEMENTS.contains(&child.name.as_str()) {
            complaints.push(format!("<{}> in `{}`", child.name, child.namespace));
        } else if let Some(inner) = child.children.first() {
            complaints.push(format!("<{}> inside <{}>", inner.name, child.name));
        }
        for a in &child.attributes {
            if !(a.namespace == XML && a.name == "lang") && a.namespace != XSI {
                complaints.push(format!("<{}> has the attribute {}", child.name, a.name));
            }
        }
    }
    complaints.truncate(3);
    s.expect(Rule::DublinCore, complaints.is_empty(), url, || {
        format!("{id}: {}", complaints.join("; "))
    });
    let mut wishes = Vec::new();
    for name in ["title", "identifier", "type"] {
        if !content.all(name).any(|e| !e.text.trim().is_empty()) {
            wishes.push(format!("no {name}"));
        }
    }
    let language = content.all("language").find(|e| !is_language(e.text.trim()));
    wishes.extend(language.map(|e| format!("language `{}`", e.text.trim())));
    s.expect(Rule::DublinCorePractice, wishes.is_empty(), url, || {
        format!("{id}: {}", wishes.join("; "))
    });
    let twice = content.children.iter().find(|child| is_encoded_twice(&child.text));
    s.expect(Rule::DoubleEncoding, twice.is_none(), url, || {
        let text: String =
            twice.map(|e| e.text.trim().chars().take(60).collect()).unwrap_or_default();
        format!("{id}: `{text}`")
    });
}

fn has_scheme(id: &str) -> bool {
    id.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// The form of a code of ISO 639 or BCP 47.
fn is_language(text: &str) -> bool {
    let primary = text.split('-').next().unwrap_or_default();
    matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether a text looks like UTF-8 that was read as Latin-1: `Ã©`, `â€™`.
fn is_encoded_twice(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let continues = matches!(next, '\u{80}'..='\u{BF}');
        if (c == 'Ã' && continues) || (c == 'â' && matches!(next, '€' | '\u{80}')) {
            return true;
        }
    }
    false
}

/// Whether a datestamp of a header is that of the granularity, for stored answers.
pub(super) fn granularities(items: &[Item<'_>]) -> Vec<Granularity> {
    let mut found: Vec<Granularity> =
        items.iter().filter_map(|item| item.header.stamp()).map(|d| d.granularity).collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_1_that_was_utf_8_is_seen_and_portuguese_is_not() {
        assert!(is_encoded_twice("Ã©tÃ©"));
        assert!(is_encoded_twice("lâ€™art"));
        assert!(!is_encoded_twice("SÃO PAULO, COLEÇÃO"));
        assert!(!is_encoded_twice("château"));
        assert!(is_language("fr") && is_language("fre") && is_language("pt-BR"));
        assert!(!is_language("français"));
    }
}
