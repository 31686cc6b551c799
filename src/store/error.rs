//! What can go wrong in the store.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed, or the database is newer than the program.
    #[error("migration of the database: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The URL is neither `sqlite:…` nor `postgres://…`.
    #[error("database URL `{0}`: expected sqlite:PATH or postgres://USER@HOST/NAME")]
    Url(String),
    /// The folder of the embedded database cannot be made.
    #[error("folder {path}: {source}")]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Stored JSON that this program cannot read.
    #[error("stored {what}: {source}")]
    Corrupt {
        /// Which column.
        what: &'static str,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// There is no such run of that source.
    #[error("run {run_id} of source `{source_id}`: there is none; start one first")]
    NoRun {
        /// Run asked for.
        run_id: i64,
        /// Source that it should belong to.
        source_id: String,
    },
    /// The run has ended and takes no more pages.
    #[error("run {run_id}: it is `{status}` and takes no more pages; start another one")]
    RunEnded {
        /// Run asked for.
        run_id: i64,
        /// Its status.
        status: String,
    },
    /// The source has an open run already.
    #[error("source `{0}`: a run is open already; resume it or end it first")]
    RunOpen(String),
    /// A raw page that cannot be compressed or decompressed.
    #[error("raw page {number} of run {run_id}: {source}")]
    Page {
        /// Run.
        run_id: i64,
        /// Number of the page in the run.
        number: i64,
        /// What the compressor says.
        source: std::io::Error,
    },
    /// A record came without content because the store had it, and the store has another one now.
    #[error("page {number} of run {run_id}: a record changed while the page was prepared")]
    Outdated {
        /// Run.
        run_id: i64,
        /// Number of the page in the run.
        number: i64,
    },
    /// A page that was received cannot be set aside.
    #[error("{}: {source}", .path.display())]
    Ahead {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A task of the program ended before its time.
    #[error("internal: {0}")]
    Stopped(String),
    /// The system gives no random bytes.
    #[error("no random bytes for the secret `{0}`: the system's random source does not answer")]
    Random(String),
    /// A stored setting that is not what the program wrote.
    #[error(
        "setting `{0}`: not in the form that the program wrote; delete the row to have it made anew"
    )]
    Setting(String),
}

impl StoreError {
    /// Whether the database rolled the transaction back because it crossed with another one
    /// (PostgreSQL: `40P01` deadlock, `40001` serialization failure): the same again may succeed.
    pub fn is_collision(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40P01" | "40001"))
    }
}
