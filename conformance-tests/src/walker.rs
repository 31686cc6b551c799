//! A lean OAI-PMH client for benchmarks: sockets, and of an answer only the token and the number of
//! headers. What it takes for itself must not show beside the server that it measures.

use anyhow::{Context as _, Result, bail, ensure};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Longest time without a byte.
const PATIENCE: Duration = Duration::from_mins(2);

/// A base URL of plain http.
#[derive(Debug, Clone)]
pub struct Target {
    authority: String,
    path: String,
}

impl Target {
    /// Reads `http://host:port/path`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(url: &str) -> Result<Self> {
        let rest = url.strip_prefix("http://").context("the URL does not begin with http://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self { authority: authority.to_owned(), path: format!("/{path}") })
    }
}

/// One connection, kept open.
#[derive(Debug)]
pub struct Connection {
    target: Target,
    stream: Option<BufReader<TcpStream>>,
    body: Vec<u8>,
}

impl Connection {
    /// A connection, opened with the first request.
    pub fn new(target: Target) -> Self {
        Self { target, stream: None, body: Vec::new() }
    }

    /// The body of the answer to a query; an error when the status is not 200.
    ///
    /// # Errors
    /// Whatever goes wrong on the way.
    pub fn get(&mut self, query: &str) -> Result<&[u8]> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.target.authority)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::with_capacity(1 << 18, stream)
            }
        };
        let Target { authority, path } = &self.target;
        let request = format!("GET {path}?{query} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        ensure!(line.split_whitespace().nth(1) == Some("200"), "{query}: {line}");
        let (mut length, mut chunked, mut closes) = (None, false, false);
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.trim().parse::<usize>()?),
                "transfer-encoding" => chunked = value.to_ascii_lowercase().contains("chunked"),
                "connection" => closes = value.trim().eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
        self.body.clear();
        match length {
            _ if chunked => loop {
                line.clear();
                stream.read_line(&mut line)?;
                let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or(""), 16)?;
                stream.by_ref().take(size as u64).read_to_end(&mut self.body)?;
                line.clear();
                stream.read_line(&mut line)?;
                if size == 0 {
                    break;
                }
            },
            Some(length) => {
                stream.by_ref().take(length as u64).read_to_end(&mut self.body)?;
                ensure!(self.body.len() == length, "{query}: the answer is cut off");
            }
            None => {
                stream.read_to_end(&mut self.body)?;
                closes = true;
            }
        }
        if !closes {
            self.stream = Some(stream);
        }
        Ok(&self.body)
    }
}

/// Percent-encodes a token.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The token of an answer; none when it is missing or empty.
fn token(body: &[u8]) -> Option<String> {
    let tail = body.get(body.len().saturating_sub(4096)..)?;
    let tail = String::from_utf8_lossy(tail);
    let (_, after) = tail.rsplit_once("<resumptionToken")?;
    let (_, value) = after.split_once('>')?;
    let (value, _) = value.split_once("</resumptionToken>")?;
    (!value.trim().is_empty()).then(|| unescape(value.trim()))
}

fn headers(body: &[u8]) -> usize {
    let tags = body.split(|byte| *byte == b'<');
    tags.filter(|tag| tag.starts_with(b"header>") || tag.starts_with(b"header ")).count()
}

/// Identifiers of an answer.
fn identifiers(body: &[u8]) -> impl Iterator<Item = String> {
    let tags = body.split(|byte| *byte == b'<');
    tags.filter_map(|tag| {
        let text = std::str::from_utf8(tag.strip_prefix(b"identifier>")?).ok()?;
        Some(unescape(text))
    })
}

/// A list, walked from its beginning to its end.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// Records or headers.
    pub records: usize,
    /// Bytes of all bodies.
    pub bytes: usize,
    /// Seconds of each page.
    pub pages: Vec<f64>,
    /// Seconds in all.
    pub seconds: f64,
    /// Identifiers, when they were asked for.
    pub identifiers: Vec<String>,
}

impl Walk {
    /// Median seconds of the first and of the last so many whole pages.
    pub fn ends(&self, count: usize) -> (f64, f64) {
        // The first page pays for the connection, the last one is seldom full.
        let whole = self.pages.get(1..self.pages.len().saturating_sub(1)).unwrap_or_default();
        let count = count.min(whole.len());
        let first = whole.get(..count).unwrap_or_default();
        let last = whole.get(whole.len() - count..).unwrap_or_default();
        (quantile(first, 0.5), quantile(last, 0.5))
    }
}

/// A quantile of some numbers; 0 when there are none.
pub fn quantile(numbers: &[f64], part: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len().saturating_sub(1)) as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}

/// Walks a list.
///
/// # Errors
/// When an answer is none, or a list has no record at all.
pub fn walk(target: &Target, verb: &str, prefix: &str, keep_identifiers: bool) -> Result<Walk> {
    let mut connection = Connection::new(target.clone());
    let mut walk = Walk::default();
    let begun = Instant::now();
    let mut query = format!("verb={verb}&metadataPrefix={prefix}");
    loop {
        let asked = Instant::now();
        let body = connection.get(&query)?;
        let token = token(body);
        walk.pages.push(asked.elapsed().as_secs_f64());
        let records = headers(body);
        if records == 0 {
            bail!("a page without records: {:.300}", String::from_utf8_lossy(body));
        }
        walk.records += records;
        walk.bytes += body.len();
        if keep_identifiers {
            walk.identifiers.extend(identifiers(body));
        }
        match token {
            Some(token) => query = format!("verb={verb}&resumptionToken={}", encode(&token)),
            None => break,
        }
    }
    walk.seconds = begun.elapsed().as_secs_f64();
    Ok(walk)
}

/// Seconds of each GetRecord of these identifiers, one after the other.
///
/// # Errors
/// When an answer holds no record.
pub fn get_records(target: &Target, prefix: &str, identifiers: &[&str]) -> Result<Vec<f64>> {
    let mut connection = Connection::new(target.clone());
    let mut times = Vec::with_capacity(identifiers.len());
    for identifier in identifiers {
        let query =
            format!("verb=GetRecord&metadataPrefix={prefix}&identifier={}", encode(identifier));
        let asked = Instant::now();
        let body = connection.get(&query)?;
        times.push(asked.elapsed().as_secs_f64());
        ensure!(headers(body) == 1, "{identifier}: {:.300}", String::from_utf8_lossy(body));
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double::{Profile, Provider, TokenForm};

    #[test]
    fn a_walk_brings_every_record_of_the_double_once() {
        let profile = Profile {
            records: 250,
            page_size: 20,
            token: TokenForm::Awkward,
            ..Profile::default()
        };
        let provider = Provider::start(profile).unwrap();
        let target = Target::parse(provider.url()).unwrap();
        for verb in ["ListRecords", "ListIdentifiers"] {
            let walk = walk(&target, verb, "oai_dc", true).unwrap();
            let mut identifiers = walk.identifiers.clone();
            identifiers.sort_unstable();
            identifiers.dedup();
            assert_eq!(
                (walk.records, walk.pages.len(), identifiers.len()),
                (250, 13, 250),
                "{verb}"
            );
        }
        let times = get_records(&target, "oai_dc", &["oai:double.example:item-0000007"]).unwrap();
        assert_eq!(times.len(), 1);
        assert!(get_records(&target, "oai_dc", &["oai:double.example:item-9999999"]).is_err());
    }
}
