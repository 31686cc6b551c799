//! Decisions of people on pairs of records, and the pairs that wait for one.

use super::rows::{self, Cell, json_of};
use super::{Store, StoreError, Tx};
use domain::linkage::Verdict;
use sqlx::Row;

/// A decision to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// One record.
    pub record_a: i64,
    /// The other.
    pub record_b: i64,
    /// The decision.
    pub verdict: Verdict,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Seconds since the epoch.
    pub reviewed_at: i64,
}

/// A pair that may be the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidatePair {
    /// The older record.
    pub record_a: i64,
    /// The younger record.
    pub record_b: i64,
    /// What proposes it (`see_also`).
    pub rule: String,
}

impl Store {
    /// Keeps a decision, in place of an earlier one on the same pair, and marks both records for
    /// reconciliation.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the pair is one record or a record does not exist.
    pub async fn add_review(&self, review: &NewReview) -> Result<(), StoreError> {
        let (a, b) = (review.record_a.min(review.record_b), review.record_a.max(review.record_b));
        let mut tx = self.begin().await?;
        let known: i64 =
            sqlx::query("select count(*) as known from source_record where record_id in ($1, $2)")
                .bind(a)
                .bind(b)
                .fetch_one(tx.connection())
                .await?
                .try_get("known")?;
        if known != 2 {
            return Err(sqlx::Error::RowNotFound.into());
        }
        sqlx::query(
            "insert into review (record_a, record_b, verdict, author, reason, reviewed_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict (record_a, record_b) do update set \
             verdict = excluded.verdict, author = excluded.author, reason = excluded.reason, \
             reviewed_at = excluded.reviewed_at",
        )
        .bind(a)
        .bind(b)
        .bind(review.verdict.as_str())
        .bind(&*rows::text(&review.author))
        .bind(&*rows::text(&review.reason))
        .bind(review.reviewed_at)
        .execute(tx.connection())
        .await?;
        let dialect = tx.dialect();
        rows::insert(
            tx.connection(),
            dialect,
            "insert into stale_record (record_id)",
            vec![[Cell::from(a)], [Cell::from(b)]],
            "on conflict (record_id) do update set record_id = excluded.record_id",
        )
        .await?;
        tx.commit().await
    }

    /// Pairs that wait for a decision, after the pair `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn candidates(
        &self,
        after: (i64, i64),
        limit: i64,
    ) -> Result<Vec<CandidatePair>, StoreError> {
        let rows = sqlx::query(
            "select c.record_a, c.record_b, c.rule from candidate c \
             where (c.record_a, c.record_b) > ($1, $2) and not exists (select 1 from review v \
             where v.record_a = c.record_a and v.record_b = c.record_b) \
             order by c.record_a, c.record_b limit $3",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(CandidatePair {
                    record_a: row.try_get("record_a")?,
                    record_b: row.try_get("record_b")?,
                    rule: row.try_get("rule")?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Makes the candidate pairs of these records and of their names equal to what the proposals
    /// say; those of the records among them that are `gone` are taken back. Returns how many pairs
    /// there are now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace_candidates(
        &mut self,
        records: &[i64],
        gone: &[i64],
    ) -> Result<u64, StoreError> {
        let ids = self.dialect().json_integers(1);
        let json = json_of(records);
        for column in ["record_a", "record_b"] {
            let sql = format!("delete from candidate where {column} in {ids}");
            self.run(sql, json.clone()).await?;
        }
        if !gone.is_empty() {
            let sql = format!("delete from candidate_target where record_id in {ids}");
            self.run(sql, json_of(gone)).await?;
        }
        // A proposal by a batch record, or towards a name of one: both ends alive.
        let pairs = |condition: &str| {
            format!(
                "insert into candidate (record_a, record_b, rule) select distinct \
                 case when a.record_id < b.record_id then a.record_id else b.record_id end, \
                 case when a.record_id < b.record_id then b.record_id else a.record_id end, \
                 'see_also' from candidate_target t \
                 join record_name n on n.name = t.target \
                 join source_record a on a.record_id = t.record_id \
                 join source_record b on b.record_id = n.record_id \
                 where {condition} in {ids} and a.record_id <> b.record_id \
                 and a.deleted = 0 and b.deleted = 0 on conflict do nothing"
            )
        };
        let mut written = 0;
        for statement in [pairs("t.record_id"), pairs("n.record_id")] {
            written += sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(json.clone())
                .execute(self.connection())
                .await?
                .rows_affected();
        }
        Ok(written)
    }
}
