//! What a harvest knows of the records that it meets: table `record_seen`, narrow rows that a
//! re-harvest of unchanged content looks up and notes without touching anything else.

use super::rows::{Cell, insert, json_of_texts};
use super::run::Run;
use super::{Dialect, Store, StoreError};
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::HashMap;

/// What is known of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) record_id: i64,
    pub(super) deleted: bool,
    /// Of what was received last; empty when that is not known.
    pub(super) source_hash: String,
}

/// The rows of these identifiers. They come as one JSON text: row by row costs more than the
/// whole look-up.
fn look_up(dialect: Dialect) -> String {
    format!(
        "select {} as known from record_seen where source_id = $1 and {}",
        dialect.json_of_rows(&["local_id", "record_id", "deleted", "source_hash"]),
        dialect.text_in("local_id", 2)
    )
}

fn read(json: &str) -> Result<HashMap<String, Seen>, StoreError> {
    let rows: Vec<(String, i64, i64, String)> = serde_json::from_str(json)
        .map_err(|source| StoreError::Corrupt { what: "record_seen", source })?;
    Ok(rows
        .into_iter()
        .map(|(local_id, record_id, deleted, source_hash)| {
            (local_id, Seen { record_id, deleted: deleted != 0, source_hash })
        })
        .collect())
}

/// The records with these identifiers that are in the store, by identifier.
pub(super) async fn of(
    connection: &mut AnyConnection,
    dialect: Dialect,
    source_id: &str,
    local_ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Seen>, StoreError> {
    let row = sqlx::query(AssertSqlSafe(look_up(dialect)))
        .bind(source_id)
        .bind(json_of_texts(local_ids))
        .fetch_one(&mut *connection)
        .await?;
    read(row.try_get("known")?)
}

/// Notes records that were written.
pub(super) async fn note(
    connection: &mut AnyConnection,
    dialect: Dialect,
    cells: Vec<[Cell; 6]>,
) -> Result<(), StoreError> {
    insert(
        connection,
        dialect,
        "insert into record_seen (source_id, local_id, record_id, run_id, deleted, source_hash)",
        cells,
        "on conflict (source_id, local_id) do update set record_id = excluded.record_id, \
         run_id = excluded.run_id, deleted = excluded.deleted, source_hash = excluded.source_hash",
    )
    .await?;
    Ok(())
}

/// Notes that the run has met these records of its source as they were.
pub(super) async fn met(
    connection: &mut AnyConnection,
    dialect: Dialect,
    source_id: &str,
    run_id: i64,
    local_ids: &[&str],
) -> Result<(), StoreError> {
    if local_ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update record_seen set run_id = $3 where source_id = $1 and {}",
        dialect.text_in("local_id", 2)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(source_id)
        .bind(json_of_texts(local_ids.iter().copied()))
        .bind(run_id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Notes what was received of records that came otherwise than before and say the same.
pub(super) async fn renew(
    connection: &mut AnyConnection,
    source_id: &str,
    renewed: &[(&str, &str)],
) -> Result<(), StoreError> {
    for (local_id, source_hash) in renewed {
        sqlx::query(
            "update record_seen set source_hash = $3 where source_id = $1 and local_id = $2",
        )
        .bind(source_id)
        .bind(*local_id)
        .bind(*source_hash)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Notes that records became tombstones.
pub(super) async fn gone(
    connection: &mut AnyConnection,
    dialect: Dialect,
    record_ids: &str,
) -> Result<(), StoreError> {
    let sql = format!(
        "update record_seen set deleted = 1, source_hash = '' where (source_id, local_id) in \
         (select source_id, local_id from source_record where {})",
        dialect.integer_in("record_id", 1)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(record_ids).execute(&mut *connection).await?;
    Ok(())
}

/// The next live records, by identifier, that the run has not met. Run ids grow, so every record
/// that another run of the source met last carries a smaller one.
pub(super) async fn unseen(
    connection: &mut AnyConnection,
    run: &Run,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query(
        "select local_id, record_id from record_seen where source_id = $1 and local_id > $2 \
         and run_id < $3 and deleted = 0 order by local_id limit $4",
    )
    .bind(run.source_id.as_str())
    .bind(after)
    .bind(run.root_run_id)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("local_id")?, row.try_get("record_id")?))).collect()
}

impl Store {
    /// Hashes of what was received last of these records of a source, by identifier; tombstones
    /// and records of which it is not known are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source_hashes(
        &self,
        source_id: &str,
        local_ids: impl Iterator<Item = &str>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let mut connection = self.reader().acquire().await?;
        let seen = of(&mut connection, self.dialect(), source_id, local_ids).await?;
        Ok(seen
            .into_iter()
            .filter(|(_, seen)| !seen.deleted && !seen.source_hash.is_empty())
            .map(|(local_id, seen)| (local_id, seen.source_hash))
            .collect())
    }

    /// Whether the store holds any record of a source, tombstones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_records(&self, source_id: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("select record_id from record_seen where source_id = $1 limit 1")
            .bind(source_id)
            .fetch_optional(self.reader())
            .await?;
        Ok(row.is_some())
    }
}
