//! What people are shown: why a pair weighs what it weighs, and which pairs are worth a look.

use super::Engine;
use crate::compare::Veto;
use crate::hash::Table;
use crate::identity::Uid;
use crate::level::Group;
use std::collections::BTreeMap;

/// Two records and the weight between them, in hundredths of a bit.
type Asked = (Uid, Uid, i32);

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Group of evidence.
    pub group: &'static str,
    /// How alike the two are in it.
    pub level: &'static str,
    /// Weight in bits; above 0 speaks for one thing.
    pub weight: f64,
}

/// Why a pair is joined or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Weight before anything is compared, in bits.
    pub start: f64,
    /// The groups.
    pub reasons: Vec<Reason>,
    /// Sum, in bits.
    pub weight: f64,
    /// What forbids to join them.
    pub veto: Option<Veto>,
    /// What a person decided.
    pub decided: Option<bool>,
    /// Whether one source, which holds each thing once, gave both.
    pub one_source: bool,
    /// Whether the two are in one cluster.
    pub together: bool,
    /// The verdict in words.
    pub verdict: &'static str,
}

/// A pair to be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// One record.
    pub a: Uid,
    /// The other.
    pub b: Uid,
    /// Weight in bits.
    pub weight: f64,
    /// Whether the two are in one cluster now.
    pub together: bool,
}

impl Engine {
    /// Why two records are joined or not; nothing when one is not here.
    pub fn explain(&self, a: Uid, b: Uid) -> Option<Explanation> {
        let (x, y) = self.slots.get(&a).copied().zip(self.slots.get(&b).copied())?;
        let comparison = self.compare(x, y)?;
        let weights = self.model.weights(self.class(x, y))?;
        let mut reasons = Vec::new();
        for ((group, level), row) in
            Group::ALL.into_iter().zip(comparison.vector).zip(&weights.levels)
        {
            if level > 0 {
                reasons.push(Reason {
                    group: group.name(),
                    level: group.levels().get(usize::from(level)).copied().unwrap_or(""),
                    weight: f64::from(row.get(usize::from(level)).copied().unwrap_or(0)) / 100.0,
                });
            }
        }
        let weight = f64::from(self.model.weigh(self.class(x, y), &comparison.vector)?) / 100.0;
        let decided = self.verdict(x, y);
        let one_source = matches!((crate::cluster::Pairs::once(self, x), crate::cluster::Pairs::once(self, y)), (Some(x), Some(y)) if x == y);
        let together = self.identities.cluster_of(a) == self.identities.cluster_of(b);
        let clusters = self.settings.clusters;
        let verdict = match (decided, comparison.veto) {
            (Some(true), _) => "a person decided that they are the same",
            (Some(false), _) => "a person decided that they are not the same",
            (None, Some(Veto::Kind)) => "things of different kinds are never joined",
            (None, Some(Veto::Series)) => "members of a series: related, not the same",
            (None, Some(Veto::Identifier)) => "their numbers of one scheme differ: not the same",
            (None, None) if one_source => "their source holds each thing once",
            (None, None) if together => "the same, by the weight of the evidence",
            (None, None) if weight >= clusters.threshold => {
                "alike, but the others of their clusters are not"
            }
            (None, None) if weight >= clusters.review_from => "doubtful: for a person to look at",
            (None, None) => "not the same, by the weight of the evidence",
        };
        Some(Explanation {
            start: f64::from(weights.start) / 100.0,
            reasons,
            weight,
            veto: comparison.veto,
            decided,
            one_source,
            together,
            verdict,
        })
    }

    /// The pairs whose answers teach most: near the threshold, of patterns that many pairs have,
    /// each pattern in turn. Decided pairs are left out.
    pub fn questions(&self, count: usize) -> Vec<Question> {
        let limits = self.limits();
        let from = super::hundredths(self.settings.clusters.review_from);
        let to = 2 * limits.threshold - from;
        let mut patterns: BTreeMap<(crate::model::Class, u64), Vec<Asked>> = BTreeMap::new();
        for (slot, edges) in self.edges.iter().enumerate() {
            let slot = slot as u32;
            let own = self.uid_of(slot);
            for (other, weight) in edges {
                let theirs = self.uid_of(*other);
                if own < theirs
                    && (from..=to).contains(weight)
                    && self.verdict(slot, *other).is_none()
                    && let Some(comparison) = self.compare(slot, *other)
                {
                    patterns
                        .entry(self.pattern(slot, *other, &comparison))
                        .or_default()
                        .push((own, theirs, *weight));
                }
            }
        }
        // How unsure times how many, then one of each in turn with falling value.
        let mut queue: Vec<(i64, Uid, Uid, i32)> = Vec::new();
        for pairs in patterns.values_mut() {
            pairs.sort_unstable();
            let size = pairs.len() as i64;
            for (turn, (a, b, weight)) in pairs.iter().enumerate() {
                let distance = i64::from((weight - limits.threshold).abs());
                let turn = turn as i64 + 1;
                queue.push((-(size * 100_000 / (turn * turn * (200 + distance))), *a, *b, *weight));
            }
        }
        queue.sort_unstable();
        queue
            .into_iter()
            .take(count)
            .map(|(_, a, b, weight)| Question {
                a,
                b,
                weight: f64::from(weight) / 100.0,
                together: self.identities.cluster_of(a) == self.identities.cluster_of(b),
            })
            .collect()
    }

    /// Keeps decisions without clustering; a full run takes them in.
    pub fn note(&mut self, decisions: impl IntoIterator<Item = (Uid, Uid, bool)>) {
        for (a, b, same) in decisions {
            self.decisions.verdicts.insert(super::couple(a, b), same);
        }
        let mut by: Table<Uid, Vec<Uid>> = Table::default();
        for ((a, b), same) in &self.decisions.verdicts {
            if *same {
                by.entry(*a).or_default().push(*b);
                by.entry(*b).or_default().push(*a);
            }
        }
        self.decisions.same = by;
    }
}
