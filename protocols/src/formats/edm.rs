//! Europeana Data Model, external profile, out ([`write`]) and in.
//!
//! Europeana validates with EDM.xsd (order of elements inside a class is fixed) and then with its
//! Schematron rules; the writer obeys both for every record, whatever the record lacks.

mod entity;
pub mod facts;
pub mod model;
mod read;
pub mod validate;
mod write;

use write::put_text;
pub use write::write;

pub(super) use read::{name, read};

/// Namespace by which the format is known.
pub const NAMESPACE: &str = "http://www.europeana.eu/schemas/edm/";
/// Schema.
pub const SCHEMA: &str = "http://www.europeana.eu/schemas/edm/EDM.xsd";

/// Canonical prefixes, by namespace. EDM is full of odd prefixes in the wild; fields are named by these.
const PREFIXES: [(&str, &str); 13] = [
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("edm", NAMESPACE),
    ("ore", "http://www.openarchives.org/ore/terms/"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdf", RDF),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("svcs", "http://rdfs.org/sioc/services#"),
    ("doap", "http://usefulinc.com/ns/doap#"),
    ("ebucore", "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#"),
    ("wgs84_pos", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("rdaGr2", "http://rdvocab.info/ElementsGr2/"),
];
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
