//! Events of LIDO.

use super::{Lido, all, at, http, preferred};
use crate::formats::readers::Sink;
use crate::xml::Element;

/// What an event says of the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Making,
    Publication,
    Acquisition,
    Other,
}

impl Meaning {
    fn of(event: &Element) -> Self {
        let mut said = String::new();
        for kind in all(event, "eventType") {
            said.push_str(&kind.text().to_lowercase());
            if let Some(concept) = kind.child("Concept").and_then(|c| c.attribute("about")) {
                said.push_str(&concept.to_lowercase());
            }
        }
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        // By the terminology of LIDO first.
        if has(&["lido00228"]) {
            Self::Publication
        } else if has(&["lido00007", "lido00012", "lido00224"]) {
            Self::Making
        } else if has(&["lido00001"]) {
            Self::Acquisition
        } else if has(&["publi", "veröffentlichung", "édition", "edition"]) {
            Self::Publication
        } else if has(&["acqui", "erwerb", "zugang"]) {
            Self::Acquisition
        } else if has(&[
            "production",
            "creation",
            "création",
            "design",
            "herstellung",
            "entwurf",
            "schöpfung",
            "fabrication",
            "exécution",
            "execution",
            "conception",
            "réalisation",
            "valmistus",
            "suunnittelu",
            "produktion",
            "tillverkning",
            "photograph",
            "taking a picture",
        ]) {
            Self::Making
        } else {
            Self::Other
        }
    }

    fn actor(self) -> &'static str {
        match self {
            Self::Making => "lido:creator",
            Self::Publication => "lido:publisher",
            Self::Acquisition | Self::Other => "lido:contributor",
        }
    }

    fn date(self) -> &'static str {
        match self {
            Self::Making => "lido:dateCreated",
            Self::Publication => "lido:dateIssued",
            Self::Acquisition | Self::Other => "lido:date",
        }
    }
}

impl Lido<'_> {
    /// Reads one `eventSet`.
    pub(super) fn event(&self, set: &Element, sink: &mut Sink<'_>) {
        let events: Vec<&Element> = all(set, "event").collect();
        let before = sink.fields.len();
        let mut meaning = Meaning::Other;
        for event in &events {
            meaning = Meaning::of(event);
            if meaning == Meaning::Acquisition {
                // Who gave it, when, is its history and makes nobody a contributor.
                self.acquisition(event, sink);
            } else {
                self.parts(event, meaning, sink);
            }
        }
        if sink.fields.len() == before || sink.is_looking() {
            let name = match meaning {
                Meaning::Acquisition => "lido:provenance",
                _ => "lido:eventDescription",
            };
            all(set, "displayEvent").for_each(|e| self.text(name, e, sink));
        }
    }

    fn acquisition(&self, event: &Element, sink: &mut Sink<'_>) {
        let mut words: Vec<String> = Vec::new();
        for path in [
            &["eventMethod", "term"][..],
            &["eventActor", "displayActorInRole"],
            &["eventActor", "actorInRole", "actor", "nameActorSet", "appellationValue"],
            &["eventDate", "displayDate"],
            &["eventDescriptionSet", "descriptiveNoteValue"],
        ] {
            if let Some(found) = preferred(&at(event, path)) {
                let text = found.text().trim().to_owned();
                if !words.contains(&text) {
                    words.push(text);
                }
            }
        }
        sink.put("lido:provenance", &words.join(", "), self.lang, None, event);
    }

    fn parts(&self, event: &Element, meaning: Meaning, sink: &mut Sink<'_>) {
        for e in event.elements() {
            match e.local.as_str() {
                "eventActor" => self.actor(e, meaning, sink),
                "culture" => self.concept("lido:culture", e, sink),
                "eventDate" => self.date(meaning.date(), e, sink),
                "periodName" => self.concept("lido:period", e, sink),
                "eventPlace" => {
                    let before = sink.fields.len();
                    all(e, "place").for_each(|place| self.place("lido:place", place, sink));
                    if !sink.fields.iter().skip(before).any(|field| field.name == "lido:place") {
                        all(e, "displayPlace")
                            .for_each(|place| self.text("lido:place", place, sink));
                    }
                }
                "eventMaterialsTech" => self.materials(e, sink),
                "eventDescriptionSet" => all(e, "descriptiveNoteValue")
                    .for_each(|note| self.text("lido:eventDescription", note, sink)),
                _ => {}
            }
        }
    }

    fn actor(&self, e: &Element, meaning: Meaning, sink: &mut Sink<'_>) {
        let name = meaning.actor();
        let mut any = false;
        for role in all(e, "actorInRole") {
            let names = at(role, &["actor", "nameActorSet", "appellationValue"]);
            let ids = at(role, &["actor", "actorID"]).iter().map(|e| e.text()).collect::<Vec<_>>();
            let uri = ids.iter().find_map(|id| http(id));
            let qualified = all(role, "attributionQualifierActor").next().is_some();
            if let Some(found) = preferred(&names) {
                // "Workshop of" is no creator of that name: as shown, without link.
                let shown: Vec<&Element> = all(e, "displayActorInRole").collect();
                match preferred(&shown).filter(|_| qualified) {
                    Some(shown) => self.put(name, shown, e, None, sink),
                    None => self.put(name, found, e, uri.filter(|_| !qualified), sink),
                }
                any = true;
            }
        }
        if !any {
            let shown: Vec<&Element> = all(e, "displayActorInRole").collect();
            if let Some(shown) = preferred(&shown) {
                self.put(name, shown, e, None, sink);
            }
        }
    }
}
