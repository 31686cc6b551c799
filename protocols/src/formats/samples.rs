//! Records for the tests of the writers.

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
