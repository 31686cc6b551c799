//! The rules that Europeana applies after the schema (Schematron of metis-schema), to the letter:
//! "empty" is what holds no character but space, tab and line ends; of a text that a comment cuts in
//! pieces only the first one counts in rules 2 and 3.

use super::{Finding, Law, note};
use crate::formats::edm::model::Node;
use crate::formats::rights::is_accepted;

/// Terms of `schema:digitalSourceType`, after this.
const SOURCE_TYPE: &str = "https://cv.iptc.org/newscodes/digitalsourcetype/";
const SOURCE_TYPES: [&str; 3] = ["digitalCapture", "dataDrivenMedia", "digitalCreation"];
/// Terms of `edm:intendedUsage`, after this.
const USAGE: &str = "http://data.europeana.eu/vocabulary/usageArea/";
const USAGES: [&str; 14] = [
    "Knowledge",
    "Research",
    "Education",
    "Infotainment",
    "Tourism",
    "Gaming",
    "Exhibition",
    "Creativity",
    "Design",
    "Art",
    "Curation",
    "Maintenance",
    "Restoration",
    "Documentation",
];

/// Judges the record.
pub(super) fn check(rdf: &Node, findings: &mut Vec<Finding>) {
    let all = rdf.descendants();
    let licences: Vec<&Node> =
        all.iter().filter(|node| node.name == "cc:License").copied().collect();
    for node in all {
        match node.name.as_str() {
            "rdf:RDF" => one_object(node, findings),
            "edm:ProvidedCHO" => thing(node, findings),
            "ore:Aggregation" => aggregation(node, &licences, findings),
            "edm:WebResource" => web_resource(node, &licences, findings),
            _ => {}
        }
        attributes(node, findings);
    }
}

fn blank(text: &str) -> bool {
    text.trim_matches([' ', '\t', '\r', '\n']).is_empty()
}

fn has_resource(node: &Node) -> bool {
    node.attribute("rdf:resource").is_some()
}

fn has_first_text(node: &Node) -> bool {
    !blank(node.first_text())
}

/// Rule 1.
fn one_object(rdf: &Node, findings: &mut Vec<Finding>) {
    for only in ["edm:ProvidedCHO", "ore:Aggregation"] {
        let count = rdf.all(only).count();
        if count != 1 {
            let value = count.to_string();
            note(findings, Law::Rule(1), "edm_not_one_object", only, &value, rdf.line);
        }
    }
}

/// Rules 2 to 4.
fn thing(thing: &Node, findings: &mut Vec<Finding>) {
    let path = thing.name.as_str();
    let topics = ["dc:subject", "dc:type", "dcterms:temporal", "dcterms:spatial"];
    let any = |names: &[&str], good: fn(&Node) -> bool| {
        thing.children.iter().any(|child| names.contains(&child.name.as_str()) && good(child))
    };
    if !any(&topics, |node| has_resource(node) || has_first_text(node)) {
        note(findings, Law::Rule(2), "edm_no_topic", path, "", thing.line);
    }
    let named = any(&["dc:title"], has_first_text)
        || any(&["dc:description"], |node| has_resource(node) || has_first_text(node));
    if !named {
        note(findings, Law::Rule(3), "edm_no_name", path, "", thing.line);
    }
    let text = thing.all("edm:type").any(|node| node.string_value() == "TEXT");
    if text && thing.all("dc:language").next().is_none() {
        note(findings, Law::Rule(4), "edm_text_without_language", path, "", thing.line);
    }
}

/// Rules 5 and 6.
fn aggregation(aggregation: &Node, licences: &[&Node], findings: &mut Vec<Finding>) {
    let path = aggregation.name.as_str();
    let line = aggregation.line;
    let linked = ["edm:isShownAt", "edm:isShownBy"]
        .iter()
        .any(|name| aggregation.all(name).any(has_resource));
    if !linked {
        note(findings, Law::Rule(5), "edm_no_link", path, "", line);
    }
    for name in ["edm:dataProvider", "edm:provider"] {
        let mut found = false;
        for node in aggregation.all(name) {
            found = true;
            if !has_resource(node) && blank(&node.string_value()) {
                let path = format!("{path}/{name}");
                note(findings, Law::Rule(5), "edm_no_provider", path, name, node.line);
            }
        }
        if !found {
            note(findings, Law::Rule(5), "edm_no_provider", path, name, line);
        }
    }
    if !aggregation.all("edm:rights").any(has_resource) {
        note(findings, Law::Rule(5), "edm_no_rights", path, "", line);
    }
    rights(aggregation, licences, findings);
}

/// Rule 6.
fn rights(node: &Node, licences: &[&Node], findings: &mut Vec<Finding>) {
    for rights in node.all("edm:rights") {
        let uri = rights.attribute("rdf:resource");
        if !uri.is_some_and(|uri| allowed(uri, licences)) {
            let path = format!("{}/edm:rights", node.name);
            let uri = uri.unwrap_or_default();
            note(findings, Law::Rule(6), "edm_rights_not_accepted", path, uri, rights.line);
        }
    }
}

fn allowed(uri: &str, licences: &[&Node]) -> bool {
    is_accepted(uri)
        || licences
            .iter()
            .filter(|licence| licence.attribute("rdf:about") == Some(uri))
            .flat_map(|licence| licence.all("odrl:inheritFrom"))
            .find_map(|parent| parent.attribute("rdf:resource"))
            .is_some_and(is_accepted)
}

/// Rules 6 to 8 of a web resource.
fn web_resource(resource: &Node, licences: &[&Node], findings: &mut Vec<Finding>) {
    rights(resource, licences, findings);
    for part in resource.all("dcterms:hasPart").filter(|part| !part.text.is_empty()) {
        let path = "edm:WebResource/dcterms:hasPart";
        note(findings, Law::Rule(7), "edm_part_with_text", path, &part.text, part.line);
    }
    let lists: [(&str, &str, &[&str]); 2] = [
        ("schema:digitalSourceType", SOURCE_TYPE, &SOURCE_TYPES),
        ("edm:intendedUsage", USAGE, &USAGES),
    ];
    for (name, start, terms) in lists {
        for node in resource.all(name) {
            let uri = node.attribute("rdf:resource");
            let known = uri.and_then(|uri| uri.strip_prefix(start));
            if !known.is_some_and(|term| terms.contains(&term)) {
                let path = format!("edm:WebResource/{name}");
                let uri = uri.unwrap_or_default();
                note(findings, Law::Rule(8), "edm_term_not_in_list", path, uri, node.line);
            }
        }
    }
}

/// Rule 7 of every element.
fn attributes(node: &Node, findings: &mut Vec<Finding>) {
    let mut broken = |code: &str| {
        note(findings, Law::Rule(7), code, node.name.as_str(), &node.text, node.line);
    };
    if node.attribute("rdf:resource") == Some("") {
        broken("edm_empty_resource");
    }
    if node.attribute("xml:lang") == Some("") {
        broken("edm_empty_language");
    }
    if has_resource(node) && !node.text.is_empty() {
        broken("edm_resource_and_text");
    }
}
