//! The base URL under which the client sees us: every `id` that we send starts with it.

use super::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;

/// Base URL without final slash, e.g. `https://pop.example.org`.
///
/// The configured `public_url` wins; else what a trusted proxy forwards; else the `Host` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub String);

impl FromRequestParts<App> for PublicUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        if let Some(url) = &app.settings.public_url {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        let host = parts
            .headers
            .get(axum::http::header::HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or(&app.settings.listen);
        Ok(Self(format!("http://{host}")))
    }
}
