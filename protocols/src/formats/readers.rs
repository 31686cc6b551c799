//! Readers of the formats that partners send, to named fields.
//!
//! Which reader reads is said by the namespace of the metadata's root, then by the configured
//! format. A field is named by what it means in its format (`lido:title`, `mods:dateIssued`,
//! `marc:260.b`), the crosswalk tables of the same names say what it becomes. What no reader knows
//! is flattened by element path, so that nothing is lost.

mod ead;
mod lido;
mod marc;
mod mets;
mod mods;
mod other;
mod sink;

use super::{edm, oai_dc};
use crate::xml::Element;
use domain::issue::{Issue, Parsed};
use domain::source_record::Field;
use std::collections::HashSet;

pub(crate) use sink::{Sink, address};

/// Formats that are read, as `format` in a schedule names them.
pub const READABLE: [&str; 10] =
    ["oai_dc", "oai_qdc", "edm", "lido", "mods", "marc21", "unimarc", "ead", "mets", "raw"];

/// Prefixes of field names that elements bear.
pub(crate) const PREFIXES: [&str; 18] = [
    "dc",
    "dcterms",
    "edm",
    "ore",
    "owl",
    "rdf",
    "skos",
    "svcs",
    "doap",
    "ebucore",
    "wgs84_pos",
    "foaf",
    "rdaGr2",
    "lido",
    "mods",
    "mets",
    "ead",
    "marc",
];

/// A format that a reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    DublinCore,
    Edm,
    Lido,
    Mods,
    Marc,
    Ead,
    Mets,
}

impl Known {
    /// By namespace; by local name where there is none, or one that nobody knows; by what it holds.
    fn of(root: &Element) -> Option<Self> {
        Self::container(root)
            .or_else(|| root.elements().any(is_dublin_core).then_some(Self::DublinCore))
    }

    /// By namespace and local name only.
    fn container(root: &Element) -> Option<Self> {
        let namespace = root.namespace.as_deref().unwrap_or_default().trim();
        if namespace == oai_dc::NAMESPACE {
            return Some(Self::DublinCore);
        }
        let by_namespace = [
            ("lido-schema.org", Self::Lido),
            ("loc.gov/mods", Self::Mods),
            ("loc.gov/MARC21/slim", Self::Marc),
            ("marcxchange", Self::Marc),
            ("loc.gov/METS", Self::Mets),
            ("urn:isbn:1-931666-22", Self::Ead),
            ("ead3.archivists.org", Self::Ead),
            ("purl.org/dc/", Self::DublinCore),
            ("OAI/2.0/oai_dc", Self::DublinCore),
            ("oai_dc.xsd", Self::DublinCore),
            ("oai_qdc", Self::DublinCore),
            ("/qdc", Self::DublinCore),
            ("base_dc", Self::DublinCore),
            ("epdcx", Self::DublinCore),
            ("dspace.org/xmlns/dspace", Self::DublinCore),
            ("europeana.eu/schemas/edm", Self::Edm),
            ("europeana.eu/schemas/ese", Self::DublinCore),
        ];
        if let Some((_, known)) = by_namespace.iter().find(|(part, _)| namespace.contains(part)) {
            return Some(*known);
        }
        let local = root.local.as_str();
        if local == "RDF" {
            let of_edm =
                |e: &Element| matches!(e.local.as_str(), "ProvidedCHO" | "Aggregation" | "Proxy");
            return Some(if root.elements().any(of_edm) { Self::Edm } else { Self::DublinCore });
        }
        let alone = namespace.is_empty() || namespace.contains("openarchives.org/OAI/2.0");
        match local.to_ascii_lowercase().as_str() {
            "lido" | "lidowrap" if alone => Some(Self::Lido),
            "mods" | "modscollection" if alone => Some(Self::Mods),
            "ead" if alone => Some(Self::Ead),
            "mets" if alone => Some(Self::Mets),
            "dc" | "qualifieddc" | "qdc" | "dublin_core" => Some(Self::DublinCore),
            "record" | "collection" if alone && root.find("datafield").is_some() => {
                Some(Self::Marc)
            }
            _ => None,
        }
    }

    /// By the format that is configured.
    fn named(format: &str) -> Option<Self> {
        let format = format.to_ascii_lowercase();
        let has = |part: &str| format.contains(part);
        if has("edm") || has("ese") {
            Some(Self::Edm)
        } else if has("lido") {
            Some(Self::Lido)
        } else if has("mets") {
            Some(Self::Mets)
        } else if has("mods") {
            Some(Self::Mods)
        } else if has("marc") {
            Some(Self::Marc)
        } else if has("ead") {
            Some(Self::Ead)
        } else if has("dc") {
            Some(Self::DublinCore)
        } else {
            None
        }
    }

    /// Reads with the reader of this format.
    fn read(self, format: &str, root: &Element, sink: &mut Sink<'_>) {
        match self {
            Self::DublinCore => sink.take(oai_dc::read(root)),
            Self::Edm => sink.take(edm::read(root)),
            Self::Lido => lido::read(root, sink),
            Self::Mods => mods::read(root, sink),
            Self::Marc => marc::read(format, root, sink),
            Self::Ead => ead::read(root, sink),
            Self::Mets => mets::read(format, root, sink),
        }
    }
}

fn is_dublin_core(element: &Element) -> bool {
    element.namespace.as_deref().is_some_and(|uri| uri.contains("purl.org/dc/"))
}

/// A root of a known format inside wrappers of an unknown one (DIDL, a list of one), by one way to
/// know it.
fn wrapped(
    root: &Element,
    depth: usize,
    know: fn(&Element) -> Option<Known>,
) -> Option<(Known, &Element)> {
    if depth == 0 {
        return None;
    }
    root.elements().take(50).find_map(|child| {
        let known = child.namespace.as_ref().and_then(|_| know(child));
        match known.filter(|_| child.elements().next().is_some()) {
            Some(known) => Some((known, child)),
            None => wrapped(child, depth - 1, know),
        }
    })
}

/// Reads metadata with the reader that fits.
pub(super) fn read(format: &str, root: &Element) -> Parsed<Vec<Field>> {
    let mut sink = Sink::default();
    read_into(format, root, &mut sink);
    Parsed { value: sink.fields, issues: sink.issues }
}

fn read_into(format: &str, root: &Element, sink: &mut Sink<'_>) {
    if let Some(known) = Known::of(root) {
        known.read(format, root, sink);
        return;
    }
    if let Some((known, inside)) =
        wrapped(root, 6, Known::container).or_else(|| wrapped(root, 6, Known::of))
    {
        sink.issue("format_wrapped", "", &root.local);
        known.read(format, inside, sink);
        return;
    }
    // The namespace says nothing; the operator may know better.
    if let Some(known) = Known::named(format).filter(|known| known.may_be(root)) {
        let before = sink.fields.len();
        let complaints = sink.issues.len();
        known.read(format, root, sink);
        if sink.fields.len() > before {
            let namespace = root.namespace.as_deref().unwrap_or_default();
            sink.issue("namespace_unknown", &root.local, namespace);
            return;
        }
        sink.issues.truncate(complaints);
    }
    let namespace = root.namespace.as_deref().unwrap_or_default();
    sink.issue("format_unknown", &root.local, namespace);
    other::read(root, sink);
}

impl Known {
    /// Whether a root of unknown namespace may be this, by its name.
    fn may_be(self, root: &Element) -> bool {
        let local = root.local.to_ascii_lowercase();
        match self {
            Self::DublinCore => {
                ["dc", "metadata", "record", "qdc", "dublin"].iter().any(|n| local.contains(n))
            }
            Self::Edm => root.find("ProvidedCHO").is_some(),
            Self::Lido => local.contains("lido"),
            Self::Mods => local.contains("mods"),
            Self::Marc => root.find("datafield").is_some(),
            Self::Ead => local == "ead" || local == "archdesc" || local == "c",
            Self::Mets => local == "mets",
        }
    }
}

/// Addresses of the elements from which fields with masked names are read.
pub(crate) fn masked_elements(
    format: &str,
    root: &Element,
    is_masked: &dyn Fn(&str) -> bool,
) -> HashSet<usize> {
    // Dublin Core and EDM name their fields like their elements.
    let mut sink = Sink::looking(is_masked);
    read_into(format, root, &mut sink);
    sink.into_hits()
}

/// Names that readers give and no element bears.
pub(crate) fn names_of_readers() -> impl Iterator<Item = &'static str> {
    [lido::NAMES, mods::NAMES, ead::NAMES, mets::NAMES].into_iter().flatten().copied()
}

/// First element of a list wrapper, with an issue when there are several.
fn only<'e>(wrapper: &'e Element, local: &str, sink: &mut Sink<'_>) -> Option<&'e Element> {
    let mut found = wrapper.elements().filter(|e| e.local.eq_ignore_ascii_case(local));
    let first = found.next();
    let more = found.count();
    if more > 0 {
        sink.issues.push(Issue::new("several_records", local, &(more + 1).to_string()));
    }
    first
}

/// Children of that local name, whatever the case: `titleinfo` of ArchivesSpace.
fn all<'e>(parent: &'e Element, local: &'static str) -> impl Iterator<Item = &'e Element> {
    parent.elements().filter(move |e| e.local.eq_ignore_ascii_case(local))
}

/// Elements at the end of a path of local names.
fn at<'e>(root: &'e Element, path: &[&str]) -> Vec<&'e Element> {
    path.iter().fold(vec![root], |found, local| {
        found
            .iter()
            .flat_map(|e| e.elements().filter(|child| child.local.eq_ignore_ascii_case(local)))
            .collect()
    })
}

/// The preferred one of several ways to say the same: marked so, else French, else the first.
fn preferred<'e>(of: &[&'e Element]) -> Option<&'e Element> {
    let said = |e: &&&Element| !sink::clean(&e.text()).is_empty();
    of.iter()
        .filter(said)
        .find(|e| e.attribute("pref").is_some_and(|pref| pref.starts_with("pref")))
        .or_else(|| {
            of.iter()
                .filter(said)
                .find(|e| e.attribute("lang").is_some_and(|l| l.starts_with("fr")))
        })
        .or_else(|| of.iter().find(said))
        .copied()
}

/// A text when it is an address.
fn http(text: &str) -> Option<&str> {
    let text = text.trim();
    (text.starts_with("http://") || text.starts_with("https://")).then_some(text)
}

#[cfg(test)]
mod tests;
