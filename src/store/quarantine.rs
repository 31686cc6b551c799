//! Rows and records that could not be taken, kept with their bytes and the reason.

use super::{Store, StoreError};
use sqlx::{AnyConnection, Row};

/// Bytes of a quarantined row that are kept.
const KEPT: usize = 64 * 1024;

/// A row or record that could not be taken, with its bytes and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Position in the page, from 0.
    pub position: i64,
    /// Stable code.
    pub code: String,
    /// What, where, what to do.
    pub detail: String,
    /// The bytes, cut at 64 KiB.
    pub body: Vec<u8>,
    /// Identifier that it seems to have: the record of that name was seen, although it could not be
    /// read, and a complete run does not delete it. Not stored.
    pub local_id: Option<String>,
}

impl Quarantined {
    /// A row or record that could not be taken; a long body is cut at 64 KiB.
    pub fn new(position: i64, code: &str, detail: impl Into<String>, body: &[u8]) -> Self {
        Self {
            position,
            code: code.to_owned(),
            detail: detail.into(),
            body: body.get(..KEPT).unwrap_or(body).to_vec(),
            local_id: None,
        }
    }

    /// The same, with the identifier that it seems to have.
    #[must_use]
    pub fn of(self, local_id: Option<String>) -> Self {
        Self { local_id, ..self }
    }
}

/// Writes the quarantine of a page. Quarantine is rare: one statement a row.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    run_id: i64,
    source_id: &str,
    page_number: i64,
    quarantined: &[Quarantined],
) -> Result<(), StoreError> {
    for row in quarantined {
        sqlx::query(
            "insert into quarantine (run_id, source_id, page_number, position, code, detail, body) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(run_id)
        .bind(source_id)
        .bind(page_number)
        .bind(row.position)
        .bind(super::rows::text(&row.code).into_owned())
        .bind(super::rows::text(&row.detail).into_owned())
        .bind(row.body.get(..KEPT).unwrap_or(&row.body).to_vec())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Store {
    /// Quarantined rows of a run by code, with counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quarantine_by_code(&self, run_id: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query(
            "select code, count(*) as quarantined from quarantine where run_id = $1 \
             group by code order by code",
        )
        .bind(run_id)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok((row.try_get("code")?, row.try_get("quarantined")?))).collect()
    }

    /// Quarantined rows of a run after the key `after` (0 at first), with their keys: what an
    /// operator reads to see why.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quarantined(
        &self,
        run_id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Quarantined)>, StoreError> {
        let rows = sqlx::query(
            "select quarantine_id, position, code, detail, body from quarantine \
             where run_id = $1 and quarantine_id > $2 order by quarantine_id limit $3",
        )
        .bind(run_id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                let quarantined = Quarantined {
                    position: row.try_get("position")?,
                    code: row.try_get("code")?,
                    detail: row.try_get("detail")?,
                    body: row.try_get("body")?,
                    local_id: None,
                };
                Ok((row.try_get("quarantine_id")?, quarantined))
            })
            .collect()
    }
}
