//! Whole harvests into an embedded database.

use axum::http::{HeaderMap, header};
use passerelle::config::source::SourceConfig;
use passerelle::fetch::Fetcher;
use passerelle::harvest::{Progress, harvest};
use passerelle::store::Store;
use passerelle::store::run::Run;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

struct Bench {
    folder: tempfile::TempDir,
    store: Store,
    fetcher: Fetcher,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/store.db", folder.path().display());
        let store = Store::open(&url).await.unwrap();
        Self { folder, store, fetcher: Fetcher::new().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn config(&self, location: &str) -> SourceConfig {
        let toml = format!(
            "label = 'Joconde'\nkind = 'file'\nlocation = '{location}'\nmapping = 'joconde'\n\
             allow_private_addresses = true\nmasked = ['SECRET']\n[file]\nkey = ['REF']\npage_rows = 10\n\
             [politeness]\nattempts = 1"
        );
        let mut config: SourceConfig = toml::from_str(&toml).unwrap();
        config.id = domain::identifier::SourceId::new("joconde").unwrap();
        self.path().clone_into(&mut config.folder);
        config
    }

    async fn run(&self, config: &SourceConfig) -> Run {
        let cancel = CancellationToken::new();
        harvest(&self.store, &self.fetcher, config, None, Progress::silent(), cancel).await.unwrap()
    }

    async fn pages(&self, run: &Run) -> Vec<(i64, String, Vec<u8>)> {
        self.store.pages(run.run_id, 0, 10_000).await.unwrap()
    }
}

fn table(rows: std::ops::Range<u32>, title: &str) -> String {
    let rows: String = rows.map(|n| format!("000PE{n:06};{title} {n};hidden{n}\n")).collect();
    format!("REF;TITR;SECRET\n{rows}")
}

/// Created, updated, unchanged, deleted, quarantined; and that they add up to the rows.
fn counts(run: &Run) -> [i64; 5] {
    let c = run.counts;
    let counts = [c.created, c.updated, c.unchanged, c.deleted, c.quarantined];
    assert_eq!(c.rows, counts.iter().sum::<i64>(), "rows unaccounted for: {run:?}");
    counts
}

#[tokio::test]
async fn a_file_is_harvested_then_unchanged_then_followed_with_its_deletions() {
    let bench = Bench::new().await;
    let config = bench.config("rows.csv");
    bench.write("rows.csv", &(table(0..35, "Vue") + ";without reference;\nX;1;2;3\n"));
    let first = bench.run(&config).await;
    assert_eq!((first.status.as_str(), first.counts.pages), ("complete", 4));
    assert_eq!(counts(&first), [35, 0, 0, 0, 2]);
    let pages = bench.pages(&first).await;
    assert_eq!(pages[0].1, "rows.csv#row=1-10");
    let bodies: Vec<u8> = pages.iter().flat_map(|page| page.2.clone()).collect();
    let bodies = String::from_utf8(bodies).unwrap();
    assert!(bodies.starts_with("REF,TITR\n000PE000000,Vue 0\n"), "{bodies}");
    assert!(!bodies.contains("hidden"));

    let again = bench.run(&config).await;
    assert_eq!((again.status.as_str(), again.reason.as_deref()), ("complete", Some("unchanged")));
    assert_eq!(again.counts.pages, 0);

    bench.write(
        "rows.csv",
        &(table(0..5, "Vue") + table(5..10, "Autre").split_once('\n').unwrap().1),
    );
    let changed = bench.run(&config).await;
    assert_eq!(changed.status, "complete");
    assert_eq!(counts(&changed), [0, 5, 5, 0, 0]);

    bench.write("rows.csv", &table(0..35, "Vue"));
    let back = bench.run(&config).await;
    assert_eq!(counts(&back)[2], 5, "only those that never changed nor went: {back:?}");
}

#[tokio::test]
async fn a_file_that_is_no_longer_a_table_deletes_nothing() {
    let bench = Bench::new().await;
    let config = bench.config("rows.csv");
    bench.write("rows.csv", &table(0..20, "Vue"));
    bench.run(&config).await;
    for bad in ["<!doctype html>", "", "REF;TITR\n", "Other;Columns\n1;2\n", "REF;TITR\n;\n;b\n"] {
        bench.write("rows.csv", bad);
        let run = bench.run(&config).await;
        assert_ne!(run.status, "complete", "{bad:?}: {run:?}");
        assert!(run.reason.is_some());
    }
    std::fs::remove_file(bench.path().join("rows.csv")).unwrap();
    assert_eq!(bench.run(&config).await.status, "failed");
    bench.write("rows.csv", &table(0..20, "Vue"));
    let same = bench.run(&config).await;
    assert_eq!(same.reason.as_deref(), Some("unchanged"), "nothing was lost meanwhile: {same:?}");
}

#[tokio::test]
async fn a_harvest_dropped_at_any_moment_ends_in_the_same_store() {
    let text = table(0..400, "Vue") + "000PE000001;Vue again;\n;none;\n";
    let (calm, rough) = (Bench::new().await, Bench::new().await);
    calm.write("rows.csv", &text);
    rough.write("rows.csv", &text);
    let expected = calm.run(&calm.config("rows.csv")).await;
    let config = rough.config("rows.csv");
    let mut interruptions = 0;
    let run = loop {
        let patience = Duration::from_millis(3 + 7 * interruptions % 40);
        let cancel = CancellationToken::new();
        let work = harvest(&rough.store, &rough.fetcher, &config, None, Progress::silent(), cancel);
        match tokio::time::timeout(patience, work).await {
            Ok(run) => break run.unwrap(),
            Err(_) if interruptions < 200 => interruptions += 1,
            Err(_) => break rough.run(&config).await,
        }
    };
    assert_eq!((run.status.as_str(), run.counts), (expected.status.as_str(), expected.counts));
    assert_eq!(rough.pages(&run).await, calm.pages(&expected).await);
    assert_eq!(
        rough.store.quarantine_by_code(run.run_id).await.unwrap(),
        calm.store.quarantine_by_code(expected.run_id).await.unwrap()
    );
}

#[tokio::test]
async fn a_file_that_changes_while_its_run_is_open_is_read_anew() {
    let bench = Bench::new().await;
    let config = bench.config("rows.csv");
    bench.write("rows.csv", &table(0..20, "Vue"));
    let opened = passerelle::harvest::Session::open(
        bench.store.clone(),
        std::sync::Arc::new(config.clone()),
        config.mode,
        1,
    );
    let mut session = opened.await.unwrap();
    let old = session.run().run_id;
    let page = passerelle::harvest::RawPage {
        location: "rows.csv#row=1-10".to_owned(),
        checkpoint: Some(r#"{"fingerprint":"another","file":0,"offset":99,"rows":10}"#.to_owned()),
        ..Default::default()
    };
    session.commit(page).await.unwrap();
    session.settle().await.unwrap();
    drop(session);
    let run = bench.run(&config).await;
    assert_ne!(run.run_id, old);
    assert_eq!(counts(&run), [20, 0, 0, 0, 0]);
    let runs = bench.store.runs(Some("joconde"), 5).await.unwrap();
    let old = runs.iter().find(|run| run.run_id == old).unwrap();
    assert_eq!(old.status, "partial");
    assert!(old.reason.as_deref().unwrap().contains("changed"));
}

#[tokio::test]
async fn the_files_of_a_folder_are_one_source() {
    let bench = Bench::new().await;
    for (name, rows) in [("part-1.csv", 0..12), ("part-2.csv", 12..25), ("other.csv", 50..60)] {
        bench.write(name, &table(rows, "Vue"));
    }
    let run = bench.run(&bench.config("part-*.csv")).await;
    assert_eq!(counts(&run), [25, 0, 0, 0, 0]);
    let names: Vec<String> = bench.pages(&run).await.into_iter().map(|page| page.1).collect();
    assert_eq!(
        names,
        [
            "part-1.csv#row=1-10",
            "part-1.csv#row=11-12",
            "part-2.csv#row=1-10",
            "part-2.csv#row=11-13"
        ]
    );
}

#[tokio::test]
async fn a_file_at_a_url_is_asked_for_with_its_validators() {
    let bench = Bench::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = bench.config(&format!("http://{}/rows.csv", listener.local_addr().unwrap()));
    let router = axum::Router::new().route(
        "/rows.csv",
        axum::routing::get(|headers: HeaderMap| async move {
            let known = headers.get(header::IF_NONE_MATCH).is_some_and(|etag| etag == "\"v1\"");
            let status = if known { 304 } else { 200 };
            let body = if known { String::new() } else { table(0..20, "Vue") };
            (axum::http::StatusCode::from_u16(status).unwrap(), [(header::ETAG, "\"v1\"")], body)
        }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let first = bench.run(&config).await;
    assert_eq!(counts(&first), [20, 0, 0, 0, 0], "{first:?}");
    assert_eq!(bench.pages(&first).await[0].1, "rows.csv#row=1-10");
    let second = bench.run(&config).await;
    assert_eq!(second.reason.as_deref(), Some("unchanged"));
    let mut other = config.clone();
    other.masked.push("TITR".to_owned());
    let third = bench.run(&other).await;
    assert_eq!(counts(&third)[1], 20, "another way to read is not unchanged: {third:?}");
}

#[tokio::test]
async fn a_row_that_breaks_does_not_delete_the_record_that_it_was() {
    let bench = Bench::new().await;
    let config = bench.config("rows.csv");
    bench.write("rows.csv", &table(0..3, "Vue"));
    bench.run(&config).await;
    bench.write("rows.csv", "REF;TITR;SECRET\n000PE000000;Vue 0;x\n000PE000001;Vue; 1;x\n");
    let second = bench.run(&config).await;
    assert_eq!((second.status.as_str(), counts(&second)), ("complete", [0, 0, 1, 0, 1]));
    let deleted = async |id: &str| {
        bench.store.stored_source_record("joconde", id).await.unwrap().unwrap().deleted
    };
    assert!(!deleted("000PE000001").await, "its row is there, with a delimiter too many");
    assert!(deleted("000PE000002").await, "its row is gone");
}
