//! What a change of mapping would publish, without publishing it.
//!
//! Every batch of clusters is crosswalked anew and merged inside a transaction that is rolled
//! back: the very code of a publication says what would be re-dated. Clusters are taken as they
//! are; where the certain keys of a record change, they could become others, which is counted.

use super::{PublishError, PublishReport, build};
use crate::crosswalk::Crosswalk;
use crate::store::Store;
use domain::identifier::SourceId;
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// Clusters looked at in one transaction.
const BATCH: i64 = 250;

/// What a new mapping would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preview {
    /// Live records of the source that were crosswalked anew.
    pub records: u64,
    /// Those that would say something else.
    pub changed: u64,
    /// Those whose certain keys would change, so that they could join or leave others.
    pub rekeyed: u64,
    /// Records that are not reconciled yet and were not looked at.
    pub unreconciled: u64,
    /// Objects that would appear, change or vanish: each gets a new datestamp.
    pub objects: PublishReport,
}

/// Finds out what the crosswalk would make of the stored records of a source.
///
/// # Errors
/// [`PublishError`].
pub async fn preview(
    store: &Store,
    source: &SourceId,
    crosswalk: &Crosswalk,
    now: i64,
    cancel: &CancellationToken,
) -> Result<Preview, PublishError> {
    let unreconciled = store.unclustered(source.as_str()).await?.unsigned_abs();
    let mut preview = Preview { unreconciled, ..Preview::default() };
    let mut after = 0;
    while !cancel.is_cancelled() {
        let stored = store.records_by_cluster(source.as_str(), after, BATCH).await?;
        let Some(last) = stored.last() else { break };
        after = last.cluster_id;
        preview.records += stored.len() as u64;
        let mut changed = Vec::new();
        for record in &stored {
            let parsed = crosswalk.apply(&record.source_record);
            if parsed.value == record.record {
                continue;
            }
            preview.changed += 1;
            if parsed.value.certain_keys != record.record.certain_keys {
                preview.rekeyed += 1;
            }
            changed.push((record, parsed.value, parsed.issues));
        }
        if changed.is_empty() {
            continue;
        }
        let clusters: BTreeSet<i64> =
            changed.iter().map(|(record, ..)| record.cluster_id).collect();
        // Dropped without a commit: nothing of it stays.
        let mut tx = store.begin().await?;
        tx.put_records(source, &changed, now).await?;
        let clusters = tx.clusters(&clusters).await?;
        preview.objects.examined += clusters.len() as u64;
        build::changes(&mut tx, &clusters, &mut preview.objects).await?;
    }
    Ok(preview)
}
