use super::*;
use std::path::{Path, PathBuf};

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

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_answer_of_a_real_server_makes_the_reader_panic_not_even_cut_off() {
    let Some(folder) = samples() else { return };
    let files = files(&folder);
    assert!(files.len() > 150);
    for file in files {
        let body = std::fs::read(&file).unwrap();
        let whole = Page::parse(&body);
        for record in &whole.records {
            if let Some(metadata) = &record.metadata {
                crate::formats::read_element("oai_dc", metadata);
            }
        }
        crate::formats::read("edm", &body);
        let _repository = Repository::parse(&body);
        // Large ones only once: the unoptimised build takes its time.
        for part in if body.len() < 200_000 { &[2, 5][..] } else { &[] } {
            let cut = Page::parse(&body[..body.len() * part / 8]);
            assert!(cut.records.len() <= whole.records.len(), "{}", file.display());
        }
    }
}

#[test]
fn answers_of_real_servers_give_the_records_that_are_in_them() {
    let Some(folder) = samples() else { return };
    // File, records, of these deleted, broken.
    let expected: &[(&str, usize, usize, usize)] = &[
        ("DigitalNZ__supplejack_common/oai_library_inc.xml", 100, 5, 0),
        ("MITLibraries__oai-pmh-harvester/list-records-include-deleted-0.xml", 1, 1, 0),
        ("MITLibraries__oai-pmh-harvester/record-not-found-0.xml", 28, 0, 0),
        ("archivesspace__archivesspace/getrecord_oai_marc.xml", 1, 0, 0),
        ("caseyamcl__phpoaipmh/GoodResponseFourPage_1.xml", 200, 0, 0),
        ("caseyamcl__phpoaipmh/GoodResponseFourPage_4.xml", 133, 0, 0),
        ("caseyamcl__phpoaipmh/NamespacedSample.xml", 1, 0, 0),
        ("clarin-eric__oai-harvest-manager/resp0000-2.xml", 10, 2, 0),
        ("clarin-eric__oai-harvest-manager/resp0000.xml", 8, 0, 0),
        ("culturecommunication__francearchives-cubicweb/archives_cd08_simple.xml", 8, 0, 0),
        ("culturecommunication__francearchives-cubicweb/archives_cd08_delete.xml", 1, 1, 0),
        ("culturecommunication__francearchives-cubicweb/empty_header.xml", 2, 0, 1),
        ("culturecommunication__francearchives-cubicweb/no_header.xml", 2, 0, 1),
        ("culturecommunication__francearchives-cubicweb/empty_metadata.xml", 2, 0, 1),
        ("culturecommunication__francearchives-cubicweb/no_metadata.xml", 2, 0, 1),
        ("culturecommunication__francearchives-cubicweb/oai_dc_meuse_sample.xml", 20, 0, 0),
        ("culturecommunication__francearchives-cubicweb/oai_dc_multiple_set.xml", 3, 0, 0),
        ("culturecommunication__francearchives-cubicweb/oai_ead_sample_deleted.xml", 2, 1, 0),
        ("culturecommunication__francearchives-cubicweb/oai_namespace_with_https.xml", 1, 0, 0),
        ("derived-POP/ListRecords.xml", 5, 0, 0),
        ("derived-POP/GetRecord.xml", 1, 0, 0),
        ("dpla__ingestion3/oai-page.xml", 10, 0, 0),
        ("gdcc__xoai/oai_dc-CDATA.xml", 1, 0, 0),
        ("infrae__pyoai/00002.xml", 81, 2, 0),
        ("inveniosoftware__invenio-oaiharvester/sample_arxiv_response_no_namespace.xml", 1, 0, 0),
        ("inveniosoftware__invenio-oaiharvester/sample_inspire_response_listrecords.xml", 2, 0, 0),
        ("mloesch__sickle/ListRecords.xml", 2, 1, 0),
        ("nfdi4objects__lido-rdf-converter/example2.xml", 20, 0, 0),
        ("ucldc__harvester/testOAI-no-records.xml", 0, 0, 0),
        ("ucldc__harvester/testOAI-tind.xml", 5, 0, 0),
        ("ucldc__harvester/testOAI.xml", 8, 5, 0),
        ("vufind-org__vufindharvest/marc.xml", 100, 0, 0),
        ("vufind-org__vufindharvest/oai_doaj.xml", 100, 0, 0),
    ];
    for (file, records, deleted, broken) in expected {
        let page = Page::parse(&std::fs::read(folder.join(file)).unwrap());
        let dead = page.records.iter().filter(|record| record.deleted).count();
        assert_eq!(
            (page.records.len(), dead, page.broken.len()),
            (*records, *deleted, *broken),
            "{file}: {:?}",
            page.broken.first().map(|b| &b.detail)
        );
        assert_eq!(page.shape, Shape::Whole, "{file}");
        assert!(page.errors.is_empty(), "{file}: {:?}", page.errors);
    }
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
