//! Pages under way: while one is committed, the next are prepared, and the driver fetches and reads
//! the one after. At most [`UNDER_WAY`] are held.
//!
//! Pages are committed strictly in order: each waits for the one before. The driver asks for the
//! next page only when the last one is committed or set aside ([`Store::keep_page`]), so that a
//! kill costs at most the page that is being fetched.

use super::HarvestError;
use super::prepare::Preparation;
use super::session::{RawPage, now};
use crate::config::source::SourceConfig;
use crate::crosswalk::Crosswalk;
use crate::store::prepared::Body;
use crate::store::run::Run;
use crate::store::{Store, StoreError};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::{JoinError, JoinHandle};

/// Pages that are prepared or committed at the same time: one is committed, and two are or become
/// ready for it, so that a commit that takes long holds nobody up.
const UNDER_WAY: usize = 3;

/// A page on its way into the store, set aside while it is still being read.
#[derive(Debug)]
pub struct Kept {
    task: JoinHandle<Result<Body, HarvestError>>,
    stored: Option<oneshot::Receiver<()>>,
}

impl Kept {
    /// Says when the page is set aside, once; ends without a word when it cannot be.
    pub fn stored(&mut self) -> Option<oneshot::Receiver<()>> {
        self.stored.take()
    }

    /// Waits until the page is set aside.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn done(self) -> Result<Body, HarvestError> {
        self.task.await.map_err(|error| stopped(&error))?
    }
}

/// Whether a page is set aside before it is committed, so that a kill does not cost it.
#[derive(Debug)]
pub enum Keep {
    /// It can be had again: a file, or a page that is stored.
    No,
    /// When it is handed over.
    Now,
    /// It is under way already ([`Pipeline::keep`]).
    Begun(Kept),
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Pages that were committed since the last step.
    pub pages: i64,
}

/// The pages of a run that are under way.
#[derive(Debug)]
pub struct Pipeline {
    store: Store,
    preparation: Arc<Preparation>,
    run: Run,
    /// Number of the last page that was handed over.
    number: i64,
    places: Arc<Semaphore>,
    /// The task of the last page, which waits for the one before.
    last: Option<JoinHandle<Result<Run, HarvestError>>>,
    latest: watch::Sender<Option<Run>>,
    failed: Arc<AtomicBool>,
    /// Pages that were received before the run was resumed: number, location, body.
    ahead: Option<VecDeque<(i64, String, Body)>>,
}

impl Pipeline {
    /// Nothing under way yet.
    pub(super) async fn new(
        store: &Store,
        config: &Arc<SourceConfig>,
        crosswalk: &Arc<Crosswalk>,
        run: Run,
    ) -> Result<Self, HarvestError> {
        // A source without records has none that could be unchanged.
        let known = store.has_records(config.id.as_str()).await?;
        let preparation = Preparation::new(store.clone(), config, Arc::clone(crosswalk), known);
        Ok(Self {
            store: store.clone(),
            preparation: Arc::new(preparation),
            number: run.counts.pages,
            run,
            places: Arc::new(Semaphore::new(UNDER_WAY)),
            last: None,
            latest: watch::Sender::new(None),
            failed: Arc::default(),
            ahead: None,
        })
    }

    /// The run as last committed.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// The run goes on at a checkpoint of another, before the first page.
    pub(super) fn go_on(&mut self, root_run_id: i64, checkpoint: &str) {
        self.run.root_run_id = root_run_id;
        self.run.checkpoint = Some(checkpoint.to_owned());
    }

    /// Goes on with another run, when nothing is under way.
    pub(super) fn begin_anew(&mut self, run: Run) {
        self.number = run.counts.pages;
        self.run = run;
        self.ahead = None;
    }

    /// Begins to set the next page aside as it came, while it is still being read. Only for bodies
    /// that nothing is taken out of (invariant 8).
    pub(super) fn keep(&self, location: String, body: bytes::Bytes) -> Kept {
        let (store, run_id, number) = (self.store.clone(), self.run.run_id, self.number + 1);
        let (say, stored) = oneshot::channel();
        let task = tokio::spawn(async move {
            let compressed = tokio::task::spawn_blocking(move || Body::of(&body));
            let body = compressed.await.map_err(|error| stopped(&error))?;
            let body = body.map_err(|source| StoreError::Page { run_id, number, source })?;
            store.keep_page(run_id, number, &location, &body).await?;
            // Nobody may be waiting for it.
            let _said = say.send(());
            Ok(body)
        });
        Kept { task, stored: Some(stored) }
    }

    /// Hands a page over. If it is to be kept, it is in the store when this returns.
    pub(super) async fn push(
        &mut self,
        page: RawPage,
        keep: Keep,
    ) -> Result<Committed, HarvestError> {
        if self.failed.load(Ordering::Acquire) {
            return self.settle().await;
        }
        let number = self.number + 1;
        let run_id = self.run.run_id;
        let (page, body) = if let Keep::Begun(kept) = keep {
            (page, kept.done().await?)
        } else {
            let compressed = tokio::task::spawn_blocking(move || {
                // A page that is read again is stored already.
                let body = match page.replayed {
                    Some(_) => Ok(Body::default()),
                    None => Body::of(&page.body),
                };
                (page, body)
            });
            let (page, body) = compressed.await.map_err(|error| stopped(&error))?;
            let body = body.map_err(|source| StoreError::Page { run_id, number, source })?;
            if matches!(keep, Keep::Now) {
                self.store.keep_page(run_id, number, &page.location, &body).await?;
            }
            (page, body)
        };
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| HarvestError::Internal(error.to_string()))?;
        let before = self.last.take();
        let step = Step {
            store: self.store.clone(),
            preparation: Arc::clone(&self.preparation),
            before: self.run.clone(),
            number,
            latest: self.latest.clone(),
            failed: Arc::clone(&self.failed),
            _place: place,
        };
        self.last = Some(tokio::spawn(step.run(page, body, before)));
        self.number = number;
        Ok(self.take_latest())
    }

    /// Waits until nothing is under way.
    pub(super) async fn settle(&mut self) -> Result<Committed, HarvestError> {
        if let Some(last) = self.last.take() {
            let done = last.await.map_err(|error| stopped(&error))?;
            if let Err(error) = done {
                self.take_latest();
                self.number = self.run.counts.pages;
                self.failed.store(false, Ordering::Release);
                return Err(error);
            }
        }
        Ok(self.take_latest())
    }

    fn take_latest(&mut self) -> Committed {
        let before = self.run.counts.pages;
        if let Some(run) = self.latest.send_replace(None) {
            self.run = run;
        }
        Committed { pages: self.run.counts.pages - before }
    }

    /// The body of the page after the last one, when it was received before the run was resumed.
    pub(super) async fn received_before(
        &mut self,
        url: &str,
    ) -> Result<Option<Vec<u8>>, HarvestError> {
        let ahead = if let Some(ahead) = &mut self.ahead {
            ahead
        } else {
            let kept = self.store.kept_pages(self.run.run_id, self.number).await?;
            self.ahead.insert(kept.into())
        };
        let run_id = self.run.run_id;
        let next = self.number + 1;
        while ahead.front().is_some_and(|(number, ..)| *number < next) {
            ahead.pop_front();
        }
        if !ahead.front().is_some_and(|(number, of, _)| *number == next && of == url) {
            return Ok(None);
        }
        let Some((number, _, body)) = ahead.pop_front() else { return Ok(None) };
        tracing::info!(run = run_id, page = number, "page received before the harvest was stopped");
        let body = body.read().map_err(|source| StoreError::Page { run_id, number, source })?;
        Ok(Some(body))
    }
}

fn stopped(error: &JoinError) -> HarvestError {
    HarvestError::Internal(format!("a page under way: {error}"))
}

/// One page on its way.
struct Step {
    store: Store,
    preparation: Arc<Preparation>,
    /// The run when the page was handed over.
    before: Run,
    number: i64,
    latest: watch::Sender<Option<Run>>,
    failed: Arc<AtomicBool>,
    _place: OwnedSemaphorePermit,
}

impl Step {
    async fn run(
        self,
        page: RawPage,
        body: Body,
        before: Option<JoinHandle<Result<Run, HarvestError>>>,
    ) -> Result<Run, HarvestError> {
        let done = self.prepare_and_commit(page, body, before).await;
        match &done {
            Ok(run) => {
                self.latest.send_replace(Some(run.clone()));
            }
            Err(_) => self.failed.store(true, Ordering::Release),
        }
        done
    }

    async fn prepare_and_commit(
        &self,
        page: RawPage,
        body: Body,
        before: Option<JoinHandle<Result<Run, HarvestError>>>,
    ) -> Result<Run, HarvestError> {
        let rows = (page.records.len() + page.quarantined.len()) as i64;
        let preparation = Arc::clone(&self.preparation);
        let (run_id, number) = (self.before.run_id, self.number);
        let handle = tokio::runtime::Handle::current();
        // The crosswalk of a page is some milliseconds of pure computing: not on an async thread.
        let prepared = tokio::task::spawn_blocking(move || {
            let draft = preparation.draft(page, body);
            let known = handle.block_on(preparation.known(&draft))?;
            let prepared = preparation.prepare(&draft, (run_id, number), &known, now())?;
            Ok::<_, HarvestError>((draft, prepared))
        });
        let (draft, prepared) = prepared.await.map_err(|error| stopped(&error))??;
        let last = match before {
            Some(before) => before.await.map_err(|error| stopped(&error))??,
            None => self.before.clone(),
        };
        let run = match self.store.commit_prepared(&prepared).await {
            // A page before this one brought one of its records too.
            Err(StoreError::Outdated { .. }) => {
                let preparation = Arc::clone(&self.preparation);
                let prepared = tokio::task::spawn_blocking(move || {
                    preparation.prepare(&draft, (run_id, number), &HashMap::new(), now())
                });
                self.store
                    .commit_prepared(&prepared.await.map_err(|error| stopped(&error))??)
                    .await?
            }
            done => done?,
        };
        let counted = run.counts.rows - last.counts.rows;
        if counted != rows {
            tracing::error!(
                run = run.run_id,
                page = self.number,
                rows,
                counted,
                "rows unaccounted for"
            );
        }
        metrics::counter!("passerelle_harvest_rows_total", "source" => run.source_id.clone())
            .increment(rows as u64);
        Ok(run)
    }
}
