//! What is wrong with a policy, before it decides anything.

use super::image_form::image_right;
use super::{RightsPolicy, is_accepted, normalise_uri};

const IMAGE_FORMS: &str = "none, reduced, reduced:N (pixels), max:WxH, area:N, full";

impl RightsPolicy {
    /// What is wrong with a policy, each with what is allowed; empty when nothing is.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut image = |place: &str, value: &str| {
            if image_right(value, 1).is_none() {
                mistakes.push(format!(
                    "{place}: `{value}` is not an image right; allowed: {IMAGE_FORMS}"
                ));
            }
        };
        for rule in &self.rules {
            image(&format!("rule `{}`, image", rule.name), &rule.image);
        }
        if let Some(value) = &self.when_silent {
            image("when_silent", value);
        }
        let statements = self
            .rules
            .iter()
            .map(|rule| (format!("rule `{}`, statement", rule.name), rule.statement.as_str()))
            .chain(
                [
                    ("statement_when_silent", &self.statement_when_silent),
                    ("licence_ouverte", &self.licence_ouverte),
                ]
                .into_iter()
                .filter_map(|(key, uri)| Some((key.to_owned(), uri.as_deref()?))),
            );
        for (place, uri) in statements {
            let from_text = uri == "from-text" && place.starts_with("rule ");
            if !from_text && !is_accepted(uri) {
                let hint = normalise_uri(uri).map_or_else(
                    || {
                        "allowed: from-text, http://creativecommons.org/… and the six \
                         http://rightsstatements.org/vocab/… statements that Europeana accepts"
                            .to_owned()
                    },
                    |exact| format!("write {exact}"),
                );
                mistakes.push(format!("{place}: `{uri}` is not accepted in edm:rights; {hint}"));
            }
        }
        for rule in self.rules.iter().filter(|rule| rule.fields.is_empty()) {
            mistakes.push(format!(
                "rule `{}`, fields: empty, it can never match; name fields or write [\"*\"]",
                rule.name
            ));
        }
        for rule in &self.rules {
            let place = format!("rule `{}`", rule.name);
            if rule.silent && (rule.restricts || rule.is_final) {
                mistakes.push(format!(
                    "{place}: `silent` fires when nothing else did; `restricts` and `final` say nothing then"
                ));
            }
            if rule.restricts && rule.is_final {
                mistakes.push(format!("{place}: either `restricts` or `final`"));
            }
            if rule.died_by.is_some() && rule.fields.iter().any(|field| field == "*") {
                mistakes.push(format!("{place}, died_by: name the fields that name the authors"));
            }
            if let Some(when) = &rule.when
                && (when.field.is_empty()
                    || (when.equals.is_empty()
                        && when.contains.is_empty()
                        && when.begins.is_empty()))
            {
                mistakes.push(format!(
                    "{place}, when: name a `field` and at least one of equals, contains, begins"
                ));
            }
        }
        mistakes
    }
}
