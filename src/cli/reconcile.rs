//! `reconcile evaluate`: the engine on a plain set of records, so that anyone can score it.

use super::output;
use anyhow::Context as _;
use flate2::read::GzDecoder;
use linkage::engine::{Change, Engine, uid};
use linkage::identity::Uid;
use linkage::input::Input;
use linkage::settings::{DEFAULT, Settings};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Questions that are asked before the weights are learned again.
const ASKED_AT_ONCE: usize = 100;

/// What `passerelle reconcile` can do beside reconciling what is stale.
#[derive(Debug, clap::Subcommand)]
pub enum ReconcileCommand {
    /// Cluster a plain set of records with the configuration that is shipped.
    ///
    /// No label is read, unless --labels asks the questions of the review queue of a file of true
    /// pairs.
    Evaluate(EvaluateArguments),
}

/// Arguments of `passerelle reconcile evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArguments {
    /// Records, a JSON object a line: id, source, type, title, creator, date, place, identifiers,
    /// extra. May be compressed with gzip, as the other files.
    #[arg(long, value_name = "FILE")]
    records: PathBuf,
    /// Events that follow, one by one. The first line says with how many records to begin.
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// So many pairs, chosen by the review queue, are looked up in --matches.
    #[arg(long, value_name = "N", requires = "matches", default_value_t = 0)]
    labels: usize,
    /// True pairs: id1,id2. Read for the pairs asked about only.
    #[arg(long, value_name = "FILE")]
    matches: Option<PathBuf>,
    /// Another configuration than the one that is shipped.
    #[arg(long, value_name = "FILE")]
    linkage: Option<PathBuf>,
    /// Where to write id,cluster for each record that shares its cluster.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Threads that compare. The result does not depend on it.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[derive(Debug, Deserialize)]
struct Beginning {
    initial: usize,
}

#[derive(Debug, Deserialize)]
struct Event {
    op: String,
    id: String,
    record: Option<Input>,
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
    let settings = match &arguments.linkage {
        Some(path) => Settings::read(&text(path)?)?,
        None => Settings::read(DEFAULT)?,
    };
    let threads = arguments.threads.max(1);
    let mut engine = Engine::new(settings);
    let mut names: HashMap<Uid, String> = HashMap::new();
    let records = text(&arguments.records)?;
    let events = arguments.events.as_deref().map(text).transpose()?;
    let mut lines: Vec<&str> = records.lines().filter(|line| !line.trim().is_empty()).collect();
    if let Some(first) = events.as_deref().and_then(|text| text.lines().next()) {
        let beginning: Beginning = serde_json::from_str(first)
            .context("the first line of the events does not say how many records to begin with")?;
        lines.truncate(beginning.initial);
    }
    let found = std::sync::Mutex::new(Vec::with_capacity(lines.len()));
    let uids = engine.load(lines.len(), threads, |at| {
        let input: Input = serde_json::from_str(lines.get(at).copied().unwrap_or_default())
            .with_context(|| {
                format!("record {} of {} cannot be read", at + 1, arguments.records.display())
            })?;
        if let Ok(mut found) = found.lock() {
            found.push(input.id.clone());
        }
        anyhow::Ok(input)
    })?;
    names.extend(found.into_inner().unwrap_or_default().into_iter().map(|id| (uid(&id), id)));
    anyhow::ensure!(
        names.len() == uids.len(),
        "{} records have ids that others have too",
        uids.len() - names.len()
    );
    let mut report = engine.run(threads);
    let pairs = report.pairs;
    if let Some(path) = arguments.matches.as_deref().filter(|_| arguments.labels > 0) {
        let asked = ask(&mut engine, arguments.labels, path, threads)?;
        output::line(format_args!("{asked} pairs asked about"));
        report.largest =
            engine.identities().clusters().map(|(_, members)| members.len()).max().unwrap_or(0);
    }
    if let Some(events) = &events {
        let runs = play(&mut engine, events, &mut names, threads)?;
        output::line(format_args!(
            "{} events, {runs} full runs between them",
            events.lines().count().saturating_sub(1)
        ));
    }
    let clusters = write(&engine, &names, &arguments.out)?;
    output::line(format_args!(
        "{} records, {pairs} candidate pairs, {clusters} clusters of two and more",
        engine.len()
    ));
    Ok(())
}

/// Asks what the review queue asks, a hundred at a time, and learns from the answers.
fn ask(engine: &mut Engine, count: usize, path: &Path, threads: usize) -> anyhow::Result<usize> {
    let mut matches: BTreeSet<(Uid, Uid)> = BTreeSet::new();
    let text = text(path)?;
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.with_context(|| format!("{} is no list of pairs", path.display()))?;
        if let (Some(a), Some(b)) = (row.get(0), row.get(1)) {
            let (a, b) = (uid(a), uid(b));
            matches.insert((a.min(b), a.max(b)));
        }
    }
    let mut asked = 0;
    while asked < count {
        let questions = engine.questions((count - asked).min(ASKED_AT_ONCE));
        if questions.is_empty() {
            break;
        }
        asked += questions.len();
        engine.note(questions.into_iter().map(|question| {
            let pair = (question.a.min(question.b), question.a.max(question.b));
            (question.a, question.b, matches.contains(&pair))
        }));
        engine.run(threads);
    }
    Ok(asked)
}

/// Applies the events in order; a full run in between when so much changed that one is due.
fn play(
    engine: &mut Engine,
    events: &str,
    names: &mut HashMap<Uid, String>,
    threads: usize,
) -> anyhow::Result<usize> {
    let mut runs = 0;
    for (number, line) in
        events.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty())
    {
        let event: Event =
            serde_json::from_str(line).with_context(|| format!("event {number} cannot be read"))?;
        match (event.op.as_str(), &event.record) {
            ("delete", _) => {
                engine.apply(&Change::Remove(uid(&event.id)));
            }
            ("create" | "update", Some(record)) => {
                engine.apply(&Change::Put(record));
                names.insert(uid(&event.id), event.id.clone());
            }
            (op, _) => anyhow::bail!("event {number} is {op}, or has no record"),
        }
        if engine.stale() {
            engine.run(threads);
            runs += 1;
        }
    }
    Ok(runs)
}

/// Writes the clusters, each by its first member, in their order.
fn write(engine: &Engine, names: &HashMap<Uid, String>, path: &Path) -> anyhow::Result<usize> {
    let mut named: Vec<Vec<&str>> = engine
        .identities()
        .clusters()
        .filter(|(_, members)| members.len() > 1)
        .map(|(_, members)| {
            let mut ids: Vec<&str> =
                members.iter().filter_map(|member| names.get(member)).map(String::as_str).collect();
            ids.sort_unstable();
            ids
        })
        .collect();
    named.sort_unstable();
    let mut writer =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["id", "cluster"])?;
    for members in &named {
        for id in members {
            writer.write_record([*id, members.first().copied().unwrap_or_default()])?;
        }
    }
    writer.flush()?;
    Ok(named.len())
}

/// The text of a file, which may be compressed.
fn text(path: &Path) -> anyhow::Result<String> {
    let read = || -> anyhow::Result<String> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut text = String::new();
        if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            GzDecoder::new(reader).read_to_string(&mut text)?;
        } else {
            reader.read_to_string(&mut text)?;
        }
        Ok(text)
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}
