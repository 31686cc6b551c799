//! `reconcile evaluate`: the engine on a plain set of records, so that anyone can score it.

mod events;
mod files;

use super::output;
use anyhow::Context as _;
use events::Played;
use linkage::engine::{Engine, uid};
use linkage::identity::Uid;
use linkage::input::Input;
use linkage::settings::{DEFAULT, Settings};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Questions that are asked before the weights are learned again.
const ASKED_AT_ONCE: usize = 100;
/// Lines that are held in memory at once.
const LINES: usize = 50_000;

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
    /// The events in another order; those of one record stay in theirs.
    #[arg(long, value_name = "SEED", requires = "events")]
    shuffle: Option<u64>,
    /// No full run between the events, however much changed.
    #[arg(long, requires = "events")]
    unhealed: bool,
    /// Compare what the events left with a full run over it, and with one in place.
    #[arg(long, requires = "events")]
    compare: bool,
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
    /// Where to write the pairs that were candidates: id1,id2,weight in bits (none when forbidden).
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Where to write the figures as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Threads that compare. The result does not depend on it.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// The figures of one evaluation. Times are in seconds.
#[derive(Debug, Default, Serialize)]
struct Figures {
    records: usize,
    candidate_pairs: usize,
    candidates_per_record: f64,
    clusters: usize,
    load_seconds: f64,
    run_seconds: f64,
    records_per_second: f64,
    labels_asked: usize,
    events: Option<Played>,
    comparison: Option<events::Compared>,
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
        Some(path) => Settings::read(&files::text(path)?)?,
        None => Settings::read(DEFAULT)?,
    };
    let threads = arguments.threads.max(1);
    let events = arguments
        .events
        .as_deref()
        .map(|path| events::Events::read(path, arguments.shuffle))
        .transpose()?;
    let initial = events.as_ref().map_or(usize::MAX, |events| events.initial);
    let mut engine = Engine::new(settings.clone());
    let start = Instant::now();
    let mut names = load(&mut engine, &arguments.records, initial, threads)?;
    let loaded = start.elapsed();
    let report = engine.run(threads);
    let all = start.elapsed();
    let records = engine.len();
    let mut figures = Figures {
        records,
        candidate_pairs: report.pairs,
        candidates_per_record: ratio(report.pairs, records),
        load_seconds: loaded.as_secs_f64(),
        run_seconds: all.saturating_sub(loaded).as_secs_f64(),
        records_per_second: records as f64 / all.max(Duration::from_millis(1)).as_secs_f64(),
        ..Figures::default()
    };
    if let Some(path) = arguments.matches.as_deref().filter(|_| arguments.labels > 0) {
        figures.labels_asked = ask(&mut engine, arguments.labels, path, threads)?;
        output::line(format_args!("{} pairs asked about", figures.labels_asked));
    }
    if let Some(events) = &events {
        let played = events.play(&mut engine, &mut names, threads, !arguments.unhealed);
        output::line(format_args!(
            "{} events, {} full runs between them; one takes {:.3} ms, one of a hundred {:.3} ms and more",
            played.events, played.full_runs, played.median_ms, played.p99_ms
        ));
        figures.events = Some(played);
        if arguments.compare {
            let compared = events.compare(&engine, &arguments.records, &settings, threads)?;
            output::line(format_args!(
                "{:.5} of the pairs as a full run makes them; {} ids given, {} without an answer",
                compared.agreement, compared.ids_given, compared.ids_without_answer
            ));
            figures.comparison = Some(compared);
        }
    }
    figures.clusters = files::clusters(&engine, &names, &arguments.out)?;
    if let Some(path) = &arguments.pairs {
        files::pairs(&engine, &names, path, threads)?;
    }
    output::line(format_args!(
        "{records} records, {:.1} candidate pairs a record, {} clusters of two and more; loaded in {:.2} s, clustered in {:.2} s",
        figures.candidates_per_record, figures.clusters, figures.load_seconds, figures.run_seconds
    ));
    if let Some(path) = &arguments.report {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Loads the first records of a file, a piece of it at a time.
fn load(
    engine: &mut Engine,
    path: &Path,
    initial: usize,
    threads: usize,
) -> anyhow::Result<HashMap<Uid, String>> {
    let mut names: HashMap<Uid, String> = HashMap::new();
    let mut lines = files::open(path)?
        .lines()
        .filter(|line| !matches!(line, Ok(line) if line.trim().is_empty()));
    let mut before = 0;
    while before < initial {
        let piece: Vec<String> = lines
            .by_ref()
            .take(LINES.min(initial - before))
            .collect::<Result<_, _>>()
            .with_context(|| format!("cannot read {}", path.display()))?;
        if piece.is_empty() {
            break;
        }
        let found = std::sync::Mutex::new(Vec::with_capacity(piece.len()));
        engine.load(piece.len(), threads, |at| {
            let input: Input = serde_json::from_str(piece.get(at).map_or("", String::as_str))
                .with_context(|| {
                    format!("record {} of {} cannot be read", before + at + 1, path.display())
                })?;
            if let Ok(mut found) = found.lock() {
                found.push(input.id.clone());
            }
            anyhow::Ok(input)
        })?;
        before += piece.len();
        names.extend(found.into_inner().unwrap_or_default().into_iter().map(|id| (uid(&id), id)));
    }
    anyhow::ensure!(
        names.len() == before,
        "{} records have ids that others have too",
        before - names.len()
    );
    Ok(names)
}

/// Asks what the review queue asks, a hundred at a time, and learns from the answers.
fn ask(engine: &mut Engine, count: usize, path: &Path, threads: usize) -> anyhow::Result<usize> {
    let mut matches: BTreeSet<(Uid, Uid)> = BTreeSet::new();
    for row in csv::Reader::from_reader(files::open(path)?).records() {
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
