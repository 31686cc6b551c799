//! Metadata formats: writers from merged records, readers to fields.
//!
//! A writer makes the content of an OAI-PMH `metadata` element; every namespace that it uses is
//! declared on its root (section 3.4 of the protocol), so that it stands alone as well.

mod alike;
pub mod edm;
pub mod lido;
pub mod manifest;
pub mod oai_dc;
pub mod raw;
mod readers;
mod rights;

pub use alike::{may_be_unaltered, says_the_same};
pub use readers::READABLE;
pub(crate) use readers::{PREFIXES, address, masked_elements, names_of_readers};

use crate::oai_pmh::provider::MetadataFormat;
use crate::xml::{Element, any_uri, decode};
use domain::issue::{Issue, Parsed};
use domain::merge::MergedRecord;
use domain::record::Kind;
use domain::source_record::Field;

/// A format that we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Unqualified Dublin Core, obligatory in OAI-PMH.
    OaiDc,
    /// Europeana Data Model, external profile.
    Edm,
    /// LIDO 1.1.
    Lido,
    /// The source records as received; see [`raw`].
    Raw,
}

impl Format {
    /// Every format, in the order of ListMetadataFormats.
    pub const ALL: [Self; 4] = [Self::OaiDc, Self::Edm, Self::Lido, Self::Raw];

    /// Its metadataPrefix.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::OaiDc => "oai_dc",
            Self::Edm => "edm",
            Self::Lido => "lido",
            Self::Raw => "raw",
        }
    }

    /// Whether there is metadata of an object in this format; `None` is a tombstone.
    ///
    /// Every live object can be had in all formats: what may not be published at all (metadata that
    /// is not open) is no live object but a tombstone, or was never published. So no list is
    /// shorter in one format than in another; a format that could not say everything would be
    /// answered for here.
    pub fn available(self, object: Option<&MergedRecord>) -> bool {
        match self {
            Self::OaiDc | Self::Edm | Self::Lido | Self::Raw => object.is_some(),
        }
    }

    /// The format of a metadataPrefix.
    pub fn of_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.prefix() == prefix)
    }

    /// What ListMetadataFormats says of it. Our own schema is served below the public URL.
    pub fn metadata_format(self, public_url: &str) -> MetadataFormat {
        let (schema, namespace) = match self {
            Self::OaiDc => (oai_dc::SCHEMA.into(), oai_dc::NAMESPACE),
            Self::Edm => (edm::SCHEMA.into(), edm::NAMESPACE),
            Self::Lido => (lido::SCHEMA.into(), lido::NAMESPACE),
            Self::Raw => (format!("{public_url}{}", raw::SCHEMA_PATH).into(), raw::NAMESPACE),
        };
        MetadataFormat { prefix: self.prefix(), schema, namespace }
    }

    /// Writes a record as a fragment. `raw` needs the source records ([`raw::write`]); of a merged
    /// record alone it is the empty envelope.
    pub fn write(self, record: &MergedRecord, context: &ObjectContext<'_>) -> String {
        match self {
            Self::OaiDc => oai_dc::write(record, context),
            Self::Edm => edm::write(record, context),
            Self::Lido => lido::write(record, context),
            Self::Raw => raw::write(&[], context),
        }
    }
}

/// What a writer must know beside the record.
#[derive(Debug, Clone, Copy)]
pub struct ObjectContext<'a> {
    /// Public id.
    pub object_id: &'a str,
    /// Base URL without final slash.
    pub public_url: &'a str,
    /// `edm:provider`: who runs the gateway.
    pub provider: &'a str,
}

impl ObjectContext<'_> {
    /// URI of the thing: `{public}/id/{object}`, frozen (invariant 6).
    pub fn uri(&self) -> String {
        self.uri_of(self.object_id)
    }

    /// URI of another thing.
    pub fn uri_of(&self, object_id: &str) -> String {
        format!("{}/id/{object_id}", self.public_url)
    }

    /// Our page about the thing.
    pub fn page(&self) -> String {
        format!("{}/object/{}", self.public_url, self.object_id)
    }

    /// Its manifest.
    pub fn manifest(&self) -> String {
        format!("{}/iiif/presentation/3/{}/manifest", self.public_url, self.object_id)
    }

    /// Image service of an image.
    pub fn image_service(&self, image: &str) -> String {
        format!("{}/iiif/3/{image}", self.public_url)
    }

    /// The whole image, as large as its rights allow: the service sets the limit.
    pub fn image_url(&self, image: &str) -> String {
        format!("{}/full/max/0/default.jpg", self.image_service(image))
    }
}

/// Reads the metadata of a harvested record to fields, verbatim and in order.
///
/// The namespace of the root says which reader reads, then `format`: one of [`READABLE`], or a prefix
/// that names one of them, such as `oai_edm`. What no reader knows is flattened by element path, with
/// the issue `format_unknown`. Content never fails: what cannot be read is an issue.
pub fn read(format: &str, metadata_xml: &[u8]) -> Parsed<Vec<Field>> {
    let decoded = decode(metadata_xml);
    let mut issues = decoded.issues;
    match Element::parse(&decoded.text, &[]) {
        Ok(parsed) => {
            issues.extend(parsed.issues);
            let read = read_element(format, &parsed.value);
            issues.extend(read.issues);
            Parsed { value: read.value, issues }
        }
        Err(error) => {
            issues.push(Issue::new("metadata_unreadable", "", &error.to_string()));
            Parsed { value: Vec::new(), issues }
        }
    }
}

/// [`read`], for metadata that is a tree already.
pub fn read_element(format: &str, root: &Element) -> Parsed<Vec<Field>> {
    readers::read(format, root)
}

/// Namespace of the metadata format of a harvested record, as its provenance names it: that of the
/// root element, but EDM's own for EDM, whose root is RDF, and that of the format when the server
/// forgot to declare any (arXiv). Empty when nothing tells.
pub fn namespace_of<'r>(format: &str, root: &'r Element) -> &'r str {
    match root.namespace.as_deref() {
        Some(_) if root.local == "RDF" && root.elements().any(|e| e.local == "ProvidedCHO") => {
            edm::NAMESPACE
        }
        Some(namespace) => namespace,
        None if format == "oai_dc" && root.local == "dc" => oai_dc::NAMESPACE,
        None => "",
    }
}

/// The name that the readers give to the value of an element, whatever its prefix: `dc:rights`.
pub fn field_name(element: &Element) -> String {
    edm::name(element)
}

/// A language that `xml:lang` can carry, else none: sources write `français` and `fr_FR` too.
fn language(lang: Option<&str>) -> Option<&str> {
    lang.map(str::trim).filter(|lang| {
        lang.split('-').enumerate().all(|(place, part)| {
            (1..=8).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphabetic() || (place > 0 && b.is_ascii_digit()))
        })
    })
}

/// What a thing of this kind is called, in French, when nothing more is said.
fn name_of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::MuseumObject => "objet de musée",
        Kind::Monument => "édifice",
        Kind::MovableObject => "objet mobilier",
        Kind::Photograph => "photographie",
        Kind::Museum => "musée",
        Kind::Agent => "personne",
        Kind::Other => "document",
    }
}

/// Whether a value may stand as `rdf:about` or `rdf:resource`.
fn is_web_uri(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://"))
        && url::Url::parse(text).is_ok()
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&b))
        && any_uri(text).is_some_and(|same| same == text)
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod tests;
