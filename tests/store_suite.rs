//! The store suite: every test body is written once and run on SQLite and on PostgreSQL.

#[path = "common/postgres.rs"]
mod postgres;

use passerelle::store::Store;

macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: Bench) $body:block)*) => { $(
        mod $name {
            use super::*;
            $(#[$meta])*
            async fn body($store: Bench) $body

            #[tokio::test]
            async fn on_sqlite() {
                body(Bench::sqlite()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                match postgres::fresh_database().await {
                    Ok(url) => body(Bench { url, _folder: None }).await,
                    Err(reason) => eprintln!("skipped: {reason}"),
                }
            }
        }
    )* };
}

/// A database of one test.
struct Bench {
    url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Bench {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/store.db", folder.path().display());
        Self { url, _folder: Some(folder) }
    }

    async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }
}

on_both! {
    async fn migrations_run_twice_without_a_change(bench: Bench) {
        let store = bench.open().await;
        store.migrate().await.unwrap();
        drop(store);
        bench.open().await.ping().await.unwrap();
    }
}
