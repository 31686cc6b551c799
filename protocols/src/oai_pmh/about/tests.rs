use super::*;
use crate::formats::samples;
use crate::oai_pmh::client::Page;
use proptest::prelude::*;

/// The answer of an aggregator: the example of the provenance guideline, with the rights of the
/// rights guideline.
const ANSWER: &str = r#"<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2003-01-01T00:00:00Z</responseDate><GetRecord><record>
<header><identifier>oai:a:1</identifier><datestamp>2002-03-01</datestamp></header>
<metadata><dc xmlns="urn:x"><title>t</title><secret>s</secret></dc></metadata>
<about><provenance xmlns="http://www.openarchives.org/OAI/2.0/provenance">
<originDescription harvestDate="2002-02-02T14:10:02Z" altered="true">
<baseURL>http://the.oa.org</baseURL><identifier>oai:r2.org:klik001</identifier><datestamp>2002-01-01</datestamp>
<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>
<originDescription harvestDate="2002-01-01T11:10:01Z" altered="false">
<baseURL>http://some.oa.org</baseURL><identifier>oai:r2.org:klik001</identifier><datestamp>2001-01-01</datestamp>
<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>
</originDescription></originDescription></provenance></about>
<about><rights xmlns="http://www.openarchives.org/OAI/2.0/rights/"><rightsReference ref="http://creativecommons.org/licenses/by-nd/2.0/rdf"/></rights></about>
</record></GetRecord></OAI-PMH>"#;

fn origin(name: &str) -> Origin {
    Origin {
        base_url: format!("https://{name}.example.org/oai"),
        identifier: format!("oai:{name}.example.org:1"),
        datestamp: "2020-01-01".to_owned(),
        metadata_namespace: "http://www.openarchives.org/OAI/2.0/oai_dc/".to_owned(),
        harvest_date: "2024-05-06T07:08:09Z".to_owned(),
        ..Origin::default()
    }
}

fn merged(origins: Vec<Option<Origin>>) -> MergedRecord {
    let mut record = samples::full();
    let member = record.members[0].clone();
    record.members = origins
        .into_iter()
        .map(|origin| domain::merge::MemberRef { origin: origin.map(Box::new), ..member.clone() })
        .collect();
    record
}

#[test]
fn the_chain_and_the_licence_that_a_partner_sends_are_read() {
    let page = Page::parse(ANSWER.as_bytes());
    let about = &page.records[0].about;
    assert_eq!(about.rights.as_deref(), Some("http://creativecommons.org/licenses/by-nd/2.0/rdf"));
    let [chain] = about.chains.as_slice() else { panic!("{about:?}") };
    let steps: Vec<_> =
        chain.iter().map(|s| (s.base_url.as_str(), s.datestamp.as_str(), s.altered)).collect();
    assert_eq!(
        steps,
        [("http://the.oa.org", "2002-01-01", true), ("http://some.oa.org", "2001-01-01", false)]
    );
}

#[test]
fn a_record_of_which_something_was_masked_keeps_its_chain() {
    let mut page = Page::parse(ANSWER.as_bytes());
    let before = page.records[0].about.clone();
    assert_eq!(page.mask("oai_dc", &|name| name.ends_with("secret")), 1);
    assert!(page.records[0].masked);
    let again = Page::parse(page.text.as_bytes());
    assert_eq!(again.records[0].about, before);
}

#[test]
fn every_origin_of_a_merged_record_has_its_container_with_the_chain_inside() {
    let chain = Page::parse(ANSWER.as_bytes()).records[0].about.chains.clone();
    let partner = Origin { chains: chain, ..origin("partner") };
    let record = merged(vec![None, Some(partner), Some(origin("other"))]);
    let about = write(&record, domain::rights::CC0, &|place, _| place == 1);
    insta::assert_snapshot!(about);
}

#[test]
fn metadata_that_a_partner_licenses_is_not_made_freer() {
    let strict = Origin { metadata_rights: Some("urn:x:licence".to_owned()), ..origin("strict") };
    let about =
        write(&merged(vec![Some(origin("a")), Some(strict)]), domain::rights::CC0, &|_, _| true);
    assert_eq!(about.matches("<rights ").count(), 1);
    assert!(about.contains("<rightsReference ref=\"urn:x:licence\"/>"));
}

#[test]
fn an_origin_that_the_schema_cannot_tell_has_no_container() {
    for broken in [
        Origin { datestamp: String::new(), ..origin("a") },
        Origin { harvest_date: "last night".to_owned(), ..origin("a") },
        Origin { metadata_namespace: String::new(), ..origin("a") },
        Origin { base_url: "http://x:port/".to_owned(), ..origin("a") },
    ] {
        let about = write(&merged(vec![Some(broken)]), domain::rights::CC0, &|_, _| true);
        assert!(!about.contains("provenance"), "{about}");
    }
}

proptest! {
    #[test]
    fn what_was_written_reads_back(
        identifiers in proptest::collection::vec("\\PC{1,12}", 1..5),
        altered in any::<bool>(),
    ) {
        let chain: Vec<Step> = identifiers.iter().map(|identifier| Step {
            base_url: "https://p.example.org/".to_owned(),
            identifier: identifier.clone(),
            datestamp: "2020-01-01".to_owned(),
            metadata_namespace: "urn:x".to_owned(),
            harvest_date: "2020-01-01".to_owned(),
            altered,
        }).collect();
        let about = About { chains: vec![chain], rights: None }.to_xml();
        let record = Element::parse(&format!("<record>{about}</record>"), &[]).unwrap().value;
        let read = About::of(&record);
        let [read] = read.chains.as_slice() else {
            // Only blanks: no identifier.
            prop_assert!(identifiers[0].trim().is_empty());
            return Ok(());
        };
        prop_assert!(read.len() <= identifiers.len());
        prop_assert!(read.iter().all(|step| step.altered == altered));
    }

    #[test]
    fn any_about_is_read(text in "(</?(provenance|originDescription( harvestDate='[0-9-]{0,10}')?|baseURL|rights|rightsReference ref='x')>?|[a-c]){0,20}") {
        if let Ok(record) = Element::parse(&format!("<record><about>{text}</about></record>"), &[]) {
            let _about = About::of(&record.value).to_xml();
        }
    }
}
