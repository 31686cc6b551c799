//! What a harvest asks the store: what it has seen, when it may come again.

use super::rows::json_of_texts;
use super::run::Run;
use super::{Store, StoreError};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{HashMap, HashSet};

/// What is remembered of a source between harvests, beside its validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HarvestState {
    /// The source asked not to be asked before this second.
    pub not_before: Option<i64>,
    /// When all its identifiers were compared with what is known for the last time.
    pub absence_checked_at: Option<i64>,
}

impl Store {
    /// What is remembered of a source between harvests.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn harvest_state(&self, source_id: &str) -> Result<HarvestState, StoreError> {
        let row =
            sqlx::query("select not_before, absence_checked_at from source where source_id = $1")
                .bind(source_id)
                .fetch_optional(self.reader())
                .await?;
        let Some(row) = row else { return Ok(HarvestState::default()) };
        Ok(HarvestState {
            not_before: row.try_get("not_before")?,
            absence_checked_at: row.try_get("absence_checked_at")?,
        })
    }

    /// Notes that the source asked not to be asked before a second, so that a restart does not
    /// forget it; `None`: it may be asked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_not_before(
        &self,
        source_id: &str,
        not_before: Option<i64>,
    ) -> Result<(), StoreError> {
        sqlx::query("update source set not_before = $2 where source_id = $1")
            .bind(source_id)
            .bind(not_before)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Notes that all identifiers of the source were compared with what is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_absence_checked(&self, source_id: &str, now: i64) -> Result<(), StoreError> {
        sqlx::query("update source set absence_checked_at = $2 where source_id = $1")
            .bind(source_id)
            .bind(now)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// How many different records of the source the run, and those that it goes on with, have
    /// seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn distinct_seen(&self, run: &Run) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "select count(*) as n from record_seen where source_id = $1 and run_id >= $2",
        )
        .bind(run.source_id.as_str())
        .bind(run.root_run_id)
        .fetch_one(self.reader())
        .await?;
        Ok(row.try_get("n")?)
    }

    /// Those of the identifiers that the run (or one that it goes on with) has seen; with
    /// `live`, those that are live in the store, whoever saw them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known_identifiers(
        &self,
        run: &Run,
        identifiers: &[&str],
        live: bool,
    ) -> Result<HashSet<String>, StoreError> {
        let sql = format!(
            "select local_id from record_seen where source_id = $1 and {} and {}",
            self.dialect().text_in("local_id", 2),
            if live { "deleted = 0 and run_id >= $3" } else { "run_id >= $3" }
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(run.source_id.as_str())
            .bind(json_of_texts(identifiers.iter().copied()))
            .bind(if live { 0 } else { run.root_run_id })
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok(row.try_get("local_id")?)).collect()
    }

    /// The run that saw each of these records last, and whether it is a tombstone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_seen(
        &self,
        source_id: &str,
        identifiers: &[&str],
    ) -> Result<HashMap<String, (i64, bool)>, StoreError> {
        let sql = format!(
            "select local_id, run_id, deleted from record_seen where source_id = $1 and {}",
            self.dialect().text_in("local_id", 2)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(source_id)
            .bind(json_of_texts(identifiers.iter().copied()))
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let deleted = row.try_get::<i64, _>("deleted")? != 0;
                Ok((row.try_get("local_id")?, (row.try_get("run_id")?, deleted)))
            })
            .collect()
    }

    /// Groups of records of a source whose identifiers differ only in case, tombstones included, at
    /// most `limit` (one identifier of each). Read from the index alone. Identifiers are case-sensitive: they are different records, and a
    /// sign that the server changed its mind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case_twins(&self, source_id: &str, limit: i64) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(
            "select min(local_id) as local_id from record_seen \
             where source_id = $1 \
             group by lower(local_id) having count(*) > 1 order by 1 limit $2",
        )
        .bind(source_id)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok(row.try_get("local_id")?)).collect()
    }
}
