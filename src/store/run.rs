//! Runs: one execution of the harvest of a source, from its first page to its end.
//!
//! The one write of a harvest is [`Store::commit_page`]: the page, its records and the checkpoint
//! in one transaction (invariant 2).

use super::{Dialect, Store, StoreError, ahead, seen, source_record};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

pub use super::page::{IncomingRecord, PageCommit};
pub use super::quarantine::Quarantined;
pub use super::source::SourceRow;
pub use super::source_record::SourceRecordRow;

/// Columns of a [`Run`], in the order of its fields.
pub(super) const COLUMNS: &str = "run_id, source_id, mode, status, reason, checkpoint, started_at, \
     finished_at, page_count, row_count, created_count, updated_count, unchanged_count, \
     deleted_count, quarantined_count, image_count";

/// Records that one transaction deletes by absence.
const DELETED_A_BATCH: i64 = 500;

/// A run as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Key.
    pub run_id: i64,
    /// Source.
    pub source_id: String,
    /// `full` or `incremental`.
    pub mode: String,
    /// `running`, `complete`, `partial`, `failed`.
    pub status: String,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// Where to go on: JSON that only the harvester of the source understands.
    pub checkpoint: Option<String>,
    /// Seconds since the epoch.
    pub started_at: i64,
    /// Seconds since the epoch.
    pub finished_at: Option<i64>,
    /// Counts so far.
    pub counts: RunCounts,
}

/// Counts of a run. `rows = created + updated + unchanged + deleted + quarantined` always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunCounts {
    /// Pages committed.
    pub pages: i64,
    /// Rows or records received.
    pub rows: i64,
    /// New source records.
    pub created: i64,
    /// Source records whose content changed.
    pub updated: i64,
    /// Source records received again without change.
    pub unchanged: i64,
    /// Source records that the source deleted (tombstones of records never seen included).
    pub deleted: i64,
    /// Rows or records that could not be taken.
    pub quarantined: i64,
    /// Images named by the records.
    pub images: i64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// Everything that the source has was read.
    Complete,
    /// The source has nothing new since the last complete run: stored as `complete` with the
    /// reason `unchanged`, and nothing is deleted by absence although no record was seen.
    Unchanged,
    /// It stopped early; nothing is deleted by absence.
    Partial(String),
    /// It could not begin.
    Failed(String),
}

/// Reads the columns [`COLUMNS`].
pub(super) fn of_row(row: &AnyRow) -> Result<Run, StoreError> {
    Ok(Run {
        run_id: row.try_get("run_id")?,
        source_id: row.try_get("source_id")?,
        mode: row.try_get("mode")?,
        status: row.try_get("status")?,
        reason: row.try_get("reason")?,
        checkpoint: row.try_get("checkpoint")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        counts: RunCounts {
            pages: row.try_get("page_count")?,
            rows: row.try_get("row_count")?,
            created: row.try_get("created_count")?,
            updated: row.try_get("updated_count")?,
            unchanged: row.try_get("unchanged_count")?,
            deleted: row.try_get("deleted_count")?,
            quarantined: row.try_get("quarantined_count")?,
            images: row.try_get("image_count")?,
        },
    })
}

/// The run, locked against other writers until the transaction ends.
pub(super) async fn lock(
    connection: &mut AnyConnection,
    dialect: Dialect,
    run_id: i64,
) -> Result<Option<Run>, StoreError> {
    let sql = format!("select {COLUMNS} from run where run_id = $1{}", dialect.for_update());
    let row = sqlx::query(AssertSqlSafe(sql)).bind(run_id).fetch_optional(&mut *connection).await?;
    row.as_ref().map(of_row).transpose()
}

impl Store {
    /// The run of this source that is still open (killed or under way), to be resumed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_run(&self, source_id: &str) -> Result<Option<Run>, StoreError> {
        let sql = format!("select {COLUMNS} from run where source_id = $1 and status = 'running'");
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(source_id).fetch_optional(self.reader()).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// Begins a run. There is at most one open run a source.
    ///
    /// # Errors
    /// [`StoreError::RunOpen`] when there is one already.
    pub async fn start_run(
        &self,
        source_id: &str,
        mode: &str,
        now: i64,
    ) -> Result<Run, StoreError> {
        let sql = format!(
            "insert into run (source_id, mode, status, started_at) values ($1, $2, 'running', $3) \
             on conflict do nothing returning {COLUMNS}"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(source_id)
            .bind(mode)
            .bind(now)
            .fetch_optional(self.writer())
            .await?;
        match row {
            Some(row) => of_row(&row),
            None => Err(StoreError::RunOpen(source_id.to_owned())),
        }
    }

    /// Ends a run. A complete full run deletes (tombstones) the records of the source that it did
    /// not see, and returns how many it deleted now. That happens in batches; the run stays open
    /// until the last, so a run killed in between is resumed and ended again. Ending a run that
    /// has ended changes nothing.
    ///
    /// Records deleted by absence were not rows of the run: they are not in its counts.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when there is no such run.
    pub async fn finish_run(&self, run_id: i64, end: &RunEnd, now: i64) -> Result<i64, StoreError> {
        let mut deleted = 0;
        let mut after = String::new();
        loop {
            let mut tx = self.begin().await?;
            let dialect = tx.dialect();
            let Some(run) = lock(tx.connection(), dialect, run_id).await? else {
                return Err(StoreError::NoRun { run_id, source_id: String::new() });
            };
            if run.status != "running" {
                return Ok(deleted);
            }
            if *end == RunEnd::Complete && run.mode == "full" {
                let unseen = seen::unseen(tx.connection(), &run, &after, DELETED_A_BATCH).await?;
                if let Some((last, _)) = unseen.last() {
                    after.clone_from(last);
                    let ids: Vec<i64> = unseen.iter().map(|(_, record_id)| *record_id).collect();
                    source_record::tombstone(tx.connection(), dialect, &ids, now).await?;
                    tx.commit().await?;
                    deleted += ids.len() as i64;
                    continue;
                }
            }
            let (status, reason) = match end {
                RunEnd::Complete => ("complete", None),
                RunEnd::Unchanged => ("complete", Some("unchanged")),
                RunEnd::Partial(reason) => ("partial", Some(reason.as_str())),
                RunEnd::Failed(reason) => ("failed", Some(reason.as_str())),
            };
            sqlx::query(
                "update run set status = $1, reason = $2, finished_at = $3 where run_id = $4",
            )
            .bind(status)
            .bind(reason.map(|reason| super::rows::text(reason).into_owned()))
            .bind(now)
            .bind(run_id)
            .execute(tx.connection())
            .await?;
            ahead::forget(tx.connection(), run_id, i64::MAX).await?;
            tx.commit().await?;
            return Ok(deleted);
        }
    }

    /// Latest runs of a source (or of all), newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs(&self, source_id: Option<&str>, limit: i64) -> Result<Vec<Run>, StoreError> {
        let of_source = if source_id.is_some() { "where source_id = $2" } else { "" };
        let sql = format!("select {COLUMNS} from run {of_source} order by run_id desc limit $1");
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(limit);
        if let Some(source_id) = source_id {
            query = query.bind(source_id);
        }
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter().map(of_row).collect()
    }
}
