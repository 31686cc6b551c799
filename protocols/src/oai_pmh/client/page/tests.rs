use super::*;
use std::path::PathBuf;

fn page(content: &str) -> Page {
    Page::parse(
        format!("<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'>{content}</OAI-PMH>")
            .as_bytes(),
    )
}

const GOOD: &str =
    "<record><header><identifier>good</identifier></header><metadata><a/></metadata></record>";

#[test]
fn one_broken_record_costs_that_record() {
    for (bad, code) in [
        (
            "<record><header><identifier>x</identifier></header><metadata><a></b></metadata></record>",
            "record_unreadable",
        ),
        (
            "<record><header><identifier>x</identifier></header><metadata><a><!-- </metadata></record>",
            "record_unreadable",
        ),
        ("<record><header><identifier>x</identifier></header><metadata><a>", "record_unreadable"),
        ("<record><metadata><a/></metadata></record>", "no_header"),
        ("<record/>", "no_header"),
        ("<record><header/><metadata><a/></metadata></record>", "no_identifier"),
        ("<record><header><identifier>x</identifier></header><metadata/></record>", "no_metadata"),
        ("<record><header><identifier>x</identifier></header></record>", "no_metadata"),
    ] {
        let page = page(&format!(
            "<ListRecords>{GOOD}{bad}{GOOD}<resumptionToken>t</resumptionToken></ListRecords>"
        ));
        assert_eq!(page.records.len(), 2, "{bad}");
        assert_eq!(page.broken.len(), 1, "{bad}");
        assert_eq!((page.broken[0].code, page.broken[0].position), (code, 1), "{bad}");
        assert_eq!(page.broken[0].body, bad);
        assert_eq!(page.token.unwrap().value, "t", "{bad}");
        assert_eq!(page.shape, Shape::Whole);
    }
}

#[test]
fn records_inside_the_metadata_are_not_records_of_the_page() {
    let marc = "<record><header><identifier>1</identifier></header><metadata><record xmlns='http://www.loc.gov/MARC21/slim'><leader/></record></metadata></record>";
    let page = page(&format!("<ListRecords>{marc}{GOOD}</ListRecords>"));
    assert_eq!(page.records.len(), 2);
    assert_eq!(
        page.records[0].metadata.as_ref().unwrap().namespace.as_deref(),
        Some("http://www.loc.gov/MARC21/slim")
    );
}

#[test]
fn deleted_records_need_no_metadata_and_lose_what_they_have() {
    let deleted = "<record><header status=' Deleted '><identifier> 1 </identifier><datestamp>20210311</datestamp><setSpec>a</setSpec><setSpec/></header><metadata><a/></metadata></record>";
    let page = page(&format!("<ListRecords>{deleted}</ListRecords>"));
    let record = &page.records[0];
    assert!(record.deleted && record.metadata.is_none());
    assert_eq!((record.identifier.as_str(), record.datestamp.as_deref()), ("1", Some("20210311")));
    assert_eq!(record.sets, ["a"]);
}

fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("oai-samples");
    if folder.join("MANIFEST.md").exists() {
        return Some(folder);
    }
    eprintln!("skipped: no samples in {}", folder.display());
    None
}

#[test]
fn errors_and_odd_answers_of_real_servers_are_recognised() {
    let Some(folder) = samples() else { return };
    let read = |file: &str| Page::parse(&std::fs::read(folder.join(file)).unwrap());
    for (file, code) in [
        ("MITLibraries__oai-pmh-harvester/harvest-list-method-no-records-0.xml", "noRecordsMatch"),
        ("caseyamcl__phpoaipmh/BadResponseNonExistentVerb.xml", "badVerb"),
        ("derived-POP/error_badArgumentsWithToken.xml", "badArgumentsWithToken"),
        (
            "europeana__metis-framework/oaiListIdentifiersIncorrectMetadataPrefix.xml",
            "cannotDisseminateFormat",
        ),
        ("folio-org__mod-oai-pmh/service_unavailable.sample.xml", "serviceUnavailable"),
        ("mloesch__sickle/noSetHierarchy.xml", "noSetHierarchy"),
        ("mloesch__sickle/undefinedError.xml", "undefinedError"),
        ("vufind-org__vufindharvest/arbitrary_error_response.xml", "foo"),
        ("vufind-org__vufindharvest/token_error_response.xml", "badResumptionToken"),
    ] {
        assert_eq!(read(file).errors[0].code.as_str(), code, "{file}");
    }
    let odd = read("europeana__metis-framework/oaiListIdentifiersIncorrectCompleteListSize.xml");
    assert_eq!(odd.complete_list_size, None);
    assert_eq!(odd.issues[0].code, "complete_list_size_no_number");
    assert!(odd.token.is_some());
    assert!(matches!(read("records-lido/LIDO-Parser__LIDO-Test.xml").shape, Shape::Foreign(_)));
    let identify =
        |file: &str| Repository::parse(&std::fs::read(folder.join(file)).unwrap()).unwrap();
    assert_eq!(
        identify("europeana__Europeana-Cloud/identifyDayGranularity.xml").granularity,
        Some(Granularity::Day)
    );
    assert_eq!(
        identify("europeana__Europeana-Cloud/identifySecondGranularity.xml").granularity,
        Some(Granularity::Second)
    );
    assert_eq!(identify("europeana__Europeana-Cloud/identifyNoGranularity.xml").granularity, None);
}
