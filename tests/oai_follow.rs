//! Writers and readers at once: what harvesters have in the end is what was published, on SQLite and
//! on PostgreSQL, whatever the order in which things happened.

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
#[path = "oai_follow/harvester.rs"]
mod harvester;
#[path = "oai_follow/oracle.rs"]
mod oracle;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "oai_follow/site.rs"]
mod site;
#[path = "oai_follow/writer.rs"]
mod writer;

use harvester::{Follower, europeana, walk};
use site::Site;
use std::sync::Arc;

/// Everybody at work for so many seconds of the simulated clock.
async fn everybody_at_once(bench: bench::Bench, seed: u64, seconds: i64) {
    let site = Arc::new(Site::open(bench.open().await, seed, seconds).await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..4 {
        tasks.spawn(writer::write(site.clone(), number));
    }
    for (verb, set) in [
        ("ListRecords", None),
        ("ListIdentifiers", None),
        ("ListRecords", Some("rights:open")),
        ("ListIdentifiers", Some("museum:M1")),
        ("ListRecords", Some("museum")),
        ("ListRecords", Some("base:s0")),
    ] {
        tasks.spawn(Follower::new(site.clone(), verb, set).follow());
    }
    for set in [None, Some("type")] {
        tasks.spawn(walk(site.clone(), set));
    }
    tasks.spawn(europeana(site.clone()));
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    oracle::store_says_what_writers_wrote(&site).await;
    let (pages, changes) = site.what_happened().await;
    eprintln!("seed {seed}: {pages} answers, {changes} entries of the log");
    // How much they get done in simulated time depends on the machine and its database.
    assert!(changes > seconds / 20, "the writers did too little: {changes}");
}

on_both! {
    async fn every_change_is_seen_and_nothing_is_seen_wrongly(bench) {
        everybody_at_once(bench, 1, 600).await;
    }

    async fn whatever_the_order(bench) {
        everybody_at_once(bench, 20_260_101, 200).await;
    }
}
