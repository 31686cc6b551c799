//! How harvests end: verdicts, chains of runs, what is deleted by absence, what the brake holds
//! back, when a source may be asked again, and replay. The partner is a list in memory behind real
//! HTTP on the loopback.

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

use domain::identifier::SourceId;
use passerelle::config::source::{HarvestMode, SourceConfig};
use passerelle::fetch::{Fetcher, retry};
use passerelle::harvest::{self, HarvestError, Progress, replay};
use passerelle::store::Store;
use passerelle::store::run::Run;
use protocols::oai_pmh::client::Verdict;
use protocols::oai_pmh::datestamp;
use protocols::oai_pmh::{Datestamp, Granularity};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Second of the epoch of the first datestamp.
const START: i64 = 1_600_000_000;
/// Records a page.
const PAGE: usize = 10;

#[derive(Debug, Clone)]
struct Item {
    id: String,
    stamp: i64,
    deleted: bool,
    title: String,
}

/// What the partner does besides answering.
#[derive(Debug, Clone, Default)]
struct Mood {
    /// `deletedRecord`.
    deleted_record: &'static str,
    /// Requests from this number on get this status and `Retry-After`.
    busy: Option<(usize, u16, Option<&'static str>)>,
    /// Requests from this number on get no answer.
    silent_from: Option<usize>,
    /// Tokens are refused from this page on, for ever.
    refuses_from: Option<usize>,
    /// Milliseconds before an answer.
    slow_ms: u64,
}

#[derive(Debug, Default)]
struct Partner {
    items: Mutex<Vec<Item>>,
    mood: Mutex<Mood>,
    requests: Mutex<Vec<String>>,
    /// Heads of the requests.
    heads: Mutex<Vec<String>>,
    at_once: Mutex<(usize, usize)>,
}

fn argument(query: &str, name: &str) -> Option<String> {
    let value = query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
}

impl Partner {
    fn with(items: usize) -> Arc<Self> {
        let partner = Self::default();
        *partner.items.lock().unwrap() = (0..items)
            .map(|n| Item {
                id: format!("oai:p:{n:04}"),
                stamp: START + n as i64 * 60,
                deleted: false,
                title: format!("Objet {n}"),
            })
            .collect();
        partner.mood.lock().unwrap().deleted_record = "persistent";
        Arc::new(partner)
    }

    fn mood(&self, change: impl FnOnce(&mut Mood)) {
        change(&mut self.mood.lock().unwrap());
    }

    fn items(&self, change: impl FnOnce(&mut Vec<Item>)) {
        change(&mut self.items.lock().unwrap());
    }

    /// Status, `Retry-After` and body; none: the connection is closed.
    fn answer(&self, query: &str) -> Option<(u16, Option<&'static str>, String)> {
        let number = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(query.to_owned());
            requests.len()
        };
        let mood = self.mood.lock().unwrap().clone();
        if mood.silent_from.is_some_and(|from| number >= from) {
            return None;
        }
        if let Some((_, status, after)) = mood.busy.filter(|(from, ..)| number >= *from) {
            return Some((status, after, String::new()));
        }
        let error = |code: &str| format!("<error code=\"{code}\">said</error>");
        let verb = argument(query, "verb").unwrap();
        let content = match verb.as_str() {
            "Identify" => format!(
                "<Identify><earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>{}</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>",
                mood.deleted_record
            ),
            "GetRecord" => {
                let id = argument(query, "identifier").unwrap();
                let items = self.items.lock().unwrap();
                items.iter().find(|item| item.id == id).map_or_else(
                    || error("idDoesNotExist"),
                    |item| format!("<GetRecord>{}</GetRecord>", record(item)),
                )
            }
            _ => self.list(query, &verb, mood.refuses_from).unwrap_or_else(error),
        };
        let body = format!(
            "<?xml version=\"1.0\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2021-01-01T00:00:00Z</responseDate>{content}</OAI-PMH>"
        );
        Some((200, None, body))
    }

    fn list(
        &self,
        query: &str,
        verb: &str,
        refuses: Option<usize>,
    ) -> Result<String, &'static str> {
        let token = argument(query, "resumptionToken").unwrap_or_else(|| {
            let bound = |name| argument(query, name).unwrap_or_default();
            format!("{}|{}|0", bound("from"), bound("until"))
        });
        let parts: Vec<&str> = token.split('|').collect();
        let from = Datestamp::parse(parts[0]).map_or(i64::MIN, |stamp| stamp.seconds);
        let until = Datestamp::parse(parts[1]).map_or(i64::MAX, Datestamp::last_second);
        let page: usize = parts[2].parse().unwrap();
        if page > 0 && refuses.is_some_and(|from| page >= from) {
            return Err("badResumptionToken");
        }
        let mut all = self.items.lock().unwrap().clone();
        all.retain(|item| (from..=until).contains(&item.stamp));
        all.sort_by_key(|item| (item.stamp, item.id.clone()));
        if all.is_empty() {
            return Err("noRecordsMatch");
        }
        let mut content = format!("<{verb}>");
        for item in all.iter().skip(page * PAGE).take(PAGE) {
            content.push_str(&if verb == "ListRecords" { record(item) } else { header(item) });
        }
        let more = (page + 1) * PAGE < all.len();
        let token =
            if more { format!("{}|{}|{}", parts[0], parts[1], page + 1) } else { String::new() };
        let size = all.len();
        write!(
            content,
            "<resumptionToken completeListSize=\"{size}\">{token}</resumptionToken></{verb}>"
        )
        .unwrap();
        Ok(content)
    }

    /// Serves the partner; returns its base URL.
    async fn serve(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let partner = Arc::clone(self);
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
                    {
                        let mut at_once = partner.at_once.lock().unwrap();
                        at_once.0 += 1;
                        at_once.1 = at_once.1.max(at_once.0);
                    }
                    let head = String::from_utf8_lossy(&head).into_owned();
                    let query =
                        head.split_whitespace().nth(1).and_then(|path| path.split_once('?'));
                    let answer = partner.answer(query.unwrap().1);
                    partner.heads.lock().unwrap().push(head.clone());
                    let slow = partner.mood.lock().unwrap().slow_ms;
                    tokio::time::sleep(Duration::from_millis(slow)).await;
                    partner.at_once.lock().unwrap().0 -= 1;
                    let Some((status, after, body)) = answer else { return };
                    let after =
                        after.map_or_else(String::new, |after| format!("Retry-After: {after}\r\n"));
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\n{after}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _sent = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        format!("http://{address}/oai")
    }
}

fn header(item: &Item) -> String {
    let stamp = datestamp::format(item.stamp, Granularity::Second);
    let status = if item.deleted { " status=\"deleted\"" } else { "" };
    format!(
        "<header{status}><identifier>{}</identifier><datestamp>{stamp}</datestamp></header>",
        item.id
    )
}

fn record(item: &Item) -> String {
    let metadata = format!(
        "<metadata><dc xmlns=\"http://www.openarchives.org/OAI/2.0/oai_dc/\"><title xmlns=\"http://purl.org/dc/elements/1.1/\">{}</title></dc></metadata>",
        item.title
    );
    let metadata = if item.deleted { String::new() } else { metadata };
    format!("<record>{}{metadata}</record>", header(item))
}

struct Bench {
    store: Store,
    fetcher: Fetcher,
    config: SourceConfig,
    partner: Arc<Partner>,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new(items: usize, settings: &str) -> Self {
        let partner = Partner::with(items);
        let config = config("partner", &partner.serve().await, settings);
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::open(&url).await.unwrap();
        // Nobody wants to wait for pauses between attempts.
        let fetcher = Fetcher::with_pause(|_| Box::pin(tokio::task::yield_now())).unwrap();
        Self { store, fetcher, config, partner, _folder: folder }
    }

    async fn try_harvest(&self, mode: HarvestMode) -> Result<Run, HarvestError> {
        let cancel = CancellationToken::new();
        harvest::harvest(
            &self.store,
            &self.fetcher,
            &self.config,
            Some(mode),
            Progress::silent(),
            cancel,
        )
        .await
    }

    async fn harvest(&self, mode: HarvestMode) -> Run {
        self.try_harvest(mode).await.unwrap()
    }

    /// Identifiers of the live records.
    async fn live(&self, items: usize) -> Vec<String> {
        let mut live = Vec::new();
        for n in 0..items {
            let id = format!("oai:p:{n:04}");
            let stored = self.store.stored_source_record("partner", &id).await.unwrap();
            if stored.is_some_and(|stored| !stored.deleted) {
                live.push(id);
            }
        }
        live
    }
}

fn config(id: &str, url: &str, settings: &str) -> SourceConfig {
    let mut config: SourceConfig = toml::from_str(&format!(
        "label = 'P'\nkind = 'oai-pmh'\nlocation = '{url}'\nformat = 'oai_dc'\nmapping = 'oai_dc'\nallow_private_addresses = true\n{settings}"
    ))
    .unwrap();
    config.id = SourceId::new(id).unwrap();
    config
}

fn verdict(run: &Run) -> Verdict {
    serde_json::from_str(run.verdict.as_deref().unwrap()).unwrap()
}

#[tokio::test]
async fn a_complete_run_says_what_it_knows() {
    let bench = Bench::new(25, "").await;
    let run = bench.harvest(HarvestMode::Full).await;
    let verdict = verdict(&run);
    assert_eq!((run.status.as_str(), verdict.status.as_str()), ("complete", "complete"));
    assert_eq!((verdict.pages, verdict.received, verdict.requests), (3, 25, 4));
    assert_eq!((verdict.distinct, verdict.declared), (Some(25), Some(25)));
    assert!(verdict.whole && verdict.gaps.is_empty());
}

#[tokio::test]
async fn a_run_past_its_budget_is_partial_and_the_next_ones_bring_the_rest_and_the_deletions() {
    let bench = Bench::new(65, "[harvest]\nmax_pages = 3").await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(bench.harvest(HarvestMode::Full).await);
    }
    let ends: Vec<_> = runs.iter().map(|run| (run.status.as_str(), run.root_run_id)).collect();
    let root = runs[0].run_id;
    assert_eq!(ends, [("partial", root), ("partial", root), ("complete", root)]);
    assert_eq!(verdict(&runs[0]).code.as_deref(), Some("budget"));
    assert_eq!(verdict(&runs[2]).distinct, Some(65));
    // Deleted by absence is what no run of the chain saw.
    bench.partner.items(|items| items.truncate(60));
    let mut last = bench.harvest(HarvestMode::Full).await;
    assert_eq!(last.status, "partial");
    assert_eq!(bench.live(65).await.len(), 65, "half a list deletes nothing");
    while last.status == "partial" {
        last = bench.harvest(HarvestMode::Full).await;
    }
    assert_eq!(bench.live(65).await.len(), 60);
}

#[tokio::test]
async fn a_partner_that_falls_silent_leaves_a_run_that_the_next_one_goes_on_with() {
    let bench = Bench::new(95, "").await;
    bench.partner.mood(|mood| mood.silent_from = Some(6));
    let stopped = bench.harvest(HarvestMode::Full).await;
    assert_eq!(verdict(&stopped).code.as_deref(), Some("transport"), "{:?}", stopped.reason);
    assert_eq!(stopped.counts.pages, 4);
    bench.partner.mood(|mood| mood.silent_from = None);
    let before = bench.partner.requests.lock().unwrap().len();
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!((run.status.as_str(), run.counts.pages), ("complete", 6), "{:?}", run.reason);
    assert_eq!(bench.partner.requests.lock().unwrap().len() - before, 6, "no page twice");
    assert_eq!(bench.live(95).await.len(), 95);
}

#[tokio::test]
async fn tokens_that_expire_for_ever_are_healed_by_windows() {
    let bench = Bench::new(95, "").await;
    bench.partner.mood(|mood| mood.refuses_from = Some(2));
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!(run.status, "complete", "{:?} {:?}", run.reason, verdict(&run));
    assert_eq!(bench.live(95).await.len(), 95);
    assert!(verdict(&run).notes.iter().any(|note| note.contains("refused after")));
}

#[tokio::test]
async fn a_source_that_asks_to_wait_is_not_asked_before_whatever_restarts() {
    for (status, after) in [(503, "86400"), (429, "Fri, 31 Dec 2100 23:59:59 GMT")] {
        let bench = Bench::new(95, "").await;
        bench.partner.mood(|mood| mood.busy = Some((4, status, Some(after))));
        let run = bench.harvest(HarvestMode::Full).await;
        assert_eq!((run.status.as_str(), run.counts.pages), ("partial", 2), "{:?}", run.reason);
        assert_eq!(verdict(&run).code.as_deref(), Some("later"));
        let asked = bench.partner.requests.lock().unwrap().len();
        assert_eq!(asked, 4, "asked once, and believed");
        let error = bench.try_harvest(HarvestMode::Full).await.unwrap_err();
        assert!(matches!(error, HarvestError::NotBefore { .. }), "{error}");
        assert_eq!(bench.partner.requests.lock().unwrap().len(), asked);
        bench.partner.mood(|mood| mood.busy = None);
        bench.store.set_not_before("partner", Some(1)).await.unwrap();
        let run = bench.harvest(HarvestMode::Full).await;
        assert_eq!((run.status.as_str(), run.counts.pages), ("complete", 8));
    }
    assert!(retry::LONGEST_ASKED < Duration::from_hours(24));
}

#[tokio::test]
async fn a_short_wait_is_waited_and_a_refusal_stops() {
    let bench = Bench::new(25, "").await;
    bench.partner.mood(|mood| mood.busy = Some((3, 403, None)));
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!(verdict(&run).code.as_deref(), Some("refused"));
    assert_eq!(bench.partner.requests.lock().unwrap().len(), 3, "403 is not tried again");
    let bench = Bench::new(25, "").await;
    bench.partner.mood(|mood| mood.busy = Some((1, 404, None)));
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!((run.status.as_str(), verdict(&run).code.as_deref()), ("failed", Some("gone")));
}

#[tokio::test]
async fn what_is_absent_from_a_source_without_tombstones_is_found_by_its_identifiers() {
    let bench = Bench::new(95, "[harvest]\nabsence_check = '7d'").await;
    bench.partner.mood(|mood| mood.deleted_record = "no");
    bench.harvest(HarvestMode::Incremental).await;
    bench.partner.items(|items| {
        items.remove(50);
        items.remove(7);
    });
    // Not due: nothing is compared, nothing deleted.
    let run = bench.harvest(HarvestMode::Incremental).await;
    assert_eq!(run.status, "complete", "{:?}", run.reason);
    assert_eq!(bench.live(95).await.len(), 95);
    bench.store.set_absence_checked("partner", 1).await.unwrap();
    // A record that appeared without a datestamp of its time is found too.
    bench.partner.items(|items| {
        let item =
            Item { id: "oai:p:0095".into(), stamp: START, deleted: false, title: "Tard".into() };
        items.push(item);
    });
    let run = bench.harvest(HarvestMode::Incremental).await;
    assert_eq!(run.status, "complete", "{:?}", run.reason);
    assert!(verdict(&run).absence_checked);
    let live = bench.live(96).await;
    assert_eq!(live.len(), 94);
    assert!(live.contains(&"oai:p:0095".to_owned()) && !live.contains(&"oai:p:0007".to_owned()));
}

#[tokio::test]
async fn the_brake_holds_a_mass_deletion_until_it_is_released() {
    let bench = Bench::new(95, "[harvest]\nbrake = '20%'\nbrake_minimum = 5").await;
    bench.harvest(HarvestMode::Full).await;
    let all = bench.partner.items.lock().unwrap().clone();
    bench.partner.items(|items| items.truncate(40));
    for _ in 0..2 {
        let run = bench.harvest(HarvestMode::Full).await;
        assert_eq!(verdict(&run).code.as_deref(), Some("brake"), "{:?}", run.reason);
        assert_eq!((run.status.as_str(), verdict(&run).held), ("partial", 55));
        assert_eq!(bench.live(95).await.len(), 95);
    }
    // What comes back is no longer to be deleted.
    bench.partner.items(|items| items.extend(all[40..90].iter().cloned()));
    bench.harvest(HarvestMode::Full).await;
    assert_eq!(bench.store.held_deletions("partner").await.unwrap(), 5);
    assert_eq!(bench.live(95).await.len(), 95);
    let released =
        bench.store.release_held("partner", "M. Martin", "they are gone", 9).await.unwrap();
    assert_eq!((released, bench.live(95).await.len()), (5, 90));
    let run = bench.harvest(HarvestMode::Full).await;
    assert_eq!(run.status, "complete", "{:?}", run.reason);
}

#[tokio::test]
async fn the_brake_holds_a_flood_of_tombstones_too() {
    let bench = Bench::new(95, "[harvest]\nbrake = '20%'\nbrake_minimum = 5").await;
    bench.harvest(HarvestMode::Incremental).await;
    let delete = |items: &mut Vec<Item>, count: usize| {
        for item in items.iter_mut().take(count) {
            (item.deleted, item.stamp) = (true, 1_609_459_300);
        }
    };
    bench.partner.items(|items| delete(items, 19));
    let run = bench.harvest(HarvestMode::Incremental).await;
    assert_eq!((run.status.as_str(), run.counts.deleted), ("complete", 19), "{:?}", run.reason);
    assert_eq!(bench.live(95).await.len(), 76);
    bench.partner.items(|items| delete(items, 60));
    let run = bench.harvest(HarvestMode::Incremental).await;
    assert_eq!(verdict(&run).code.as_deref(), Some("brake"), "{:?}", run.reason);
    assert_eq!(bench.live(95).await.len(), 76);
    bench.store.release_held("partner", "M. Martin", "they are gone", 9).await.unwrap();
    assert_eq!(bench.live(95).await.len(), 35);
    assert_eq!(bench.harvest(HarvestMode::Incremental).await.status, "complete");
}

#[tokio::test]
async fn a_replay_touches_neither_the_partner_nor_what_comes_out_the_same() {
    let mut bench = Bench::new(35, "").await;
    bench.harvest(HarvestMode::Full).await;
    bench.partner.items(|items| {
        items[3].title = "Autre titre".to_owned();
        items[3].stamp = 1_609_459_300;
        items[4].deleted = true;
        items[4].stamp = 1_609_459_300;
    });
    bench.harvest(HarvestMode::Incremental).await;
    let stored = |id: &'static str| {
        let store = bench.store.clone();
        async move { store.stored_source_record("partner", id).await.unwrap().unwrap() }
    };
    let before = stored("oai:p:0003").await;
    let asked = bench.partner.requests.lock().unwrap().len();
    let cancel = CancellationToken::new();
    let run = replay::replay(&bench.store, &bench.config, None, Progress::silent(), &cancel)
        .await
        .unwrap();
    assert_eq!((run.status.as_str(), run.mode.as_str()), ("complete", "replay"));
    assert_eq!((run.counts.updated, run.counts.created, run.counts.deleted), (0, 0, 0));
    assert_eq!(run.counts.unchanged, 35);
    let after = stored("oai:p:0003").await;
    assert_eq!(
        (after.changed_at, after.source_record.get("dc:title")),
        (before.changed_at, Some("Autre titre"))
    );
    assert!(stored("oai:p:0004").await.deleted);
    // Another mapping: every live record comes out otherwise, from its newest page.
    bench.config.data_provider = Some("Musée".to_owned());
    let run = replay::replay(&bench.store, &bench.config, None, Progress::silent(), &cancel)
        .await
        .unwrap();
    assert_eq!((run.counts.updated, run.counts.unchanged), (34, 1));
    assert_eq!(bench.partner.requests.lock().unwrap().len(), asked, "the partner was not asked");
    assert_eq!(bench.store.pages(run.run_id, 0, 10).await.unwrap().len(), 0, "no page twice");
}

#[tokio::test]
async fn many_sources_at_once_never_ask_one_host_twice_at_a_time_and_all_come_to_their_end() {
    let bench = Bench::new(0, "").await;
    let mut partners = Vec::new();
    let mut tasks = Vec::new();
    for p in 0..4 {
        let partner = Partner::with(30);
        partner.mood(|mood| mood.slow_ms = 5);
        let url = partner.serve().await;
        for s in 0..4 {
            let config = config(&format!("source{p}x{s}"), &url, "");
            let (store, fetcher) = (bench.store.clone(), bench.fetcher.clone());
            tasks.push(tokio::spawn(async move {
                let cancel = CancellationToken::new();
                harvest::harvest(&store, &fetcher, &config, None, Progress::silent(), cancel).await
            }));
        }
        partners.push(partner);
    }
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().status, "complete");
    }
    for partner in partners {
        assert_eq!(partner.at_once.lock().unwrap().1, 1, "one request at a time");
        // Turns go round: in every stretch each source has had its share.
        let requests = partner.requests.lock().unwrap();
        let first = requests.iter().filter(|query| query.contains("Identify")).count();
        assert_eq!((requests.len(), first), (16, 4));
    }
}

#[tokio::test]
async fn a_partner_sees_who_asks_and_may_compress() {
    let contact = passerelle::fetch::Contact {
        url: Some("https://passerelle.test".to_owned()),
        email: Some("oai@passerelle.test".to_owned()),
    };
    let mut bench = Bench::new(5, "").await;
    bench.fetcher = Fetcher::of(contact).unwrap();
    bench.harvest(HarvestMode::Full).await;
    let head = bench.partner.heads.lock().unwrap()[0].to_lowercase();
    assert!(head.contains("(+https://passerelle.test; mailto:oai@passerelle.test)"), "{head}");
    assert!(head.contains("from: oai@passerelle.test"), "{head}");
    assert!(head.contains("accept-encoding: gzip;q=1.0, identity;q=0.5"), "{head}");
}
