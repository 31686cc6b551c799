//! Databases of producers: PostgreSQL and MariaDB servers and SQLite files, read into an embedded
//! store.
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

#[path = "databases/bodies.rs"]
mod bodies;
#[path = "databases/cut.rs"]
mod cut;
#[path = "common/mariadb.rs"]
mod mariadb;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "databases/producer.rs"]
mod producer;

use producer::{Producer, each};

#[tokio::test]
async fn rows_become_records_and_no_value_loses_a_digit() {
    each(bodies::values).await;
}

#[tokio::test]
async fn an_incremental_run_reads_what_changed_and_finds_what_is_absent() {
    each(bodies::incremental).await;
}

#[tokio::test]
async fn a_full_run_deletes_by_flag_and_by_absence_and_the_brake_holds() {
    each(bodies::deletions).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    each(bodies::mistakes).await;
}

#[tokio::test]
async fn a_run_that_is_stopped_goes_on_at_the_next_page() {
    each(bodies::stopped).await;
}

#[tokio::test]
async fn a_session_cannot_write() {
    each(bodies::writing).await;
}

#[tokio::test]
async fn masked_columns_are_not_even_asked_for() {
    each(bodies::masked).await;
}

#[tokio::test]
async fn a_connection_that_is_cut_is_made_again_or_leaves_a_partial_run_that_is_gone_on_with() {
    let Some(producer) = Producer::postgres().await else { return };
    cut::cut(producer).await;
}

#[tokio::test]
async fn a_password_with_odd_characters_comes_from_a_file_and_is_in_no_message() {
    let Some(producer) = Producer::mariadb().await else { return };
    bodies::password(producer).await;
}
