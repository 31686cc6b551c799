use super::*;
use proptest::prelude::*;

fn plan(harvested_until: Option<&str>) -> HarvestPlan {
    HarvestPlan {
        base_url: "https://partner.example.org/oai".to_owned(),
        metadata_prefix: "oai_dc".to_owned(),
        set: Some("a:b".to_owned()),
        harvested_until: harvested_until.map(str::to_owned),
        now: 1_800_000_000,
        ..HarvestPlan::default()
    }
}

fn envelope(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2024-05-06T07:08:09Z</responseDate><request>x</request>{content}</OAI-PMH>"
    )
}

fn identify(granularity: &str) -> String {
    envelope(&format!(
        "<Identify><repositoryName>R</repositoryName><deletedRecord>persistent</deletedRecord><granularity>{granularity}</granularity></Identify>"
    ))
}

fn records(ids: &[&str], token: Option<&str>) -> String {
    let mut content = String::from("<ListRecords>");
    for id in ids {
        content.push_str(&format!(
            "<record><header><identifier>{id}</identifier><datestamp>2024-01-01</datestamp></header><metadata><dc><title>T</title></dc></metadata></record>"
        ));
    }
    if let Some(token) = token {
        content.push_str(&format!(
            "<resumptionToken completeListSize=\"4\">{token}</resumptionToken>"
        ));
    }
    envelope(&(content + "</ListRecords>"))
}

fn error(code: &str) -> String {
    envelope(&format!("<error code=\"{code}\">said</error>"))
}

fn url(harvest: &Harvest) -> String {
    match harvest.next() {
        Step::Get(url) => url,
        other => panic!("{other:?}"),
    }
}

/// How the harvest ended, after so many different identifiers.
fn ended(harvest: &mut Harvest, distinct: u64) -> Completion {
    if harvest.next() == Step::Count {
        harvest.counted(distinct);
    }
    completion(harvest)
}

fn completion(harvest: &Harvest) -> Completion {
    match harvest.next() {
        Step::Finished(completion) => completion,
        other => panic!("goes on: {other:?}"),
    }
}

/// Kind and text of the end of a harvest that is not complete.
fn reason(completion: Completion) -> (ReasonCode, String) {
    match completion {
        Completion::Partial(reason) | Completion::Failed(reason) => (reason.code, reason.text),
        Completion::Complete => panic!("complete"),
    }
}

/// A harvest whose Identify was answered.
fn begun(until: Option<&str>, granularity: &str) -> Harvest {
    let mut harvest = Harvest::new(plan(until));
    assert_eq!(url(&harvest), "https://partner.example.org/oai?verb=Identify");
    assert!(matches!(harvest.receive(identify(granularity).as_bytes()), Received::Repository(_)));
    harvest
}

fn page(harvest: &mut Harvest, body: &str) -> Box<Page> {
    match harvest.receive(body.as_bytes()) {
        Received::Page(page) => page,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_is_read_to_its_end_and_survives_a_crash_between_pages() {
    let mut harvest = begun(None, "YYYY-MM-DDThh:mm:ssZ");
    assert_eq!(
        url(&harvest),
        "https://partner.example.org/oai?verb=ListRecords&metadataPrefix=oai_dc&set=a%3Ab"
    );
    assert_eq!(page(&mut harvest, &records(&["1", "2"], Some("t+1/é="))).records.len(), 2);
    let mut harvest = Harvest::resume(plan(None), &harvest.checkpoint()).unwrap();
    assert_eq!(
        url(&harvest),
        "https://partner.example.org/oai?verb=ListRecords&resumptionToken=t%2B1%2F%C3%A9%3D"
    );
    assert_eq!(page(&mut harvest, &records(&["3", "4"], Some(""))).records.len(), 2);
    assert_eq!(ended(&mut harvest, 4), Completion::Complete);
    assert_eq!(harvest.first_response_date(), Some("2024-05-06T07:08:09Z"));
    assert_eq!(
        completion(&Harvest::resume(plan(None), &harvest.checkpoint()).unwrap()),
        Completion::Complete
    );
}

#[test]
fn an_incremental_harvest_overlaps_by_one_granule_of_the_server() {
    let from = |until, granularity| {
        url(&begun(Some(until), granularity)).split_once("from=").map(|(_, from)| from.to_owned())
    };
    assert_eq!(
        from("2024-03-01T00:00:00Z", "YYYY-MM-DDThh:mm:ssZ").as_deref(),
        Some("2024-02-29T23%3A59%3A59Z")
    );
    assert_eq!(from("2024-03-01T00:00:00+02:00", "YYYY-MM-DD").as_deref(), Some("2024-02-28"));
    assert_eq!(from("2024-03-01", "").as_deref(), Some("2024-02-29"));
    assert_eq!(from("no date", "YYYY-MM-DD"), None);
}

#[test]
fn a_server_that_refuses_seconds_is_asked_by_day_and_the_other_way_round() {
    for (announced, first, second) in [
        ("YYYY-MM-DDThh:mm:ssZ", "2024-03-02T09%3A59%3A59Z", "2024-03-02"),
        ("YYYY-MM-DD", "2024-03-01", "2024-03-01T10%3A00%3A00Z"),
    ] {
        let mut harvest = begun(Some("2024-03-02T10:00:00Z"), announced);
        assert!(url(&harvest).ends_with(&format!("&from={first}")), "{}", url(&harvest));
        assert!(matches!(harvest.receive(error("badArgument").as_bytes()), Received::Again(_)));
        assert!(url(&harvest).ends_with(&format!("&from={second}")), "{}", url(&harvest));
        // A server that knows no dates at all is read as a whole.
        assert!(matches!(harvest.receive(error("badArgument").as_bytes()), Received::Again(_)));
        assert!(!url(&harvest).contains("from="));
        assert_eq!(harvest.receive(error("badArgument").as_bytes()), Received::Ended);
        let said = "badArgument: said".to_owned();
        assert_eq!(reason(completion(&harvest)), (ReasonCode::Protocol, said));
    }
}

#[test]
fn no_records_match_is_a_complete_and_empty_list_when_the_set_exists() {
    let sets = |spec: &str| {
        envelope(&format!("<ListSets><set><setSpec>{spec}</setSpec></set></ListSets>"))
    };
    let empty = || {
        let mut harvest = begun(Some("2024-03-02"), "YYYY-MM-DD");
        assert!(matches!(harvest.receive(error("noRecordsMatch").as_bytes()), Received::Noted(_)));
        assert!(url(&harvest).ends_with("?verb=ListSets"));
        harvest
    };
    let mut harvest = empty();
    harvest.receive(sets("a:b").as_bytes());
    assert_eq!(ended(&mut harvest, 0), Completion::Complete);
    assert_eq!(harvest.first_response_date(), Some("2024-05-06T07:08:09Z"));
    for answer in [sets("a:bc"), error("noSetHierarchy")] {
        let mut harvest = empty();
        assert_eq!(harvest.receive(answer.as_bytes()), Received::Ended);
        assert_eq!(reason(completion(&harvest)).0, ReasonCode::UnknownSet);
    }
}

/// A harvest in the middle of a list whose records have these datestamps.
fn in_the_middle(stamps: &[&str], size: u32) -> Harvest {
    let mut harvest = begun(None, "YYYY-MM-DD");
    let mut content = String::from("<ListRecords>");
    for (n, stamp) in stamps.iter().enumerate() {
        content.push_str(&format!(
            "<record><header><identifier>{n}</identifier><datestamp>{stamp}</datestamp></header><metadata><a/></metadata></record>"
        ));
    }
    content.push_str(&format!(
        "<resumptionToken completeListSize=\"{size}\">t</resumptionToken></ListRecords>"
    ));
    page(&mut harvest, &envelope(&content));
    harvest
}

fn refused_twice(harvest: &mut Harvest) {
    for _ in 0..2 {
        let received = harvest.receive(error("badResumptionToken").as_bytes());
        assert!(matches!(received, Received::Again(_)), "{received:?}");
    }
}

#[test]
fn a_refused_token_is_tried_once_more_then_the_list_goes_on_at_the_last_datestamp() {
    let mut harvest = in_the_middle(&["2024-01-01", "2024-01-02", "2024-01-02"], 4);
    let before = url(&harvest);
    harvest.receive(error("badResumptionToken").as_bytes());
    assert_eq!(url(&harvest), before);
    harvest.receive(error("badResumptionToken").as_bytes());
    assert!(
        url(&harvest).ends_with("verb=ListRecords&metadataPrefix=oai_dc&set=a%3Ab&from=2024-01-02")
    );
    page(&mut harvest, &records(&["1", "2", "3"], None));
    // With days nothing is proven by sizes: what came before is compared.
    let next = url(&harvest);
    assert!(next.contains("verb=ListIdentifiers") && next.ends_with("&until=2024-01-01"), "{next}");
    let headers = envelope(
        "<ListIdentifiers><header><identifier>0</identifier></header><header><identifier>x</identifier></header></ListIdentifiers>",
    );
    assert!(matches!(harvest.receive(headers.as_bytes()), Received::Headers(_)));
    harvest.missing(vec!["x".to_owned()]);
    assert!(url(&harvest).contains("verb=GetRecord&identifier=x"));
    let one = envelope(
        "<GetRecord><record><header><identifier>x</identifier></header><metadata><a/></metadata></record></GetRecord>",
    );
    page(&mut harvest, &one);
    assert_eq!(ended(&mut harvest, 5), Completion::Complete);
    assert!(harvest.verdict(None).notes.iter().any(|note| note.contains("refused after 3")));
}

#[test]
fn a_list_without_order_is_cut_in_two() {
    let mut harvest = in_the_middle(&["2024-01-09", "2024-01-02"], 4);
    refused_twice(&mut harvest);
    let first = url(&harvest);
    assert!(first.contains("verb=ListRecords") && first.contains("&until="), "{first}");
    page(&mut harvest, &records(&["1"], None));
    let second = url(&harvest);
    assert!(second.contains("&from=") && !second.contains("&until="), "{second}");
}

#[test]
fn a_token_refused_for_ever_within_one_day_is_a_gap_and_never_complete() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    let one = records(&["1"], Some("t"));
    let headers = envelope(
        "<ListIdentifiers><header><identifier>1</identifier></header><resumptionToken>t</resumptionToken></ListIdentifiers>",
    );
    let mut requests = 0;
    while let Step::Get(url) = harvest.next() {
        requests += 1;
        assert!(requests < 2000, "{url}");
        if url.contains("resumptionToken") {
            harvest.receive(error("badResumptionToken").as_bytes());
            continue;
        }
        let date = |name: &str| {
            let (_, rest) = url.split_once(name)?;
            rest.get(..10).map(str::to_owned)
        };
        let (from, until) = (date("from="), date("until="));
        if from.is_some_and(|from| *from > *"2024-01-01")
            || until.is_some_and(|until| *until < *"2024-01-01")
        {
            harvest.receive(error("noRecordsMatch").as_bytes());
        } else if url.contains("ListIdentifiers") {
            harvest.receive(headers.as_bytes());
            harvest.missing(Vec::new());
        } else {
            harvest.receive(one.as_bytes());
        }
        if harvest.next() == Step::Count {
            harvest.counted(1);
        }
    }
    assert_eq!(reason(completion(&harvest)).0, ReasonCode::Gaps);
    assert!(harvest.verdict(None).gap_count > 0);
}

#[test]
fn an_html_page_is_asked_for_again_and_then_ends_the_harvest() {
    let html = b"<!DOCTYPE html><html><body>Maintenance</body></html>";
    let mut harvest = Harvest::new(plan(None));
    for _ in 0..2 {
        assert!(matches!(harvest.receive(html), Received::Again(_)));
    }
    assert_eq!(harvest.receive(html), Received::Ended);
    let text = "Identify: the answer is an HTML page".to_owned();
    assert_eq!(reason(completion(&harvest)), (ReasonCode::Answers, text));
    // In the middle the server is given up when nothing that is asked for comes any more, and the
    // next run goes on.
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1"], Some("t")));
    assert!(matches!(harvest.receive(html), Received::Again(_)));
    page(&mut harvest, &records(&["2"], Some("u")));
    let mut requests = 0;
    while let Step::Get(_) = harvest.next() {
        harvest.receive(html);
        requests += 1;
        assert!(requests < 500);
    }
    let Completion::Partial(partial) = completion(&harvest) else { panic!("not partial") };
    assert!(partial.code.is_resumable(), "{partial}");
    let next = Harvest::go_on(plan(None), &harvest.checkpoint()).unwrap();
    assert!(url(&next).contains("verb=ListRecords"));
}

#[test]
fn a_page_cut_off_for_ever_is_taken_as_far_as_it_goes_and_the_list_is_healed() {
    let whole = records(&["1", "2", "3"], Some("t"));
    let cut = &whole[..whole.find("<identifier>3").unwrap() + 20];
    let mut harvest = begun(None, "YYYY-MM-DD");
    for _ in 0..2 {
        assert!(matches!(harvest.receive(cut.as_bytes()), Received::Again(_)));
    }
    let taken = page(&mut harvest, cut);
    assert_eq!((taken.records.len(), taken.broken.len()), (2, 1));
    assert_eq!(taken.broken[0].code, "record_cut_off");
    assert!(url(&harvest).contains("&until="));
}

#[test]
fn a_list_that_turns_in_a_circle_or_never_brings_anything_is_left() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1", "2"], Some("t")));
    page(&mut harvest, &records(&["1", "2"], Some("u")));
    assert!(harvest.verdict(None).notes.iter().any(|note| note.contains("circle")));
    let mut harvest = begun(None, "YYYY-MM-DD");
    for n in 0..11 {
        page(&mut harvest, &records(&[], Some(&format!("t{n}"))));
    }
    assert!(harvest.verdict(None).notes.iter().any(|note| note.contains("without a record")));
}

#[test]
fn a_list_that_is_short_of_its_size_is_compared_with_the_identifiers() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1"], Some("")));
    assert_eq!(harvest.next(), Step::Count);
    harvest.counted(1);
    assert!(url(&harvest).contains("verb=ListIdentifiers"));
    let mut healed = harvest.clone();
    let headers = |ids: &[&str]| {
        let headers: String = ids
            .iter()
            .map(|id| format!("<header><identifier>{id}</identifier></header>"))
            .collect();
        envelope(&format!("<ListIdentifiers>{headers}</ListIdentifiers>"))
    };
    harvest.receive(headers(&["1"]).as_bytes());
    harvest.missing(Vec::new());
    assert_eq!(reason(ended(&mut harvest, 1)).0, ReasonCode::Size);
    healed.receive(headers(&["1", "2", "3"]).as_bytes());
    healed.missing(vec!["2".to_owned(), "3".to_owned()]);
    assert!(url(&healed).contains("GetRecord"));
}

#[test]
fn a_run_past_its_bounds_is_partial_and_the_next_one_goes_on() {
    let mut limited = plan(None);
    limited.limits.pages = 2;
    let mut harvest = Harvest::new(limited.clone());
    harvest.receive(identify("YYYY-MM-DD").as_bytes());
    page(&mut harvest, &records(&["1"], Some("t")));
    page(&mut harvest, &records(&["2"], Some("u")));
    assert_eq!(reason(completion(&harvest)).0, ReasonCode::Budget);
    let mut harvest = Harvest::go_on(limited.clone(), &harvest.checkpoint()).unwrap();
    assert!(url(&harvest).ends_with("resumptionToken=u"));
    page(&mut harvest, &records(&["3", "4"], None));
    assert_eq!(ended(&mut harvest, 4), Completion::Complete);
    assert!(Harvest::go_on(limited.clone(), &harvest.checkpoint()).is_err());
    limited.metadata_prefix = "edm".to_owned();
    assert!(Harvest::resume(limited, &harvest.checkpoint()).is_err());
}

#[test]
fn a_server_that_cannot_be_reached_leaves_the_harvest_to_the_next_run() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1"], Some("t")));
    harvest.unanswered(Unanswered::Transport, "connection refused");
    assert_eq!(reason(completion(&harvest)).0, ReasonCode::Transport);
    let mut checkpoint = harvest.checkpoint();
    let mut runs = 0;
    while let Ok(mut next) = Harvest::go_on(plan(None), &checkpoint) {
        assert!(url(&next).ends_with("resumptionToken=t"));
        next.unanswered(Unanswered::Transport, "connection refused");
        checkpoint = next.checkpoint();
        runs += 1;
    }
    // A harvest that stands still for days begins anew.
    assert_eq!(runs, 5);
}

#[test]
fn windows_follow_each_other_without_a_gap() {
    let mut harvest =
        Harvest::new(HarvestPlan { window: Unit::Year, now: 1_700_000_000, ..plan(None) });
    let identify = envelope(
        "<Identify><earliestDatestamp>2021-06-01</earliestDatestamp><granularity>YYYY-MM-DD</granularity></Identify>",
    );
    harvest.receive(identify.as_bytes());
    let mut asked = Vec::new();
    while let Step::Get(url) = harvest.next() {
        if url.contains("ListSets") {
            break;
        }
        asked.push(url.split_once("a%3Ab").map_or("", |(_, dates)| dates).to_owned());
        harvest.receive(error("noRecordsMatch").as_bytes());
    }
    assert_eq!(
        asked,
        ["&until=2021-12-31", "&from=2022-01-01&until=2022-12-31", "&from=2023-01-01"]
    );
}

#[test]
fn a_clock_that_is_ahead_or_was_put_back_loses_nothing() {
    let mut harvest = Harvest::new(HarvestPlan { now: 1_000_000_000, ..plan(None) });
    harvest.receive(identify("YYYY-MM-DDThh:mm:ssZ").as_bytes());
    page(&mut harvest, &records(&["1"], None));
    assert_eq!(harvest.first_response_date(), Some("2001-09-09T01:46:40Z"));
    // The answer of 07:08:09 to `from` 08:00:00: what was stamped since the clock was put back is
    // read too.
    let mut harvest = begun(Some("2024-05-06T08:00:01Z"), "YYYY-MM-DDThh:mm:ssZ");
    page(&mut harvest, &records(&["1"], None));
    let next = url(&harvest);
    assert!(
        next.contains("from=2024-05-06T06%3A16%3A16Z&until=2024-05-06T07%3A59%3A59Z"),
        "{next}"
    );
}

#[test]
fn errors_of_any_number_and_kind_are_told() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    let body = envelope(
        "<error code=\"serviceUnavailable\">later</error><error/><error code=\"BADARGUMENT\"/>",
    );
    assert_eq!(harvest.receive(body.as_bytes()), Received::Ended);
    let said = "serviceUnavailable: later; : ; badArgument: ".to_owned();
    assert_eq!(reason(completion(&harvest)), (ReasonCode::Protocol, said));
}

proptest! {
    #[test]
    fn any_bytes_are_taken_without_panic_and_the_harvest_ends(bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..6)) {
        let mut harvest = begun(None, "YYYY-MM-DD");
        for body in bodies {
            harvest.receive(&body);
        }
        let _step = harvest.next();
    }

    #[test]
    fn damaged_pages_are_taken_without_panic(cut in 0_usize..900, byte in any::<u8>(), at in 0_usize..900) {
        let mut body = records(&["1", "2", "é"], Some("t")).into_bytes();
        let at = at.min(body.len() - 1);
        body[at] = byte;
        body.truncate(cut.max(1));
        let page = Page::parse(&body);
        prop_assert!(page.received() <= 3);
    }
}

mod simulation;
