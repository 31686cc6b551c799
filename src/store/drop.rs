//! Files that a drop folder has taken, or refused.

use super::rows::text;
use super::{Store, StoreError};
use sqlx::Row;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropStatus {
    /// It was begun with.
    Waiting,
    /// It was imported.
    Taken,
    /// It could not be.
    Refused,
}

impl DropStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Refused => "refused",
        }
    }
}

/// A file of a drop folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropFile {
    /// Source.
    pub source_id: String,
    /// Name, without folder.
    pub name: String,
    /// Size and time of change, or ETag.
    pub version: String,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// What became of it.
    pub status: DropStatus,
    /// Why.
    pub detail: String,
}

impl Store {
    /// What is remembered of a file of a drop folder.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_file(
        &self,
        source_id: &str,
        name: &str,
    ) -> Result<Option<DropFile>, StoreError> {
        let row = sqlx::query(
            "select version, sha256, status, detail from drop_file \
             where source_id = $1 and name = $2",
        )
        .bind(source_id)
        .bind(text(name).into_owned())
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let status: String = row.try_get("status")?;
        Ok(Some(DropFile {
            source_id: source_id.to_owned(),
            name: name.to_owned(),
            version: row.try_get("version")?,
            sha256: row.try_get("sha256")?,
            status: match status.as_str() {
                "taken" => DropStatus::Taken,
                "refused" => DropStatus::Refused,
                _ => DropStatus::Waiting,
            },
            detail: row.try_get("detail")?,
        }))
    }

    /// Remembers a file of a drop folder.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_drop_file(&self, file: &DropFile, now: i64) -> Result<(), StoreError> {
        sqlx::query(
            "insert into drop_file (source_id, name, version, sha256, status, detail, seen_at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (source_id, name) do update set \
             version = excluded.version, sha256 = excluded.sha256, status = excluded.status, \
             detail = excluded.detail, seen_at = excluded.seen_at",
        )
        .bind(file.source_id.as_str())
        .bind(text(&file.name).into_owned())
        .bind(file.version.as_str())
        .bind(file.sha256.as_str())
        .bind(file.status.as_str())
        .bind(text(&file.detail).into_owned())
        .bind(now)
        .execute(self.writer())
        .await?;
        Ok(())
    }
}
