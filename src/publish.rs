//! Publish: clusters that changed become entries of the publication log (invariant 4).
//!
//! A batch of stale clusters is merged from what is in the store now and compared with what was
//! published; only a real difference becomes an entry, so that a datestamp never moves for nothing.

mod build;
pub mod preview;
pub mod static_repository;

use crate::store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// Clusters looked at in one transaction.
const BATCH: i64 = 500;

/// How often in a row a transaction is begun again that crossed with another one.
const COLLISIONS: u32 = 10;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The store.
    #[error("publish: {0}")]
    Store(#[from] StoreError),
    /// A merged record that JSON cannot say.
    #[error("publish: object {object_id}: {source}")]
    Json {
        /// The object.
        object_id: String,
        /// What the writer says.
        source: serde_json::Error,
    },
}

/// What a publication did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublishReport {
    /// Clusters looked at.
    pub examined: u64,
    /// Objects published for the first time, or again after a deletion.
    pub created: u64,
    /// Objects with new content.
    pub updated: u64,
    /// New tombstones.
    pub deleted: u64,
    /// New or changed redirects.
    pub merged: u64,
    /// Last sequence number of the log.
    pub last_seq: i64,
}

impl PublishReport {
    /// Entries written.
    pub fn entries(&self) -> u64 {
        self.created + self.updated + self.deleted + self.merged
    }
}

/// Looks at stale clusters until there are none, or until `cancel`. `now` is the clock, in seconds
/// since the epoch.
///
/// # Errors
/// [`PublishError`]; batches that were committed before stay.
pub async fn run(
    store: &Store,
    now: impl Fn() -> i64,
    cancel: &CancellationToken,
) -> Result<PublishReport, PublishError> {
    let mut report = PublishReport::default();
    let mut collisions = 0;
    // Also when only a reservation is left, by a publication that was killed: the next transaction
    // clears it.
    while !cancel.is_cancelled() && store.publication_is_due().await? {
        match batch(store, &now).await {
            Ok(done) => {
                report.examined += done.examined;
                report.created += done.created;
                report.updated += done.updated;
                report.deleted += done.deleted;
                report.merged += done.merged;
                collisions = 0;
            }
            // It crossed with a harvest, and nothing of it was written.
            Err(PublishError::Store(error)) if error.is_collision() && collisions < COLLISIONS => {
                collisions += 1;
            }
            Err(error) => return Err(error),
        }
    }
    report.last_seq = store.last_seq().await?;
    Ok(report)
}

/// One transaction.
async fn batch(store: &Store, now: impl Fn() -> i64) -> Result<PublishReport, PublishError> {
    let mut report = PublishReport::default();
    store.reserve_datestamp(&now).await?;
    let mut tx = store.begin().await?;
    let clock = tx.clock().await?;
    let Some(pending) = clock.pending else {
        // Another publisher was faster and cleared the reservation with its own.
        return Ok(report);
    };
    let clusters = tx.take_stale_clusters(BATCH).await?;
    report.examined = clusters.len() as u64;
    let objects = build::changes(&mut tx, &clusters, &mut report).await?;
    // The clock is read after the reservation was committed: whoever read the clock row before
    // that asked for an earlier second.
    let datestamp = now().max(clock.last_datestamp).max(pending);
    tx.publish(clock, datestamp, &objects).await?;
    tx.commit().await?;
    Ok(report)
}
