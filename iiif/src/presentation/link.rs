//! What a manifest points to: pages, data, institutions, collections.

use super::LanguageMap;
use serde_json::{Map, Value, json};

/// A linked resource of `homepage`, `seeAlso` or `rendering` (section 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// URL.
    pub id: String,
    /// `Text`, `Dataset`, `Image`.
    pub kind: &'static str,
    /// Required for `homepage` and `rendering`, asked for elsewhere.
    pub label: LanguageMap,
    /// MIME type.
    pub format: Option<&'static str>,
    /// URI of the schema, for `seeAlso`.
    pub profile: Option<&'static str>,
    /// Languages of the page, for `homepage`.
    pub languages: Vec<String>,
}

impl Link {
    /// A web page.
    pub fn page(id: impl Into<String>, label: LanguageMap, languages: &[&str]) -> Self {
        let languages = languages.iter().map(|&language| language.to_owned()).collect();
        Self {
            id: id.into(),
            kind: "Text",
            label,
            format: Some("text/html"),
            profile: None,
            languages,
        }
    }

    /// A description for machines.
    pub fn data(
        id: impl Into<String>,
        label: LanguageMap,
        format: &'static str,
        profile: Option<&'static str>,
    ) -> Self {
        Self {
            id: id.into(),
            kind: "Dataset",
            label,
            format: Some(format),
            profile,
            languages: Vec::new(),
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut link = Map::new();
        link.insert("id".to_owned(), self.id.as_str().into());
        link.insert("type".to_owned(), self.kind.into());
        if !self.label.is_empty() {
            link.insert("label".to_owned(), self.label.plain());
        }
        if let Some(format) = self.format {
            link.insert("format".to_owned(), format.into());
        }
        if let Some(profile) = self.profile {
            link.insert("profile".to_owned(), profile.into());
        }
        if !self.languages.is_empty() {
            link.insert("language".to_owned(), json!(self.languages));
        }
        Value::Object(link)
    }
}

/// An institution of `provider` (section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// URI that names it.
    pub id: String,
    /// Required: viewers and the specification want it shown.
    pub label: LanguageMap,
    /// Its web pages; asked for by the specification.
    pub homepage: Vec<Link>,
}

impl Agent {
    pub(super) fn json(&self) -> Value {
        let mut agent = Map::new();
        agent.insert("id".to_owned(), self.id.as_str().into());
        agent.insert("type".to_owned(), "Agent".into());
        agent.insert("label".to_owned(), self.label.plain());
        if !self.homepage.is_empty() {
            agent.insert("homepage".to_owned(), self.homepage.iter().map(Link::json).collect());
        }
        Value::Object(agent)
    }
}

/// A reference to a containing resource (`partOf`). It should be a *small* document: Mirador fetches
/// it by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// URL.
    pub id: String,
    /// `Collection` or `Manifest`.
    pub kind: &'static str,
    /// Label.
    pub label: LanguageMap,
}

impl Reference {
    /// A collection.
    pub fn collection(id: impl Into<String>, label: LanguageMap) -> Self {
        Self { id: id.into(), kind: "Collection", label }
    }

    pub(super) fn json(&self) -> Value {
        let mut reference = Map::new();
        reference.insert("id".to_owned(), self.id.as_str().into());
        reference.insert("type".to_owned(), self.kind.into());
        if !self.label.is_empty() {
            reference.insert("label".to_owned(), self.label.plain());
        }
        Value::Object(reference)
    }
}
