//! One record that comes, changes or goes: only its neighbourhood is clustered again.
//!
//! The neighbourhood is the cluster of the record, before and after, and the clusters that their
//! members are linked to, and those that these are linked to (FAMER's depth of two). Nothing else is
//! read or moves, so that the cost does not depend on how many records there are.

use super::{CERTAIN, Engine, couple};
use crate::cluster::{self, Edge};
use crate::identity::{ClusterChange, ClusterId, Uid};
use crate::index::{Bounds, Slot};
use crate::input::Input;
use std::collections::BTreeSet;

/// So many records are clustered again at most.
const REGION: usize = 400;
/// So many times the clusters are taken in that the region is linked to: what leaves a cluster may
/// be free for another one.
const DEPTH: usize = 2;
/// Candidates that are looked at to see whether the record is one of theirs.
const BACKWARDS: usize = 6;

/// What happens to a record.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// It is new, or other than it was.
    Put(&'a Input),
    /// It is no more.
    Remove(Uid),
}

impl Engine {
    /// Applies one change and returns the clusters that are not what they were.
    pub fn apply(&mut self, change: &Change<'_>) -> Vec<ClusterChange> {
        match change {
            Change::Put(input) => {
                let record = super::uid(&input.id);
                let seeds = self.seeds(record);
                self.take_out(record);
                let source = self.source(&input.source);
                let normal = self.normaliser.record(input, source);
                let slot = self.put(normal);
                self.link(slot);
                self.recluster(&seeds, Some(slot), &[])
            }
            Change::Remove(record) => {
                if !self.holds(*record) {
                    return Vec::new();
                }
                let mut seeds = self.seeds(*record);
                seeds.remove(record);
                self.take_out(*record);
                self.recluster(&seeds, None, &[*record])
            }
        }
    }

    /// Takes a decision, or takes it back, and clusters the two neighbourhoods again.
    pub fn decide(&mut self, a: Uid, b: Uid, same: Option<bool>) -> Vec<ClusterChange> {
        if a == b {
            return Vec::new();
        }
        match same {
            Some(same) => self.decisions.verdicts.insert(couple(a, b), same),
            None => self.decisions.verdicts.remove(&couple(a, b)),
        };
        for (from, to) in [(a, b), (b, a)] {
            let list = self.decisions.same.entry(from).or_default();
            list.retain(|other| *other != to);
            if same == Some(true) {
                list.push(to);
            }
            if list.is_empty() {
                self.decisions.same.remove(&from);
            }
        }
        // The weight of the pair as it is now.
        if let Some((x, y)) = self.slots.get(&a).copied().zip(self.slots.get(&b).copied()) {
            for (from, to) in [(x, y), (y, x)] {
                if let Some(list) = self.edges.get_mut(from as usize) {
                    list.retain(|(other, _)| *other != to);
                }
            }
            self.edge(x, y);
        }
        let mut seeds = self.seeds(a);
        seeds.extend(self.seeds(b));
        self.recluster(&seeds, None, &[])
    }

    /// The members of the cluster of a record.
    fn seeds(&self, record: Uid) -> BTreeSet<Uid> {
        self.identities
            .cluster_of(record)
            .map(|id| self.identities.members(id).iter().copied().collect())
            .unwrap_or_default()
    }

    /// Finds the edges of a record that came.
    fn link(&mut self, slot: Slot) {
        let bounds = self.settings.bounds;
        let wide = Bounds { candidates: bounds.candidates * BACKWARDS, ..bounds };
        let mut scratch = std::mem::take(&mut self.scratch);
        let found = self.candidates(slot, wide, &mut scratch, &mut Vec::new());
        self.scratch = scratch;
        let last = found.get(bounds.candidates.saturating_sub(1)).map_or(0, |(_, score)| *score);
        if let Some(place) = self.last_score.get_mut(slot as usize) {
            *place = last;
        }
        for (rank, (other, score)) in found.iter().enumerate() {
            // Its own candidates, and those whose candidate it is.
            let theirs = self.last_score.get(*other as usize).copied().unwrap_or(0);
            if rank < bounds.candidates || *score > theirs {
                self.edge(slot, *other);
            }
        }
        let mates = self.decisions.same.get(&self.uid_of(slot)).cloned().unwrap_or_default();
        for mate in mates {
            if let Some(other) = self.slots.get(&mate).copied() {
                self.edge(slot, other);
            }
        }
    }

    /// Weighs a pair and keeps it when it weighs enough to be looked at.
    fn edge(&mut self, a: Slot, b: Slot) {
        if let Some(weight) = cluster::Pairs::weight(self, a, b)
            && weight >= super::hundredths(self.settings.clusters.review_from)
        {
            self.keep_edge(Edge { a, b, weight });
        }
    }

    /// Takes the clusters that records are linked to into the region, nearest first; returns the
    /// records that came.
    fn met(
        &self,
        starts: &[Slot],
        known: &mut BTreeSet<ClusterId>,
        region: &mut BTreeSet<Uid>,
    ) -> Vec<Slot> {
        let threshold = self.limits().threshold;
        let mut met: Vec<(i32, ClusterId)> = Vec::new();
        for start in starts {
            for (other, weight) in self.edges.get(*start as usize).map_or(&[][..], Vec::as_slice) {
                if *weight >= threshold
                    && let Some(id) = self.identities.cluster_of(self.uid_of(*other))
                {
                    met.push((-*weight, id));
                }
            }
        }
        met.sort_unstable();
        let mut came = Vec::new();
        for (_, id) in met {
            if region.len() >= REGION {
                break;
            }
            if known.insert(id) {
                for member in self.identities.members(id) {
                    if let Some(slot) = self.slots.get(member) {
                        region.insert(*member);
                        came.push(*slot);
                    }
                }
            }
        }
        came
    }

    fn recluster(
        &mut self,
        seeds: &BTreeSet<Uid>,
        slot: Option<Slot>,
        left: &[Uid],
    ) -> Vec<ClusterChange> {
        let limits = self.limits();
        let mut starts: Vec<Slot> =
            seeds.iter().filter_map(|record| self.slots.get(record).copied()).collect();
        starts.extend(slot);
        let mut region: BTreeSet<Uid> = starts.iter().map(|slot| self.uid_of(*slot)).collect();
        // A record that stayed may sit in a cluster of its own already.
        let mut known: BTreeSet<ClusterId> = BTreeSet::new();
        for record in region.clone().iter().chain(left) {
            if let Some(id) = self.identities.cluster_of(*record)
                && known.insert(id)
            {
                region.extend(
                    self.identities
                        .members(id)
                        .iter()
                        .filter(|member| self.slots.contains_key(*member)),
                );
            }
        }
        for _ in 0..DEPTH {
            starts = self.met(&starts, &mut known, &mut region);
        }
        // What is rare may have become common since the edges were weighed.
        let mut edges = Vec::new();
        for record in &region {
            let Some(slot) = self.slots.get(record).copied() else { continue };
            for (other, _) in self.edges.get(slot as usize).map_or(&[][..], Vec::as_slice) {
                let theirs = self.uid_of(*other);
                if *record < theirs
                    && region.contains(&theirs)
                    && let Some(weight) = cluster::Pairs::weight(self, slot, *other)
                    && weight >= limits.threshold
                {
                    edges.push(Edge { a: slot, b: *other, weight: weight.min(CERTAIN) });
                }
            }
        }
        self.changed += 1;
        let clusters = cluster::cluster(&edges, &self.joined_in(&edges), self, limits);
        let mut grouped: BTreeSet<Uid> = BTreeSet::new();
        let mut groups: Vec<Vec<Uid>> = Vec::new();
        for members in clusters {
            let mut uids: Vec<Uid> = members.iter().map(|slot| self.uid_of(*slot)).collect();
            uids.sort_unstable();
            grouped.extend(&uids);
            groups.push(uids);
        }
        groups.extend(region.difference(&grouped).map(|record| vec![*record]));
        groups.sort_unstable();
        self.identities.regroup(&groups, left)
    }
}
