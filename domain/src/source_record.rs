//! One upstream description as received: fields, verbatim, in order.

use crate::provenance::Origin;
use serde::{Deserialize, Serialize};

/// One field of a source record, verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Column name, field code or qualified element name (`TITR`, `dc:title`).
    pub name: String,
    /// The value as received, only the character encoding repaired.
    pub value: String,
    /// `xml:lang`, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// `rdf:resource` or the URI of the entity, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

impl Field {
    /// A field with a name and a value only.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), lang: None, uri: None }
    }
}

/// One upstream description, before any crosswalk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Identifier in the source (REF, OAI identifier). Never empty.
    pub local_id: String,
    /// The source says that it is deleted.
    #[serde(default)]
    pub deleted: bool,
    /// The source's own datestamp, as text. Never ours (invariant 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datestamp: Option<String>,
    /// setSpecs of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// Where it was harvested by OAI-PMH, kept in a column of its own beside this record.
    #[serde(skip)]
    pub origin: Option<Box<Origin>>,
    /// Fields, verbatim, in source order, masked ones already taken out. Empty values are left out.
    pub fields: Vec<Field>,
}

impl SourceRecord {
    /// First non-empty value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|f| f.name == name && !f.value.is_empty()).map(|f| f.value.as_str())
    }
}
