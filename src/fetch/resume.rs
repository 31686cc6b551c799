//! Downloads that go on where they were cut (RFC 9110, section 14): a part that was received is not
//! asked for again, when the server can say that the rest belongs to it.

use super::client::{Downloaded, Failure, FetchOptions, Fetcher, Head, Parts};
use super::error::FetchError;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt as _;

/// Name of the file beside a part that says which version the part is of.
fn note(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".version");
    PathBuf::from(name)
}

/// What a part of a file can be recognised by: a strong entity tag, else the date.
fn version(etag: Option<&str>, last_modified: Option<&str>) -> Option<String> {
    let strong = etag.filter(|etag| !etag.starts_with("W/"));
    strong.or(last_modified).map(str::to_owned)
}

impl Fetcher {
    /// As [`Fetcher::download`]; a part of the file that an earlier attempt left at `to`, of this
    /// call or of an earlier one, is kept when the server gives the rest of the same version.
    ///
    /// # Errors
    /// As [`Fetcher::download`]. The part stays, for a later call.
    pub async fn download_resumed(
        &self,
        url: &str,
        options: &FetchOptions,
        to: &Path,
    ) -> Result<Downloaded, FetchError> {
        let mut failures = 0;
        loop {
            let had = resumable(to).await;
            let (from, version) =
                had.as_ref().map_or((0, ""), |(bytes, version)| (*bytes, version.as_str()));
            let result = match self.attempt(url, options, Some((from, version))).await {
                Ok(response) => take(url, response, options, to, from).await,
                Err(failure) => Err(failure),
            };
            match result {
                Ok(Some(downloaded)) => {
                    // What is left of an earlier part is of no use any more.
                    let _none = tokio::fs::remove_file(note(to)).await;
                    return Ok(downloaded);
                }
                // The server has no such rest: from the beginning, which is no failure.
                Ok(None) => forget(to).await,
                Err(Failure::Final(FetchError::Status { status: 416, .. })) if had.is_some() => {
                    forget(to).await;
                }
                Err(failure) => self.wait_or_fail(url, failure, &mut failures, options).await?,
            }
        }
    }
}

async fn forget(part: &Path) {
    let _none = tokio::fs::remove_file(note(part)).await;
    let _none = tokio::fs::remove_file(part).await;
}

/// Length and version of the part that is there.
async fn resumable(part: &Path) -> Option<(u64, String)> {
    let version = tokio::fs::read_to_string(note(part)).await.ok()?;
    let bytes = tokio::fs::metadata(part).await.ok()?.len();
    (bytes > 0 && !version.is_empty()).then_some((bytes, version))
}

/// Writes what came; `None` when it is not the rest that was asked for.
async fn take(
    url: &str,
    response: reqwest::Response,
    options: &FetchOptions,
    to: &Path,
    from: u64,
) -> Result<Option<Downloaded>, Failure> {
    let write_error = |source| Failure::Final(FetchError::Write { path: to.to_owned(), source });
    let head = Head::of(&response);
    let begins = response
        .headers()
        .get(reqwest::header::CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    let at = match (head.status, from) {
        (304, _) => return Ok(Some(head.downloaded(0))),
        (206, from) if from > 0 && begins == Some(from) => from,
        (206, _) => return Ok(None),
        _ => 0,
    };
    let mut parts = Parts::new(url, response, options)?;
    let mut file = if at > 0 {
        tokio::fs::OpenOptions::new().append(true).open(to).await.map_err(write_error)?
    } else {
        let version = version(head.etag.as_deref(), head.last_modified.as_deref());
        tokio::fs::write(note(to), version.unwrap_or_default()).await.map_err(write_error)?;
        tokio::fs::File::create(to).await.map_err(write_error)?
    };
    let mut bytes = at;
    loop {
        let part = match parts.next().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(failure) => {
                file.flush().await.map_err(write_error)?;
                return Err(failure);
            }
        };
        bytes += part.len() as u64;
        if bytes > options.max_bytes {
            let max_bytes = options.max_bytes;
            return Err(Failure::Final(FetchError::TooLarge { url: url.to_owned(), max_bytes }));
        }
        file.write_all(&part).await.map_err(write_error)?;
    }
    file.flush().await.map_err(write_error)?;
    Ok(Some(head.downloaded(bytes)))
}
