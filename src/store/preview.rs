//! What a change of mapping would do, found out inside transactions that are rolled back.

use super::material::StaleCluster;
use super::rows::{json_of, text};
use super::source_record::Written;
use super::{Store, StoreError, Tx, source_record};
use domain::identifier::SourceId;
use domain::issue::Issue;
use domain::record::Record;
use domain::source_record::SourceRecord;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeSet;

/// A live record of a source as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// Key.
    pub record_id: i64,
    /// Cluster that it belongs to.
    pub cluster_id: i64,
    /// Place in its page.
    pub position: i64,
    /// Hash of what it said.
    pub content_hash: String,
    /// As received.
    pub source_record: SourceRecord,
    /// What the crosswalk made of it then.
    pub record: Record,
}

impl Store {
    /// The reconciled live records of a source that are in the next clusters after `after` (at most `limit`
    /// clusters), whole clusters at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_by_cluster(
        &self,
        source_id: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let rows = sqlx::query(
            "select r.record_id, r.cluster_id, r.position, r.content_hash, r.fields, r.record \
             from source_record r where r.source_id = $1 and r.deleted = 0 and r.cluster_id in \
             (select distinct o.cluster_id from source_record o \
             where o.source_id = $1 and o.deleted = 0 and o.cluster_id > $2 \
             and not exists (select 1 from stale_record s where s.record_id = o.record_id) \
             order by o.cluster_id limit $3) \
             and not exists (select 1 from stale_record s where s.record_id = r.record_id) \
             order by r.cluster_id, r.record_id",
        )
        .bind(source_id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        let corrupt = |what| move |source| StoreError::Corrupt { what, source };
        rows.iter()
            .map(|row| {
                let fields: &str = row.try_get("fields")?;
                let record: &str = row.try_get("record")?;
                Ok(StoredRecord {
                    record_id: row.try_get("record_id")?,
                    cluster_id: row.try_get("cluster_id")?,
                    position: row.try_get("position")?,
                    content_hash: row.try_get("content_hash")?,
                    source_record: serde_json::from_str(fields)
                        .map_err(corrupt("source_record.fields"))?,
                    record: serde_json::from_str(record)
                        .map_err(corrupt("source_record.record"))?,
                })
            })
            .collect()
    }

    /// Live records of a source that wait for reconciliation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unclustered(&self, source_id: &str) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "select count(*) as amount from source_record r \
             join stale_record s on s.record_id = r.record_id \
             where r.source_id = $1 and r.deleted = 0",
        )
        .bind(source_id)
        .fetch_one(self.reader())
        .await?;
        Ok(row.try_get("amount")?)
    }
}

impl Tx {
    /// Writes other records in the place of stored ones, with all that hangs on them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_records(
        &mut self,
        source: &SourceId,
        records: &[(&StoredRecord, Record, Vec<Issue>)],
        now: i64,
    ) -> Result<(), StoreError> {
        let corrupt = |what| move |source| StoreError::Corrupt { what, source };
        let mut written = Vec::with_capacity(records.len());
        for (stored, record, issues) in records {
            let json = serde_json::to_string(record).map_err(corrupt("source_record.record"))?;
            sqlx::query("update source_record set record = $2, kind = $3 where record_id = $1")
                .bind(stored.record_id)
                .bind(text(&json).into_owned())
                .bind(record.kind.as_str())
                .execute(self.connection())
                .await?;
            written.push(Written {
                id: stored.record_id,
                local_id: &stored.source_record.local_id,
                record,
                issues,
            });
        }
        let known: Vec<i64> = written.iter().map(|written| written.id).collect();
        let dialect = self.dialect();
        source_record::replace(self.connection(), dialect, source, &written, &known, now).await
    }

    /// Clusters by key, as a publication looks at them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clusters(&mut self, ids: &BTreeSet<i64>) -> Result<Vec<StaleCluster>, StoreError> {
        let ids: Vec<i64> = ids.iter().copied().collect();
        let sql = format!(
            "select c.cluster_id, c.object_id, coalesce(place.object_id, c.object_id) as place \
             from cluster c left join source_record r on r.record_id = c.named_after \
             left join cluster place on place.cluster_id = r.cluster_id where {}",
            self.dialect().integer_in("c.cluster_id", 1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of(&ids))
            .fetch_all(self.connection())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StaleCluster {
                    cluster_id: row.try_get("cluster_id")?,
                    object_id: row.try_get("object_id")?,
                    place: row.try_get("place")?,
                })
            })
            .collect()
    }
}
