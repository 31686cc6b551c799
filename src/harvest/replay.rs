//! Replay: the kept pages of a source are read again, through the parser and the crosswalk of
//! today, without touching the partner.
//!
//! Pages are read from the newest to the oldest, back to the beginning of the last complete harvest
//! of everything, and each record is taken from the newest page that brings it. So no record goes
//! through an older state, and one whose output is the same is not touched. A replay neither
//! deletes nor revives: what the store knows of deletions came from lists as a whole.

use super::oai_pmh::read_page;
use super::{HarvestError, Progress, Session};
use crate::config::source::{SourceConfig, SourceKind};
use crate::store::Store;
use crate::store::page::StoredPage;
use crate::store::run::{Ending, Run, RunEnd};
use protocols::oai_pmh::client::Verdict;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// `mode` of the run of a replay.
pub const MODE: &str = "replay";
/// Runs that are looked at.
const MOST_RUNS: i64 = 100_000;

/// Reads the kept pages of a source again: those of one run, or all since the last complete harvest
/// of everything began. A replay that was stopped goes on where it was.
///
/// # Errors
/// [`HarvestError::Store`] also when a run of the source is open; [`HarvestError::Replay`] for a
/// source whose pages cannot be read on their own.
pub async fn replay(
    store: &Store,
    config: &SourceConfig,
    only: Option<i64>,
    progress: Progress,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    if config.kind != SourceKind::OaiPmh {
        return Err(HarvestError::Replay(format!(
            "`{}` is a {}: harvest it again",
            config.id,
            config.kind.as_str()
        )));
    }
    let session = Session::open_as(store.clone(), Arc::new(config.clone()), MODE).await?;
    let mut session = session.with_progress(progress);
    let runs = runs(store, config.id.as_str(), only).await?;
    // Run and page number of the last page that was read.
    let at: Option<(i64, i64)> =
        session.checkpoint().and_then(|checkpoint| serde_json::from_str(checkpoint).ok());
    for run_id in runs {
        let mut before = match at {
            Some((run, _)) if run_id > run => continue,
            Some((run, number)) if run_id == run => number,
            _ => i64::MAX,
        };
        while let Some(page) = store.page_before(run_id, before).await? {
            if cancel.is_cancelled() {
                return session.leave().await;
            }
            before = page.number;
            take(&mut session, config, run_id, page).await?;
        }
    }
    let ending = Ending { absence: Some(false), hold: true, ..Ending::default() };
    session.end(RunEnd::Complete, &ending).await
}

/// The runs whose pages make up what is known, newest first.
async fn runs(store: &Store, source: &str, only: Option<i64>) -> Result<Vec<i64>, HarvestError> {
    let runs = store.runs(Some(source), MOST_RUNS).await?;
    let root = runs.iter().find(|run| run.status == "complete" && is_whole(run));
    let root = root.map_or(0, |run| run.root_run_id);
    Ok(runs
        .iter()
        .filter(|run| run.mode != MODE)
        .filter(|run| only.map_or(run.run_id >= root, |only| run.run_id == only))
        .map(|run| run.run_id)
        .collect())
}

/// Whether a run asked for everything.
fn is_whole(run: &Run) -> bool {
    let verdict: Option<Verdict> =
        run.verdict.as_deref().and_then(|verdict| serde_json::from_str(verdict).ok());
    verdict.map_or(run.mode == "full", |verdict| verdict.whole)
}

async fn take(
    session: &mut Session,
    config: &SourceConfig,
    run_id: i64,
    page: StoredPage,
) -> Result<(), HarvestError> {
    let checkpoint = serde_json::to_string(&(run_id, page.number)).unwrap_or_default();
    let mut raw =
        read_page(config, session.crosswalk(), page.body, page.location, checkpoint).await?;
    raw.replayed = Some(page.page_id);
    let identifiers: Vec<&str> =
        raw.records.iter().map(|(record, _)| record.local_id.as_str()).collect();
    session.settle().await?;
    let known: HashMap<String, (i64, bool)> =
        session.store().last_seen(config.id.as_str(), &identifiers).await?;
    let root = session.run().run_id;
    raw.records.retain(|(record, _)| match known.get(&record.local_id) {
        None => !record.deleted,
        Some((seen_in, deleted)) => *seen_in < root && *deleted == record.deleted,
    });
    session.commit(raw).await
}
