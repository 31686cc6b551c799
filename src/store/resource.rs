//! Live objects by their place in the publication log, for lists that are cut by sequence number:
//! a part costs the same wherever it lies, and its limits never move.

use super::{Store, StoreError};
use sqlx::Row;

/// A live object and the entry of the log that made it what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Public id.
    pub object_id: String,
    /// Sequence number of its latest entry.
    pub seq: i64,
    /// Second of that entry.
    pub datestamp: i64,
}

impl Store {
    /// Live objects whose latest entry has a sequence number in `after < seq <= last` and a
    /// datestamp up to `horizon`, in the order of the log. At most `last - after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_by_seq(
        &self,
        after: i64,
        last: i64,
        horizon: i64,
    ) -> Result<Vec<Listed>, StoreError> {
        let rows = sqlx::query(
            // `cross join` keeps SQLite at reading the log first: the range is short.
            "select p.object_id, p.seq, p.datestamp from publication p \
             cross join object o \
             where p.seq > $1 and p.seq <= $2 and p.datestamp <= $3 \
             and o.object_id = p.object_id and o.seq = p.seq and o.status = 'live' \
             order by p.seq",
        )
        .bind(after)
        .bind(last)
        .bind(horizon)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Listed {
                    object_id: row.try_get("object_id")?,
                    seq: row.try_get("seq")?,
                    datestamp: row.try_get("datestamp")?,
                })
            })
            .collect()
    }

    /// The datestamps of entries of the log, in the order asked for; numbers that are not in the
    /// log are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn datestamps_of(&self, seqs: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = format!(
            "select seq, datestamp from publication where {} order by seq",
            self.dialect().integer_in("seq", 1)
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(super::rows::json_of(seqs))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok((row.try_get("seq")?, row.try_get("datestamp")?))).collect()
    }
}
