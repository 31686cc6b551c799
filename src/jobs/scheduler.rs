//! The scheduler: looks at the cron expression of each source and enqueues its harvest. It does
//! nothing else.
//!
//! What it has enqueued last is in the database, changed together with the queue: neither a
//! restart nor a second scheduler on another node skips or doubles a harvest.

use super::due::{Cron, DueError};
use super::{Clock, Task};
use crate::config::source::SourceConfig;
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause between two looks at the schedules.
const PAUSE: Duration = Duration::from_secs(15);
/// Ended jobs are forgotten after so many seconds: 30 days.
const KEPT_FOR: i64 = 30 * 86_400;

/// The schedule of one source.
#[derive(Debug, Clone)]
struct Entry {
    source: String,
    expression: String,
    zone: String,
    cron: Cron,
}

/// What the database remembers of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    cron: String,
    time_zone: String,
    /// Last due time that was seen to, or when the schedule was first seen.
    last: i64,
}

/// Enqueues harvests when they are due.
#[derive(Debug, Clone)]
pub struct Scheduler {
    store: Store,
    entries: Vec<Entry>,
}

impl Scheduler {
    /// A scheduler of the sources that have a cron expression.
    ///
    /// # Errors
    /// [`DueError`] with the source at fault; `passerelle check` finds it earlier.
    pub fn new(store: Store, sources: &[SourceConfig]) -> Result<Self, (String, DueError)> {
        let mut entries = Vec::new();
        for source in sources {
            let Some(expression) = &source.cron else { continue };
            let cron = Cron::parse(expression, &source.time_zone)
                .map_err(|error| (source.id.to_string(), error))?;
            entries.push(Entry {
                source: source.id.to_string(),
                expression: expression.clone(),
                zone: source.time_zone.clone(),
                cron,
            });
        }
        Ok(Self { store, entries })
    }

    /// Looks at every schedule once and enqueues what is due; returns the sources enqueued.
    ///
    /// A schedule that is new or changed begins now: its first harvest is its next time, not one
    /// in the past. A due harvest of a source that is still being harvested is let go: the one
    /// under way does its work.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tick(&self, now: i64) -> Result<Vec<String>, StoreError> {
        let mut enqueued = Vec::new();
        for entry in &self.entries {
            let name = format!("schedule:{}", entry.source);
            let stored = self.store.setting(&name).await?;
            let memory = stored
                .as_deref()
                .and_then(|stored| serde_json::from_str::<Memory>(stored).ok())
                .filter(|memory| memory.cron == entry.expression && memory.time_zone == entry.zone);
            let (last, due) = match memory {
                None => (now, None),
                Some(memory) => match entry.cron.due(memory.last, now) {
                    None => continue,
                    Some(time) => (time, Some(time)),
                },
            };
            let task = Task::Harvest { source: entry.source.clone() };
            let job = match due {
                Some(_) if self.store.job_is_open(&task.dedupe_key()).await? => {
                    tracing::info!(source = entry.source, "harvest is due, but one is under way");
                    None
                }
                due => due.map(|_| task.job(now)),
            };
            let memory =
                Memory { cron: entry.expression.clone(), time_zone: entry.zone.clone(), last };
            // Three plain fields always have a JSON form.
            let to = serde_json::to_string(&memory).unwrap_or_default();
            let moved =
                self.store.move_schedule(&name, stored.as_deref(), &to, job.as_ref(), now).await?;
            if moved && job.is_some() {
                tracing::info!(source = entry.source, "harvest enqueued");
                enqueued.push(entry.source.clone());
            }
        }
        Ok(enqueued)
    }

    /// Ends decisions on rights that have run out, and has published what comes of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_overrides(&self, now: i64) -> Result<u64, StoreError> {
        let ended = self.store.end_rights_overrides(now).await?;
        if ended > 0 {
            tracing::info!(ended, "decisions on rights have run out");
            self.store.enqueue(&Task::Reconcile.job(now), now).await?;
        }
        Ok(ended)
    }

    /// Has copies of images looked at again that are due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enqueue_checks(&self, now: i64) -> Result<bool, StoreError> {
        let due = self.store.an_image_is_due(now).await?;
        if due && !self.store.job_is_open(&Task::Images.dedupe_key()).await? {
            self.store.enqueue(&Task::Images.job(now), now).await?;
        }
        Ok(due)
    }

    /// Ticks until it is told to stop. An error of the database is logged, and the next tick tries
    /// again.
    pub async fn run(self, clock: Clock, cancel: CancellationToken) {
        loop {
            let now = clock();
            if let Err(error) = self.tick(now).await {
                tracing::warn!(%error, "scheduler cannot look at the schedules; it tries again");
            }
            if let Err(error) = self.end_overrides(now).await {
                tracing::warn!(%error, "scheduler cannot end overrides of rights; it tries again");
            }
            if let Err(error) = self.enqueue_checks(now).await {
                tracing::warn!(%error, "scheduler cannot look for images that are due; it tries again");
            }
            if let Err(error) = self.store.forget_jobs(now - KEPT_FOR).await {
                tracing::warn!(%error, "scheduler cannot forget old jobs; it tries again");
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
}
