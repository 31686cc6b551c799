//! Images of other sites, against a server on this machine that does what it should not.

use domain::identifier::SourceId;
use domain::record::{ImageRef, Kind, Record};
use domain::source_record::SourceRecord;
use passerelle::config::settings::Settings;
use passerelle::config::source::SourceConfig;
use passerelle::fetch::Fetcher;
use passerelle::images::{Images, IngestReport};
use passerelle::store::Store;
use passerelle::store::image_check::LinkReport;
use passerelle::store::run::{IncomingRecord, PageCommit, RunEnd, SourceRow};
use sha2::Digest as _;
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const GIF: &[u8] = b"GIF89a\x02\x00\x03\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x02\x00\x03\x00\x00\x02\x03\x8c\x8f\x01\x00;";

/// A picture of so many bytes, different for every `mark`.
fn picture(mark: u8, bytes: usize) -> Vec<u8> {
    let mut picture = GIF.to_vec();
    picture.resize(bytes.max(GIF.len()), mark);
    picture
}

/// What a path answers, the last again and again.
#[derive(Clone)]
enum Answer {
    /// Status line, headers, body.
    Plain(u16, &'static str, Vec<u8>),
    /// Says how long it is, and sends only so much of it.
    Cut(&'static str, Vec<u8>, usize),
    /// Never says anything.
    Silent,
}

#[derive(Clone, Default)]
struct Site {
    answers: Arc<Mutex<HashMap<String, Vec<Answer>>>>,
    /// First line and headers of every request.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn start(&self) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let site = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = site.clone();
                std::thread::spawn(move || site.serve(stream));
            }
        });
        url
    }

    fn on(&self, path: &str, answers: &[Answer]) {
        self.answers.lock().unwrap().insert(path.to_owned(), answers.to_vec());
    }

    fn serve(&self, mut stream: std::net::TcpStream) {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return,
            }
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let path = head.split(' ').nth(1).unwrap_or("").to_owned();
        self.requests.lock().unwrap().push(head.clone());
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            match answers.get_mut(&path) {
                None => Answer::Plain(404, "", Vec::new()),
                Some(list) if list.len() > 1 => list.remove(0),
                Some(list) => list[0].clone(),
            }
        };
        let header = |name: &str| {
            head.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
        };
        let _gone = match answer {
            Answer::Silent => {
                // Until the client has had enough.
                let _closed = stream.read(&mut byte);
                Ok(())
            }
            Answer::Cut(headers, body, sent) => write!(
                stream,
                "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            )
            .and_then(|()| stream.write_all(&body[..sent])),
            Answer::Plain(status, headers, body) => {
                let etag = headers
                    .lines()
                    .find_map(|line| line.strip_prefix("ETag: "))
                    .map(str::to_ascii_lowercase);
                let from = header("range: bytes=")
                    .filter(|_| header("if-range:") == etag)
                    .and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
                if etag.is_some() && header("if-none-match:") == etag {
                    write!(
                        stream,
                        "HTTP/1.1 304 Not Modified\r\n{headers}Connection: close\r\n\r\n"
                    )
                } else if let Some(from) = from {
                    write!(
                        stream,
                        "HTTP/1.1 206 Partial Content\r\n{headers}Content-Range: bytes {from}-{}/{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len() - 1,
                        body.len(),
                        body.len() - from
                    )
                    .and_then(|()| stream.write_all(&body[from..]))
                } else {
                    write!(
                        stream,
                        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    )
                    .and_then(|()| stream.write_all(&body))
                }
            }
        };
    }

    fn asked(&self, path: &str) -> Vec<String> {
        let start = format!("get {} ", path.to_ascii_lowercase());
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.starts_with(&start)).cloned().collect()
    }
}

struct World {
    folder: tempfile::TempDir,
    store: Store,
    images: Images,
    config: SourceConfig,
    site: Site,
    url: String,
}

impl World {
    /// `images` is the line of the schedule; `URL` in it stands for the site.
    async fn new(images: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::default();
        let url = site.start();
        let toml = format!(
            "label = 'x'\nkind = 'file'\nlocation = 'x.csv'\nmapping = 'joconde'\n\
             allow_private_addresses = true\npoliteness = {{ timeout_s = 1, attempts = 2 }}\n{}\n",
            images.replace("URL", &url)
        );
        let mut config: SourceConfig = toml::from_str(&toml).unwrap();
        config.id = SourceId::new("x").unwrap();
        let settings = Settings { data: folder.path().join("data"), ..Settings::default() };
        let database = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::open(&database).await.unwrap();
        store
            .upsert_source(
                &SourceRow {
                    source_id: "x".to_owned(),
                    base: "x".to_owned(),
                    label: "x".to_owned(),
                    kind: "file".to_owned(),
                    trust: 1,
                    settings: "{}".to_owned(),
                    etag: None,
                    last_modified: None,
                    harvested_until: None,
                },
                1,
            )
            .await
            .unwrap();
        let fetcher = Fetcher::with_pause(|_: Duration| Box::pin(std::future::ready(()))).unwrap();
        let images = Images::open(&settings, store.clone()).unwrap().with_fetcher(fetcher);
        Self { folder, store, images, config, site, url }
    }

    /// Harvests one record for each location.
    async fn put(&self, locations: &[&str]) {
        let run = self.store.start_run("x", "incremental", 1).await.unwrap();
        let records = locations
            .iter()
            .map(|location| {
                let mut record = Record::new(Kind::Photograph);
                record.images.push(ImageRef {
                    location: location.replace("URL", &self.url),
                    credit: None,
                    label: None,
                });
                let local_id = location.replace("URL/", "");
                IncomingRecord {
                    position: 0,
                    source_record: SourceRecord {
                        local_id,
                        deleted: false,
                        datestamp: None,
                        sets: Vec::new(),
                        origin: None,
                        fields: Vec::new(),
                    },
                    content_hash: serde_json::to_string(&record).unwrap(),
                    record,
                    issues: Vec::new(),
                }
            })
            .collect();
        let page = PageCommit {
            seen: Vec::new(),
            hold_deletions: false,
            replayed: None,
            run_id: run.run_id,
            source_id: "x".to_owned(),
            number: 1,
            location: "here".to_owned(),
            body: Vec::new(),
            records,
            quarantined: Vec::new(),
            checkpoint: None,
            now: 1,
        };
        self.store.commit_page(&page).await.unwrap();
        self.store.finish_run(run.run_id, &RunEnd::Complete, 1).await.unwrap();
    }

    async fn ingest(&self) -> IngestReport {
        let sources = [self.config.clone()];
        self.images.ingest_pending(&sources, &CancellationToken::new()).await.unwrap()
    }

    async fn report(&self) -> LinkReport {
        self.store.link_report("x").await.unwrap()
    }

    async fn states(&self) -> Vec<(String, i64)> {
        self.report().await.states.into_iter().collect()
    }

    /// State and reason of each broken image.
    async fn broken(&self) -> Vec<(String, String, bool)> {
        let broken = self.store.broken_images("x", "", 100).await.unwrap();
        broken.into_iter().map(|one| (one.code, one.reason, one.shown)).collect()
    }

    async fn status(&self, local_id: &str) -> String {
        let stored = self.store.stored_source_record("x", local_id).await.unwrap().unwrap();
        stored.images[0].status.clone()
    }
}

fn state(name: &str, count: i64) -> (String, i64) {
    (name.to_owned(), count)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_image_is_copied_or_said_to_be_what_it_is() {
    let world = World::new("images = { mode = 'copy', from = 'URL/base', max_mib = 1 }").await;
    let site = &world.site;
    let good = Answer::Plain(200, "Content-Type: text/plain\r\n", picture(1, 100));
    // The type is told by the bytes, whatever the site says.
    site.on("/base/lying.txt", std::slice::from_ref(&good));
    site.on("/moved.gif", &[Answer::Plain(302, "Location: /base/lying.txt\r\n", Vec::new())]);
    let page = b"<html>Log in</html>".to_vec();
    site.on("/login.gif", &[Answer::Plain(200, "Content-Type: image/gif\r\n", page)]);
    site.on("/big.gif", &[Answer::Plain(200, "", picture(2, 2 << 20))]);
    site.on("/private.gif", &[Answer::Plain(403, "", Vec::new())]);
    site.on("/slow.gif", &[Answer::Silent]);
    site.on("/broken.gif", &[Answer::Plain(500, "", Vec::new())]);
    world
        .put(&[
            "lying.txt",
            "URL/moved.gif",
            "URL/login.gif",
            "URL/big.gif",
            "URL/private.gif",
            "URL/slow.gif",
            "URL/broken.gif",
            "URL/nothing.gif",
            "../outside.gif",
        ])
        .await;
    let report = world.ingest().await;
    assert_eq!((report.ready, report.failed, report.remote), (2, 7, 0));
    assert_eq!(
        world.states().await,
        [
            state("missing", 1),
            state("ok", 2),
            state("refused", 2),
            state("too_big", 1),
            state("unreachable", 2),
            state("wrong_type", 1),
        ]
    );
    let reasons: Vec<String> = world
        .broken()
        .await
        .into_iter()
        .map(|(code, reason, _)| format!("{code}: {reason}"))
        .collect();
    let said =
        |words: &str| assert!(reasons.iter().any(|r| r.contains(words)), "{words}: {reasons:?}");
    said("wrong_type: ");
    said("the site calls it image/gif");
    said("longer than 1048576 bytes");
    said("HTTP status 403");
    said("no answer in 1 seconds (tried 2 times)");
    said("no address below `images.from`");
    let report = world.report().await;
    assert_eq!((report.bytes, report.rights_unknown), (200, 0));
    // Two records that name one file have one copy, under its hash.
    let copies = world.folder.path().join("data/masters");
    let files: Vec<_> = std::fs::read_dir(&copies)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .flat_map(|entry| std::fs::read_dir(entry.path()).unwrap().flatten())
        .collect();
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read(files[0].path()).unwrap(), picture(1, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_a_private_network_is_refused_without_being_asked() {
    let mut world = World::new("images = { mode = 'copy' }").await;
    world.config.allow_private_addresses = false;
    world.site.on("/a.gif", &[Answer::Plain(200, "", picture(1, 50))]);
    world.put(&["URL/a.gif", "http://169.254.169.254/latest/meta-data"]).await;
    world.ingest().await;
    assert_eq!(world.states().await, [state("refused", 2)]);
    assert!(world.site.asked("/a.gif").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_goes_on_where_it_was_also_in_a_later_run() {
    let world = World::new("images = { mode = 'copy' }").await;
    let whole = picture(7, 200_000);
    let versioned = "ETag: \"v1\"\r\n";
    world.site.on(
        "/long.gif",
        &[
            Answer::Cut(versioned, whole.clone(), 120_000),
            // Both attempts of the first run fail.
            Answer::Plain(503, "", Vec::new()),
            Answer::Plain(200, versioned, whole.clone()),
        ],
    );
    world.put(&["URL/long.gif"]).await;
    world.ingest().await;
    assert_eq!(world.states().await, [state("later", 1)]);
    assert_eq!(world.store.retry_failed_images("x").await.unwrap(), 1);
    assert_eq!(world.ingest().await.ready, 1);
    let asked = world.site.asked("/long.gif");
    assert!(
        asked[2].contains("range: bytes=") && asked[2].contains("if-range: \"v1\""),
        "{asked:?}"
    );
    assert_eq!(world.report().await.bytes, 200_000);

    // Another version in between: from the beginning.
    let other = picture(8, 200_000);
    world.site.on(
        "/other.gif",
        &[
            Answer::Cut(versioned, whole, 120_000),
            Answer::Plain(200, "ETag: \"v2\"\r\n", other.clone()),
        ],
    );
    world.put(&["URL/other.gif"]).await;
    assert_eq!(world.ingest().await.ready, 1);
    let id = passerelle::store::source_record::image_id(&world.config.id, "other.gif", 1);
    let served = world.store.due_images(i64::MAX, (i64::MIN, ""), 10).await.unwrap();
    let served = served.iter().find(|due| due.image.image_id == id.as_str()).unwrap();
    let expected: String =
        sha2::Sha256::digest(&other).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(served.sha256.as_deref(), Some(expected.as_str()));
    assert_eq!(served.etag.as_deref(), Some("\"v2\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_looked_at_again_and_followed_kept_or_dropped() {
    for (gone, shown) in [("keep", "ready"), ("drop", "failed")] {
        let images = format!("images = {{ mode = 'copy', recheck = '1d', gone = '{gone}' }}");
        let world = World::new(&images).await;
        let site = &world.site;
        let first = Answer::Plain(200, "ETag: \"1\"\r\n", picture(1, 60));
        site.on("/same.gif", std::slice::from_ref(&first));
        site.on(
            "/changed.gif",
            &[first.clone(), Answer::Plain(200, "ETag: \"2\"\r\n", picture(2, 70))],
        );
        site.on("/gone.gif", &[first.clone(), Answer::Plain(410, "", Vec::new())]);
        site.on("/away.gif", &[first, Answer::Plain(502, "", Vec::new())]);
        world.put(&["URL/same.gif", "URL/changed.gif", "URL/gone.gif", "URL/away.gif"]).await;
        assert_eq!(world.ingest().await.ready, 4);
        // Nothing is due, nothing is asked.
        let before = site.requests.lock().unwrap().len();
        assert_eq!(world.ingest().await.rechecked, 0);
        assert_eq!(site.requests.lock().unwrap().len(), before);

        assert!(!world.store.an_image_is_due(passerelle::clock::now()).await.unwrap());
        assert!(world.store.an_image_is_due(passerelle::clock::now() + 90_000).await.unwrap());
        world.store.make_images_due("x").await.unwrap();
        assert_eq!(world.ingest().await.rechecked, 4);
        assert!(site.asked("/same.gif")[1].contains("if-none-match: \"1\""));
        for (name, expected) in [
            ("same.gif", "ready"),
            ("changed.gif", "ready"),
            ("gone.gif", shown),
            ("away.gif", "ready"),
        ] {
            assert_eq!(world.status(name).await, expected, "{name}, gone = {gone}");
        }
        let states = world.states().await;
        assert_eq!(states, [state("missing", 1), state("ok", 2), state("unreachable", 1)]);
        let mut broken: Vec<(String, bool)> =
            world.broken().await.into_iter().map(|(code, _, shown)| (code, shown)).collect();
        broken.sort();
        assert_eq!(
            broken,
            [("missing".to_owned(), gone == "keep"), ("unreachable".to_owned(), true)]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_asks_for_a_long_pause_is_left_alone() {
    let world = World::new("images = { mode = 'copy' }").await;
    for path in ["/a.gif", "/b.gif", "/c.gif"] {
        world.site.on(path, &[Answer::Plain(429, "Retry-After: 7200\r\n", Vec::new())]);
    }
    world.put(&["URL/a.gif", "URL/b.gif", "URL/c.gif"]).await;
    let report = world.ingest().await;
    assert_eq!((report.failed, report.skipped), (1, 2));
    assert_eq!(world.site.requests.lock().unwrap().len(), 1);
    assert_eq!(world.states().await, [state("later", 1), state("pending", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_copied_whole_and_other_modes_ask_for_nothing() {
    let world = World::new("images = { mode = 'copy' }").await;
    let info = br#"{"@context":"http://iiif.io/api/image/2/context.json","width":2,"height":3}"#;
    world.site.on("/iiif/a/info.json", &[Answer::Plain(200, "", info.to_vec())]);
    world.site.on("/iiif/a/full/full/0/default.jpg", &[Answer::Plain(200, "", picture(1, 50))]);
    world.put(&["URL/iiif/a/info.json"]).await;
    assert_eq!(world.ingest().await.ready, 1);

    let world = World::new("images = { mode = 'reference' }").await;
    world.site.on("/iiif/a/info.json", &[Answer::Plain(200, "", info.to_vec())]);
    world.put(&["URL/iiif/a/info.json"]).await;
    assert_eq!(world.ingest().await.ready, 1);
    assert_eq!(world.site.requests.lock().unwrap().len(), 1, "only its description is asked for");
    let due = world.store.due_images(i64::MAX, (i64::MIN, ""), 10).await.unwrap();
    assert_eq!(due.len(), 1);

    for mode in ["reference", "none"] {
        let world = World::new(&format!("images = {{ mode = '{mode}' }}")).await;
        world.put(&["URL/a.gif"]).await;
        world.ingest().await;
        assert!(world.site.requests.lock().unwrap().is_empty());
        let expected = if mode == "none" { "not_wanted" } else { "remote" };
        assert_eq!(world.states().await, [state(expected, 1)]);
        assert!(world.broken().await.is_empty());
    }
}
