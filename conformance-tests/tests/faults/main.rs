//! Every fault of a provider heals, or the run ends `partial` and says why; nothing is deleted that
//! is still there, nothing is invented, and the next harvest of the provider, well again, makes the
//! store equal to it.
//!
//! `PASSERELLE_FAULT=name` runs the scenarios whose name contains that.
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

mod oracle;
mod scenario;
mod table;

use conformance_tests::variable;
use scenario::{Report, Scenario, run};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Scenarios at the same time: most of their time is waiting, as the providers ask for.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_heals_or_ends_partial_with_the_true_reason() {
    let wanted = variable("PASSERELLE_FAULT").unwrap_or_default();
    let scenarios: Vec<Scenario> =
        table::scenarios().into_iter().filter(|it| it.name.contains(&wanted)).collect();
    assert!(!scenarios.is_empty(), "no scenario has `{wanted}` in its name");
    conformance_tests::binary();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for scenario in scenarios {
        let places = Arc::clone(&places);
        running.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            run(scenario).await
        });
    }
    let mut reports: Vec<Report> = running.join_all().await;
    reports.sort_by(|a, b| a.name.cmp(b.name));
    for report in &reports {
        eprintln!("{report}");
    }
    let failed: Vec<String> =
        reports.iter().filter(|it| !it.wrong.is_empty()).map(ToString::to_string).collect();
    assert!(
        failed.is_empty(),
        "{} of {} scenarios:\n{}",
        failed.len(),
        reports.len(),
        failed.join("\n")
    );
}
