//! Unqualified Dublin Core (`oai_dc`), out and in. One element a value, never two in one: POP lost
//! all but the first value of every field here (its `oai_records.js` drops the result of `concat`).

use super::{ObjectContext, is_web_uri, language};
use crate::xml::write::printable;
use crate::xml::{Element, Writer};
use domain::issue::{Issue, Parsed};
use domain::merge::MergedRecord;
use domain::record::{Kind, Property};
use domain::rights::ImageRight;
use domain::source_record::Field;

/// Namespace of the container.
pub const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/oai_dc/";
/// Schema.
pub const SCHEMA: &str = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd";

const DC: &str = "http://purl.org/dc/elements/1.1/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The fifteen elements.
pub(super) const ELEMENTS: [&str; 15] = [
    "contributor",
    "coverage",
    "creator",
    "date",
    "description",
    "format",
    "identifier",
    "language",
    "publisher",
    "relation",
    "rights",
    "source",
    "subject",
    "title",
    "type",
];

/// The terms of dcterms that refine them.
pub(super) const TERMS: [&str; 40] = [
    "abstract",
    "accessRights",
    "accrualMethod",
    "accrualPeriodicity",
    "alternative",
    "audience",
    "available",
    "bibliographicCitation",
    "conformsTo",
    "created",
    "dateAccepted",
    "dateCopyrighted",
    "dateSubmitted",
    "educationLevel",
    "extent",
    "hasFormat",
    "hasPart",
    "hasVersion",
    "isFormatOf",
    "isPartOf",
    "isReferencedBy",
    "isReplacedBy",
    "isRequiredBy",
    "isVersionOf",
    "issued",
    "license",
    "mediator",
    "medium",
    "modified",
    "provenance",
    "references",
    "replaces",
    "requires",
    "rightsHolder",
    "spatial",
    "tableOfContents",
    "temporal",
    "valid",
    "instructionalMethod",
    "accrualPolicy",
];

/// Writes a record. What the table of the bases says for Dublin Core: places and times are
/// `dc:coverage`, materials and measures `dc:format`, history and provenance `dc:description`; where
/// a thing is kept is coverage only for things of buildings, and never for museum objects, whose
/// museum is `dc:source`.
pub fn write(record: &MergedRecord, context: &ObjectContext<'_>) -> String {
    let mut w = Writer::fragment();
    let location = format!("{NAMESPACE} {SCHEMA}");
    w.open(
        "oai_dc:dc",
        &[
            ("xmlns:oai_dc", NAMESPACE),
            ("xmlns:dc", DC),
            ("xmlns:xsi", XSI),
            ("xsi:schemaLocation", &location),
        ],
    );
    let mut written = Vec::new();
    let mut put = |w: &mut Writer, name: &'static str, text: &str, lang: Option<&str>| {
        let text = printable(text);
        // Two properties may meet in one element; the same words need not come twice.
        if text.is_empty() || written.iter().any(|(n, t)| *n == name && *t == text) {
            return;
        }
        match language(lang) {
            Some(lang) => w.text(name, &[("xml:lang", lang)], &text),
            None => w.text(name, &[], &text),
        }
        written.push((name, text));
    };
    if record.get(Property::Title).is_empty() && record.get(Property::Alternative).is_empty() {
        put(&mut w, "dc:title", record.display_title(), None);
    }
    for property in Property::ALL {
        let Some(name) = element(property, record) else { continue };
        for value in record.get(property) {
            put(&mut w, name, &value.value.text, value.value.lang.as_deref());
        }
    }
    put(&mut w, "dc:identifier", &context.uri(), None);
    if let Some(page) = &record.landing_page {
        put(&mut w, "dc:identifier", page, None);
    }
    if record.kind == Kind::MuseumObject {
        put(&mut w, "dc:source", &record.data_provider, None);
    }
    for link in &record.links {
        match &link.object {
            Some(object) => put(&mut w, "dc:relation", &context.uri_of(object), None),
            None => put(&mut w, "dc:relation", &link.label, None),
        }
    }
    let mut shown =
        record.images.iter().filter(|image| image.rights.image != ImageRight::None).peekable();
    let has_manifest = shown.peek().is_some();
    for image in shown {
        put(&mut w, "dc:relation", &context.image_url(&image.image), None);
    }
    if has_manifest {
        put(&mut w, "dc:relation", &context.manifest(), None);
    }
    put(&mut w, "dc:rights", &record.rights.statement, None);
    w.finish()
}

fn element(property: Property, record: &MergedRecord) -> Option<&'static str> {
    Some(match property {
        Property::Title | Property::Alternative => "dc:title",
        Property::Identifier => "dc:identifier",
        Property::Type => "dc:type",
        Property::Creator => "dc:creator",
        Property::Contributor => "dc:contributor",
        Property::Publisher => "dc:publisher",
        Property::Created | Property::Issued | Property::Date => "dc:date",
        Property::Temporal | Property::Spatial => "dc:coverage",
        Property::CurrentLocation => match record.kind {
            Kind::Photograph => "dc:source",
            // MNR: the museum in charge changes and is what people look for.
            Kind::MuseumObject if record.base != "mnr" => return None,
            _ => "dc:coverage",
        },
        Property::Medium | Property::Extent | Property::Format => "dc:format",
        Property::Subject => "dc:subject",
        Property::Description | Property::Provenance => "dc:description",
        Property::Language => "dc:language",
        Property::Source => "dc:source",
        Property::Relation | Property::IsReferencedBy | Property::IsPartOf => "dc:relation",
        Property::Rights => "dc:rights",
    })
}

/// Reads Dublin Core, simple or qualified, whatever the prefixes and the container.
///
/// Fields are named `dc:title`, `dcterms:created`. Understood as well: capital letters
/// (`dc:Title`), qualifiers behind a dot (`dc:title.alternative`), DSpace's
/// `dcvalue element="…" qualifier="…"`, values that come as `rdf:resource`. What is of another
/// vocabulary keeps its prefix as written.
pub(super) fn read(root: &Element) -> Parsed<Vec<Field>> {
    let mut fields = Vec::new();
    let mut issues = Vec::new();
    // Some servers wrap the container once more, or send several containers.
    if root.elements().any(is_container) {
        for container in root.elements().filter(|child| is_container(child)) {
            container.elements().for_each(|element| read_value(element, &mut fields));
        }
    } else {
        root.elements().for_each(|element| read_value(element, &mut fields));
    }
    if fields.is_empty() {
        issues.push(Issue::new("metadata_empty", root.local.clone(), root.text().trim()));
    }
    Parsed { value: fields, issues }
}

fn is_container(element: &Element) -> bool {
    element.elements().next().is_some()
        && matches!(
            element.local.to_ascii_lowercase().as_str(),
            "dc" | "qualifieddc" | "qdc" | "dublin_core" | "record" | "description"
        )
}

fn read_value(element: &Element, fields: &mut Vec<Field>) {
    let resource = element.attribute("resource").map(str::trim).filter(|uri| !uri.is_empty());
    let text = element.text();
    let text = text.trim();
    let value = if text.is_empty() { resource.unwrap_or_default() } else { text };
    if value.is_empty() {
        return;
    }
    fields.push(Field {
        name: name(element),
        value: value.to_owned(),
        lang: element
            .attribute("lang")
            .map(str::trim)
            .filter(|lang| !lang.is_empty())
            .map(str::to_owned),
        uri: resource.map(str::to_owned).or_else(|| value_uri(element)),
    });
}

/// `valueURI` (MODS habit in qualified DC) when it is one.
fn value_uri(element: &Element) -> Option<String> {
    element.attribute("valueURI").filter(|uri| is_web_uri(uri)).map(str::to_owned)
}

/// Canonical name of a Dublin Core element, whatever its prefix; by local name where the namespace
/// is missing or odd.
pub(super) fn name(element: &Element) -> String {
    // Nearly all are written as they should be.
    let plainly = element.namespace.as_deref() == Some(DC) && element.local != "dcvalue";
    if let Some(name) = ELEMENTS.iter().find(|name| plainly && element.local == **name) {
        return ["dc:", name].concat();
    }
    let (base, qualifier) =
        match element.attribute("element").filter(|_| element.local == "dcvalue") {
            Some(base) => {
                (base, element.attribute("qualifier").filter(|q| !q.is_empty() && *q != "none"))
            }
            None => match element.local.split_once('.') {
                Some((base, qualifier)) => (base, Some(qualifier)),
                None => (element.local.as_str(), None),
            },
        };
    let term = |text: &str| TERMS.iter().find(|term| term.eq_ignore_ascii_case(text)).copied();
    let plain = |text: &str| ELEMENTS.iter().find(|name| name.eq_ignore_ascii_case(text)).copied();
    if let Some(refined) = qualifier.and_then(term) {
        return format!("dcterms:{refined}");
    }
    let namespace = element.namespace.as_deref().unwrap_or_default();
    let foreign = !namespace.is_empty()
        && !["purl.org/dc", "dublincore", "oai_dc", "openarchives.org", "qdc", "dspace"]
            .iter()
            .any(|known| namespace.contains(known));
    if foreign {
        let prefix =
            if element.prefix.is_empty() { String::new() } else { format!("{}:", element.prefix) };
        return format!("{prefix}{}", element.local);
    }
    if namespace.contains("purl.org/dc/terms") && plain(base).is_none_or(|_| term(base).is_some()) {
        return format!("dcterms:{}", term(base).unwrap_or(base));
    }
    match (plain(base), term(base)) {
        // dcterms:title and the like say no more than dc:title.
        (Some(name), _) => format!("dc:{name}"),
        (None, Some(term)) => format!("dcterms:{term}"),
        (None, None) if element.prefix.is_empty() => base.to_owned(),
        (None, None) => format!("{}:{base}", element.prefix),
    }
}
