//! One run of one source: everything between a page that was read and the store.

use super::pipeline::{Committed, Keep, Kept, Pipeline};
use super::{HarvestError, Progress};
use crate::config::source::{HarvestMode, SourceConfig};
use crate::crosswalk::Crosswalk;
use crate::store::Store;
use crate::store::run::{Ending, Quarantined, Run, RunEnd, SourceRow};
use domain::issue::Issue;
use domain::source_record::SourceRecord;
use std::sync::Arc;

/// One page as a harvester of a kind hands it over.
#[derive(Debug, Clone, Default)]
pub struct RawPage {
    /// URL with arguments, or file and range of rows.
    pub location: String,
    /// As received, uncompressed, masked fields taken out.
    pub body: Vec<u8>,
    /// What was read from it, in order, with the complaints of reading.
    pub records: Vec<(SourceRecord, Vec<Issue>)>,
    /// What could not be. Positions count rows of the page, from 0; the records take the others,
    /// in order.
    pub quarantined: Vec<Quarantined>,
    /// Where the next page begins (JSON); `None` leaves the checkpoint as it is.
    pub checkpoint: Option<String>,
    /// Identifiers of records that are still there, although the page does not bring them.
    pub seen: Vec<String>,
    /// The page is stored already, under this key: it is read again.
    pub replayed: Option<i64>,
}

/// One run of one source, open until [`Session::finish`] or [`Session::leave`].
#[derive(Debug)]
pub struct Session {
    store: Store,
    config: Arc<SourceConfig>,
    crosswalk: Arc<Crosswalk>,
    progress: Progress,
    pipeline: Pipeline,
    state: Option<SourceRow>,
}

impl Session {
    /// Makes the source known to the store and resumes its open run, or begins one.
    ///
    /// An open run of the other mode is finished as partial first: its checkpoint means nothing
    /// to this one.
    ///
    /// # Errors
    /// [`HarvestError::Crosswalk`] when the mapping cannot be loaded, [`HarvestError::Store`].
    pub async fn open(
        store: Store,
        config: Arc<SourceConfig>,
        mode: HarvestMode,
        now: i64,
    ) -> Result<Self, HarvestError> {
        Self::open_at(store, config, mode.as_str(), now).await
    }

    /// As [`Session::open`], now, with a mode that no schedule knows. An open run of another mode
    /// is not replaced.
    ///
    /// # Errors
    /// As [`Session::open`], and [`crate::store::StoreError::RunOpen`].
    pub async fn open_as(
        store: Store,
        config: Arc<SourceConfig>,
        mode: &str,
    ) -> Result<Self, HarvestError> {
        if store.open_run(config.id.as_str()).await?.is_some_and(|run| run.mode != mode) {
            return Err(crate::store::StoreError::RunOpen(config.id.to_string()).into());
        }
        Self::open_at(store, config, mode, now()).await
    }

    async fn open_at(
        store: Store,
        config: Arc<SourceConfig>,
        mode: &str,
        now: i64,
    ) -> Result<Self, HarvestError> {
        let source_id = config.id.as_str();
        let crosswalk = Crosswalk::for_source(&config).map_err(|source| {
            HarvestError::Crosswalk { source_id: source_id.to_owned(), source }
        })?;
        store.upsert_source(&source_row(&config), now).await?;
        let state = store.source(source_id).await?;
        let run = match store.open_run(source_id).await? {
            Some(run) if run.mode == mode => {
                tracing::info!(
                    source = source_id,
                    run = run.run_id,
                    pages = run.counts.pages,
                    "run resumed"
                );
                run
            }
            Some(run) => {
                let reason = format!("replaced by a run of mode {mode}");
                store.abandon_run(run.run_id, &RunEnd::Partial(reason), now).await?;
                store.start_run(source_id, mode, now).await?
            }
            None => store.start_run(source_id, mode, now).await?,
        };
        let progress = Progress::silent();
        let crosswalk = Arc::new(crosswalk);
        let pipeline = Pipeline::new(&store, &config, &crosswalk, run).await?;
        Ok(Self { store, config, crosswalk, progress, pipeline, state })
    }

    /// The same session, showing its progress.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        progress.begin(self.config.id.as_str(), self.pipeline.run());
        self.progress = progress;
        self
    }

    /// Where the next page begins, as the last committed page said; `None` at the beginning.
    pub fn checkpoint(&self) -> Option<&str> {
        self.run().checkpoint.as_deref()
    }

    /// The run as last committed, pages under way not counted: see [`Session::settle`].
    pub fn run(&self) -> &Run {
        self.pipeline.run()
    }

    /// The store, for state beside pages.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The source as the store knew it when the session was opened: validators, `harvested_until`.
    pub fn state(&self) -> Option<&SourceRow> {
        self.state.as_ref()
    }

    /// The crosswalk, for the names of masked and key fields.
    pub fn crosswalk(&self) -> &Arc<Crosswalk> {
        &self.crosswalk
    }

    /// The progress display.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Applies the crosswalk to a page and commits it with its records and its checkpoint: begins
    /// to, while the pages before are under way. Pages are committed in the order in which they
    /// are handed over; [`Session::settle`] waits for all of them.
    ///
    /// Masked fields are taken out of the records here too, so that no harvester can forget them;
    /// taking them out of `body` is the harvester's part, which knows its form.
    ///
    /// # Errors
    /// [`HarvestError::Store`], of this page or of one before; the run stands at the last page that
    /// was committed then.
    pub async fn commit(&mut self, page: RawPage) -> Result<(), HarvestError> {
        let committed = self.pipeline.push(page, Keep::No).await?;
        self.show(committed);
        Ok(())
    }

    /// As [`Session::commit`], for a page that was fetched: when this returns the page is in the
    /// store, so that a harvest that is killed then does not ask for it again
    /// ([`Session::received_before`]). `kept` is what [`Session::keep`] began.
    ///
    /// # Errors
    /// As [`Session::commit`].
    pub async fn commit_fetched(
        &mut self,
        page: RawPage,
        kept: Option<Kept>,
    ) -> Result<(), HarvestError> {
        let committed = self.pipeline.push(page, kept.map_or(Keep::Now, Keep::Begun)).await?;
        self.show(committed);
        Ok(())
    }

    /// Begins to store a body that was fetched, while it is read. `None` when something may have to
    /// be taken out of it first (invariant 8).
    pub fn keep(&self, location: &str, body: &bytes::Bytes) -> Option<Kept> {
        (!self.crosswalk.masks_anything())
            .then(|| self.pipeline.keep(location.to_owned(), body.clone()))
    }

    /// Waits until every page is committed.
    ///
    /// # Errors
    /// As [`Session::commit`].
    pub async fn settle(&mut self) -> Result<(), HarvestError> {
        let committed = self.pipeline.settle().await?;
        self.show(committed);
        Ok(())
    }

    /// The body of the next page, when it was received before the harvest was killed.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn received_before(&mut self, url: &str) -> Result<Option<Vec<u8>>, HarvestError> {
        self.pipeline.received_before(url).await
    }

    fn show(&self, committed: Committed) {
        if committed.pages > 0 {
            self.progress.page(self.pipeline.run());
        }
    }

    /// Ends the run and returns it as stored. When it would delete more than the brake of the
    /// source allows, nothing is deleted and the run is partial.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn finish(self, end: RunEnd) -> Result<Run, HarvestError> {
        self.finish_with(end, Ending::default()).await
    }

    /// As [`Session::finish`], with what is to be stored beside.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn finish_with(mut self, end: RunEnd, ending: Ending) -> Result<Run, HarvestError> {
        self.settle().await?;
        let (end, ending) = super::brake::apply(&self, end, ending).await?;
        self.end(end, &ending).await
    }

    /// As [`Session::finish_with`], without looking at what is deleted.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn end(mut self, end: RunEnd, ending: &Ending) -> Result<Run, HarvestError> {
        self.settle().await?;
        let run_id = self.run().run_id;
        self.store.end_run(run_id, &end, ending, now()).await?;
        let latest = self.store.runs(Some(self.config.id.as_str()), 3).await?;
        let run = latest
            .into_iter()
            .find(|run| run.run_id == run_id)
            .unwrap_or_else(|| self.run().clone());
        self.progress.end(&run);
        Ok(run)
    }

    /// The last run of the source and mode that ended before this one, when it stopped early and
    /// left a checkpoint.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn stopped_before(&self) -> Result<Option<Run>, HarvestError> {
        let latest = self.store.runs(Some(self.config.id.as_str()), 2).await?;
        Ok(latest.into_iter().find(|run| run.run_id != self.run().run_id).filter(|run| {
            run.status == "partial" && run.mode == self.run().mode && run.checkpoint.is_some()
        }))
    }

    /// Makes this run go on where an earlier one stopped.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn go_on(&mut self, earlier: &Run, checkpoint: &str) -> Result<(), HarvestError> {
        self.store.chain_run(self.run().run_id, earlier.root_run_id, checkpoint).await?;
        self.pipeline.go_on(earlier.root_run_id, checkpoint);
        Ok(())
    }

    /// The schedule of the source.
    pub fn config(&self) -> &SourceConfig {
        &self.config
    }

    /// Ends the run with the reason and begins another: the checkpoint no longer fits the source.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn restart(mut self, reason: &str) -> Result<Self, HarvestError> {
        self.settle().await?;
        tracing::warn!(source = %self.config.id, run = self.run().run_id, reason, "run begun anew");
        let end = super::stopped(self.run(), reason);
        let mode = self.run().mode.clone();
        self.store.abandon_run(self.run().run_id, &end, now()).await?;
        let run = self.store.start_run(self.config.id.as_str(), &mode, now()).await?;
        self.pipeline.begin_anew(run);
        Ok(self)
    }

    /// Leaves the run open, to be resumed: the program was asked to stop. Pages under way are
    /// committed first.
    ///
    /// # Errors
    /// As [`Session::commit`].
    pub async fn leave(mut self) -> Result<Run, HarvestError> {
        self.settle().await?;
        self.progress.end(self.run());
        Ok(self.run().clone())
    }
}

/// The source as the store keeps it.
fn source_row(config: &SourceConfig) -> SourceRow {
    SourceRow {
        source_id: config.id.as_str().to_owned(),
        base: config.base().to_owned(),
        label: config.label.clone(),
        kind: config.kind.as_str().to_owned(),
        trust: i64::from(config.trust),
        // A schedule read from TOML always has a JSON form.
        settings: serde_json::to_string(config).unwrap_or_else(|_| "{}".to_owned()),
        etag: None,
        last_modified: None,
        harvested_until: None,
    }
}

/// A run reads the clock itself: it lasts for hours, and each page has its own time.
pub(super) fn now() -> i64 {
    crate::clock::now()
}
