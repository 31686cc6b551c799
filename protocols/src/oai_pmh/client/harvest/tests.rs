use super::*;
use proptest::prelude::*;

fn plan(harvested_until: Option<&str>) -> HarvestPlan {
    HarvestPlan {
        base_url: "https://partner.example.org/oai".to_owned(),
        metadata_prefix: "oai_dc".to_owned(),
        set: Some("a:b".to_owned()),
        harvested_until: harvested_until.map(str::to_owned),
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
        Step::Finished(completion) => panic!("finished: {completion:?}"),
    }
}

fn completion(harvest: &Harvest) -> Completion {
    match harvest.next() {
        Step::Finished(completion) => completion,
        Step::Get(url) => panic!("goes on: {url}"),
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
    assert_eq!(completion(&harvest), Completion::Complete);
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
fn a_server_that_refuses_seconds_is_asked_by_day() {
    let mut harvest = begun(Some("2024-03-02T10:00:00Z"), "YYYY-MM-DDThh:mm:ssZ");
    assert!(matches!(harvest.receive(error("badArgument").as_bytes()), Received::Again(_)));
    assert!(url(&harvest).ends_with("&from=2024-03-02"));
    assert_eq!(harvest.receive(error("badArgument").as_bytes()), Received::Ended);
    assert_eq!(completion(&harvest), Completion::Failed("badArgument: said".to_owned()));
}

#[test]
fn no_records_match_is_a_complete_and_empty_list() {
    let mut harvest = begun(Some("2024-03-02"), "YYYY-MM-DD");
    assert_eq!(harvest.receive(error("noRecordsMatch").as_bytes()), Received::Ended);
    assert_eq!(completion(&harvest), Completion::Complete);
    assert_eq!(harvest.first_response_date(), Some("2024-05-06T07:08:09Z"));
}

#[test]
fn no_records_match_in_the_middle_is_never_taken_for_a_whole_list() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1", "2"], Some("t")));
    harvest.receive(error("noRecordsMatch").as_bytes());
    assert!(matches!(completion(&harvest), Completion::Partial(_)));
}

#[test]
fn a_refused_token_begins_the_list_again_then_gives_up_as_partial() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    for _ in 0..MAX_RESTARTS {
        page(&mut harvest, &records(&["1", "2"], Some("t")));
        assert!(matches!(
            harvest.receive(error("badResumptionToken").as_bytes()),
            Received::Again(_)
        ));
        assert!(url(&harvest).contains("metadataPrefix=oai_dc"));
    }
    let mut healed = harvest.clone();
    page(&mut healed, &records(&["1", "2", "3", "4"], None));
    assert_eq!(completion(&healed), Completion::Complete);
    page(&mut harvest, &records(&["1", "2"], Some("t")));
    assert_eq!(harvest.receive(error("badResumptionToken").as_bytes()), Received::Ended);
    assert!(
        matches!(completion(&harvest), Completion::Partial(reason) if reason.contains("badResumptionToken"))
    );
}

#[test]
fn an_html_page_is_asked_for_once_more_and_then_ends_the_harvest() {
    let html = b"<!DOCTYPE html><html><body>Maintenance</body></html>";
    let mut harvest = Harvest::new(plan(None));
    assert!(matches!(harvest.receive(html), Received::Again(_)));
    assert_eq!(harvest.receive(html), Received::Ended);
    assert_eq!(
        completion(&harvest),
        Completion::Failed("Identify: the answer is an HTML page".to_owned())
    );
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1"], Some("t")));
    assert!(matches!(harvest.receive(html), Received::Again(_)));
    page(&mut harvest, &records(&["2"], Some("u")));
    assert!(matches!(harvest.receive(b""), Received::Again(_)));
    assert_eq!(harvest.receive(b""), Received::Ended);
    assert!(matches!(completion(&harvest), Completion::Partial(_)));
}

#[test]
fn a_page_cut_off_is_asked_for_once_more_and_then_taken_as_far_as_it_goes() {
    let whole = records(&["1", "2", "3"], Some("t"));
    let cut = &whole[..whole.find("<identifier>3").unwrap() + 20];
    let mut harvest = begun(None, "YYYY-MM-DD");
    assert!(matches!(harvest.receive(cut.as_bytes()), Received::Again(_)));
    let taken = page(&mut harvest, cut);
    assert_eq!(taken.records.len(), 2);
    assert_eq!(taken.broken.len(), 1);
    assert_eq!(taken.broken[0].code, "record_cut_off");
    assert!(matches!(completion(&harvest), Completion::Partial(_)));
}

#[test]
fn a_list_that_turns_in_a_circle_or_never_brings_anything_is_left() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1", "2"], Some("t")));
    page(&mut harvest, &records(&["1", "2"], Some("u")));
    assert!(
        matches!(completion(&harvest), Completion::Partial(reason) if reason.contains("circle"))
    );
    let mut harvest = begun(None, "YYYY-MM-DD");
    let mut pages = 0;
    while let Step::Get(_) = harvest.next() {
        page(&mut harvest, &records(&[], Some(&format!("t{pages}"))));
        pages += 1;
    }
    assert_eq!(pages, 11);
}

#[test]
fn a_list_of_which_less_than_half_came_is_partial() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    page(&mut harvest, &records(&["1"], Some("")));
    assert_eq!(
        completion(&harvest),
        Completion::Partial("the list ended after 1 of 4 records".to_owned())
    );
}

#[test]
fn errors_of_any_number_and_kind_are_told() {
    let mut harvest = begun(None, "YYYY-MM-DD");
    let body = envelope(
        "<error code=\"serviceUnavailable\">later</error><error/><error code=\"BADARGUMENT\"/>",
    );
    assert_eq!(harvest.receive(body.as_bytes()), Received::Ended);
    assert_eq!(
        completion(&harvest),
        Completion::Failed("serviceUnavailable: later; : ; badArgument: ".to_owned())
    );
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
