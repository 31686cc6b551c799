//! The queue: jobs that are leased, renewed, ended, tried again.
//!
//! A job is `queued` until a worker claims it, `running` while its lease is renewed, then `done`
//! or `failed`. A lease that ran out is claimed anew: the job must be idempotent. Of the queued
//! jobs of one dedupe key there is at most one, and none is claimed while another of its key runs.

use super::{Store, StoreError, Tx};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

const COLUMNS: &str = "job_id, kind, payload, dedupe_key, status, run_at, attempts, leased_by, \
     leased_until, last_error, created_at, finished_at";

/// Longest error text that is kept.
const LONGEST_ERROR: usize = 2000;

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What to do (`harvest`, `reconcile`, …).
    pub kind: String,
    /// With what: JSON.
    pub payload: String,
    /// Jobs of one key run one after the other, and only one waits.
    pub dedupe_key: Option<String>,
    /// Not before, seconds since the epoch.
    pub run_at: i64,
}

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Key.
    pub job_id: i64,
    /// What to do.
    pub kind: String,
    /// With what: JSON.
    pub payload: String,
    /// See [`NewJob::dedupe_key`].
    pub dedupe_key: Option<String>,
    /// `queued`, `running`, `done`, `failed`.
    pub status: String,
    /// Not before, seconds since the epoch.
    pub run_at: i64,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// Worker that holds it.
    pub leased_by: Option<String>,
    /// End of the lease, seconds since the epoch.
    pub leased_until: Option<i64>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Seconds since the epoch.
    pub created_at: i64,
    /// Seconds since the epoch.
    pub finished_at: Option<i64>,
}

/// Which jobs a worker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JobKinds {
    /// All.
    #[default]
    All,
    /// Harvests and imports: they wait for their sources most of the time, so that many go at once.
    Harvests,
    /// All the others.
    Others,
}

impl JobKinds {
    fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Harvests => " and j.kind in ('harvest', 'import')",
            Self::Others => " and j.kind not in ('harvest', 'import')",
        }
    }
}

fn of_row(row: &AnyRow) -> Result<Job, StoreError> {
    Ok(Job {
        job_id: row.try_get("job_id")?,
        kind: row.try_get("kind")?,
        payload: row.try_get("payload")?,
        dedupe_key: row.try_get("dedupe_key")?,
        status: row.try_get("status")?,
        run_at: row.try_get("run_at")?,
        attempts: row.try_get("attempts")?,
        leased_by: row.try_get("leased_by")?,
        leased_until: row.try_get("leased_until")?,
        last_error: row.try_get("last_error")?,
        created_at: row.try_get("created_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

async fn insert(
    connection: &mut AnyConnection,
    job: &NewJob,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "insert into job (kind, payload, dedupe_key, status, run_at, created_at) \
         values ($1, $2, $3, 'queued', $4, $5) on conflict do nothing returning job_id",
    )
    .bind(job.kind.as_str())
    .bind(job.payload.as_str())
    .bind(job.dedupe_key.clone())
    .bind(job.run_at)
    .bind(now)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(row.map(|row| row.try_get("job_id")).transpose()?)
}

impl Tx {
    /// As [`Store::enqueue`], together with what else the transaction writes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enqueue(&mut self, job: &NewJob, now: i64) -> Result<Option<i64>, StoreError> {
        insert(self.connection(), job, now).await
    }
}

impl Store {
    /// Puts a job into the queue; `None` when one of its dedupe key waits there already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enqueue(&self, job: &NewJob, now: i64) -> Result<Option<i64>, StoreError> {
        let mut tx = self.begin().await?;
        let id = tx.enqueue(job, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes the job that is due first: a queued one, or one whose lease ran out. Two workers
    /// never get the same.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_job(
        &self,
        worker: &str,
        leased_until: i64,
        now: i64,
    ) -> Result<Option<Job>, StoreError> {
        self.claim_job_of(JobKinds::All, worker, leased_until, now).await
    }

    /// As [`Store::claim_job`], of some kinds only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_job_of(
        &self,
        kinds: JobKinds,
        worker: &str,
        leased_until: i64,
        now: i64,
    ) -> Result<Option<Job>, StoreError> {
        // Reading first spares an idle worker the write lock of SQLite.
        let kinds = kinds.condition();
        let due = "((j.status = 'queued' and j.run_at <= $1 and not exists (select 1 from job r \
             where r.dedupe_key = j.dedupe_key and r.status = 'running')) \
             or (j.status = 'running' and j.leased_until < $1))";
        let due = format!("{due}{kinds}");
        let any = format!("select j.job_id from job j where {due} limit 1");
        let any = sqlx::query(AssertSqlSafe(any)).bind(now).fetch_optional(self.reader()).await?;
        if any.is_none() {
            return Ok(None);
        }
        let sql = format!(
            "update job set status = 'running', attempts = attempts + 1, leased_by = $2, \
             leased_until = $3 where job_id = (select j.job_id from job j where {due} \
             order by j.run_at, j.job_id limit 1{}) returning {COLUMNS}",
            self.dialect().skip_locked()
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(now)
            .bind(worker)
            .bind(leased_until)
            .fetch_optional(self.writer())
            .await?;
        row.as_ref().map(of_row).transpose()
    }

    /// Whether another job of a kind is due and waits for a worker.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job_waits(&self, kind: &str, now: i64) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "select j.job_id from job j where j.kind = $1 and j.status = 'queued' \
             and j.run_at <= $2 and not exists (select 1 from job r \
             where r.dedupe_key = j.dedupe_key and r.status = 'running') limit 1",
        )
        .bind(kind)
        .bind(now)
        .fetch_optional(self.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Renews a lease; `false` when another worker holds the job by now (stop it then).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn renew_lease(
        &self,
        job_id: i64,
        worker: &str,
        leased_until: i64,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "update job set leased_until = $3 \
             where job_id = $1 and leased_by = $2 and status = 'running'",
        )
        .bind(job_id)
        .bind(worker)
        .bind(leased_until)
        .execute(self.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a job well and puts what follows from it into the queue, in one transaction; `false`
    /// (and nothing enqueued) when another worker holds the job by now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn complete_job(
        &self,
        job_id: i64,
        worker: &str,
        followers: &[NewJob],
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "update job set status = 'done', finished_at = $3, leased_by = null, \
             leased_until = null, last_error = null \
             where job_id = $1 and leased_by = $2 and status = 'running'",
        )
        .bind(job_id)
        .bind(worker)
        .bind(now)
        .execute(tx.connection())
        .await?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        for follower in followers {
            tx.enqueue(follower, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Ends an attempt badly. With `retry_at` the job waits for that second; without, or when a
    /// job of its key waits already (that one does the work), it is `failed` for good.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn fail_job(
        &self,
        job_id: i64,
        worker: &str,
        error: &str,
        retry_at: Option<i64>,
        now: i64,
    ) -> Result<(), StoreError> {
        let error: String = super::rows::text(error).chars().take(LONGEST_ERROR).collect();
        sqlx::query(
            "update job set leased_by = null, leased_until = null, last_error = $3, \
             status = case when $4 < 0 or exists (select 1 from job q \
               where q.dedupe_key = job.dedupe_key and q.status = 'queued') \
               then 'failed' else 'queued' end, \
             run_at = case when $4 < 0 then run_at else $4 end, \
             finished_at = case when $4 < 0 then $5 else finished_at end \
             where job_id = $1 and leased_by = $2 and status = 'running'",
        )
        .bind(job_id)
        .bind(worker)
        .bind(error)
        .bind(retry_at.unwrap_or(-1))
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Gives a job back untried: the worker stops. It is due at once, and the attempt is not
    /// counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_job(&self, job_id: i64, worker: &str, now: i64) -> Result<(), StoreError> {
        sqlx::query(
            "update job set leased_by = null, leased_until = null, attempts = attempts - 1, \
             run_at = $3, status = case when exists (select 1 from job q \
               where q.dedupe_key = job.dedupe_key and q.status = 'queued') \
               then 'done' else 'queued' end \
             where job_id = $1 and leased_by = $2 and status = 'running'",
        )
        .bind(job_id)
        .bind(worker)
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Whether a job of this dedupe key waits or runs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job_is_open(&self, dedupe_key: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "select job_id from job where dedupe_key = $1 and status in ('queued', 'running') \
             limit 1",
        )
        .bind(dedupe_key)
        .fetch_optional(self.reader())
        .await?;
        Ok(row.is_some())
    }

    /// One job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job(&self, job_id: i64) -> Result<Option<Job>, StoreError> {
        let sql = format!("select {COLUMNS} from job where job_id = $1");
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(job_id).fetch_optional(self.reader()).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// Jobs by status, with counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn jobs_by_status(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows =
            sqlx::query("select status, count(*) as jobs from job group by status order by status")
                .fetch_all(self.reader())
                .await?;
        rows.iter().map(|row| Ok((row.try_get("status")?, row.try_get("jobs")?))).collect()
    }

    /// Forgets jobs that ended before a second; returns how many. The queue stays small.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_jobs(&self, before: i64) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "delete from job where status in ('done', 'failed') and coalesce(finished_at, run_at) < $1",
        )
        .bind(before)
        .execute(self.writer())
        .await?;
        Ok(done.rows_affected())
    }

    /// Moves a schedule's memory from one state to the next and enqueues its job, in one
    /// transaction; `false`, and nothing done, when another scheduler moved it first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn move_schedule(
        &self,
        name: &str,
        from: Option<&str>,
        to: &str,
        job: Option<&NewJob>,
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let moved = match from {
            None => {
                sqlx::query(
                    "insert into setting (name, value) values ($1, $2) on conflict do nothing",
                )
                .bind(name)
                .bind(to)
                .execute(tx.connection())
                .await?
            }
            Some(from) => {
                sqlx::query("update setting set value = $2 where name = $1 and value = $3")
                    .bind(name)
                    .bind(to)
                    .bind(from)
                    .execute(tx.connection())
                    .await?
            }
        };
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        if let Some(job) = job {
            tx.enqueue(job, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
