//! Contextual classes: agents, places, spans of time and concepts that a record speaks of, each
//! written once. Order of elements: EDM.xsd.

use super::model::Sink;
use super::put_text;
use crate::formats::is_web_uri;
use crate::xml::write::printable;
use domain::meaning::{Agent, Concept, Entity as Thing, Label, Meaning, Place, TimeSpan};
use domain::record::{Property, Value};

/// The contextual classes of one record, in the order in which it speaks of them.
pub(super) struct Entities {
    /// URI of the thing: what has no address of its own is named below it.
    base: String,
    list: Vec<Entity>,
}

/// One of them.
#[derive(Default)]
pub(super) struct Entity {
    pub(super) class: &'static str,
    pub(super) about: String,
    /// Degrees, north and east.
    pub(super) position: Option<(String, String)>,
    /// Label and its language.
    pub(super) labels: Vec<(String, Option<String>)>,
    pub(super) notes: Vec<(String, Option<String>)>,
    pub(super) within: Vec<String>,
    pub(super) begin: Option<String>,
    pub(super) end: Option<String>,
    pub(super) born: Option<String>,
    pub(super) died: Option<String>,
    pub(super) occupation: Option<String>,
    pub(super) broader: Vec<String>,
    pub(super) exact_match: Vec<String>,
    pub(super) scheme: Option<String>,
    pub(super) same_as: Vec<String>,
    pub(super) notation: Option<String>,
}

/// A reference to a contextual class, as an element of the thing says it.
pub(super) struct Reference {
    pub(super) about: String,
    /// `edm:confidenceLevel`, when a rule of ours made the reference.
    pub(super) level: Option<&'static str>,
}

impl Entities {
    pub(super) fn of(base: String) -> Self {
        Self { base, list: Vec::new() }
    }

    /// Writes them all.
    pub(super) fn write(&self, w: &mut impl Sink) {
        for entity in &self.list {
            entity.write(w);
        }
    }

    /// Adds an entity, or what is new in it to the one of that address.
    pub(super) fn add(&mut self, entity: Entity) {
        let Some(known) = self.list.iter_mut().find(|known| known.about == entity.about) else {
            self.list.push(entity);
            return;
        };
        // EDM wants one prefLabel a language.
        for (label, lang) in entity.labels {
            if !known.labels.iter().any(|(_, known)| *known == lang) {
                known.labels.push((label, lang));
            }
        }
        if known.class != entity.class {
            return;
        }
        known.position = known.position.take().or(entity.position);
        for (own, new) in [
            (&mut known.broader, entity.broader),
            (&mut known.exact_match, entity.exact_match),
            (&mut known.same_as, entity.same_as),
            (&mut known.within, entity.within),
        ] {
            if own.is_empty() {
                *own = new;
            }
        }
        for (own, new) in [
            (&mut known.begin, entity.begin),
            (&mut known.end, entity.end),
            (&mut known.born, entity.born),
            (&mut known.died, entity.died),
            (&mut known.occupation, entity.occupation),
            (&mut known.scheme, entity.scheme),
            (&mut known.notation, entity.notation),
        ] {
            if own.is_none() {
                *own = new;
            }
        }
        if known.notes.is_empty() {
            known.notes = entity.notes;
        }
    }

    /// Adds what `value` means, as far as a class says more than the text, and gives the
    /// references to it.
    pub(super) fn of_value(&mut self, property: Property, value: &Value) -> Vec<Reference> {
        let mut references = Vec::new();
        for meaning in &value.meanings {
            let Some(entity) = self.entity(property, value, meaning) else { continue };
            let level = meaning.confidence.level();
            references.push(Reference { about: entity.about.clone(), level });
            self.add(entity);
        }
        references
    }

    fn entity(&self, property: Property, value: &Value, meaning: &Meaning) -> Option<Entity> {
        use Property::{
            Contributor, Created, Creator, CurrentLocation, Date, Format, Issued, Medium,
            Publisher, Spatial, Subject, Temporal, Type,
        };
        match (&meaning.entity, property) {
            (Thing::Time(span), Created | Issued | Date | Temporal) => self.time(span, value),
            (Thing::Agent(agent), Creator | Contributor | Publisher | Subject) => {
                self.agent(agent, value.lang.as_deref())
            }
            (Thing::Place(place), Spatial | CurrentLocation | Subject) => {
                Some(self.place(place, value, property == CurrentLocation))
            }
            (Thing::Concept(concept), Type | Subject | Medium | Format) => {
                concept_of(concept, value)
            }
            _ => None,
        }
    }

    /// Europeana counts a span with both ends; one with a single end still says something.
    fn time(&self, span: &TimeSpan, value: &Value) -> Option<Entity> {
        if span.begin.is_none() && span.end.is_none() {
            return None;
        }
        let name = span.edtf.clone().unwrap_or_else(|| {
            let end = |end: &Option<String>| end.clone().unwrap_or_default();
            format!("{}/{}", end(&span.begin), end(&span.end))
        });
        Some(Entity {
            class: "edm:TimeSpan",
            about: self.own("time", &name),
            labels: vec![(printable(&value.text), value.lang.clone())],
            begin: span.begin.clone(),
            end: span.end.clone(),
            notation: span.edtf.clone(),
            ..Entity::default()
        })
    }

    /// Only who simply made the thing, and only when there is more than a name.
    fn agent(&self, agent: &Agent, lang: Option<&str>) -> Option<Entity> {
        let more = agent.uri.is_some()
            || agent.born.is_some()
            || agent.died.is_some()
            || agent.role.is_some();
        if !agent.attribution.is_plain() || !more {
            return None;
        }
        let about = agent.uri.clone().filter(|uri| is_web_uri(uri));
        Some(Entity {
            class: "edm:Agent",
            about: about.unwrap_or_else(|| self.own("agent", &agent.name)),
            labels: vec![(printable(&agent.name), lang.map(str::to_owned))],
            born: agent.born.clone(),
            died: agent.died.clone(),
            occupation: agent.role.clone(),
            same_as: web(&agent.same_as),
            ..Entity::default()
        })
    }

    fn place(&self, place: &Place, value: &Value, alone: bool) -> Entity {
        let about = place.uri.clone().filter(|uri| is_web_uri(uri));
        let text = printable(&value.text);
        // A current location is said once: the text of the source goes with it.
        let notes =
            if alone && text != place.name { vec![(text, value.lang.clone())] } else { Vec::new() };
        Entity {
            class: "edm:Place",
            about: about.unwrap_or_else(|| {
                self.own("place", place.insee.as_deref().unwrap_or(&place.name))
            }),
            labels: vec![(printable(&place.name), value.lang.clone())],
            position: place.point.map(domain::meaning::Point::degrees),
            notes,
            within: place.within.clone(),
            same_as: web(&place.same_as),
            ..Entity::default()
        }
    }

    /// Address of what has none of its own: below the thing, and the same at every writing.
    fn own(&self, what: &str, name: &str) -> String {
        let mut about = format!("{}#{what}-", self.base);
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    about.push(char::from(byte));
                }
                _ => {
                    use std::fmt::Write as _;
                    // Writing to a String cannot fail.
                    let _infallible = write!(about, "%{byte:02X}");
                }
            }
        }
        about
    }
}

/// A term, with its text as label when the vocabulary has none.
fn concept_of(concept: &Concept, value: &Value) -> Option<Entity> {
    if !is_web_uri(&concept.uri) {
        return None;
    }
    let mut labels = labelled(&concept.labels);
    if labels.is_empty() {
        labels.push((printable(&value.text), value.lang.clone()));
    }
    Some(Entity {
        class: "skos:Concept",
        about: concept.uri.clone(),
        labels,
        notes: labelled(&concept.notes),
        broader: web(&concept.broader),
        exact_match: web(&concept.exact_match),
        scheme: concept.scheme.clone().filter(|uri| is_web_uri(uri)),
        ..Entity::default()
    })
}

fn labelled(labels: &[Label]) -> Vec<(String, Option<String>)> {
    labels
        .iter()
        .map(|label| {
            let lang = (!label.lang.is_empty()).then(|| label.lang.clone());
            (printable(&label.text), lang)
        })
        .filter(|(text, _)| !text.is_empty())
        .collect()
}

fn web(uris: &[String]) -> Vec<String> {
    uris.iter().filter(|uri| is_web_uri(uri)).cloned().collect()
}

impl Entity {
    fn write(&self, w: &mut impl Sink) {
        w.open(self.class, &[("rdf:about", &self.about)]);
        if let Some((latitude, longitude)) = &self.position {
            w.text("wgs84_pos:lat", &[], latitude);
            w.text("wgs84_pos:long", &[], longitude);
        }
        for (label, lang) in &self.labels {
            put_text(w, "skos:prefLabel", label, lang.as_deref());
        }
        for (note, lang) in &self.notes {
            put_text(w, "skos:note", note, lang.as_deref());
        }
        for name in &self.within {
            put_text(w, "dcterms:isPartOf", name, None);
        }
        let texts = [
            ("edm:begin", &self.begin),
            ("edm:end", &self.end),
            ("rdaGr2:dateOfBirth", &self.born),
            ("rdaGr2:dateOfDeath", &self.died),
            ("rdaGr2:professionOrOccupation", &self.occupation),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                put_text(w, name, text, None);
            }
        }
        for (name, uris) in [
            ("skos:broader", &self.broader),
            ("skos:exactMatch", &self.exact_match),
            ("owl:sameAs", &self.same_as),
        ] {
            for uri in uris {
                w.empty(name, &[("rdf:resource", uri)]);
            }
        }
        if let Some(scheme) = &self.scheme {
            w.empty("skos:inScheme", &[("rdf:resource", scheme)]);
        }
        if let Some(notation) = &self.notation {
            put_text(w, "skos:notation", notation, None);
        }
        w.close();
    }
}
