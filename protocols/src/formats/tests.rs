use super::samples::{bare, full, rights, understood, value};
use super::*;
use domain::record::{EdmType, Kind, Position, Property};
use domain::rights::ImageRight;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(crate) const CONTEXT: ObjectContext<'static> = ObjectContext {
    object_id: "joconde_000PE001028",
    public_url: "https://gateway.example.org",
    provider: "Passerelle d'exemple",
};

#[test]
fn a_full_record_is_written_in_dublin_core_one_element_a_value() {
    insta::assert_snapshot!(Format::OaiDc.write(&full(), &CONTEXT));
}

#[test]
fn a_full_record_is_written_in_edm() {
    insta::assert_snapshot!(Format::Edm.write(&full(), &CONTEXT));
}

#[test]
fn a_record_that_lacks_everything_still_obeys_the_rules_of_europeana() {
    insta::assert_snapshot!(Format::Edm.write(&bare(Kind::Monument), &CONTEXT));
}

#[test]
fn what_values_mean_is_written_in_edm_beside_the_texts() {
    insta::assert_snapshot!(Format::Edm.write(&understood(), &CONTEXT));
}

#[test]
fn a_full_record_is_written_in_lido() {
    insta::assert_snapshot!(Format::Lido.write(&full(), &CONTEXT));
}

#[test]
fn dates_that_are_understood_are_a_span_in_lido() {
    let mut record = understood();
    let open_end = Format::Lido.write(&record, &CONTEXT);
    assert!(!open_end.contains("<lido:date>"), "one of two dates has no end: {open_end}");
    record.values.get_mut(&Property::Created).unwrap().truncate(1);
    let closed = Format::Lido.write(&record, &CONTEXT);
    assert!(closed.contains("<lido:displayDate xml:lang=\"fr\">1er quart 19e siècle</lido:displayDate>\n<lido:date>\n<lido:earliestDate>1801</lido:earliestDate>\n<lido:latestDate>1825</lido:latestDate>\n</lido:date>"));
}

#[test]
fn a_record_that_lacks_everything_has_what_lido_demands() {
    insta::assert_snapshot!(Format::Lido.write(&bare(Kind::Monument), &CONTEXT));
}

#[test]
fn a_photograph_shows_places_and_times_and_a_building_stands_somewhere() {
    let mut record = full();
    record.kind = Kind::Photograph;
    let photograph = Format::Lido.write(&record, &CONTEXT);
    assert!(
        photograph.contains("<lido:subjectPlace>") && photograph.contains("<lido:subjectDate>")
    );
    assert!(!photograph.contains("<lido:eventPlace>"));
    record.kind = Kind::Monument;
    let monument = Format::Lido.write(&record, &CONTEXT);
    assert!(!monument.contains("<lido:eventPlace>") && !monument.contains("<lido:subjectPlace>"));
    assert!(monument.contains("<lido:placeID lido:type=\"http://terminology.lido-schema.org/lido00099\">https://sws.geonames.org/2971053/</lido:placeID>"));
}

#[test]
fn the_namespace_of_what_came_is_that_of_its_format() {
    let root = |xml: &str| Element::parse(xml, &[]).unwrap().value;
    let edm = root(&Format::Edm.write(&full(), &CONTEXT));
    assert_eq!(namespace_of("oai_edm", &edm), edm::NAMESPACE);
    let lido = root(&Format::Lido.write(&full(), &CONTEXT));
    assert_eq!(namespace_of("lido", &lido), lido::NAMESPACE);
    assert_eq!(namespace_of("oai_dc", &root("<dc><title/></dc>")), oai_dc::NAMESPACE);
    assert_eq!(namespace_of("x", &root("<dc/>")), "");
}

/// A museum's record and a partner's of the same thing, which may be shown in part only, without a
/// title and full of what XML must escape.
fn two_members() -> MergedRecord {
    let member = |trust: i64, source: &str, image: ImageRight| {
        let mut record = domain::record::Record::new(Kind::MuseumObject);
        record.rights = rights(image, domain::rights::IN_COPYRIGHT);
        let texts = [
            (Property::Type, "vase & <socle>\u{0}\u{1b}"),
            (Property::Creator, "Ó'Conor \"R.\""),
            (Property::Description, source),
            (Property::Issued, "1900"),
        ];
        for (property, text) in texts {
            record.push(property, domain::record::Value::plain(text));
        }
        domain::merge::MemberInput {
            trust,
            record_id: trust,
            source: source.to_owned(),
            base: source.to_owned(),
            local_id: "1".to_owned(),
            data_provider: format!("Musée {source} & fils"),
            origin: None,
            received: String::new(),
            record,
            images: vec![domain::merge::MasterImage {
                image: format!("{source}_1_2F1"),
                probe: Some((3000, 2000, "image/jpeg".to_owned())),
                sha256: None,
                credit: Some("© <Photographe>".to_owned()),
                label: None,
                service: None,
            }],
        }
    };
    let members = vec![
        member(1, "joconde", ImageRight::Reduced(800)),
        member(50, "partner", ImageRight::None),
    ];
    domain::merge::merge("joconde_1", members, &[], &domain::merge::Surroundings::default())
        .unwrap()
}

#[test]
fn a_merged_record_with_restricted_rights_is_written_in_every_format() {
    let record = two_members();
    for format in [Format::OaiDc, Format::Edm, Format::Lido] {
        insta::assert_snapshot!(
            format!("merged_{}", format.prefix()),
            format.write(&record, &CONTEXT)
        );
    }
}

#[test]
fn a_record_is_unaltered_only_when_every_field_reads_back_as_it_was_sent() {
    let mut record = full();
    let origin = domain::provenance::Origin {
        metadata_namespace: oai_dc::NAMESPACE.to_owned(),
        ..Default::default()
    };
    record.members[0].origin = Some(Box::new(origin));
    assert!(!may_be_unaltered(Format::OaiDc, &record, &CONTEXT));
    record.values.entry(Property::Identifier).or_default().push(value(&CONTEXT.uri(), None, None));
    assert!(may_be_unaltered(Format::OaiDc, &record, &CONTEXT));
    assert!(!may_be_unaltered(Format::Edm, &record, &CONTEXT));
    let written = Format::OaiDc.write(&record, &CONTEXT);
    let mut sent = read("oai_dc", written.as_bytes()).value;
    sent.reverse();
    assert!(says_the_same(Format::OaiDc, &written, &sent));
    sent.pop();
    assert!(!says_the_same(Format::OaiDc, &written, &sent));
    record.members.push(record.members[0].clone());
    assert!(!may_be_unaltered(Format::OaiDc, &record, &CONTEXT));
}

#[test]
fn only_languages_that_xml_knows_are_written() {
    assert_eq!(language(Some(" fr-FR ")), Some("fr-FR"));
    for odd in ["", "français", "fr_FR", "fr-", "1a", "abcdefghi"] {
        assert_eq!(language(Some(odd)), None, "{odd}");
    }
}

#[test]
fn a_place_known_by_its_position_is_linked_by_what_the_record_is() {
    let mut record = bare(Kind::Monument);
    record.position = Some(Position { latitude: -1.5, longitude: 120.25 });
    record.values.insert(Property::Spatial, vec![value("Valence", Some("fr"), None)]);
    let monument = Format::Edm.write(&record, &CONTEXT);
    assert!(monument.contains("<dcterms:spatial rdf:resource=\"https://gateway.example.org/id/joconde_000PE001028#place\"/>"));
    assert!(monument.contains("<wgs84_pos:lat>-1.5</wgs84_pos:lat>"));
    record.kind = Kind::MovableObject;
    let movable = Format::Edm.write(&record, &CONTEXT);
    assert!(movable.contains("<edm:currentLocation rdf:resource=\"https://gateway.example.org/id/joconde_000PE001028#place\"/>"));
}

#[test]
fn a_statement_that_europeana_refuses_is_written_as_not_evaluated() {
    let mut record = full();
    record.rights = rights(ImageRight::Full, "https://creativecommons.org/licenses/by/4.0/deed.fr");
    assert!(Format::Edm.write(&record, &CONTEXT).contains(domain::rights::NOT_EVALUATED));
}

#[test]
fn an_image_without_right_is_named_by_no_format() {
    for format in Format::ALL {
        assert!(!format.write(&full(), &CONTEXT).contains("000PE001028_2F3"));
    }
}

fn names(fields: &[Field]) -> Vec<(&str, &str)> {
    fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect()
}

#[test]
fn what_is_written_in_dublin_core_is_read_back() {
    let read = read("oai_dc", Format::OaiDc.write(&full(), &CONTEXT).as_bytes());
    assert_eq!(read.issues, []);
    let titles: Vec<_> = read.value.iter().filter(|f| f.name == "dc:title").collect();
    assert_eq!(titles.len(), 3);
    assert_eq!(titles[0].lang.as_deref(), Some("fr"));
    assert_eq!(titles[2].value, "chapiteau <roman> & remployé");
}

#[test]
fn dublin_core_of_odd_shapes_is_read() {
    let xml = r#"<o:dc xmlns:o="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:x="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/" xmlns:ex="urn:ex">
        <x:Title xml:lang="fr"> Un titre </x:Title><title>Sans espace de noms</title><dc:creator>Non déclaré</dc:creator>
        <x:title.alternative>Autre</x:title.alternative><t:created>1900</t:created><t:title>T</t:title>
        <dcvalue element="date" qualifier="issued">1901</dcvalue><dcvalue element="subject" qualifier="none">S</dcvalue>
        <x:subject rdf:resource="http://x.example/1" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>
        <x:description/><ex:own>1</ex:own>
    </o:dc>"#;
    let read = read("oai_dc", xml.as_bytes());
    assert_eq!(
        names(&read.value),
        [
            ("dc:title", "Un titre"),
            ("dc:title", "Sans espace de noms"),
            ("dc:creator", "Non déclaré"),
            ("dcterms:alternative", "Autre"),
            ("dcterms:created", "1900"),
            ("dc:title", "T"),
            ("dcterms:issued", "1901"),
            ("dc:subject", "S"),
            ("dc:subject", "http://x.example/1"),
            ("ex:own", "1"),
        ]
    );
}

#[test]
fn edm_is_read_back_with_labels_of_entities_and_position() {
    let read = read("edm", Format::Edm.write(&full(), &CONTEXT).as_bytes());
    assert_eq!(read.issues, []);
    insta::assert_snapshot!(
        read.value
            .iter()
            .map(|f| format!(
                "{} | {} | {} | {}",
                f.name,
                f.value,
                f.lang.as_deref().unwrap_or(""),
                f.uri.as_deref().unwrap_or("")
            ))
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn broken_metadata_is_an_issue_and_no_panic() {
    let read = read("edm", b"<rdf:RDF><a></rdf:RDF>");
    assert!(read.value.is_empty());
    assert_eq!(read.issues[0].code, "metadata_unreadable");
}

fn any_record() -> impl Strategy<Value = MergedRecord> {
    let texts = proptest::collection::vec(
        (
            any::<String>(),
            proptest::option::of("[a-z]{0,3}"),
            proptest::option::of("(https?://)?[ -~]{0,12}"),
        ),
        0..3,
    );
    let values = proptest::collection::btree_map(0..Property::ALL.len(), texts, 0..6);
    (values, any::<String>(), proptest::option::of(any::<String>()), any::<(f64, f64)>()).prop_map(
        |(values, provider, page, (latitude, longitude))| {
            let mut record = full();
            record.values = values
                .into_iter()
                .map(|(property, texts)| {
                    let texts = texts
                        .iter()
                        .map(|(t, l, u)| value(t, l.as_deref(), u.as_deref()))
                        .collect();
                    (Property::ALL[property], texts)
                })
                .collect::<BTreeMap<_, _>>();
            record.edm_type = EdmType::Text;
            record.data_provider = provider;
            record.landing_page = page;
            record.position = Some(Position { latitude, longitude });
            record
        },
    )
}

proptest! {
    #[test]
    fn any_record_gives_well_formed_xml(record in any_record()) {
        for format in Format::ALL {
            let xml = format.write(&record, &CONTEXT);
            prop_assert!(Element::parse(&xml, &[]).is_ok_and(|parsed| parsed.issues.is_empty()));
        }
    }

    #[test]
    fn readers_take_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _fields = (read("oai_dc", &bytes), read("edm", &bytes));
    }

    #[test]
    fn readers_take_any_markup(text in "(<(rdf:RDF|edm:ProvidedCHO|dc:title|/dc:title|edm:Place rdf:about='a'|/edm:Place)?>?|[a-c&;]){0,40}") {
        let _fields = (read("oai_dc", text.as_bytes()), read("edm", text.as_bytes()));
    }
}
