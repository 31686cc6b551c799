//! Records for the tests of the writers.

use domain::meaning::{
    Agent, Attribution, Concept, Confidence, Entity, Label, Meaning, Place, Point, TimeSpan,
};
use domain::merge::{MemberRef, MergedImage, MergedRecord, ResolvedLink, SourcedValue};
use domain::record::{EdmType, Kind, LinkKind, Position, Property, Value};
use domain::rights::{IN_COPYRIGHT, ImageRight, NOT_EVALUATED, PUBLIC_DOMAIN, RightsDecision};
use std::collections::BTreeMap;

pub(crate) fn rights(image: ImageRight, statement: &str) -> RightsDecision {
    RightsDecision {
        metadata_open: true,
        image,
        statement: statement.to_owned(),
        rule: "sample".to_owned(),
        trigger: String::new(),
        written: None,
    }
}

pub(crate) fn value(text: &str, lang: Option<&str>, uri: Option<&str>) -> SourcedValue {
    SourcedValue {
        value: Value {
            text: text.to_owned(),
            lang: lang.map(str::to_owned),
            uri: uri.map(str::to_owned),
            field: String::new(),
            meanings: Vec::new(),
        },
        sources: vec!["joconde/000PE001028".to_owned()],
    }
}

fn image(id: &str, right: ImageRight, statement: &str) -> MergedImage {
    MergedImage {
        image: id.to_owned(),
        width: 6000,
        height: 4000,
        format: "image/tiff".to_owned(),
        rights: rights(right, statement),
        credit: Some("© Musée d'exemple".to_owned()),
        label: Some("Vue de face".to_owned()),
        via: None,
    }
}

fn link(kind: LinkKind, object: Option<&str>) -> ResolvedLink {
    ResolvedLink {
        kind,
        object: object.map(str::to_owned),
        label: "Cathédrale".to_owned(),
        target: "ref:PA00087203".to_owned(),
    }
}

/// A record with nothing in it.
pub(crate) fn bare(kind: Kind) -> MergedRecord {
    MergedRecord {
        kind,
        base: "partner".to_owned(),
        edm_type: EdmType::Text,
        values: BTreeMap::new(),
        links: Vec::new(),
        images: Vec::new(),
        hidden_images: 0,
        position: None,
        data_provider: String::new(),
        landing_page: None,
        flags: Vec::new(),
        rights: rights(ImageRight::None, NOT_EVALUATED),
        members: Vec::new(),
        sets: Vec::new(),
    }
}

/// A museum object with everything.
pub(crate) fn full() -> MergedRecord {
    let mut record = bare(Kind::MuseumObject);
    record.base = "joconde".to_owned();
    record.edm_type = EdmType::Image;
    let fr = Some("fr");
    record.values = BTreeMap::from([
        (
            Property::Title,
            vec![
                value("Chapiteau à feuilles d'acanthe", fr, None),
                value("Capital", Some("en"), None),
            ],
        ),
        (Property::Alternative, vec![value("chapiteau <roman> & \u{3}remployé", fr, None)]),
        (
            Property::Identifier,
            vec![value("000PE001028", None, None), value("Inv. 1234", None, None)],
        ),
        (
            Property::Type,
            vec![value(
                "chapiteau",
                fr,
                Some("http://data.culture.fr/thesaurus/resource/ark:/67717/T1"),
            )],
        ),
        (
            Property::Creator,
            vec![value("ANONYME", None, None), value("Rodin", fr, Some("http://viaf.org/viaf/2"))],
        ),
        (Property::Contributor, vec![value("atelier", fr, None)]),
        (Property::Created, vec![value("12e siècle", fr, None)]),
        (Property::Temporal, vec![value("Moyen Âge", fr, None)]),
        (Property::Spatial, vec![value("Valence", fr, Some("https://sws.geonames.org/2971053/"))]),
        (
            Property::CurrentLocation,
            vec![value("Valence ; musée", fr, None), value("Drôme", fr, None)],
        ),
        (Property::Medium, vec![value("calcaire", fr, None), value("taillé", fr, None)]),
        (Property::Extent, vec![value("H. 32 ; l. 30 cm", fr, None)]),
        (Property::Subject, vec![value("ornement à forme végétale", fr, None)]),
        (Property::Description, vec![value("Chapiteau roman.\nRemployé.", fr, None)]),
        (Property::Provenance, vec![value("don, 1902", fr, None)]),
        (Property::Language, vec![value("fr", None, None)]),
        (Property::IsReferencedBy, vec![value("Catalogue, 1950", fr, None)]),
        (Property::IsPartOf, vec![value("Collection lapidaire", fr, None)]),
        (Property::Rights, vec![value("© Musée d'exemple", fr, None)]),
    ]);
    record.links = vec![
        link(LinkKind::RepresentedBy, Some("memoire_AP1")),
        link(LinkKind::PartOf, None),
        link(LinkKind::KeptIn, Some("merimee_PA00087203")),
        link(LinkKind::HasPart, Some("joconde_2")),
        link(LinkKind::RepresentationOf, Some("joconde_3")),
        link(LinkKind::RepresentationOf, Some("joconde_4")),
        link(LinkKind::HeldBy, Some("museofile_M0001")),
    ];
    record.images = vec![
        image("joconde_000PE001028_2F1", ImageRight::Full, PUBLIC_DOMAIN),
        image("joconde_000PE001028_2F2", ImageRight::Reduced(800), IN_COPYRIGHT),
        image("joconde_000PE001028_2F3", ImageRight::None, IN_COPYRIGHT),
    ];
    record.position = Some(Position { latitude: 44.9333, longitude: 4.8917 });
    record.data_provider = "Musée de Valence".to_owned();
    record.landing_page =
        Some("https://www.pop.culture.gouv.fr/notice/joconde/000PE001028".to_owned());
    record.rights = rights(ImageRight::Full, PUBLIC_DOMAIN);
    record.members = vec![MemberRef {
        source: "joconde".to_owned(),
        base: "joconde".to_owned(),
        local_id: "000PE001028".to_owned(),
        landing_page: None,
        origin: None,
        received: String::new(),
    }];
    record.sets = vec!["base:joconde".to_owned(), "source:joconde".to_owned()];
    record
}

/// A museum object whose values are understood.
pub(crate) fn understood() -> MergedRecord {
    let mut record = bare(Kind::MuseumObject);
    let fr = Some("fr");
    let with = |text: &str, rule: &str, confidence: Confidence, entity: Entity| {
        let mut sourced = value(text, fr, None);
        sourced.value.meanings.push(Meaning { entity, rule: rule.to_owned(), confidence });
        sourced
    };
    let span = |begin: &str, end: Option<&str>, edtf: Option<&str>| {
        Entity::Time(TimeSpan {
            begin: Some(begin.to_owned()),
            end: end.map(str::to_owned),
            edtf: edtf.map(str::to_owned),
        })
    };
    let painter = |attribution: Attribution| {
        Entity::Agent(Agent {
            name: "Corot, Jean-Baptiste Camille".to_owned(),
            role: Some("peintre".to_owned()),
            born: Some("1796".to_owned()),
            died: Some("1875".to_owned()),
            attribution,
            ..Agent::default()
        })
    };
    let caen = Entity::Place(Place {
        name: "Caen".to_owned(),
        within: vec!["Calvados".to_owned(), "Normandie".to_owned()],
        uri: Some("https://sws.geonames.org/3029241/".to_owned()),
        same_as: vec!["http://www.wikidata.org/entity/Q41185".to_owned()],
        insee: Some("14118".to_owned()),
        point: Some(Point { latitude: 49_181_300, longitude: -363_600 }),
    });
    let label = |text: &str, lang: &str| Label { text: text.to_owned(), lang: lang.to_owned() };
    let painting = Entity::Concept(Concept {
        uri: "http://vocab.getty.edu/aat/300033618".to_owned(),
        labels: vec![label("peinture", "fr"), label("paintings (visual works)", "en")],
        broader: vec!["http://vocab.getty.edu/aat/300191086".to_owned()],
        exact_match: vec!["http://www.wikidata.org/entity/Q3305213".to_owned()],
        scheme: Some("http://vocab.getty.edu/aat/".to_owned()),
        notes: vec![label("Œuvre peinte.", "fr")],
    });
    record.values = BTreeMap::from([
        (Property::Title, vec![value("Vue de Caen", fr, None)]),
        (
            Property::Created,
            vec![
                with(
                    "1er quart 19e siècle",
                    "date.century",
                    Confidence::Certain,
                    span("1801", Some("1825"), Some("1801/1825")),
                ),
                with(
                    "1820 après",
                    "date.after",
                    Confidence::Probable,
                    span("1820", None, Some("1820/..")),
                ),
            ],
        ),
        (
            Property::Creator,
            vec![
                with(
                    "COROT Jean-Baptiste Camille (peintre)",
                    "agent.roles",
                    Confidence::Certain,
                    painter(Attribution::Plain),
                ),
                with(
                    "COROT Camille (atelier de)",
                    "agent.roles",
                    Confidence::Certain,
                    painter(Attribution::WorkshopOf),
                ),
            ],
        ),
        (Property::Type, vec![with("peinture", "concept.label", Confidence::Certain, painting)]),
        (
            Property::Spatial,
            vec![with("Caen (lieu de création)", "place.name", Confidence::Probable, caen.clone())],
        ),
        (
            Property::CurrentLocation,
            vec![with(
                "Normandie ; Calvados ; Caen ; musée",
                "place.insee",
                Confidence::Given,
                caen,
            )],
        ),
    ]);
    record
}
