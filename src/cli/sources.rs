//! `harvest`, `replay`, `sources`, `reindex`.

use super::gateway::Gateway;
use super::{output, serve};
use crate::config::source::{HarvestMode, SourceConfig};
use crate::harvest::import::token;
use crate::harvest::{Progress, replay};
use crate::store::run::Run;
use anyhow::Context as _;
use protocols::oai_pmh::client::{Gap, Verdict};
use std::process::ExitCode;
use std::time::Instant;

/// Harvests a source and settles what follows. Exit status 2 when the run is not complete.
///
/// # Errors
/// When the run cannot begin or a later stage fails.
pub async fn harvest(
    gateway: &Gateway,
    source: &str,
    mode: Option<HarvestMode>,
    only: bool,
) -> anyhow::Result<ExitCode> {
    harvest_source(gateway, gateway.source(source)?, mode, only).await
}

async fn harvest_source(
    gateway: &Gateway,
    source: &SourceConfig,
    mode: Option<HarvestMode>,
    only: bool,
) -> anyhow::Result<ExitCode> {
    let cancel = serve::cancel_on_signal();
    let started = Instant::now();
    let run = gateway.harvest(source, mode, &cancel).await?;
    print_run(gateway, &run, started.elapsed().as_secs_f64()).await?;
    if !only && !cancel.is_cancelled() {
        gateway.settle(&cancel).await?;
    }
    Ok(if run.status == "complete" { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Reads the kept pages of a source again, and settles what follows.
///
/// # Errors
/// When a run of the source is open or a later stage fails.
pub async fn replay(
    gateway: &Gateway,
    source: &str,
    run: Option<i64>,
    only: bool,
) -> anyhow::Result<ExitCode> {
    let cancel = serve::cancel_on_signal();
    let started = Instant::now();
    let config = gateway.source(source)?;
    let run = replay::replay(&gateway.store, config, run, Progress::auto(), &cancel)
        .await
        .with_context(|| format!("replay of {source}"))?;
    print_run(gateway, &run, started.elapsed().as_secs_f64()).await?;
    if !only && !cancel.is_cancelled() {
        gateway.settle(&cancel).await?;
    }
    Ok(if run.status == "complete" { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// `passerelle sources …`.
#[derive(Debug, clap::Subcommand)]
pub enum SourcesCommand {
    /// Let the deletions that the brake of a source holds back be done.
    Release {
        /// Source id.
        source: String,
        /// Who decides it.
        #[arg(long)]
        author: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Make the token with which a producer imports into a source over HTTP, and print it once.
    /// The one before ends.
    Token {
        /// Source id.
        source: String,
    },
}

/// Lists the sources, or does what the command says.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn run(gateway: &Gateway, command: Option<SourcesCommand>) -> anyhow::Result<()> {
    match command {
        None => list(gateway).await,
        Some(SourcesCommand::Token { source }) => {
            gateway.source(&source)?;
            let token = token::make(&gateway.store, &source, crate::clock::now()).await?;
            output::line(token);
            Ok(())
        }
        Some(SourcesCommand::Release { source, author, reason }) => {
            gateway.source(&source)?;
            if gateway.store.open_run(&source).await?.is_some() {
                anyhow::bail!("a run of `{source}` is open: let it end first");
            }
            let now = crate::clock::now();
            let released = gateway.store.release_held(&source, &author, &reason, now).await?;
            output::line(format_args!("{source}: {released} deletions done"));
            gateway.settle(&serve::cancel_on_signal()).await
        }
    }
}

async fn print_run(gateway: &Gateway, run: &Run, seconds: f64) -> anyhow::Result<()> {
    let counts = &run.counts;
    output::line(format_args!(
        "{}: {}{} in {seconds:.1} s: {} rows in {} pages = {} created + {} updated + {} unchanged + {} deleted + {} quarantined; {} images",
        run.source_id,
        run.status,
        run.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default(),
        counts.rows,
        counts.pages,
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.deleted,
        counts.quarantined,
        counts.images,
    ));
    for (code, count) in gateway.store.quarantine_by_code(run.run_id).await? {
        output::line(format_args!("  quarantined {code}: {count}"));
    }
    if let Some(state) = gateway.store.harvest_state(&run.source_id).await?.not_before
        && state > crate::clock::now()
    {
        output::line(format_args!("  it may be asked again at {}", second(state)));
    }
    if let Some(verdict) = verdict(run) {
        for gap in &verdict.gaps {
            output::line(format_args!("  gap: {}", gap_text(gap)));
        }
        for note in &verdict.notes {
            output::line(format_args!("  note: {note}"));
        }
        output::line(format_args!("{}: verdict {}", run.source_id, summary(run, &verdict)));
    }
    Ok(())
}

fn second(at: i64) -> String {
    protocols::oai_pmh::datestamp::format(at, protocols::oai_pmh::Granularity::Second)
}

fn verdict(run: &Run) -> Option<Verdict> {
    serde_json::from_str(run.verdict.as_deref()?).ok()
}

fn gap_text(gap: &Gap) -> String {
    match gap {
        Gap::Window { from, until, reason } => format!(
            "{} to {}: {reason}",
            from.as_deref().unwrap_or("the beginning"),
            until.as_deref().unwrap_or("the end")
        ),
        Gap::Record { identifier, reason } => format!("{identifier}: {reason}"),
    }
}

/// A verdict in one line.
fn summary(run: &Run, verdict: &Verdict) -> String {
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |n| n.to_string());
    format!(
        "{}{}: {} pages, {} received, {} different of {} declared, {} deleted, {} quarantined, {} held back, {} gaps",
        run.status,
        verdict.code.as_deref().map(|code| format!("({code})")).unwrap_or_default(),
        verdict.pages,
        verdict.received,
        number(verdict.distinct),
        number(verdict.declared),
        verdict.deleted,
        verdict.quarantined,
        verdict.held,
        verdict.gap_count,
    )
}

/// Prints every source with its latest run.
///
/// # Errors
/// When the store cannot be read.
pub async fn list(gateway: &Gateway) -> anyhow::Result<()> {
    for source in gateway.store.sources().await? {
        let latest = gateway.store.runs(Some(&source.source_id), 1).await?;
        let state = latest.first().map_or_else(
            || "never harvested".to_owned(),
            |run| {
                let state = verdict(run).map_or_else(
                    || format!("{}: {} rows", run.status, run.counts.rows),
                    |verdict| summary(run, &verdict),
                );
                format!("run {} {state}", run.run_id)
            },
        );
        output::line(format_args!(
            "{:<16} {:<8} {} — {state}",
            source.source_id, source.kind, source.label
        ));
        let held = gateway.store.held_deletions(&source.source_id).await?;
        if held > 0 {
            output::line(format_args!(
                "{:<16} {held} deletions are held back: passerelle sources release {0} --author NAME --reason WHY",
                source.source_id
            ));
        }
        let state = gateway.store.harvest_state(&source.source_id).await?;
        if let Some(at) = state.not_before.filter(|at| *at > crate::clock::now()) {
            output::line(format_args!(
                "{:<16} not to be asked before {}",
                source.source_id,
                second(at)
            ));
        }
    }
    Ok(())
}

/// Rebuilds the index from an empty folder.
///
/// # Errors
/// When the index cannot be written or the store read.
pub async fn reindex(gateway: &Gateway) -> anyhow::Result<()> {
    gateway.search.clear()?;
    let objects = gateway.search.follow(&gateway.store).await?;
    output::line(format_args!("{objects} objects indexed"));
    Ok(())
}
