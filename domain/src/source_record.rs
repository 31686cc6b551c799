//! One upstream description as received: fields, verbatim, in order.

use crate::json::push_member;
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

/// Appends fields as JSON, as serde writes them.
pub fn push_fields(out: &mut Vec<u8>, fields: &[Field]) {
    out.push(b'[');
    for (place, field) in fields.iter().enumerate() {
        out.extend_from_slice(if place > 0 { b",{" } else { b"{" });
        push_member(out, "name", &field.name);
        push_member(out, "value", &field.value);
        for (name, text) in [("lang", &field.lang), ("uri", &field.uri)] {
            if let Some(text) = text {
                push_member(out, name, text);
            }
        }
        out.push(b'}');
    }
    out.push(b']');
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_are_written_as_serde_writes_them(
            texts in proptest::collection::vec(("[a-z:]{0,8}", "\\PC{0,20}", proptest::option::of("[a-z]{0,3}"), proptest::option::of("[a-z:/]{0,9}")), 0..4)
        ) {
            let fields: Vec<Field> = texts
                .into_iter()
                .map(|(name, value, lang, uri)| Field { name, value, lang, uri })
                .collect();
            let mut out = Vec::new();
            push_fields(&mut out, &fields);
            prop_assert_eq!(out, serde_json::to_vec(&fields).unwrap());
        }
    }
}
