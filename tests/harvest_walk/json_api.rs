//! `kind = "json-api"`.

use crate::bench::{Bench, argument, end, values, verdict};
use passerelle::config::source::HarvestMode::{Full, Incremental};
use serde_json::{Value, json};

/// POP's present interface in small: `total`, hits with `_source` and `sort`, pages by
/// `search_after`.
fn pop(references: &[&str]) -> impl Fn(&str) -> (u16, String) + Send + Sync + use<> {
    let all: Vec<String> = references.iter().map(|&text| text.to_owned()).collect();
    move |path| {
        let after = argument(path, "search_after[0]").unwrap_or_default();
        let size: usize = argument(path, "size").unwrap().parse().unwrap();
        let hits: Vec<Value> = all
            .iter()
            .filter(|reference| **reference > after)
            .take(size)
            .map(|reference| {
                let source = json!({
                    "REF": reference, "TITR": format!("Vue {reference}"),
                    "AUTR": ["DURAND Paul", "MARTIN Luc"], "CONTACT": "qui@example.org",
                });
                json!({"_id": reference, "_source": source, "sort": [reference]})
            })
            .collect();
        (200, json!({"took": 1, "total": all.len(), "hits": hits}).to_string())
    }
}

const POP: &str = "kind = 'json-api'\nlocation = '{url}/search/simple?bases[0]=joconde&size=2'\n\
    mapping = 'joconde'\nmasked = ['CONTACT']\n[json_api]\nrecords = 'hits'\nrecord = '_source'\n\
    paging = 'search-after'\nparameter = 'search_after[{n}]'\nvalue = 'sort'\ntotal = 'total'\n\
    [file]\nkey = ['REF']\n";

#[tokio::test]
async fn the_rows_of_pop_come_by_search_after_without_masked_fields() {
    let bench = Bench::new().await;
    bench.partner.answers(pop(&["01", "02", "03", "04", "05"]));
    let config = bench.config(POP);
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("complete".to_owned(), String::new()));
    assert_eq!((verdict(&run).distinct, verdict(&run).declared), (Some(5), Some(5)));
    assert_eq!(bench.partner.requests().len(), 3);
    let record = bench.record("04").await.unwrap();
    assert_eq!(values(&record, "AUTR"), ["DURAND Paul", "MARTIN Luc"]);
    assert!(values(&record, "CONTACT").is_empty());
    let page = bench.store.page_before(run.run_id, i64::MAX).await.unwrap().unwrap();
    assert!(!String::from_utf8(page.body).unwrap().contains("example.org"));
}

#[tokio::test]
async fn what_a_complete_list_does_not_have_is_deleted_and_a_short_list_deletes_nothing() {
    let bench = Bench::new().await;
    bench.partner.answers(pop(&["01", "02", "03", "04"]));
    let config = bench.config(POP);
    bench.harvest(&config, Full).await;
    // The list breaks off: it announces more than it gives.
    bench.partner.answers(|path| {
        let (status, body) = pop(&["01", "02"])(path);
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        answer["total"] = json!(4);
        (status, answer.to_string())
    });
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("partial".to_owned(), "size".to_owned()));
    assert_eq!(bench.live(&["01", "02", "03", "04"]).await.len(), 4);
    bench.partner.answers(pop(&["01", "03", "04"]));
    let run = bench.harvest(&config, Full).await;
    assert_eq!(run.status, "complete");
    assert_eq!(bench.live(&["01", "02", "03", "04"]).await, ["01", "03", "04"]);
    bench.partner.answers(pop(&[]));
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("partial".to_owned(), "empty".to_owned()));
    assert_eq!(bench.live(&["01", "03", "04"]).await.len(), 3);
}

#[tokio::test]
async fn a_harvest_that_was_stopped_goes_on_behind_the_last_stored_page() {
    let bench = Bench::new().await;
    bench.partner.answers(pop(&["01", "02", "03", "04", "05", "06"]));
    let config = bench.config(POP);
    let run = bench.harvest_killed_at(&config, 2).await;
    assert_eq!(run.status, "running");
    bench.partner.requests();
    let run = bench.harvest(&config, Full).await;
    assert_eq!((run.status.as_str(), verdict(&run).distinct), ("complete", Some(6)));
    let asked = bench.partner.requests();
    assert!(asked.iter().all(|path| argument(path, "search_after[0]").is_some()), "{asked:?}");
}

#[tokio::test]
async fn a_page_that_comes_again_is_a_circle_and_deletes_nothing() {
    let bench = Bench::new().await;
    let config = bench.config(
        "kind = 'json-api'\nlocation = '{url}/rows'\nmapping = 'generic'\n[json_api]\n\
         records = 'data'\npaging = 'page'\nparameter = 'page'\n[file]\nkey = ['id']\n",
    );
    // A server that does not know its own argument.
    bench.partner.answers(|_| (200, json!({"data": [{"id": "a"}, {"id": "b"}]}).to_string()));
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("partial".to_owned(), "gaps".to_owned()));
    assert!(bench.partner.requests().len() < 5);
    assert_eq!(bench.live(&["a", "b"]).await.len(), 2);
}

#[tokio::test]
async fn offsets_cursors_and_addresses_lead_to_the_same_records() {
    let all: Vec<Value> = (1..=5).map(|n| json!({"id": format!("r{n}"), "title": "T"})).collect();
    let answers = move |path: &str| {
        let number = |name| argument(path, name).and_then(|n| n.parse::<usize>().ok());
        let (page, offset) = (number("page"), number("offset").or(number("cursor")));
        let offset = page.map_or(offset.unwrap_or(0), |page| (page - 1) * 2);
        let rows: Vec<&Value> = all.iter().skip(offset).take(2).collect();
        let more = offset + 2 < all.len();
        let next = more.then(|| format!("/rows?offset={}", offset + 2));
        let cursor = more.then_some(offset + 2);
        (200, json!({"data": rows, "next": next, "cursor": cursor}).to_string())
    };
    for paging in [
        "paging = 'page'\nparameter = 'page'",
        "paging = 'offset'\nparameter = 'offset'",
        "paging = 'cursor'\nparameter = 'cursor'\nvalue = 'cursor'",
        "paging = 'next'\nvalue = 'next'",
    ] {
        let bench = Bench::new().await;
        bench.partner.answers(answers.clone());
        let config = bench.config(&format!(
            "kind = 'json-api'\nlocation = '{{url}}/rows'\nmapping = 'generic'\n[file]\n\
             key = ['id']\n[json_api]\nrecords = 'data'\n{paging}\n"
        ));
        let run = bench.harvest(&config, Full).await;
        assert_eq!(
            (run.status.as_str(), verdict(&run).distinct),
            ("complete", Some(5)),
            "{paging}"
        );
    }
}

#[tokio::test]
async fn an_incremental_run_asks_since_the_greatest_watermark_and_takes_what_is_flagged() {
    let bench = Bench::new().await;
    let config = bench.config(
        "kind = 'json-api'\nlocation = '{url}/rows'\nmapping = 'generic'\nmode = 'incremental'\n\
         [json_api]\nsince = 'updated_since'\nwatermark = 'updated'\ndeleted = 'gone'\n\
         [file]\nkey = ['id']\n",
    );
    let row = |id: &str, day: u32| json!({"id": id, "title": "T", "updated": format!("2026-01-{day:02}T00:00:00Z")});
    bench
        .partner
        .answers(move |_| (200, json!([row("a", 1), row("b", 3), row("c", 2)]).to_string()));
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(run.status, "complete");
    bench.partner.requests();
    bench.partner.answers(move |_| {
        let mut gone = row("a", 5);
        gone["gone"] = json!(true);
        (200, json!([gone, row("d", 4)]).to_string())
    });
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(run.status, "complete");
    let asked = bench.partner.requests();
    assert_eq!(argument(&asked[0], "updated_since").as_deref(), Some("2026-01-03T00:00:00Z"));
    assert_eq!(bench.live(&["a", "b", "c", "d"]).await, ["b", "c", "d"]);
}

#[tokio::test]
async fn what_is_no_answer_of_the_interface_fails_with_what_came() {
    let bench = Bench::new().await;
    let config = bench.config(POP);
    bench.partner.answers(|_| (200, "<html>portal moved</html>".to_owned()));
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("failed".to_owned(), "answers".to_owned()));
    assert!(run.reason.unwrap().contains("<html>portal moved"));
    bench.partner.answers(|_| (200, json!({"error": "no such base"}).to_string()));
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("failed".to_owned(), "protocol".to_owned()));
}
