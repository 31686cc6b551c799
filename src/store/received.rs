//! What the sources sent of an object: the material of the format `raw`.

use super::rows::json_of_texts;
use super::source_record::origin_of;
use super::{Store, StoreError};
use domain::source_record::SourceRecord;
use sqlx::{AssertSqlSafe, Row};

/// Source records of one object that are read.
const MOST_MEMBERS: i64 = 1000;

/// A live source record of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedRow {
    /// Object.
    pub object_id: String,
    /// Source.
    pub source_id: String,
    /// As received, with its origin.
    pub source_record: SourceRecord,
    /// The stored page in which its present content came, when it came as XML.
    pub page_id: Option<i64>,
}

impl Store {
    /// The live source records of objects whose metadata may be published, of each object the most
    /// trusted source first, at most 1,000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn received(&self, object_ids: &[&str]) -> Result<Vec<ReceivedRow>, StoreError> {
        let sql = format!(
            "select object_id, source_id, fields, origin, page_id, kind from (\
               select c.object_id, r.source_id, r.local_id, r.fields, r.origin, r.page_id, s.kind, \
                 row_number() over (partition by c.object_id \
                   order by s.trust, r.record_id) as place \
               from cluster c join source_record r on r.cluster_id = c.cluster_id \
               join source s on s.source_id = r.source_id \
               join rights_decision d on d.record_id = r.record_id \
               where c.object_id in {} and r.deleted = 0 and coalesce((\
                   select min(v.metadata_open) from rights_override v \
                   where v.withdrawn_at is null \
                   and v.target in (c.object_id, r.source_id || '/' || r.local_id)), \
                 d.metadata_open) = 1) received \
             where place <= {MOST_MEMBERS} order by object_id, place",
            self.dialect().json_texts(1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of_texts(object_ids.iter().copied()))
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                let corrupt = |source| StoreError::Corrupt { what: "source_record.fields", source };
                let mut source_record: SourceRecord =
                    serde_json::from_str(row.try_get("fields")?).map_err(corrupt)?;
                source_record.origin = origin_of(row.try_get("origin")?)?;
                let page: Option<i64> = row.try_get("page_id")?;
                let as_xml = row.try_get::<&str, _>("kind")? == "oai-pmh";
                Ok(ReceivedRow {
                    object_id: row.try_get("object_id")?,
                    source_id: row.try_get("source_id")?,
                    source_record,
                    page_id: page.filter(|_| as_xml),
                })
            })
            .collect()
    }

    /// A stored page, decompressed; none when it is no longer kept.
    ///
    /// # Errors
    /// [`StoreError::Page`] when it cannot be decompressed.
    pub async fn page_body(&self, page_id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let row =
            sqlx::query("select run_id, number, byte_count, body from page where page_id = $1")
                .bind(page_id)
                .fetch_optional(self.reader())
                .await?;
        let Some(row) = row else { return Ok(None) };
        let (run_id, number): (i64, i64) = (row.try_get("run_id")?, row.try_get("number")?);
        let byte_count: i64 = row.try_get("byte_count")?;
        let raw: Vec<u8> = row.try_get("body")?;
        zstd::bulk::decompress(&raw, usize::try_from(byte_count).unwrap_or_default())
            .map(Some)
            .map_err(|source| StoreError::Page { run_id, number, source })
    }
}
