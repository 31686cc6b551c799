//! The XML Schema: walks a record along the tables.

use super::datatype::{
    is_any_uri, is_confidence, is_date, is_float, is_language, is_long, is_non_negative,
};
use super::schema::{self, Content, Particle, Simple};
use super::{Finding, Law, note};
use crate::formats::edm::model::Node;

/// Judges the record that this `rdf:RDF` is.
pub(super) fn check(rdf: &Node, findings: &mut Vec<Finding>) {
    element(rdf, "", findings);
}

/// Judges an element that may stand where it stands.
fn element(node: &Node, parent: &str, findings: &mut Vec<Finding>) {
    let Some(content) = schema::content(&node.name) else { return };
    let path = path(parent, &node.name);
    attributes(node, &path, content, findings);
    match content {
        Content::Class(particles) | Content::Group(particles) => {
            only_elements(node, &path, findings);
            sequence(node, &path, particles, findings);
        }
        Content::Resource => {
            if !node.text.is_empty() || node.has_cdata() {
                note(findings, Law::Schema, "edm_text_not_allowed", path, &node.text, node.line);
            } else {
                no_elements(node, &path, findings);
            }
        }
        Content::Literal | Content::Either => no_elements(node, &path, findings),
        Content::Plain(simple) | Content::Typed(simple, _) => {
            no_elements(node, &path, findings);
            if node.children.is_empty() && !is_of(simple, &node.text) {
                note(findings, Law::Schema, code_of(simple), path, &node.text, node.line);
            }
        }
    }
}

fn path(parent: &str, name: &str) -> String {
    if parent.is_empty() || parent == "rdf:RDF" {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

fn only_elements(node: &Node, path: &str, findings: &mut Vec<Finding>) {
    let blank = node.text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
    if !blank || node.has_cdata() {
        let text = node.text.trim();
        note(findings, Law::Schema, "edm_text_between_elements", path, text, node.line);
    }
}

fn no_elements(node: &Node, path: &str, findings: &mut Vec<Finding>) {
    if let Some(child) = node.children.first() {
        note(findings, Law::Schema, "edm_element_inside", path, &child.name, child.line);
    }
}

/// The child elements against their order and number.
fn sequence(node: &Node, path: &str, particles: &[Particle], findings: &mut Vec<Finding>) {
    let mut at = 0;
    let mut seen = vec![0usize; particles.len()];
    // The last element that stood at its place, for the message.
    let mut last = "";
    for child in &node.children {
        let found = particles.iter().position(|p| p.names.contains(&child.name.as_str()));
        let Some(found) = found else {
            note(findings, Law::Schema, "edm_element_unknown", path, &child.name, child.line);
            continue;
        };
        if found < at {
            let text = format!("{} > {last}", child.name);
            note(findings, Law::Schema, "edm_element_order", path, &text, child.line);
        } else {
            at = found;
            last = &child.name;
        }
        if let (Some(count), Some(particle)) = (seen.get_mut(found), particles.get(found)) {
            *count += 1;
            if *count == particle.max.saturating_add(1) {
                let line = child.line;
                note(findings, Law::Schema, "edm_element_repeated", path, &child.name, line);
            }
        }
        element(child, path, findings);
    }
    for (particle, count) in particles.iter().zip(seen) {
        if count < particle.min {
            let name = particle.names.first().copied().unwrap_or_default();
            note(findings, Law::Schema, "edm_element_missing", path, name, node.line);
        }
    }
}

/// Attributes: those that must be there, those that may, and their values.
fn attributes(node: &Node, path: &str, content: Content, findings: &mut Vec<Finding>) {
    let required: &[&str] = match content {
        Content::Resource => &["rdf:resource"],
        Content::Class(_) => &["rdf:about"],
        Content::Typed(..) => &["rdf:datatype"],
        Content::Literal | Content::Either | Content::Plain(_) | Content::Group(_) => &[],
    };
    let allowed: &[&str] = match content {
        Content::Literal => {
            &["xml:lang", "rdf:datatype", "edm:wasGeneratedBy", "edm:confidenceLevel"]
        }
        Content::Either => {
            &["xml:lang", "rdf:resource", "edm:wasGeneratedBy", "edm:confidenceLevel"]
        }
        _ => required,
    };
    for name in required {
        if node.attribute(name).is_none() {
            note(findings, Law::Schema, "edm_attribute_missing", path, name, node.line);
        }
    }
    for (name, value) in &node.attributes {
        let at = format!("{path}/@{name}");
        if matches!(name.as_str(), "xsi:schemaLocation" | "xsi:noNamespaceSchemaLocation") {
            continue;
        }
        if !allowed.contains(&name.as_str()) {
            note(findings, Law::Schema, "edm_attribute_not_allowed", at, value, node.line);
            continue;
        }
        let (good, code) = match name.as_str() {
            "xml:lang" => (is_language(value), "edm_language_malformed"),
            "edm:wasGeneratedBy" => {
                (matches!(value.as_str(), "Person" | "SoftwareAgent"), "edm_value_not_in_list")
            }
            "edm:confidenceLevel" => (is_confidence(value), "edm_number_malformed"),
            _ => (is_any_uri(value), "edm_uri_malformed"),
        };
        if !good {
            note(findings, Law::Schema, code, at, value, node.line);
        } else if let Content::Typed(_, local) = content
            && value.trim() != schema::datatype_uri(local)
        {
            // The schema fixes the value. Europeana's Xerces looks, libxml2 (xmllint) does not.
            note(findings, Law::Advice, "edm_datatype_differs", at, value, node.line);
        }
    }
}

fn is_of(simple: Simple, text: &str) -> bool {
    match simple {
        Simple::Text => true,
        Simple::Float => is_float(text),
        Simple::Long => is_long(text),
        Simple::NonNegative => is_non_negative(text),
        Simple::Date => is_date(text),
        Simple::Colour => text.len() == 6 && text.bytes().all(|b| b.is_ascii_hexdigit()),
        Simple::OneOf(list) => list.contains(&text),
    }
}

fn code_of(simple: Simple) -> &'static str {
    match simple {
        Simple::Date => "edm_date_malformed",
        Simple::Colour | Simple::OneOf(_) | Simple::Text => "edm_value_not_in_list",
        Simple::Float | Simple::Long | Simple::NonNegative => "edm_number_malformed",
    }
}
