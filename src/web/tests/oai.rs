//! `/oai` as HTTP sees it: methods, forms, codings, entity tags, and who harvests.

use super::*;
use axum::extract::ConnectInfo;
use axum::http::Method;
use std::net::SocketAddr;

const IDENTIFY: &str = "/oai?verb=Identify";

async fn send(app: &App, method: Method, uri: &str, kind: Option<&str>, body: &str) -> Response {
    let mut request = Request::builder().method(method).uri(uri).header("host", "front.test");
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    router(app.clone()).oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_form_is_answered_as_a_query_is_and_nothing_else_is_read() {
    let (_folder, mut app) = app().await;
    app.clock = Clock::of(|| 1_700_000_000);
    let by_get = text(get(&app, IDENTIFY).await).await;
    assert!(by_get.contains("<Identify>"), "{by_get}");
    for kind in [
        None,
        Some("application/x-www-form-urlencoded"),
        Some("Application/X-WWW-Form-Urlencoded; charset=utf-8"),
    ] {
        let response = send(&app, Method::POST, "/oai", kind, "verb=Identify").await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/xml; charset=utf-8");
        assert_eq!(text(response).await, by_get);
    }
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/xml"] {
        let response = send(&app, Method::POST, "/oai", Some(kind), "verb=Identify").await;
        assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let response = send(&app, Method::PUT, "/oai", None, "verb=Identify").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let response = send(&app, Method::HEAD, IDENTIFY, None, "").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(text(response).await.is_empty());
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_not_kept() {
    let (_folder, app) = app().await;
    let long = format!("verb=Identify&x={}", "y".repeat(20_000));
    let answer = text(send(&app, Method::POST, "/oai", None, &long).await).await;
    assert!(answer.contains("badArgument"), "{answer}");
    let huge = "y".repeat(200_000);
    let response = send(&app, Method::POST, "/oai", None, &huge).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_entity_tag_outlives_the_second_but_not_the_content() {
    let (_folder, mut app) = app().await;
    app.clock = Clock::of(|| 1_700_000_000);
    let formats = "/oai?verb=ListMetadataFormats";
    let response = get(&app, formats).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
    app.clock = Clock::of(|| 1_700_000_777);
    let response = get_with(&app, formats, &[("if-none-match", &tag)]).await;
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    let response = get_with(&app, IDENTIFY, &[("if-none-match", &tag)]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let response = get(&app, "/oai?verb=Nothing").await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert!(!response.headers().contains_key(header::ETAG));
}

#[tokio::test]
async fn codings_are_those_that_the_client_prefers_and_identify_announces() {
    let (_folder, app) = app().await;
    for (accepts, expected) in [
        ("gzip", Some("gzip")),
        ("zstd", Some("zstd")),
        ("gzip;q=0.5, zstd;q=1.0", Some("zstd")),
        ("gzip;q=1.0, identity;q=0.5", Some("gzip")),
        ("gzip;q=0, zstd;q=0", None),
        ("identity;q=0, gzip", Some("gzip")),
        ("br", None),
    ] {
        let response = get_with(&app, IDENTIFY, &[("accept-encoding", accepts)]).await;
        let coding = response.headers().get(header::CONTENT_ENCODING);
        assert_eq!(coding.map(|value| value.to_str().unwrap()), expected, "{accepts}");
        assert_eq!(response.headers()[header::VARY], "accept-encoding", "{accepts}");
    }
    let answer = text(get(&app, IDENTIFY).await).await;
    let announced: Vec<&str> =
        answer.split("<compression>").skip(1).filter_map(|part| part.split('<').next()).collect();
    assert_eq!(announced, ["gzip", "zstd"]);
}

#[tokio::test]
async fn a_store_that_is_away_says_when_to_come_back() {
    let (folder, mut app) = app().await;
    let empty = format!("sqlite:{}", folder.path().join("empty.db").display());
    app.store = Store::connect(&empty).await.unwrap();
    let response = get(&app, IDENTIFY).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[header::RETRY_AFTER], "60");
}

#[tokio::test]
async fn who_harvests_is_shown_to_the_machine_itself_only() {
    let (_folder, app) = app().await;
    let ask = async |uri: &str, peer: &str, forwarded: bool| {
        let mut request =
            Request::get(uri).header("host", "front.test").header("user-agent", "Sickle/0.7");
        if forwarded {
            request = request.header("x-forwarded-for", "127.0.0.1");
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        router(app.clone()).oneshot(request).await.unwrap()
    };
    ask(IDENTIFY, "192.0.2.9:4000", false).await;
    let page = "/api/v1/harvesters";
    assert_eq!(ask(page, "192.0.2.9:4000", false).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ask(page, "127.0.0.1:4000", true).await.status(), StatusCode::NOT_FOUND);
    let response = ask(page, "127.0.0.1:4000", false).await;
    let json: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(json["harvesters"][0]["product"], "Sickle/0.7");
    assert_eq!(json["harvesters"][0]["network"], "192.0.2.0/24");
    assert_eq!(json["harvesters"][0]["verb"], "Identify");
}
