//! The access log: a line a request in the combined log format, with the microseconds that it took
//! at the end. Lines are gathered in memory and written by a thread, each second or when there are
//! many, so that no request waits for a disk.

use axum::extract::ConnectInfo;
use axum::http::header::{REFERER, USER_AGENT};
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use chrono::DateTime;
use std::fs::File;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Bytes that are written without waiting for the second to end.
const MANY: usize = 256 << 10;
/// Bytes that may wait for a slow disk; lines above it are lost, requests are not.
const MOST: usize = 8 << 20;

/// The log; dropped, it writes what it has.
#[derive(Debug)]
pub struct AccessLog {
    lines: Arc<Lines>,
    file: File,
}

#[derive(Debug, Default)]
struct Lines {
    gathered: Mutex<Gathered>,
    many: Condvar,
}

#[derive(Debug, Default)]
struct Gathered {
    text: Vec<u8>,
    second: i64,
    stamp: String,
}

/// What is known of a request before its answer.
#[derive(Debug)]
pub struct Line {
    begin: Instant,
    peer: Option<IpAddr>,
    /// Method, target, version.
    head: Vec<u8>,
    /// Referrer and program of the client.
    tail: Vec<u8>,
}

fn lock(lines: &Lines) -> MutexGuard<'_, Gathered> {
    lines.gathered.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AccessLog {
    /// Appends to a file.
    ///
    /// # Errors
    /// What the system says when it cannot be opened, or no thread be had.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let lines = Arc::new(Lines::default());
        let (weak, own) = (Arc::downgrade(&lines), file.try_clone()?);
        std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || write_on(&weak, own))?;
        Ok(Self { lines, file })
    }

    /// Notes a request.
    pub fn begin<B>(request: &Request<B>) -> Line {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let mut head = Vec::with_capacity(128);
        head.extend_from_slice(request.method().as_str().as_bytes());
        head.push(b' ');
        let target = request.uri().path_and_query().map_or("*", |target| target.as_str());
        plain(&mut head, target.as_bytes());
        _ = write!(head, " {:?}", request.version());
        let headers = request.headers();
        let mut tail = Vec::with_capacity(96);
        for name in [REFERER, USER_AGENT] {
            tail.extend_from_slice(b" \"");
            plain(&mut tail, headers.get(name).map_or(b"-", HeaderValue::as_bytes));
            tail.push(b'"');
        }
        Line { begin: Instant::now(), peer, head, tail }
    }

    /// Notes the answer; `now` in seconds since the epoch.
    pub fn end(&self, line: &Line, response: &Response, now: i64) {
        let bytes = axum::body::HttpBody::size_hint(response.body()).exact();
        let status = response.status().as_u16();
        let micros = line.begin.elapsed().as_micros();
        let mut gathered = lock(&self.lines);
        let Gathered { text, second, stamp } = &mut *gathered;
        if text.len() >= MOST {
            return;
        }
        if *second != now || stamp.is_empty() {
            *second = now;
            let date = DateTime::from_timestamp(now, 0).unwrap_or_default();
            *stamp = date.format(" - - [%d/%b/%Y:%H:%M:%S +0000] \"").to_string();
        }
        match line.peer {
            Some(peer) => _ = write!(text, "{peer}"),
            None => text.push(b'-'),
        }
        text.extend_from_slice(stamp.as_bytes());
        text.extend_from_slice(&line.head);
        match bytes {
            Some(bytes) => _ = write!(text, "\" {status} {bytes}"),
            None => _ = write!(text, "\" {status} -"),
        }
        text.extend_from_slice(&line.tail);
        _ = writeln!(text, " {micros}");
        if text.len() >= MANY {
            self.lines.many.notify_one();
        }
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        let text = std::mem::take(&mut lock(&self.lines).text);
        if let Err(error) = self.file.write_all(&text) {
            tracing::warn!(%error, "lines of the access log are lost");
        }
    }
}

/// What could end the line or the field is written as `\xHH`.
fn plain(to: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        if (b' '..=b'~').contains(byte) && *byte != b'"' && *byte != b'\\' {
            to.push(*byte);
        } else {
            _ = write!(to, "\\x{byte:02X}");
        }
    }
}

/// Writes until nobody can add lines any more.
fn write_on(lines: &Weak<Lines>, mut file: File) {
    let mut text = Vec::new();
    while let Some(lines) = lines.upgrade() {
        let gathered = lock(&lines);
        let waited = lines.many.wait_timeout_while(gathered, Duration::from_secs(1), |gathered| {
            gathered.text.len() < MANY
        });
        let mut gathered = match waited {
            Ok((gathered, _)) => gathered,
            Err(poisoned) => poisoned.into_inner().0,
        };
        std::mem::swap(&mut gathered.text, &mut text);
        drop(gathered);
        if let Err(error) = file.write_all(&text) {
            tracing::warn!(%error, "lines of the access log are lost");
        }
        text.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn a_request_is_a_line_that_no_request_can_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let log = AccessLog::open(&path).unwrap();
        let request = Request::builder()
            .uri("/iiif/3/a/info.json?x=1")
            .header(USER_AGENT, HeaderValue::from_bytes(b"a\"b\xe9\\").unwrap())
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 9))))
            .body(Body::empty())
            .unwrap();
        let line = AccessLog::begin(&request);
        log.end(&line, &Response::new(Body::from("12345")), 1_700_000_000);
        let lines = log.lines.clone();
        let text = String::from_utf8(std::mem::take(&mut lock(&lines).text)).unwrap();
        let (known, micros) = text.trim_end().rsplit_once(' ').unwrap();
        assert_eq!(
            known,
            "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /iiif/3/a/info.json?x=1 HTTP/1.1\" \
             200 5 \"-\" \"a\\x22b\\xE9\\x5C\""
        );
        assert!(micros.parse::<u64>().is_ok());
    }
}
