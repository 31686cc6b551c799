//! Made-up objects, one of each kind.

use crate::store::object::{ObjectRow, ObjectStatus};
use crate::store::run::SourceRecordRow;
use domain::merge::{MemberRef, MergedImage, MergedRecord, ResolvedLink, SourcedValue};
use domain::record::{EdmType, Kind, LinkKind, Position, Property, Record, Value};
use domain::rights::{IN_COPYRIGHT, ImageRight, PUBLIC_DOMAIN, RightsDecision};
use domain::source_record::{Field, SourceRecord};
use std::collections::BTreeMap;

pub(super) fn rights(statement: &str, image: ImageRight) -> RightsDecision {
    RightsDecision {
        metadata_open: true,
        image,
        statement: statement.to_owned(),
        rule: "sample".to_owned(),
        trigger: String::new(),
        written: None,
    }
}

struct Maker {
    id: String,
    record: MergedRecord,
}

fn make(base: &str, local: &str, kind: Kind, provider: &str) -> Maker {
    Maker {
        id: format!("{base}_{local}"),
        record: MergedRecord {
            kind,
            base: base.to_owned(),
            edm_type: EdmType::Image,
            values: BTreeMap::new(),
            links: Vec::new(),
            images: Vec::new(),
            hidden_images: 0,
            position: None,
            data_provider: provider.to_owned(),
            landing_page: None,
            flags: Vec::new(),
            rights: RightsDecision::undecided(),
            members: vec![MemberRef {
                source: base.to_owned(),
                base: base.to_owned(),
                local_id: local.to_owned(),
                landing_page: Some(format!("https://example.org/{base}/{local}")),
                origin: None,
                received: String::new(),
            }],
            sets: vec![format!("base:{base}")],
        },
    }
}

impl Maker {
    fn say(mut self, property: Property, text: &str) -> Self {
        let source = self.record.members.first();
        let sources = source.map(|m| format!("{}/{}", m.source, m.local_id)).into_iter().collect();
        let value = SourcedValue { value: Value::plain(text), sources };
        self.record.values.entry(property).or_default().push(value);
        self
    }

    fn image(mut self, width: u32, height: u32, rights: RightsDecision, credit: &str) -> Self {
        let rank = self.record.images.len() + 1;
        self.record.images.push(MergedImage {
            image: format!("{}_2F{rank}", self.id),
            width,
            height,
            format: "image/jpeg".to_owned(),
            rights: rights.clone(),
            credit: Some(credit.to_owned()),
            label: None,
            via: None,
        });
        self.record.rights = rights;
        self
    }

    fn link(mut self, kind: LinkKind, object: Option<&str>, label: &str) -> Self {
        self.record.links.push(ResolvedLink {
            kind,
            object: object.map(str::to_owned),
            label: label.to_owned(),
            target: format!("ref:{label}"),
        });
        self
    }

    fn done(self) -> ObjectRow {
        ObjectRow {
            object_id: self.id,
            status: ObjectStatus::Live,
            base: self.record.base.clone(),
            kind: self.record.kind,
            title: self.record.display_title().to_owned(),
            datestamp: 1_795_430_400,
            seq: 1,
            sets: self.record.sets.clone(),
            record: Some(self.record),
        }
    }
}

/// One object of each kind, in the order of the kinds.
pub(super) fn all() -> Vec<ObjectRow> {
    use Property as P;
    let free = || rights(PUBLIC_DOMAIN, ImageRight::Full);
    let closed = || rights(IN_COPYRIGHT, ImageRight::Reduced(600));
    let mut painting =
        make("joconde", "00000001", Kind::MuseumObject, "Musée des beaux-arts d’Essai")
            .say(P::Title, "Vue de l’abbaye au soleil couchant")
            .say(P::Type, "tableau")
            .say(P::Creator, "DUVAL Jeanne (peintre)")
            .say(P::Created, "3e quart 19e siècle")
            .say(P::Identifier, "00000001")
            .say(P::Identifier, "RF 1234")
            .say(P::Medium, "peinture à l’huile")
            .say(P::Medium, "toile")
            .say(P::Extent, "H. 54 cm ; l. 73 cm")
            .say(P::Subject, "paysage (abbaye, rivière, soleil couchant)")
            .say(P::Description, "Signé en bas à droite.\nInscription au revers : <été> & hiver.")
            .say(P::CurrentLocation, "Essai ; musée des beaux-arts")
            .say(P::Provenance, "Don de l’artiste, 1889")
            .say(P::IsReferencedBy, "Cat. exp. Essai, 1999, n° 12")
            .image(6000, 4400, free(), "Musée d’Essai")
            .image(3000, 4000, free(), "Musée d’Essai")
            .image(5200, 3900, free(), "Musée d’Essai")
            .link(LinkKind::HeldBy, Some("museofile_M0001"), "Musée des beaux-arts d’Essai")
            .link(LinkKind::RelatedTo, None, "000PE009999");
    // A second member: values carry marks of their sources.
    painting.record.members.push(MemberRef {
        source: "partner".to_owned(),
        base: "partner".to_owned(),
        local_id: "oai:partner:77".to_owned(),
        landing_page: None,
        origin: Some(Box::new(domain::provenance::Origin {
            base_url: "https://partner.example.org/oai".to_owned(),
            ..Default::default()
        })),
        received: String::new(),
    });
    if let Some(value) = painting.record.values.get_mut(&P::Creator).and_then(|v| v.first_mut()) {
        value.sources.push("partner/oai:partner:77".to_owned());
        value.value.uri = Some("http://data.bnf.fr/ark:/12148/cb000".to_owned());
    }
    if let Some(value) = painting.record.values.get_mut(&P::Type).and_then(|v| v.first_mut()) {
        value.value.uri = Some("javascript:alert(1)".to_owned());
    }
    let mut monument = make("merimee", "PA00000001", Kind::Monument, "Médiathèque du patrimoine")
        .say(P::Title, "Ancienne abbaye Saint-Exemple")
        .say(P::Type, "abbaye")
        .say(P::Creator, "LEBRUN Pierre (architecte)")
        .say(P::Created, "12e siècle")
        .say(P::Created, "4e quart 17e siècle")
        .say(P::Spatial, "Normandie ; Seine-Maritime ; Essai")
        .say(
            P::Description,
            "Nef à vaisseau unique, voûtée d’ogives. Les vitraux ont disparu en 1944.",
        )
        .say(P::Provenance, "Classé MH par arrêté du 12 juillet 1886")
        .image(4800, 3200, closed(), "© Agence d’Essai")
        .link(LinkKind::RepresentedBy, Some("memoire_AP00000001"), "Façade ouest")
        .link(LinkKind::Keeps, Some("palissy_PM00000001"), "Statue : Vierge à l’Enfant");
    monument.record.position = Some(Position { latitude: 49.432_11, longitude: 0.819_25 });
    monument.record.hidden_images = 2;
    let mut statue =
        make("palissy", "PM00000001", Kind::MovableObject, "Médiathèque du patrimoine")
            .say(P::Title, "Statue : Vierge à l’Enfant")
            .say(P::Type, "statue")
            .say(P::Created, "15e siècle")
            .say(P::Spatial, "Essai ; abbaye Saint-Exemple")
            .say(P::Medium, "bois : taillé, peint")
            .link(LinkKind::KeptIn, Some("merimee_PA00000001"), "Ancienne abbaye Saint-Exemple");
    statue.record.flags = vec!["stolen".to_owned()];
    statue.record.edm_type = EdmType::Text;
    let photograph = make("memoire", "AP00000001", Kind::Photograph, "Médiathèque du patrimoine")
        .say(P::Title, "Façade ouest")
        .say(P::Creator, "ATELIER D’ESSAI (photographe)")
        .say(P::Created, "1912")
        .say(P::Spatial, "Essai")
        .say(P::Subject, "Abbaye Saint-Exemple")
        .image(3200, 4400, free(), "Atelier d’Essai")
        .link(
            LinkKind::RepresentationOf,
            Some("merimee_PA00000001"),
            "Ancienne abbaye Saint-Exemple",
        );
    let mut museum = make("museofile", "M0001", Kind::Museum, "Ministère de la Culture")
        .say(P::Title, "Musée des beaux-arts d’Essai")
        .say(P::Alternative, "Musée Duval")
        .say(P::Spatial, "1 place de l’Hôtel-de-Ville, Essai");
    museum.record.position = Some(Position { latitude: 49.44, longitude: 1.1 });
    let person = make("autor", "AW00001", Kind::Agent, "Ministère de la Culture")
        .say(P::Title, "DUVAL Jeanne")
        .say(P::Date, "1830 – 1901")
        .say(P::Description, "Peintre paysagiste.");
    let document = make("partner", "D1", Kind::Other, "Archives d’Essai")
        .say(P::Title, "Lettre au maire")
        .say(P::Language, "fr")
        .say(P::Date, "1848-03-02");
    [painting, monument, statue, photograph, museum, person, document]
        .into_iter()
        .map(Maker::done)
        .collect()
}

/// The source record of the first member of an object.
pub(super) fn source_records(row: &ObjectRow) -> Vec<SourceRecordRow> {
    let Some(member) = row.record.as_ref().and_then(|record| record.members.first()) else {
        return Vec::new();
    };
    vec![SourceRecordRow {
        record_id: 1,
        source_id: member.source.clone(),
        source_record: SourceRecord {
            local_id: member.local_id.clone(),
            deleted: false,
            datestamp: None,
            sets: Vec::new(),
            origin: None,
            fields: vec![
                Field::new("REF", member.local_id.clone()),
                Field::new("TITR", row.title.clone()),
                Field::new("DOMN", "peinture;<b>dessin</b>"),
            ],
        },
        record: Record::new(row.kind),
        issues: Vec::new(),
    }]
}
