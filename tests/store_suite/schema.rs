//! The schema, settings and sources.

use crate::bench::source;
use sqlx::{AnyConnection, Connection, Row};
use std::collections::BTreeMap;

on_both! {
    async fn migrations_run_twice_without_a_change(bench) {
        let store = bench.open().await;
        store.migrate().await.unwrap();
        store.set_setting("kept", "yes").await.unwrap();
        drop(store);
        let store = bench.open().await;
        assert_eq!(store.setting("kept").await.unwrap().as_deref(), Some("yes"));
    }

    async fn a_setting_is_what_was_set_last(bench) {
        let store = bench.open().await;
        assert_eq!(store.setting("a").await.unwrap(), None);
        store.set_setting("a", "1").await.unwrap();
        store.set_setting("a", "2").await.unwrap();
        assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("2"));
    }

    async fn a_secret_is_made_once_and_survives(bench) {
        let store = bench.open().await;
        let first = store.secret("tokens").await.unwrap();
        assert_eq!(first.len(), 32);
        assert_ne!(first, store.secret("other").await.unwrap());
        drop(store);
        assert_eq!(first, bench.open().await.secret("tokens").await.unwrap());
    }

    async fn a_schedule_changes_the_source_but_not_its_harvest_state(bench) {
        let store = bench.open().await;
        let mut joconde = source("joconde");
        store.upsert_source(&joconde, 1).await.unwrap();
        store.set_source_state("joconde", Some("\"e\""), None, Some("2024-01-01T00:00:00Z")).await.unwrap();
        joconde.label = "Joconde, renamed".to_owned();
        store.upsert_source(&joconde, 2).await.unwrap();
        store.upsert_source(&source("autre"), 2).await.unwrap();

        joconde.etag = Some("\"e\"".to_owned());
        joconde.harvested_until = Some("2024-01-01T00:00:00Z".to_owned());
        assert_eq!(store.source("joconde").await.unwrap().as_ref(), Some(&joconde));
        assert_eq!(store.sources().await.unwrap(), vec![source("autre"), joconde]);
        assert_eq!(store.source("none").await.unwrap(), None);
    }
}

/// Table → columns in order, as the database says it.
async fn columns(url: &str, sql: &'static str) -> BTreeMap<String, Vec<String>> {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        tables.entry(row.get("table_name")).or_default().push(row.get("column_name"));
    }
    tables.remove("_sqlx_migrations");
    tables
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = crate::bench::Bench::sqlite();
    sqlite.open().await;
    let url = match crate::postgres::fresh_database().await {
        Ok(url) => url,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    crate::bench::Bench::of_url(url.clone()).open().await;
    let in_sqlite = columns(
        &sqlite.url.replace("sqlite:", "sqlite://"),
        "select m.name as table_name, c.name as column_name \
         from sqlite_master m join pragma_table_info(m.name) c \
         where m.type = 'table' and m.name not like 'sqlite_%' order by m.name, c.cid",
    )
    .await;
    let in_postgres = columns(
        &url,
        "select table_name::text as table_name, column_name::text as column_name \
         from information_schema.columns where table_schema = 'public' \
         order by table_name, ordinal_position",
    )
    .await;
    assert!(in_sqlite.len() > 20, "{in_sqlite:?}");
    assert_eq!(in_sqlite, in_postgres);
}
