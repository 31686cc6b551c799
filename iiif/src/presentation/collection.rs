//! Collections (section 5.1): references only, in chunks, since 3.0 has no paging.

use super::{CONTEXT, CanvasInput, LanguageMap, Reference, manifest};
use serde_json::{Map, Value};

/// Everything that a collection says.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionInput {
    /// URL.
    pub id: String,
    /// What to call it.
    pub label: LanguageMap,
    /// A paragraph.
    pub summary: Option<LanguageMap>,
    /// The collection above.
    pub part_of: Vec<Reference>,
    /// What is in it.
    pub items: Vec<CollectionItem>,
}

/// Kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A manifest.
    Manifest,
    /// Another collection.
    Collection,
}

/// A reference to a manifest or a collection; neither is ever embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionItem {
    /// URL.
    pub id: String,
    /// What it is.
    pub kind: ItemKind,
    /// What to call it.
    pub label: LanguageMap,
    /// The image that its thumbnail is made of.
    pub thumbnail: Option<CanvasInput>,
}

/// The collection as JSON.
pub fn document(input: &CollectionInput) -> Value {
    let mut collection = Map::new();
    let mut put = |key: &str, value: Value| {
        collection.insert(key.to_owned(), value);
    };
    put("@context", CONTEXT.into());
    put("id", input.id.as_str().into());
    put("type", "Collection".into());
    put("label", input.label.plain());
    if let Some(summary) = input.summary.as_ref().filter(|summary| !summary.is_empty()) {
        put("summary", summary.text());
    }
    if !input.part_of.is_empty() {
        put("partOf", input.part_of.iter().map(Reference::json).collect());
    }
    put("items", input.items.iter().map(item).collect());
    Value::Object(collection)
}

fn item(input: &CollectionItem) -> Value {
    let mut item = Map::new();
    item.insert("id".to_owned(), input.id.as_str().into());
    let kind = match input.kind {
        ItemKind::Manifest => "Manifest",
        ItemKind::Collection => "Collection",
    };
    item.insert("type".to_owned(), kind.into());
    item.insert("label".to_owned(), input.label.plain());
    if let Some(image) = &input.thumbnail {
        item.insert("thumbnail".to_owned(), Value::Array(vec![manifest::thumbnail(image)]));
    }
    Value::Object(item)
}
