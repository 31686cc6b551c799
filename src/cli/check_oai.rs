//! `check oai`: drives the rules of `protocols::oai_pmh::check` against a provider or over files.

use super::output;
use crate::clock::now;
use crate::fetch::exchange::{Exchange, Exchanged};
use crate::fetch::{FetchOptions, Fetcher};
use anyhow::Context as _;
use clap::Args;
use protocols::oai_pmh::check::answer::Received;
use protocols::oai_pmh::check::{Ask, Check, Method, Options, Reply, Report, Step, Verdict, file};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Largest answer or file, in bytes, packed or not.
const LARGEST: u64 = 100 << 20;
/// Pause between requests to a provider that is not of this machine, unless said otherwise.
const COURTESY: Duration = Duration::from_millis(200);
/// Files of a folder that are looked at, at most.
const FILES: usize = 100_000;

/// Arguments of `check oai`.
#[derive(Debug, Clone, Args)]
pub struct CheckOaiArguments {
    /// Address of a provider, or a stored answer, a static repository, a folder of them.
    #[arg(value_name = "URL|FILE|FOLDER")]
    target: String,
    /// Format that is walked.
    #[arg(long, default_value = "oai_dc")]
    prefix: String,
    /// Walk the records of this set only.
    #[arg(long, value_name = "SETSPEC")]
    set: Option<String>,
    /// Stop a walk after so many records.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    max_records: usize,
    /// Stop after so many requests; about 150 are needed beside the walks.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_requests: u64,
    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    timeout: f64,
    /// Seconds between requests; default: 0.2, none on this machine.
    #[arg(long, value_name = "SECONDS")]
    delay: Option<f64>,
    /// Allow addresses of private networks; those of this machine always are.
    #[arg(long)]
    allow_private: bool,
    /// Warnings count as broken rules too.
    #[arg(long)]
    strict: bool,
    /// One JSON document in the place of text.
    #[arg(long)]
    json: bool,
}

/// Checks and prints. Exit status 0: all rules hold; 1: some are broken; 2: it could not be checked.
pub async fn run(arguments: CheckOaiArguments) -> ExitCode {
    let reports = if is_url(&arguments.target) {
        provider(&arguments).await.map(|report| vec![report])
    } else {
        files(Path::new(&arguments.target))
    };
    match reports {
        Ok(reports) => {
            print(&arguments, &reports);
            ExitCode::from(status(&reports, arguments.strict))
        }
        Err(error) => {
            output::failure(&error);
            ExitCode::from(2)
        }
    }
}

fn is_url(target: &str) -> bool {
    target.split_once("://").is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    })
}

/// The worst of all: what could not be checked, then what is broken.
fn status(reports: &[Report], strict: bool) -> u8 {
    let verdict = |report: &Report| match report.verdict(strict) {
        Verdict::Holds => 0,
        Verdict::Broken => 1,
        Verdict::Unchecked => 2,
    };
    reports.iter().map(verdict).max().unwrap_or(2)
}

async fn provider(arguments: &CheckOaiArguments) -> anyhow::Result<Report> {
    let base = arguments.target.split(['?', '#']).next().unwrap_or_default();
    let here = is_here(base);
    let delay = match arguments.delay {
        Some(seconds) => Duration::try_from_secs_f64(seconds).context("--delay")?,
        None if here => Duration::ZERO,
        None => COURTESY,
    };
    let options = FetchOptions {
        timeout: Duration::try_from_secs_f64(arguments.timeout).context("--timeout")?,
        max_bytes: LARGEST,
        attempts: 1,
        allow_private: arguments.allow_private || here,
        ..FetchOptions::default()
    };
    let fetcher = Fetcher::new()?;
    let mut check = Check::new(Options {
        base: base.to_owned(),
        prefix: arguments.prefix.clone(),
        set: arguments.set.clone(),
        max_records: arguments.max_records,
        max_requests: arguments.max_requests,
    });
    let mut received = None;
    loop {
        let ask = match check.step(received.take()) {
            Step::Done(report) => return Ok(*report),
            Step::Ask(ask) => ask,
        };
        tracing::debug!(request = ask.describe(base), "asking");
        let pause = delay.max(Duration::from_secs(ask.wait_s));
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        received = Some(send(&fetcher, base, &ask, &options).await);
    }
}

/// Whether an address is one of this machine, which an operator may always look at.
fn is_here(base: &str) -> bool {
    let Ok(url) = url::Url::parse(base) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

async fn send(fetcher: &Fetcher, base: &str, ask: &Ask, options: &FetchOptions) -> Received {
    let accept_encoding = ask.accept_encoding;
    let (url, form) = match (ask.method, ask.query.is_empty()) {
        (Method::Post, _) => (base.to_owned(), Some(ask.query.as_str())),
        (Method::Get, true) => (base.to_owned(), None),
        (Method::Get, false) => (format!("{base}?{}", ask.query), None),
    };
    match fetcher.exchange(&url, Exchange { form, accept_encoding }, options).await {
        Ok(exchanged) => Received::Reply(reply(exchanged)),
        Err(error) => Received::Failed(error.to_string()),
    }
}

fn reply(exchanged: Exchanged) -> Reply {
    let Exchanged { status, headers, body, elapsed } = exchanged;
    let mut reply = Reply {
        status,
        headers,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        now: now(),
        ..Reply::default()
    };
    match unpack(reply.header("content-encoding"), &body) {
        Ok(body) => reply.body = body,
        Err(error) => reply.unpacking = Some(error.to_string()),
    }
    reply
}

/// Undoes the compressions that we ask for, and those that servers choose without being asked.
fn unpack(encoding: Option<&str>, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let read: &mut dyn std::io::Read = match encoding.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "identity") => &mut &*body,
        Some("gzip" | "x-gzip") => &mut flate2::read::MultiGzDecoder::new(body),
        Some("deflate") => &mut flate2::read::ZlibDecoder::new(body),
        Some(other) => {
            return Err(std::io::Error::other(format!(
                "Content-Encoding {other} was not asked for"
            )));
        }
    };
    let length = read.take(LARGEST + 1).read_to_end(&mut out)?;
    if length as u64 > LARGEST {
        return Err(std::io::Error::other(format!("longer than {LARGEST} bytes")));
    }
    Ok(out)
}

fn files(target: &Path) -> anyhow::Result<Vec<Report>> {
    let metadata = std::fs::metadata(target).with_context(|| target.display().to_string())?;
    let mut paths = Vec::new();
    if metadata.is_dir() {
        collect(target, &mut paths)?;
        paths.sort();
        anyhow::ensure!(!paths.is_empty(), "{}: no .xml file in this folder", target.display());
    } else {
        paths.push(target.to_owned());
    }
    paths.iter().map(|path| one_file(path)).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml")) {
            anyhow::ensure!(into.len() < FILES, "more than {FILES} files");
            into.push(path);
        }
    }
    Ok(())
}

fn one_file(path: &Path) -> anyhow::Result<Report> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| name.clone())?;
    let length = file.take(LARGEST + 1).read_to_end(&mut bytes).with_context(|| name.clone())?;
    if length as u64 > LARGEST {
        let mut report = Report::new(name);
        report.unchecked = Some(format!("longer than {LARGEST} bytes"));
        return Ok(report);
    }
    Ok(file::check(&name, &bytes))
}

fn print(arguments: &CheckOaiArguments, reports: &[Report]) {
    let strict = arguments.strict;
    match reports {
        [report] if arguments.json => output::line(report.to_json(strict)),
        [report] => output::line(report.to_text().trim_end()),
        several if arguments.json => {
            let all: Vec<_> = several.iter().map(|report| report.to_json(strict)).collect();
            output::line(serde_json::Value::from(all));
        }
        several => {
            for report in several {
                summary(report, strict);
            }
            let count = |verdict| several.iter().filter(|r| r.verdict(strict) == verdict).count();
            output::line(format_args!(
                "{} files: {} hold, {} broken, {} could not be checked",
                several.len(),
                count(Verdict::Holds),
                count(Verdict::Broken),
                count(Verdict::Unchecked),
            ));
        }
    }
}

/// One line a file, and one a broken rule.
fn summary(report: &Report, strict: bool) {
    let verdict = match report.verdict(strict) {
        Verdict::Holds => "holds",
        Verdict::Broken => "BROKEN",
        Verdict::Unchecked => "UNCHECKED",
    };
    output::line(format_args!("{verdict:<9} {}", report.target));
    for (rule, outcome) in report.broken_rules() {
        let about = rule.about();
        let what = outcome.findings.first().map_or("", |finding| finding.what.as_str());
        let (severity, id, count) = (about.severity.as_str(), about.id, outcome.broken);
        output::line(format_args!("          {severity} {id} ({count}): {what}"));
    }
    if let Some(why) = &report.unchecked {
        output::line(format_args!("          {why}"));
    }
}
