//! Copies of images of other sites: what came of fetching them, when they are looked at again, and
//! the link report of a source.

use super::image::{LinkState, Master, PendingImage, mark_stale, pending_of};
use super::{Store, StoreError, Tx};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A copy that is due to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueImage {
    /// The image.
    pub image: PendingImage,
    /// It is served at the moment, as this file.
    pub sha256: Option<String>,
    /// `ETag` of the copy.
    pub etag: Option<String>,
    /// `Last-Modified` of the copy.
    pub last_modified: Option<String>,
    /// When it is due, in seconds since the epoch.
    pub check_at: i64,
}

/// What came of fetching an image, or of looking at it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The image as it was when it was asked for.
    pub image: PendingImage,
    /// What came.
    pub finding: CheckFinding,
    /// When it is looked at again; `None`: only when somebody says so.
    pub check_at: Option<i64>,
}

/// What came of fetching an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckFinding {
    /// A file to be served, the first or another one than before.
    Copied {
        /// The file.
        master: Master,
        /// `ETag`.
        etag: Option<String>,
        /// `Last-Modified`.
        last_modified: Option<String>,
    },
    /// The copy is as it was.
    Unchanged,
    /// It cannot be had at the moment; a copy that there is goes on being shown.
    Kept {
        /// What the report says.
        code: LinkState,
        /// Why.
        reason: String,
    },
    /// It cannot be shown.
    Failed {
        /// What the report says.
        code: LinkState,
        /// Why.
        reason: String,
    },
}

/// Counts of a link report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkReport {
    /// Images by state: `ok`, `pending`, `remote`, `not_wanted`, and the states of [`LinkState`].
    pub states: BTreeMap<String, i64>,
    /// Of images of records whose rights nobody states in words that are understood.
    pub rights_unknown: i64,
    /// Bytes of the files that are served.
    pub bytes: i64,
}

/// An image that the link report names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenImage {
    /// Identifier in IIIF URLs.
    pub image_id: String,
    /// Its record in the source.
    pub local_id: String,
    /// As the record names it.
    pub location: String,
    /// State.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Whether a copy is shown all the same.
    pub shown: bool,
    /// When it was looked at last, in seconds since the epoch.
    pub checked_at: Option<i64>,
}

const STATE: &str = "case when i.code is not null then i.code \
     when i.status = 'ready' then 'ok' when i.status = 'failed' then 'missing' \
     else i.status end";

impl Store {
    /// Copies that are due, by due time and identifier, after that of `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_images(
        &self,
        now: i64,
        after: (i64, &str),
        limit: i64,
    ) -> Result<Vec<DueImage>, StoreError> {
        let rows = sqlx::query(
            "select image_id, source_id, record_id, location, status, sha256, etag, \
             last_modified, check_at from image \
             where check_at is not null and check_at <= $1 and status <> 'pending' \
             and (check_at > $2 or (check_at = $2 and image_id > $3)) \
             order by check_at, image_id limit $4",
        )
        .bind(now)
        .bind(after.0)
        .bind(after.1.to_owned())
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(due_of).collect()
    }

    /// Whether a copy is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn an_image_is_due(&self, now: i64) -> Result<bool, StoreError> {
        Ok(!self.due_images(now, (i64::MIN, ""), 1).await?.is_empty())
    }

    /// Makes every copy of a source due now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_images_due(&self, source_id: &str) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "update image set check_at = 0 where source_id = $1 and check_at is not null",
        )
        .bind(source_id.to_owned())
        .execute(self.writer())
        .await?;
        Ok(done.rows_affected())
    }

    /// Stores what came of fetching images, and marks the records stale of which something else is
    /// shown now. One transaction.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn finish_checks(&self, checks: &[Checked], now: i64) -> Result<(), StoreError> {
        if checks.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let mut stale = Vec::new();
        for check in checks {
            if finish(&mut tx, check, now).await? && check.changes_what_is_shown() {
                stale.push(check.image.record_id);
            }
        }
        stale.sort_unstable();
        stale.dedup();
        for record_id in stale {
            mark_stale(&mut tx, record_id).await?;
        }
        tx.commit().await
    }

    /// Counts of the images of a source.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn link_report(&self, source_id: &str) -> Result<LinkReport, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {STATE} as state, count(*) as images, \
             cast(coalesce(sum(case when i.status = 'ready' then i.byte_count else 0 end), 0) \
               as bigint) as bytes, \
             count(case when d.rule in ('nothing_said', 'not_understood') then 1 end) as unknown \
             from image i left join rights_decision d on d.record_id = i.record_id \
             where i.source_id = $1 group by 1"
        )))
        .bind(source_id.to_owned())
        .fetch_all(self.reader())
        .await?;
        let mut report = LinkReport::default();
        for row in &rows {
            report.states.insert(row.try_get("state")?, row.try_get("images")?);
            report.bytes += row.try_get::<i64, _>("bytes")?;
            report.rights_unknown += row.try_get::<i64, _>("unknown")?;
        }
        Ok(report)
    }

    /// The images of a source with which something is wrong, by identifier, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn broken_images(
        &self,
        source_id: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<BrokenImage>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select i.image_id, r.local_id, i.location, {STATE} as state, i.reason, i.status, \
             i.checked_at from image i join source_record r on r.record_id = i.record_id \
             where i.source_id = $1 and i.image_id > $2 \
             and (i.status = 'failed' or (i.code is not null and i.code <> 'not_wanted')) \
             order by i.image_id limit $3"
        )))
        .bind(source_id.to_owned())
        .bind(after.to_owned())
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(BrokenImage {
                    image_id: row.try_get("image_id")?,
                    local_id: row.try_get("local_id")?,
                    location: row.try_get("location")?,
                    code: row.try_get("state")?,
                    reason: row.try_get::<Option<String>, _>("reason")?.unwrap_or_default(),
                    shown: row.try_get::<&str, _>("status")? == "ready",
                    checked_at: row.try_get("checked_at")?,
                })
            })
            .collect()
    }
}

impl Checked {
    fn changes_what_is_shown(&self) -> bool {
        matches!(self.finding, CheckFinding::Copied { .. } | CheckFinding::Failed { .. })
    }
}

fn due_of(row: &AnyRow) -> Result<DueImage, StoreError> {
    let served = row.try_get::<&str, _>("status")? == "ready";
    let sha256: Option<String> = row.try_get("sha256")?;
    Ok(DueImage {
        image: pending_of(row)?,
        sha256: sha256.filter(|_| served),
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
        check_at: row.try_get("check_at")?,
    })
}

/// Whether there still is such an image under that location.
async fn finish(tx: &mut Tx, check: &Checked, now: i64) -> Result<bool, StoreError> {
    let image = &check.image;
    let done = match &check.finding {
        CheckFinding::Copied { master, etag, last_modified } => {
            sqlx::query(
                "update image set status = 'ready', reason = null, code = null, path = $3, \
                 width = $4, height = $5, format = $6, byte_count = $7, sha256 = $8, etag = $9, \
                 last_modified = $10, checked_at = $11, check_at = $12 \
                 where image_id = $1 and location = $2",
            )
            .bind(image.image_id.clone())
            .bind(image.location.clone())
            .bind(master.path.clone())
            .bind(i64::from(master.width))
            .bind(i64::from(master.height))
            .bind(master.format.clone())
            .bind(master.byte_count as i64)
            .bind(master.sha256.clone())
            .bind(etag.clone())
            .bind(last_modified.clone())
            .bind(now)
            .bind(check.check_at)
            .execute(tx.connection())
            .await?
        }
        CheckFinding::Unchanged => {
            sqlx::query(
                "update image set reason = null, code = null, checked_at = $3, check_at = $4 \
                 where image_id = $1 and location = $2",
            )
            .bind(image.image_id.clone())
            .bind(image.location.clone())
            .bind(now)
            .bind(check.check_at)
            .execute(tx.connection())
            .await?
        }
        CheckFinding::Kept { code, reason } => {
            sqlx::query(
                "update image set reason = $3, code = $4, checked_at = $5, check_at = $6 \
                 where image_id = $1 and location = $2",
            )
            .bind(image.image_id.clone())
            .bind(image.location.clone())
            .bind(reason.clone())
            .bind(code.as_str())
            .bind(now)
            .bind(check.check_at)
            .execute(tx.connection())
            .await?
        }
        CheckFinding::Failed { code, reason } => {
            sqlx::query(
                "update image set status = 'failed', reason = $3, code = $4, checked_at = $5, \
                 check_at = $6, etag = null, last_modified = null \
                 where image_id = $1 and location = $2",
            )
            .bind(image.image_id.clone())
            .bind(image.location.clone())
            .bind(reason.clone())
            .bind(code.as_str())
            .bind(now)
            .bind(check.check_at)
            .execute(tx.connection())
            .await?
        }
    };
    Ok(done.rows_affected() > 0)
}
