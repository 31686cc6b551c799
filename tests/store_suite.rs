//! The store suite: every test body is written once and run on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and one that is skipped says so"
)]

#[macro_use]
#[path = "common/bench.rs"]
mod bench;
#[path = "store_suite/harvest.rs"]
mod harvest;
#[path = "store_suite/jobs.rs"]
mod jobs;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "store_suite/schema.rs"]
mod schema;
