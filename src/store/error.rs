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
}
