//! The records that a batch of stale ones may be tied to.

use crate::store::cluster::RecordState;
use crate::store::source_record::MOST_HOLDERS;
use crate::store::{StoreError, Tx};
use domain::linkage::naming::Standing;
use domain::linkage::{Candidate, Review};
use std::collections::{BTreeMap, BTreeSet};

/// A key that more live records have joins nothing: it cannot be certain.
pub(super) const KEY_CAP: i64 = MOST_HOLDERS;
/// Most records looked at in one transaction.
const MOST_RECORDS: usize = 5_000;

/// A closed neighbourhood: with a record, all members of its cluster; with a live record, all
/// that share a key that is not crowded, and all that a review ties to it.
#[derive(Debug, Default)]
pub(super) struct Region {
    states: BTreeMap<i64, RecordState>,
    /// Those that another record has too.
    keys: BTreeMap<i64, Vec<String>>,
    reviews: BTreeSet<Review>,
    /// Keys that have holders outside.
    pub(super) crowded: BTreeSet<String>,
}

/// A region, whole or cut.
pub(super) enum Loaded {
    Whole(Region),
    TooLarge(Region),
}

impl Region {
    /// Loads the neighbourhood of `stale`.
    pub(super) async fn load(tx: &mut Tx, stale: &[i64]) -> Result<Loaded, StoreError> {
        let mut region = Self::default();
        let mut holders: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut clusters: BTreeSet<i64> = BTreeSet::new();
        let mut frontier: Vec<i64> = stale.to_vec();
        let mut first = true;
        let mut whole = true;
        while !frontier.is_empty() {
            let mut next: BTreeSet<i64> = BTreeSet::new();
            let states = tx.record_states(&frontier).await?;
            let live: Vec<i64> =
                states.iter().filter(|s| !s.deleted).map(|s| s.record_id).collect();
            let new: Vec<i64> = states
                .iter()
                .filter_map(|s| s.cluster_id)
                .filter(|cluster| clusters.insert(*cluster))
                .collect();
            region.states.extend(states.into_iter().map(|s| (s.record_id, s)));
            if !new.is_empty() {
                next.extend(tx.members_of(&new).await?);
            }
            if whole && !live.is_empty() {
                next.extend(region.tied(tx, &live, first, &mut holders).await?);
            }
            next.retain(|id| !region.states.contains_key(id));
            if whole && region.states.len() + next.len() > MOST_RECORDS {
                // From here on only the clusters are completed.
                whole = false;
            }
            frontier = next.into_iter().collect();
            first = false;
        }
        for (key, holders) in holders {
            if holders.iter().any(|holder| !region.states.contains_key(holder)) {
                region.crowded.insert(key);
            }
        }
        Ok(if whole { Loaded::Whole(region) } else { Loaded::TooLarge(region) })
    }

    /// Records that share a key or a review with these live ones.
    async fn tied(
        &mut self,
        tx: &mut Tx,
        live: &[i64],
        first: bool,
        holders: &mut BTreeMap<String, Vec<i64>>,
    ) -> Result<BTreeSet<i64>, StoreError> {
        let mut tied = BTreeSet::new();
        let mut new: BTreeSet<String> = BTreeSet::new();
        for holder in tx.shared_keys_of(live).await? {
            if !holders.contains_key(&holder.key) {
                new.insert(holder.key.clone());
            }
            self.keys.entry(holder.record_id).or_default().push(holder.key);
        }
        if !new.is_empty() {
            for holder in tx.holders_of(new.iter().map(String::as_str), KEY_CAP + 1).await? {
                holders.entry(holder.key).or_default().push(holder.record_id);
            }
        }
        for key in new {
            let Some(found) = holders.get(&key) else { continue };
            let crowded = found.len() as i64 > KEY_CAP;
            if crowded {
                self.crowded.insert(key);
            }
            // A key that a stale record made crowded joined its oldest holders until now: they
            // have to part.
            if !crowded || first {
                tied.extend(found);
            }
        }
        for review in tx.reviews_of(live).await? {
            tied.extend([review.record_a, review.record_b]);
            self.reviews.insert(review);
        }
        Ok(tied)
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    pub(super) fn states(&self) -> impl Iterator<Item = &RecordState> {
        self.states.values()
    }

    pub(super) fn state(&self, record_id: i64) -> Option<&RecordState> {
        self.states.get(&record_id)
    }

    pub(super) fn cluster_of(&self, record_id: i64) -> Option<i64> {
        self.state(record_id)?.cluster_id
    }

    pub(super) fn reviews(&self) -> Vec<Review> {
        self.reviews.iter().copied().collect()
    }

    /// The live records as linkage looks at them.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.states
            .values()
            .filter(|state| !state.deleted)
            .map(|state| Candidate {
                record_id: state.record_id,
                source: state.source_id.clone(),
                kind: state.kind,
                certain_keys: self.keys.get(&state.record_id).cloned().unwrap_or_default(),
            })
            .collect()
    }

    /// All records as they stood.
    pub(super) fn standings(&self) -> Vec<Standing> {
        self.states
            .values()
            .map(|state| Standing {
                record_id: state.record_id,
                deleted: state.deleted,
                cluster_id: state.cluster_id,
            })
            .collect()
    }
}
