//! HTTP/1.1 as far as a provider needs it, and what can go wrong below the protocol. One thread a
//! connection.

use super::Shared;
use super::answer::{Arguments, answer, page_of};
use super::fault::{Fault, Truncation};
use super::log::Exchange;
use super::profile::clock;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Longest line of a request.
const LONGEST_LINE: u64 = 64 << 10;
/// Longest form.
const LONGEST_FORM: usize = 64 << 10;
/// How long a stalled answer stays open.
const STALL: Duration = Duration::from_mins(1);

pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // A client that goes away, or that was thrown out, ends its connection only.
            let _gone = connection(&stream, &shared);
        });
    }
}

struct Request {
    path: String,
    arguments: Arguments,
    takes_gzip: bool,
    closes: bool,
}

fn connection(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        if shared.ended.load(Ordering::SeqCst) {
            return Ok(());
        }
        let keep = serve(stream, shared, &request)?;
        if !keep || request.closes {
            return Ok(());
        }
    }
    Ok(())
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.by_ref().take(LONGEST_LINE).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (mut length, mut takes_gzip, mut closes) = (0, false, false);
    loop {
        let mut header = String::new();
        if reader.by_ref().take(LONGEST_LINE).read_line(&mut header)? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "accept-encoding" => takes_gzip = value.contains("gzip"),
            "connection" => closes = value.trim().eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let mut arguments = Arguments::parse(query);
    if method == "POST" {
        let mut form = vec![0; LONGEST_FORM.min(length)];
        reader.read_exact(&mut form)?;
        arguments.0.extend(Arguments::parse(&String::from_utf8_lossy(&form)).0);
    }
    Ok(Some(Request { path: path.to_owned(), arguments, takes_gzip, closes }))
}

/// Answers one request; false when the connection is to be closed.
fn serve(stream: &TcpStream, shared: &Shared, request: &Request) -> io::Result<bool> {
    let profile = shared.profile().clone();
    if !profile.latency.is_zero() {
        pause(profile.latency);
    }
    let arguments = &request.arguments;
    let verb = arguments.get("verb").unwrap_or_default().to_owned();
    let page = page_of(arguments, &profile);
    let fault = match request.path.as_str() {
        "/oai" => shared.fault_at(&verb, page),
        "/moved" => None,
        _ => Some(Fault::Status { code: 404, wait: None, as_date: false }),
    };
    shared.served.fetch_add(1, Ordering::Relaxed);
    let mut exchange = Exchange {
        verb,
        request: arguments.text(),
        page,
        status: 200,
        fault: fault.as_ref().map(|fault| format!("{fault:?}")),
        whole: false,
    };
    let mut sent = Err(io::ErrorKind::ConnectionReset.into());
    let mut keep = false;
    match &fault {
        Some(Fault::Status { code, wait, as_date }) => {
            exchange.status = *code;
            let wait = wait.map(|seconds| {
                let value = if *as_date {
                    http_date(clock() + seconds as i64)
                } else {
                    seconds.to_string()
                };
                format!("Retry-After: {value}\r\n")
            });
            let body = format!("<html><body><h1>{code}</h1></body></html>");
            sent = reply(stream, *code, "text/html", &wait.unwrap_or_default(), body.as_bytes());
            keep = true;
        }
        Some(Fault::Redirect | Fault::RedirectLoop | Fault::RedirectNowhere) => {
            exchange.status = 302;
            let path = if fault == Some(Fault::Redirect) { "/moved" } else { "/oai" };
            let query = encode(arguments);
            let location = match fault {
                Some(Fault::RedirectNowhere) => String::new(),
                _ => format!("Location: {path}?{query}\r\n"),
            };
            sent = reply(stream, 302, "text/html", &location, b"moved");
            keep = true;
        }
        Some(Fault::ResetBefore) => reset(stream)?,
        Some(Fault::Html) => {
            let body = "<!DOCTYPE html><html><head><title>Please sign in</title></head><body><p>Session expired.<br></body></html>";
            sent = reply(stream, 200, "text/html; charset=utf-8", "", body.as_bytes());
            keep = true;
        }
        Some(Fault::Empty) => {
            sent = reply(stream, 200, "text/xml", "", b"");
            keep = true;
        }
        _ => {
            let text = answer(shared, arguments, fault.as_ref());
            (sent, keep) = deliver(stream, &profile, request, fault.as_ref(), text);
        }
    }
    exchange.whole = sent.is_ok() && !cuts(fault.as_ref());
    shared.log.push(exchange);
    sent.map(|()| keep)
}

fn cuts(fault: Option<&Fault>) -> bool {
    matches!(
        fault,
        Some(
            Fault::ResetBefore
                | Fault::ResetWithin
                | Fault::Truncate(_)
                | Fault::Stall
                | Fault::BrokenGzip
        )
    )
}

/// Sends an answer of the protocol, as whole as the fault lets it be.
fn deliver(
    mut stream: &TcpStream,
    profile: &super::Profile,
    request: &Request,
    fault: Option<&Fault>,
    text: String,
) -> (io::Result<()>, bool) {
    const XML: &str = "text/xml; charset=utf-8";
    let mut body = text.into_bytes();
    let half = body.len() / 2;
    let sent = match fault {
        Some(Fault::ResetWithin) => head(stream, 200, XML, "", Some(body.len()))
            .and_then(|()| stream.write_all(body.get(..half).unwrap_or_default()))
            .and_then(|()| {
                // What was sent has to be on its way before the reset overtakes it.
                pause(Duration::from_millis(20));
                reset(stream)
            }),
        Some(Fault::Stall) => head(stream, 200, XML, "", Some(body.len()))
            .and_then(|()| stream.write_all(body.get(..half).unwrap_or_default()))
            .and_then(|()| {
                stream.set_read_timeout(Some(STALL))?;
                // Until the client gives up.
                let _gone = stream.read(&mut [0]);
                Err(io::ErrorKind::TimedOut.into())
            }),
        Some(Fault::Drip { bytes, pause_ms }) => head(stream, 200, XML, "", Some(body.len()))
            .and_then(|()| {
                body.chunks(*bytes).try_for_each(|part| {
                    stream.write_all(part)?;
                    pause(Duration::from_millis(*pause_ms));
                    Ok(())
                })
            }),
        Some(Fault::Truncate(Truncation::Announced)) => {
            head(stream, 200, XML, "", Some(body.len()))
                .and_then(|()| stream.write_all(body.get(..half).unwrap_or_default()))
        }
        Some(Fault::Truncate(Truncation::Unannounced)) => {
            head(stream, 200, XML, "Connection: close\r\n", None)
                .and_then(|()| stream.write_all(body.get(..half).unwrap_or_default()))
        }
        Some(Fault::Truncate(Truncation::Quiet)) => {
            reply(stream, 200, XML, "", body.get(..half).unwrap_or_default())
        }
        Some(Fault::BrokenGzip) => {
            let packed = gzip(&body).unwrap_or_default();
            let part = packed.get(..packed.len() / 2).unwrap_or_default();
            reply(stream, 200, XML, "Content-Encoding: gzip\r\n", part)
        }
        _ if profile.gzip && request.takes_gzip => gzip(&body).and_then(|packed| {
            body.clear();
            reply(stream, 200, XML, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n", &packed)
        }),
        _ => reply(stream, 200, XML, "", &body),
    };
    let keep = !matches!(
        fault,
        Some(
            Fault::ResetWithin
                | Fault::Stall
                | Fault::Truncate(Truncation::Announced | Truncation::Unannounced)
        )
    );
    (sent, keep)
}

#[expect(clippy::disallowed_methods, reason = "a slow server is slow; it has a thread of its own")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

fn http_date(seconds: i64) -> String {
    let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn encode(arguments: &Arguments) -> String {
    let mut query = String::new();
    for (name, value) in &arguments.0 {
        if !query.is_empty() {
            query.push('&');
        }
        let _infallible = write!(query, "{name}=");
        for byte in value.bytes() {
            let _infallible = if byte.is_ascii_alphanumeric() {
                write!(query, "{}", char::from(byte))
            } else {
                write!(query, "%{byte:02X}")
            };
        }
    }
    query
}

fn head(
    mut stream: &TcpStream,
    status: u16,
    content_type: &str,
    more: &str,
    length: Option<usize>,
) -> io::Result<()> {
    let length = length.map(|length| format!("Content-Length: {length}\r\n")).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: {content_type}\r\n{length}{more}\r\n",
        if status == 200 { "OK" } else { "No" }
    );
    stream.write_all(head.as_bytes())
}

fn reply(
    mut stream: &TcpStream,
    status: u16,
    content_type: &str,
    more: &str,
    body: &[u8],
) -> io::Result<()> {
    head(stream, status, content_type, more, Some(body.len()))?;
    stream.write_all(body)
}

/// Closes so that the peer sees a reset.
fn reset(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
    Err(io::ErrorKind::ConnectionReset.into())
}
