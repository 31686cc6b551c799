//! Drop folders: each file that comes is imported once ([`super::import`]), in order; one that
//! cannot be read is put aside with a report beside it and harms no other.
//!
//! Order is kept: the first file that is still being written keeps those after it waiting.

pub mod place;

use super::import::receive::{Kept, Wish, hash, register};
use super::import::{self, ImportError, report};
use super::session::now;
use super::{HarvestError, Progress, Session};
use crate::config::drop::{After, Order};
use crate::config::source::{HarvestMode, SourceConfig};
use crate::store::Store;
use crate::store::drop::{DropFile, DropStatus};
use crate::store::import::Import;
use crate::store::run::{Run, RunEnd};
use place::{Found, Place};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Folder of files that were taken.
const DONE: &str = "done";
/// Folder of files that could not be.
const REFUSED: &str = "refused";
/// Rows that a report lists.
const LISTED: i64 = 10_000;

/// Takes every file that is whole and was not taken yet. The run that is given is that of the last
/// file, or of the first that was refused; when there is no file, one that is unchanged.
///
/// # Errors
/// [`HarvestError`] for what is not the fault of a file.
pub async fn run(
    store: &Store,
    config: &SourceConfig,
    progress: Progress,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    let end = |end: RunEnd| ended(store, config, end);
    let (place, pattern) = match Place::open(config).await {
        Ok(opened) => opened,
        Err(reason) => return end(RunEnd::Failed(reason)).await,
    };
    let mut files = match place.list(&pattern, config, now()).await {
        Ok(files) => files,
        Err(reason) => return end(RunEnd::Failed(reason)).await,
    };
    files.sort_by(|a, b| match config.drop.order {
        Order::Name => a.name.cmp(&b.name),
        Order::Time => (a.modified, &a.name).cmp(&(b.modified, &b.name)),
    });
    let mut shown: Option<Import> = None;
    for found in files {
        let known = store.drop_file(config.id.as_str(), &found.name).await?;
        let same = known.as_ref().filter(|known| known.version == found.version);
        if same.is_some_and(|known| known.status != DropStatus::Waiting) {
            continue;
        }
        if !found.whole {
            tracing::info!(source = %config.id, file = found.name, "still being written: waits");
            break;
        }
        if cancel.is_cancelled() {
            break;
        }
        let import = match take(store, config, &place, &found, known, &progress, cancel).await {
            Ok(import) => import,
            Err(TakeError::Place(reason)) => return end(RunEnd::Failed(reason)).await,
            Err(TakeError::Import(ImportError::Harvest(error))) => return Err(error),
            Err(TakeError::Import(ImportError::Store(error))) => return Err(error.into()),
            Err(TakeError::Import(error)) => return end(RunEnd::Failed(error.to_string())).await,
        };
        let Some(import) = import else { continue };
        if !shown.as_ref().is_some_and(is_refused) {
            shown = Some(import);
        }
    }
    let runs = store.runs(Some(config.id.as_str()), 100).await?;
    let run = shown
        .as_ref()
        .and_then(|import| runs.into_iter().find(|run| Some(run.run_id) == import.run_id));
    match (run, shown) {
        (Some(run), _) => Ok(run),
        (None, Some(import)) => {
            let reason = import.reason.unwrap_or(import.status);
            end(RunEnd::Failed(format!("{}: {reason}", import.file_name))).await
        }
        (None, None) => end(RunEnd::Unchanged).await,
    }
}

/// A run without pages that ends at once.
async fn ended(store: &Store, config: &SourceConfig, end: RunEnd) -> Result<Run, HarvestError> {
    let mode = HarvestMode::Incremental;
    let session = Session::open(store.clone(), Arc::new(config.clone()), mode, now()).await?;
    session.finish(end).await
}

/// Why a file could not be taken, which is not its own fault.
enum TakeError {
    Place(String),
    Import(ImportError),
}

impl From<String> for TakeError {
    fn from(reason: String) -> Self {
        Self::Place(reason)
    }
}

impl<E: Into<ImportError>> From<E> for TakeError {
    fn from(error: E) -> Self {
        Self::Import(error.into())
    }
}

/// Whether a file could not be taken. One whose deletions the brake holds back was.
fn is_refused(import: &Import) -> bool {
    let held = import.reason.as_deref().is_some_and(|reason| reason.starts_with("brake"));
    import.status != "done" && !held
}

/// Imports one file and puts it where it belongs. `None`: it is the one that was taken already, or
/// the import was interrupted.
async fn take(
    store: &Store,
    config: &SourceConfig,
    place: &Place,
    found: &Found,
    known: Option<DropFile>,
    progress: &Progress,
    cancel: &CancellationToken,
) -> Result<Option<Import>, TakeError> {
    let local = tempfile::NamedTempFile::with_prefix("passerelle-drop-")
        .map_err(|error| format!("temporary file: {error}"))?
        .into_temp_path();
    let most = super::file::limits::Limits::default().max_bytes;
    place.copy(&found.name, &local, most).await?;
    let path = local.to_path_buf();
    let hashed = tokio::task::spawn_blocking(move || hash(&path)).await;
    let hashed = hashed.map_err(|error| HarvestError::Internal(error.to_string()))?;
    let (sha256, bytes) = hashed.map_err(|error| format!("{}: {error}", local.display()))?;
    let note = DropFile {
        source_id: config.id.to_string(),
        name: found.name.clone(),
        version: found.version.clone(),
        sha256: sha256.clone(),
        status: DropStatus::Waiting,
        detail: String::new(),
    };
    if known.is_some_and(|known| known.sha256 == sha256 && known.status == DropStatus::Taken) {
        // The same content under the same name, written again.
        let note = DropFile { status: DropStatus::Taken, ..note };
        store.note_drop_file(&note, now()).await?;
        aside(config, place, &found.name).await?;
        return Ok(None);
    }
    store.note_drop_file(&note, now()).await?;
    let path = local.keep().map_err(|error| format!("temporary file: {error}"))?;
    let kept = Kept { path, sha256, bytes };
    let wish = Wish { dry_run: false, complete: config.drop.complete };
    let import = register(store, config.id.as_str(), &found.name, &kept, wish, now()).await?;
    let import = import::run(store, config, import.import_id, progress.clone(), cancel).await?;
    if cancel.is_cancelled() && import.status == "received" {
        return Ok(None);
    }
    let refused = is_refused(&import);
    let status = if refused { DropStatus::Refused } else { DropStatus::Taken };
    let detail = import.reason.clone().unwrap_or_default();
    store.note_drop_file(&DropFile { status, detail, ..note }, now()).await?;
    tracing::info!(
        source = %config.id,
        file = found.name,
        import = import.import_id,
        status = import.status,
        reason = import.reason,
        "file taken"
    );
    let counts = store.import_counts(import.import_id).await?;
    if refused {
        place.put_aside(&found.name, REFUSED).await?;
    } else {
        aside(config, place, &found.name).await?;
    }
    if refused || (counts.rejected > 0 && config.drop.after == After::Move) {
        let below = if refused { REFUSED } else { DONE };
        let mut text =
            serde_json::to_vec_pretty(&report::summary(&import, counts)).unwrap_or_default();
        text.extend_from_slice(b"\n\n");
        let rows = store.import_rows(import.import_id, true, 0, LISTED).await?;
        let mut lines = vec![report::HEADER.map(str::to_owned)];
        let rejected = rows.iter().filter(|row| row.outcome == "rejected");
        lines.extend(rejected.flat_map(report::lines));
        text.extend(report::csv(lines.iter()));
        place.write(below, &format!("{}.report.txt", found.name), text).await?;
    }
    if let Some(marker) = &config.drop.marker
        && (refused || config.drop.after == After::Move)
    {
        place.delete(&format!("{}{marker}", found.name)).await?;
    }
    Ok(Some(import))
}

async fn aside(config: &SourceConfig, place: &Place, name: &str) -> Result<(), String> {
    match config.drop.after {
        After::Move => place.put_aside(name, DONE).await,
        After::Leave => Ok(()),
    }
}
