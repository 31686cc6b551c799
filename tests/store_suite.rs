//! The store suite: every test body is written once and run on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::assigning_clones,
    clippy::single_match_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

#[macro_use]
#[path = "common/bench.rs"]
mod bench;
#[path = "store_suite/ending.rs"]
mod ending;
#[path = "store_suite/harvest.rs"]
mod harvest;
#[path = "store_suite/jobs.rs"]
mod jobs;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "store_suite/schema.rs"]
mod schema;
