//! A format that no reader knows: every text and attribute, by the path of its element.

use super::Sink;
use crate::xml::{Element, Node};

/// Names are the local names from below the root down, joined by dots, so that a masked name takes
/// what is below it; attributes follow `@`.
pub(super) fn read(root: &Element, sink: &mut Sink<'_>) {
    let mut path = String::new();
    walk(root, &mut path, sink);
    if sink.fields.is_empty() {
        sink.issue("metadata_empty", &root.local, &root.text());
    }
}

fn walk(element: &Element, path: &mut String, sink: &mut Sink<'_>) {
    for attribute in &element.attributes {
        let local = attribute.name.rsplit(':').next().unwrap_or(&attribute.name);
        if attribute.name.starts_with("xsi:") || local == "schemaLocation" || local == "lang" {
            continue;
        }
        let separator = if path.is_empty() { "" } else { "." };
        sink.put(&format!("{path}{separator}@{local}"), &attribute.value, None, None, element);
    }
    let text: String = element
        .children
        .iter()
        .filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        })
        .collect();
    let name = if path.is_empty() { element.local.as_str() } else { path.as_str() };
    sink.put(name, &text, super::sink::language(element), None, element);
    for child in element.elements() {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&child.local);
        walk(child, path, sink);
        path.truncate(length);
    }
}
