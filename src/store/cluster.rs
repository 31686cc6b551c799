//! Clusters: what a reconciliation reads and writes.
//!
//! Everything that is derived from source records is written by one transaction at a time: a
//! reconciliation and a publication both begin with [`Tx::lock_derived`].

use super::rows::{self, Cell, json_of, json_of_texts};
use super::{Dialect, Store, StoreError, Tx};
use domain::linkage::{Review, Verdict};
use domain::record::{Kind, Record};
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// Of `source_record r`: it has a place, and none that is to be found again. One that waits for
/// reconciliation is marked there, and a new one must not be published before.
const HERE: &str = "r.cluster_id is not null \
     and not exists (select 1 from stale_record w where w.record_id = r.record_id)";

/// A source record, as far as reconciliation looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordState {
    /// Key; smaller keys were seen first.
    pub record_id: i64,
    /// Source.
    pub source_id: String,
    /// Local identifier in the source.
    pub local_id: String,
    /// What it describes.
    pub kind: Kind,
    /// The source deleted it.
    pub deleted: bool,
    /// Cluster that it is in.
    pub cluster_id: Option<i64>,
}

/// A live record that has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    /// The key.
    pub key: String,
    /// The record.
    pub record_id: i64,
}

/// A cluster to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterWrite {
    /// Name of the object.
    pub object_id: String,
    /// Record that gave the name.
    pub named_after: i64,
    /// Members, deleted ones included.
    pub member_count: i64,
}

impl Store {
    /// Whether a record waits for reconciliation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_stale_records(&self) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "select s.record_id from stale_record s \
             join source_record r on r.record_id = s.record_id limit 1",
        )
        .fetch_optional(self.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Whether a cluster waits for publication, or a publication was cut short.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publication_is_due(&self) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "select clock_id from publication_clock where pending_datestamp is not null \
             or exists (select 1 from stale_cluster)",
        )
        .fetch_optional(self.reader())
        .await?;
        Ok(row.is_some())
    }
}

impl Tx {
    /// Waits until no other reconciliation or publication is under way, and keeps others out until
    /// the transaction ends.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_derived(&mut self) -> Result<(), StoreError> {
        let sql = format!(
            "select last_seq from publication_clock where clock_id = 1{}",
            self.dialect().for_update()
        );
        sqlx::query(AssertSqlSafe(sql)).fetch_one(self.connection()).await?;
        Ok(())
    }

    /// Takes up to `limit` stale records, oldest first, locks them and takes their marks away.
    /// Records that a harvest is writing at this moment are left for later.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_stale_records(&mut self, limit: i64) -> Result<Vec<i64>, StoreError> {
        let dialect = self.dialect();
        let of = if dialect == Dialect::Postgres { " for update of r skip locked" } else { "" };
        let sql = format!(
            "select r.record_id from stale_record s \
             join source_record r on r.record_id = s.record_id order by s.record_id limit $1{of}"
        );
        let sql = format!(
            "select {} as found from ({sql}) stale",
            dialect.json_of_rows(&["stale.record_id"])
        );
        let row = sqlx::query(AssertSqlSafe(sql)).bind(limit).fetch_one(self.connection()).await?;
        let mut ids: Vec<i64> =
            json_rows::<(i64,)>(&row, "stale_record")?.into_iter().map(|(id,)| id).collect();
        ids.sort_unstable();
        let sql =
            format!("delete from stale_record where record_id in {}", dialect.json_integers(1));
        sqlx::query(AssertSqlSafe(sql)).bind(json_of(&ids)).execute(self.connection()).await?;
        Ok(ids)
    }

    /// Whether all of these records could be locked for writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_records(&mut self, ids: &[i64]) -> Result<bool, StoreError> {
        if ids.is_empty() || self.dialect() == Dialect::Sqlite {
            return Ok(true);
        }
        let sql = format!(
            "select record_id from source_record where record_id in {}{}",
            self.dialect().json_integers(1),
            self.dialect().skip_locked()
        );
        let rows = self.fetch(sql, json_of(ids)).await?;
        Ok(rows.len() == ids.len())
    }

    /// What is known of records, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_states(&mut self, ids: &[i64]) -> Result<Vec<RecordState>, StoreError> {
        let columns = ["record_id", "source_id", "local_id", "kind", "deleted", "cluster_id"];
        let from = format!("source_record where record_id in {}", self.dialect().json_integers(1));
        let rows: Vec<(i64, String, String, String, i64, Option<i64>)> =
            self.read("source_record", &columns, &from, json_of(ids)).await?;
        let states =
            rows.into_iter().map(|(record_id, source_id, local_id, kind, deleted, cluster_id)| {
                RecordState {
                    record_id,
                    source_id,
                    local_id,
                    kind: Kind::parse(&kind).unwrap_or(Kind::Other),
                    deleted: deleted != 0,
                    cluster_id,
                }
            });
        Ok(states.collect())
    }

    /// Members of clusters, deleted ones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn members_of(&mut self, clusters: &[i64]) -> Result<Vec<i64>, StoreError> {
        let from = format!("source_record where cluster_id in {}", self.dialect().json_integers(1));
        let rows: Vec<(i64,)> =
            self.read("source_record", &["record_id"], &from, json_of(clusters)).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// The certain keys of records that another record has too: the others, which are most, join
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shared_keys_of(&mut self, ids: &[i64]) -> Result<Vec<KeyHolder>, StoreError> {
        let from = format!(
            "record_key k where {} and exists (select 1 from record_key o \
             where o.certain_key = k.certain_key and o.record_id <> k.record_id)",
            self.dialect().integer_in("k.record_id", 1)
        );
        self.holders(&from, json_of(ids)).await
    }

    /// The live records that have one of these keys, at most `cap` of the oldest for each key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn holders_of(
        &mut self,
        keys: impl Iterator<Item = &str>,
        cap: i64,
    ) -> Result<Vec<KeyHolder>, StoreError> {
        let from = format!(
            "(select k.certain_key, k.record_id, row_number() over \
                 (partition by k.certain_key order by k.record_id) as place \
               from record_key k join source_record r on r.record_id = k.record_id \
               where k.certain_key in {} and r.deleted = 0) holder \
             where place <= {cap}",
            self.dialect().json_texts(1)
        );
        self.holders(&from, json_of_texts(keys)).await
    }

    /// Decisions that name one of these records.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reviews_of(&mut self, ids: &[i64]) -> Result<Vec<Review>, StoreError> {
        let one = |column: &str, dialect: Dialect| {
            format!(
                "select record_a, record_b, verdict from review where {column} in {}",
                dialect.json_integers(1)
            )
        };
        let dialect = self.dialect();
        let sql = format!("{} union {}", one("record_a", dialect), one("record_b", dialect));
        let rows = self.fetch(sql, json_of(ids)).await?;
        let mut reviews = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(verdict) = Verdict::parse(row.try_get("verdict")?) {
                reviews.push(Review {
                    record_a: row.try_get("record_a")?,
                    record_b: row.try_get("record_b")?,
                    verdict,
                });
            }
        }
        Ok(reviews)
    }

    /// The last content of deleted records, whose names, keys and links are kept nowhere else.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when a stored record cannot be read.
    pub async fn last_contents(&mut self, ids: &[i64]) -> Result<Vec<Record>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select record from source_record where record_id in {}",
            self.dialect().json_integers(1)
        );
        let rows = self.fetch(sql, json_of(ids)).await?;
        rows.iter()
            .map(|row| {
                serde_json::from_str(row.try_get("record")?)
                    .map_err(|source| StoreError::Corrupt { what: "source_record.record", source })
            })
            .collect()
    }

    /// Creates or updates clusters by their name; returns their keys by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upsert_clusters(
        &mut self,
        clusters: &[ClusterWrite],
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        if clusters.is_empty() {
            return Ok(BTreeMap::new());
        }
        let values = clusters
            .iter()
            .map(|c| -> [Cell; 3] {
                [c.object_id.as_str().into(), c.named_after.into(), c.member_count.into()]
            })
            .collect();
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into cluster (object_id, named_after, member_count)",
            values,
            "on conflict (object_id) do update set named_after = excluded.named_after, \
             member_count = excluded.member_count",
        )
        .await?;
        let from = format!("cluster where object_id in {}", dialect.json_texts(1));
        let names = json_of_texts(clusters.iter().map(|cluster| cluster.object_id.as_str()));
        let rows: Vec<(String, i64)> =
            self.read("cluster", &["object_id", "cluster_id"], &from, names).await?;
        Ok(rows.into_iter().collect())
    }

    /// Sets the member count of clusters that lost their last member.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn empty_clusters(&mut self, clusters: &[i64]) -> Result<(), StoreError> {
        if clusters.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "update cluster set member_count = 0 where cluster_id in {}",
            self.dialect().json_integers(1)
        );
        self.run(sql, json_of(clusters)).await
    }

    /// Puts records into clusters.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn assign(&mut self, places: &[(i64, i64)]) -> Result<(), StoreError> {
        if places.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "update source_record set cluster_id = place.cluster from {} place \
             where source_record.record_id = place.record",
            self.dialect().json_integer_rows(1, &["record", "cluster"])
        );
        self.run(sql, serde_json::json!(places).to_string()).await
    }

    /// Marks clusters for publication, and with them every cluster that was ever named after one
    /// of `records`: the redirects of those lead where the record is now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_stale_clusters(
        &mut self,
        clusters: &[i64],
        records: &[i64],
    ) -> Result<(), StoreError> {
        let marks = clusters.iter().map(|id| [Cell::from(*id)]).collect();
        let head = "insert into stale_cluster (cluster_id)";
        let dialect = self.dialect();
        rows::insert(self.connection(), dialect, head, marks, "on conflict do nothing").await?;
        if records.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "{head} select cluster_id from cluster where named_after in {} on conflict do nothing",
            self.dialect().json_integers(1)
        );
        self.run(sql, json_of(records)).await
    }

    /// Marks the clusters of live records that link to the names of `records`, and those of the
    /// records that `records` link to: each shows the other.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_stale_neighbours(&mut self, records: &[i64]) -> Result<(), StoreError> {
        let json = json_of(records);
        let ids = self.dialect().json_integers(1);
        let incoming = format!(
            "insert into stale_cluster (cluster_id) select distinct r.cluster_id \
             from record_name n join record_link l on l.target = n.name \
             join source_record r on r.record_id = l.record_id \
             where n.record_id in {ids} and {HERE} on conflict do nothing"
        );
        self.run(incoming, json.clone()).await?;
        // A museum shows nothing of the objects that it holds.
        let outgoing = format!(
            "insert into stale_cluster (cluster_id) select distinct r.cluster_id \
             from record_link l join record_name n on n.name = l.target \
             join source_record r on r.record_id = n.record_id \
             where l.record_id in {ids} and l.kind <> 'held_by' and {HERE} \
             on conflict do nothing"
        );
        self.run(outgoing, json).await
    }

    /// The same for records whose names and links are kept nowhere any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_stale_neighbours_by_name(
        &mut self,
        names: &[String],
        targets: &[String],
    ) -> Result<(), StoreError> {
        let texts = self.dialect().json_texts(1);
        let incoming = format!(
            "insert into stale_cluster (cluster_id) select distinct r.cluster_id \
             from record_link l join source_record r on r.record_id = l.record_id \
             where l.target in {texts} and {HERE} on conflict do nothing"
        );
        self.run(incoming, json_of_texts(names.iter().map(String::as_str))).await?;
        let outgoing = format!(
            "insert into stale_cluster (cluster_id) select distinct r.cluster_id \
             from record_name n join source_record r on r.record_id = n.record_id \
             where n.name in {texts} and {HERE} on conflict do nothing"
        );
        self.run(outgoing, json_of_texts(targets.iter().map(String::as_str))).await
    }

    /// Marks the live records that have one of these keys: with a holder gone, the key may be
    /// clear again. At most `cap` for each key: a key with more of them stays ambiguous.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_stale_holders(
        &mut self,
        keys: &[String],
        cap: i64,
    ) -> Result<(), StoreError> {
        let holders = self.holders_of(keys.iter().map(String::as_str), cap).await?;
        let marks = holders.iter().map(|h| [Cell::from(h.record_id)]).collect();
        let tail = "on conflict do nothing";
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into stale_record (record_id)",
            marks,
            tail,
        )
        .await?;
        Ok(())
    }

    /// Runs a statement with one bound text and returns its rows.
    pub(in crate::store) async fn fetch(
        &mut self,
        sql: String,
        json: String,
    ) -> Result<Vec<AnyRow>, StoreError> {
        Ok(sqlx::query(AssertSqlSafe(sql)).bind(json).fetch_all(self.connection()).await?)
    }

    /// The columns of all rows, in no particular order. They come as one text: row by row, each of
    /// them costs more on its way through the driver than to find.
    pub(in crate::store) async fn read<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        columns: &[&str],
        from: &str,
        json: String,
    ) -> Result<Vec<T>, StoreError> {
        let sql = format!("select {} as found from {from}", self.dialect().json_of_rows(columns));
        let row = sqlx::query(AssertSqlSafe(sql)).bind(json).fetch_one(self.connection()).await?;
        json_rows(&row, what)
    }

    async fn holders(&mut self, from: &str, json: String) -> Result<Vec<KeyHolder>, StoreError> {
        let rows: Vec<(String, i64)> =
            self.read("record_key", &["certain_key", "record_id"], from, json).await?;
        Ok(rows.into_iter().map(|(key, record_id)| KeyHolder { key, record_id }).collect())
    }

    /// Runs a statement with one bound text.
    pub(in crate::store) async fn run(
        &mut self,
        sql: String,
        json: String,
    ) -> Result<(), StoreError> {
        sqlx::query(AssertSqlSafe(sql)).bind(json).execute(self.connection()).await?;
        Ok(())
    }
}

/// The rows that a column `found` holds: see [`Dialect::json_of_rows`].
pub(super) fn json_rows<T: DeserializeOwned>(
    row: &AnyRow,
    what: &'static str,
) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(row.try_get("found")?)
        .map_err(|source| StoreError::Corrupt { what, source })
}
