//! Reads EDM to fields: those of the ProvidedCHO and its Aggregation, entities resolved to labels.

use super::PREFIXES;
use crate::formats::oai_dc;
use crate::xml::Element;
use domain::issue::{Issue, Parsed};
use domain::source_record::Field;
use std::collections::BTreeMap;

/// Properties of the Aggregation that become fields.
const OF_AGGREGATION: [&str; 9] = [
    "edm:dataProvider",
    "edm:provider",
    "edm:intermediateProvider",
    "edm:isShownAt",
    "edm:isShownBy",
    "edm:hasView",
    "edm:object",
    "edm:rights",
    "dc:rights",
];

/// Canonical prefixes of the formats whose readers name fields in their own way.
const OTHERS: [(&str, &str); 5] = [
    ("lido", "http://www.lido-schema.org"),
    ("mods", "http://www.loc.gov/mods/v3"),
    ("mets", "http://www.loc.gov/METS/"),
    ("ead", "urn:isbn:1-931666-22-9"),
    ("marc", "http://www.loc.gov/MARC21/slim"),
];

/// Reads the record of one thing.
///
/// Fields come in document order: the thing's, then the Aggregation's. A property that points to a
/// contextual class of the record has the class's label as value (French first) and its URI; one
/// that points elsewhere has the URI as both. The coordinates of the first place of the thing that
/// has any are the field `wgs84_pos:lat_long`, `48.85,2.35`. Internal EDM, where the values stand in
/// the provider's `ore:Proxy`, is read as well.
pub(crate) fn read(root: &Element) -> Parsed<Vec<Field>> {
    let mut issues = Vec::new();
    let rdf = root.find("RDF").unwrap_or(root);
    let mut entities = BTreeMap::new();
    collect(rdf, &mut entities);
    let all = |local: &str| rdf.elements().filter(|e| e.local == local).collect::<Vec<_>>();
    let things = all("ProvidedCHO");
    if things.len() > 1 {
        issues.push(Issue::new("several_things", "edm:ProvidedCHO", &things.len().to_string()));
    }
    let mut fields = Vec::new();
    let mut position = None;
    // The first thing only: values of another one would be false here.
    let mut sources: Vec<&Element> = things.iter().take(1).copied().collect();
    if sources.iter().all(|thing| thing.elements().next().is_none()) {
        sources = all("Proxy").into_iter().filter(|proxy| !is_europeanas(proxy)).collect();
    }
    let about = things.first().and_then(|thing| thing.attribute("about"));
    if let Some(about) = about.map(str::trim).filter(|about| !about.is_empty()) {
        fields.push(Field { uri: Some(about.to_owned()), ..Field::new("edm:ProvidedCHO", about) });
    }
    for source in sources {
        for property in source.elements() {
            if matches!(
                property.local.as_str(),
                "proxyFor" | "proxyIn" | "lineage" | "europeanaProxy"
            ) {
                continue;
            }
            if position.is_none()
                && matches!(property.local.as_str(), "spatial" | "currentLocation" | "coverage")
            {
                position = place_of(property, &entities);
            }
            push(&mut fields, property, &entities);
        }
    }
    for aggregation in all("Aggregation") {
        for property in
            aggregation.elements().filter(|p| OF_AGGREGATION.contains(&name(p).as_str()))
        {
            push(&mut fields, property, &entities);
        }
    }
    if !fields.iter().any(|field| field.name == "edm:rights") {
        // Some say the rights of the picture at the picture only.
        for resource in all("WebResource") {
            resource
                .elements()
                .filter(|p| name(p) == "edm:rights")
                .take(1)
                .for_each(|p| push(&mut fields, p, &entities));
        }
    }
    if let Some(position) = position {
        fields.push(Field::new("wgs84_pos:lat_long", position));
    }
    if things.is_empty() {
        issues.push(Issue::new("no_thing", "edm:ProvidedCHO", ""));
    }
    Parsed { value: fields, issues }
}

fn is_europeanas(proxy: &Element) -> bool {
    proxy.child("europeanaProxy").is_some_and(|flag| flag.text().trim() == "true")
}

/// Contextual classes by URI, also those written inside a property.
fn collect<'e>(element: &'e Element, into: &mut BTreeMap<&'e str, &'e Element>) {
    for child in element.elements() {
        if matches!(
            child.local.as_str(),
            "Agent" | "Place" | "TimeSpan" | "Concept" | "Organization" | "Person"
        ) && let Some(about) = child.attribute("about")
        {
            into.insert(about.trim(), child);
        }
        collect(child, into);
    }
}

fn place_of(property: &Element, entities: &BTreeMap<&str, &Element>) -> Option<String> {
    let place = match property.elements().next() {
        Some(inside) => inside,
        None => entities.get(property.attribute("resource")?.trim()).copied()?,
    };
    let degrees = |local: &str| {
        place.child(local).map(|e| e.text().trim().to_owned()).filter(|t| !t.is_empty())
    };
    Some(format!("{},{}", degrees("lat")?, degrees("long")?))
}

fn push(fields: &mut Vec<Field>, property: &Element, entities: &BTreeMap<&str, &Element>) {
    let inside = property.elements().next();
    let uri = property
        .attribute("resource")
        .or_else(|| inside.and_then(|entity| entity.attribute("about")))
        .map(str::trim)
        .filter(|uri| !uri.is_empty());
    let entity = inside.or_else(|| uri.and_then(|uri| entities.get(uri).copied()));
    let (value, lang) = match entity {
        Some(entity) => label(entity),
        None => (property.text().trim().to_owned(), language(property)),
    };
    let value = if value.is_empty() { uri.unwrap_or_default().to_owned() } else { value };
    if value.is_empty() {
        return;
    }
    fields.push(Field { name: name(property), value, lang, uri: uri.map(str::to_owned) });
}

/// French label, else the first; of a time without label its limits; else all its text.
fn label(entity: &Element) -> (String, Option<String>) {
    let labels: Vec<&Element> = ["prefLabel", "name", "altLabel"]
        .iter()
        .flat_map(|local| entity.elements().filter(move |e| e.local == *local))
        .filter(|e| !e.text().trim().is_empty())
        .collect();
    let french =
        labels.iter().find(|e| e.attribute("lang").is_some_and(|lang| lang.starts_with("fr")));
    if let Some(label) = french.or(labels.first()) {
        return (label.text().trim().to_owned(), language(label));
    }
    let limit =
        |local: &str| entity.child(local).map(|e| e.text().trim().to_owned()).unwrap_or_default();
    match (limit("begin"), limit("end")) {
        (begin, end) if begin.is_empty() && end.is_empty() => (String::new(), None),
        (begin, end) if begin == end || end.is_empty() => (begin, None),
        (begin, end) => (format!("{begin}/{end}"), None),
    }
}

fn language(element: &Element) -> Option<String> {
    element.attribute("lang").map(str::trim).filter(|lang| !lang.is_empty()).map(str::to_owned)
}

/// Canonical name by namespace; Dublin Core tolerantly; else as written.
pub(crate) fn name(element: &Element) -> String {
    let prefix = element
        .namespace
        .as_deref()
        .and_then(|uri| PREFIXES.iter().chain(&OTHERS).find(|(_, known)| *known == uri))
        .map(|(prefix, _)| *prefix);
    match prefix {
        Some("dc" | "dcterms") => oai_dc::name(element),
        Some(prefix) => format!("{prefix}:{}", element.local),
        None if &*element.prefix == "edm" => format!("edm:{}", element.local),
        None => oai_dc::name(element),
    }
}
