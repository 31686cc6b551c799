//! Partners: what ties their records to the national bases.

use super::*;

fn partner(table: &str, local_id: &str, fields: &[(&str, &str)], museum: Option<&str>) -> Record {
    let context = Context { museum, data_provider: Some("Région d'essai"), ..Context::default() };
    Table::builtin(table).unwrap().apply(&source(local_id, fields), &context).value
}

#[test]
fn a_partner_that_cites_the_notice_shares_its_certain_key() {
    for (table, field) in
        [("oai_dc", "dc:identifier"), ("edm", "edm:isShownAt"), ("generic", "url")]
    {
        let record = partner(
            table,
            "oai:example.org:1",
            &[
                ("dc:title", "x"),
                ("titre", "x"),
                (field, "https://www.pop.culture.gouv.fr/notice/joconde/09990000042"),
            ],
            None,
        );
        assert!(
            record.certain_keys.contains(&"same:ref:09990000042".to_owned()),
            "{table}: {:?}",
            record.certain_keys
        );
    }
}

#[test]
fn an_identifier_that_ends_with_a_reference_shares_it_too_and_a_number_does_not() {
    let keys = |id: &str| partner("oai_dc", id, &[("dc:title", "x")], None).certain_keys;
    assert_eq!(keys("oai:example.org:PA99990001"), ["same:ref:PA99990001"]);
    assert_eq!(keys("oai:joconde:09990000042"), ["same:ref:09990000042"]);
    assert!(keys("oai:example.org:09990000042").is_empty());
}

#[test]
fn the_museum_of_the_source_and_the_inventory_number_meet_joconde() {
    let ours = apply(
        "joconde",
        &[("REF", "09990000042"), ("TITR", "x"), ("MUSEO", "M9999"), ("INV", "999.1.42")],
    );
    let theirs = partner(
        "oai_dc",
        "oai:x:7",
        &[("dc:title", "x"), ("dc:identifier", "999-1-42")],
        Some("M9999"),
    );
    let key = "same:inv:M9999:999.1.42".to_owned();
    assert!(ours.certain_keys.contains(&key) && theirs.certain_keys.contains(&key));
    let nobody =
        partner("oai_dc", "oai:x:7", &[("dc:title", "x"), ("dc:identifier", "999-1-42")], None);
    assert!(nobody.certain_keys.is_empty());
}

#[test]
fn a_dublin_core_record_becomes_a_record() {
    let record = partner(
        "oai_dc",
        "oai:example.org:PA99990001",
        &[
            ("dc:title", "Moulin de la Passerelle"),
            ("dc:creator", "Lenoir, Jacques"),
            ("dc:date", "1764"),
            ("dc:type", "moulin"),
            ("dc:identifier", "https://partner.example/moulin"),
            ("dc:relation", "https://partner.example/moulin.JPG?size=large"),
            ("dc:rights", "https://creativecommons.org/licenses/by-sa/4.0/deed.fr"),
        ],
        None,
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&record).unwrap());
}

#[test]
fn an_edm_record_becomes_a_record() {
    let mut record = source(
        "oai:example.org:7",
        &[
            ("edm:ProvidedCHO", "http://partner.example/id/7"),
            ("dc:title", "La Passerelle aux saules"),
            ("dcterms:created", "1834"),
            ("dcterms:spatial", "Amiens"),
            ("dc:type", "dessin"),
            ("edm:type", "IMAGE"),
            ("edm:dataProvider", "Musée d'essai"),
            ("edm:isShownAt", "http://partner.example/7"),
            ("edm:isShownBy", "http://partner.example/7/full.jpg"),
            ("edm:object", "http://partner.example/7/thumb.jpg"),
            ("wgs84_pos:lat_long", "49.89,2.3"),
            ("edm:rights", "http://rightsstatements.org/vocab/InC/1.0/"),
        ],
    );
    record.fields.push(Field {
        name: "dc:creator".to_owned(),
        value: "Lenoir, Berthe".to_owned(),
        lang: Some("fr".to_owned()),
        uri: Some("http://viaf.org/viaf/1".to_owned()),
    });
    let made = Table::builtin("edm").unwrap().apply(&record, &Context::default()).value;
    insta::assert_snapshot!(serde_json::to_string_pretty(&made).unwrap());
}
