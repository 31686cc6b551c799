//! Writes EDM external: ProvidedCHO, WebResources, contextual classes, services, Aggregation.

use super::entity::{Entities, Entity, Reference};
use super::model::Sink;
use super::{PREFIXES, RDF, SCHEMA};
use crate::formats::rights::accepted;
use crate::formats::{ObjectContext, is_web_uri, language, name_of_kind};
use crate::xml::Writer;
use crate::xml::write::printable;
use domain::merge::{MergedImage, MergedRecord, ResolvedLink, SourcedValue};
use domain::record::{EdmType, Kind, LinkKind, Property};
use domain::rights::ImageRight;

/// Properties of the Dublin Core block, which may come in any order.
const BLOCK: [(Property, &str); 23] = [
    (Property::Title, "dc:title"),
    (Property::Alternative, "dcterms:alternative"),
    (Property::Identifier, "dc:identifier"),
    (Property::Type, "dc:type"),
    (Property::Creator, "dc:creator"),
    (Property::Contributor, "dc:contributor"),
    (Property::Publisher, "dc:publisher"),
    (Property::Created, "dcterms:created"),
    (Property::Issued, "dcterms:issued"),
    (Property::Date, "dc:date"),
    (Property::Temporal, "dcterms:temporal"),
    (Property::Spatial, "dcterms:spatial"),
    (Property::Medium, "dcterms:medium"),
    (Property::Extent, "dcterms:extent"),
    (Property::Subject, "dc:subject"),
    (Property::Description, "dc:description"),
    (Property::Provenance, "dcterms:provenance"),
    (Property::Language, "dc:language"),
    (Property::Format, "dc:format"),
    (Property::Source, "dc:source"),
    (Property::Relation, "dc:relation"),
    (Property::IsReferencedBy, "dcterms:isReferencedBy"),
    (Property::IsPartOf, "dcterms:isPartOf"),
];

/// Writes a record as `rdf:RDF`.
pub fn write(record: &MergedRecord, context: &ObjectContext<'_>) -> String {
    let mut w = Writer::fragment();
    let location = format!("{RDF} {SCHEMA}");
    let declared: Vec<(String, &str)> = PREFIXES
        .iter()
        .filter(|(prefix, _)| *prefix != "foaf")
        .map(|(prefix, uri)| (format!("xmlns:{prefix}"), *uri))
        .collect();
    let mut attributes: Vec<(&str, &str)> =
        declared.iter().map(|(name, uri)| (name.as_str(), *uri)).collect();
    attributes.push(("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"));
    attributes.push(("xsi:schemaLocation", &location));
    w.open("rdf:RDF", &attributes);
    describe(&mut w, record, context);
    w.finish()
}

/// All that stands inside `rdf:RDF`, in its order.
pub(super) fn describe(w: &mut impl Sink, record: &MergedRecord, context: &ObjectContext<'_>) {
    let images: Vec<&MergedImage> =
        record.images.iter().filter(|image| image.rights.image != ImageRight::None).collect();
    let mut entities = Entities::of(context.uri());
    provided_cho(w, record, context, &mut entities);
    for image in &images {
        web_resource(w, image, context);
    }
    entities.write(w);
    aggregation(w, record, context, &images);
    for image in &images {
        w.open("svcs:Service", &[("rdf:about", &context.image_service(&image.image))]);
        w.empty("dcterms:conformsTo", &[("rdf:resource", "http://iiif.io/api/image")]);
        w.empty("doap:implements", &[("rdf:resource", "http://iiif.io/api/image/3/level2.json")]);
        w.close();
    }
}

fn provided_cho(
    w: &mut impl Sink,
    record: &MergedRecord,
    context: &ObjectContext<'_>,
    entities: &mut Entities,
) {
    w.open("edm:ProvidedCHO", &[("rdf:about", &context.uri())]);
    for (property, name) in BLOCK {
        for value in record.get(property) {
            put_value(w, name, property, value, entities);
        }
    }
    fallbacks(w, record);
    if let Some(page) = record.landing_page.as_deref() {
        put_text(w, "dc:identifier", page, None);
    }
    // Parts before the elements of fixed order; both directions are kept as the links state them.
    for link in &record.links {
        match link.kind {
            LinkKind::PartOf | LinkKind::KeptIn => put_link(w, "dcterms:isPartOf", link, context),
            LinkKind::HasPart | LinkKind::Keeps => put_link(w, "dcterms:hasPart", link, context),
            _ => {}
        }
    }
    let place = place(record, context);
    let stands_there =
        matches!(record.kind, Kind::Monument | Kind::Photograph | Kind::Other | Kind::Agent);
    if let Some(place) = &place
        && stands_there
    {
        w.empty("dcterms:spatial", &[("rdf:resource", &place.about)]);
    }
    // At most one currentLocation; a place of ours says the rest in notes.
    match &place {
        Some(place) if !stands_there => {
            w.empty("edm:currentLocation", &[("rdf:resource", &place.about)]);
        }
        _ => current_location(w, record, entities),
    }
    if let Some(place) = place {
        entities.add(place);
    }
    let depicted = record
        .links
        .iter()
        .find(|link| link.kind == LinkKind::RepresentationOf && link.object.is_some());
    for link in &record.links {
        let other =
            matches!(link.kind, LinkKind::RepresentedBy | LinkKind::HeldBy | LinkKind::RelatedTo)
                || (link.kind == LinkKind::RepresentationOf && depicted != Some(link));
        if other {
            put_link(w, "edm:isRelatedTo", link, context);
        }
    }
    if let Some(object) = depicted.and_then(|link| link.object.as_deref()) {
        w.empty("edm:isRepresentationOf", &[("rdf:resource", &context.uri_of(object))]);
    }
    w.text("edm:type", &[], record.edm_type.as_str());
    w.close();
}

/// Where it is kept, once: as a place when one is understood, else in words.
fn current_location(w: &mut impl Sink, record: &MergedRecord, entities: &mut Entities) {
    let values = record.get(Property::CurrentLocation);
    let understood = values.iter().find_map(|value| {
        entities.of_value(Property::CurrentLocation, &value.value).into_iter().next()
    });
    match (understood, values.first()) {
        (Some(reference), _) => put_reference(w, "edm:currentLocation", &reference),
        (None, Some(first)) => {
            put_value(w, "edm:currentLocation", Property::CurrentLocation, first, entities);
        }
        (None, None) => {}
    }
}

/// What Europeana's rules demand and the record lacks: a title or description; a subject, type,
/// time or place; a language of texts.
fn fallbacks(w: &mut impl Sink, record: &MergedRecord) {
    let has = |properties: &[Property]| {
        properties
            .iter()
            .any(|p| record.get(*p).iter().any(|v| !printable(&v.value.text).is_empty()))
    };
    if !has(&[Property::Title, Property::Description]) {
        put_text(w, "dc:title", record.display_title(), None);
    }
    if !has(&[Property::Subject, Property::Type, Property::Temporal, Property::Spatial]) {
        put_text(w, "dc:type", name_of_kind(record.kind), Some("fr"));
    }
    if record.edm_type == EdmType::Text && !has(&[Property::Language]) {
        let french = record
            .values
            .values()
            .flatten()
            .any(|v| v.value.lang.as_deref().is_some_and(|l| l.starts_with("fr")));
        // ISO 639-2 "undetermined" is the honest answer when nothing says French.
        put_text(w, "dc:language", if french { "fr" } else { "und" }, None);
    }
}

/// The place of the record's position: where a building stands or a photograph was taken, or where
/// a thing is kept.
fn place(record: &MergedRecord, context: &ObjectContext<'_>) -> Option<Entity> {
    let position = record.position?;
    let kept =
        !matches!(record.kind, Kind::Monument | Kind::Photograph | Kind::Other | Kind::Agent);
    let names = record.get(if kept { Property::CurrentLocation } else { Property::Spatial });
    let mut labels: Vec<(String, Option<String>)> = names
        .iter()
        .map(|name| (printable(&name.value.text), name.value.lang.clone()))
        .filter(|(text, _)| !text.is_empty())
        .collect();
    let notes = if labels.len() > 1 { labels.split_off(1) } else { Vec::new() };
    Some(Entity {
        class: "edm:Place",
        about: format!("{}#place", context.uri()),
        labels,
        notes: if kept { notes } else { Vec::new() },
        position: Some((position.latitude.to_string(), position.longitude.to_string())),
        ..Entity::default()
    })
}

/// A value as literal, or as reference to a contextual class when it has a URI; and references to
/// what it means.
fn put_value(
    w: &mut impl Sink,
    name: &'static str,
    property: Property,
    value: &SourcedValue,
    entities: &mut Entities,
) {
    let value = &value.value;
    let class = match property {
        Property::Subject | Property::Type | Property::Medium | Property::Format => "skos:Concept",
        Property::Creator | Property::Contributor | Property::Publisher => "edm:Agent",
        Property::Spatial | Property::CurrentLocation => "edm:Place",
        Property::Temporal | Property::Created | Property::Issued => "edm:TimeSpan",
        _ => "",
    };
    // Once a current location is said, nothing can be beside it.
    let alone = property == Property::CurrentLocation;
    let uri = value.uri.as_deref().filter(|uri| !class.is_empty() && is_web_uri(uri));
    match uri {
        None => put_text(w, name, &value.text, value.lang.as_deref()),
        Some(uri) => {
            w.empty(name, &[("rdf:resource", uri)]);
            let label = printable(&value.text);
            let named = !label.is_empty() && label != uri;
            entities.add(Entity {
                class,
                about: uri.to_owned(),
                labels: if named { vec![(label, value.lang.clone())] } else { Vec::new() },
                ..Entity::default()
            });
        }
    }
    if !alone {
        for reference in entities.of_value(property, value) {
            if uri != Some(reference.about.as_str()) {
                put_reference(w, name, &reference);
            }
        }
    }
}

/// A reference; one that a rule of ours made says so.
fn put_reference(w: &mut impl Sink, name: &'static str, reference: &Reference) {
    match reference.level {
        None => w.empty(name, &[("rdf:resource", &reference.about)]),
        Some(level) => w.empty(
            name,
            &[
                ("edm:wasGeneratedBy", "SoftwareAgent"),
                ("edm:confidenceLevel", level),
                ("rdf:resource", &reference.about),
            ],
        ),
    }
}

pub(super) fn put_text(w: &mut impl Sink, name: &'static str, text: &str, lang: Option<&str>) {
    let text = printable(text);
    match language(lang) {
        _ if text.is_empty() => {}
        Some(lang) => w.text(name, &[("xml:lang", lang)], &text),
        None => w.text(name, &[], &text),
    }
}

fn put_link(
    w: &mut impl Sink,
    name: &'static str,
    link: &ResolvedLink,
    context: &ObjectContext<'_>,
) {
    match &link.object {
        Some(object) => w.empty(name, &[("rdf:resource", &context.uri_of(object))]),
        None => put_text(w, name, &link.label, None),
    }
}

fn web_resource(w: &mut impl Sink, image: &MergedImage, context: &ObjectContext<'_>) {
    w.open("edm:WebResource", &[("rdf:about", &context.image_url(&image.image))]);
    if let Some(label) = &image.label {
        put_text(w, "dc:description", label, None);
    }
    if let Some(credit) = &image.credit {
        put_text(w, "dc:rights", credit, None);
    }
    w.empty("edm:rights", &[("rdf:resource", accepted(&image.rights.statement))]);
    w.text("ebucore:hasMimeType", &[], "image/jpeg");
    // Of a reduced image only the service knows the size that it sends.
    if image.rights.image == ImageRight::Full && image.width > 0 && image.height > 0 {
        let integer = [("rdf:datatype", "http://www.w3.org/2001/XMLSchema#integer")];
        w.text("ebucore:width", &integer, &image.width.to_string());
        w.text("ebucore:height", &integer, &image.height.to_string());
    }
    w.empty("dcterms:isReferencedBy", &[("rdf:resource", &context.manifest())]);
    w.empty("svcs:has_service", &[("rdf:resource", &context.image_service(&image.image))]);
    w.close();
}

fn aggregation(
    w: &mut impl Sink,
    record: &MergedRecord,
    context: &ObjectContext<'_>,
    images: &[&MergedImage],
) {
    w.open("ore:Aggregation", &[("rdf:about", &format!("{}#aggregation", context.uri()))]);
    w.empty("edm:aggregatedCHO", &[("rdf:resource", &context.uri())]);
    let data_provider = printable(&record.data_provider);
    let holder = if data_provider.is_empty() { context.provider } else { &data_provider };
    w.text("edm:dataProvider", &[], holder);
    let urls: Vec<String> = images.iter().map(|image| context.image_url(&image.image)).collect();
    for url in urls.iter().skip(1) {
        w.empty("edm:hasView", &[("rdf:resource", url)]);
    }
    let page = record.landing_page.as_deref().map(str::trim).filter(|page| is_web_uri(page));
    w.empty("edm:isShownAt", &[("rdf:resource", page.unwrap_or(&context.page()))]);
    if let Some(url) = urls.first() {
        w.empty("edm:isShownBy", &[("rdf:resource", url)]);
        w.empty("edm:object", &[("rdf:resource", url)]);
    }
    w.text("edm:provider", &[], context.provider);
    for value in record.get(Property::Rights) {
        put_text(w, "dc:rights", &value.value.text, value.value.lang.as_deref());
    }
    w.empty("edm:rights", &[("rdf:resource", accepted(&record.rights.statement))]);
    w.close();
}
