//! Fetching, against a small server on this machine.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use passerelle::fetch::{FetchError, FetchOptions, Fetcher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server, and what is needed to talk to it.
struct Bench {
    url: String,
    hits: Arc<AtomicUsize>,
    fetcher: Fetcher,
    pauses: Arc<Mutex<Vec<Duration>>>,
    options: FetchOptions,
}

async fn bench(router: Router<Arc<AtomicUsize>>) -> Bench {
    let hits = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = router.with_state(Arc::clone(&hits));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&pauses);
    let fetcher = Fetcher::with_pause(move |pause| {
        taken.lock().unwrap().push(pause);
        Box::pin(std::future::ready(()))
    })
    .unwrap();
    let options = FetchOptions { allow_private: true, attempts: 4, ..FetchOptions::default() };
    Bench { url, hits, fetcher, pauses, options }
}

impl Bench {
    async fn get(&self, path: &str) -> Result<passerelle::fetch::Fetched, FetchError> {
        self.fetcher.get(&format!("{}{path}", self.url), &self.options).await
    }
}

fn count(hits: &AtomicUsize) -> usize {
    hits.fetch_add(1, Ordering::SeqCst) + 1
}

fn answer(status: u16, header: Option<(header::HeaderName, &str)>, body: &str) -> Response<Body> {
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_with_growing_pauses() {
    let router = Router::new().route(
        "/",
        get(|State(hits): State<Arc<AtomicUsize>>| async move {
            if count(&hits) < 4 { answer(503, None, "") } else { answer(200, None, "here") }
        }),
    );
    let bench = bench(router).await;
    assert_eq!(bench.get("/").await.unwrap().body, "here");
    let pauses = bench.pauses.lock().unwrap().clone();
    assert_eq!(pauses.len(), 3);
    for (pause, step) in pauses.iter().zip([500, 1000, 2000]) {
        let step = Duration::from_millis(step);
        assert!(*pause >= step / 2 && *pause <= step, "{pauses:?}");
    }
}

#[tokio::test]
async fn attempts_end_and_the_error_says_how_many_there_were() {
    let router = Router::new().route(
        "/",
        get(|State(hits): State<Arc<AtomicUsize>>| async move {
            count(&hits);
            answer(500, None, "")
        }),
    );
    let bench = bench(router).await;
    let error = bench.get("/").await.unwrap_err();
    assert!(error.to_string().contains("500 (tried 4 times)"), "{error}");
    assert_eq!(bench.hits.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let router = Router::new().route(
        "/",
        get(|State(hits): State<Arc<AtomicUsize>>| async move {
            count(&hits);
            answer(404, None, "")
        }),
    );
    let bench = bench(router).await;
    assert!(matches!(bench.get("/").await, Err(FetchError::Status { status: 404, .. })));
    assert_eq!(bench.hits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn retry_after_is_obeyed_in_seconds_and_as_a_date() {
    let router = Router::new().route(
        "/",
        get(|State(hits): State<Arc<AtomicUsize>>| async move {
            let date = (chrono::Utc::now() + chrono::Duration::seconds(100)).to_rfc2822();
            let date = date.replace("+0000", "GMT");
            match count(&hits) {
                1 => answer(429, Some((header::RETRY_AFTER, "7")), ""),
                2 => answer(503, Some((header::RETRY_AFTER, &date)), ""),
                3 => answer(503, Some((header::RETRY_AFTER, "86400")), ""),
                _ => answer(200, None, ""),
            }
        }),
    );
    let bench = bench(router).await;
    let error = bench.get("/").await.unwrap_err();
    assert!(matches!(error, FetchError::ComeBackLater { .. }), "{error}");
    let pauses = bench.pauses.lock().unwrap().clone();
    assert_eq!(pauses[0], Duration::from_secs(7));
    assert!((90..=100).contains(&pauses[1].as_secs()), "{pauses:?}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_stopped_announced_or_not() {
    let router = Router::new()
        .route("/announced", get(|| async { answer(200, None, &"x".repeat(5000)) }))
        .route(
            "/streamed",
            get(|| async {
                let parts =
                    futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(100)));
                Response::new(Body::from_stream(parts))
            }),
        );
    let mut bench = bench(router).await;
    bench.options.max_bytes = 4999;
    for path in ["/announced", "/streamed"] {
        let error = bench.get(path).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { max_bytes: 4999, .. }), "{error}");
    }
    bench.options.max_bytes = 5000;
    assert_eq!(bench.get("/announced").await.unwrap().body.len(), 5000);
}

#[tokio::test]
async fn private_addresses_are_refused_unless_the_source_says_so() {
    let router = Router::new().route("/", get(|| async { "secret" }));
    let mut bench = bench(router).await;
    let port = bench.url.rsplit(':').next().unwrap().to_owned();
    bench.options.allow_private = false;
    for url in [
        bench.url.clone(),
        format!("http://localhost:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
    ] {
        let error = bench.fetcher.get(&url, &bench.options).await.unwrap_err();
        assert!(matches!(error, FetchError::PrivateAddress { .. }), "{url}: {error:?}");
        assert!(error.to_string().contains("allow_private_addresses"));
    }
    for url in ["ftp://example.org/", "file:///etc/passwd", "no url", "http://"] {
        let error = bench.fetcher.get(url, &bench.options).await.unwrap_err();
        assert!(matches!(error, FetchError::Url { .. }), "{url}: {error:?}");
    }
    assert!(bench.pauses.lock().unwrap().is_empty(), "none of these is tried again");
    bench.options.allow_private = true;
    assert_eq!(bench.get("/").await.unwrap().body, "secret");
}

#[tokio::test]
async fn redirects_are_followed_five_times_and_no_further() {
    let router = Router::new()
        .route("/1", get(|| async { answer(302, Some((header::LOCATION, "/2")), "") }))
        .route("/2", get(|| async { answer(308, Some((header::LOCATION, "/end")), "") }))
        .route("/end", get(|| async { "end" }))
        .route("/loop", get(|| async { answer(302, Some((header::LOCATION, "/loop")), "") }))
        .route(
            "/file",
            get(|| async { answer(302, Some((header::LOCATION, "file:///etc/passwd")), "") }),
        );
    let bench = bench(router).await;
    let fetched = bench.get("/1").await.unwrap();
    assert_eq!(fetched.body, "end");
    assert!(fetched.url.ends_with("/end"));
    let error = bench.get("/loop").await.unwrap_err();
    assert!(matches!(error, FetchError::Redirect { .. }), "{error:?}");
    assert!(bench.get("/file").await.is_err());
}

#[tokio::test]
async fn validators_are_sent_and_304_is_passed_through() {
    let router = Router::new().route(
        "/",
        get(|headers: HeaderMap| async move {
            let known = headers.get(header::IF_NONE_MATCH).is_some_and(|etag| etag == "\"v1\"");
            let since = headers.contains_key(header::IF_MODIFIED_SINCE);
            if known && since {
                return answer(304, Some((header::ETAG, "\"v1\"")), "");
            }
            answer(200, Some((header::ETAG, "\"v1\"")), "rows")
        }),
    );
    let mut bench = bench(router).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    let first = bench.fetcher.download(&bench.url, &bench.options, &file).await.unwrap();
    assert_eq!((first.status, first.bytes, first.etag.as_deref()), (200, 4, Some("\"v1\"")));
    assert_eq!(std::fs::read(&file).unwrap(), b"rows");
    bench.options.etag = first.etag;
    bench.options.last_modified = Some("Mon, 23 Nov 2026 10:00:00 GMT".to_owned());
    let second = bench.fetcher.download(&bench.url, &bench.options, &file).await.unwrap();
    assert_eq!((second.status, second.bytes), (304, 0));
    assert_eq!(bench.get("/").await.unwrap().status, 304);
}

#[tokio::test]
async fn the_program_says_who_it_is() {
    let router = Router::new().route(
        "/",
        get(|headers: HeaderMap| async move {
            headers.get(header::USER_AGENT).map_or(StatusCode::BAD_REQUEST.to_string(), |agent| {
                agent.to_str().unwrap().to_owned()
            })
        }),
    );
    let mut bench = bench(router).await;
    let contact = passerelle::fetch::Contact {
        url: Some("https://passerelle.test".to_owned()),
        email: Some("oai@passerelle.test".to_owned()),
    };
    bench.fetcher = Fetcher::of(contact).unwrap();
    let agent = String::from_utf8(bench.get("/").await.unwrap().body.to_vec()).unwrap();
    assert!(agent.starts_with("Passerelle/"), "{agent}");
    assert!(agent.ends_with(" (+https://passerelle.test; mailto:oai@passerelle.test)"), "{agent}");
}

#[tokio::test]
async fn a_connection_refused_or_cut_is_tried_again() {
    let bench = bench(Router::new()).await;
    // A server that answers three times with a body shorter than announced.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
            "",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
        ] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _read = socket.read(&mut request).await.unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        drop(listener);
    });
    assert_eq!(bench.fetcher.get(&url, &bench.options).await.unwrap().body, "ab");
    assert_eq!(bench.pauses.lock().unwrap().len(), 2);
    let error = bench.fetcher.get(&url, &bench.options).await.unwrap_err();
    assert!(error.to_string().contains("tried 4 times"), "{error}");
}
