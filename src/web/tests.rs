//! Pages and answers as visitors get them.

mod oai;
mod pipeline;
mod resourcesync;
mod samples;

use super::api::openapi::Document;
use super::api::types::{ObjectJson, SearchJson};
use super::i18n::Lang;
use super::object::ObjectPage;
use super::page::Page;
use super::params::Params;
use super::router::router;
use super::search_page::SearchPage;
use super::*;
use crate::search::SearchQuery;
use askama::Template;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use tower::ServiceExt;
use utoipa::OpenApi;

async fn app() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("test.db").display());
    let search = Search::open(&folder.path().join("search")).unwrap();
    search.add(&samples::all(), 7).unwrap();
    let settings = Settings {
        data: folder.path().to_owned(),
        listen: "front.test".to_owned(),
        ..Settings::default()
    };
    let store = Store::open(&database).await.unwrap();
    let app = App {
        images: Images::open(&settings, store.clone()).unwrap(),
        store,
        settings: Arc::new(settings),
        search,
        token_key: Arc::from([0_u8; 32]),
        private_fields: Arc::new(PrivateFields::new(&[])),
        clock: Clock::default(),
        harvesters: Arc::default(),
    };
    (folder, app)
}

fn visitor(lang: Lang, path: &str, query: &str) -> Visitor {
    Visitor {
        lang,
        chose_lang: false,
        public: PublicUrl("https://front.test".to_owned()),
        path: path.to_owned(),
        query: query.to_owned(),
    }
}

/// A page without blank lines and without the versions of assets, which change with every edit.
fn settled(html: &str) -> String {
    let mut text = String::new();
    for line in html.lines().filter(|line| !line.trim().is_empty()) {
        let mut parts = line.split("?v=");
        text.push_str(parts.next().unwrap_or(""));
        for part in parts {
            text.push_str("?v=…");
            text.push_str(part.get(16..).unwrap_or(""));
        }
        text.push('\n');
    }
    text
}

async fn get(app: &App, uri: &str) -> Response {
    get_with(app, uri, &[]).await
}

async fn get_with(app: &App, uri: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(uri).header("host", "front.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router(app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn an_object_of_each_kind_has_its_page() {
    let (_folder, app) = app().await;
    for (row, lang) in samples::all().into_iter().zip([Lang::Fr, Lang::En].into_iter().cycle()) {
        let path = format!("/object/{}", row.object_id);
        let visitor = visitor(lang, &path, "");
        let page = Page::new(&app, &visitor, "", &path);
        let record = row.record.as_ref().unwrap();
        let members = samples::source_records(&row);
        let page = ObjectPage::new(page, &visitor.public, "front.test", &row, record, &members, 1);
        let html = page.render().unwrap();
        assert!(!html.contains("javascript:"), "a URI of a source became a link");
        assert!(!html.contains("<b>dessin"), "a value of a source became markup");
        insta::assert_snapshot!(
            format!("object_{}_{}", row.kind.as_str(), lang.as_str()),
            settled(&html)
        );
    }
}

#[tokio::test]
async fn the_result_page_shows_filters_chips_and_cards() {
    let (_folder, app) = app().await;
    let query = "q=abbaye&base=joconde&base=merimee&sort=title";
    let params = Params::parse(query);
    let result = app.search.query(&params.query).await.unwrap();
    let visitor = visitor(Lang::Fr, "/search", query);
    let page = Page::new(&app, &visitor, "abbaye", "/search");
    let html = SearchPage::new(page, &params, &result).render().unwrap();
    insta::assert_snapshot!("search_fr", settled(&html));
}

#[tokio::test]
async fn the_home_page_counts_the_bases_and_shows_pictures() {
    let (_folder, app) = app().await;
    let response = get(&app, "/").await;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    insta::assert_snapshot!("home_fr", settled(&text(response).await));
}

#[tokio::test]
async fn the_language_is_chosen_by_parameter_then_cookie_then_header() {
    let (_folder, app) = app().await;
    let lang = async |uri: &str, headers: &[(&str, &str)]| {
        let response = get_with(&app, uri, headers).await;
        let cookie = response.headers().contains_key(header::SET_COOKIE);
        let lang = response.headers()[header::CONTENT_LANGUAGE].to_str().unwrap().to_owned();
        (lang, cookie)
    };
    let all = [("cookie", "lang=fr"), ("accept-language", "en")];
    assert_eq!(lang("/?lang=en", &all).await, ("en".to_owned(), true));
    assert_eq!(lang("/", &all).await, ("fr".to_owned(), false));
    assert_eq!(lang("/", &[("accept-language", "en-GB")]).await, ("en".to_owned(), false));
    assert_eq!(lang("/", &[]).await, ("fr".to_owned(), false));
}

#[tokio::test]
async fn pages_that_do_not_exist_say_so_to_browsers_and_to_programs() {
    let (_folder, app) = app().await;
    let response = get(&app, "/nowhere").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("Page introuvable"));
    for uri in ["/api/v1/nowhere", "/api/v1/objects/a-b", "/object/a-b.json"] {
        let response = get_with(&app, uri, &[("accept-language", "en")]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{uri}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{uri}");
        assert!(text(response).await.contains("\"code\":\"not_found\""), "{uri}");
    }
}

#[tokio::test]
async fn a_page_that_lies_too_deep_is_refused_with_a_reason() {
    let (_folder, app) = app().await;
    let response = get(&app, "/search?page=5000").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(response).await.contains("10 000 premiers résultats"));
    let response = get(&app, "/api/v1/search?page=5000").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(text(response).await.contains("page_too_deep"));
}

#[tokio::test]
async fn another_method_is_refused() {
    let (_folder, app) = app().await;
    let request = Request::post("/search").header("host", "a").body(Body::empty()).unwrap();
    let response = router(app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_search_answers_in_json_with_links_under_the_public_url() {
    let (_folder, app) = app().await;
    let response = get(&app, "/api/v1/search?q=vierge&size=1").await;
    assert_eq!(response.status(), StatusCode::OK);
    let json: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(json["total"], 1);
    assert_eq!(json["items"][0]["url"], "http://front.test/object/palissy_PM00000001");
    assert_eq!(json["items"][0]["flags"][0], "stolen");
}

#[tokio::test]
async fn the_json_of_search_and_object_keeps_its_form() {
    let (_folder, app) = app().await;
    let public = PublicUrl("https://front.test".to_owned());
    let params = Params {
        query: SearchQuery { text: "façade".to_owned(), ..SearchQuery::default() },
        ..Params::default()
    };
    let result = app.search.query(&params.query).await.unwrap();
    insta::assert_json_snapshot!("api_search", SearchJson::new(&public, &params, &result));
    let row = samples::all().remove(1);
    let record = row.record.clone().unwrap();
    insta::assert_json_snapshot!("api_object", ObjectJson::new(&public, &row, &record));
}

#[test]
fn the_openapi_document_keeps_its_form() {
    insta::assert_json_snapshot!("openapi", Document::openapi());
}

#[tokio::test]
async fn the_openapi_document_names_the_server_that_was_asked() {
    let (_folder, app) = app().await;
    let json: serde_json::Value =
        serde_json::from_str(&text(get(&app, "/api/v1/openapi.json").await).await).unwrap();
    assert_eq!(json["servers"][0]["url"], "http://front.test");
}

#[tokio::test]
async fn static_files_are_kept_by_version_and_revalidated_without() {
    let (_folder, app) = app().await;
    let response = get(&app, &static_files::href("", "app.css")).await;
    assert!(response.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
    let response = get(&app, "/static/app.css").await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    let response = get_with(&app, "/static/app.css", &[("if-none-match", &tag)]).await;
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(get(&app, "/static/../Cargo.toml").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_can_read_it() {
    let (_folder, app) = app().await;
    let response = get_with(&app, "/", &[("accept-encoding", "gzip")]).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
}

#[tokio::test]
async fn health_readiness_and_metrics_answer() {
    let (_folder, app) = app().await;
    assert_eq!(get(&app, "/healthz").await.status(), StatusCode::OK);
    let response = get(&app, "/readyz").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().contains_key("x-request-id"));
    let json: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(json["indexed_objects"], 7);
}

#[tokio::test]
async fn the_uri_of_a_thing_leads_to_its_page() {
    let (_folder, app) = app().await;
    let response = get(&app, "/id/joconde_00000001").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "http://front.test/object/joconde_00000001");
}
