//! The client: one request, bounded, policed and tried again.

use super::contact::Contact;
use super::error::FetchError;
use super::host::{Hosts, Turn};
use super::policy::{Bodies, Refused, check_url, client};
use super::retry;
use crate::config::source::{SourceConfig, SourceKind};
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Client, Response};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;

/// Below this rate (bytes a second, after twice the timeout) an answer counts as stalled.
const SLOWEST: u64 = 1024;
/// Most memory that is reserved on the word of a server.
const RESERVED: u64 = 4 << 20;
/// Largest file that is downloaded when the schedule allows no larger one.
const LARGEST_FILE: u64 = 16 << 30;

/// Limits and validators of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOptions {
    /// How long to wait for a connection, for the head of the answer, and for each part of it.
    pub timeout: Duration,
    /// Largest body, in bytes as received.
    pub max_bytes: u64,
    /// Attempts in all, at least 1.
    pub attempts: u32,
    /// Whether private and loopback addresses are allowed.
    pub allow_private: bool,
    /// `If-None-Match`.
    pub etag: Option<String>,
    /// `If-Modified-Since`.
    pub last_modified: Option<String>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(2),
            max_bytes: 64 << 20,
            attempts: 5,
            allow_private: false,
            etag: None,
            last_modified: None,
        }
    }
}

impl FetchOptions {
    /// What the schedule of a source says. `max_page_mib` bounds a page of a protocol; a source
    /// that is one file may always be 16 GiB, since it is streamed to disk.
    pub fn of(config: &SourceConfig) -> Self {
        let page = config.politeness.max_page_mib.saturating_mul(1 << 20);
        Self {
            timeout: Duration::from_secs(config.politeness.timeout_s.max(1)),
            max_bytes: match config.kind {
                SourceKind::File => page.max(LARGEST_FILE),
                _ => page,
            },
            attempts: config.politeness.attempts.max(1),
            allow_private: config.allow_private_addresses,
            etag: None,
            last_modified: None,
        }
    }
}

/// An answer in memory: status 2xx, or 304 to a conditional request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// 200 or another 2xx, or 304.
    pub status: u16,
    /// The body, as received.
    pub body: Bytes,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// URL after redirects.
    pub url: String,
}

/// An answer on disk: status 2xx, or 304 to a conditional request (then nothing was written).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// 200 or another 2xx, or 304.
    pub status: u16,
    /// Bytes written.
    pub bytes: u64,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// URL after redirects.
    pub url: String,
}

/// How a pause is made; tests put one that only takes note.
type Pause = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// HTTP client of the gateway. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Fetcher {
    public: Client,
    anywhere: Client,
    /// The same two for exchanges as they are, made when first needed.
    wire: Arc<[OnceLock<Client>; 2]>,
    contact: Contact,
    pause: Pause,
    hosts: Hosts,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Makes a client. TLS trusts what the platform trusts; on a machine without certificates
    /// plain http still works.
    ///
    /// Proxies of the environment are not used: the address policy cannot see past one.
    ///
    /// # Errors
    /// [`FetchError::Client`] when it cannot be built.
    pub fn new() -> Result<Self, FetchError> {
        Self::of(Contact::default())
    }

    /// A client that says who asks.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    #[expect(clippy::needless_pass_by_value, reason = "callers make it for this")]
    pub fn of(contact: Contact) -> Result<Self, FetchError> {
        Self::build(&contact, Arc::new(|pause| Box::pin(tokio::time::sleep(pause))))
    }

    /// A client whose pauses between attempts are made by `pause`.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn with_pause(
        pause: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Result<Self, FetchError> {
        Self::build(&Contact::default(), Arc::new(pause))
    }

    fn build(contact: &Contact, pause: Pause) -> Result<Self, FetchError> {
        // Someone else may have installed a provider already, which serves as well.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            public: client(false, contact, Bodies::Unpacked)?,
            anywhere: client(true, contact, Bodies::Unpacked)?,
            wire: Arc::default(),
            contact: contact.clone(),
            pause,
            hosts: Hosts::default(),
        })
    }

    /// Waits until it is the turn of a request to the host of this URL, `delay` after the last one
    /// ended: one at a time per host, whichever source asks. The turn ends when it is dropped.
    pub async fn turn(&self, url: &str, delay: Duration) -> Turn {
        self.hosts.turn(url, delay).await
    }

    /// Pauses as between two attempts.
    pub async fn pause(&self, pause: Duration) {
        (self.pause)(pause).await;
    }

    /// Gets a URL into memory.
    ///
    /// # Errors
    /// [`FetchError`]; a status other than 2xx (and 304 to a conditional request) is one.
    pub async fn get(&self, url: &str, options: &FetchOptions) -> Result<Fetched, FetchError> {
        let mut failures = 0;
        loop {
            let attempt = self.attempt(url, options, None).await;
            let result = match attempt {
                Ok(response) => self.body(url, response, options).await,
                Err(failure) => Err(failure),
            };
            match result {
                Ok(fetched) => return Ok(fetched),
                Err(failure) => self.wait_or_fail(url, failure, &mut failures, options).await?,
            }
        }
    }

    /// Gets a URL into a file, which is created or overwritten. Memory does not grow with it.
    ///
    /// # Errors
    /// As [`Fetcher::get`], and [`FetchError::Write`].
    pub async fn download(
        &self,
        url: &str,
        options: &FetchOptions,
        to: &Path,
    ) -> Result<Downloaded, FetchError> {
        let mut failures = 0;
        loop {
            let attempt = self.attempt(url, options, None).await;
            let result = match attempt {
                Ok(response) => to_file(url, response, options, to).await,
                Err(failure) => Err(failure),
            };
            match result {
                Ok(downloaded) => return Ok(downloaded),
                Err(failure) => self.wait_or_fail(url, failure, &mut failures, options).await?,
            }
        }
    }

    /// The client that changes nothing of what comes.
    pub(super) fn wire(&self, allow_private: bool) -> Result<&Client, FetchError> {
        let [public, anywhere] = &*self.wire;
        let place = if allow_private { anywhere } else { public };
        if let Some(made) = place.get() {
            return Ok(made);
        }
        let made = client(allow_private, &self.contact, Bodies::AsTheyCome)?;
        Ok(place.get_or_init(|| made))
    }

    /// The client whose address policy that is.
    pub(super) fn client(&self, allow_private: bool) -> &Client {
        if allow_private { &self.anywhere } else { &self.public }
    }

    /// One request up to the head of its answer; `range`: the bytes as they
    /// are, only those from there on if they still are of that version.
    pub(super) async fn attempt(
        &self,
        url: &str,
        options: &FetchOptions,
        range: Option<(u64, &str)>,
    ) -> Result<Response, Failure> {
        let parsed = check_url(url, options.allow_private).map_err(Failure::Final)?;
        let mut request = self.client(options.allow_private).get(parsed);
        if let Some(etag) = &options.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = &options.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, date);
        }
        if let Some((from, version)) = range {
            // The range is one of the bytes as they are, not of a compressed form.
            request = request.header(header::ACCEPT_ENCODING, "identity");
            if from > 0 {
                request = request
                    .header(header::RANGE, format!("bytes={from}-"))
                    .header(header::IF_RANGE, version);
            }
        }
        let response = match tokio::time::timeout(options.timeout, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(classify(url, &error)),
            Err(_) => return Err(Failure::passing(url, no_answer(options.timeout))),
        };
        let status = response.status().as_u16();
        let conditional = options.etag.is_some() || options.last_modified.is_some();
        if response.status().is_success() || (status == 304 && conditional) {
            return Ok(response);
        }
        let asked = text(response.headers(), &header::RETRY_AFTER)
            .and_then(|value| retry::retry_after(&value, wall_clock()));
        let error =
            FetchError::Status { url: url.to_owned(), status, attempts: 1, retry_after: asked };
        if !retry::is_passing(status) {
            return Err(Failure::Final(error));
        }
        Err(Failure::Passing { error, asked })
    }

    async fn body(
        &self,
        url: &str,
        response: Response,
        options: &FetchOptions,
    ) -> Result<Fetched, Failure> {
        let head = Head::of(&response);
        let mut parts = Parts::new(url, response, options)?;
        let length = parts.response.content_length().unwrap_or(0).min(RESERVED);
        let mut body = BytesMut::with_capacity(length as usize);
        while let Some(part) = parts.next().await? {
            body.extend_from_slice(&part);
        }
        let Head { status, etag, last_modified, content_type, url } = head;
        Ok(Fetched { status, body: body.freeze(), etag, last_modified, content_type, url })
    }

    /// Waits before the next attempt, or says why there is none.
    pub(super) async fn wait_or_fail(
        &self,
        url: &str,
        failure: Failure,
        failures: &mut u32,
        options: &FetchOptions,
    ) -> Result<(), FetchError> {
        *failures += 1;
        let (error, asked) = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Passing { error, asked } => (error, asked),
        };
        if *failures >= options.attempts {
            return Err(counted(error, *failures));
        }
        if let Some(wait) = asked.filter(|wait| *wait > retry::LONGEST_ASKED) {
            return Err(FetchError::ComeBackLater { url: url.to_owned(), wait });
        }
        let own = retry::pause(*failures, retry::random());
        let wait = asked.map_or(own, |asked| asked.max(own));
        tracing::warn!(%error, wait_ms = wait.as_millis() as u64, attempt = *failures, "trying again");
        (self.pause)(wait).await;
        Ok(())
    }
}

/// Why an attempt failed.
pub(super) enum Failure {
    /// Trying again would not help.
    Final(FetchError),
    /// It may pass; the server may have said when.
    Passing { error: FetchError, asked: Option<Duration> },
}

impl Failure {
    pub(super) fn passing(url: &str, detail: String) -> Self {
        let error = FetchError::Connection { url: url.to_owned(), detail, attempts: 1 };
        Self::Passing { error, asked: None }
    }
}

#[expect(clippy::disallowed_methods, reason = "Retry-After as a date means the wall clock")]
fn wall_clock() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

fn no_answer(timeout: Duration) -> String {
    format!("no answer in {} seconds", timeout.as_secs_f32())
}

fn counted(mut error: FetchError, count: u32) -> FetchError {
    if let FetchError::Status { attempts, .. } | FetchError::Connection { attempts, .. } =
        &mut error
    {
        *attempts = count;
    }
    error
}

pub(super) struct Head {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    content_type: Option<String>,
    url: String,
}

impl Head {
    pub(super) fn downloaded(self, bytes: u64) -> Downloaded {
        let Self { status, etag, last_modified, content_type, url } = self;
        Downloaded { status, bytes, etag, last_modified, content_type, url }
    }

    pub(super) fn of(response: &Response) -> Self {
        let headers = response.headers();
        Self {
            status: response.status().as_u16(),
            etag: text(headers, &header::ETAG),
            last_modified: text(headers, &header::LAST_MODIFIED),
            content_type: text(headers, &header::CONTENT_TYPE),
            url: response.url().to_string(),
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The parts of a body, bounded in bytes and time.
pub(super) struct Parts<'a> {
    url: &'a str,
    response: Response,
    options: &'a FetchOptions,
    received: u64,
    begun: Instant,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        url: &'a str,
        response: Response,
        options: &'a FetchOptions,
    ) -> Result<Self, Failure> {
        let parts = Self { url, response, options, received: 0, begun: Instant::now() };
        match parts.response.content_length() {
            Some(length) if length > options.max_bytes => Err(parts.too_large()),
            _ => Ok(parts),
        }
    }

    fn too_large(&self) -> Failure {
        let max_bytes = self.options.max_bytes;
        Failure::Final(FetchError::TooLarge { url: self.url.to_owned(), max_bytes })
    }

    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let timeout = self.options.timeout;
        let part = match tokio::time::timeout(timeout, self.response.chunk()).await {
            Ok(Ok(part)) => part,
            Ok(Err(error)) => return Err(classify(self.url, &error)),
            Err(_) => return Err(Failure::passing(self.url, no_answer(timeout))),
        };
        self.received += part.as_ref().map_or(0, |part| part.len() as u64);
        if self.received > self.options.max_bytes {
            return Err(self.too_large());
        }
        let patience = timeout * 2 + Duration::from_secs(self.received / SLOWEST);
        if part.is_some() && self.begun.elapsed() > patience {
            return Err(Failure::passing(self.url, "the answer trickles in too slowly".to_owned()));
        }
        Ok(part)
    }
}

async fn to_file(
    url: &str,
    response: Response,
    options: &FetchOptions,
    to: &Path,
) -> Result<Downloaded, Failure> {
    let write_error = |source| Failure::Final(FetchError::Write { path: to.to_owned(), source });
    let head = Head::of(&response);
    let mut bytes = 0;
    if head.status != 304 {
        let mut parts = Parts::new(url, response, options)?;
        let file = tokio::fs::File::create(to).await.map_err(write_error)?;
        let mut file = tokio::io::BufWriter::with_capacity(1 << 18, file);
        while let Some(part) = parts.next().await? {
            file.write_all(&part).await.map_err(write_error)?;
        }
        file.flush().await.map_err(write_error)?;
        bytes = parts.received;
    }
    let Head { status, etag, last_modified, content_type, url } = head;
    Ok(Downloaded { status, bytes, etag, last_modified, content_type, url })
}

/// Sorts an error of the client into what may pass and what will not.
pub(super) fn classify(url: &str, error: &reqwest::Error) -> Failure {
    let mut detail = String::new();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(Refused(host)) = current.downcast_ref() {
            let host = host.clone();
            return Failure::Final(FetchError::PrivateAddress { url: url.to_owned(), host });
        }
        // The innermost causes say most; reqwest's own text repeats the URL.
        if cause.is_some() && !current.is::<reqwest::Error>() {
            if !detail.is_empty() {
                detail.push_str(": ");
            }
            detail.push_str(&current.to_string());
        }
        cause = current.source();
    }
    if error.is_redirect() {
        return Failure::Final(FetchError::Redirect { url: url.to_owned(), detail });
    }
    if detail.is_empty() {
        detail = error.to_string();
    }
    Failure::passing(url, detail)
}
