//! What it costs to read a page: bytes to fields to the EDM-shaped record. `CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo test -p protocols
//! --test speed -- --nocapture` prints the figure of an optimised build.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test that measures and says what it measured"
)]

use domain::source_record::SourceRecord;
use protocols::crosswalk::{Context, Decisions, Table};
use protocols::formats;
use protocols::oai_pmh::client::Page;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// A page of records of about 1.4 KB each.
fn page(records: usize) -> String {
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-01-01T00:00:00Z</responseDate><ListRecords>",
    );
    for number in 0..records {
        write!(body, "<record><header><identifier>oai:example.org:{number}</identifier><datestamp>2024-01-01T00:00:00Z</datestamp><setSpec>base:essai</setSpec></header><metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd\"><dc:title xml:lang=\"fr\">Vue de la passerelle numéro {number}</dc:title><dc:creator>Lenoir, Berthe</dc:creator><dc:creator>Dupré, Jean</dc:creator><dc:subject>pont</dc:subject><dc:subject>rivière</dc:subject><dc:subject>saules</dc:subject><dc:description>{}</dc:description><dc:publisher>Musée d'essai</dc:publisher><dc:date>1834</dc:date><dc:type>dessin</dc:type><dc:format>21 x 30 cm</dc:format><dc:identifier>https://musee.example/objet/{number}</dc:identifier><dc:language>fr</dc:language><dc:coverage>Amiens</dc:coverage><dc:rights>https://creativecommons.org/publicdomain/mark/1.0/</dc:rights></oai_dc:dc></metadata></record>", "Un pont &amp; des saules, à l'encre sur papier vergé. ".repeat(5)).unwrap();
    }
    body + "<resumptionToken completeListSize=\"1000\" cursor=\"0\">next</resumptionToken></ListRecords></OAI-PMH>"
}

#[test]
fn a_record_of_dublin_core_is_read_in_a_small_part_of_a_millisecond() {
    const RECORDS: usize = 100;
    let body = page(RECORDS);
    let table = Table::builtin("oai_dc").unwrap();
    let decisions = Decisions::default();
    let context = Context { decisions: Some(&decisions), ..Context::default() };
    let mut best = [Duration::MAX; 4];
    for _ in 0..40 {
        let start = Instant::now();
        let decoded = protocols::xml::decode(body.as_bytes());
        best[0] = best[0].min(start.elapsed());
        assert!(decoded.issues.is_empty());
        let start = Instant::now();
        let page = Page::parse(body.as_bytes());
        best[1] = best[1].min(start.elapsed());
        let records: Vec<SourceRecord> = page
            .records
            .iter()
            .map(|record| SourceRecord {
                local_id: record.identifier.clone(),
                deleted: record.deleted,
                datestamp: record.datestamp.clone(),
                sets: record.sets.clone(),
                origin: None,
                fields: formats::read_element("oai_dc", record.metadata.as_ref().unwrap()).value,
            })
            .collect();
        best[2] = best[2].min(start.elapsed());
        let fields: usize = records.iter().map(|record| record.fields.len()).sum();
        assert_eq!((page.records.len(), fields), (RECORDS, RECORDS * 15));
        let start = Instant::now();
        for record in &records {
            let made = table.apply(record, &context);
            assert_eq!(made.value.rights.rule, "creative_commons");
        }
        best[3] = best[3].min(start.elapsed());
    }
    let each = best.map(|time| time.as_secs_f64() * 1e6 / 100.0);
    eprintln!(
        "{} bytes a record: decoded in {:.2} µs, parsed in {:.2} µs, all fields in {:.2} µs; crosswalk {:.2} µs",
        body.len() / RECORDS,
        each[0],
        each[1],
        each[2],
        each[3]
    );
    // The fastest of forty, unoptimised: no reader that is quadratic in the page comes near.
    assert!(best[2] < Duration::from_millis(200), "{best:?}");
}
