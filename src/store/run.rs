//! Runs: one execution of the harvest of a source, from its first page to its end.
//!
//! The one write of a harvest is [`Store::commit_prepared`]: the page, its records and the checkpoint
//! in one transaction (invariant 2).

use super::{Dialect, Store, StoreError};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

pub use super::ending::{AtStake, Ending};
pub use super::page::{IncomingRecord, PageCommit};
pub use super::quarantine::Quarantined;
pub use super::source::SourceRow;
pub use super::source_record::SourceRecordRow;

/// Columns of a [`Run`], in the order of its fields.
pub(super) const COLUMNS: &str = "run_id, source_id, mode, status, reason, checkpoint, started_at, \
     finished_at, page_count, row_count, created_count, updated_count, unchanged_count, \
     deleted_count, quarantined_count, image_count, root_run_id, verdict";

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
    /// The run that this harvest began with: this one, unless it goes on where others stopped.
    pub root_run_id: i64,
    /// What is known of its completeness: [`protocols::oai_pmh::client::Verdict`] as JSON.
    pub verdict: Option<String>,
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
    let run_id: i64 = row.try_get("run_id")?;
    Ok(Run {
        run_id,
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
        root_run_id: row.try_get::<Option<i64>, _>("root_run_id")?.unwrap_or(run_id),
        verdict: row.try_get("verdict")?,
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

    /// Makes a run the next one of a chain: it goes on at a checkpoint of an earlier run, and what
    /// the chain saw since `root_run_id` was seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn chain_run(
        &self,
        run_id: i64,
        root_run_id: i64,
        checkpoint: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update run set root_run_id = $2, checkpoint = $3 \
             where run_id = $1 and status = 'running'",
        )
        .bind(run_id)
        .bind(root_run_id)
        .bind(checkpoint)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Ends a run without a brake: see [`Store::end_run`].
    ///
    /// # Errors
    /// As [`Store::end_run`].
    pub async fn finish_run(&self, run_id: i64, end: &RunEnd, now: i64) -> Result<i64, StoreError> {
        self.end_run(run_id, end, &Ending::default(), now).await
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
