use super::*;
use crate::record::{Link, Record};
use crate::rights::ImageRight;

fn member(trust: i64, record_id: i64, source: &str, kind: Kind) -> MemberInput {
    let mut record = Record::new(kind);
    record.rights.image = ImageRight::Full;
    MemberInput {
        trust,
        record_id,
        source: source.to_owned(),
        base: source.to_owned(),
        local_id: format!("R{record_id}"),
        data_provider: format!("Holder of {source}"),
        origin: None,
        received: String::new(),
        record,
        images: Vec::new(),
    }
}

fn image(id: &str, sha256: Option<&str>) -> MasterImage {
    MasterImage {
        image: id.to_owned(),
        probe: Some((4, 3, "image/jpeg".to_owned())),
        sha256: sha256.map(str::to_owned),
        credit: None,
        label: None,
        service: None,
    }
}

fn alone(members: &[MemberInput]) -> Option<MergedRecord> {
    merge("o", members.to_vec(), &[], &Surroundings::default())
}

#[test]
fn equal_values_become_one_with_all_who_state_it_in_the_form_of_the_most_trusted() {
    let (mut partner, mut joconde) =
        (member(50, 1, "partner", Kind::Other), member(1, 2, "joconde", Kind::MuseumObject));
    partner.record.push(Property::Title, Value::plain("LA  JOCONDE"));
    partner.record.push(Property::Title, Value::plain("Mona Lisa"));
    joconde.record.push(Property::Title, Value::plain("La Joconde"));
    let merged = alone(&[partner, joconde]).unwrap();
    let titles: Vec<_> = merged
        .get(Property::Title)
        .iter()
        .map(|v| (v.value.text.as_str(), v.sources.clone()))
        .collect();
    assert_eq!(
        titles,
        [
            ("La Joconde", vec!["joconde/R2".to_owned(), "partner/R1".to_owned()]),
            ("Mona Lisa", vec!["partner/R1".to_owned()]),
        ]
    );
    assert_eq!((merged.kind, merged.base.as_str()), (Kind::MuseumObject, "joconde"));
    assert_eq!(merged.data_provider, "Holder of joconde");
    assert_eq!(
        merged.sets,
        [
            "base:joconde",
            "base:partner",
            "rights:permission",
            "source:joconde",
            "source:partner",
            "type:TEXT"
        ]
    );
}

#[test]
fn one_member_whose_metadata_is_closed_closes_the_object() {
    let (open, mut closed) = (member(1, 1, "a", Kind::Other), member(2, 2, "b", Kind::Other));
    closed.record.rights.metadata_open = false;
    assert!(alone(&[open, closed]).is_none());
    assert!(alone(&[]).is_none());
}

#[test]
fn an_image_keeps_the_decision_of_its_record_and_the_object_takes_the_strictest() {
    let (mut a, mut b) = (member(1, 1, "a", Kind::Other), member(2, 2, "b", Kind::Other));
    a.images = vec![image("a1", Some("same")), image("a2", None)];
    b.images = vec![image("b1", Some("same")), image("b2", None)];
    b.record.rights.image = ImageRight::Reduced(800);
    let merged = alone(&[a, b]).unwrap();
    let rights: Vec<_> = merged.images.iter().map(|i| (i.image.as_str(), i.rights.image)).collect();
    assert_eq!(
        rights,
        [
            ("a1", ImageRight::Reduced(800)),
            ("a2", ImageRight::Full),
            ("b2", ImageRight::Reduced(800))
        ]
    );
    assert_eq!(merged.rights.image, ImageRight::Reduced(800));
    assert_eq!(merged.edm_type, EdmType::Image);
}

#[test]
fn an_image_that_may_not_be_shown_is_only_counted() {
    let mut a = member(1, 1, "a", Kind::Other);
    a.record.rights.image = ImageRight::None;
    a.images = vec![image("a1", None)];
    let merged = alone(&[a]).unwrap();
    assert_eq!((merged.images.len(), merged.hidden_images), (0, 1));
}

#[test]
fn a_photograph_lends_its_image_with_its_own_rights() {
    let mut photo = member(1, 2, "memoire", Kind::Photograph);
    photo.record.rights.image = ImageRight::Reduced(400);
    photo.images = vec![image("p1", None)];
    photo.record.push(Property::Title, Value::plain("Vue du choeur"));
    let around = Surroundings {
        names: [("ref:AP1".to_owned(), "memoire_AP1".to_owned())].into(),
        neighbours: [("memoire_AP1".to_owned(), Neighbour::of(&[photo]).unwrap())].into(),
    };
    let monument = member(1, 1, "merimee", Kind::Monument);
    let inverse = [InverseLink {
        kind: LinkKind::RepresentationOf,
        object: "memoire_AP1".to_owned(),
        name: "ref:AP1".to_owned(),
    }];
    let merged = merge("merimee_PA1", vec![monument], &inverse, &around).unwrap();
    assert_eq!(
        merged.links,
        [ResolvedLink {
            kind: LinkKind::RepresentedBy,
            object: Some("memoire_AP1".to_owned()),
            label: "Vue du choeur".to_owned(),
            target: "ref:AP1".to_owned(),
        }]
    );
    assert_eq!(merged.images.len(), 1);
    assert_eq!(merged.images[0].via.as_deref(), Some("memoire_AP1"));
    assert_eq!(merged.images[0].rights.image, ImageRight::Reduced(400));
}

#[test]
fn links_are_bounded_named_once_and_never_lead_home() {
    let mut a = member(1, 1, "a", Kind::Other);
    for n in 0..500 {
        let target = format!("ref:X{n}");
        a.record.links.push(Link { kind: LinkKind::RelatedTo, target });
    }
    a.record.links.push(Link { kind: LinkKind::PartOf, target: "ref:HOME".to_owned() });
    a.record.links.push(Link { kind: LinkKind::PartOf, target: "ref:P".to_owned() });
    a.record.links.push(Link { kind: LinkKind::PartOf, target: "uri:P".to_owned() });
    let around = Surroundings {
        names: [("ref:HOME", "o"), ("ref:P", "p"), ("uri:P", "p")]
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .into(),
        neighbours: [
            ("o".to_owned(), Neighbour::default()),
            ("p".to_owned(), Neighbour::default()),
        ]
        .into(),
    };
    let merged = merge("o", vec![a], &[], &around).unwrap();
    assert_eq!(merged.links.iter().filter(|l| l.kind == LinkKind::RelatedTo).count(), 200);
    assert_eq!(merged.links.iter().filter(|l| l.kind == LinkKind::PartOf).count(), 1);
    assert_eq!(merged.links.last().map(|l| l.label.as_str()), Some("X199"));
}

#[test]
fn the_hash_does_not_depend_on_the_order_of_the_members() {
    let (mut a, mut b) = (member(1, 1, "a", Kind::Other), member(1, 2, "b", Kind::Other));
    a.record.push(Property::Subject, Value::plain("eau"));
    b.record.push(Property::Subject, Value::plain("feu"));
    let hash = |members: &[MemberInput]| content_hash(&alone(members).unwrap()).unwrap();
    assert_eq!(hash(&[a.clone(), b.clone()]), hash(&[b.clone(), a.clone()]));
    assert_ne!(hash(&[a.clone(), b]), hash(&[a]));
}

#[test]
fn a_leaf_set_is_in_its_ancestors() {
    let sets = sets_with_ancestors(&["base:joconde".to_owned(), "museum:fr:M0017".to_owned()]);
    assert_eq!(
        sets.into_iter().collect::<Vec<_>>(),
        ["base", "base:joconde", "museum", "museum:fr", "museum:fr:M0017"]
    );
}

#[test]
fn an_object_is_in_the_sets_of_its_rights_its_media_and_its_department() {
    let mut a = member(1, 1, "a", Kind::Other);
    a.record.rights.statement = crate::rights::CC0.to_owned();
    a.record.rights.image = ImageRight::Full;
    a.images = vec![image("a1", None)];
    a.record.sets = ["department:ille-et-vilaine", "department:Bretagne", "museum:M0017"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        alone(&[a]).unwrap().sets,
        [
            "base:a",
            "department:35",
            "department:Bretagne",
            "media:image",
            "museum:M0017",
            "rights:open",
            "source:a",
            "type:IMAGE"
        ]
    );
}

#[test]
fn a_set_that_the_protocol_could_not_name_is_left_out_and_ancestors_are_no_leaves() {
    let mut a = member(1, 1, "a", Kind::Other);
    a.record.sets = ["museum", "museum:M1", "museum:M1:x", "museum:é", "museum:", "museum:a b"]
        .map(str::to_owned)
        .to_vec();
    a.record.sets.push(format!("museum:{}", "x".repeat(200)));
    let sets = alone(&[a]).unwrap().sets;
    let museums: Vec<_> = sets.iter().filter(|set| set.starts_with("museum")).collect();
    assert_eq!(museums, ["museum:M1:x"]);
}

#[test]
fn the_dates_of_an_origin_are_no_content_and_everything_else_of_it_is() {
    let origin = |date: &str, identifier: &str| {
        Some(Box::new(Origin {
            base_url: "https://partner.example.org/oai".to_owned(),
            identifier: identifier.to_owned(),
            datestamp: date.to_owned(),
            harvest_date: format!("{date}T00:00:00Z"),
            ..Default::default()
        }))
    };
    let hash = |origin| {
        let mut partner = member(50, 1, "partner", Kind::Other);
        partner.origin = origin;
        content_hash(&alone(&[partner]).unwrap()).unwrap()
    };
    let first = hash(origin("2020-01-01", "oai:p:1"));
    assert_eq!(first, hash(origin("2024-01-01", "oai:p:1")));
    assert_ne!(first, hash(origin("2020-01-01", "oai:p:2")));
    assert_ne!(first, hash(None));
}

#[test]
fn one_member_says_what_it_says_twice_once_and_its_copy_says_nothing_more() {
    let mut only = member(1, 1, "joconde", Kind::MuseumObject);
    let mut better = Value::plain("vue  du PORT");
    better.uri = Some("http://vocab.example.org/1".to_owned());
    let mut french = Value::plain("Vue du port");
    french.lang = Some("fr".to_owned());
    only.record.values.insert(
        Property::Subject,
        vec![Value::plain("Vue du port"), better, french, Value::plain("mer")],
    );
    only.record.values.insert(Property::Format, Vec::new());
    // A second member that has nothing takes the way of clusters.
    let mut silent = member(2, 2, "partner", Kind::MuseumObject);
    silent.record.values.clear();
    let (one, two) = (alone(&[only.clone()]).unwrap(), alone(&[only, silent]).unwrap());
    assert_eq!(one.values, two.values);
    let texts: Vec<&str> =
        one.get(Property::Subject).iter().map(|v| v.value.text.as_str()).collect();
    assert_eq!(texts, ["Vue du port", "Vue du port", "mer"]);
    assert!(one.get(Property::Subject).first().unwrap().value.uri.is_some());
}

#[test]
fn the_hash_beside_the_stored_form_is_the_content_hash() {
    let record = alone(&[member(1, 1, "joconde", Kind::MuseumObject)]).unwrap();
    let hash = content_hash(&record).unwrap();
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(stored_form(record).unwrap(), (json, hash));
}
