//! Walks a provider and says how long it took, as one line of JSON.
//!
//!     oai-walker http://127.0.0.1:8080/oai list --prefix edm --walkers 8
//!     oai-walker http://127.0.0.1:8080/oai get --identifiers ids.txt --clients 8 --requests 8000

use anyhow::Result;
use clap::{Parser, Subcommand};
use conformance_tests::walker::{Target, Walk, get_records, quantile, walk};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// Pages at the beginning and at the end of a list whose median is taken.
const ENDS: usize = 50;

#[derive(Debug, Parser)]
#[command(about = "A lean OAI-PMH client for benchmarks")]
struct Options {
    /// Base URL, plain http.
    url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Walks a list from its beginning to its end.
    List {
        /// ListRecords or ListIdentifiers.
        #[arg(long, default_value = "ListRecords")]
        verb: String,
        /// metadataPrefix.
        #[arg(long, default_value = "oai_dc")]
        prefix: String,
        /// Walkers at the same time.
        #[arg(long, default_value_t = 1)]
        walkers: usize,
        /// File that the identifiers are written to, one a line.
        #[arg(long)]
        identifiers: Option<PathBuf>,
    },
    /// GetRecord, one identifier after the other, chosen evenly at random.
    Get {
        /// File of identifiers, one a line.
        #[arg(long)]
        identifiers: PathBuf,
        /// metadataPrefix.
        #[arg(long, default_value = "oai_dc")]
        prefix: String,
        /// Clients at the same time.
        #[arg(long, default_value_t = 8)]
        clients: usize,
        /// Requests of all clients together.
        #[arg(long, default_value_t = 8000)]
        requests: usize,
    },
}

fn main() -> Result<()> {
    let options = Options::parse();
    let target = Target::parse(&options.url)?;
    let answer = match options.what {
        What::List { verb, prefix, walkers, identifiers } => {
            list(&target, &verb, &prefix, walkers, identifiers)?
        }
        What::Get { identifiers, prefix, clients, requests } => {
            let text = std::fs::read_to_string(identifiers)?;
            let known: Vec<&str> = text.lines().collect();
            get(&target, &known, &prefix, clients, requests)?
        }
    };
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}

fn list(
    target: &Target,
    verb: &str,
    prefix: &str,
    walkers: usize,
    identifiers: Option<PathBuf>,
) -> Result<serde_json::Value> {
    let begun = Instant::now();
    let walks: Vec<Result<Walk>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..walkers.max(1))
            .map(|n| scope.spawn(move || walk(target, verb, prefix, false).map(|walk| (n, walk))))
            .collect();
        let ended = running.into_iter().map(|walker| match walker.join() {
            Ok(walk) => walk.map(|(_, walk)| walk),
            Err(_) => anyhow::bail!("a walker fell"),
        });
        ended.collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let walks: Vec<Walk> = walks.into_iter().collect::<Result<_>>()?;
    if let Some(path) = identifiers {
        std::fs::write(path, walk(target, verb, prefix, true)?.identifiers.join("\n"))?;
    }
    let records: usize = walks.iter().map(|walk| walk.records).sum();
    let bytes: usize = walks.iter().map(|walk| walk.bytes).sum();
    let pages: Vec<f64> = walks.iter().flat_map(|walk| walk.pages.iter().copied()).collect();
    let ends: Vec<(f64, f64)> = walks.iter().map(|walk| walk.ends(ENDS)).collect();
    let first = quantile(&ends.iter().map(|ends| ends.0).collect::<Vec<_>>(), 0.5);
    let last = quantile(&ends.iter().map(|ends| ends.1).collect::<Vec<_>>(), 0.5);
    Ok(json!({
        "records": records,
        "pages": pages.len(),
        "bytes": bytes,
        "seconds": seconds,
        "records_per_second": records as f64 / seconds,
        "page_p50_ms": quantile(&pages, 0.5) * 1e3,
        "page_p99_ms": quantile(&pages, 0.99) * 1e3,
        "first_ms": first * 1e3,
        "last_ms": last * 1e3,
    }))
}

fn get(
    target: &Target,
    known: &[&str],
    prefix: &str,
    clients: usize,
    requests: usize,
) -> Result<serde_json::Value> {
    let clients = clients.max(1);
    let begun = Instant::now();
    let times: Vec<Result<Vec<f64>>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..clients)
            .map(|client| {
                // A generator of its own, so that a run can be repeated (SplitMix64).
                let mut state = client as u64 + 1;
                let mut below = move |end: usize| {
                    state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                    let mut z = state;
                    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                    (z ^ (z >> 31)) as usize % end.max(1)
                };
                let chosen: Vec<&str> = (0..requests / clients)
                    .filter_map(|_| known.get(below(known.len())).copied())
                    .collect();
                scope.spawn(move || get_records(target, prefix, &chosen))
            })
            .collect();
        let ended = running.into_iter().map(|client| match client.join() {
            Ok(times) => times,
            Err(_) => anyhow::bail!("a client fell"),
        });
        ended.collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let times: Vec<f64> = times.into_iter().collect::<Result<Vec<_>>>()?.concat();
    Ok(json!({
        "requests": times.len(),
        "seconds": seconds,
        "requests_per_second": times.len() as f64 / seconds,
        "p50_ms": quantile(&times, 0.5) * 1e3,
        "p99_ms": quantile(&times, 0.99) * 1e3,
    }))
}
