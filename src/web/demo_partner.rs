//! HTTP around the demo's OAI-PMH partner: parse, ask, answer.

use crate::demo::partner::Partner;
use axum::Router;
use axum::extract::{RawForm, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::response::IntoResponse;
use axum::routing::get;
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves the partner at `/oai` until `shutdown` ends; answers under way are finished.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    partner: Partner,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(partner)).with_graceful_shutdown(shutdown).await
}

fn router(partner: Partner) -> Router {
    Router::new().route("/oai", get(answer).post(answer)).with_state(Arc::new(partner))
}

/// GET and POST: `RawForm` reads the query of the one and the body of the other.
async fn answer(
    State(partner): State<Arc<Partner>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> impl IntoResponse {
    let arguments: Vec<(String, String)> =
        url::form_urlencoded::parse(&form).into_owned().collect();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let body = partner.answer(&format!("http://{host}/oai"), &arguments, &now());
    ([(CONTENT_TYPE, "text/xml; charset=utf-8")], body)
}

#[expect(clippy::disallowed_methods, reason = "the responseDate of a server is the wall clock")]
fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    async fn body(request: Request<Body>) -> (StatusCode, String) {
        let response = router(Partner::fixtures().unwrap()).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn get_and_post_say_the_same() {
        let get = Request::get("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc")
            .body(Body::empty())
            .unwrap();
        let post = Request::post("/oai")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("verb=ListIdentifiers&metadataPrefix=oai_dc"))
            .unwrap();
        let (status, first) = body(get).await;
        let (_, second) = body(post).await;
        let records = |text: &str| text.split("<ListIdentifiers>").nth(1).map(str::to_owned);
        assert_eq!(status, StatusCode::OK);
        assert!(records(&first).is_some(), "{first}");
        assert_eq!(records(&first), records(&second));
    }
}
