//! The gateway under test: the real router and store, and a clock that moves while it is read.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::record::Record;
use http_body_util::BodyExt as _;
use passerelle::clock::Clock;
use passerelle::config::settings::Settings;
use passerelle::crosswalk::private::PrivateFields;
use passerelle::images::Images;
use passerelle::search::Search;
use passerelle::store::Store;
use passerelle::web::App;
use passerelle::web::router::router;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt as _;

/// When it begins.
pub(crate) const BEGIN: i64 = 1_700_000_000;

/// Numbers without a pattern, from a seed.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 0 to `below` - 1.
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
}

/// The time: whoever looks at it may move it by a second.
#[derive(Debug)]
pub(crate) struct Time {
    seconds: AtomicI64,
    dice: Mutex<Dice>,
}

impl Time {
    /// The time, for a writer.
    pub(crate) fn now(&self) -> i64 {
        self.read(3)
    }

    /// The time, which moves once in `odds` times.
    fn read(&self, odds: u64) -> i64 {
        let moved = i64::from(self.dice.lock().unwrap().roll(odds) == 0);
        self.seconds.fetch_add(moved, Ordering::SeqCst) + moved
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn peek(&self) -> i64 {
        self.seconds.load(Ordering::SeqCst)
    }
}

/// A record of a source as its writer left it; `None` when deleted.
pub(crate) type Model = BTreeMap<(String, String), Option<Record>>;

/// What a list said of an object: deleted, and its title when the verb shows it.
pub(crate) type Saying = (bool, Option<String>);

/// Set, identifier and datestamp of an entry of a list.
pub(crate) type Place = (Option<String>, String, String);

pub(crate) struct Site {
    pub(crate) store: Store,
    pub(crate) time: Arc<Time>,
    pub(crate) seed: u64,
    pub(crate) model: Mutex<Model>,
    /// What was said; it must always be the same.
    pub(crate) said: Mutex<BTreeMap<Place, Saying>>,
    end: i64,
    app: App,
    writers: AtomicUsize,
    answers: AtomicU64,
    _folder: tempfile::TempDir,
}

impl Site {
    pub(crate) async fn open(store: Store, seed: u64, seconds: i64) -> Self {
        for (n, trust) in [10, 20, 20, 40].into_iter().enumerate() {
            let mut source = crate::bench::source(&format!("s{n}"));
            source.trust = trust;
            store.upsert_source(&source, 1).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings { data: folder.path().to_owned(), ..Settings::default() };
        settings.public_url = Some("http://gateway.test".to_owned());
        settings.repository.identifier_domain = "gateway.test".to_owned();
        settings.repository.page_size = 4;
        let dice = Mutex::new(Dice::new(seed ^ 0xC10C));
        let time = Arc::new(Time { seconds: AtomicI64::new(BEGIN), dice });
        let clock = time.clone();
        let app = App {
            images: Images::open(&settings, store.clone()).unwrap(),
            search: Search::open(&folder.path().join("search")).unwrap(),
            store: store.clone(),
            settings: Arc::new(settings),
            token_key: store.secret("resumption_token_key").await.unwrap().into(),
            private_fields: Arc::new(PrivateFields::new(&[])),
            // There are more readers than writers.
            clock: Clock::of(move || clock.read(12)),
            harvesters: Arc::default(),
        };
        Self {
            store,
            time,
            seed,
            model: Mutex::default(),
            said: Mutex::default(),
            end: BEGIN + seconds,
            app,
            writers: AtomicUsize::new(4),
            answers: AtomicU64::new(0),
            _folder: folder,
        }
    }

    /// Whether writers go on.
    pub(crate) fn is_open(&self) -> bool {
        self.time.peek() < self.end
    }

    pub(crate) fn writer_ended(&self) {
        self.writers.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether everything that will ever be published is.
    pub(crate) fn is_settled(&self) -> bool {
        self.writers.load(Ordering::SeqCst) == 0
    }

    /// What `/oai` answers.
    pub(crate) async fn ask(&self, query: &str) -> String {
        let request = Request::get(format!("/oai?{query}")).body(Body::empty()).unwrap();
        let response = router(self.app.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        self.answers.fetch_add(1, Ordering::Relaxed);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// Answers given and entries of the log.
    pub(crate) async fn what_happened(&self) -> (u64, i64) {
        (self.answers.load(Ordering::Relaxed), self.store.last_seq().await.unwrap())
    }
}
