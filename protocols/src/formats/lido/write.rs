//! Writes LIDO 1.1. The order of elements is that of the schema; types and roles are named by the
//! LIDO terminology (`http://terminology.lido-schema.org/`), in whose terms harvesters match first.

use super::{NAMESPACE, SCHEMA};
use crate::formats::rights::accepted;
use crate::formats::{ObjectContext, is_web_uri, language};
use crate::xml::Writer;
use crate::xml::write::printable;
use domain::meaning::Entity;
use domain::merge::{MergedImage, MergedRecord, SourcedValue};
use domain::record::{Kind, LinkKind, Property};
use domain::rights::ImageRight;

const GML: &str = "http://www.opengis.net/gml";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

// Terms of the LIDO terminology.
const URI: &str = "http://terminology.lido-schema.org/lido00099";
const LOCAL: &str = "http://terminology.lido-schema.org/lido00100";
const PREFERRED: &str = "http://terminology.lido-schema.org/lido00169";
const ALTERNATIVE: &str = "http://terminology.lido-schema.org/lido00170";
const CURRENT: &str = "http://terminology.lido-schema.org/lido00475";
const MATERIAL: &str = "http://terminology.lido-schema.org/lido00132";
const ITEM: &str = "http://terminology.lido-schema.org/lido00141";
const PRODUCTION: &str = "http://terminology.lido-schema.org/lido00007";
const PUBLICATION: &str = "http://terminology.lido-schema.org/lido00228";
const EVENT: &str = "http://terminology.lido-schema.org/lido00003";
const IMAGE: &str = "http://terminology.lido-schema.org/lido00464";

/// Writes a record as `lido:lido`.
pub fn write(record: &MergedRecord, context: &ObjectContext<'_>) -> String {
    let mut w = Writer::fragment();
    let location = format!("{NAMESPACE} {SCHEMA}");
    w.open(
        "lido:lido",
        &[
            ("xmlns:lido", NAMESPACE),
            ("xmlns:gml", GML),
            ("xmlns:xsi", XSI),
            ("xsi:schemaLocation", &location),
        ],
    );
    let uri = context.uri();
    w.text("lido:lidoRecID", &[("lido:type", LOCAL)], context.object_id);
    w.text("lido:objectPublishedID", &[("lido:type", URI)], &uri);
    let language = main_language(record);
    w.open("lido:descriptiveMetadata", &[("xml:lang", language)]);
    classification(&mut w, record);
    identification(&mut w, record);
    events(&mut w, record);
    relations(&mut w, record, context);
    w.close();
    w.open("lido:administrativeMetadata", &[("xml:lang", language)]);
    administration(&mut w, record, context);
    w.close();
    w.finish()
}

/// French when anything is French, else the first language that is named.
fn main_language(record: &MergedRecord) -> &str {
    let languages =
        || record.values.values().flatten().filter_map(|v| language(v.value.lang.as_deref()));
    if languages().any(|lang| lang == "fr" || lang.starts_with("fr-")) {
        return "fr";
    }
    languages().next().unwrap_or("und")
}

fn text(w: &mut Writer, name: &'static str, value: &SourcedValue) {
    put(w, name, &value.value.text, value.value.lang.as_deref());
}

fn put(w: &mut Writer, name: &'static str, text: &str, lang: Option<&str>) {
    match language(lang) {
        Some(lang) => w.text(name, &[("xml:lang", lang)], text),
        None => w.text(name, &[], text),
    }
}

/// The values of a property that say something.
fn said(record: &MergedRecord, property: Property) -> impl Iterator<Item = &SourcedValue> {
    record.get(property).iter().filter(|v| !printable(&v.value.text).is_empty())
}

fn any(record: &MergedRecord, properties: &[Property]) -> bool {
    properties.iter().any(|property| said(record, *property).next().is_some())
}

/// A concept: its URI, when it has one, and its term.
fn concept(w: &mut Writer, name: &'static str, kind: &[(&str, &str)], value: &SourcedValue) {
    w.open(name, kind);
    if let Some(uri) = value.value.uri.as_deref().filter(|uri| is_web_uri(uri)) {
        w.text("lido:conceptID", &[("lido:type", URI)], uri);
    }
    text(w, "lido:term", value);
    w.close();
}

fn term(w: &mut Writer, name: &'static str, kind: &[(&str, &str)], id: &str, term: &str) {
    w.open(name, kind);
    if !id.is_empty() {
        w.text("lido:conceptID", &[("lido:type", URI)], id);
    }
    if !term.is_empty() {
        w.text("lido:term", &[], term);
    }
    w.close();
}

fn classification(w: &mut Writer, record: &MergedRecord) {
    w.open("lido:objectClassificationWrap", &[]);
    w.open("lido:objectWorkTypeWrap", &[]);
    for value in said(record, Property::Type) {
        concept(w, "lido:objectWorkType", &[], value);
    }
    if !any(record, &[Property::Type]) {
        // The schema wants one.
        let name = crate::formats::name_of_kind(record.kind);
        w.open("lido:objectWorkType", &[]);
        put(w, "lido:term", name, Some("fr"));
        w.close();
    }
    w.close();
    w.open("lido:classificationWrap", &[]);
    // What LIDO has no place for and EDM asks for, in the way of Europeana's own mapping.
    let kind = [("lido:type", "europeana:type")];
    term(w, "lido:classification", &kind, "", record.edm_type.as_str());
    for value in said(record, Property::Language) {
        concept(w, "lido:classification", &[("lido:type", "language")], value);
    }
    w.close();
    w.close();
}

fn identification(w: &mut Writer, record: &MergedRecord) {
    w.open("lido:objectIdentificationWrap", &[]);
    w.open("lido:titleWrap", &[]);
    let mut title = |text: &str, lang: Option<&str>, pref: &str| {
        w.open("lido:titleSet", &[]);
        let mut attributes = vec![("lido:pref", pref)];
        attributes.extend(language(lang).map(|lang| ("xml:lang", lang)));
        w.text("lido:appellationValue", &attributes, text);
        w.close();
    };
    for value in said(record, Property::Title) {
        title(&value.value.text, value.value.lang.as_deref(), PREFERRED);
    }
    if !any(record, &[Property::Title]) {
        title(record.display_title(), None, PREFERRED);
    }
    for value in said(record, Property::Alternative) {
        title(&value.value.text, value.value.lang.as_deref(), ALTERNATIVE);
    }
    w.close();
    repository(w, record);
    if any(record, &[Property::Description, Property::Provenance]) {
        w.open("lido:objectDescriptionWrap", &[]);
        for value in said(record, Property::Description) {
            w.open("lido:objectDescriptionSet", &[]);
            text(w, "lido:descriptiveNoteValue", value);
            w.close();
        }
        for value in said(record, Property::Provenance) {
            w.open("lido:objectDescriptionSet", &[("lido:type", "provenance")]);
            text(w, "lido:descriptiveNoteValue", value);
            w.close();
        }
        w.close();
    }
    if any(record, &[Property::Extent]) {
        w.open("lido:objectMeasurementsWrap", &[]);
        for value in said(record, Property::Extent) {
            w.open("lido:objectMeasurementsSet", &[]);
            text(w, "lido:displayObjectMeasurements", value);
            w.close();
        }
        w.close();
    }
    if any(record, &[Property::Medium, Property::Format]) {
        w.open("lido:objectMaterialsTechWrap", &[]);
        for value in said(record, Property::Medium) {
            w.open("lido:objectMaterialsTechSet", &[]);
            w.open("lido:materialsTech", &[]);
            concept(w, "lido:termMaterialsTech", &[("lido:type", MATERIAL)], value);
            w.close();
            w.close();
        }
        for value in said(record, Property::Format) {
            w.open("lido:objectMaterialsTechSet", &[]);
            text(w, "lido:displayMaterialsTech", value);
            w.close();
        }
        w.close();
    }
    w.close();
}

/// Whether the places of the record are those where it stands (a building), rather than where it
/// was made or what it shows.
fn stands(record: &MergedRecord) -> bool {
    matches!(record.kind, Kind::Monument | Kind::Museum)
}

/// Who keeps it, under which numbers, where.
fn repository(w: &mut Writer, record: &MergedRecord) {
    w.open("lido:repositoryWrap", &[]);
    w.open("lido:repositorySet", &[("lido:type", CURRENT)]);
    legal_body(w, "lido:repositoryName", &record.data_provider);
    for value in said(record, Property::Identifier) {
        w.text("lido:workID", &[], &value.value.text);
    }
    let places = if stands(record) { Property::Spatial } else { Property::CurrentLocation };
    let located = record.position.filter(|_| !matches!(record.kind, Kind::Photograph));
    if any(record, &[places]) || located.is_some() {
        w.open("lido:repositoryLocation", &[]);
        for value in said(record, places) {
            place_id(w, value);
        }
        for value in said(record, places) {
            w.open("lido:namePlaceSet", &[]);
            text(w, "lido:appellationValue", value);
            w.close();
        }
        if let Some(position) = located {
            point(w, position);
        }
        w.close();
    }
    w.close();
    w.close();
}

fn point(w: &mut Writer, position: domain::record::Position) {
    w.open("lido:gml", &[]);
    w.open("gml:Point", &[]);
    let place = format!("{} {}", position.latitude, position.longitude);
    w.text("gml:pos", &[("srsName", "http://www.opengis.net/def/crs/EPSG/0/4326")], &place);
    w.close();
    w.close();
}

fn legal_body(w: &mut Writer, element: &'static str, name: &str) {
    if printable(name).is_empty() {
        return;
    }
    w.open(element, &[]);
    w.open("lido:legalBodyName", &[]);
    w.text("lido:appellationValue", &[], name);
    w.close();
    w.close();
}

fn place_id(w: &mut Writer, value: &SourcedValue) {
    if let Some(uri) = value.value.uri.as_deref().filter(|uri| is_web_uri(uri)) {
        w.text("lido:placeID", &[("lido:type", URI)], uri);
    }
}

fn events(w: &mut Writer, record: &MergedRecord) {
    let made_there = !stands(record) && record.kind != Kind::Photograph;
    let mut production = vec![Property::Creator, Property::Created];
    // Of a photograph, places and times are those of what it shows.
    if made_there {
        production.push(Property::Spatial);
    }
    if record.kind != Kind::Photograph {
        production.push(Property::Temporal);
    }
    let produced = any(record, &production);
    let published = any(record, &[Property::Publisher, Property::Issued]);
    let other = any(record, &[Property::Contributor, Property::Date]);
    if !produced && !published && !other {
        return;
    }
    w.open("lido:eventWrap", &[]);
    if produced {
        event(w, PRODUCTION, "Production", record, Property::Creator, Property::Created, |w| {
            if record.kind != Kind::Photograph {
                for value in said(record, Property::Temporal) {
                    concept(w, "lido:periodName", &[], value);
                }
            }
            if made_there {
                for value in said(record, Property::Spatial) {
                    w.open("lido:eventPlace", &[]);
                    place(w, value);
                    w.close();
                }
            }
        });
    }
    if published {
        let (actor, date) = (Property::Publisher, Property::Issued);
        event(w, PUBLICATION, "Publication", record, actor, date, |_| {});
    }
    if other {
        event(w, EVENT, "Event", record, Property::Contributor, Property::Date, |_| {});
    }
    w.close();
}

fn event(
    w: &mut Writer,
    kind: &str,
    name: &str,
    record: &MergedRecord,
    actors: Property,
    dates: Property,
    rest: impl FnOnce(&mut Writer),
) {
    w.open("lido:eventSet", &[]);
    w.open("lido:event", &[]);
    term(w, "lido:eventType", &[], kind, name);
    for value in said(record, actors) {
        w.open("lido:eventActor", &[]);
        w.open("lido:actorInRole", &[]);
        w.open("lido:actor", &[]);
        if let Some(uri) = value.value.uri.as_deref().filter(|uri| is_web_uri(uri)) {
            w.text("lido:actorID", &[("lido:type", URI)], uri);
        }
        w.open("lido:nameActorSet", &[]);
        text(w, "lido:appellationValue", value);
        w.close();
        w.close();
        w.close();
        w.close();
    }
    if any(record, &[dates]) {
        w.open("lido:eventDate", &[]);
        for value in said(record, dates) {
            text(w, "lido:displayDate", value);
        }
        span(w, record, dates);
        w.close();
    }
    rest(w);
    w.close();
    w.close();
}

/// From the earliest to the latest day that the dates of the property mean, when all of them are
/// understood: LIDO has one span for all display dates.
fn span(w: &mut Writer, record: &MergedRecord, dates: Property) {
    let mut earliest: Option<(i32, &str)> = None;
    let mut latest: Option<(i32, &str)> = None;
    for value in said(record, dates) {
        let mut understood = false;
        for meaning in &value.value.meanings {
            let Entity::Time(span) = &meaning.entity else { continue };
            let (Some(begin), Some(end)) = (span.begin.as_deref(), span.end.as_deref()) else {
                return;
            };
            let (Some(first), Some(last)) = (span.begin_year(), span.end_year()) else { return };
            understood = true;
            if earliest.is_none_or(|(year, _)| first < year) {
                earliest = Some((first, begin));
            }
            if latest.is_none_or(|(year, _)| last > year) {
                latest = Some((last, end));
            }
        }
        if !understood {
            return;
        }
    }
    if let (Some((_, earliest)), Some((_, latest))) = (earliest, latest) {
        w.open("lido:date", &[]);
        w.text("lido:earliestDate", &[], earliest);
        w.text("lido:latestDate", &[], latest);
        w.close();
    }
}

fn place(w: &mut Writer, value: &SourcedValue) {
    w.open("lido:place", &[]);
    place_id(w, value);
    w.open("lido:namePlaceSet", &[]);
    text(w, "lido:appellationValue", value);
    w.close();
    w.close();
}

/// What it shows and what it is tied to.
fn relations(w: &mut Writer, record: &MergedRecord, context: &ObjectContext<'_>) {
    let photograph = record.kind == Kind::Photograph;
    let shown_place =
        photograph && (any(record, &[Property::Spatial]) || record.position.is_some());
    let shown_time = photograph && any(record, &[Property::Temporal]);
    let subjects = any(record, &[Property::Subject]) || shown_place || shown_time;
    let texts = [
        (Property::IsPartOf, "dcterms:isPartOf"),
        (Property::IsReferencedBy, "dcterms:isReferencedBy"),
        (Property::Relation, "dc:relation"),
        (Property::Source, "dc:source"),
    ];
    let works =
        !record.links.is_empty() || texts.iter().any(|(property, _)| any(record, &[*property]));
    if !subjects && !works {
        return;
    }
    w.open("lido:objectRelationWrap", &[]);
    if subjects {
        w.open("lido:subjectWrap", &[]);
        for value in said(record, Property::Subject) {
            subject(w, |w| concept(w, "lido:subjectConcept", &[], value));
        }
        if shown_time {
            subject(w, |w| {
                w.open("lido:subjectDate", &[]);
                for value in said(record, Property::Temporal) {
                    text(w, "lido:displayDate", value);
                }
                span(w, record, Property::Temporal);
                w.close();
            });
        }
        if shown_place {
            subject(w, |w| {
                w.open("lido:subjectPlace", &[]);
                w.open("lido:place", &[]);
                for value in said(record, Property::Spatial) {
                    place_id(w, value);
                }
                for value in said(record, Property::Spatial) {
                    w.open("lido:namePlaceSet", &[]);
                    text(w, "lido:appellationValue", value);
                    w.close();
                }
                if let Some(position) = record.position {
                    point(w, position);
                }
                w.close();
                w.close();
            });
        }
        w.close();
    }
    if works {
        w.open("lido:relatedWorksWrap", &[]);
        for link in &record.links {
            related(w, relation(link.kind), |w| {
                if let Some(object) = &link.object {
                    w.text("lido:objectWebResource", &[], &context.uri_of(object));
                }
                if !printable(&link.label).is_empty() {
                    w.text("lido:objectNote", &[], &link.label);
                }
            });
        }
        for (property, name) in texts {
            for value in said(record, property) {
                related(w, name, |w| text(w, "lido:objectNote", value));
            }
        }
        w.close();
    }
    w.close();
}

fn subject(w: &mut Writer, content: impl FnOnce(&mut Writer)) {
    w.open("lido:subjectSet", &[]);
    w.open("lido:subject", &[]);
    content(w);
    w.close();
    w.close();
}

fn related(w: &mut Writer, kind: &str, object: impl FnOnce(&mut Writer)) {
    w.open("lido:relatedWorkSet", &[]);
    w.open("lido:relatedWork", &[]);
    w.open("lido:object", &[]);
    object(w);
    w.close();
    w.close();
    term(w, "lido:relatedWorkRelType", &[], "", kind);
    w.close();
}

/// A link in the terms that EDM uses for it.
fn relation(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::PartOf | LinkKind::KeptIn => "dcterms:isPartOf",
        LinkKind::HasPart | LinkKind::Keeps => "dcterms:hasPart",
        LinkKind::RepresentationOf => "edm:isRepresentationOf",
        LinkKind::RepresentedBy | LinkKind::HeldBy | LinkKind::RelatedTo => "edm:isRelatedTo",
    }
}

fn administration(w: &mut Writer, record: &MergedRecord, context: &ObjectContext<'_>) {
    w.open("lido:rightsWorkWrap", &[]);
    w.open("lido:rightsWorkSet", &[]);
    term(w, "lido:rightsType", &[], accepted(&record.rights.statement), "");
    for value in said(record, Property::Rights) {
        text(w, "lido:creditLine", value);
    }
    w.close();
    w.close();
    w.open("lido:recordWrap", &[]);
    w.text("lido:recordID", &[("lido:type", LOCAL)], context.object_id);
    term(w, "lido:recordType", &[], ITEM, "item");
    let holder = printable(&record.data_provider);
    legal_body(w, "lido:recordSource", if holder.is_empty() { context.provider } else { &holder });
    if holder.is_empty() && printable(context.provider).is_empty() {
        // The schema wants one.
        w.open("lido:recordSource", &[]);
        w.close();
    }
    w.open("lido:recordInfoSet", &[]);
    if let Some(page) = record.landing_page.as_deref().filter(|page| is_web_uri(page)) {
        w.text("lido:recordInfoLink", &[("lido:formatResource", "text/html")], page);
    }
    w.text("lido:recordInfoLink", &[("lido:formatResource", "text/html")], &context.page());
    w.close();
    w.close();
    let images: Vec<&MergedImage> =
        record.images.iter().filter(|image| image.rights.image != ImageRight::None).collect();
    if images.is_empty() {
        return;
    }
    w.open("lido:resourceWrap", &[]);
    for image in images {
        w.open("lido:resourceSet", &[]);
        w.text("lido:resourceID", &[("lido:type", URI)], &context.image_service(&image.image));
        w.open("lido:resourceRepresentation", &[("lido:type", IMAGE)]);
        let url = context.image_url(&image.image);
        w.text("lido:linkResource", &[("lido:formatResource", "image/jpeg")], &url);
        if image.rights.image == ImageRight::Full && image.width > 0 && image.height > 0 {
            measured(w, "width", image.width);
            measured(w, "height", image.height);
        }
        w.close();
        if let Some(label) = image.label.as_deref().filter(|label| !printable(label).is_empty()) {
            w.text("lido:resourceDescription", &[], label);
        }
        w.open("lido:rightsResource", &[]);
        term(w, "lido:rightsType", &[], accepted(&image.rights.statement), "");
        if let Some(credit) = image.credit.as_deref().filter(|credit| !printable(credit).is_empty())
        {
            w.text("lido:creditLine", &[], credit);
        }
        w.close();
        w.close();
    }
    w.close();
}

fn measured(w: &mut Writer, kind: &str, pixels: u32) {
    w.open("lido:resourceMeasurementsSet", &[]);
    w.text("lido:measurementType", &[], kind);
    w.text("lido:measurementUnit", &[], "pixel");
    w.text("lido:measurementValue", &[], &pixels.to_string());
    w.close();
}
