//! Reconcile: source records that describe the same thing become one cluster.
//!
//! Only what changed is looked at: a batch of stale records, the clusters that they are in, and
//! every record tied to those by a certain key or a review. That region is linked afresh by
//! [`domain::linkage`], its clusters are named after their oldest members, and what differs from
//! before is written and marked for publication, in one transaction.

mod region;

use crate::store::cluster::ClusterWrite;
use crate::store::{Store, StoreError, Tx};
use domain::identifier::{IdentifierError, ObjectId, SourceId};
use domain::linkage::naming::{Naming, name_clusters};
use domain::linkage::{Linkage, link};
use domain::record::LinkKind;
use region::{KEY_CAP, Loaded, Region};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Stale records looked at in one transaction.
const BATCH: i64 = 500;
/// Attempts to lock records that a harvest is writing before they are left for the next time.
const ATTEMPTS: u32 = 20;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// The store.
    #[error("reconcile: {0}")]
    Store(#[from] StoreError),
    /// A stored source id has another form than this program gives.
    #[error("reconcile: stored {0}")]
    Identifier(#[from] IdentifierError),
}

/// What a reconciliation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReconcileReport {
    /// Stale records looked at.
    pub records: u64,
    /// Clusters to be published again.
    pub clusters: u64,
    /// Pairs proposed to a person.
    pub candidates: u64,
    /// Keys met that joined nothing because one source gives them to several records.
    pub ambiguous_keys: u64,
    /// Pairs met that a key or a person wanted to join and that stayed apart.
    pub conflicts: u64,
    /// Whether records were left because a harvest was writing them; they are still marked.
    pub left_busy: bool,
}

/// How one batch ended.
enum Batch {
    Nothing,
    Done(ReconcileReport),
    /// The region is too large for one transaction.
    TooLarge,
    /// A harvest is writing one of the records.
    Busy,
}

/// Looks at stale records until there are none, or until `cancel`.
///
/// # Errors
/// [`ReconcileError`]; batches that were committed before stay.
pub async fn run(
    store: &Store,
    cancel: &CancellationToken,
) -> Result<ReconcileReport, ReconcileError> {
    let mut report = ReconcileReport::default();
    let mut limit = BATCH;
    let mut attempts = 0;
    while !cancel.is_cancelled() {
        let ended = match batch(store, limit).await {
            // It crossed with a harvest, and nothing of it was written.
            Err(ReconcileError::Store(error)) if error.is_collision() => Batch::Busy,
            ended => ended?,
        };
        match ended {
            Batch::Nothing if store.has_stale_records().await? => attempts += 1,
            Batch::Nothing => break,
            Batch::Busy => attempts += 1,
            Batch::TooLarge => {
                limit = (limit / 8).max(1);
                continue;
            }
            Batch::Done(done) => {
                report.records += done.records;
                report.clusters += done.clusters;
                report.candidates += done.candidates;
                report.ambiguous_keys += done.ambiguous_keys;
                report.conflicts += done.conflicts;
                (limit, attempts) = ((limit * 2).min(BATCH), 0);
                continue;
            }
        }
        if attempts >= ATTEMPTS {
            report.left_busy = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(report)
}

async fn batch(store: &Store, limit: i64) -> Result<Batch, ReconcileError> {
    let mut tx = store.begin().await?;
    tx.lock_derived().await?;
    let stale = tx.take_stale_records(limit).await?;
    if stale.is_empty() {
        return Ok(Batch::Nothing);
    }
    let region = match Region::load(&mut tx, &stale).await? {
        Loaded::Whole(region) => region,
        Loaded::TooLarge(_) if limit > 1 => return Ok(Batch::TooLarge),
        Loaded::TooLarge(region) => {
            tracing::warn!(records = region.len(), "neighbourhood cut: joins past it are not seen");
            region
        }
    };
    let linkage = link(&region.candidates(), &region.reviews(), &region.crowded);
    tell(&linkage);
    let clusters = name_clusters(&linkage.clusters, &region.standings());
    let Some(changed) = write(&mut tx, &region, &clusters, &stale).await? else {
        return Ok(Batch::Busy);
    };
    let gone = |id: &i64| region.state(*id).is_some_and(|state| state.deleted);
    let gone: Vec<i64> = stale.iter().copied().filter(gone).collect();
    forget(&mut tx, &gone).await?;
    let candidates = tx.replace_candidates(&stale, &gone).await?;
    tx.commit().await?;
    Ok(Batch::Done(ReconcileReport {
        records: stale.len() as u64,
        clusters: changed,
        candidates,
        ambiguous_keys: linkage.ambiguous.len() as u64,
        conflicts: linkage.conflicts.len() as u64,
        left_busy: false,
    }))
}

fn tell(linkage: &Linkage) {
    for key in &linkage.ambiguous {
        tracing::debug!(key = key.key, records = ?key.records, "ambiguous key joins nothing");
    }
    for conflict in &linkage.conflicts {
        tracing::debug!(?conflict, "kept apart");
    }
}

/// Writes what differs from before and marks what is to be published. Returns the number of
/// clusters that are marked, or `None` when a record is being written by someone else.
async fn write(
    tx: &mut Tx,
    region: &Region,
    clusters: &[Naming],
    stale: &[i64],
) -> Result<Option<u64>, ReconcileError> {
    let mut before: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for state in region.states() {
        if let Some(cluster) = state.cluster_id {
            before.entry(cluster).or_default().insert(state.record_id);
        }
    }
    let stale: BTreeSet<i64> = stale.iter().copied().collect();
    // Clusters to be published again, and their members, whose neighbours show them.
    let mut marks: BTreeSet<i64> = BTreeSet::new();
    let mut members: BTreeSet<i64> = BTreeSet::new();
    let mut changed: Vec<(&Naming, ClusterWrite)> = Vec::new();
    for cluster in clusters {
        let touched = cluster.members.iter().any(|m| stale.contains(m));
        match region.cluster_of(cluster.named_after) {
            Some(old) if before.get(&old).is_some_and(|was| was.iter().eq(&cluster.members)) => {
                if !touched {
                    continue;
                }
                marks.insert(old);
            }
            _ => {
                let Some(name) = region.state(cluster.named_after) else { continue };
                let source = SourceId::new(&name.source_id)?;
                let write = ClusterWrite {
                    object_id: ObjectId::of(&source, &name.local_id).to_string(),
                    named_after: cluster.named_after,
                    member_count: cluster.members.len() as i64,
                };
                changed.push((cluster, write));
            }
        }
        members.extend(&cluster.members);
    }
    let writes: Vec<ClusterWrite> = changed.iter().map(|(_, write)| write.clone()).collect();
    let ids = tx.upsert_clusters(&writes).await?;
    let mut places = Vec::new();
    let mut vacated: BTreeSet<i64> = BTreeSet::new();
    for (cluster, write) in &changed {
        let Some(id) = ids.get(&write.object_id) else { continue };
        marks.insert(*id);
        for member in &cluster.members {
            let was = region.cluster_of(*member);
            if was != Some(*id) {
                places.push((*member, *id));
                vacated.extend(was);
            }
        }
    }
    let moved: Vec<i64> = places.iter().map(|(record, _)| *record).collect();
    let others: Vec<i64> = moved.iter().copied().filter(|id| !stale.contains(id)).collect();
    if !tx.lock_records(&others).await? {
        return Ok(None);
    }
    tx.assign(&places).await?;
    marks.extend(&vacated);
    let empty: Vec<i64> = vacated.into_iter().filter(|id| !ids.values().any(|i| i == id)).collect();
    tx.empty_clusters(&empty).await?;
    let marks: Vec<i64> = marks.into_iter().collect();
    tx.mark_stale_clusters(&marks, &moved).await?;
    let members: Vec<i64> = members.into_iter().collect();
    tx.mark_stale_neighbours(&members).await?;
    Ok(Some(marks.len() as u64))
}

/// What deleted records were tied to looks different without them.
async fn forget(tx: &mut Tx, gone: &[i64]) -> Result<(), ReconcileError> {
    let gone = tx.last_contents(gone).await?;
    if gone.is_empty() {
        return Ok(());
    }
    let (mut names, mut targets, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for record in gone {
        names.extend(record.names);
        keys.extend(record.certain_keys);
        let shown = record.links.into_iter().filter(|link| link.kind != LinkKind::HeldBy);
        targets.extend(shown.map(|link| link.target));
    }
    tx.mark_stale_neighbours_by_name(&names, &targets).await?;
    tx.mark_stale_holders(&keys, KEY_CAP).await?;
    Ok(())
}
