//! Names of records for people: `{source}/{local id}` to key and back.

use super::rows::json_of;
use super::{Store, StoreError};
use sqlx::{AssertSqlSafe, Row};

impl Store {
    /// Key of a source record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_id(
        &self,
        source_id: &str,
        local_id: &str,
    ) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query(
            "select record_id from source_record where source_id = $1 and local_id = $2",
        )
        .bind(source_id)
        .bind(local_id)
        .fetch_optional(self.reader())
        .await?;
        Ok(row.map(|row| row.try_get("record_id")).transpose()?)
    }

    /// `{source}/{local id}` of records, in the order of their keys; unknown ones are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_labels(&self, record_ids: &[i64]) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "select source_id, local_id from source_record where record_id in {} order by record_id",
            self.dialect().json_integers(1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of(record_ids))
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let (source, local): (String, String) =
                    (row.try_get("source_id")?, row.try_get("local_id")?);
                Ok(format!("{source}/{local}"))
            })
            .collect()
    }
}
