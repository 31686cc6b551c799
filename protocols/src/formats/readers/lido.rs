//! LIDO 1.0 and 1.1, the exchange format of museums.
//!
//! Events decide what an actor, a date or a place means: making (production, creation, designing),
//! publication, acquisition, others; by the URI of LIDO's terminology first, then by the term in
//! English, German or French.

mod administrative;
mod event;

use super::sink::language;
use super::{Sink, all, at, http, preferred};
use crate::xml::Element;
use std::borrow::Cow;

/// Names of the fields.
pub(super) const NAMES: &[&str] = &[
    "lido:lidoRecID",
    "lido:objectPublishedID",
    "lido:objectWorkType",
    "lido:classification",
    "lido:edmType",
    "lido:language",
    "lido:title",
    "lido:titleAlternative",
    "lido:inscription",
    "lido:repositoryName",
    "lido:workID",
    "lido:repositoryLocation",
    "lido:formerRepository",
    "lido:edition",
    "lido:objectDescription",
    "lido:measurements",
    "lido:creator",
    "lido:publisher",
    "lido:contributor",
    "lido:culture",
    "lido:dateCreated",
    "lido:dateIssued",
    "lido:date",
    "lido:period",
    "lido:place",
    "lido:position",
    "lido:material",
    "lido:technique",
    "lido:materialsTech",
    "lido:provenance",
    "lido:eventDescription",
    "lido:subject",
    "lido:subjectActor",
    "lido:subjectPlace",
    "lido:subjectDate",
    "lido:isPartOf",
    "lido:hasPart",
    "lido:relatedWork",
    "lido:rightsWork",
    "lido:rightsHolder",
    "lido:creditLine",
    "lido:recordID",
    "lido:recordSource",
    "lido:recordRights",
    "lido:recordInfoLink",
    "lido:image",
    "lido:thumbnail",
    "lido:rightsResource",
    "lido:rightsURI",
];

pub(super) fn read(root: &Element, sink: &mut Sink<'_>) {
    let record = if root.local.eq_ignore_ascii_case("lidoWrap") {
        super::only(root, "lido", sink).unwrap_or(root)
    } else {
        root
    };
    for id in all(record, "lidoRecID") {
        sink.text("lido:lidoRecID", id);
    }
    for id in all(record, "objectPublishedID") {
        let text = id.text();
        sink.put("lido:objectPublishedID", &text, None, http(&text), id);
    }
    for part in all(record, "descriptiveMetadata") {
        let lido = Lido { lang: language(part) };
        lido.classification(part, sink);
        lido.identification(part, sink);
        for event in at(part, &["eventWrap", "eventSet"]) {
            lido.event(event, sink);
        }
        lido.relations(part, sink);
    }
    for part in all(record, "administrativeMetadata") {
        Lido { lang: language(part) }.administrative(part, sink);
    }
    if sink.fields.is_empty() {
        sink.issue("metadata_empty", &root.local, &root.text());
    }
}

/// One part of a record, in its language.
struct Lido<'e> {
    lang: Option<&'e str>,
}

impl Lido<'_> {
    fn text(&self, name: &str, element: &Element, sink: &mut Sink<'_>) {
        self.put(name, element, element, None, sink);
    }

    /// Adds the text of one element, which stands for another one (`source`).
    fn put(
        &self,
        name: &str,
        text: &Element,
        source: &Element,
        uri: Option<&str>,
        sink: &mut Sink<'_>,
    ) {
        let lang = language(text).or(self.lang);
        sink.put(name, &text.text(), lang, uri, source);
    }

    /// A concept: its preferred term and its address; also the `skos:Concept` of LIDO 1.1.
    fn concept(&self, name: &str, concept: &Element, sink: &mut Sink<'_>) {
        let ids = all(concept, "conceptID").map(Element::text);
        let uri = ids
            .chain(
                concept
                    .elements()
                    .filter(|e| e.local == "Concept")
                    .filter_map(|e| e.attribute("about").map(Cow::Borrowed)),
            )
            .find_map(|id| http(&id).map(str::to_owned));
        let mut terms: Vec<&Element> = all(concept, "term")
            .filter(|t| t.attribute("addedSearchTerm") != Some("yes"))
            .collect();
        terms.extend(at(concept, &["Concept", "prefLabel"]));
        match preferred(&terms) {
            Some(term) => self.put(name, term, concept, uri.as_deref(), sink),
            None => sink.put(name, "", None, uri.as_deref(), concept),
        }
    }

    fn classification(&self, part: &Element, sink: &mut Sink<'_>) {
        for wrap in all(part, "objectClassificationWrap") {
            for kind in at(wrap, &["objectWorkTypeWrap", "objectWorkType"]) {
                self.concept("lido:objectWorkType", kind, sink);
            }
            for class in at(wrap, &["classificationWrap", "classification"]) {
                let kind = class.attribute("type").unwrap_or_default().to_ascii_lowercase();
                let name = match kind.as_str() {
                    "europeana:type" | "edm:type" => "lido:edmType",
                    "language" => "lido:language",
                    _ => "lido:classification",
                };
                self.concept(name, class, sink);
            }
        }
    }

    fn identification(&self, part: &Element, sink: &mut Sink<'_>) {
        for wrap in all(part, "objectIdentificationWrap") {
            for set in at(wrap, &["titleWrap", "titleSet"]) {
                for value in all(set, "appellationValue") {
                    let said = [value, set]
                        .iter()
                        .find_map(|e| e.attribute("pref").or_else(|| e.attribute("type")));
                    let other =
                        said.is_some_and(|said| said.to_ascii_lowercase().contains("altern"));
                    let name = if other { "lido:titleAlternative" } else { "lido:title" };
                    self.text(name, value, sink);
                }
            }
            for set in at(wrap, &["inscriptionsWrap", "inscriptions"]) {
                all(set, "inscriptionTranscription")
                    .chain(at(set, &["inscriptionDescription", "descriptiveNoteValue"]))
                    .for_each(|text| self.text("lido:inscription", text, sink));
            }
            for set in at(wrap, &["repositoryWrap", "repositorySet"]) {
                self.repository(set, sink);
            }
            for wrap in all(wrap, "displayStateEditionWrap") {
                wrap.elements().for_each(|e| self.text("lido:edition", e, sink));
            }
            for note in
                at(wrap, &["objectDescriptionWrap", "objectDescriptionSet", "descriptiveNoteValue"])
            {
                self.text("lido:objectDescription", note, sink);
            }
            for set in at(wrap, &["objectMeasurementsWrap", "objectMeasurementsSet"]) {
                self.measurements(set, sink);
            }
            for set in at(wrap, &["objectMaterialsTechWrap", "objectMaterialsTechSet"]) {
                self.materials(set, sink);
            }
        }
    }

    fn repository(&self, set: &Element, sink: &mut Sink<'_>) {
        let kind = set.attribute("type").unwrap_or_default().to_ascii_lowercase();
        let former = kind.contains("former") || kind.contains("lido00009");
        let name = if former { "lido:formerRepository" } else { "lido:repositoryName" };
        for holder in all(set, "repositoryName") {
            let names = at(holder, &["legalBodyName", "appellationValue"]);
            let ids = all(holder, "legalBodyID").map(Element::text).collect::<Vec<_>>();
            let uri = ids.iter().find_map(|id| http(id));
            if let Some(found) = preferred(&names) {
                self.put(name, found, holder, uri, sink);
            }
        }
        if !former {
            all(set, "workID").for_each(|id| sink.text("lido:workID", id));
        }
        for place in all(set, "repositoryLocation") {
            let name = if former { "lido:formerRepository" } else { "lido:repositoryLocation" };
            self.place(name, place, sink);
        }
    }

    /// A place by its preferred name and address, and where it lies.
    fn place(&self, name: &str, place: &Element, sink: &mut Sink<'_>) {
        let names = at(place, &["namePlaceSet", "appellationValue"]);
        let ids = all(place, "placeID").map(Element::text).collect::<Vec<_>>();
        let uri = ids.iter().find_map(|id| http(id));
        match preferred(&names) {
            Some(found) => self.put(name, found, place, uri, sink),
            // The broader place may be all that is named.
            None => match place.child("partOfPlace") {
                Some(broader) => self.place(name, broader, sink),
                None => sink.put(name, "", None, uri, place),
            },
        }
        let position = at(place, &["gml", "Point", "pos"]);
        if let Some(pos) = position.first() {
            let text = pos.text();
            let numbers: Vec<&str> = text.split([' ', ',']).filter(|n| !n.is_empty()).collect();
            if let [latitude, longitude, ..] = numbers.as_slice() {
                sink.put("lido:position", &format!("{latitude},{longitude}"), None, None, place);
            }
        }
    }

    fn measurements(&self, set: &Element, sink: &mut Sink<'_>) {
        let shown: Vec<&Element> = all(set, "displayObjectMeasurements").collect();
        if let Some(shown) = preferred(&shown) {
            self.put("lido:measurements", shown, set, None, sink);
            return;
        }
        for measured in at(set, &["objectMeasurements", "measurementSet"]) {
            let part = |local| {
                let found: Vec<&Element> = all(measured, local).collect();
                preferred(&found).map(Element::text).unwrap_or_default()
            };
            let text = format!(
                "{}: {} {}",
                part("measurementType"),
                part("measurementValue"),
                part("measurementUnit")
            );
            let text = text.trim_matches([' ', ':']);
            sink.put("lido:measurements", text, self.lang, None, measured);
        }
    }

    /// Materials and techniques, of the object or of an event.
    fn materials(&self, set: &Element, sink: &mut Sink<'_>) {
        let before = sink.fields.len();
        for term in at(set, &["materialsTech", "termMaterialsTech"]) {
            let kind = term.attribute("type").unwrap_or_default().to_ascii_lowercase();
            let name = if kind.contains("material") || kind.contains("lido00132") {
                "lido:material"
            } else if kind.contains("tech") || kind.contains("lido00131") {
                "lido:technique"
            } else {
                "lido:materialsTech"
            };
            self.concept(name, term, sink);
        }
        if sink.fields.len() == before || sink.is_looking() {
            all(set, "displayMaterialsTech").for_each(|e| self.text("lido:materialsTech", e, sink));
        }
    }

    fn relations(&self, part: &Element, sink: &mut Sink<'_>) {
        for set in at(part, &["objectRelationWrap", "subjectWrap", "subjectSet"]) {
            let before = sink.fields.len();
            for subject in all(set, "subject") {
                self.subject(subject, sink);
            }
            if sink.fields.len() == before || sink.is_looking() {
                all(set, "displaySubject").for_each(|e| self.text("lido:subject", e, sink));
            }
        }
        for set in at(part, &["objectRelationWrap", "relatedWorksWrap", "relatedWorkSet"]) {
            let kinds = at(set, &["relatedWorkRelType"]);
            let kind: String = kinds.iter().map(|e| e.text()).collect::<String>().to_lowercase();
            let name =
                if ["ispartof", "is part of", "part of", "lido00008", "teil von", "fait partie"]
                    .iter()
                    .any(|known| kind.contains(known))
                {
                    "lido:isPartOf"
                } else if ["haspart", "has part", "hat teil", "comprend"]
                    .iter()
                    .any(|known| kind.contains(known))
                {
                    "lido:hasPart"
                } else {
                    "lido:relatedWork"
                };
            for work in all(set, "relatedWork") {
                let object = work.child("object");
                let said: Vec<&Element> = all(work, "displayObject")
                    .chain(object.and_then(|o| o.child("objectNote")))
                    .collect();
                let links: Vec<_> = object
                    .into_iter()
                    .flat_map(|o| {
                        o.elements().filter(|e| {
                            matches!(e.local.as_str(), "objectWebResource" | "objectID")
                        })
                    })
                    .map(Element::text)
                    .collect();
                let uri = links.iter().find_map(|link| http(link));
                match preferred(&said) {
                    Some(said) => self.put(name, said, work, uri, sink),
                    None => sink.put(name, links.first().map_or("", |l| l), None, uri, work),
                }
            }
        }
    }

    fn subject(&self, subject: &Element, sink: &mut Sink<'_>) {
        for e in subject.elements() {
            match e.local.as_str() {
                "subjectConcept" => self.concept("lido:subject", e, sink),
                "subjectActor" => {
                    let names = at(e, &["actor", "nameActorSet", "appellationValue"]);
                    let ids =
                        at(e, &["actor", "actorID"]).iter().map(|e| e.text()).collect::<Vec<_>>();
                    let uri = ids.iter().find_map(|id| http(id));
                    let shown: Vec<&Element> = all(e, "displayActor").collect();
                    if let Some(found) = preferred(&names).or_else(|| preferred(&shown)) {
                        self.put("lido:subjectActor", found, e, uri, sink);
                    }
                }
                "subjectPlace" => {
                    let before = sink.fields.len();
                    all(e, "place").for_each(|p| self.place("lido:subjectPlace", p, sink));
                    if sink.fields.len() == before {
                        all(e, "displayPlace")
                            .for_each(|p| self.text("lido:subjectPlace", p, sink));
                    }
                }
                "subjectDate" => self.date("lido:subjectDate", e, sink),
                "subjectEvent" => {
                    let shown: Vec<&Element> = all(e, "displayEvent")
                        .chain(at(e, &["event", "eventName", "appellationValue"]))
                        .collect();
                    if let Some(found) = preferred(&shown) {
                        self.put("lido:subject", found, e, None, sink);
                    }
                }
                "subjectObject" => {
                    all(e, "displayObject").for_each(|o| self.text("lido:subject", o, sink));
                }
                _ => {}
            }
        }
    }

    /// A date as it is shown, else its limits.
    fn date(&self, name: &str, date: &Element, sink: &mut Sink<'_>) {
        let shown: Vec<&Element> = all(date, "displayDate").collect();
        if let Some(shown) = preferred(&shown) {
            self.put(name, shown, date, None, sink);
            return;
        }
        for limits in all(date, "date") {
            let limit = |local| {
                limits.child(local).map(|e| super::sink::clean(&e.text())).unwrap_or_default()
            };
            let (begin, end) = (limit("earliestDate"), limit("latestDate"));
            let text =
                if begin == end || end.is_empty() { begin } else { format!("{begin}/{end}") };
            sink.put(name, text.trim_start_matches('/'), None, None, date);
        }
    }
}
