//! Style, script and the vendored viewer, inside the binary.
//!
//! Links carry a version made of the content, so that a browser may keep a file for ever.

use super::{App, WebError};
use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct File {
    name: &'static str,
    content_type: &'static str,
    body: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";
const SVG: &str = "image/svg+xml";

static FILES: [File; 6] = [
    File { name: "app.css", content_type: CSS, body: include_bytes!("../../static/app.css") },
    File { name: "app.js", content_type: JS, body: include_bytes!("../../static/app.js") },
    File { name: "icon.svg", content_type: SVG, body: include_bytes!("../../static/icon.svg") },
    // The address is part of every record of the format `raw`: it stays.
    File {
        name: "schemas/raw.xsd",
        content_type: XML,
        body: include_bytes!("../../static/schemas/raw.xsd"),
    },
    File {
        name: "vendor/openseadragon/openseadragon.min.js",
        content_type: JS,
        body: include_bytes!("../../static/vendor/openseadragon/openseadragon.min.js"),
    },
    File {
        name: "vendor/openseadragon/LICENSE.txt",
        content_type: TEXT,
        body: include_bytes!("../../static/vendor/openseadragon/LICENSE.txt"),
    },
];

/// The first 16 hexadecimal digits of the SHA-256 of each file.
static VERSIONS: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|file| {
            let digest = Sha256::digest(file.body);
            let head = digest.iter().take(8).fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
            (file.name, format!("{head:016x}"))
        })
        .collect()
});

/// Address of a file, with its version.
pub fn href(root: &str, name: &str) -> String {
    format!("{root}/static/{name}?v={}", version(name).unwrap_or("0"))
}

fn version(name: &str) -> Option<&'static str> {
    VERSIONS.iter().find(|(known, _)| *known == name).map(|(_, version)| version.as_str())
}

/// The routes of the files.
pub fn router() -> Router<App> {
    Router::new().route("/static/{*name}", get(file))
}

async fn file(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let file = FILES.iter().find(|file| file.name == name).ok_or_else(WebError::not_found)?;
    let version = version(file.name).unwrap_or("0");
    // Weak: what is sent may be compressed.
    let tag = format!("W/\"{version}\"");
    let versioned = query.is_some_and(|query| query.strip_prefix("v=") == Some(version));
    let kept = if versioned { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.contains(version));
    let headers = [(ETAG, tag.as_str()), (CACHE_CONTROL, kept), (CONTENT_TYPE, file.content_type)];
    Ok(if known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, file.body).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_style_and_script_stay_small() {
        let size = |name| FILES.iter().find(|file| file.name == name).unwrap().body.len();
        assert!(size("app.css") <= 15 * 1024, "{}", size("app.css"));
        assert!(size("app.js") <= 15 * 1024, "{}", size("app.js"));
    }

    #[test]
    fn links_change_with_the_content() {
        let href = href("/p", "app.css");
        assert!(href.starts_with("/p/static/app.css?v="), "{href}");
        assert_eq!(href.len(), "/p/static/app.css?v=".len() + 16);
    }
}
