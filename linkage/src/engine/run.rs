//! Everything at once: candidates, weights, clusters, ids.

use super::{CERTAIN, Engine};
use crate::cluster::{self, Edge};
use crate::compare::Comparison;
use crate::identity::{ClusterChange, Uid};
use crate::index::{Scratch, Slot};
use crate::model::{Class, Counts, Labels, Model};
use crate::parts::in_parts;
use std::collections::BTreeMap;

/// What a full run did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Candidate pairs.
    pub pairs: usize,
    /// Pairs that weigh enough to join.
    pub edges: usize,
    /// Clusters of two and more.
    pub clusters: usize,
    /// Members of the largest.
    pub largest: usize,
    /// Clusters that are not what they were.
    pub changes: Vec<ClusterChange>,
}

impl Engine {
    /// All pairs of candidates, each once, in order, and the last score of each full list.
    fn pairs(&self, threads: usize) -> (Vec<(Slot, Slot)>, Vec<u32>) {
        let total = self.records.len();
        let bounds = self.settings.bounds;
        let parts = in_parts(total, threads, |range| {
            let mut scratch = Scratch::default();
            let mut own = Vec::new();
            let mut out = Vec::new();
            let mut last = Vec::with_capacity(range.len());
            for slot in range {
                let slot = slot as Slot;
                let found = self.candidates(slot, bounds, &mut scratch, &mut own);
                last.push(if found.len() < bounds.candidates {
                    0
                } else {
                    found.last().map_or(0, |(_, score)| *score)
                });
                out.extend(found.into_iter().map(|(other, _)| (slot.min(other), slot.max(other))));
            }
            (out, last)
        });
        let mut all = Vec::new();
        let mut last = Vec::with_capacity(total);
        for (pairs, scores) in parts {
            all.extend(pairs);
            last.extend(scores);
        }
        all.sort_unstable();
        all.dedup();
        (all, last)
    }

    fn compare_all(&self, pairs: &[(Slot, Slot)], threads: usize) -> Vec<Comparison> {
        in_parts(pairs.len(), threads, |range| {
            let empty = Comparison {
                vector: [0; crate::level::GROUPS],
                veto: Some(crate::compare::Veto::Kind),
            };
            pairs
                .get(range)
                .unwrap_or(&[])
                .iter()
                .map(|(a, b)| self.compare(*a, *b).unwrap_or(empty))
                .collect::<Vec<_>>()
        })
        .into_iter()
        .flatten()
        .collect()
    }

    /// Pairs of candidates by uid with weights in bits (nothing: forbidden), for measuring.
    pub fn candidate_pairs(&self, threads: usize) -> Vec<(Uid, Uid, Option<f64>)> {
        let (pairs, _) = self.pairs(threads);
        let compared = self.compare_all(&pairs, threads);
        pairs
            .iter()
            .zip(&compared)
            .map(|((a, b), comparison)| {
                (
                    self.uid_of(*a),
                    self.uid_of(*b),
                    self.weigh(*a, *b, comparison).map(|weight| f64::from(weight) / 100.0),
                )
            })
            .collect()
    }

    /// A full run: learns the weights from all candidates and from decisions, and clusters all
    /// records. Ids stay with the clusters that hold most of their members.
    pub fn run(&mut self, threads: usize) -> Report {
        self.run_with(threads, true)
    }

    /// A full run with the weights as they are.
    pub fn run_again(&mut self, threads: usize) -> Report {
        self.run_with(threads, false)
    }

    fn run_with(&mut self, threads: usize, learn: bool) -> Report {
        self.decide_sources();
        self.changed = 0;
        let (pairs, last) = self.pairs(threads);
        self.last_score = last;
        let compared = self.compare_all(&pairs, threads);
        if learn {
            self.learn(&pairs, &compared, threads);
        }
        let review = super::hundredths(self.settings.clusters.review_from);
        let mut edges: Vec<Edge> = pairs
            .iter()
            .zip(&compared)
            .filter_map(|((a, b), comparison)| {
                let weight = match self.verdict(*a, *b) {
                    Some(true) => CERTAIN,
                    Some(false) => return None,
                    None => self.weigh(*a, *b, comparison)?,
                };
                (weight >= review).then_some(Edge { a: *a, b: *b, weight })
            })
            .collect();
        let pair_count = pairs.len();
        drop(pairs);
        drop(compared);
        for list in &mut self.edges {
            list.clear();
        }
        for edge in &edges {
            self.keep_edge(*edge);
        }
        let limits = self.limits();
        edges.retain(|edge| edge.weight >= limits.threshold);
        let edge_count = edges.len();
        let joined = self.joined();
        edges.extend(joined.iter().map(|(a, b)| Edge { a: *a, b: *b, weight: CERTAIN }));
        let components = cluster::components(&edges, self.records.len());
        drop(edges);
        let clusters: Vec<Vec<Slot>> = in_parts(components.len(), threads, |range| {
            let mut out = Vec::new();
            for component in components.get(range).unwrap_or(&[]) {
                out.extend(cluster::cluster(component, &self.joined_in(component), self, limits));
            }
            out
        })
        .into_iter()
        .flatten()
        .collect();
        let changes = self.rename(&clusters);
        Report {
            pairs: pair_count,
            edges: edge_count,
            clusters: clusters.len(),
            largest: clusters.iter().map(Vec::len).max().unwrap_or(1),
            changes,
        }
    }

    /// Learns the weights from all candidates.
    fn learn(&mut self, pairs: &[(Slot, Slot)], compared: &[Comparison], threads: usize) {
        let counted = in_parts(pairs.len(), threads, |range| {
            let mut counts: BTreeMap<Class, Counts> = BTreeMap::new();
            let pairs = pairs.get(range.clone()).unwrap_or(&[]);
            for ((a, b), comparison) in pairs.iter().zip(compared.get(range).unwrap_or(&[])) {
                counts.entry(self.class(*a, *b)).or_default().add(&comparison.vector);
            }
            counts
        });
        let mut counts: BTreeMap<Class, Counts> = BTreeMap::new();
        for part in counted {
            for (class, own) in part {
                counts.entry(class).or_default().absorb(&own);
            }
        }
        self.model = Model::learned(&counts, &self.labels(), &self.settings);
    }

    pub(super) fn keep_edge(&mut self, edge: Edge) {
        for (from, to) in [(edge.a, edge.b), (edge.b, edge.a)] {
            if let Some(list) = self.edges.get_mut(from as usize)
                && !list.iter().any(|(other, _)| *other == to)
            {
                list.push((to, edge.weight));
            }
        }
    }

    /// Pairs that people joined and whose records are here.
    fn joined(&self) -> Vec<(Slot, Slot)> {
        self.decisions
            .verdicts
            .iter()
            .filter(|(_, same)| **same)
            .filter_map(|((a, b), _)| self.slots.get(a).copied().zip(self.slots.get(b).copied()))
            .collect()
    }

    pub(super) fn joined_in(&self, edges: &[Edge]) -> Vec<(Slot, Slot)> {
        if self.decisions.same.is_empty() {
            return Vec::new();
        }
        let mut out: Vec<(Slot, Slot)> = Vec::new();
        for edge in edges {
            if self.verdict(edge.a, edge.b) == Some(true) {
                let (a, b) = if self.uid_of(edge.a) <= self.uid_of(edge.b) {
                    (edge.a, edge.b)
                } else {
                    (edge.b, edge.a)
                };
                out.push((a, b));
            }
        }
        out.sort_unstable_by_key(|(a, b)| (self.uid_of(*a), self.uid_of(*b)));
        out.dedup();
        out
    }

    /// Gives ids to a whole partition; records in no cluster are alone.
    fn rename(&mut self, clusters: &[Vec<Slot>]) -> Vec<ClusterChange> {
        let mut grouped = vec![false; self.records.len()];
        let mut groups: Vec<Vec<Uid>> = Vec::with_capacity(clusters.len());
        for members in clusters {
            let mut uids: Vec<Uid> = members.iter().map(|slot| self.uid_of(*slot)).collect();
            uids.sort_unstable();
            groups.push(uids);
            for slot in members {
                if let Some(place) = grouped.get_mut(*slot as usize) {
                    *place = true;
                }
            }
        }
        groups.extend(
            self.records
                .iter()
                .zip(&grouped)
                .filter(|(_, grouped)| !**grouped)
                .filter_map(|(record, _)| Some(vec![record.as_ref()?.uid])),
        );
        groups.sort_unstable();
        self.identities.regroup(&groups, &[])
    }

    /// What people said, by pattern.
    pub(super) fn labels(&self) -> Labels {
        let mut labels = Labels::default();
        for ((a, b), same) in &self.decisions.verdicts {
            if let Some((a, b)) = self.slots.get(a).copied().zip(self.slots.get(b).copied())
                && let Some(comparison) = self.compare(a, b)
            {
                let (class, pattern) = self.pattern(a, b, &comparison);
                labels.add(class, pattern, *same);
            }
        }
        labels
    }
}
