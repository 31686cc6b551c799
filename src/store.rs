//! The store: all SQL of the gateway, on SQLite or PostgreSQL from the same portable statements.
//!
//! Only this module names sqlx. One file a table family; every list is read by key, never by
//! offset. Statements use `$1` placeholders, `ON CONFLICT` and `RETURNING`, which both databases
//! understand; what differs is in [`dialect`].

pub mod ahead;
mod checkpoint;
pub mod cluster;
pub mod dialect;
pub mod drop;
pub mod ending;
pub mod error;
pub mod harvest_state;
pub mod image;
pub mod image_check;
pub mod import;
pub mod inspect;
pub mod job;
pub mod lookup;
pub mod material;
pub mod object;
mod packed;
pub mod page;
pub mod prepared;
pub mod preview;
pub mod publisher;
pub mod quality;
pub mod quarantine;
pub mod received;
pub mod resource;
pub mod review;
pub mod rights;
mod rows;
pub mod run;
mod seen;
pub mod set;
pub mod setting;
pub mod source;
pub mod source_record;

pub use dialect::Dialect;
pub use error::StoreError;
pub use object::{Change, ObjectRow, ObjectStatus};
pub use rows::text as storable;

use checkpoint::Checkpoints;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Executor};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Handle to the database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    read: AnyPool,
    write: AnyPool,
    dialect: Dialect,
    checkpoints: Option<Checkpoints>,
    ahead: Option<ahead::Folder>,
    commits: Arc<AtomicU64>,
}

/// A write transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: sqlx::Transaction<'static, Any>,
    dialect: Dialect,
    checkpoints: Option<Checkpoints>,
    commits: Arc<AtomicU64>,
}

impl Tx {
    /// The connection, for the modules of the store.
    pub(in crate::store) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    /// The dialect of this database.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Makes the changes durable and visible.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database refuses.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await?;
        self.commits.fetch_add(1, Ordering::Release);
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.committed();
        }
        Ok(())
    }
}

/// Readers of a SQLite file: each has a thread and a cache of its own, and more of them than cores
/// read no faster but hold memory.
fn sqlite_readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    u32::try_from(cores * 2).unwrap_or(8).clamp(4, 8)
}

impl Store {
    /// Opens (and for SQLite creates) the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] when the URL is not understood, the database cannot be reached, or a
    /// migration fails.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let store = Self::connect(url).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// Opens the database without touching its schema.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of_url(url)?;
        let ahead = match dialect {
            Dialect::Sqlite => ahead::Folder::of(url),
            Dialect::Postgres => None,
        };
        let (url, readers, writers) = match dialect {
            Dialect::Sqlite => (dialect::prepare_sqlite(url)?, sqlite_readers(), 1),
            Dialect::Postgres => (url.to_owned(), 16, 8),
        };
        let pool = |size: u32, more: &'static [&'static str]| {
            let options = AnyPoolOptions::new()
                .max_connections(size)
                // A connection to a file does not die while nobody looks, and asking it before
                // every statement costs as much as a short statement.
                .test_before_acquire(dialect == Dialect::Postgres);
            options.after_connect(move |connection, _| {
                Box::pin(async move {
                    for statement in dialect.on_connect().iter().chain(more) {
                        connection.execute(*statement).await?;
                    }
                    Ok(())
                })
            })
        };
        // The writer first: on SQLite it creates the file and sets the journal mode.
        let write = pool(writers, &[]).connect(&url).await?;
        let read = pool(readers, dialect.on_connect_reader()).connect(&url).await?;
        let checkpoints = match dialect {
            Dialect::Sqlite => {
                let pool = pool(1, dialect.on_connect_reader()).connect_lazy(&url)?;
                Some(Checkpoints::through(pool))
            }
            Dialect::Postgres => None,
        };
        Ok(Self { read, write, dialect, checkpoints, ahead, commits: Arc::default() })
    }

    /// Brings the schema up to date; a database that is already so is left alone.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when a migration fails or the database is newer than the program.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self.dialect {
            Dialect::Sqlite => sqlx::migrate!("migrations/sqlite").run(&self.write).await?,
            Dialect::Postgres => sqlx::migrate!("migrations/postgres").run(&self.write).await?,
        }
        Ok(())
    }

    /// The dialect of this database.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Begins a write transaction. On SQLite there is one writer at a time: keep it short.
    ///
    /// # Errors
    /// [`StoreError::Database`] when no connection can be had.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let inner = self.write.begin_with(self.dialect.begin()).await?;
        let (checkpoints, commits) = (self.checkpoints.clone(), self.commits.clone());
        Ok(Tx { inner, dialect: self.dialect, checkpoints, commits })
    }

    /// Transactions that this process has committed: what was read before the number changed may
    /// have changed too. Of other processes it knows nothing.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// The pool for reads, for the modules of the store.
    pub(in crate::store) fn reader(&self) -> &AnyPool {
        &self.read
    }

    /// The pool for single-statement writes, for the modules of the store.
    pub(in crate::store) fn writer(&self) -> &AnyPool {
        &self.write
    }

    /// Where pages are set aside, when that is not a table.
    pub(in crate::store) fn ahead(&self) -> Option<&ahead::Folder> {
        self.ahead.as_ref()
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.read).await?;
        Ok(())
    }
}
