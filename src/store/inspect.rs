//! One source record with everything that hangs on it: what an operator looks at, and how the
//! store suite sees what a harvest wrote.

use super::{Store, StoreError};
use domain::issue::Issue;
use domain::record::Record;
use domain::source_record::SourceRecord;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// A source record and what hangs on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Key.
    pub record_id: i64,
    /// A tombstone.
    pub deleted: bool,
    /// Waits for reconciliation.
    pub stale: bool,
    /// Run that saw it last.
    pub run_id: i64,
    /// Seconds since the epoch.
    pub first_seen_at: i64,
    /// Seconds since the epoch.
    pub changed_at: i64,
    /// As received.
    pub source_record: SourceRecord,
    /// What the crosswalk made of it.
    pub record: Record,
    /// Names, sorted.
    pub names: Vec<String>,
    /// Certain keys, sorted.
    pub keys: Vec<String>,
    /// Kind and target of each link, sorted.
    pub links: Vec<(String, String)>,
    /// Complaints, in order.
    pub issues: Vec<Issue>,
    /// Images, in order.
    pub images: Vec<StoredImage>,
    /// The column `image_right`, see [`super::source_record::image_right_of`]; `None` for
    /// tombstones.
    pub image_right: Option<String>,
}

/// An image of a source record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// Identifier in IIIF URLs.
    pub image_id: String,
    /// As the source names it.
    pub location: String,
    /// `pending`, `ready`, `remote`, `failed`.
    pub status: String,
    /// Pixels, when it was measured.
    pub width: Option<i64>,
}

impl Store {
    /// One source record by its identifier in the source, tombstones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stored_source_record(
        &self,
        source_id: &str,
        local_id: &str,
    ) -> Result<Option<Stored>, StoreError> {
        let row = sqlx::query(
            "select r.record_id, r.deleted, n.run_id, r.first_seen_at, r.changed_at, r.fields, \
             r.record, s.record_id as stale_id from source_record r \
             join record_seen n on n.source_id = r.source_id and n.local_id = r.local_id \
             left join stale_record s on s.record_id = r.record_id \
             where r.source_id = $1 and r.local_id = $2",
        )
        .bind(source_id)
        .bind(super::rows::text(local_id).into_owned())
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let record_id: i64 = row.try_get("record_id")?;
        let corrupt = |what| move |source| StoreError::Corrupt { what, source };
        let texts = |row: &AnyRow| -> Result<(String, String), StoreError> {
            Ok((row.try_get(0)?, row.try_get(1)?))
        };
        let pairs = async |sql: &'static str| -> Result<Vec<(String, String)>, StoreError> {
            self.list(sql, record_id).await?.iter().map(texts).collect()
        };
        let names = pairs("select name, '' from record_name where record_id = $1 order by name");
        let keys = pairs(
            "select certain_key, '' from record_key where record_id = $1 order by certain_key",
        );
        let links = pairs(
            "select kind, target from record_link where record_id = $1 order by kind, target",
        );
        let (names, keys, links) = (names.await?, keys.await?, links.await?);
        let first = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(a, _)| a).collect();
        let rights = self
            .list("select image_right from rights_decision where record_id = $1", record_id)
            .await?;
        Ok(Some(Stored {
            record_id,
            deleted: row.try_get::<i64, _>("deleted")? != 0,
            stale: row.try_get::<Option<i64>, _>("stale_id")?.is_some(),
            run_id: row.try_get("run_id")?,
            first_seen_at: row.try_get("first_seen_at")?,
            changed_at: row.try_get("changed_at")?,
            source_record: serde_json::from_str(row.try_get("fields")?)
                .map_err(corrupt("source_record.fields"))?,
            record: serde_json::from_str(row.try_get("record")?)
                .map_err(corrupt("source_record.record"))?,
            names: first(names),
            keys: first(keys),
            links,
            issues: self.issues_of(record_id).await?,
            images: self.images_of_record(record_id).await?,
            image_right: rights.first().map(|row| row.try_get("image_right")).transpose()?,
        }))
    }

    async fn list(&self, sql: &'static str, record_id: i64) -> Result<Vec<AnyRow>, StoreError> {
        Ok(sqlx::query(AssertSqlSafe(sql)).bind(record_id).fetch_all(self.reader()).await?)
    }

    async fn issues_of(&self, record_id: i64) -> Result<Vec<Issue>, StoreError> {
        let sql = "select code, path, value from issue where record_id = $1 order by number";
        let rows = self.list(sql, record_id).await?;
        rows.iter()
            .map(|row| {
                Ok(Issue {
                    code: row.try_get("code")?,
                    path: row.try_get("path")?,
                    value: row.try_get("value")?,
                })
            })
            .collect()
    }

    async fn images_of_record(&self, record_id: i64) -> Result<Vec<StoredImage>, StoreError> {
        let sql = "select image_id, location, status, width from image where record_id = $1 \
             order by rank";
        let rows = self.list(sql, record_id).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredImage {
                    image_id: row.try_get("image_id")?,
                    location: row.try_get("location")?,
                    status: row.try_get("status")?,
                    width: row.try_get("width")?,
                })
            })
            .collect()
    }
}
