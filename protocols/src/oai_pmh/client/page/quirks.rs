//! Quirks of real servers, each on a page written here. The comment names the witness: the file of
//! the sample collection, or the report, that shows it.

use super::*;

const DC: &str = "xmlns:dc='http://purl.org/dc/elements/1.1/'";

/// A good record of that identifier.
fn good(id: &str) -> String {
    format!(
        "<record><header><identifier>{id}</identifier><datestamp>2024-01-01</datestamp></header><metadata><dc:dc {DC}><dc:title>T</dc:title></dc:dc></metadata></record>"
    )
}

/// A record with these metadata.
fn with(id: &str, metadata: &str) -> String {
    format!(
        "<record><header><identifier>{id}</identifier><datestamp>2024-01-01</datestamp></header><metadata>{metadata}</metadata></record>"
    )
}

fn envelope(inside: &str) -> String {
    format!("<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'>{inside}</OAI-PMH>")
}

/// A page with this between two good records.
fn between(middle: &str) -> Page {
    let list = format!(
        "<ListRecords>{}{middle}{}<resumptionToken>next</resumptionToken></ListRecords>",
        good("1"),
        good("2")
    );
    Page::parse(envelope(&list).as_bytes())
}

fn ids(page: &Page) -> Vec<&str> {
    page.records.iter().map(|record| record.identifier.as_str()).collect()
}

fn codes(issues: &[Issue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.code.as_str()).collect()
}

fn title(record: &HarvestedRecord) -> String {
    record.metadata.as_ref().unwrap().find("title").unwrap().text().into_owned()
}

#[track_caller]
fn neighbours_live(page: &Page) {
    assert!(ids(page).contains(&"1") && ids(page).contains(&"2"), "{:?}", ids(page));
    assert_eq!(page.token.as_ref().unwrap().value, "next");
    assert_eq!(page.shape, Shape::Whole);
}

// oai_namespace_with_https.xml (Service historique de la Défense), sample_arxiv_response_no_namespace.xml
// (arXiv), NamespacedSample.xml (BnF).
#[test]
fn the_namespace_of_the_envelope_may_be_wrong_missing_or_prefixed() {
    for (root, issue) in [
        ("OAI-PMH xmlns='https://www.openarchives.org/OAI/2.0/'", Some("oai_namespace_wrong")),
        ("OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0'", Some("oai_namespace_wrong")),
        ("OAI-PMH", Some("oai_namespace_missing")),
        ("OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'", None),
    ] {
        let page = Page::parse(
            format!("<{root}><ListRecords>{}</ListRecords></OAI-PMH>", good("1")).as_bytes(),
        );
        assert_eq!(ids(&page), ["1"], "{root}");
        assert_eq!(codes(&page.issues), issue.into_iter().collect::<Vec<_>>(), "{root}");
    }
    let page = Page::parse(b"<o:OAI-PMH xmlns:o='http://www.openarchives.org/OAI/2.0/'><o:ListRecords><o:record><o:header><o:identifier>1</o:identifier></o:header><o:metadata><a/></o:metadata></o:record><o:resumptionToken>t</o:resumptionToken></o:ListRecords></o:OAI-PMH>");
    assert_eq!((ids(&page), page.issues.len()), (vec!["1"], 0));
    assert_eq!(page.token.unwrap().value, "t");
}

// JAXB servers number their prefixes record by record.
#[test]
fn every_record_may_have_a_prefix_of_its_own() {
    let record = |p: &str| {
        format!(
            "<{p}:record xmlns:{p}='http://www.openarchives.org/OAI/2.0/'><{p}:header><{p}:identifier>{p}</{p}:identifier></{p}:header><{p}:metadata><a/></{p}:metadata></{p}:record>"
        )
    };
    let list =
        format!("<ListRecords>{}{}{}</ListRecords>", record("ns2"), record("ns3"), record("ns2"));
    let page = Page::parse(envelope(&list).as_bytes());
    assert_eq!(ids(&page), ["ns2", "ns3", "ns2"]);
    assert!(page.records[2].issues.iter().any(|issue| issue.code == "duplicate_identifier"));
}

// oaiListIdentifiersIncorrectMetadataPrefix.xml (dLibra).
#[test]
fn what_stands_before_the_declaration_is_passed_over() {
    let body = format!(
        "\n\n<b>Warning</b>: foreach()\n<?xml version='1.0'?>{}",
        envelope(&format!("<ListRecords>{}</ListRecords>", good("1")))
    );
    assert_eq!(ids(&Page::parse(body.as_bytes())), ["1"]);
    let mut marked = vec![0xEF, 0xBB, 0xBF];
    marked.extend(body.bytes());
    assert_eq!(ids(&Page::parse(&marked)), ["1"]);
}

// static-repo.xml (CLARIN, ISO-8859-1); bnf-record-expected.xml (U+008A); 00002.xml of pyoai
// (encoded twice); IQSS/dataverse#8306 (U+0003), DSpace#10721 (U+FFFE).
#[test]
fn repaired_characters_are_told_at_the_record_that_had_them() {
    let titled =
        |text: &str| with("x", &format!("<dc:dc {DC}><dc:title>{text}</dc:title></dc:dc>"));
    for (sent, read, code) in [
        ("a\u{3}b", "ab", "illegal_characters"),
        ("a\u{FFFE}b", "ab", "illegal_characters"),
        ("\u{8A}koda", "Škoda", "c1_as_windows_1252"),
        ("&#138;koda", "Škoda", "c1_as_windows_1252"),
        ("Ã©tÃ©", "Ã©tÃ©", "double_encoded"),
        ("&eacute;t&eacute;&nbsp;!", "été\u{A0}!", "html_entity"),
        ("&inconnu;", "&inconnu;", "unknown_entity"),
    ] {
        let page = between(&titled(sent));
        neighbours_live(&page);
        assert_eq!(title(&page.records[1]), read, "{sent}");
        assert!(
            codes(&page.records[1].issues).contains(&code),
            "{sent}: {:?}",
            page.records[1].issues
        );
        assert!(page.records[0].issues.is_empty() && page.records[2].issues.is_empty(), "{sent}");
    }
    assert_eq!(
        title(&between(&titled("A & B && <![CDATA[C & <D>]]>")).records[1]),
        "A & B && C & <D>"
    );
}

#[test]
fn bytes_of_another_encoding_in_one_record_do_not_spoil_its_neighbours() {
    let latin = [
        &b"<dc:dc xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>"[..],
        b"\xE9t\xE9",
        b"</dc:title></dc:dc>",
    ]
    .concat();
    let list = |middle: &[u8]| {
        let head = envelope(&format!("<ListRecords>{}", with("1", "<a><title>été</title></a>")));
        let head = head.trim_end_matches("</OAI-PMH>").to_owned();
        let mut body = head.into_bytes();
        body.extend(b"<record><header><identifier>x</identifier></header><metadata>");
        body.extend(middle);
        body.extend(b"</metadata></record></ListRecords></OAI-PMH>");
        body
    };
    let page = Page::parse(&list(&latin));
    assert_eq!(page.records.iter().map(title).collect::<Vec<_>>(), ["été", "été"]);
    assert!(codes(&page.records[1].issues).contains(&"invalid_utf8"));
    assert!(page.records[0].issues.is_empty());
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(
            envelope(&format!("<ListRecords>{}</ListRecords>", with("é", "<a/>")))
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    assert_eq!(ids(&Page::parse(&utf16)), ["é"]);
}

// corruptedEDMRecord.xml, edm-not-valid.xml (Europeana-Cloud): not well-formed.
#[test]
fn a_record_that_is_not_well_formed_costs_itself_wherever_it_breaks() {
    for bad in [
        "<a><b></a></b>",
        "<a>",
        "</a>",
        "<a><!-- never closed",
        "<a><![CDATA[ never closed",
        "<?php never closed",
        "<a b='1></a>",
        "<a b=\"1\"",
        "<a <b>",
        "<record><header>",
        "</metadata></record></record>",
        "</metadata><metadata>",
        "<record xmlns='http://www.loc.gov/MARC21/slim'><leader/>",
        "<a>\u{0}<b\u{0}></a>",
    ] {
        for tail in ["", "<!-- a comment --><?pi x?><![CDATA[x]]>"] {
            let page = between(&(with("x", bad) + tail));
            neighbours_live(&page);
            assert!(ids(&page).len() + page.broken.len() >= 3, "{bad}");
            for broken in &page.broken {
                assert!(!broken.body.contains("<identifier>1<"), "{bad}: {}", broken.body);
                assert!(!broken.body.contains("<identifier>2<"), "{bad}: {}", broken.body);
            }
        }
    }
}

#[test]
fn comments_instructions_and_text_between_records_are_no_records() {
    let page =
        between(&format!("<!-- {} --><?x y?> text &amp; <![CDATA[{}]]>", good("no"), good("no")));
    neighbours_live(&page);
    assert_eq!((ids(&page).len(), page.broken.len()), (2, 0));
}

// sample_inspire_response_listrecords.xml (MARCXML); mets.xml (Goobi).
#[test]
fn records_nested_in_records_belong_to_them() {
    let marc = "<collection xmlns='http://www.loc.gov/MARC21/slim'><record><leader/></record><record/><record><leader/></record></collection>";
    let page = between(&with("x", marc));
    neighbours_live(&page);
    assert_eq!(page.records[1].metadata.as_ref().unwrap().elements().count(), 3);
    // An answer of another repository, whole, inside the metadata.
    let inner = envelope(&format!(
        "<ListRecords>{}<resumptionToken>inner</resumptionToken></ListRecords>",
        good("inner")
    ));
    let page = between(&with("x", &inner));
    neighbours_live(&page);
    assert_eq!(ids(&page), ["1", "x", "2"]);
}

#[test]
fn depth_and_size_are_bounded_and_cost_the_record_only() {
    let deep = "<a>".repeat(5000) + &"</a>".repeat(5000);
    let wide = format!("<a>{}</a>", "<b/>".repeat(crate::xml::tree::MAX_ELEMENTS + 1));
    let huge = format!("<a>{}</a>", "x".repeat(3_000_000));
    for (bad, lost) in [(deep, 1), (wide, 1), (huge, 0)] {
        let page = between(&with("x", &bad));
        neighbours_live(&page);
        assert_eq!(page.broken.len(), lost);
        assert!(page.broken.iter().all(|broken| broken.body.len() <= MAX_BROKEN));
    }
}

#[test]
fn entities_are_never_declared() {
    let bomb = "<!DOCTYPE OAI-PMH [<!ENTITY a 'boom'><!ENTITY b '&a;&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'><!ENTITY r '<record><header><identifier>no</identifier></header></record>'>]>";
    let body = format!(
        "<?xml version='1.0'?>{bomb}{}",
        envelope(&format!(
            "<ListRecords>{}</ListRecords>",
            with("1", "<a><title>&b;&c;</title></a>")
        ))
    );
    let page = Page::parse(body.as_bytes());
    assert_eq!(ids(&page), ["1"]);
    assert_eq!(title(&page.records[0]), "&b;&c;");
    assert_eq!(codes(&page.issues), ["entities_refused"]);
}

#[test]
fn a_page_cut_off_anywhere_is_truncated_or_whole_and_invents_nothing() {
    let list = format!(
        "<ListRecords>{}{}<resumptionToken>next</resumptionToken></ListRecords>",
        good("1"),
        good("2")
    );
    let body = envelope(&list);
    for end in 0..body.len() {
        let page = Page::parse(&body.as_bytes()[..end]);
        assert_ne!(page.shape, Shape::Whole, "cut at {end}");
        assert!(["1", "2"].starts_with(&ids(&page)), "cut at {end}: {:?}", ids(&page));
        assert!(page.token.is_none_or(|token| token.value == "next"), "cut at {end}");
    }
}

// FranceArchives handles it in oai_utils.py: an HTML page with status 200.
#[test]
fn pages_of_html_are_foreign() {
    for html in [
        "<!DOCTYPE html><html><body>Maintenance</body></html>",
        "<HTML><body><record><header><identifier>1</identifier></header></record></body></HTML>",
        "",
        "maintenance",
        "{\"error\": 1}",
        "<rss><record/></rss>",
    ] {
        let page = Page::parse(html.as_bytes());
        assert!(matches!(page.shape, Shape::Foreign(_)), "{html}");
        assert_eq!(page.received(), 0);
    }
}

// arbitrary_error_response.xml (VuFind), undefinedError.xml (Sickle), service_unavailable (FOLIO),
// get-records-two-errors (MIT).
#[test]
fn errors_come_unknown_empty_several_and_beside_records() {
    let read = |inside: &str| Page::parse(envelope(inside).as_bytes());
    let codes_of =
        |page: &Page| page.errors.iter().map(|e| e.code.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes_of(&read("<error code='foo'>bar</error>")), ["foo"]);
    assert_eq!(
        codes_of(&read("<error code='badVerb'/><error code='badArgument'>x</error>")),
        ["badVerb", "badArgument"]
    );
    assert_eq!(read("<error/>").errors.len(), 1);
    let both = read(&format!(
        "<error code='badResumptionToken'/><ListRecords>{}</ListRecords>",
        good("1")
    ));
    assert_eq!((ids(&both), codes_of(&both)), (vec!["1"], vec!["badResumptionToken".to_owned()]));
    assert!(codes(&both.issues).contains(&"error_beside_records"));
    let inside = read(&format!(
        "<ListRecords>{}<error code='noRecordsMatch'/>{}</ListRecords>",
        good("1"),
        good("2")
    ));
    assert_eq!((ids(&inside).len(), inside.errors.len()), (2, 1));
}

// oai-page.xml (Harvard: 20210311), list_records_response.xml (VuFind: none), oai_dc_sample.xml
// (Mnesys: setSpec before datestamp), repeated_eadid.xml, example2.xml (kenom: fractions).
#[test]
fn odd_headers_are_taken_with_an_issue() {
    let record = |header: &str| {
        format!("<record><header>{header}</header><metadata><a/></metadata></record>")
    };
    for (header, expected) in [
        ("<identifier>x</identifier><datestamp>20210311</datestamp>", "datestamp_malformed"),
        ("<identifier>x</identifier><datestamp>2021-02-30</datestamp>", "datestamp_malformed"),
        (
            "<identifier>x</identifier><datestamp>2023-09-18T13:57:20.549Z</datestamp>",
            "datestamp_malformed",
        ),
        ("<identifier>x</identifier>", "datestamp_missing"),
        (
            "<setSpec>s</setSpec><datestamp>2021-03-11</datestamp><identifier>1</identifier>",
            "duplicate_identifier",
        ),
    ] {
        let page = between(&record(header));
        neighbours_live(&page);
        assert_eq!(page.broken.len(), 0, "{header}");
        assert_eq!(codes(&page.records[1].issues), [expected], "{header}");
    }
}

// ucispace DIDL and others send markup as text; some leave the container of Dublin Core out.
#[test]
fn metadata_may_come_as_text_or_without_its_root() {
    for (metadata, code) in [
        (
            format!("<![CDATA[<?xml version='1.0'?><dc:dc {DC}><dc:title>T</dc:title></dc:dc>]]>"),
            "metadata_as_text",
        ),
        ("&lt;dc>&lt;title>T&lt;/title>&lt;/dc>".to_owned(), "metadata_as_text"),
        ("<title>T</title><creator>C</creator>".to_owned(), "metadata_without_root"),
    ] {
        let page = between(&with("x", &metadata));
        neighbours_live(&page);
        assert_eq!(title(&page.records[1]), "T", "{metadata}");
        assert_eq!(codes(&page.records[1].issues), [code], "{metadata}");
        let read =
            crate::formats::read_element("oai_dc", page.records[1].metadata.as_ref().unwrap());
        assert_eq!(read.value[0].name, "dc:title", "{metadata}");
    }
}

// derived-POP/GetRecord.xml (a ListRecords in answer to GetRecord), static-repo.xml (CLARIN),
// FolderTest_Mets_Alto.xml (Omeka).
#[test]
fn lists_come_without_envelope_twice_or_as_a_static_repository() {
    let list = |id: &str| format!("<ListRecords>{}</ListRecords>", good(id));
    let twice = Page::parse(envelope(&(list("1") + &list("2"))).as_bytes());
    assert_eq!(ids(&twice), ["1", "2"]);
    for (body, code) in [
        (list("1"), "no_envelope"),
        (good("1"), "no_envelope"),
        (envelope(&good("1")), "no_list_element"),
        (
            format!(
                "<Repository xmlns='http://www.openarchives.org/OAI/2.0/static-repository'><Identify/><ListMetadataFormats/>{}{}</Repository>",
                list("1"),
                list("1")
            ),
            "static_repository",
        ),
    ] {
        let page = Page::parse(body.as_bytes());
        assert_eq!((ids(&page), &page.shape), (vec!["1"], &Shape::Whole), "{body}");
        assert_eq!(page.issues[0].code, code, "{body}");
    }
}
