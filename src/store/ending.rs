//! The end of a run: what it deletes, and what is held back until somebody releases it.
//!
//! A deletion that the source announces is noted in `held_deletion` when its page is committed, and
//! done when the run ends; one that follows from absence is found then. So that nothing is deleted
//! before it is known how much it would be.

use super::run::{self, Run, RunEnd};
use super::{Dialect, Store, StoreError, ahead, rows, seen, source_record};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

/// Records that one transaction deletes.
const DELETED_A_BATCH: i64 = 500;

/// What is stored with the end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    /// Whether a complete run deletes what it did not see; `None`: a full one does.
    pub absence: Option<bool>,
    /// Deletions stay held: nothing is deleted.
    pub hold: bool,
    /// What is known of the completeness, as JSON.
    pub verdict: Option<String>,
    /// Where a later run may go on; `None` leaves the checkpoint of the last page.
    pub checkpoint: Option<String>,
}

impl Ending {
    fn deletes_absent(&self, run: &Run, end: &RunEnd) -> bool {
        *end == RunEnd::Complete && self.absence.unwrap_or(run.mode == "full")
    }
}

/// What a run is about to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AtStake {
    /// Deletions that the source announced, those held since earlier runs included.
    pub announced: i64,
    /// Deletions held since earlier harvests.
    pub held_before: i64,
    /// Live records that the run did not see.
    pub absent: i64,
    /// Live records of the source in all; counted only when there is more to delete than asked for.
    pub live: i64,
}

impl Store {
    /// What ending a run would delete. `few` deletions are always allowed: nothing more is counted
    /// then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn at_stake(
        &self,
        run: &Run,
        absence: bool,
        few: i64,
    ) -> Result<AtStake, StoreError> {
        let source = run.source_id.as_str();
        let announced = self
            .number(
                "select count(*) as n from held_deletion where source_id = $1 and run_id >= $2",
                source,
                0,
            )
            .await?;
        let held_before = self
            .number(
                "select count(*) as n from held_deletion where source_id = $1 and run_id < $2",
                source,
                run.root_run_id,
            )
            .await?;
        let absent = if absence {
            self.number(
                "select count(*) as n from record_seen r \
                 where r.source_id = $1 and r.run_id < $2 and r.deleted = 0 and not exists \
                 (select 1 from held_deletion h where h.record_id = r.record_id)",
                source,
                run.root_run_id,
            )
            .await?
        } else {
            0
        };
        let live = if announced + absent > few {
            self.number(
                "select count(*) as n from record_seen \
                 where source_id = $1 and deleted = 0 and run_id >= $2",
                source,
                0,
            )
            .await?
        } else {
            0
        };
        Ok(AtStake { announced, held_before, absent, live })
    }

    async fn number(
        &self,
        sql: &'static str,
        source: &str,
        run_id: i64,
    ) -> Result<i64, StoreError> {
        let row = sqlx::query(sql).bind(source).bind(run_id).fetch_one(self.reader()).await?;
        Ok(row.try_get("n")?)
    }

    /// Ends a run. Deletions that the source announced are done, and a complete one that saw
    /// everything deletes (tombstones) the live records of the source that it did not see, unless
    /// they are to be held; returns how many it deleted by absence now. That happens in batches;
    /// the run stays open until the last, so a run killed in between is resumed and ended again.
    /// Ending a run that has ended changes nothing.
    ///
    /// Records deleted by absence were not rows of the run: they are not in its counts.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when there is no such run.
    pub async fn end_run(
        &self,
        run_id: i64,
        end: &RunEnd,
        ending: &Ending,
        now: i64,
    ) -> Result<i64, StoreError> {
        let mut deleted = 0;
        let mut after = String::new();
        loop {
            let mut tx = self.begin().await?;
            let dialect = tx.dialect();
            let Some(run) = run::lock(tx.connection(), dialect, run_id).await? else {
                return Err(StoreError::NoRun { run_id, source_id: String::new() });
            };
            if run.status != "running" {
                return Ok(deleted);
            }
            if ending.hold {
                if ending.absence.unwrap_or(run.mode == "full") {
                    hold_unseen(tx.connection(), &run).await?;
                }
            } else {
                if release_some(tx.connection(), dialect, &run.source_id, now).await? > 0 {
                    tx.commit().await?;
                    continue;
                }
                if ending.deletes_absent(&run, end) {
                    let unseen =
                        seen::unseen(tx.connection(), &run, &after, DELETED_A_BATCH).await?;
                    if let Some((last, _)) = unseen.last() {
                        after.clone_from(last);
                        let ids: Vec<i64> =
                            unseen.iter().map(|(_, record_id)| *record_id).collect();
                        source_record::tombstone(tx.connection(), dialect, &ids, now).await?;
                        tx.commit().await?;
                        deleted += ids.len() as i64;
                        continue;
                    }
                }
            }
            let (status, reason) = match end {
                RunEnd::Complete => ("complete", None),
                RunEnd::Unchanged => ("complete", Some("unchanged")),
                RunEnd::Partial(reason) => ("partial", Some(reason.as_str())),
                RunEnd::Failed(reason) => ("failed", Some(reason.as_str())),
            };
            sqlx::query(
                "update run set status = $1, reason = $2, finished_at = $3, \
                 verdict = coalesce($5, verdict), checkpoint = coalesce($6, checkpoint) \
                 where run_id = $4",
            )
            .bind(status)
            .bind(reason.map(|reason| rows::text(reason).into_owned()))
            .bind(now)
            .bind(run_id)
            .bind(ending.verdict.as_deref().map(|text| rows::text(text).into_owned()))
            .bind(ending.checkpoint.clone())
            .execute(tx.connection())
            .await?;
            ahead::forget(tx.connection(), dialect, run_id, i64::MAX).await?;
            tx.commit().await?;
            self.forget_files(run_id).await?;
            return Ok(deleted);
        }
    }

    /// Gives up a run that another takes the place of: what it was going to delete comes again.
    ///
    /// # Errors
    /// As [`Store::end_run`].
    pub async fn abandon_run(&self, run_id: i64, end: &RunEnd, now: i64) -> Result<(), StoreError> {
        sqlx::query("delete from held_deletion where run_id = $1")
            .bind(run_id)
            .execute(self.writer())
            .await?;
        let ending = Ending { absence: Some(false), hold: true, ..Ending::default() };
        self.end_run(run_id, end, &ending, now).await?;
        Ok(())
    }

    /// Deletions of a source that the brake holds back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn held_deletions(&self, source_id: &str) -> Result<i64, StoreError> {
        self.number(
            "select count(*) as n from held_deletion where source_id = $1 and run_id >= $2",
            source_id,
            0,
        )
        .await
    }

    /// Does the deletions of a source that the brake held back, and notes who decided it and why;
    /// returns how many they were. While a run of the source is open its own are left to it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_held(
        &self,
        source_id: &str,
        author: &str,
        reason: &str,
        now: i64,
    ) -> Result<i64, StoreError> {
        let mut released = 0;
        loop {
            let mut tx = self.begin().await?;
            let dialect = tx.dialect();
            let some = release_some(tx.connection(), dialect, source_id, now).await?;
            released += some;
            if some == 0 {
                if released > 0 {
                    sqlx::query(
                        "insert into brake_release \
                         (source_id, record_count, author, reason, released_at) \
                         values ($1, $2, $3, $4, $5)",
                    )
                    .bind(source_id)
                    .bind(released)
                    .bind(rows::text(author).into_owned())
                    .bind(rows::text(reason).into_owned())
                    .bind(now)
                    .execute(tx.connection())
                    .await?;
                }
                tx.commit().await?;
                return Ok(released);
            }
            tx.commit().await?;
        }
    }
}

/// Notes deletions that the source announces. They are done when the run ends.
pub(super) async fn hold(
    connection: &mut AnyConnection,
    dialect: Dialect,
    run: &Run,
    ids: &[i64],
) -> Result<(), StoreError> {
    let cells = ids
        .iter()
        .map(|id| [(*id).into(), run.source_id.as_str().into(), run.run_id.into(), 1_i64.into()])
        .collect();
    rows::insert(
        connection,
        dialect,
        "insert into held_deletion (record_id, source_id, run_id, explicit)",
        cells,
        "on conflict (record_id) do nothing",
    )
    .await?;
    Ok(())
}

/// Takes back the deletion of records that live.
pub(super) async fn take_back(
    connection: &mut AnyConnection,
    dialect: Dialect,
    source_id: &str,
    ids: &[i64],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let any = sqlx::query("select record_id from held_deletion where source_id = $1 limit 1")
        .bind(source_id)
        .fetch_optional(&mut *connection)
        .await?;
    if any.is_some() {
        let sql = format!("delete from held_deletion where {}", dialect.integer_in("record_id", 1));
        sqlx::query(AssertSqlSafe(sql)).bind(rows::json_of(ids)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// As [`take_back`], by identifiers.
pub(super) async fn take_back_named(
    connection: &mut AnyConnection,
    dialect: Dialect,
    source_id: &str,
    identifiers: &[&str],
) -> Result<(), StoreError> {
    let sql = format!(
        "delete from held_deletion where source_id = $1 and record_id in \
         (select record_id from record_seen where source_id = $1 and {})",
        dialect.text_in("local_id", 2)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(source_id)
        .bind(rows::json_of_texts(identifiers.iter().copied()))
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Does some of the deletions that are held; returns how many.
async fn release_some(
    connection: &mut AnyConnection,
    dialect: Dialect,
    source_id: &str,
    now: i64,
) -> Result<i64, StoreError> {
    let rows = sqlx::query(
        "select record_id from held_deletion where source_id = $1 order by record_id limit $2",
    )
    .bind(source_id)
    .bind(DELETED_A_BATCH)
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<i64> =
        rows.iter().map(|row| row.try_get("record_id")).collect::<Result<_, _>>()?;
    source_record::tombstone(connection, dialect, &ids, now).await?;
    let sql = format!("delete from held_deletion where {}", dialect.integer_in("record_id", 1));
    if !ids.is_empty() {
        sqlx::query(AssertSqlSafe(sql)).bind(rows::json_of(&ids)).execute(&mut *connection).await?;
    }
    Ok(ids.len() as i64)
}

/// Holds the deletion of every live record that the run has not seen.
async fn hold_unseen(connection: &mut AnyConnection, run: &Run) -> Result<(), StoreError> {
    sqlx::query(
        "insert into held_deletion (record_id, source_id, run_id, explicit) \
         select record_id, source_id, $3, 0 from record_seen \
         where source_id = $1 and run_id < $2 and deleted = 0 \
         on conflict (record_id) do nothing",
    )
    .bind(run.source_id.as_str())
    .bind(run.root_run_id)
    .bind(run.run_id)
    .execute(&mut *connection)
    .await?;
    Ok(())
}
