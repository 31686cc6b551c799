//! The publish suite: from committed pages over clusters to the publication log, on SQLite and on
//! PostgreSQL.

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
#[expect(dead_code, reason = "shared with the store suite, which uses the rest")]
mod bench;
#[path = "publish_suite/clusters.rs"]
mod clusters;
#[path = "publish_suite/exports.rs"]
mod exports;
#[path = "publish_suite/lists.rs"]
mod lists;
#[path = "publish_suite/log.rs"]
mod log;
#[path = "publish_suite/pages.rs"]
mod pages;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "publish_suite/quality.rs"]
mod quality;
#[path = "publish_suite/rights.rs"]
mod rights;
#[path = "publish_suite/world.rs"]
mod world;
