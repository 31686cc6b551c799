//! Checkpoints of SQLite beside the writer.
//!
//! What a transaction writes goes to the write-ahead log first, and from there to the database file,
//! which has to reach the disk: some tens of milliseconds, in which the one writer would do nothing
//! else. A connection of its own does that while the writer goes on. It never holds anybody up, so
//! under steady writing it never comes to the end of the log: past the size that
//! `wal_autocheckpoint` says ([`super::Dialect::on_connect`]) the writer does the small rest itself,
//! and the log begins anew.

use sqlx::AnyPool;
use std::time::Duration;
use tokio::sync::mpsc;

/// Between two checkpoints: what is written by then is worth a synchronisation of the disk.
const PAUSE: Duration = Duration::from_millis(200);

/// Told of every transaction that was committed.
#[derive(Debug, Clone)]
pub(super) struct Checkpoints(mpsc::Sender<()>);

impl Checkpoints {
    /// Begins to make checkpoints through this pool, until nobody is left to tell of transactions.
    pub(super) fn through(pool: AnyPool) -> Self {
        let (sender, mut committed) = mpsc::channel(1);
        tokio::spawn(async move {
            while committed.recv().await.is_some() {
                tokio::time::sleep(PAUSE).await;
                if let Err(error) =
                    sqlx::query("pragma wal_checkpoint(passive)").execute(&pool).await
                {
                    // The writer makes its own.
                    tracing::debug!(%error, "no checkpoint");
                }
            }
        });
        Self(sender)
    }

    /// A transaction was committed.
    pub(super) fn committed(&self) {
        // Full: a checkpoint is going to be made anyway.
        let _told = self.0.try_send(());
    }
}
