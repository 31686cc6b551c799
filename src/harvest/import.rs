//! Import by hand: one file, compared with what is there, and applied at once or when somebody
//! approved it.
//!
//! An import is a partial delivery: what is not in the file stays, unless it says to be complete;
//! then the brake applies as to a harvest. It is a run of the source like a harvest (mode
//! `import`), so that only one of them goes on at a time, and it is resumed like one.

mod compare;
pub mod receive;
pub mod report;
pub mod token;

use super::file::checkpoint::{Checkpoint, Input, total_bytes};
use super::file::{limits::Limits, rules_of, work};
use super::prepare::Preparation;
use super::reading::reading;
use super::session::now;
use super::{HarvestError, Progress, Session, stopped};
use crate::config::source::{SourceConfig, SourceKind};
use crate::crosswalk::Crosswalk;
use crate::hex::hex;
use crate::store::import::Import;
use crate::store::run::{Ending, RunEnd};
use crate::store::{Store, StoreError};
use protocols::oai_pmh::client::Verdict;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

/// `mode` of the run of an import.
pub const MODE: &str = "import";
/// Rows whose records are compared again at once, before an approved import is applied.
const COMPARED: i64 = 1000;
/// Records that are named in a refusal.
const NAMED: usize = 20;

/// Why an import does not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// There is no such import.
    #[error("import {0}: there is none; `passerelle import list` shows them")]
    Missing(i64),
    /// It is not in a state in which that can be done.
    #[error("import {import_id} is `{status}`: {wanted}")]
    State {
        /// Import.
        import_id: i64,
        /// Its status.
        status: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The file cannot be kept or read.
    #[error("{}: {source}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The source is of a kind that is not read from files.
    #[error("source `{0}` is harvested over a protocol: files cannot be imported into it")]
    Kind(String),
    /// The file is larger than allowed.
    #[error("the file is larger than {0} MiB")]
    TooLarge(u64),
    /// The harvest cannot go on.
    #[error(transparent)]
    Harvest(#[from] HarvestError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does what an import waits for: looks at it, or applies it. One that waits for approval, or has
/// ended, is left alone. A cancelled one is gone on with by the next call.
///
/// # Errors
/// [`ImportError`] for what is not the fault of the file; a file that cannot be read gives an
/// import that is `failed` or `partial`, with the reason.
pub async fn run(
    store: &Store,
    config: &SourceConfig,
    import_id: i64,
    progress: Progress,
    cancel: &CancellationToken,
) -> Result<Import, ImportError> {
    let import = get(store, import_id).await?;
    if config.kind == SourceKind::OaiPmh || config.kind.is_walked() {
        return Err(ImportError::Kind(config.id.to_string()));
    }
    let work = Importer::new(store, config, import).await?;
    match (work.import.status.as_str(), work.import.dry_run) {
        ("received", true) => work.check(cancel).await?,
        ("received", false) => work.apply(progress, cancel, true).await?,
        ("approved", _) => work.apply(progress, cancel, false).await?,
        _ => {}
    }
    get(store, import_id).await
}

/// An import.
///
/// # Errors
/// [`ImportError::Missing`].
pub async fn get(store: &Store, import_id: i64) -> Result<Import, ImportError> {
    store.import(import_id).await?.ok_or(ImportError::Missing(import_id))
}

/// Approves an import that was looked at: [`run`] applies it.
///
/// # Errors
/// [`ImportError::State`] when it does not wait for approval.
pub async fn approve(store: &Store, import_id: i64, author: &str) -> Result<Import, ImportError> {
    if !store.move_import(import_id, "checked", "approved", Some(author)).await? {
        let import = get(store, import_id).await?;
        // One that was approved and killed is gone on with.
        if import.status != "approved" {
            let wanted = "only one that was looked at with --dry-run can be approved";
            return Err(ImportError::State { import_id, status: import.status, wanted });
        }
    }
    get(store, import_id).await
}

/// Gives up an import that waits for approval, and forgets its file.
///
/// # Errors
/// [`ImportError::State`] when it does not wait.
pub async fn drop(store: &Store, import_id: i64) -> Result<(), ImportError> {
    let import = get(store, import_id).await?;
    let waits = matches!(import.status.as_str(), "checked" | "received");
    if !waits || !store.move_import(import_id, &import.status, "dropped", None).await? {
        let wanted = "only one that waits can be dropped";
        return Err(ImportError::State { import_id, status: import.status, wanted });
    }
    forget_file(store, &import).await
}

async fn forget_file(store: &Store, import: &Import) -> Result<(), ImportError> {
    store.forget_import_file(import.import_id).await?;
    // A file that stays costs room and nothing else.
    if let Err(error) = tokio::fs::remove_file(&import.file_path).await {
        tracing::warn!(file = import.file_path, %error, "the file of an import stays");
    }
    Ok(())
}

struct Importer<'a> {
    store: &'a Store,
    config: Arc<SourceConfig>,
    crosswalk: Arc<Crosswalk>,
    import: Import,
    inputs: Vec<Input>,
    reading: String,
    /// Why the file is not the one that came, or cannot be read.
    broken: Option<String>,
}

impl<'a> Importer<'a> {
    async fn new(
        store: &'a Store,
        config: &SourceConfig,
        import: Import,
    ) -> Result<Self, ImportError> {
        let crosswalk = Crosswalk::for_source(config).map_err(|source| {
            HarvestError::Crosswalk { source_id: config.id.to_string(), source }
        })?;
        let input = Input::new(import.file_path.clone().into(), import.file_name.clone());
        let mut new = Self {
            store,
            config: Arc::new(config.clone()),
            crosswalk: Arc::new(crosswalk),
            inputs: vec![input],
            reading: hex(&reading(config)),
            broken: None,
            import,
        };
        if matches!(new.import.status.as_str(), "received" | "approved") {
            let path = new.import.file_path.clone();
            let hashed = tokio::task::spawn_blocking(move || receive::hash(path.as_ref()));
            let hashed = hashed.await.map_err(|error| HarvestError::Internal(error.to_string()))?;
            new.broken = match hashed {
                Ok((sha256, _)) if sha256 == new.import.sha256 => {
                    match super::file::spread(new.inputs.clone(), config).await {
                        Ok(inputs) => {
                            new.inputs = inputs;
                            None
                        }
                        Err(error) => Some(error),
                    }
                }
                Ok(_) => Some("the file is not the one that came: its SHA-256 differs".to_owned()),
                Err(error) => Some(format!("{}: {error}", new.import.file_path)),
            };
        }
        Ok(new)
    }

    async fn end(&self, status: &str, reason: Option<&str>) -> Result<(), ImportError> {
        self.store.end_import(self.import.import_id, status, reason, now()).await?;
        if !matches!(status, "checked") {
            forget_file(self.store, &self.import).await?;
        }
        Ok(())
    }

    fn work(&self, from: Checkpoint, read: &Arc<AtomicU64>) -> work::Work {
        work::Work {
            config: Arc::clone(&self.config),
            inputs: self.inputs.clone(),
            rules: rules_of(&self.crosswalk, &self.config),
            limits: Limits::default(),
            from,
            read: Arc::clone(read),
        }
    }

    fn preparation(&self) -> Preparation {
        Preparation::new(self.store.clone(), &self.config, Arc::clone(&self.crosswalk), true)
    }

    fn beginning(&self) -> Checkpoint {
        let fingerprint =
            format!("import {} {} {}", self.import.import_id, self.import.sha256, self.reading);
        Checkpoint { fingerprint, file: 0, offset: 0, rows: 0 }
    }

    /// Looks at every row and notes what it would do.
    async fn check(&self, cancel: &CancellationToken) -> Result<(), ImportError> {
        if let Some(reason) = &self.broken {
            return self.end("failed", Some(reason)).await;
        }
        let import_id = self.import.import_id;
        self.store.clear_import_rows(import_id).await?;
        let preparation = self.preparation();
        let mut pages = work::start(self.work(self.beginning(), &Arc::default()));
        let mut taken = 0;
        loop {
            let page = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(()),
                page = pages.recv() => page,
            };
            match page {
                Some(Ok(page)) => {
                    let rows = compare::page(&preparation, self.store, &self.config, page).await?;
                    taken += rows.iter().filter(|row| row.outcome != "rejected").count();
                    self.store.note_import_rows(import_id, rows).await?;
                }
                Some(Err(reason)) => return self.end("failed", Some(&reason)).await,
                None => break,
            }
        }
        if taken == 0 {
            return self.end("failed", Some("the file has no row that can be taken")).await;
        }
        if self.import.complete {
            self.store.count_import_absent(&self.import).await?;
        }
        self.store.set_import_run(import_id, &self.reading, None).await?;
        self.end("checked", None).await
    }

    /// Applies the file in a run of the source; notes what each row does, when `compare` says so.
    async fn apply(
        &self,
        progress: Progress,
        cancel: &CancellationToken,
        compare: bool,
    ) -> Result<(), ImportError> {
        if let Some(reason) = &self.broken {
            return self.end("failed", Some(reason)).await;
        }
        let import_id = self.import.import_id;
        if !compare && self.import.reading != self.reading {
            let reason = "the schedule or the mapping changed since the file was looked at: look \
                          at it again with --dry-run";
            return self.end("failed", Some(reason)).await;
        }
        let session = Session::open_as(self.store.clone(), Arc::clone(&self.config), MODE).await?;
        let mut session = session.with_progress(progress);
        let beginning = self.beginning();
        let begun: Option<Checkpoint> =
            session.checkpoint().and_then(|text| serde_json::from_str(text).ok());
        let from = match begun {
            Some(at) if at.fingerprint == beginning.fingerprint => at,
            None if session.run().counts.pages == 0 => beginning,
            Some(_) | None => {
                session = session.restart("another import took its place").await?;
                beginning
            }
        };
        self.store.set_import_run(import_id, &self.reading, Some(session.run().run_id)).await?;
        // What was approved was approved against what is there: a run of the source that came in
        // between may have changed it. Once the first page is in, the run keeps others out.
        if !compare
            && session.run().counts.pages == 0
            && let Some(reason) = self.changed().await?
        {
            session.finish(RunEnd::Failed(reason.clone())).await?;
            return self.end("failed", Some(&reason)).await;
        }
        let preparation = self.preparation();
        let read = Arc::new(AtomicU64::new(0));
        session.progress().total_bytes(total_bytes(&self.inputs));
        let mut pages = work::start(self.work(from, &read));
        loop {
            let page = tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    session.leave().await?;
                    return Ok(());
                }
                page = pages.recv() => page,
            };
            match page {
                Some(Ok(page)) => {
                    session.progress().at_byte(read.load(Ordering::Relaxed));
                    if compare {
                        let rows =
                            compare::page(&preparation, self.store, &self.config, page.clone())
                                .await?;
                        self.store.note_import_rows(import_id, rows).await?;
                    }
                    session.commit(page).await?;
                }
                Some(Err(reason)) => {
                    session.settle().await?;
                    let end = stopped(session.run(), reason);
                    return self.finish(session, end).await;
                }
                None => break,
            }
        }
        session.settle().await?;
        let counts = session.run().counts;
        let end = if counts.rows == counts.quarantined {
            stopped(session.run(), "the file has no row that can be taken")
        } else {
            RunEnd::Complete
        };
        self.finish(session, end).await
    }

    async fn finish(&self, session: Session, end: RunEnd) -> Result<(), ImportError> {
        let counts = session.run().counts;
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        let verdict = Verdict {
            status: "complete".to_owned(),
            pages: number(counts.pages),
            received: number(counts.rows),
            deleted: number(counts.deleted),
            quarantined: number(counts.quarantined),
            whole: self.import.complete,
            absence_checked: self.import.complete,
            notes: vec![format!("import {} of {}", self.import.import_id, self.import.file_name)],
            ..Verdict::default()
        };
        let ending = Ending {
            absence: Some(self.import.complete && end == RunEnd::Complete),
            verdict: serde_json::to_string(&verdict).ok(),
            ..Ending::default()
        };
        if self.import.complete && end == RunEnd::Complete {
            self.store.count_import_absent(&self.import).await?;
        }
        let run = session.finish_with(end, ending).await?;
        let status = if run.status == "complete" { "done" } else { run.status.as_str() };
        self.end(status, run.reason.as_deref()).await
    }

    /// Why the import may not be applied: records that it was compared with are others now.
    async fn changed(&self) -> Result<Option<String>, ImportError> {
        let mut after = 0;
        let mut changed: Vec<String> = Vec::new();
        let mut total = 0;
        loop {
            let rows =
                self.store.import_rows(self.import.import_id, false, after, COMPARED).await?;
            let Some(last) = rows.last() else { break };
            after = last.row;
            let identifiers: Vec<&str> = rows
                .iter()
                .filter(|row| row.outcome != "rejected" && !row.local_id.is_empty())
                .map(|row| row.local_id.as_str())
                .collect();
            let states = self.store.record_states(self.config.id.as_str(), &identifiers).await?;
            let states: HashMap<&str, &str> =
                states.iter().map(|(id, state)| (id.as_str(), state.hash.as_str())).collect();
            for row in rows.iter().filter(|row| row.outcome != "rejected") {
                let id = row.local_id.as_str();
                if !id.is_empty() && states.get(id).copied().unwrap_or("") != row.before_hash {
                    total += 1;
                    if changed.len() < NAMED {
                        changed.push(id.to_owned());
                    }
                }
            }
        }
        let more = if total > changed.len() { ", …" } else { "" };
        Ok((total > 0).then(|| {
            format!(
                "{total} records changed since the file was looked at ({}{more}): look at it \
                 again with --dry-run",
                changed.join(", ")
            )
        }))
    }
}
