//! The JSON form of a sourced value, written out by hand: what `#[serde(flatten)]` does goes through
//! a buffer of generic values, and reading the values of a record took as long as all the rest of
//! an OAI-PMH answer.

use super::SourcedValue;
use crate::meaning::Meaning;
use crate::record::Value;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

/// A value and its sources side by side. The names, their order and what is left out are those of
/// [`Value`]: the content hash of every published object was made over them.
#[derive(Deserialize)]
pub(super) struct Flat {
    text: String,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    field: String,
    #[serde(default)]
    meanings: Vec<Meaning>,
    sources: Vec<String>,
}

impl From<Flat> for SourcedValue {
    fn from(flat: Flat) -> Self {
        let Flat { text, lang, uri, field, meanings, sources } = flat;
        Self { value: Value { text, lang, uri, field, meanings }, sources }
    }
}

impl Serialize for SourcedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value { text, lang, uri, field, meanings } = &self.value;
        let fields = 2
            + usize::from(lang.is_some())
            + usize::from(uri.is_some())
            + usize::from(!field.is_empty())
            + usize::from(!meanings.is_empty());
        let mut out = serializer.serialize_struct("SourcedValue", fields)?;
        out.serialize_field("text", text)?;
        if lang.is_some() {
            out.serialize_field("lang", lang)?;
        }
        if uri.is_some() {
            out.serialize_field("uri", uri)?;
        }
        if !field.is_empty() {
            out.serialize_field("field", field)?;
        }
        if !meanings.is_empty() {
            out.serialize_field("meanings", meanings)?;
        }
        out.serialize_field("sources", &self.sources)?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::{Confidence, Entity, TimeSpan};

    /// The form that serde derives, which stored records and their hashes have.
    #[derive(Serialize, Deserialize)]
    struct Derived {
        #[serde(flatten)]
        value: Value,
        sources: Vec<String>,
    }

    #[test]
    fn the_json_is_that_of_a_flattened_value() {
        let mut full = Value::plain("Vue \"du\" port");
        full.lang = Some("fr".to_owned());
        full.uri = Some("http://vocab.example.org/1".to_owned());
        full.field = "TITR".to_owned();
        let mut with_uri = Value::plain("x");
        with_uri.uri = Some("http://vocab.example.org/2".to_owned());
        let mut understood = Value::plain("vers 1850");
        understood.meanings.push(Meaning {
            entity: Entity::Time(TimeSpan { begin: Some("1850".into()), ..TimeSpan::default() }),
            rule: "date.about".to_owned(),
            confidence: Confidence::Probable,
        });
        for value in [full, with_uri, understood, Value::plain("é")] {
            let sourced = SourcedValue { value, sources: vec!["a/1".to_owned(), "b/2".to_owned()] };
            let json = serde_json::to_string(&sourced).unwrap();
            let derived =
                Derived { value: sourced.value.clone(), sources: sourced.sources.clone() };
            assert_eq!(json, serde_json::to_string(&derived).unwrap());
            assert_eq!(serde_json::from_str::<SourcedValue>(&json).unwrap(), sourced);
        }
    }
}
