//! Harvest seen from outside: reading files of every form, and fetching over HTTP.

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

mod fetch;
mod forms;
mod hostile;
mod images;
mod reading;
mod run;
mod shared;
mod support;
