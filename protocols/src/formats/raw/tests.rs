use super::*;
use crate::formats::tests::CONTEXT;
use proptest::prelude::*;

const PAGE: &str = r#"<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="http://www.w3.org/1999/xlink"><ListRecords>
<record><header><identifier>oai:p:1</identifier><datestamp>2020-01-01</datestamp></header><metadata><mods xmlns="http://www.loc.gov/mods/v3" xsi:schemaLocation="a b"><titleInfo lang="fr"><title>Vue &amp; <i>plan</i></title></titleInfo><location x:href="u?a=1&amp;b=2"/><note>privé</note></mods></metadata></record>
<record><header><identifier>oai:p:2</identifier></header><metadata><dc:a xmlns:dc="urn:dc" z:b="1">autre</dc:a></metadata></record>
<record><header><identifier>oai:p:1</identifier></header><metadata><mods xmlns="http://www.loc.gov/mods/v3"><x:y/>dernier</mods></metadata></record>
</ListRecords></OAI-PMH>"#;

fn wanted(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn the_element_of_a_record_comes_out_of_its_page_complete_in_itself() {
    let first = PAGE.replacen(
        "<record><header><identifier>oai:p:1</identifier></header>",
        "<record><header><identifier>oai:p:3</identifier></header>",
        1,
    );
    let found = metadata_in(first.as_bytes(), &wanted(&["oai:p:1", "oai:p:2"]), &|_| false);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["oai:p:1", "oai:p:2"]);
    let mods = &found["oai:p:1"].xml;
    assert!(mods.contains("x:href=\"u?a=1&amp;b=2\""), "{mods}");
    assert!(mods.contains("xmlns:x=\"http://www.w3.org/1999/xlink\""), "{mods}");
    assert!(found["oai:p:2"].xml.contains("xmlns:z=\"urn:undeclared:z\""));
    assert!(found.values().all(|metadata| !metadata.curtailed));
}

#[test]
fn of_two_records_of_one_name_the_last_one_counts() {
    let found = metadata_in(PAGE.as_bytes(), &wanted(&["oai:p:1"]), &|_| false);
    assert!(found["oai:p:1"].xml.contains("dernier"));
}

#[test]
fn private_elements_do_not_leave() {
    let page = PAGE.replace("oai:p:2", "oai:p:1");
    let page = page.replacen("dernier", "dernier<note>privé</note>", 1);
    let found = metadata_in(page.as_bytes(), &wanted(&["oai:p:1"]), &|name| name.ends_with("note"));
    let metadata = &found["oai:p:1"];
    assert!(
        metadata.curtailed && metadata.xml.contains("dernier") && !metadata.xml.contains("privé")
    );
}

#[test]
fn the_source_records_of_two_members_stand_in_one_envelope() {
    let mut found = metadata_in(PAGE.as_bytes(), &wanted(&["oai:p:2"]), &|_| false);
    let member = |source: &str, identifier: &str, content| Received {
        source: source.to_owned(),
        identifier: identifier.to_owned(),
        datestamp: Some("2020-01-01".to_owned()),
        content,
    };
    let fields = vec![
        Field::new("TITR", "L'île <1> & \u{3}l'autre\r\nsuite"),
        Field {
            lang: Some("fr".to_owned()),
            uri: Some("http://x.example/1".to_owned()),
            ..Field::new("dc:subject", "\"mot\"")
        },
    ];
    let written = write(
        &[
            member("joconde", "000PE1", Content::Fields(fields)),
            member("partner", "oai:p:2", Content::Metadata(found.remove("oai:p:2").unwrap().xml)),
        ],
        &CONTEXT,
    );
    insta::assert_snapshot!(written);
}

proptest! {
    #[test]
    fn any_field_gives_well_formed_xml(name in any::<String>(), value in any::<String>(), uri in any::<Option<String>>()) {
        let field = Field { uri, lang: Some(name.clone()), ..Field::new(name.clone(), value) };
        let received = Received {
            source: name.clone(),
            identifier: name.clone(),
            datestamp: Some(name),
            content: Content::Fields(vec![field]),
        };
        let parsed = Element::parse(&write(&[received], &CONTEXT), &[]).unwrap();
        prop_assert!(parsed.issues.is_empty());
    }

    #[test]
    fn any_element_of_a_page_is_well_formed_in_the_envelope(content in "(<(a|p:b|c x='1'|q:d p:y='2')/>|<e>|</e>|&[a-z]{0,3};?|[f-h<>]){0,12}") {
        let page = format!("<OAI-PMH xmlns:p='urn:p'><GetRecord><record><header><identifier>i</identifier></header><metadata><m>{content}</m></metadata></record></GetRecord></OAI-PMH>");
        for metadata in metadata_in(page.as_bytes(), &wanted(&["i"]), &|_| false).values() {
            prop_assert!(Element::parse(&metadata.xml, &[]).is_ok(), "{}", metadata.xml);
        }
    }
}
