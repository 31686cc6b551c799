//! Harvest of files: a path, the files of a folder, or a URL.
//!
//! A thread reads, decompresses, decodes and cuts ([`work`]); pages come over a short channel and
//! are committed one by one. Nothing is ever held but the page being read and the few that wait.

pub mod bundle;
pub mod checkpoint;
pub mod columns;
pub mod cutter;
pub mod delimited;
pub mod encoding;
pub mod flatten;
pub mod gertrude;
pub mod inputs;
pub mod json;
pub mod layers;
pub mod limits;
pub mod marc_binary;
mod marc_characters;
pub mod open;
pub mod pager;
pub mod row;
pub mod sheet;
pub mod splitter;
pub mod tagged;
pub mod window;
pub mod work;
pub mod xml;
pub mod xml_cutter;

use super::reading::reading;
use super::{HarvestError, Session, stopped};
use crate::config::source::SourceConfig;
use crate::crosswalk::Crosswalk;
use crate::fetch::{FetchOptions, Fetcher};
use crate::hex::hex;
use crate::store::run::{Run, RunEnd};
use checkpoint::{Checkpoint, Input, SourceState, fingerprint, total_bytes};
use limits::Limits;
use protocols::crosswalk::FieldRole;
use row::Rules;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Reads all rows of a source, page by page, from where its open run stands.
///
/// A file that is the same as in the last complete run, read in the same way, ends the run as
/// [`RunEnd::Unchanged`]. A run that finds another file than it began with is ended and another is
/// begun.
///
/// # Errors
/// [`HarvestError`] as for [`super::harvest()`].
pub async fn run(
    session: Session,
    fetcher: &Fetcher,
    config: &SourceConfig,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    let reading = hex(&reading(config));
    let known = known_state(&session, &reading);
    let begun = begun(&session);
    let found = tokio::select! {
        found = find(fetcher, config, begun.is_none(), known.as_ref(), &session) => found,
        () = cancel.cancelled() => return session.leave().await,
    };
    let found = match found {
        Ok(Some(found)) => found,
        Ok(None) => return session.finish(RunEnd::Unchanged).await,
        Err(reason) => {
            let end = stopped(session.run(), reason);
            return session.finish(end).await;
        }
    };
    let inputs = found.inputs.clone();
    let how = reading.clone();
    let print = tokio::task::spawn_blocking(move || fingerprint(&inputs, &how))
        .await
        .map_err(|error| HarvestError::Internal(error.to_string()))?;
    let print = match print {
        Ok(print) => print,
        Err((path, error)) => {
            let end = stopped(session.run(), format!("{}: {error}", path.display()));
            return session.finish(end).await;
        }
    };
    let beginning = Checkpoint { fingerprint: print.clone(), file: 0, offset: 0, rows: 0 };
    let (session, from) = match begun {
        Some(checkpoint) if checkpoint.fingerprint == print => (session, checkpoint),
        Some(_) => {
            let reason = "the file, or the way to read it, changed while the run was open";
            (session.restart(reason).await?, beginning)
        }
        // Pages without a checkpoint that is understood: nothing to go on from.
        None if session.run().counts.pages > 0 => {
            (session.restart("the checkpoint is not understood").await?, beginning)
        }
        None => (session, beginning),
    };
    let untouched = session.run().counts.pages == 0;
    if untouched && known.is_some_and(|known| known.fingerprint == print) {
        return session.finish(RunEnd::Unchanged).await;
    }
    let state = SourceState { etag: found.etag.clone(), fingerprint: print, reading };
    read(session, config, &found, from, state, cancel).await
}

/// Reads and commits, then ends the run.
async fn read(
    mut session: Session,
    config: &SourceConfig,
    found: &Found,
    from: Checkpoint,
    state: SourceState,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    let counter = Arc::new(AtomicU64::new(0));
    session.progress().total_bytes(total_bytes(&found.inputs));
    let mut pages = work::start(work::Work {
        config: Arc::new(config.clone()),
        inputs: found.inputs.clone(),
        rules: rules(&session, config),
        limits: Limits::default(),
        from,
        read: Arc::clone(&counter),
    });
    loop {
        let page = tokio::select! {
            biased;
            () = cancel.cancelled() => return session.leave().await,
            page = pages.recv() => page,
        };
        match page {
            Some(Ok(page)) => {
                session.progress().at_byte(counter.load(Ordering::Relaxed));
                session.commit(page).await?;
            }
            Some(Err(reason)) => {
                session.settle().await?;
                let end = stopped(session.run(), reason);
                return session.finish(end).await;
            }
            None => break,
        }
    }
    session.settle().await?;
    let counts = session.run().counts;
    if counts.rows == counts.quarantined {
        // Complete would delete everything that is there: a file without one good row is a
        // mistake of the source or of the schedule.
        let reason = match counts.rows {
            0 => "no rows in the file".to_owned(),
            rows => format!("all {rows} rows are quarantined"),
        };
        let end = stopped(session.run(), reason);
        return session.finish(end).await;
    }
    let store = session.store().clone();
    let run = session.finish(RunEnd::Complete).await?;
    // After the run: when this is lost, the next run only reads the same file once more.
    let json = serde_json::to_string(&state).ok();
    store
        .set_source_state(config.id.as_str(), json.as_deref(), found.last_modified.as_deref(), None)
        .await?;
    Ok(run)
}

/// The files of a source, and what keeps a downloaded one alive.
struct Found {
    inputs: Vec<Input>,
    etag: Option<String>,
    last_modified: Option<String>,
    _downloaded: Option<tempfile::TempPath>,
}

/// Finds or downloads the files. `None`: the server says that nothing changed.
async fn find(
    fetcher: &Fetcher,
    config: &SourceConfig,
    fresh: bool,
    known: Option<&SourceState>,
    session: &Session,
) -> Result<Option<Found>, String> {
    if !inputs::is_url(&config.location) {
        let inputs = spread(inputs::files(config)?, config).await?;
        return Ok(Some(Found { inputs, etag: None, last_modified: None, _downloaded: None }));
    }
    let mut options = FetchOptions::of(config);
    if let (true, Some(known)) = (fresh, known) {
        options.etag.clone_from(&known.etag);
        options.last_modified = session.state().and_then(|state| state.last_modified.clone());
    }
    let file = tempfile::NamedTempFile::with_prefix("passerelle-")
        .map_err(|error| format!("temporary file: {error}"))?
        .into_temp_path();
    let downloaded = fetcher
        .download(&config.location, &options, &file)
        .await
        .map_err(|error| error.to_string())?;
    if downloaded.status == 304 {
        return Ok(None);
    }
    let input = Input::new(file.to_path_buf(), inputs::name_of_url(&downloaded.url));
    let inputs = spread(vec![input], config).await?;
    Ok(Some(Found {
        inputs,
        etag: downloaded.etag,
        last_modified: downloaded.last_modified,
        _downloaded: Some(file),
    }))
}

/// [`bundle::spread`], where reading a disk does not hold others up.
pub(super) async fn spread(
    inputs: Vec<Input>,
    config: &SourceConfig,
) -> Result<Vec<Input>, String> {
    let config = config.clone();
    let done = tokio::task::spawn_blocking(move || bundle::spread(inputs, &config)).await;
    done.map_err(|error| error.to_string())?
}

/// The key fields (schedule before table) and the mask of a source.
pub(super) fn rules(session: &Session, config: &SourceConfig) -> Rules {
    rules_of(session.crosswalk(), config)
}

/// As [`rules`], without a session.
pub(super) fn rules_of(crosswalk: &Arc<Crosswalk>, config: &SourceConfig) -> Rules {
    let (crosswalk, table) = (Arc::clone(crosswalk), Arc::clone(crosswalk));
    let keys = match config.file.key.as_slice() {
        [] => crosswalk.key_fields().to_vec(),
        keys => keys.to_vec(),
    };
    // Folding a name costs more than looking it up; a file that makes up names without end (JSON
    // keys that are data) must not make the memory grow.
    let known: Mutex<HashMap<String, bool>> = Mutex::default();
    let masked = move |field: &str| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(masked) = known.get(field) {
            return *masked;
        }
        let masked = crosswalk.is_masked(field);
        if known.len() < 10_000 {
            known.insert(field.to_owned(), masked);
        }
        masked
    };
    let in_mapping = move |field: &str| table.role_of(field) != FieldRole::Unknown;
    Rules { keys, masked: Arc::new(masked), known: Arc::new(in_mapping) }
}

/// Where the open run stands, when it stands anywhere.
fn begun(session: &Session) -> Option<Checkpoint> {
    serde_json::from_str(session.checkpoint()?).ok()
}

/// What the last complete run read, when it read in the same way.
fn known_state(session: &Session, reading: &str) -> Option<SourceState> {
    let text = session.state()?.etag.as_deref()?;
    serde_json::from_str(text).ok().filter(|state: &SourceState| state.reading == reading)
}
