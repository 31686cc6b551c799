//! From a committed page of records to the pages of the front, through the real store.

use super::*;
use crate::store::run::{IncomingRecord, PageCommit, RunEnd, SourceRow};
use crate::{publish, reconcile};
use domain::record::{Kind, Property, Record, Value};
use domain::source_record::{Field, SourceRecord};
use tokio_util::sync::CancellationToken;

/// Harvests records of one source completely, publishes, and lets the index follow.
pub(super) async fn harvest(app: &App, records: &[(&str, &str)], now: i64) -> u64 {
    let store = &app.store;
    let source = SourceRow {
        source_id: "joconde".to_owned(),
        base: "joconde".to_owned(),
        label: "Joconde".to_owned(),
        kind: "file".to_owned(),
        trust: 1,
        settings: "{}".to_owned(),
        etag: None,
        last_modified: None,
        harvested_until: None,
    };
    store.upsert_source(&source, now).await.unwrap();
    let run = store.start_run("joconde", "full", now).await.unwrap();
    let incoming = |(position, (id, title)): (usize, &(&str, &str))| {
        let mut record = Record::new(Kind::MuseumObject);
        record.push(Property::Title, Value::plain(*title));
        record.names = vec![format!("ref:{id}")];
        record.data_provider = Some("Musée d’Essai".to_owned());
        IncomingRecord {
            position: position as i64,
            source_record: SourceRecord {
                local_id: (*id).to_owned(),
                deleted: false,
                datestamp: None,
                sets: Vec::new(),
                origin: None,
                fields: vec![Field::new("REF", *id), Field::new("TITR", *title)],
            },
            record,
            issues: Vec::new(),
            content_hash: format!("{id} {title}"),
        }
    };
    let page = PageCommit {
        seen: Vec::new(),
        hold_deletions: false,
        replayed: None,
        run_id: run.run_id,
        source_id: "joconde".to_owned(),
        number: 1,
        location: "test".to_owned(),
        body: b"test".to_vec(),
        records: records.iter().enumerate().map(incoming).collect(),
        quarantined: Vec::new(),
        checkpoint: None,
        now,
    };
    store.commit_page(&page).await.unwrap();
    store.finish_run(run.run_id, &RunEnd::Complete, now).await.unwrap();
    let cancel = CancellationToken::new();
    reconcile::run(store, &cancel).await.unwrap();
    publish::run(store, || now, &cancel).await.unwrap();
    app.search.follow(store).await.unwrap()
}

#[tokio::test]
async fn what_is_published_is_found_shown_withdrawn_and_remembered() {
    let (_folder, app) = app().await;
    // The samples of the index are of no log.
    let mut app = app;
    let fresh = tempfile::tempdir().unwrap();
    app.search = Search::open(fresh.path()).unwrap();

    assert_eq!(harvest(&app, &[("A/1", "Vue d’Étretat"), ("B", "Nature morte")], 1_000).await, 2);
    let found = text(get(&app, "/api/v1/search?q=etretat").await).await;
    assert!(found.contains("joconde_A_2F1"), "{found}");

    let response = get(&app, "/object/joconde_A_2F1").await;
    assert_eq!(response.status(), StatusCode::OK);
    let html = text(response).await;
    assert!(html.contains("<h1>Vue d’Étretat</h1>"), "{html}");
    assert!(html.contains("<code>TITR</code>"), "source fields are missing: {html}");

    let response = get(&app, "/notice/joconde/B").await;
    assert_eq!(response.headers()[header::LOCATION], "http://front.test/object/joconde_B");
    let json = text(get(&app, "/object/joconde_B.json").await).await;
    assert!(json.contains("\"title\":\"Nature morte\""), "{json}");
    let json = text(get(&app, "/api/v1/objects/joconde_B/source-records").await).await;
    assert!(json.contains("\"name\":\"TITR\""), "{json}");
    let json = text(get(&app, "/api/v1/runs?source=joconde").await).await;
    assert!(json.contains("\"created\":2"), "{json}");
    assert!(text(get(&app, "/api/v1/sources").await).await.contains("\"id\":\"joconde\""));

    // The source does not have B any more.
    assert_eq!(harvest(&app, &[("A/1", "Vue d’Étretat")], 2_000).await, 1);
    let response = get(&app, "/object/joconde_B").await;
    assert_eq!(response.status(), StatusCode::GONE);
    assert!(text(response).await.contains("Notice retirée"));
    assert_eq!(app.search.count(), 1);
    assert_eq!(harvest(&app, &[("A/1", "Vue d’Étretat")], 3_000).await, 0);
}

#[tokio::test]
async fn an_index_of_another_database_is_made_again() {
    let (_folder, app) = app().await;
    // The index says that it has seen seven entries; the log has one.
    assert_eq!(app.search.last_seq().unwrap(), 7);
    assert_eq!(harvest(&app, &[("A", "Vue")], 1_000).await, 1);
    assert_eq!((app.search.count(), app.search.last_seq().unwrap()), (1, 1));
}

#[tokio::test]
async fn reports_are_pages_and_files_and_an_object_has_its_reasons() {
    let (_folder, app) = app().await;
    harvest(&app, &[("A/1", "Sans titre"), ("B", "SANS TITRE")], 1_000).await;
    crate::quality::follow(&app.store, &CancellationToken::new()).await.unwrap();
    for (path, expected) in [
        ("/quality", "/quality/source/joconde"),
        ("/quality", "/quality/producer/musee-d-essai"),
        ("/quality/source/joconde", "<svg class=\"chart\""),
        ("/quality/source/joconde", "/object/joconde_A_2F1"),
        ("/quality/source/joconde?lang=en", "Records to mend first"),
        ("/quality/producer/musee-d-essai", "Musée d’Essai"),
        ("/quality/source/joconde.csv", "pattern,P1,"),
        ("/quality/source/joconde.json", "\"objects\":2"),
        ("/quality/source/joconde/issues.csv", "Identifiant,Etat,Details"),
        ("/api/v1/objects/joconde_B/quality", "\"P1\""),
        ("/api/v1/objects/joconde_B/quality", "\"europeana_local_id\":\"id_joconde_B\""),
        ("/api/v1/objects/joconde_B/quality", "\"edm_valid\":true"),
    ] {
        let response = get(&app, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let found = text(response).await;
        assert!(found.contains(expected), "{path} has no {expected}: {found}");
    }
    for path in ["/quality/source/nobody", "/quality/producer/x.csv", "/quality/source/joconde.pdf"]
    {
        assert_eq!(get(&app, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
