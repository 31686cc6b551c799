//! Sources as the store knows them.

use super::{Store, StoreError};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

const COLUMNS: &str =
    "source_id, base, label, kind, trust, settings, etag, last_modified, harvested_until";

/// A source as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Key.
    pub source_id: String,
    /// Base.
    pub base: String,
    /// Shown to people.
    pub label: String,
    /// `file` or `oai-pmh`.
    pub kind: String,
    /// Trust rank, 1 is the most trusted.
    pub trust: i64,
    /// The whole schedule as JSON.
    pub settings: String,
    /// ETag of the last complete file.
    pub etag: Option<String>,
    /// Last-Modified of the last complete file.
    pub last_modified: Option<String>,
    /// Where the next incremental harvest begins: the responseDate of the first answer of the last
    /// complete run, as the server wrote it.
    pub harvested_until: Option<String>,
}

fn of_row(row: &AnyRow) -> Result<SourceRow, StoreError> {
    Ok(SourceRow {
        source_id: row.try_get("source_id")?,
        base: row.try_get("base")?,
        label: row.try_get("label")?,
        kind: row.try_get("kind")?,
        trust: row.try_get("trust")?,
        settings: row.try_get("settings")?,
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
        harvested_until: row.try_get("harvested_until")?,
    })
}

impl Store {
    /// Makes the stored source equal to the schedule; validators and harvest state stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upsert_source(&self, source: &SourceRow, now: i64) -> Result<(), StoreError> {
        sqlx::query(
            "insert into source (source_id, base, label, kind, trust, settings, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7) \
             on conflict (source_id) do update set base = excluded.base, label = excluded.label, \
             kind = excluded.kind, trust = excluded.trust, settings = excluded.settings, \
             removed = 0, updated_at = excluded.updated_at",
        )
        .bind(source.source_id.as_str())
        .bind(source.base.as_str())
        .bind(source.label.as_str())
        .bind(source.kind.as_str())
        .bind(source.trust)
        .bind(source.settings.as_str())
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// All sources, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        let sql = format!("select {COLUMNS} from source order by source_id");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(self.reader()).await?;
        rows.iter().map(of_row).collect()
    }

    /// One source.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source(&self, source_id: &str) -> Result<Option<SourceRow>, StoreError> {
        let sql = format!("select {COLUMNS} from source where source_id = $1");
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(source_id).fetch_optional(self.reader()).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// After a complete run: remembers the validators of the file or the responseDate. What is
    /// `None` is forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_source_state(
        &self,
        source_id: &str,
        etag: Option<&str>,
        last_modified: Option<&str>,
        harvested_until: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update source set etag = $1, last_modified = $2, harvested_until = $3 \
             where source_id = $4",
        )
        .bind(etag.map(str::to_owned))
        .bind(last_modified.map(str::to_owned))
        .bind(harvested_until.map(str::to_owned))
        .bind(source_id)
        .execute(self.writer())
        .await?;
        Ok(())
    }
}
