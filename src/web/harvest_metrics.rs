//! What `/metrics` says of harvests: read from the store, whichever process harvested.

use crate::store::{Store, StoreError};
use protocols::oai_pmh::client::Verdict;

/// Sets the gauges of every source. An error of the store is logged: the other metrics are shown.
pub async fn record(store: &Store) {
    if let Err(error) = sources(store).await {
        tracing::warn!(%error, "no metrics of harvests");
    }
}

async fn sources(store: &Store) -> Result<(), StoreError> {
    for source in store.sources().await? {
        let name = source.source_id;
        let held = store.held_deletions(&name).await?;
        metrics::gauge!("passerelle_source_held_deletions", "source" => name.clone())
            .set(held as f64);
        let not_before = store.harvest_state(&name).await?.not_before.unwrap_or(0);
        metrics::gauge!("passerelle_source_not_before_seconds", "source" => name.clone())
            .set(not_before as f64);
        let latest = store.runs(Some(&name), 5).await?;
        let Some(run) = latest.iter().find(|run| run.status != "running") else { continue };
        let complete = if run.status == "complete" { 1.0 } else { 0.0 };
        metrics::gauge!("passerelle_source_complete", "source" => name.clone()).set(complete);
        metrics::gauge!("passerelle_source_finished_seconds", "source" => name.clone())
            .set(run.finished_at.unwrap_or(0) as f64);
        metrics::gauge!("passerelle_source_quarantined", "source" => name.clone())
            .set(run.counts.quarantined as f64);
        let verdict: Option<Verdict> =
            run.verdict.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let Some(verdict) = verdict else { continue };
        metrics::gauge!("passerelle_source_gaps", "source" => name.clone())
            .set(verdict.gap_count as f64);
        if let Some(distinct) = verdict.distinct {
            metrics::gauge!("passerelle_source_distinct", "source" => name.clone())
                .set(distinct as f64);
        }
        if let Some(declared) = verdict.declared {
            metrics::gauge!("passerelle_source_declared", "source" => name).set(declared as f64);
        }
    }
    Ok(())
}
