//! The base URL under which the client sees us: every `id` that we send starts with it.
//!
//! A header that anyone can send must not decide what we publish, so forwarded headers count only
//! when the connection comes from a proxy that the settings name. Of a header that several proxies
//! wrote, the last entry is the one that the trusted proxy itself added.

mod network;

pub use network::Network;

use super::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{FORWARDED, HOST};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// Base URL without final slash, e.g. `https://pop.example.org`.
///
/// The configured `public_url` wins; else what a trusted proxy forwards; else the `Host` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(pub String);

impl PublicUrl {
    /// The path of the base URL, without final slash: empty at the root of a host. Links inside
    /// the site start with it, so that they work under any name of the host.
    pub fn root(&self) -> &str {
        let after_scheme = self.0.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("")
    }

    /// Scheme and host: the origin.
    pub fn origin(&self) -> &str {
        self.0.strip_suffix(self.root()).unwrap_or(&self.0)
    }
}

impl PublicUrl {
    /// The base URL that the client of a request sees.
    pub fn of(headers: &HeaderMap, extensions: &Extensions, app: &App) -> Self {
        if let Some(url) = &app.settings.public_url {
            return Self(url.trim_end_matches('/').to_owned());
        }
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let trusted = peer.is_some_and(|peer| is_trusted(peer, &app.settings.trusted_proxies));
        Self(of_headers(headers, trusted, &app.settings.listen))
    }
}

impl FromRequestParts<App> for PublicUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, &parts.extensions, app))
    }
}

/// Whether a peer is one of the proxies of the settings. An entry that is no network trusts nobody.
fn is_trusted(peer: IpAddr, proxies: &[String]) -> bool {
    proxies.iter().filter_map(|text| Network::parse(text)).any(|network| network.contains(peer))
}

/// The base URL that the headers of a request give.
fn of_headers(headers: &HeaderMap, trusted: bool, listen: &str) -> String {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let last = |name: &str| {
        header(name).and_then(|value| value.rsplit(',').next()).map(str::trim).map(str::to_owned)
    };
    let forwarded =
        header(FORWARDED.as_str()).filter(|_| trusted).map(forwarded).unwrap_or_default();
    let proxy =
        |value: Option<String>, name: &str| value.or_else(|| trusted.then(|| last(name)).flatten());
    let host = proxy(forwarded.host, "x-forwarded-host")
        .filter(|host| is_host(host))
        .or_else(|| header(HOST.as_str()).filter(|host| is_host(host)).map(str::to_owned))
        .unwrap_or_else(|| listen.to_owned());
    let proto = proxy(forwarded.proto, "x-forwarded-proto")
        .map(|proto| proto.to_ascii_lowercase())
        .filter(|proto| proto == "https" || proto == "http")
        .unwrap_or_else(|| "http".to_owned());
    let prefix = proxy(None, "x-forwarded-prefix").filter(|path| is_path(path)).unwrap_or_default();
    format!("{proto}://{host}{}", prefix.trim_end_matches('/'))
}

#[derive(Default)]
struct Forwarded {
    host: Option<String>,
    proto: Option<String>,
}

/// The last element of a `Forwarded` header (RFC 7239).
fn forwarded(value: &str) -> Forwarded {
    let mut found = Forwarded::default();
    for pair in value.rsplit(',').next().unwrap_or("").split(';') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = value.trim().trim_matches('"').to_owned();
        match name.trim().to_ascii_lowercase().as_str() {
            "host" => found.host = Some(value),
            "proto" => found.proto = Some(value),
            _ => {}
        }
    }
    found
}

/// A host and port, and nothing that could end up as markup or another URL.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(headers: &[(&'static str, &str)], trusted: bool) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        of_headers(&map, trusted, "127.0.0.1:8080")
    }

    #[test]
    fn the_host_header_is_what_the_client_sees() {
        assert_eq!(url(&[("host", "pop.example.org:81")], false), "http://pop.example.org:81");
        assert_eq!(url(&[], false), "http://127.0.0.1:8080");
    }

    #[test]
    fn a_stranger_cannot_forward() {
        let headers =
            [("host", "a.org"), ("x-forwarded-host", "evil.org"), ("forwarded", "host=evil.org")];
        assert_eq!(url(&headers, false), "http://a.org");
    }

    #[test]
    fn a_trusted_proxy_gives_host_scheme_and_prefix() {
        let headers = [
            ("host", "10.0.0.2:8080"),
            ("x-forwarded-host", "evil.org, pop.example.org"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/patrimoine/"),
        ];
        assert_eq!(url(&headers, true), "https://pop.example.org/patrimoine");
        let headers = [("host", "x"), ("forwarded", "for=1.2.3.4;host=\"b.org\";proto=https")];
        assert_eq!(url(&headers, true), "https://b.org");
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        let headers = [("host", "a.org"), ("x-forwarded-host", "a.org/\"><script>")];
        assert_eq!(url(&headers, true), "http://a.org");
    }

    #[test]
    fn root_and_origin_are_its_two_parts() {
        let url = PublicUrl("https://pop.example.org:8443/a/b".to_owned());
        assert_eq!((url.origin(), url.root()), ("https://pop.example.org:8443", "/a/b"));
        let url = PublicUrl("http://localhost".to_owned());
        assert_eq!((url.origin(), url.root()), ("http://localhost", ""));
    }

    proptest! {
        #[test]
        fn no_header_brings_markup_into_the_url(value in "[ -~]{0,60}") {
            let url = url(&[("host", "a.org"), ("x-forwarded-host", &value), ("forwarded", &value), ("x-forwarded-prefix", &value)], true);
            prop_assert!(!url.contains(['<', '"', '\'', ' ']));
        }
    }
}
