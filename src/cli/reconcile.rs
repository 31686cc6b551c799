//! `reconcile evaluate`: the engine on a plain set of records, so that anyone can score it.

use super::output;
use anyhow::Context as _;
use flate2::read::GzDecoder;
use linkage::engine::Engine;
use linkage::input::Input;
use linkage::settings::{DEFAULT, Settings};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// What `passerelle reconcile` can do beside reconciling what is stale.
#[derive(Debug, clap::Subcommand)]
pub enum ReconcileCommand {
    /// Cluster a plain set of records with the configuration that is shipped, without any label.
    Evaluate(EvaluateArguments),
}

/// Arguments of `passerelle reconcile evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArguments {
    /// Records, a JSON object a line: id, source, type, title, creator, date, place, identifiers,
    /// extra. May be compressed with gzip.
    #[arg(long, value_name = "FILE")]
    records: PathBuf,
    /// Where to write id,cluster for each record that shares its cluster.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Threads that compare.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Runs a command.
///
/// # Errors
/// When a file cannot be read or written, or a line is no record.
pub fn run(command: &ReconcileCommand) -> anyhow::Result<()> {
    match command {
        ReconcileCommand::Evaluate(arguments) => evaluate(arguments),
    }
}

fn evaluate(arguments: &EvaluateArguments) -> anyhow::Result<()> {
    let mut engine = Engine::new(Settings::read(DEFAULT)?);
    let mut ids = Vec::new();
    for (number, line) in lines(&arguments.records)?.enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let input: Input = serde_json::from_str(&line)
            .with_context(|| format!("line {} of {} is no record", number + 1, arguments.records.display()))?;
        engine.insert(&input);
        ids.push(input.id);
    }
    let (clusters, report) = engine.run(arguments.threads.max(1));
    let mut named: Vec<Vec<&str>> = clusters
        .iter()
        .map(|members| {
            let mut names: Vec<&str> =
                members.iter().filter_map(|slot| ids.get(*slot as usize)).map(String::as_str).collect();
            names.sort_unstable();
            names
        })
        .collect();
    named.sort_unstable();
    let mut writer = csv::Writer::from_path(&arguments.out)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    writer.write_record(["id", "cluster"])?;
    for members in &named {
        for id in members {
            writer.write_record([*id, members.first().copied().unwrap_or_default()])?;
        }
    }
    writer.flush()?;
    output::line(format_args!(
        "{} records, {} candidate pairs, {} clusters of two and more",
        ids.len(),
        report.pairs,
        report.clusters
    ));
    Ok(())
}

/// The lines of a file, which may be compressed.
fn lines(path: &Path) -> anyhow::Result<impl Iterator<Item = std::io::Result<String>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut reader = BufReader::new(file);
    let packed = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read> = if packed { Box::new(GzDecoder::new(reader)) } else { Box::new(reader) };
    Ok(BufReader::new(plain).lines())
}
