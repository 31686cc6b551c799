//! Images of records: the queue of what is still to be looked at, and what may be served.

use super::{Store, StoreError, Tx};
use domain::rights::ImageRight;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An image that a record names and that was not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingImage {
    /// Identifier in IIIF URLs.
    pub image_id: String,
    /// Source of its record.
    pub source_id: String,
    /// Its record.
    pub record_id: i64,
    /// As the record names it.
    pub location: String,
}

/// What looking at an image found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageOutcome {
    /// The image as it was when it was looked at: one that was harvested anew since keeps waiting.
    pub image: PendingImage,
    /// What was found.
    pub finding: ImageFinding,
}

/// What looking at an image found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFinding {
    /// It can be served.
    Ready(Master),
    /// It cannot.
    Failed {
        /// What the link report counts it as.
        code: LinkState,
        /// Why, and what to do.
        reason: String,
    },
    /// It is at another site, and stays there.
    Remote,
    /// The source shows no images.
    NotWanted,
}

/// What the link report says of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// It is not there.
    Missing,
    /// What is there is no image of a known format.
    WrongType,
    /// Too many bytes or pixels.
    TooBig,
    /// The site, or our own address policy, does not allow it.
    Refused,
    /// The site does not answer, or not whole.
    Unreachable,
    /// The site asks to come later.
    Later,
}

impl LinkState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Missing,
        Self::WrongType,
        Self::TooBig,
        Self::Refused,
        Self::Unreachable,
        Self::Later,
    ];

    /// As the column `code` and the report have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType => "wrong_type",
            Self::TooBig => "too_big",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Later => "later",
        }
    }
}

/// A master file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    /// Absolute path.
    pub path: String,
    /// Pixels, after orientation.
    pub width: u32,
    /// Pixels, after orientation.
    pub height: u32,
    /// MIME type.
    pub format: String,
    /// Bytes.
    pub byte_count: u64,
    /// Of the bytes, in hexadecimal digits.
    pub sha256: String,
}

/// An image of a live object, with its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedImage {
    /// The file.
    pub master: Master,
    /// What may be shown.
    pub right: ImageRight,
    /// Rights URI.
    pub statement: String,
    /// The last second in which the file was looked at or what the public sees of its object
    /// changed.
    pub modified: i64,
}

impl Store {
    /// Images that wait to be looked at, in the order of their identifiers, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pending_images(
        &self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<PendingImage>, StoreError> {
        let rows = sqlx::query(
            "select image_id, source_id, record_id, location from image \
             where status = 'pending' and image_id > $1 order by image_id limit $2",
        )
        .bind(after.unwrap_or_default().to_owned())
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(pending_of).collect()
    }

    /// Stores what was found, and marks the records stale, so that publication follows. One
    /// transaction; returns how many images it changed.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn finish_images(
        &self,
        outcomes: &[ImageOutcome],
        now: i64,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let mut changed = 0;
        for outcome in outcomes {
            changed += finish(&mut tx, outcome, now).await?;
        }
        // In ascending order, so that two writers never wait for each other in a circle.
        let mut records: Vec<i64> =
            outcomes.iter().map(|outcome| outcome.image.record_id).collect();
        records.sort_unstable();
        records.dedup();
        for record_id in records {
            mark_stale(&mut tx, record_id).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// A master that turned out to be unreadable when it was wanted: the image is taken back, and
    /// its record marked stale.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdraw_image(
        &self,
        image_id: &str,
        reason: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "update image set status = 'failed', reason = $2, checked_at = $3 \
             where image_id = $1 and status = 'ready' returning record_id",
        )
        .bind(image_id.to_owned())
        .bind(reason.to_owned())
        .bind(now)
        .fetch_optional(tx.connection())
        .await?;
        if let Some(row) = row {
            mark_stale(&mut tx, row.try_get("record_id")?).await?;
        }
        tx.commit().await
    }

    /// Lets the failed images of a source be looked at again, e.g. after its folder was mended;
    /// returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_failed_images(&self, source_id: &str) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "update image set status = 'pending', reason = null, code = null, check_at = null \
             where source_id = $1 and (status = 'failed' or code is not null)",
        )
        .bind(source_id.to_owned())
        .execute(self.writer())
        .await?;
        Ok(done.rows_affected())
    }

    /// An image that may be asked for: ready, of a record that is a member of a live object, none
    /// of whose members closes its metadata. The right is the strictest of all members that hold
    /// the same file, rules and people of the moment `now`. What may be shown of it is for the
    /// caller to obey.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published_image(
        &self,
        image_id: &str,
        now: i64,
    ) -> Result<Option<PublishedImage>, StoreError> {
        let row = sqlx::query(
            "select i.path, i.width, i.height, i.format, i.byte_count, i.sha256, i.record_id, \
             i.checked_at, r.cluster_id, o.object_id, o.datestamp \
             from image i \
             join source_record r on r.record_id = i.record_id \
             join object o on o.cluster_id = r.cluster_id \
             where i.image_id = $1 and i.status = 'ready' and r.deleted = 0 \
             and o.status = 'live'",
        )
        .bind(image_id.to_owned())
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (cluster_id, object_id): (i64, String) =
            (row.try_get("cluster_id")?, row.try_get("object_id")?);
        let decisions = self.decisions_in_force(cluster_id, &object_id, now).await?;
        if decisions.is_empty() || decisions.iter().any(|(_, decision)| !decision.metadata_open) {
            return Ok(None);
        }
        let own: i64 = row.try_get("record_id")?;
        let mut holders = std::collections::BTreeSet::from([own]);
        if decisions.len() > 1 {
            let same = sqlx::query(
                "select i.record_id from source_record r join image i on i.record_id = r.record_id \
                 where r.cluster_id = $1 and r.deleted = 0 and i.sha256 = $2",
            )
            .bind(cluster_id)
            .bind(row.try_get::<String, _>("sha256")?)
            .fetch_all(self.reader())
            .await?;
            for row in &same {
                holders.insert(row.try_get("record_id")?);
            }
        }
        let strictest = decisions
            .into_iter()
            .filter(|(record, _)| holders.contains(record))
            .min_by_key(|(record, decision)| (decision.image, *record != own));
        let Some((_, decision)) = strictest else { return Ok(None) };
        let looked_at: Option<i64> = row.try_get("checked_at")?;
        let datestamp: i64 = row.try_get("datestamp")?;
        Ok(Some(PublishedImage {
            master: master_of(&row)?,
            right: decision.image,
            statement: decision.statement,
            modified: looked_at.unwrap_or_default().max(datestamp),
        }))
    }
}

async fn finish(tx: &mut Tx, outcome: &ImageOutcome, now: i64) -> Result<u64, StoreError> {
    let ImageOutcome { image, finding } = outcome;
    let (status, code, reason, master) = match finding {
        ImageFinding::Ready(master) => ("ready", None, None, Some(master)),
        ImageFinding::Failed { code, reason } => {
            ("failed", Some(code.as_str()), Some(reason.clone()), None)
        }
        ImageFinding::Remote => ("remote", None, None, None),
        ImageFinding::NotWanted => ("remote", Some("not_wanted"), None, None),
    };
    let done = sqlx::query(
        "update image set status = $3, reason = $4, path = $5, width = $6, height = $7, \
         format = $8, byte_count = $9, sha256 = $10, checked_at = $11, code = $12 \
         where image_id = $1 and location = $2 and status = 'pending'",
    )
    .bind(image.image_id.clone())
    .bind(image.location.clone())
    .bind(status)
    .bind(reason)
    .bind(master.map(|m| m.path.clone()))
    .bind(master.map(|m| i64::from(m.width)))
    .bind(master.map(|m| i64::from(m.height)))
    .bind(master.map(|m| m.format.clone()))
    .bind(master.map(|m| m.byte_count as i64))
    .bind(master.map(|m| m.sha256.clone()))
    .bind(now)
    .bind(code)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected())
}

/// `do update` rather than `do nothing`: on PostgreSQL a mark that a reconciliation is about to
/// delete would else count as there, and the change be missed.
pub(super) async fn mark_stale(tx: &mut Tx, record_id: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into stale_record (record_id) values ($1) \
         on conflict (record_id) do update set record_id = excluded.record_id",
    )
    .bind(record_id)
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) fn pending_of(row: &AnyRow) -> Result<PendingImage, StoreError> {
    Ok(PendingImage {
        image_id: row.try_get("image_id")?,
        source_id: row.try_get("source_id")?,
        record_id: row.try_get("record_id")?,
        location: row.try_get("location")?,
    })
}

fn master_of(row: &AnyRow) -> Result<Master, StoreError> {
    let pixels = |column: &str| -> Result<u32, StoreError> {
        Ok(u32::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
    };
    Ok(Master {
        path: row.try_get("path")?,
        width: pixels("width")?,
        height: pixels("height")?,
        format: row.try_get("format")?,
        byte_count: u64::try_from(row.try_get::<i64, _>("byte_count")?).unwrap_or_default(),
        sha256: row.try_get("sha256")?,
    })
}
