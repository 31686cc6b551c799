//! Harvest seen from outside: reading files of every form, and fetching over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_collect,
    reason = "a test that panics has failed, one that is skipped says so, and tests have a clock"
)]

mod fetch;
mod hostile;
mod reading;
mod run;
mod shared;
mod support;
