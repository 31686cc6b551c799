//! Harvests a partner over real HTTP on the loopback, with the faults that real servers have. The
//! partner is the provider side of `protocols` over a list in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::assigning_clones,
    clippy::single_match_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use domain::identifier::{ObjectId, SourceId};
use domain::provenance::Origin;
use passerelle::config::source::{HarvestMode, SourceConfig};
use passerelle::fetch::Fetcher;
use passerelle::harvest::{self, Session};
use passerelle::store::Store;
use passerelle::store::run::Run;
use protocols::oai_pmh::provider::RepositoryDescription;
use protocols::oai_pmh::provider::response::{Answer, Header, Record, Response};
use protocols::oai_pmh::provider::{ListPlan, Request, Row, request};
use protocols::oai_pmh::{ErrorCode, OaiError, Verb};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const KEY: &[u8] = b"key of the partner";

#[derive(Debug, Clone)]
struct Item {
    id: String,
    datestamp: i64,
    deleted: bool,
    title: String,
}

impl Row for Item {
    fn position(&self) -> (i64, &str) {
        (self.datestamp, &self.id)
    }
}

/// A repository in memory.
#[derive(Debug, Default)]
struct Partner {
    items: Mutex<Vec<Item>>,
    now: AtomicU64,
    requests: AtomicU64,
    /// The request of this number (from 1) answers `badResumptionToken`.
    refuse_token_at: AtomicU64,
    /// From this request on the harvest is cancelled.
    cancel_at: AtomicU64,
    cancel: Mutex<CancellationToken>,
}

impl Partner {
    fn with(items: usize) -> Arc<Self> {
        let partner = Self::default();
        partner.now.store(2_000_000, Ordering::SeqCst);
        *partner.items.lock().unwrap() = (0..items)
            .map(|n| Item {
                id: format!("item{n:03}"),
                datestamp: 1_000_000 + n as i64 / 3,
                deleted: n % 10 == 9,
                title: format!("Objet n° {n} <&>"),
            })
            .collect();
        Arc::new(partner)
    }

    fn answer(&self, query: &str) -> String {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.cancel_at.load(Ordering::SeqCst) {
            self.cancel.lock().unwrap().cancel();
        }
        let now = self.now.load(Ordering::SeqCst) as i64;
        let (request, arguments) = request::parse(query).unwrap();
        let answer = match request {
            Request::ListRecords(_) if number == self.refuse_token_at.load(Ordering::SeqCst) => {
                Err(vec![OaiError::new(ErrorCode::BadResumptionToken, "forgotten")])
            }
            Request::ListRecords(selection) => {
                let plan = ListPlan::new(Verb::ListRecords, selection, now - 1, KEY, now).unwrap();
                self.list(&plan, now)
            }
            _ => Ok(Answer::Identify(Box::new(RepositoryDescription {
                name: "Partenaire".to_owned(),
                admin_email: "a@partner.example.org".to_owned(),
                earliest_datestamp: 0,
                identifier_domain: "partner.example.org".to_owned(),
                sample_identifier: "oai:partner.example.org:item000".to_owned(),
                ..RepositoryDescription::default()
            }))),
        };
        Response {
            base_url: "http://partner.example.org/oai",
            response_date: now,
            arguments: &arguments,
            answer,
        }
        .write()
    }

    fn list(&self, plan: &ListPlan, now: i64) -> Result<Answer, Vec<OaiError>> {
        let mut rows: Vec<Item> = self.items.lock().unwrap().clone();
        rows.retain(|item| {
            item.datestamp <= plan.until && plan.from.is_none_or(|from| item.datestamp >= from)
        });
        rows.sort_by(|a, b| a.position().cmp(&b.position()));
        let size = rows.len() as u64;
        rows.retain(|item| {
            plan.after.as_ref().is_none_or(|(date, id)| item.position() > (*date, id.as_str()))
        });
        let more = ListPlan::cut(&mut rows, 10);
        if rows.is_empty() {
            return Err(vec![plan.no_records(true)]);
        }
        let token = plan.token(&rows, more, size, KEY, now);
        let records = rows
            .into_iter()
            .map(|item| Record {
                header: Header {
                    identifier: format!("oai:partner.example.org:{}", item.id),
                    datestamp: item.datestamp,
                    sets: Vec::new(),
                    deleted: item.deleted,
                },
                metadata: Some(format!(
                    "<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:rights>SECRET</dc:rights></oai_dc:dc>",
                    protocols::xml::write::escape(&item.title)
                )),
                about: String::new(),
            })
            .collect();
        Ok(Answer::Records(records, token))
    }
}

/// Serves the partner; returns its base URL.
async fn serve(partner: Arc<Partner>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let partner = Arc::clone(&partner);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read_exact(&mut byte).await.is_err() {
                        return;
                    }
                    head.extend(byte);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let query = head
                    .split_whitespace()
                    .nth(1)
                    .and_then(|path| path.split_once('?'))
                    .unwrap()
                    .1
                    .to_owned();
                let body = partner.answer(&query);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _sent = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    format!("http://{address}/oai")
}

struct Bench {
    store: Store,
    config: SourceConfig,
    partner: Arc<Partner>,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new(items: usize) -> Self {
        let partner = Partner::with(items);
        let url = serve(Arc::clone(&partner)).await;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display()))
            .await
            .unwrap();
        let mut config: SourceConfig = toml::from_str(&format!(
            "label = \"Partenaire\"\nkind = \"oai-pmh\"\nlocation = \"{url}\"\nformat = \"oai_dc\"\nmapping = \"oai_dc\"\nmasked = [\"dc:rights\"]\nallow_private_addresses = true\n"
        ))
        .unwrap();
        config.id = SourceId::new("partner").unwrap();
        Self { store, config, partner, _folder: folder }
    }

    async fn harvest(&self, mode: HarvestMode) -> Run {
        let cancel = CancellationToken::new();
        *self.partner.cancel.lock().unwrap() = cancel.clone();
        let session = Session::open(self.store.clone(), Arc::new(self.config.clone()), mode, 1)
            .await
            .unwrap();
        harvest::oai_pmh::run(session, &Fetcher::new().unwrap(), &self.config, &cancel)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn every_record_and_tombstone_of_a_partner_is_stored_and_masked_values_are_not() {
    let bench = Bench::new(95).await;
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!(run.status, "complete", "{:?}", run.reason);
    assert_eq!((run.counts.pages, run.counts.rows), (10, 95));
    assert_eq!((run.counts.created, run.counts.deleted, run.counts.quarantined), (86, 9, 0));
    for (_, location, body) in bench.store.pages(run.run_id, 0, 100).await.unwrap() {
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains("Objet n°") && !body.contains("SECRET"), "{location}");
    }
    let source = bench.store.source("partner").await.unwrap().unwrap();
    assert_eq!(source.harvested_until.as_deref(), Some("1970-01-24T03:33:20Z"));
}

#[tokio::test]
async fn an_incremental_harvest_asks_for_what_changed_since_the_last_one() {
    let bench = Bench::new(30).await;
    bench.harvest(HarvestMode::Full).await;
    let run = bench.harvest(HarvestMode::Incremental).await;
    assert_eq!((run.status.as_str(), run.counts.rows), ("complete", 0));
    {
        let mut items = bench.partner.items.lock().unwrap();
        items[3].datestamp = 2_000_000;
        items[3].title = "Autre titre".to_owned();
        items[4].datestamp = 2_000_001;
        items[4].deleted = true;
    }
    bench.partner.now.store(2_000_100, Ordering::SeqCst);
    let run = bench.harvest(HarvestMode::Incremental).await;
    assert_eq!(run.status, "complete", "{:?}", run.reason);
    assert_eq!((run.counts.rows, run.counts.updated, run.counts.deleted), (2, 1, 1));
}

#[tokio::test]
async fn a_stopped_harvest_goes_on_where_it_was() {
    let bench = Bench::new(95).await;
    bench.partner.cancel_at.store(5, Ordering::SeqCst);
    let stopped = bench.harvest(HarvestMode::Full).await;
    assert_eq!(stopped.status, "running");
    assert!(stopped.counts.pages < 10);
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!((run.run_id, run.status.as_str()), (stopped.run_id, "complete"));
    assert_eq!((run.counts.pages, run.counts.rows), (10, 95));
    // Identify and ten pages, and the one request that was under way.
    assert!(bench.partner.requests.load(Ordering::SeqCst) <= 12);
}

#[tokio::test]
async fn a_token_that_is_refused_once_is_asked_again_and_nothing_is_lost_or_doubled() {
    let bench = Bench::new(95).await;
    bench.partner.refuse_token_at.store(6, Ordering::SeqCst);
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!(run.status, "complete", "{:?}", run.reason);
    assert_eq!((run.counts.pages, run.counts.created), (10, 86));
}

#[tokio::test]
async fn a_source_that_is_suddenly_empty_takes_nothing_with_it() {
    let bench = Bench::new(30).await;
    bench.harvest(HarvestMode::Full).await;
    bench.partner.items.lock().unwrap().clear();
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!((run.status.as_str(), run.counts.deleted), ("partial", 0));
}

/// Reconciles and publishes everything; returns how many objects changed.
async fn publish(bench: &Bench, now: i64) -> u64 {
    let cancel = CancellationToken::new();
    passerelle::reconcile::run(&bench.store, &cancel).await.unwrap();
    let report = passerelle::publish::run(&bench.store, || now, &cancel).await.unwrap();
    report.created + report.updated + report.deleted + report.merged
}

/// The origin of the object of an item as published.
async fn origin_of(bench: &Bench, item: &str) -> Origin {
    let source = SourceId::new("partner").unwrap();
    let object = ObjectId::of(&source, &format!("oai:partner.example.org:{item}"));
    let row = bench.store.object(object.as_str()).await.unwrap().unwrap();
    *row.record.unwrap().members[0].origin.clone().unwrap()
}

#[tokio::test]
async fn a_partner_that_stamps_everything_anew_moves_nothing_and_an_origin_keeps_its_dates() {
    let bench = Bench::new(30).await;
    bench.harvest(HarvestMode::Full).await;
    assert_eq!(publish(&bench, 3_000_000).await, 27);
    let first = origin_of(&bench, "item003").await;
    assert_eq!(first.base_url, bench.config.location);
    assert_eq!(first.identifier, "oai:partner.example.org:item003");
    assert_eq!(first.datestamp, "1970-01-12T13:46:41Z");
    assert_eq!(first.metadata_namespace, "http://www.openarchives.org/OAI/2.0/oai_dc/");
    assert_eq!(first.harvest_date, "1970-01-24T03:33:20Z");
    assert!(first.masked && first.is_sound());

    bench.partner.now.store(2_500_000, Ordering::SeqCst);
    for item in bench.partner.items.lock().unwrap().iter_mut() {
        item.datestamp += 1_000_000;
    }
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!((run.counts.updated, run.counts.unchanged), (0, 30));
    assert_eq!(publish(&bench, 3_000_100).await, 0);
    assert_eq!(origin_of(&bench, "item003").await, first);

    bench.partner.items.lock().unwrap()[3].title = "Autre titre".to_owned();
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!((run.counts.updated, run.counts.unchanged), (1, 29));
    assert_eq!(publish(&bench, 3_000_200).await, 1);
    let renewed = origin_of(&bench, "item003").await;
    assert_eq!(renewed.harvest_date, "1970-01-29T22:26:40Z");
    assert_eq!(renewed.datestamp, "1970-01-24T03:33:21Z");
}

#[tokio::test]
async fn what_a_partner_sent_comes_out_of_its_page_without_what_was_masked() {
    let bench = Bench::new(30).await;
    bench.harvest(HarvestMode::Full).await;
    publish(&bench, 3_000_000).await;
    let source = SourceId::new("partner").unwrap();
    let object = ObjectId::of(&source, "oai:partner.example.org:item012");
    let rows = bench.store.received(&[object.as_str(), "no_such_object"]).await.unwrap();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let body = bench.store.page_body(row.page_id.unwrap()).await.unwrap().unwrap();
    let wanted = BTreeSet::from([row.source_record.local_id.clone()]);
    let found = protocols::formats::raw::metadata_in(&body, &wanted, &|_| false);
    let [metadata] = found.values().collect::<Vec<_>>()[..] else { panic!("{found:?}") };
    assert!(metadata.xml.contains("Objet n° 12 &lt;&amp;&gt;") && !metadata.xml.contains("SECRET"));
    assert_eq!(bench.store.page_body(999_999).await.unwrap(), None);
}
