//! A partner made of documents, and a store that harvests it.

use domain::identifier::SourceId;
use domain::source_record::SourceRecord;
use passerelle::config::source::{HarvestMode, SourceConfig};
use passerelle::fetch::Fetcher;
use passerelle::harvest::{self, Progress};
use passerelle::store::Store;
use passerelle::store::run::Run;
use protocols::oai_pmh::client::Verdict;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

type Answer = dyn Fn(&str) -> (u16, String) + Send + Sync;

/// Answers by path and query.
pub(crate) struct Partner {
    answer: Mutex<Arc<Answer>>,
    requests: Mutex<Vec<String>>,
    /// When the request of that number comes, this is cancelled.
    kill: Mutex<Option<(usize, CancellationToken)>>,
}

impl Partner {
    pub(crate) fn answers(&self, answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Paths asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read_exact(&mut byte).await.is_err() {
                    break;
                }
                head.extend(byte);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let Some(path) = head.split_whitespace().nth(1) else { continue };
            let count = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(path.to_owned());
                requests.len()
            };
            if let Some((at, token)) = &*self.kill.lock().unwrap()
                && count >= *at
            {
                token.cancel();
            }
            let answer = Arc::clone(&self.answer.lock().unwrap());
            let (status, body) = answer(path);
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _sent = stream.write_all(answer.as_bytes()).await;
        }
    }
}

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) partner: Arc<Partner>,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    fetcher: Fetcher,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let partner = Arc::new(Partner {
            answer: Mutex::new(Arc::new(|_| (404, String::new()))),
            requests: Mutex::default(),
            kill: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&partner).serve(listener));
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::open(&database).await.unwrap();
        // Nobody wants to wait for pauses between attempts.
        let fetcher = Fetcher::with_pause(|_| Box::pin(tokio::task::yield_now())).unwrap();
        Self { store, partner, url, fetcher, folder }
    }

    /// A schedule as the loader reads it; `{url}` is the partner.
    pub(crate) fn config(&self, text: &str) -> SourceConfig {
        let text = format!("label = 'P'\nallow_private_addresses = true\n{text}");
        let file = self.folder.path().join("partner.toml");
        std::fs::write(&file, text.replace("{url}", &self.url)).unwrap();
        let config = passerelle::config::load::load_file(&file).unwrap();
        assert_eq!(config.id, SourceId::new("partner").unwrap());
        config
    }

    pub(crate) async fn harvest(&self, config: &SourceConfig, mode: HarvestMode) -> Run {
        self.harvest_until(config, mode, CancellationToken::new()).await
    }

    /// A harvest that is asked to stop when its request of that number arrives.
    pub(crate) async fn harvest_killed_at(&self, config: &SourceConfig, request: usize) -> Run {
        let token = CancellationToken::new();
        self.partner.requests();
        *self.partner.kill.lock().unwrap() = Some((request, token.clone()));
        let run = self.harvest_until(config, HarvestMode::Full, token).await;
        *self.partner.kill.lock().unwrap() = None;
        run
    }

    async fn harvest_until(
        &self,
        config: &SourceConfig,
        mode: HarvestMode,
        token: CancellationToken,
    ) -> Run {
        let silent = Progress::silent();
        harvest::harvest(&self.store, &self.fetcher, config, Some(mode), silent, token)
            .await
            .unwrap()
    }

    pub(crate) async fn record(&self, id: &str) -> Option<SourceRecord> {
        let stored = self.store.stored_source_record("partner", id).await.unwrap()?;
        (!stored.deleted).then_some(stored.source_record)
    }

    /// Those of the identifiers that are live.
    pub(crate) async fn live<'i>(&self, ids: &[&'i str]) -> Vec<&'i str> {
        let mut live = Vec::new();
        for id in ids {
            if self.record(id).await.is_some() {
                live.push(*id);
            }
        }
        live
    }
}

/// Values of the fields of that name.
pub(crate) fn values<'r>(record: &'r SourceRecord, name: &str) -> Vec<&'r str> {
    let fields = record.fields.iter().filter(|field| field.name == name);
    fields.map(|field| field.value.as_str()).collect()
}

pub(crate) fn verdict(run: &Run) -> Verdict {
    serde_json::from_str(run.verdict.as_deref().unwrap()).unwrap()
}

/// Status and code of the end.
pub(crate) fn end(run: &Run) -> (String, String) {
    (run.status.clone(), verdict(run).code.unwrap_or_default())
}

/// The argument of that name, decoded.
pub(crate) fn argument(path: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(&format!("http://x{path}")).unwrap();
    url.query_pairs().find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}
