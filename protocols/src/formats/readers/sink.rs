//! Where readers put what they find.

use crate::xml::Element;
use domain::issue::{Issue, Parsed};
use domain::source_record::Field;
use std::collections::HashSet;

/// Longest value of a field, in bytes.
pub(crate) const MAX_VALUE: usize = 256 * 1024;
/// Most fields of one record.
pub(crate) const MAX_FIELDS: usize = 10_000;

/// Collects fields and complaints; when it looks for masked names, also the elements they come from.
#[derive(Default)]
pub(crate) struct Sink<'s> {
    pub(crate) fields: Vec<Field>,
    pub(crate) issues: Vec<Issue>,
    is_masked: Option<&'s dyn Fn(&str) -> bool>,
    hits: HashSet<usize>,
    full: bool,
}

/// Where an element stands in memory: the same as long as its tree is not touched.
pub(crate) fn address(element: &Element) -> usize {
    std::ptr::from_ref(element).addr()
}

impl<'s> Sink<'s> {
    pub(super) fn looking(is_masked: &'s dyn Fn(&str) -> bool) -> Self {
        Self { is_masked: Some(is_masked), ..Self::default() }
    }

    pub(super) fn into_hits(self) -> HashSet<usize> {
        self.hits
    }

    /// Adds the text of an element, with its language and the address that it carries.
    pub(super) fn text(&mut self, name: &str, element: &Element) {
        let uri = ["resource", "valueURI", "href"]
            .iter()
            .find_map(|attribute| super::http(element.attribute(attribute)?));
        self.put(name, &element.text(), language(element), uri, element);
    }

    /// Adds a value that was read from `source`.
    pub(super) fn put(
        &mut self,
        name: &str,
        value: &str,
        lang: Option<&str>,
        uri: Option<&str>,
        source: &Element,
    ) {
        self.look(name, source);
        let mut value = clean(value);
        if value.is_empty() {
            value = uri.unwrap_or_default().to_owned();
        }
        if value.is_empty() {
            return;
        }
        if self.fields.len() >= MAX_FIELDS {
            if !std::mem::replace(&mut self.full, true) {
                self.issue("fields_cut", name, &MAX_FIELDS.to_string());
            }
            return;
        }
        if value.len() > MAX_VALUE {
            self.issue("value_cut", name, &value.len().to_string());
            let end = (0..=MAX_VALUE).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
            value.truncate(end);
        }
        self.fields.push(Field {
            name: name.to_owned(),
            value,
            lang: lang.map(str::to_owned),
            uri: uri.map(str::to_owned),
        });
    }

    /// Notes the element when a name that it could have is masked.
    pub(super) fn look(&mut self, name: &str, source: &Element) {
        if self.is_masked.is_some_and(|is_masked| is_masked(name)) {
            self.hits.insert(address(source));
        }
    }

    /// Whether masked names are looked for.
    pub(super) fn is_looking(&self) -> bool {
        self.is_masked.is_some()
    }

    /// Whether a field of that name and value is there.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        let value = clean(value);
        self.fields.iter().any(|field| field.name == name && field.value == value)
    }

    pub(super) fn issue(&mut self, code: &str, path: &str, value: &str) {
        self.issues.push(Issue::new(code, path, value));
    }

    /// What another reader read.
    pub(super) fn take(&mut self, parsed: Parsed<Vec<Field>>) {
        self.fields.extend(parsed.value);
        self.issues.extend(parsed.issues);
    }
}

/// `xml:lang` or `lang`.
pub(super) fn language(element: &Element) -> Option<&str> {
    element.attribute("lang").map(str::trim).filter(|lang| !lang.is_empty())
}

/// White space as single blanks, marks of what does not sort taken out.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if out.contains(['\u{88}', '\u{89}', '\u{98}', '\u{9C}']) {
        out.retain(|c| !matches!(c, '\u{88}' | '\u{89}' | '\u{98}' | '\u{9C}'));
    }
    out
}
