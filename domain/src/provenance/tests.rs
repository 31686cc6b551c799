use super::*;
use proptest::prelude::*;

fn step(number: usize) -> Step {
    Step {
        base_url: format!("https://r{number}.example.org/oai"),
        identifier: format!("oai:r{number}.example.org:1"),
        datestamp: "2001-01-01".to_owned(),
        metadata_namespace: "http://www.openarchives.org/OAI/2.0/oai_dc/".to_owned(),
        harvest_date: "2002-01-01T11:10:01Z".to_owned(),
        altered: number.is_multiple_of(2),
    }
}

#[test]
fn a_chain_is_cut_where_it_can_not_be_told_and_at_its_depth() {
    let deep: Vec<Step> = (0..40).map(step).collect();
    let mut broken: Vec<Step> = (0..3).map(step).collect();
    broken[1].datestamp = "yesterday".to_owned();
    let mut long = vec![step(0)];
    long[0].identifier = "x".repeat(MAX_TEXT + 1);
    let kept = bounded(vec![deep.clone(), broken, long, deep]);
    assert_eq!(kept.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_DEPTH, 1]);
    let many = bounded((0..100).map(|n| vec![step(n)]).collect());
    assert_eq!(many.len(), MAX_CHAINS);
}

#[test]
fn dates_are_those_of_xml_schema() {
    for good in [
        "2002-02-08",
        "2002-02-08Z",
        "2004-02-29T00:00:00Z",
        "2002-02-08T08:55:46",
        "2002-02-08T08:55:46.25Z",
        "2002-02-08T08:55:46+02:00",
        "2002-02-08T08:55:46-14:00",
    ] {
        assert!(is_date(good), "{good}");
    }
    for bad in [
        "",
        "2002",
        "2002-02-30",
        "0000-01-01",
        "2002-2-08",
        "2002-02-08 08:55:46",
        "2002-02-08T08:55",
        "2002-02-08T24:55:46Z",
        "2002-02-08T08:55:60Z",
        "2002-02-08T08:55:46.Z",
        "2002-02-08T08:55:46+2:00",
        "2002-02-08T08:55:46+15:00",
        "2002-02-08T08:55:46ZZ",
        "２002-02-08",
    ] {
        assert!(!is_date(bad), "{bad}");
    }
}

#[test]
fn without_dates_two_harvests_of_the_same_thing_are_equal() {
    let origin = |day: &str| Origin {
        base_url: "https://r.example.org/oai".to_owned(),
        identifier: "oai:r:1".to_owned(),
        datestamp: day.to_owned(),
        metadata_namespace: "urn:x".to_owned(),
        harvest_date: format!("{day}T00:00:00Z"),
        chains: vec![vec![Step { datestamp: day.to_owned(), ..step(1) }]],
        ..Origin::default()
    };
    let (one, other) = (origin("2020-01-01"), origin("2021-01-01"));
    assert_ne!(one, other);
    assert_eq!(one.undated(), other.undated());
    assert_ne!(one.undated(), Origin { masked: true, ..other }.undated());
}

proptest! {
    #[test]
    fn an_origin_is_written_as_serde_writes_it(
        texts in ["\\PC{0,9}", "\\PC{0,9}", "[0-9]{0,2}", "[a-z:]{0,5}", "[0-9]{0,2}"],
        masked: bool,
        rights in proptest::option::of("[a-z]{0,3}"),
        chained: bool,
    ) {
        let [base_url, identifier, datestamp, metadata_namespace, harvest_date] = texts;
        let step = Step { datestamp: datestamp.clone(), ..Step::default() };
        let chains = if chained { vec![vec![step]] } else { Vec::new() };
        let origin = Origin { base_url, identifier, datestamp, metadata_namespace, harvest_date, masked, metadata_rights: rights, chains };
        let (mut dated, mut undated) = (Vec::new(), Vec::new());
        origin.push_json(&mut dated, true);
        origin.push_json(&mut undated, false);
        prop_assert_eq!(dated, serde_json::to_vec(&origin).unwrap());
        prop_assert_eq!(undated, serde_json::to_vec(&origin.undated()).unwrap());
    }

    #[test]
    fn any_text_is_judged(text in "\\PC{0,30}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{0,12}(Z|\\+[0-9:]{0,6})?)?") {
        let _judged = is_date(&text);
    }
}
