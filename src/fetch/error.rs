//! What can go wrong with a request.

use std::path::PathBuf;
use std::time::Duration;

/// Why a request failed for good. Every message names the URL and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not an absolute http or https URL.
    #[error("`{url}` is not an http or https URL: {detail}")]
    Url {
        /// As given.
        url: String,
        /// Why not.
        detail: String,
    },
    /// The address policy forbids it.
    #[error(
        "{url}: {host} is an address of this machine or of a private network; set \
         allow_private_addresses = true in the schedule if that is meant"
    )]
    PrivateAddress {
        /// What was asked for.
        url: String,
        /// Host that leads there.
        host: String,
    },
    /// The answer is longer than allowed.
    #[error(
        "{url}: the answer is longer than {max_bytes} bytes; raise politeness.max_page_mib if it may be"
    )]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit.
        max_bytes: u64,
    },
    /// The server answers, but not with what was asked for.
    #[error("{url}: HTTP status {status}{}", after(*attempts))]
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
        /// How often it was tried.
        attempts: u32,
        /// How long the server asks to wait (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The server asks to wait longer than a run can.
    #[error("{url}: the server asks to come back in {} seconds", wait.as_secs())]
    ComeBackLater {
        /// What was asked for.
        url: String,
        /// How long.
        wait: Duration,
    },
    /// No connection, no answer in time, or an answer cut short.
    #[error("{url}: {detail}{}", after(*attempts))]
    Connection {
        /// What was asked for.
        url: String,
        /// What happened.
        detail: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// Too many redirects, or one that is not a URL.
    #[error("{url}: {detail}")]
    Redirect {
        /// What was asked for.
        url: String,
        /// What is wrong.
        detail: String,
    },
    /// The body cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// File that was to be written.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The HTTP client cannot be built.
    #[error("HTTP client: {0}")]
    Client(String),
}

fn after(attempts: u32) -> String {
    if attempts > 1 { format!(" (tried {attempts} times)") } else { String::new() }
}
