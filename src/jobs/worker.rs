//! A worker: claims one job at a time, keeps its lease while it runs, and ends it.

use super::queue::{MOST_ATTEMPTS, back_off};
use super::{Clock, Task, system_clock};
use crate::store::job::{Job, JobKinds, NewJob};
use crate::store::{Store, StoreError};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Seconds that a lease lasts; it is renewed three times as often.
const LEASE: i64 = 300;
/// Pause of a worker that found nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// How a task ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was done.
    Done,
    /// It was told to stop and can go on later.
    Interrupted,
    /// It is done for now and is to be done again at this second: what it asked asked to wait.
    Later(i64),
}

/// Does the work of the tasks.
pub trait JobHandler: Send + Sync + 'static {
    /// Does a task, or goes on with it: it may have been begun before. When `cancel` is cancelled
    /// it stops at the next point from which it can go on, and answers [`Outcome::Interrupted`].
    fn run(
        &self,
        task: Task,
        cancel: CancellationToken,
    ) -> impl Future<Output = anyhow::Result<Outcome>> + Send;
}

/// One worker. Run as many as there is work for; they share nothing but the database.
#[derive(Clone)]
pub struct Worker<H> {
    store: Store,
    handler: Arc<H>,
    clock: Clock,
    name: String,
    kinds: JobKinds,
    slice: Option<Duration>,
}

impl<H> std::fmt::Debug for Worker<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<H: JobHandler> Worker<H> {
    /// A worker with a name of its own.
    pub fn new(store: Store, handler: Arc<H>) -> Self {
        // The hasher is seeded at random: enough to tell the workers of all nodes apart.
        let random = std::hash::RandomState::new().build_hasher().finish();
        let name = format!("{}-{random:016x}", std::process::id());
        let (kinds, slice) = (JobKinds::All, None);
        Self { store, handler, clock: system_clock(), name, kinds, slice }
    }

    /// Takes jobs of some kinds only.
    #[must_use]
    pub fn with_kinds(mut self, kinds: JobKinds) -> Self {
        self.kinds = kinds;
        self
    }

    /// A job that ran so long makes way when another of its kind waits for a worker, and goes on
    /// in its turn: a source of millions does not keep the others waiting.
    #[must_use]
    pub fn with_slice(mut self, slice: Duration) -> Self {
        self.slice = Some(slice);
        self
    }

    /// Reads the time from another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Works until it is told to stop; then the job at hand is stopped gracefully and given back.
    /// An error of the database is logged and does not end the worker.
    pub async fn run(self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            match self.step(&cancel).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(worker = self.name, %error, "database fails; trying again");
                }
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Works until nothing is due (or until it is told to stop); returns how many jobs it ran.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drain(&self, cancel: &CancellationToken) -> Result<usize, StoreError> {
        let mut jobs = 0;
        while !cancel.is_cancelled() && self.step(cancel).await? {
            jobs += 1;
        }
        Ok(jobs)
    }

    /// Claims and runs one job; `false` when none is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn step(&self, cancel: &CancellationToken) -> Result<bool, StoreError> {
        let now = (self.clock)();
        let Some(job) = self.store.claim_job_of(self.kinds, &self.name, now + LEASE, now).await?
        else {
            return Ok(false);
        };
        if job.attempts > MOST_ATTEMPTS {
            // Its workers died each time: the job itself may be what kills them.
            let error = format!("given up after {MOST_ATTEMPTS} attempts that never ended");
            self.store.fail_job(job.job_id, &self.name, &error, None, now).await?;
            return Ok(true);
        }
        let outcome = match Task::of_payload(&job.payload) {
            Ok(task) => self.attend(&job, task, cancel).await,
            Err(error) => Err(anyhow::anyhow!("payload `{}`: {error}", job.payload)),
        };
        self.end(&job, outcome, cancel).await?;
        Ok(true)
    }

    /// Runs the task and renews the lease meanwhile. A task that panics has failed.
    async fn attend(
        &self,
        job: &Job,
        task: Task,
        cancel: &CancellationToken,
    ) -> anyhow::Result<Outcome> {
        let handler = Arc::clone(&self.handler);
        let token = cancel.child_token();
        tracing::info!(job = job.job_id, kind = job.kind, attempt = job.attempts, "job begins");
        let way = token.clone();
        let mut work = tokio::spawn(async move { handler.run(task, token).await });
        let begun = tokio::time::Instant::now();
        let beat = Duration::from_secs(LEASE.unsigned_abs() / 3);
        let beat = self.slice.map_or(beat, |slice| beat.min(slice)).max(Duration::from_millis(10));
        let mut heartbeat = tokio::time::interval(beat);
        heartbeat.tick().await;
        loop {
            tokio::select! {
                ended = &mut work => {
                    return ended.unwrap_or_else(|error| Err(anyhow::anyhow!("the job broke off: {error}")));
                }
                _ = heartbeat.tick() => {
                    let until = (self.clock)() + LEASE;
                    match self.store.renew_lease(job.job_id, &self.name, until).await {
                        Ok(true) => self.make_way(job, begun.elapsed(), &way).await,
                        Ok(false) => {
                            // Another worker has it. Every commit is whole, so it can be cut off.
                            work.abort();
                            anyhow::bail!("the lease was lost");
                        }
                        Err(error) => tracing::warn!(job = job.job_id, %error, "lease not renewed"),
                    }
                }
            }
        }
    }

    /// Stops a job that had its slice when another waits.
    async fn make_way(&self, job: &Job, ran: Duration, way: &CancellationToken) {
        if self.slice.is_none_or(|slice| ran < slice) || way.is_cancelled() {
            return;
        }
        match self.store.job_waits(&job.kind, (self.clock)()).await {
            Ok(true) => {
                tracing::info!(job = job.job_id, "makes way for another and goes on in its turn");
                way.cancel();
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(job = job.job_id, %error, "cannot look who waits"),
        }
    }

    async fn end(
        &self,
        job: &Job,
        outcome: anyhow::Result<Outcome>,
        cancel: &CancellationToken,
    ) -> Result<(), StoreError> {
        let now = (self.clock)();
        let (label, error) = match outcome {
            Ok(done @ (Outcome::Done | Outcome::Later(_))) => {
                let followers: Vec<NewJob> = Task::of_payload(&job.payload)
                    .map(|task| {
                        let again = match done {
                            Outcome::Later(at) => Some(task.job(at)),
                            Outcome::Done | Outcome::Interrupted => None,
                        };
                        task.followers().iter().map(|next| next.job(now)).chain(again).collect()
                    })
                    .unwrap_or_default();
                self.store.complete_job(job.job_id, &self.name, &followers, now).await?;
                ("done", None)
            }
            Ok(Outcome::Interrupted) => ("interrupted", None),
            // What fails while everything is being stopped failed because of that.
            Err(error) if cancel.is_cancelled() => ("interrupted", Some(error)),
            Err(error) => ("failed", Some(error)),
        };
        if label == "interrupted" {
            self.store.release_job(job.job_id, &self.name, now).await?;
        }
        match error {
            Some(error) if label == "failed" => {
                let retry_at = back_off(job.attempts).map(|wait| now + wait);
                let text = format!("{error:#}");
                self.store.fail_job(job.job_id, &self.name, &text, retry_at, now).await?;
                tracing::warn!(
                    job = job.job_id,
                    kind = job.kind,
                    attempt = job.attempts,
                    ?retry_at,
                    error = text,
                    "job failed"
                );
            }
            _ => tracing::info!(job = job.job_id, kind = job.kind, outcome = label, "job ended"),
        }
        metrics::counter!("passerelle_jobs_total", "kind" => job.kind.clone(), "outcome" => label)
            .increment(1);
        Ok(())
    }
}
