//! What a client may connect to: the address policy applied to URLs, names and redirects.

use super::address::is_public;
use super::contact::Contact;
use super::error::FetchError;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::ACCEPT_ENCODING;
use reqwest::{Client, Url, redirect};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Redirects followed at most.
const REDIRECTS: usize = 5;

/// Checks scheme and, when the host is written as an address, the address. Names are checked when
/// they are resolved.
pub(super) fn check_url(url: &str, allow_private: bool) -> Result<Url, FetchError> {
    let bad = |detail: String| FetchError::Url { url: url.to_owned(), detail };
    let parsed = Url::parse(url).map_err(|error| bad(error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(bad(format!("the scheme is {}", parsed.scheme())));
    }
    match literal_address(&parsed) {
        Some(address) if !allow_private && !is_public(address) => {
            let host = address.to_string();
            Err(FetchError::PrivateAddress { url: url.to_owned(), host })
        }
        _ => Ok(parsed),
    }
}

fn literal_address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// What the resolver and the redirect policy say when they refuse an address.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to a private address")]
pub(super) struct Refused(pub(super) String);

/// What becomes of compressed bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bodies {
    /// Asked for and unpacked.
    Unpacked,
    /// Left as they come over the wire; nothing is asked for.
    AsTheyCome,
}

/// An HTTP client that connects to public addresses only, or to any.
pub(super) fn client(
    allow_private: bool,
    contact: &Contact,
    bodies: Bodies,
) -> Result<Client, FetchError> {
    builder(allow_private, contact, bodies).build().or_else(|error| {
        tracing::warn!(%error, "no certificates of the platform: https will fail, http works");
        builder(allow_private, contact, bodies)
            .tls_certs_only([])
            .build()
            .map_err(|error| FetchError::Client(error.to_string()))
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that builds a client")]
fn builder(allow_private: bool, contact: &Contact, bodies: Bodies) -> reqwest::ClientBuilder {
    let mut headers = contact.headers();
    if bodies == Bodies::AsTheyCome {
        headers.remove(ACCEPT_ENCODING);
    }
    Client::builder()
        .user_agent(contact.user_agent())
        .default_headers(headers)
        .gzip(bodies == Bodies::Unpacked)
        .no_proxy()
        .redirect(redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(TooManyRedirects);
            }
            if check_url(attempt.url().as_str(), allow_private).is_err() {
                let host = attempt.url().host_str().unwrap_or_default().to_owned();
                return attempt.error(Refused(host));
            }
            attempt.follow()
        }))
        .dns_resolver(Arc::new(Resolver { allow_private }))
}

#[derive(Debug, thiserror::Error)]
#[error("more than {REDIRECTS} redirects")]
struct TooManyRedirects;

/// Resolves names and leaves out what the policy forbids. The connection goes to an address that
/// passed, so a name that changes its mind between check and use gains nothing.
struct Resolver {
    allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let all: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let found = !all.is_empty();
            let allowed: Vec<SocketAddr> =
                all.into_iter().filter(|a| allow_private || is_public(a.ip())).collect();
            if found && allowed.is_empty() {
                return Err(Refused(host).into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}
