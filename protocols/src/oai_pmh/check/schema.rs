//! OAI-PMH.xsd as code: order, cardinality, attributes and types of every answer (section 3.2).

use crate::oai_pmh::{Datestamp, NAMESPACE, Verb};
use crate::xml::strict::{Attribute, Element, XSI};

/// A simple type of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Any text.
    Text,
    /// `anyURI`.
    Uri,
    /// `dateTime`.
    DateTime,
    /// `UTCdatetimeType`.
    Datestamp,
    /// `emailType`.
    Email,
    /// `setSpecType`.
    SetSpec,
    /// `metadataPrefixType`.
    Prefix,
    /// `positiveInteger`.
    Positive,
    /// `nonNegativeInteger`.
    Natural,
    /// One of these.
    OneOf(&'static [&'static str]),
}

const VERBS: Type = Type::OneOf(&[
    "Identify",
    "ListMetadataFormats",
    "ListSets",
    "GetRecord",
    "ListIdentifiers",
    "ListRecords",
]);
const CODES: Type = Type::OneOf(&[
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "badArgument",
    "badVerb",
    "noMetadataFormats",
    "noRecordsMatch",
    "badResumptionToken",
    "noSetHierarchy",
]);

/// Content of an element.
pub(super) enum Content {
    /// Text of a type.
    Simple(Type),
    /// Children in this order, each so many times (0 for no upper limit).
    Sequence(&'static [(&'static Kind, usize, usize)]),
    /// Exactly one element of another namespace.
    Other,
}

/// An element declaration.
pub(super) struct Kind {
    name: &'static str,
    /// Name, type, required.
    attributes: &'static [(&'static str, Type, bool)],
    content: Content,
}

const fn simple(name: &'static str, kind: Type) -> Kind {
    Kind { name, attributes: &[], content: Content::Simple(kind) }
}

const fn sequence(name: &'static str, children: &'static [(&'static Kind, usize, usize)]) -> Kind {
    Kind { name, attributes: &[], content: Content::Sequence(children) }
}

const fn other(name: &'static str) -> Kind {
    Kind { name, attributes: &[], content: Content::Other }
}

static RESPONSE_DATE: Kind = simple("responseDate", Type::DateTime);
static REQUEST: Kind = Kind {
    name: "request",
    attributes: &[
        ("verb", VERBS, false),
        ("identifier", Type::Uri, false),
        ("metadataPrefix", Type::Prefix, false),
        ("from", Type::Datestamp, false),
        ("until", Type::Datestamp, false),
        ("set", Type::SetSpec, false),
        ("resumptionToken", Type::Text, false),
    ],
    content: Content::Simple(Type::Uri),
};
static ERROR: Kind = Kind {
    name: "error",
    attributes: &[("code", CODES, true)],
    content: Content::Simple(Type::Text),
};
static TOKEN: Kind = Kind {
    name: "resumptionToken",
    attributes: &[
        ("expirationDate", Type::DateTime, false),
        ("completeListSize", Type::Positive, false),
        ("cursor", Type::Natural, false),
    ],
    content: Content::Simple(Type::Text),
};
static REPOSITORY_NAME: Kind = simple("repositoryName", Type::Text);
static BASE_URL: Kind = simple("baseURL", Type::Uri);
static VERSION: Kind = simple("protocolVersion", Type::OneOf(&["2.0"]));
static EMAIL: Kind = simple("adminEmail", Type::Email);
static EARLIEST: Kind = simple("earliestDatestamp", Type::Datestamp);
static DELETED: Kind = simple("deletedRecord", Type::OneOf(&["no", "persistent", "transient"]));
static GRANULARITY: Kind =
    simple("granularity", Type::OneOf(&["YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"]));
static COMPRESSION: Kind = simple("compression", Type::Text);
static DESCRIPTION: Kind = other("description");
pub(super) static IDENTIFY: Kind = sequence(
    "Identify",
    &[
        (&REPOSITORY_NAME, 1, 1),
        (&BASE_URL, 1, 1),
        (&VERSION, 1, 1),
        (&EMAIL, 1, 0),
        (&EARLIEST, 1, 1),
        (&DELETED, 1, 1),
        (&GRANULARITY, 1, 1),
        (&COMPRESSION, 0, 0),
        (&DESCRIPTION, 0, 0),
    ],
);
static PREFIX: Kind = simple("metadataPrefix", Type::Prefix);
static SCHEMA: Kind = simple("schema", Type::Uri);
static METADATA_NAMESPACE: Kind = simple("metadataNamespace", Type::Uri);
pub(super) static FORMAT: Kind =
    sequence("metadataFormat", &[(&PREFIX, 1, 1), (&SCHEMA, 1, 1), (&METADATA_NAMESPACE, 1, 1)]);
static FORMATS: Kind = sequence("ListMetadataFormats", &[(&FORMAT, 1, 0)]);
static SET_SPEC: Kind = simple("setSpec", Type::SetSpec);
static SET_NAME: Kind = simple("setName", Type::Text);
static SET_DESCRIPTION: Kind = other("setDescription");
static SET: Kind =
    sequence("set", &[(&SET_SPEC, 1, 1), (&SET_NAME, 1, 1), (&SET_DESCRIPTION, 0, 0)]);
static SETS: Kind = sequence("ListSets", &[(&SET, 1, 0), (&TOKEN, 0, 1)]);
static IDENTIFIER: Kind = simple("identifier", Type::Uri);
static DATESTAMP: Kind = simple("datestamp", Type::Datestamp);
static HEADER: Kind = Kind {
    name: "header",
    attributes: &[("status", Type::OneOf(&["deleted"]), false)],
    content: Content::Sequence(&[(&IDENTIFIER, 1, 1), (&DATESTAMP, 1, 1), (&SET_SPEC, 0, 0)]),
};
static METADATA: Kind = other("metadata");
static ABOUT: Kind = other("about");
pub(super) static RECORD: Kind =
    sequence("record", &[(&HEADER, 1, 1), (&METADATA, 0, 1), (&ABOUT, 0, 0)]);
static GET_RECORD: Kind = sequence("GetRecord", &[(&RECORD, 1, 1)]);
static LIST_IDENTIFIERS: Kind = sequence("ListIdentifiers", &[(&HEADER, 1, 0), (&TOKEN, 0, 1)]);
static LIST_RECORDS: Kind = sequence("ListRecords", &[(&RECORD, 1, 0), (&TOKEN, 0, 1)]);

fn of_verb(verb: Verb) -> &'static Kind {
    match verb {
        Verb::Identify => &IDENTIFY,
        Verb::ListMetadataFormats => &FORMATS,
        Verb::ListSets => &SETS,
        Verb::GetRecord => &GET_RECORD,
        Verb::ListIdentifiers => &LIST_IDENTIFIERS,
        Verb::ListRecords => &LIST_RECORDS,
    }
}

/// Complaints about the children of an `OAI-PMH` element, at most `limit`.
pub(super) fn complaints(root: &Element, limit: usize) -> Vec<String> {
    let mut found = Complaints { limit, list: Vec::new() };
    found.attributes(root, &[]);
    let mut children = root.children.iter();
    for expected in [&RESPONSE_DATE, &REQUEST] {
        match children.next() {
            Some(child) if child.name == expected.name => found.element(child, expected),
            Some(child) => found.add(child, format!("<{}> expected here", expected.name)),
            None => found.add(root, format!("no <{}>", expected.name)),
        }
    }
    let rest: Vec<&Element> = children.collect();
    if rest.is_empty() {
        found.add(root, "neither an error nor the element of a verb".to_owned());
    }
    let errors = rest.iter().filter(|child| child.name == "error").count();
    for child in &rest {
        if child.name == "error" {
            found.element(child, &ERROR);
        } else if let Some(verb) = Verb::parse(&child.name) {
            found.element(child, of_verb(verb));
        } else {
            found.add(child, "not expected here".to_owned());
        }
    }
    // An error beside the element of a verb is a rule of its own.
    if rest.len() - errors > 1 {
        found.add(root, "more than one element of a verb".to_owned());
    }
    found.list
}

/// Complaints about one element of a known declaration, at most `limit`.
pub(super) fn complaints_of(element: &Element, kind: &Kind, limit: usize) -> Vec<String> {
    let mut found = Complaints { limit, list: Vec::new() };
    found.element(element, kind);
    found.list
}

struct Complaints {
    limit: usize,
    list: Vec<String>,
}

impl Complaints {
    fn add(&mut self, at: &Element, what: impl std::fmt::Display) {
        if self.list.len() < self.limit {
            self.list.push(format!("line {}, <{}>: {what}", at.line.0, at.name));
        }
    }

    fn element(&mut self, element: &Element, kind: &Kind) {
        if element.namespace != NAMESPACE {
            self.add(element, format!("in the namespace `{}`", element.namespace));
        }
        self.attributes(element, kind.attributes);
        match &kind.content {
            Content::Simple(simple) => {
                if let Some(child) = element.children.first() {
                    self.add(element, format!("text expected, not <{}>", child.name));
                } else if !matches(*simple, &element.text) {
                    self.add(
                        element,
                        format!("`{}` is no {}", shown(&element.text), name_of(*simple)),
                    );
                }
            }
            Content::Sequence(children) => self.sequence(element, children),
            Content::Other => match element.children.as_slice() {
                [only] if !only.namespace.is_empty() && only.namespace != NAMESPACE => {
                    self.blank(element);
                }
                [only] => self.add(
                    element,
                    format!(
                        "<{}> must be in a namespace of its own, not `{}`",
                        only.name, only.namespace
                    ),
                ),
                several => {
                    let count = several.len();
                    self.add(element, format!("exactly one element expected, found {count}"));
                }
            },
        }
    }

    fn blank(&mut self, element: &Element) {
        if !element.text.trim().is_empty() {
            self.add(element, format!("text between elements: `{}`", shown(&element.text)));
        }
    }

    fn sequence(&mut self, element: &Element, children: &[(&Kind, usize, usize)]) {
        self.blank(element);
        let mut rest = element.children.iter().peekable();
        for (kind, least, most) in children {
            let mut count = 0;
            while (*most == 0 || count < *most)
                && let Some(child) = rest.next_if(|child| child.name == kind.name)
            {
                self.element(child, kind);
                count += 1;
            }
            if count < *least {
                let missing = format!("no <{}> where it belongs", kind.name);
                self.add(element, missing);
            }
        }
        if let Some(child) = rest.next() {
            self.add(child, format!("not expected here in <{}>", element.name));
        }
    }

    fn attributes(&mut self, element: &Element, known: &[(&str, Type, bool)]) {
        for Attribute { namespace, name, value } in &element.attributes {
            if namespace == XSI {
                continue;
            }
            match known.iter().find(|(known, ..)| known == name && namespace.is_empty()) {
                None => self.add(element, format!("no attribute `{name}` is allowed")),
                Some((_, simple, _)) if !matches(*simple, value) => self.add(
                    element,
                    format!("{name}=\"{}\" is no {}", shown(value), name_of(*simple)),
                ),
                Some(_) => {}
            }
        }
        for (name, _, required) in known {
            if *required && element.attribute(name).is_none() {
                self.add(element, format!("the attribute `{name}` is missing"));
            }
        }
    }
}

fn shown(text: &str) -> String {
    text.trim().chars().take(60).collect()
}

fn name_of(simple: Type) -> String {
    match simple {
        Type::Text => "text".to_owned(),
        Type::Uri => "URI".to_owned(),
        Type::DateTime => "date and time".to_owned(),
        Type::Datestamp => "datestamp (YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ)".to_owned(),
        Type::Email => "e-mail address".to_owned(),
        Type::SetSpec => "setSpec".to_owned(),
        Type::Prefix => "metadataPrefix".to_owned(),
        Type::Positive => "positive integer".to_owned(),
        Type::Natural => "integer of 0 or more".to_owned(),
        Type::OneOf(values) => format!("value of {}", values.join(", ")),
    }
}

/// Whether a value is of a type. White space around numbers, dates and URIs is allowed, as in XML
/// Schema; strings are taken as they are.
pub(super) fn matches(simple: Type, value: &str) -> bool {
    let trimmed = value.trim();
    match simple {
        Type::Text => true,
        Type::Uri => is_uri(trimmed),
        Type::DateTime => is_date_time(trimmed),
        // Fractions pass the schema; that the protocol knows none is another rule.
        Type::Datestamp => {
            Datestamp::parse(trimmed).is_some() || (trimmed.ends_with('Z') && is_date_time(trimmed))
        }
        Type::Email => value.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty()
                && domain.trim_matches('.').contains('.')
                && !value.contains(char::is_whitespace)
        }),
        Type::SetSpec => {
            value.split(':').all(|part| !part.is_empty() && part.bytes().all(is_unreserved))
        }
        Type::Prefix => !value.is_empty() && value.bytes().all(is_unreserved),
        Type::Positive => is_natural(trimmed) && trimmed.bytes().any(|b| matches!(b, b'1'..=b'9')),
        Type::Natural => is_natural(trimmed),
        Type::OneOf(values) => values.contains(&value),
    }
}

fn is_natural(value: &str) -> bool {
    let digits = value.strip_prefix('+').unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

/// `anyURI` takes nearly everything; what no URI reference can hold even after escaping is refused.
fn is_uri(value: &str) -> bool {
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next(), bytes.next()];
            if !digits.into_iter().all(|d| d.is_some_and(|d| d.is_ascii_hexdigit())) {
                return false;
            }
        }
    }
    !value.contains(' ') && value.matches('#').count() < 2 && !value.starts_with(':')
}

/// `dateTime` with or without a zone, fractions allowed.
fn is_date_time(value: &str) -> bool {
    let Some((date, time)) = value.split_once('T') else { return false };
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone).unwrap_or((time, ""));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let zone_is_good = match zone.as_bytes() {
        [] | b"Z" => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|d| d.is_ascii_digit()),
        _ => false,
    };
    zone_is_good && is_natural(fraction) && Datestamp::parse(&format!("{date}T{clock}Z")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_the_schema() {
        for (simple, good, bad) in [
            (Type::Datestamp, "2024-02-29", "2023-02-29"),
            (Type::Datestamp, "2024-02-29T10:00:00Z", "2024-02-29T10:00:00"),
            (Type::DateTime, "2024-02-29T10:00:00.5+01:00", "2024-02-29"),
            (Type::Email, "a@b.org", "a@localhost"),
            (Type::SetSpec, "base:joconde", "base:"),
            (Type::SetSpec, "a-b_c.!~*'()", "a b"),
            (Type::Prefix, "oai_dc", "oai:dc"),
            (Type::Positive, "10", "0"),
            (Type::Natural, "0", "-5"),
            (Type::Uri, "oai:example.org:a%2Fb", "oai:example.org:100%"),
            (Type::Uri, "http://example.org/é", "http://example.org/a b"),
        ] {
            assert!(matches(simple, good), "{good}");
            assert!(!matches(simple, bad), "{bad}");
        }
    }
}
