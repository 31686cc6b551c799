//! A gateway without a network: records go in by pages, objects come out of the log.

use domain::record::{Kind, Link, LinkKind, Property, Record, Value};
use domain::rights::ImageRight;
use domain::source_record::{Field, SourceRecord};
use passerelle::publish::{self, PublishReport};
use passerelle::reconcile;
use passerelle::store::Store;
use passerelle::store::object::{ObjectQuery, ObjectRow, ObjectStatus};
use passerelle::store::run::{IncomingRecord, PageCommit, RunEnd};
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_util::sync::CancellationToken;

/// The store and a clock that moves when told.
pub(crate) struct World {
    pub(crate) store: Store,
    clock: AtomicI64,
}

impl World {
    /// Sources `joconde`, `palissy`, `merimee`, `memoire`, `museofile` and, less trusted, `partner`.
    pub(crate) async fn new(store: Store) -> Self {
        for (source_id, trust) in [
            ("joconde", 10),
            ("palissy", 10),
            ("merimee", 10),
            ("memoire", 10),
            ("museofile", 10),
            ("partner", 50),
        ] {
            let mut source = crate::bench::source(source_id);
            source.trust = trust;
            source.label = format!("Label of {source_id}");
            store.upsert_source(&source, 1).await.unwrap();
        }
        Self { store, clock: AtomicI64::new(1_000) }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    pub(crate) fn set_clock(&self, now: i64) {
        self.clock.store(now, Ordering::Relaxed);
    }

    /// Harvests records of one source.
    pub(crate) async fn put(&self, source: &str, records: Vec<(&str, Option<Record>)>) {
        let records = records.into_iter().map(|(id, record)| incoming(id, record)).collect();
        self.put_incoming(source, records).await;
    }

    pub(crate) async fn put_incoming(&self, source: &str, records: Vec<IncomingRecord>) {
        let run = self.store.start_run(source, "incremental", self.now()).await.unwrap();
        let page = PageCommit {
            seen: Vec::new(),
            hold_deletions: false,
            replayed: None,
            run_id: run.run_id,
            source_id: source.to_owned(),
            number: 1,
            location: "here".to_owned(),
            body: Vec::new(),
            records,
            quarantined: Vec::new(),
            checkpoint: None,
            now: self.now(),
        };
        self.store.commit_page(&page).await.unwrap();
        self.store.finish_run(run.run_id, &RunEnd::Complete, self.now()).await.unwrap();
    }

    /// Reconciles and publishes, a minute later than the last time.
    pub(crate) async fn settle(&self) -> PublishReport {
        self.clock.fetch_add(60, Ordering::Relaxed);
        self.settle_now().await
    }

    pub(crate) async fn settle_now(&self) -> PublishReport {
        let cancel = CancellationToken::new();
        reconcile::run(&self.store, &cancel).await.unwrap();
        publish::run(&self.store, || self.now(), &cancel).await.unwrap()
    }

    pub(crate) async fn object(&self, id: &str) -> ObjectRow {
        self.store.object(id).await.unwrap().unwrap_or_else(|| panic!("no object {id}"))
    }

    /// `id status` of every object, by id; redirects as `id -> other`.
    pub(crate) async fn objects(&self) -> Vec<String> {
        let query = ObjectQuery { until: i64::MAX, limit: 1_000, ..ObjectQuery::default() };
        let mut all: Vec<String> = self
            .store
            .list_objects(&query)
            .await
            .unwrap()
            .into_iter()
            .map(|object| match object.status {
                ObjectStatus::Live => format!("{} live", object.object_id),
                ObjectStatus::Deleted => format!("{} deleted", object.object_id),
                ObjectStatus::Merged(to) => format!("{} -> {to}", object.object_id),
            })
            .collect();
        all.sort();
        all
    }

    pub(crate) async fn record_id(&self, source: &str, local_id: &str) -> i64 {
        self.store.stored_source_record(source, local_id).await.unwrap().unwrap().record_id
    }
}

pub(crate) fn incoming(local_id: &str, record: Option<Record>) -> IncomingRecord {
    let deleted = record.is_none();
    let record = record.unwrap_or_else(|| Record::new(Kind::Other));
    IncomingRecord {
        position: 0,
        source_record: SourceRecord {
            local_id: local_id.to_owned(),
            deleted,
            datestamp: None,
            sets: Vec::new(),
            origin: None,
            fields: vec![Field::new("REF", local_id)],
        },
        content_hash: serde_json::to_string(&record).unwrap(),
        record,
        issues: Vec::new(),
    }
}

/// A record with a title, named `ref:{name}`, whose image may be shown.
pub(crate) fn record(kind: Kind, name: &str, title: &str) -> Record {
    let mut record = Record::new(kind);
    record.push(Property::Title, Value::plain(title));
    record.names.push(format!("ref:{name}"));
    record.rights.image = ImageRight::Full;
    record
}

pub(crate) trait With {
    fn key(self, key: &str) -> Self;
    fn link(self, kind: LinkKind, target: &str) -> Self;
    fn candidate(self, target: &str) -> Self;
}

impl With for Record {
    fn key(mut self, key: &str) -> Self {
        self.certain_keys.push(key.to_owned());
        self
    }

    fn link(mut self, kind: LinkKind, target: &str) -> Self {
        self.links.push(Link { kind, target: target.to_owned() });
        self
    }

    fn candidate(mut self, target: &str) -> Self {
        self.candidate_targets.push(target.to_owned());
        self
    }
}
