//! Language maps (section 4.4.1): texts by language.

use serde_json::{Map, Value};

/// Texts by language, in order of preference. Never holds an empty array: a map of nothing is
/// [`LanguageMap::is_empty`] and is left out of documents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LanguageMap(Vec<(String, Vec<String>)>);

impl LanguageMap {
    /// No text.
    pub fn new() -> Self {
        Self::default()
    }

    /// One text in one language; `none` for proper names and inventory numbers.
    pub fn of(language: &str, text: impl Into<String>) -> Self {
        Self::new().and(language, text)
    }

    /// The same label in French and English.
    pub fn both(french: &str, english: &str) -> Self {
        Self::of("fr", french).and("en", english)
    }

    /// Adds a text, unless it is blank or there already.
    #[must_use]
    pub fn and(mut self, language: &str, text: impl Into<String>) -> Self {
        self.push(language, text);
        self
    }

    /// Adds a text, unless it is blank or there already. A language that is no BCP 47 tag becomes
    /// `none`; `fr_FR` becomes `fr-FR`.
    pub fn push(&mut self, language: &str, text: impl Into<String>) {
        let text = text.into();
        if text.trim().is_empty() {
            return;
        }
        let language = tag(language);
        match self.0.iter_mut().find(|(known, _)| *known == language) {
            Some((_, texts)) if texts.contains(&text) => {}
            Some((_, texts)) => texts.push(text),
            None => self.0.push((language, vec![text])),
        }
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JSON, for properties in which markup is not allowed (`label`).
    pub fn plain(&self) -> Value {
        self.json(str::to_owned)
    }

    /// As JSON, for properties in which clients read markup (`summary`, values of `metadata` and of
    /// `requiredStatement`, section 4.4.2): a text that starts with `<` and ends with `>` would be
    /// taken for HTML, so exactly that one is escaped and wrapped; others go as they are.
    pub fn text(&self) -> Value {
        self.json(shielded)
    }

    fn json(&self, write: impl Fn(&str) -> String) -> Value {
        let map: Map<String, Value> = self
            .0
            .iter()
            .map(|(language, texts)| {
                let texts = texts.iter().map(|text| Value::String(write(text))).collect();
                (language.clone(), Value::Array(texts))
            })
            .collect();
        Value::Object(map)
    }
}

fn shielded(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.starts_with('<') && trimmed.ends_with('>') {
        format!("<span>{}</span>", escaped(trimmed))
    } else {
        text.to_owned()
    }
}

/// Text as HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

/// A BCP 47 tag, by form only.
fn tag(language: &str) -> String {
    let language = language.trim().replace('_', "-");
    let mut parts = language.split('-');
    let primary = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic())
    });
    let rest = parts.all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if primary && rest { language } else { "none".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn languages_are_tags_or_none_and_texts_do_not_repeat() {
        let map = LanguageMap::of("fr_FR", "Vase")
            .and("fr-FR", "Vase")
            .and("français", "Vase")
            .and("", "1994.1")
            .and("en", "  ");
        assert_eq!(map.plain(), json!({ "fr-FR": ["Vase"], "none": ["Vase", "1994.1"] }));
    }

    #[test]
    fn text_that_looks_like_markup_is_escaped_once_and_other_text_not_at_all() {
        let map =
            LanguageMap::of("none", "<script>alert(1)</script>").and("none", "H < 3 cm & l > 2");
        assert_eq!(
            map.text(),
            json!({ "none": ["<span>&lt;script&gt;alert(1)&lt;/script&gt;</span>", "H < 3 cm & l > 2"] })
        );
    }
}
