//! `kind = "sru"`.

use crate::bench::{Bench, argument, end, values, verdict};
use passerelle::config::source::HarvestMode::Full;
use std::fmt::Write as _;

fn marc(id: &str, title: &str) -> String {
    format!(
        "<record xmlns=\"http://www.loc.gov/MARC21/slim\"><leader>00000nam a2200000 a 4500</leader>\
         <controlfield tag=\"001\">{id}</controlfield><datafield tag=\"245\" ind1=\" \" ind2=\" \">\
         <subfield code=\"a\">{title}</subfield></datafield></record>"
    )
}

/// `count` records in pages; `packing` is `xml` or `string`, `positions` whether the server says
/// where the next page begins.
fn server(
    count: usize,
    packing: &'static str,
    positions: bool,
) -> impl Fn(&str) -> (u16, String) + Send + Sync {
    move |path| {
        let number = |name| argument(path, name).unwrap().parse::<usize>().unwrap();
        let (start, size) = (number("startRecord"), number("maximumRecords").min(3));
        let mut text = format!(
            "<?xml version=\"1.0\"?><zs:searchRetrieveResponse xmlns:zs=\"http://www.loc.gov/zing/srw/\">\
             <zs:version>1.2</zs:version><zs:numberOfRecords>{count}</zs:numberOfRecords><zs:records>"
        );
        for n in start..(start + size).min(count + 1) {
            let data = marc(&format!("frBN{n}"), &format!("Titre {n}"));
            let data = match packing {
                "string" => data.replace('<', "&lt;").replace('>', "&gt;"),
                _ => data,
            };
            write!(
                text,
                "<zs:record><zs:recordSchema>marcxml</zs:recordSchema><zs:recordPacking>{packing}\
                 </zs:recordPacking><zs:recordData>{data}</zs:recordData></zs:record>"
            )
            .unwrap();
        }
        text.push_str("</zs:records>");
        if positions && start + size <= count {
            write!(text, "<zs:nextRecordPosition>{}</zs:nextRecordPosition>", start + size)
                .unwrap();
        }
        text.push_str("</zs:searchRetrieveResponse>");
        (200, text)
    }
}

const SCHEDULE: &str = "kind = 'sru'\nlocation = '{url}/sru'\nformat = 'marc21'\nmapping = 'marc21'\n\
    [sru]\nquery = 'dc.creator all \"durand\"'\nschema = 'marcxml'\nsize = 50\n";

#[tokio::test]
async fn a_search_is_read_to_its_end_whatever_the_packing_and_the_size_of_its_pages() {
    for (packing, positions) in [("xml", true), ("string", true), ("xml", false)] {
        let bench = Bench::new().await;
        bench.partner.answers(server(7, packing, positions));
        let run = bench.harvest(&bench.config(SCHEDULE), Full).await;
        assert_eq!(
            (run.status.as_str(), verdict(&run).distinct),
            ("complete", Some(7)),
            "{packing}"
        );
        let record = bench.record("frBN5").await.unwrap();
        assert_eq!(values(&record, "marc:245"), ["Titre 5"]);
        let asked = bench.partner.requests();
        assert_eq!(asked.len(), 3);
        assert_eq!(argument(&asked[1], "startRecord").as_deref(), Some("4"));
        assert_eq!(argument(&asked[0], "query").as_deref(), Some("dc.creator all \"durand\""));
    }
}

#[tokio::test]
async fn a_diagnostic_ends_the_run_with_its_words() {
    let bench = Bench::new().await;
    bench.partner.answers(|_| {
        let text = "<searchRetrieveResponse xmlns=\"http://docs.oasis-open.org/ns/search-ws/sruResponse\">\
            <numberOfRecords>0</numberOfRecords><diagnostics><diagnostic xmlns=\"http://docs.oasis-open.org/ns/search-ws/diagnostic\">\
            <uri>info:srw/diagnostic/1/66</uri><details>lido</details><message>Unknown schema for retrieval</message>\
            </diagnostic></diagnostics></searchRetrieveResponse>";
        (200, text.to_owned())
    });
    let run = bench.harvest(&bench.config(SCHEDULE), Full).await;
    assert_eq!(end(&run), ("failed".to_owned(), "protocol".to_owned()));
    assert!(run.reason.unwrap().contains("Unknown schema for retrieval; lido"));
}

#[tokio::test]
async fn a_record_that_the_server_cannot_give_is_in_quarantine_and_a_page_that_fails_deletes_nothing()
 {
    let bench = Bench::new().await;
    let config = bench.config(SCHEDULE);
    bench.partner.answers(server(7, "xml", true));
    bench.harvest(&config, Full).await;
    bench.partner.answers(|path| {
        let (status, text) = server(7, "xml", true)(path);
        let wrong = "<diagnostic xmlns=\"http://www.loc.gov/zing/srw/diagnostic/\"><uri>x</uri><message>too big</message></diagnostic>";
        (status, text.replace(&marc("frBN2", "Titre 2"), wrong))
    });
    let run = bench.harvest(&config, Full).await;
    assert_eq!((run.status.as_str(), verdict(&run).quarantined), ("complete", 1));
    bench.partner.answers(|path| match argument(path, "startRecord").as_deref() {
        Some("4") => (500, String::new()),
        _ => server(7, "xml", true)(path),
    });
    let run = bench.harvest(&config, Full).await;
    assert_eq!(run.status, "partial");
    assert_eq!(bench.live(&["frBN1", "frBN5", "frBN7"]).await.len(), 3);
}
