//! Imports by hand: the file, what each of its rows would do or did, and what it was compared with.

use super::rows::{self, Cell, json_of_texts};
use super::{Store, StoreError};
use domain::source_record::SourceRecord;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

const COLUMNS: &str = "import_id, source_id, file_name, file_path, sha256, byte_count, dry_run, \
     complete, status, reason, reading, run_id, absent_count, author, created_at, finished_at";

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Key.
    pub import_id: i64,
    /// Source.
    pub source_id: String,
    /// Name that the file came with: its ending may say the format.
    pub file_name: String,
    /// Where the file waits; empty when it is gone.
    pub file_path: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub byte_count: i64,
    /// It is only looked at until it is approved.
    pub dry_run: bool,
    /// What is not in the file is deleted.
    pub complete: bool,
    /// `received`, `checked`, `approved`, `done`, `partial`, `failed`, `dropped`.
    pub status: String,
    /// Why it is not done.
    pub reason: Option<String>,
    /// Hash of how it was read.
    pub reading: String,
    /// The run that applies it.
    pub run_id: Option<i64>,
    /// Live records that are not in the file, of one that is complete.
    pub absent_count: i64,
    /// Who approved it.
    pub author: Option<String>,
    /// Seconds since the epoch.
    pub created_at: i64,
    /// Seconds since the epoch.
    pub finished_at: Option<i64>,
}

/// A file that came.
#[derive(Debug, Clone, Copy)]
pub struct NewImport<'a> {
    /// Source.
    pub source_id: &'a str,
    /// Name that the file came with.
    pub file_name: &'a str,
    /// Where it waits.
    pub file_path: &'a str,
    /// SHA-256, in hexadecimal.
    pub sha256: &'a str,
    /// Bytes.
    pub byte_count: i64,
    /// It is only looked at until it is approved.
    pub dry_run: bool,
    /// What is not in the file is deleted.
    pub complete: bool,
}

/// What a row of the file does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// From 1, the header not counted.
    pub row: i64,
    /// Identifier; empty when there is none.
    pub local_id: String,
    /// `created`, `updated`, `unchanged`, `rejected`.
    pub outcome: String,
    /// Of a rejected one: code and reason.
    pub detail: String,
    /// The record before, as [`RecordState::hash`] says.
    pub before_hash: String,
    /// Of an updated one: field by field, JSON.
    pub difference: String,
}

/// How many rows do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportCounts {
    /// New records.
    pub created: i64,
    /// Records with other fields.
    pub updated: i64,
    /// Records as they were.
    pub unchanged: i64,
    /// Rows that cannot be taken.
    pub rejected: i64,
}

/// What the store has of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordState {
    /// Key.
    pub record_id: i64,
    /// A tombstone.
    pub deleted: bool,
    /// Hash of what came last and of how it was read.
    pub source_hash: String,
    /// Hash of the content; `-` before it for a tombstone.
    pub hash: String,
}

fn of_row(row: &AnyRow) -> Result<Import, StoreError> {
    Ok(Import {
        import_id: row.try_get("import_id")?,
        source_id: row.try_get("source_id")?,
        file_name: row.try_get("file_name")?,
        file_path: row.try_get("file_path")?,
        sha256: row.try_get("sha256")?,
        byte_count: row.try_get("byte_count")?,
        dry_run: row.try_get::<i64, _>("dry_run")? != 0,
        complete: row.try_get::<i64, _>("complete")? != 0,
        status: row.try_get("status")?,
        reason: row.try_get("reason")?,
        reading: row.try_get("reading")?,
        run_id: row.try_get("run_id")?,
        absent_count: row.try_get("absent_count")?,
        author: row.try_get("author")?,
        created_at: row.try_get("created_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

fn row_of(row: &AnyRow) -> Result<ImportRow, StoreError> {
    Ok(ImportRow {
        row: row.try_get("row_no")?,
        local_id: row.try_get("local_id")?,
        outcome: row.try_get("outcome")?,
        detail: row.try_get("detail")?,
        before_hash: row.try_get("before_hash")?,
        difference: row.try_get("difference")?,
    })
}

impl Store {
    /// Notes a file that came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn new_import(&self, new: NewImport<'_>, now: i64) -> Result<Import, StoreError> {
        let sql = format!(
            "insert into import (source_id, file_name, file_path, sha256, byte_count, dry_run, \
             complete, status, reading, absent_count, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, 'received', '', 0, $8) returning {COLUMNS}"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(new.source_id)
            .bind(rows::text(new.file_name).into_owned())
            .bind(new.file_path)
            .bind(new.sha256)
            .bind(new.byte_count)
            .bind(i64::from(new.dry_run))
            .bind(i64::from(new.complete))
            .bind(now)
            .fetch_one(self.writer())
            .await?;
        of_row(&row)
    }

    /// An import.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import(&self, import_id: i64) -> Result<Option<Import>, StoreError> {
        let sql = format!("select {COLUMNS} from import where import_id = $1");
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(import_id).fetch_optional(self.reader()).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// The latest imports, of a source or of all, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imports(
        &self,
        source_id: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Import>, StoreError> {
        let of_source = if source_id.is_some() { "where source_id = $2" } else { "" };
        let sql =
            format!("select {COLUMNS} from import {of_source} order by import_id desc limit $1");
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(limit);
        if let Some(source_id) = source_id {
            query = query.bind(source_id);
        }
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter().map(of_row).collect()
    }

    /// The import of the same file that was begun and not ended, to be gone on with.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unfinished_import(
        &self,
        source_id: &str,
        sha256: &str,
        dry_run: bool,
        complete: bool,
    ) -> Result<Option<Import>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from import where sha256 = $1 and source_id = $2 and dry_run = $3 \
             and complete = $4 and status = 'received' order by import_id limit 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(sha256)
            .bind(source_id)
            .bind(i64::from(dry_run))
            .bind(i64::from(complete))
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(of_row).transpose()
    }

    /// Moves an import from one status to another; `false`: it had another one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn move_import(
        &self,
        import_id: i64,
        from: &str,
        to: &str,
        author: Option<&str>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "update import set status = $3, author = coalesce($4, author) \
             where import_id = $1 and status = $2",
        )
        .bind(import_id)
        .bind(from)
        .bind(to)
        .bind(author.map(|author| rows::text(author).into_owned()))
        .execute(self.writer())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Notes how an import ended, or was looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_import(
        &self,
        import_id: i64,
        status: &str,
        reason: Option<&str>,
        now: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update import set status = $2, reason = $3, finished_at = $4 where import_id = $1",
        )
        .bind(import_id)
        .bind(status)
        .bind(reason.map(|reason| rows::text(reason).into_owned()))
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Notes how an import is read, and the run that applies it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_import_run(
        &self,
        import_id: i64,
        reading: &str,
        run_id: Option<i64>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update import set reading = $2, run_id = coalesce($3, run_id) where import_id = $1",
        )
        .bind(import_id)
        .bind(reading)
        .bind(run_id)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Notes that the file of an import is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_import_file(&self, import_id: i64) -> Result<(), StoreError> {
        sqlx::query("update import set file_path = '' where import_id = $1")
            .bind(import_id)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Forgets what the rows of an import do: it is looked at anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_import_rows(&self, import_id: i64) -> Result<(), StoreError> {
        sqlx::query("delete from import_row where import_id = $1")
            .bind(import_id)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// Notes what rows do. A row that was noted keeps what was noted first: an import that was
    /// killed and goes on meets records that it wrote itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_import_rows(
        &self,
        import_id: i64,
        noted: Vec<ImportRow>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let dialect = tx.dialect();
        let cells: Vec<[Cell; 7]> = noted
            .into_iter()
            .map(|row| {
                [
                    import_id.into(),
                    row.row.into(),
                    row.local_id.into(),
                    row.outcome.into(),
                    row.detail.into(),
                    row.before_hash.into(),
                    row.difference.into(),
                ]
            })
            .collect();
        rows::insert(
            tx.connection(),
            dialect,
            "insert into import_row (import_id, row_no, local_id, outcome, detail, before_hash, \
             difference)",
            cells,
            "on conflict (import_id, row_no) do nothing",
        )
        .await?;
        tx.commit().await
    }

    /// How many rows of an import do what.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_counts(&self, import_id: i64) -> Result<ImportCounts, StoreError> {
        let rows = sqlx::query(
            "select outcome, count(*) as n from import_row where import_id = $1 group by outcome",
        )
        .bind(import_id)
        .fetch_all(self.reader())
        .await?;
        let mut counts = ImportCounts::default();
        for row in &rows {
            let (outcome, n): (String, i64) = (row.try_get("outcome")?, row.try_get("n")?);
            match outcome.as_str() {
                "created" => counts.created = n,
                "updated" => counts.updated = n,
                "unchanged" => counts.unchanged = n,
                _ => counts.rejected += n,
            }
        }
        Ok(counts)
    }

    /// Rows of an import after a row number, in order: all, or those that do something (`changes`)
    /// or cannot be taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_rows(
        &self,
        import_id: i64,
        changes: bool,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ImportRow>, StoreError> {
        let of_outcome = if changes { "and outcome <> 'unchanged'" } else { "" };
        let sql = format!(
            "select row_no, local_id, outcome, detail, before_hash, difference from import_row \
             where import_id = $1 and row_no > $2 {of_outcome} order by row_no limit $3"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(import_id).bind(after).bind(limit);
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter().map(row_of).collect()
    }

    /// What the store has of records, by identifier.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_states(
        &self,
        source_id: &str,
        identifiers: &[&str],
    ) -> Result<HashMap<String, RecordState>, StoreError> {
        let sql = format!(
            "select n.local_id, n.record_id, n.deleted, n.source_hash, r.content_hash \
             from record_seen n join source_record r on r.record_id = n.record_id \
             where n.source_id = $1 and {}",
            self.dialect().text_in("n.local_id", 2)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(source_id)
            .bind(json_of_texts(identifiers.iter().copied()))
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let deleted = row.try_get::<i64, _>("deleted")? != 0;
                let hash: String = row.try_get("content_hash")?;
                let state = RecordState {
                    record_id: row.try_get("record_id")?,
                    deleted,
                    source_hash: row.try_get("source_hash")?,
                    hash: if deleted { format!("-{hash}") } else { hash },
                };
                Ok((row.try_get("local_id")?, state))
            })
            .collect()
    }

    /// Source records as they came, by key.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when one cannot be read.
    pub async fn records_as_received(
        &self,
        record_ids: &[i64],
    ) -> Result<HashMap<i64, SourceRecord>, StoreError> {
        let sql = format!(
            "select record_id, fields from source_record where {}",
            self.dialect().integer_in("record_id", 1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(rows::json_of(record_ids))
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let record = serde_json::from_str(row.try_get("fields")?).map_err(|source| {
                    StoreError::Corrupt { what: "source_record.fields", source }
                })?;
                Ok((row.try_get("record_id")?, record))
            })
            .collect()
    }

    /// Live records of the source of an import that are not in its file: how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_import_absent(&self, import: &Import) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "update import set absent_count = (select count(*) from record_seen n \
             where n.source_id = $1 and n.deleted = 0 and not exists (select 1 from import_row i \
             where i.import_id = $2 and i.local_id = n.local_id)) \
             where import_id = $2 returning absent_count",
        )
        .bind(import.source_id.as_str())
        .bind(import.import_id)
        .fetch_one(self.writer())
        .await?;
        Ok(row.try_get("absent_count")?)
    }

    /// Sets the token of a source: its SHA-256 alone. The one before ends.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_source_token(
        &self,
        source_id: &str,
        sha256: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into source_token (source_id, sha256, created_at) values ($1, $2, $3) \
             on conflict (source_id) do update set sha256 = excluded.sha256, \
             created_at = excluded.created_at",
        )
        .bind(source_id)
        .bind(sha256)
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// SHA-256 of the token of a source, when it has one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source_token(&self, source_id: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("select sha256 from source_token where source_id = $1")
            .bind(source_id)
            .fetch_optional(self.reader())
            .await?;
        Ok(row.map(|row| row.try_get("sha256")).transpose()?)
    }
}
