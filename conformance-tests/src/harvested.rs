//! What a harvest left in the store, read beside the gateway (SQLite, read-only).

use anyhow::{Context as _, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::path::Path;

/// The latest run of a source.
#[derive(Debug, Clone)]
pub struct LatestRun {
    /// `complete`, `partial`, `failed`, `running`.
    pub status: String,
    /// Why it is not complete.
    pub reason: String,
    /// Pages of the run.
    pub pages: i64,
    /// Records that were new.
    pub created: i64,
    /// Records whose content changed.
    pub updated: i64,
    /// Records that could not be read.
    pub quarantined: i64,
}

/// A source record, as far as a comparison needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Identifier in the source.
    pub local_id: String,
    /// Tombstone.
    pub deleted: bool,
    /// First `dc:title`.
    pub title: String,
    /// First `dc:creator`.
    pub author: String,
}

/// Opens the database of a data folder, read-only.
///
/// # Errors
/// When there is none.
pub async fn open(data: &Path) -> Result<SqliteConnection> {
    let path = data.join("passerelle.db");
    Ok(SqliteConnectOptions::new().filename(path).read_only(true).connect().await?)
}

/// Lets the time pass that a source asked to be left alone.
///
/// # Errors
/// When the database cannot be written.
pub async fn let_time_pass(data: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(data.join("passerelle.db"));
    let mut database = options.connect().await?;
    sqlx::query("update source set not_before = null").execute(&mut database).await?;
    Ok(database.close().await?)
}

/// The latest run.
///
/// # Errors
/// When there is none, or it cannot be read.
pub async fn latest_run(database: &mut SqliteConnection) -> Result<LatestRun> {
    let row = sqlx::query(
        "select status, coalesce(reason, '') as reason, page_count, created_count, updated_count, \
         quarantined_count from run order by run_id desc limit 1",
    )
    .fetch_one(database)
    .await
    .context("no run")?;
    Ok(LatestRun {
        status: row.try_get("status")?,
        reason: row.try_get("reason")?,
        pages: row.try_get("page_count")?,
        created: row.try_get("created_count")?,
        updated: row.try_get("updated_count")?,
        quarantined: row.try_get("quarantined_count")?,
    })
}

/// Every source record.
///
/// # Errors
/// When they cannot be read.
pub async fn records(database: &mut SqliteConnection) -> Result<Vec<StoredRecord>> {
    let rows = sqlx::query("select local_id, deleted, fields from source_record")
        .fetch_all(database)
        .await?;
    rows.iter()
        .map(|row| {
            let fields: serde_json::Value = serde_json::from_str(row.try_get("fields")?)?;
            let first = |name: &str| {
                let fields =
                    fields.get("fields").and_then(|it| it.as_array()).into_iter().flatten();
                let value = |field: &serde_json::Value| {
                    (field.get("name")?.as_str()? == name)
                        .then(|| field.get("value")?.as_str().map(str::to_owned))?
                };
                fields.filter_map(value).next().unwrap_or_default()
            };
            Ok(StoredRecord {
                local_id: row.try_get("local_id")?,
                deleted: row.try_get::<i64, _>("deleted")? != 0,
                title: first("dc:title"),
                author: first("dc:creator"),
            })
        })
        .collect()
}
