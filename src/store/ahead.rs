//! Pages that were received and wait to be committed: table `page_ahead`.

use super::prepared::Body;
use super::{Store, StoreError, rows};
use sqlx::{AnyConnection, Row};

impl Store {
    /// Sets a page aside, to be found by [`Store::kept_pages`] when the harvest is killed before
    /// it is committed. Masked fields must be taken out before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_page(
        &self,
        run_id: i64,
        number: i64,
        location: &str,
        body: &Body,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into page_ahead (run_id, number, location, byte_count, sha256, body) \
             values ($1, $2, $3, $4, $5, $6) on conflict (run_id, number) do update set \
             location = excluded.location, byte_count = excluded.byte_count, \
             sha256 = excluded.sha256, body = excluded.body",
        )
        .bind(run_id)
        .bind(number)
        .bind(rows::text(location).into_owned())
        .bind(body.byte_count)
        .bind(body.sha256.clone())
        .bind(body.compressed.clone())
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Pages of a run that were set aside after page `after`, in order: number, location, body.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn kept_pages(
        &self,
        run_id: i64,
        after: i64,
    ) -> Result<Vec<(i64, String, Body)>, StoreError> {
        let rows = sqlx::query(
            "select number, location, byte_count, sha256, body from page_ahead \
             where run_id = $1 and number > $2 order by number",
        )
        .bind(run_id)
        .bind(after)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                let body = Body {
                    byte_count: row.try_get("byte_count")?,
                    sha256: row.try_get("sha256")?,
                    compressed: row.try_get("body")?,
                };
                Ok((row.try_get("number")?, row.try_get("location")?, body))
            })
            .collect()
    }
}

/// Forgets the pages of a run up to a number: they are committed, or the run has ended.
pub(super) async fn forget(
    connection: &mut AnyConnection,
    run_id: i64,
    number: i64,
) -> Result<(), StoreError> {
    sqlx::query("delete from page_ahead where run_id = $1 and number <= $2")
        .bind(run_id)
        .bind(number)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
