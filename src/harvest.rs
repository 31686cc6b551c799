//! Harvest: from an upstream to committed pages (invariants 2, 3 and 8 of DESIGN.md).
//!
//! [`harvest()`] runs one source once. A harvester of a kind ([`file`], [`oai_pmh`]) reads, cuts
//! and hands over one [`RawPage`] after the other; the [`Session`] takes masked fields out,
//! applies the crosswalk, and commits page, records and checkpoint in one transaction. Killed at
//! any moment, the next call goes on after the last committed page.

pub mod brake;
pub mod database;
pub mod drop;
pub mod file;
pub mod import;
pub mod oai_pmh;
pub mod pipeline;
mod prepare;
pub mod progress;
pub mod propose;
pub mod reading;
pub mod replay;
pub mod session;
pub mod walk;

pub use progress::Progress;
pub use session::{RawPage, Session};

use crate::config::source::{HarvestMode, SourceConfig, SourceKind};
use crate::crosswalk::CrosswalkError;
use crate::fetch::{FetchError, Fetcher};
use crate::store::run::{Run, RunEnd};
use crate::store::{Store, StoreError};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What stops a harvest without being the fault of the source. What the source does wrong ends
/// the run as partial or failed, with the reason in the run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarvestError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The crosswalk table of the source cannot be loaded.
    #[error("mapping of source `{source_id}`: {source}")]
    Crosswalk {
        /// Source.
        source_id: String,
        /// Why.
        source: CrosswalkError,
    },
    /// A request failed for good.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The checkpoint of an open run is not one that this harvester wrote.
    #[error("checkpoint of run {run_id}: {detail}; finish the run by hand or harvest anew")]
    Checkpoint {
        /// The run.
        run_id: i64,
        /// What is wrong with it.
        detail: String,
    },
    /// The source asked not to be asked before a time that has not come.
    #[error("source `{source_id}` asked not to be asked before {}", second(*.not_before))]
    NotBefore {
        /// Source.
        source_id: String,
        /// Second since the epoch.
        not_before: i64,
    },
    /// The pages of the source cannot be read again.
    #[error("replay: {0}")]
    Replay(String),
    /// A task of the program ended before its time.
    #[error("internal: {0}")]
    Internal(String),
}

/// Runs a source once, going on with its open run when there is one.
///
/// A cancelled harvest leaves its run open (status `running`): the next call resumes it.
///
/// # Errors
/// [`HarvestError`] for what is not the source's fault; a source that cannot be reached or read
/// gives a run that is `failed` or `partial`, with the reason.
pub async fn harvest(
    store: &Store,
    fetcher: &Fetcher,
    config: &SourceConfig,
    mode: Option<HarvestMode>,
    progress: Progress,
    cancel: CancellationToken,
) -> Result<Run, HarvestError> {
    let now = session::now();
    let state = store.harvest_state(config.id.as_str()).await?;
    if let Some(not_before) = state.not_before.filter(|not_before| now < *not_before) {
        return Err(HarvestError::NotBefore { source_id: config.id.to_string(), not_before });
    }
    let mode = mode.unwrap_or(config.mode);
    if config.kind == SourceKind::Drop {
        return drop::run(store, config, progress, &cancel).await;
    }
    let session = Session::open(store.clone(), Arc::new(config.clone()), mode, now).await?;
    let session = session.with_progress(progress);
    match config.kind {
        SourceKind::File | SourceKind::Drop => file::run(session, fetcher, config, &cancel).await,
        SourceKind::OaiPmh => oai_pmh::run(session, fetcher, config, &cancel).await,
        SourceKind::Database => database::run(session, config, &cancel).await,
        SourceKind::JsonApi | SourceKind::Iiif | SourceKind::ResourceSync | SourceKind::Sru => {
            walk::run(session, fetcher, config, &cancel).await
        }
    }
}

/// A second since the epoch as people read it.
fn second(at: i64) -> String {
    protocols::oai_pmh::datestamp::format(at, protocols::oai_pmh::Granularity::Second)
}

impl HarvestMode {
    /// The word stored in a run.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
        }
    }
}

/// How a run ended, when a source could not be read: `failed` before the first page, `partial`
/// after it, so that nothing is deleted by absence.
pub fn stopped(run: &Run, reason: impl Into<String>) -> RunEnd {
    if run.counts.pages == 0 {
        RunEnd::Failed(reason.into())
    } else {
        RunEnd::Partial(reason.into())
    }
}
