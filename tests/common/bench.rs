//! A database for one test, and what to put into it.
//!
//! Use beside [`super::postgres`]: `#[macro_use] #[path = "common/bench.rs"] mod bench;`.

use domain::issue::Issue;
use domain::record::{ImageRef, Kind, Link, LinkKind, Property, Record, Value};
use domain::source_record::{Field, SourceRecord};
use passerelle::store::Store;
use passerelle::store::run::{IncomingRecord, PageCommit, Quarantined, SourceRow};

/// Writes each test body once and runs it on both databases; without PostgreSQL the second says
/// that it was skipped.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($bench:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "not every body needs everything")]
            use super::*;

            $(#[$meta])*
            async fn body($bench: $crate::bench::Bench) $body

            #[tokio::test]
            async fn on_sqlite() {
                body($crate::bench::Bench::sqlite()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                match $crate::postgres::fresh_database().await {
                    Ok(url) => body($crate::bench::Bench::of_url(url)).await,
                    Err(reason) => eprintln!("skipped: {reason}"),
                }
            }
        }
    )* };
}

/// A database of one test.
pub(crate) struct Bench {
    /// Its URL.
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Bench {
    /// An embedded database in a temporary folder.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/data/store.db", folder.path().display());
        Self { url, _folder: Some(folder) }
    }

    /// The database at that URL.
    pub(crate) fn of_url(url: String) -> Self {
        Self { url, _folder: None }
    }

    /// Opens it, schema up to date.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn execute(&self, sql: &'static str) {
        use sqlx::Connection as _;
        let url = self.url.replace("sqlite:", "sqlite://");
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }

    /// Opens it with one source, `joconde`.
    pub(crate) async fn with_source(&self) -> Store {
        let store = self.open().await;
        store.upsert_source(&source("joconde"), 1).await.unwrap();
        store
    }
}

/// A source.
pub(crate) fn source(source_id: &str) -> SourceRow {
    SourceRow {
        source_id: source_id.to_owned(),
        base: source_id.to_owned(),
        label: "Joconde".to_owned(),
        kind: "file".to_owned(),
        trust: 10,
        settings: "{}".to_owned(),
        etag: None,
        last_modified: None,
        harvested_until: None,
    }
}

/// A record with a name, a key, a link, an image and an issue; `title` is its content.
pub(crate) fn incoming(local_id: &str, title: &str) -> IncomingRecord {
    let mut record = Record::new(Kind::MuseumObject);
    record.push(Property::Title, Value::plain(title));
    record.names = vec![format!("ref:{local_id}"), format!("title:{title}")];
    record.certain_keys = vec![format!("same:inv:{title}")];
    record.links = vec![Link { kind: LinkKind::HeldBy, target: format!("museo:{title}") }];
    record.images = vec![image(&format!("{local_id}.jpg"))];
    IncomingRecord {
        position: 0,
        source_record: SourceRecord {
            local_id: local_id.to_owned(),
            deleted: false,
            datestamp: Some("2024-01-01".to_owned()),
            sets: vec!["a:b".to_owned()],
            origin: None,
            fields: vec![Field::new("REF", local_id), Field::new("TITR", title)],
        },
        record,
        issues: vec![Issue::new("odd_title", "TITR", title)],
        content_hash: format!("hash of {title}"),
    }
}

/// An image at a location.
pub(crate) fn image(location: &str) -> ImageRef {
    ImageRef { location: location.to_owned(), credit: None, label: None }
}

/// The same record, deleted at the source.
pub(crate) fn deleted(local_id: &str) -> IncomingRecord {
    let mut incoming = incoming(local_id, "");
    incoming.source_record.deleted = true;
    incoming.source_record.fields.clear();
    incoming
}

/// A page of `joconde`.
pub(crate) fn page(run_id: i64, number: i64, mut records: Vec<IncomingRecord>) -> PageCommit {
    for (position, record) in (0..).zip(&mut records) {
        record.position = position;
    }
    PageCommit {
        seen: Vec::new(),
        hold_deletions: false,
        replayed: None,
        run_id,
        source_id: "joconde".to_owned(),
        number,
        location: format!("joconde.csv rows {number}"),
        body: format!("page {number}").into_bytes(),
        records,
        quarantined: Vec::new(),
        checkpoint: Some(format!("{{\"next\":{}}}", number + 1)),
        now: 100 + number,
    }
}

/// A row that could not be read.
pub(crate) fn unreadable(position: i64) -> Quarantined {
    Quarantined::new(position, "row_too_long", "row 7: 3 columns too many", b"a;b\0;c")
}
