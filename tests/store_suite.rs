//! The store suite: every test body is written once and run on SQLite and on PostgreSQL.

#[macro_use]
#[path = "common/bench.rs"]
mod bench;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "store_suite/harvest.rs"]
mod harvest;
#[path = "store_suite/jobs.rs"]
mod jobs;
#[path = "store_suite/schema.rs"]
mod schema;
