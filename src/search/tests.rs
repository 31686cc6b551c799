//! The index as its users see it: what goes in, what is found.

use super::*;
use crate::store::object::ObjectStatus;
use domain::merge::{MemberRef, MergedImage, MergedRecord, SourcedValue};
use domain::record::{EdmType, Kind, Property, Value};
use domain::rights::{ImageRight, PUBLIC_DOMAIN, RightsDecision};
use std::collections::BTreeMap;

fn row(id: &str, base: &str, kind: Kind, values: &[(Property, &str)]) -> ObjectRow {
    let mut record = MergedRecord {
        kind,
        base: base.to_owned(),
        edm_type: EdmType::Image,
        values: BTreeMap::new(),
        links: Vec::new(),
        images: Vec::new(),
        hidden_images: 0,
        position: None,
        data_provider: "Musée d'essai".to_owned(),
        landing_page: None,
        flags: Vec::new(),
        rights: RightsDecision::undecided(),
        members: vec![MemberRef {
            source: base.to_owned(),
            base: base.to_owned(),
            local_id: id.trim_start_matches(&format!("{base}_")).to_owned(),
            landing_page: None,
            origin: None,
            received: String::new(),
        }],
        sets: Vec::new(),
    };
    for (property, text) in values {
        record.values.entry(*property).or_default().push(SourcedValue {
            value: Value { meanings: meanings_of(*property, text), ..Value::plain(*text) },
            sources: Vec::new(),
        });
    }
    ObjectRow {
        object_id: id.to_owned(),
        status: ObjectStatus::Live,
        base: base.to_owned(),
        kind,
        title: record.display_title().to_owned(),
        datestamp: 1_000,
        seq: 1,
        record: Some(record),
        sets: Vec::new(),
    }
}

fn meanings_of(property: Property, text: &str) -> Vec<domain::meaning::Meaning> {
    if property == Property::Created { domain::normalise::date::meanings(text) } else { Vec::new() }
}

fn with_image(mut row: ObjectRow) -> ObjectRow {
    if let Some(record) = &mut row.record {
        let rights = RightsDecision {
            image: ImageRight::Full,
            statement: PUBLIC_DOMAIN.to_owned(),
            ..RightsDecision::undecided()
        };
        record.rights = rights.clone();
        record.images.push(MergedImage {
            image: format!("{}_2F1", row.object_id),
            width: 4000,
            height: 3000,
            format: "image/jpeg".to_owned(),
            rights,
            credit: None,
            label: None,
            via: None,
            service: None,
        });
    }
    row
}

fn samples() -> Vec<ObjectRow> {
    vec![
        with_image(row(
            "joconde_000PE001028",
            "joconde",
            Kind::MuseumObject,
            &[
                (Property::Title, "Vue de l’abbaye de Jumièges"),
                (Property::Creator, "MONET Claude (peintre)"),
                (Property::Identifier, "RF 1234 ; MR 77"),
                (Property::Type, "tableau"),
                (Property::Created, "3e quart 19e siècle"),
            ],
        )),
        row(
            "joconde_000PE001029",
            "joconde",
            Kind::MuseumObject,
            &[
                (Property::Title, "Étude de chevaux"),
                (Property::Creator, "GÉRICAULT Théodore"),
                (Property::Type, "dessin"),
                (Property::Created, "1er quart 19e siècle"),
            ],
        ),
        row(
            "merimee_PA00087203",
            "merimee",
            Kind::Monument,
            &[
                (Property::Title, "Ancienne abbaye"),
                (Property::Type, "abbaye"),
                (Property::Spatial, "Jumièges"),
                (Property::Description, "Les vitraux de la nef sont perdus ; un cheval sculpté."),
                (Property::Created, "12e siècle"),
            ],
        ),
    ]
}

fn index() -> (tempfile::TempDir, Search) {
    let folder = tempfile::tempdir().unwrap();
    let search = Search::open(folder.path()).unwrap();
    search.add(&samples(), 3).unwrap();
    (folder, search)
}

fn asked(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), ..SearchQuery::default() }
}

async fn found(search: &Search, text: &str) -> Vec<String> {
    let result = search.query(&asked(text)).await.unwrap();
    result.hits.iter().map(|card| card.id.clone()).collect()
}

#[tokio::test]
async fn words_are_found_whatever_their_accents_elision_and_number() {
    let (_folder, search) = index();
    for text in ["abbaye Jumieges", "l'abbaye", "ABBAYES jumièges"] {
        let ids = found(&search, text).await;
        assert!(ids.contains(&"joconde_000PE001028".to_owned()), "{text}: {ids:?}");
    }
    assert_eq!(found(&search, "vitrail").await, ["merimee_PA00087203"]);
    assert_eq!(found(&search, "cheval").await, ["joconde_000PE001029", "merimee_PA00087203"]);
}

#[tokio::test]
async fn a_title_counts_more_than_a_description() {
    let (_folder, search) = index();
    assert_eq!(found(&search, "chevaux").await.first().unwrap(), "joconde_000PE001029");
}

#[tokio::test]
async fn phrases_and_exclusions_narrow() {
    let (_folder, search) = index();
    assert_eq!(found(&search, "\"abbaye de Jumièges\"").await, ["joconde_000PE001028"]);
    assert_eq!(found(&search, "abbaye -monet").await, ["merimee_PA00087203"]);
    assert_eq!(found(&search, "-abbaye").await, ["joconde_000PE001029"]);
}

#[tokio::test]
async fn common_words_need_not_be_there() {
    let (_folder, search) = index();
    assert_eq!(found(&search, "un cheval dans les vitraux").await, ["merimee_PA00087203"]);
}

#[tokio::test]
async fn references_and_inventory_numbers_are_found_by_the_box() {
    let (_folder, search) = index();
    for text in ["000PE001028", "RF 1234", "rf-1234", "MR77", "joconde_000PE001028"] {
        assert_eq!(found(&search, text).await.first().unwrap(), "joconde_000PE001028", "{text}");
    }
    assert_eq!(found(&search, "pa00087203").await, ["merimee_PA00087203"]);
}

#[tokio::test]
async fn a_facet_counts_without_its_own_filter() {
    let (_folder, search) = index();
    let mut query = asked("");
    query.filters.entry(Facet::Base).or_default().insert("merimee".to_owned());
    let result = search.query(&query).await.unwrap();
    assert_eq!(result.total, 1);
    let counts = |facet| -> Vec<(String, u64, bool)> {
        let counts = result.facet(facet).unwrap();
        counts.values.iter().map(|v| (v.value.clone(), v.count, v.selected)).collect()
    };
    assert_eq!(
        counts(Facet::Base),
        [("joconde".to_owned(), 2, false), ("merimee".to_owned(), 1, true)]
    );
    assert_eq!(counts(Facet::Kind), [("monument".to_owned(), 1, false)]);
    assert_eq!(counts(Facet::Period), [("12".to_owned(), 1, false)]);
}

#[tokio::test]
async fn values_of_one_facet_are_joined_by_or_and_facets_by_and() {
    let (_folder, search) = index();
    let mut query = asked("");
    let values = query.filters.entry(Facet::Type).or_default();
    values.insert("tableau".to_owned());
    values.insert("dessin".to_owned());
    assert_eq!(search.query(&query).await.unwrap().total, 2);
    query.filters.entry(Facet::Image).or_default().insert("yes".to_owned());
    let result = search.query(&query).await.unwrap();
    assert_eq!(result.total, 1);
    assert_eq!(result.hits[0].image.as_ref().unwrap().id, "joconde_000PE001028_2F1");
    assert_eq!(result.hits[0].rights, "open");
}

#[tokio::test]
async fn a_value_that_is_asked_for_is_shown_even_with_no_result() {
    let (_folder, search) = index();
    let mut query = asked("");
    query.filters.entry(Facet::Creator).or_default().insert("NOBODY".to_owned());
    let result = search.query(&query).await.unwrap();
    let values = &result.facet(Facet::Creator).unwrap().values;
    assert!(values.iter().any(|v| v.value == "NOBODY" && v.count == 0 && v.selected));
    assert!(values.iter().any(|v| v.value == "MONET Claude" && v.count == 1));
}

#[tokio::test]
async fn titles_sort_without_accents() {
    let (_folder, search) = index();
    let query = SearchQuery { sort: Sort::Title, ..asked("") };
    let result = search.query(&query).await.unwrap();
    let titles: Vec<&str> = result.hits.iter().map(|card| card.title.as_str()).collect();
    assert_eq!(titles, ["Ancienne abbaye", "Étude de chevaux", "Vue de l’abbaye de Jumièges"]);
}

#[tokio::test]
async fn pages_are_bounded_and_the_refusal_says_so() {
    let (_folder, search) = index();
    let deep = SearchQuery { page: 418, size: 24, ..asked("") };
    let error = search.query(&deep).await.unwrap_err();
    assert!(error.is_refusal());
    assert!(error.to_string().contains("10000"), "{error}");
    assert!(search.query(&SearchQuery { page: 416, ..deep }).await.is_ok());
    assert!(search.query(&SearchQuery { size: 101, ..asked("") }).await.is_err());
    let mut many = asked("");
    many.filters.insert(Facet::Type, (0..9).map(|n| n.to_string()).collect());
    assert!(search.query(&many).await.unwrap_err().is_refusal());
}

#[tokio::test]
async fn the_second_page_goes_on_after_the_first() {
    let (_folder, search) = index();
    let page = |page| SearchQuery { page, size: 2, sort: Sort::Title, ..asked("") };
    let first = search.query(&page(1)).await.unwrap();
    let second = search.query(&page(2)).await.unwrap();
    assert_eq!((first.hits.len(), second.hits.len(), second.total), (2, 1, 3));
    assert_eq!(second.hits[0].id, "joconde_000PE001028");
}

#[tokio::test]
async fn what_is_deleted_or_closed_disappears_and_what_changes_is_found_anew() {
    let (_folder, search) = index();
    let mut rows = samples();
    rows[0].status = ObjectStatus::Deleted;
    rows[0].record = None;
    rows[1].record.as_mut().unwrap().rights.metadata_open = false;
    rows[2] = row("merimee_PA00087203", "merimee", Kind::Monument, &[(Property::Title, "Grange")]);
    search.add(&rows, 9).unwrap();
    assert_eq!(found(&search, "").await, ["merimee_PA00087203"]);
    assert_eq!(found(&search, "grange").await, ["merimee_PA00087203"]);
    assert!(found(&search, "abbaye").await.is_empty());
    assert_eq!(search.last_seq().unwrap(), 9);
}

#[test]
fn an_index_is_found_again_with_its_place_in_the_log() {
    let (folder, search) = index();
    drop(search);
    let search = Search::open(folder.path()).unwrap();
    assert_eq!((search.last_seq().unwrap(), search.count()), (3, 3));
}

#[test]
fn an_index_of_another_version_is_made_again() {
    let (folder, search) = index();
    drop(search);
    std::fs::write(folder.path().join("version"), "0").unwrap();
    let search = Search::open(folder.path()).unwrap();
    assert_eq!((search.last_seq().unwrap(), search.count()), (0, 0));
}

#[tokio::test]
async fn no_text_makes_the_search_fail() {
    let (_folder, search) = index();
    for text in [
        "\"",
        "-",
        "--",
        "*",
        "a AND (",
        "\"\" \"-\"",
        "l'",
        "\u{301}",
        "🏰",
        "AND OR NOT",
        "title:x^4",
        "-\"\"",
        "«»",
        &"é".repeat(5000),
    ] {
        assert!(search.query(&asked(text)).await.is_ok(), "{text}");
    }
}

#[tokio::test]
async fn a_span_of_years_finds_what_may_be_of_them() {
    let (_folder, search) = index();
    let of = async |from, to| -> Vec<String> {
        let query = SearchQuery { from, to, sort: Sort::Title, ..asked("") };
        let result = search.query(&query).await.unwrap();
        result.hits.iter().map(|card| card.id.clone()).collect()
    };
    assert_eq!(of(Some(1850), Some(1860)).await, ["joconde_000PE001028"]);
    assert_eq!(of(None, Some(1200)).await, ["merimee_PA00087203"]);
    assert_eq!(of(Some(1820), None).await.len(), 2);
    assert_eq!(of(Some(1700), Some(1750)).await, Vec::<String>::new());
}
