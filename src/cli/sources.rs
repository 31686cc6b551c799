//! `harvest`, `import`, `sources`, `reindex`.

use super::gateway::Gateway;
use super::{output, serve};
use crate::config::source::{HarvestMode, SourceConfig};
use crate::store::run::Run;
use anyhow::Context as _;
use std::path::Path;
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

/// Harvests one file as if the source's location named it.
///
/// # Errors
/// As [`harvest`].
pub async fn import(gateway: &Gateway, source: &str, file: &Path) -> anyhow::Result<ExitCode> {
    let mut source = gateway.source(source)?.clone();
    let location = std::path::absolute(file)?;
    location
        .to_str()
        .context("the name of the file is not UTF-8")?
        .clone_into(&mut source.location);
    harvest_source(gateway, &source, None, false).await
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
    Ok(())
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
            |run| format!("run {} {}: {} rows", run.run_id, run.status, run.counts.rows),
        );
        output::line(format_args!(
            "{:<16} {:<8} {} — {state}",
            source.source_id, source.kind, source.label
        ));
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
