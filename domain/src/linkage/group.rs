//! Groups that grow by joins, each join checked against everything that forbids it.

use super::Candidate;
use crate::record::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Why a join did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Kind,
    Source,
    NonLink,
}

impl Refusal {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Source => "source",
            Self::NonLink => "non_link",
        }
    }
}

#[derive(Debug, Default)]
struct Group<'a> {
    members: Vec<i64>,
    sources: BTreeSet<&'a str>,
    kinds: BTreeSet<Kind>,
    /// Records that may not come in.
    forbidden: BTreeSet<i64>,
}

/// A partition of the records. A group is named after its oldest member.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    group_of: BTreeMap<i64, i64>,
    by_name: BTreeMap<i64, Group<'a>>,
    source_of: BTreeMap<i64, &'a str>,
}

impl<'a> Groups<'a> {
    /// Every record alone.
    pub(super) fn new(records: impl Iterator<Item = &'a Candidate>) -> Self {
        let mut groups = Self {
            group_of: BTreeMap::new(),
            by_name: BTreeMap::new(),
            source_of: BTreeMap::new(),
        };
        for record in records {
            let id = record.record_id;
            groups.group_of.insert(id, id);
            groups.source_of.insert(id, &record.source);
            groups.by_name.insert(
                id,
                Group {
                    members: vec![id],
                    sources: BTreeSet::from([record.source.as_str()]),
                    kinds: BTreeSet::from([record.kind]),
                    forbidden: BTreeSet::new(),
                },
            );
        }
        groups
    }

    /// Two records that may never be in one group.
    pub(super) fn forbid(&mut self, a: i64, b: i64) {
        for (one, other) in [(a, b), (b, a)] {
            if let Some(group) = self.group_of.get(&one).and_then(|id| self.by_name.get_mut(id)) {
                group.forbidden.insert(other);
            }
        }
    }

    /// Whether one source gives a key to two records that are not known to be the same.
    pub(super) fn one_source_gives_it_twice(&self, holders: &BTreeSet<i64>) -> bool {
        let mut group_of_source: BTreeMap<&str, i64> = BTreeMap::new();
        holders.iter().any(|holder| {
            let (Some(source), Some(group)) =
                (self.source_of.get(holder), self.group_of.get(holder))
            else {
                return false;
            };
            group_of_source.insert(source, *group).is_some_and(|earlier| earlier != *group)
        })
    }

    /// Joins the groups of two records. `by_hand`: also when both hold a record of one source.
    pub(super) fn join(&mut self, a: i64, b: i64, by_hand: bool) -> Result<(), Refusal> {
        let (Some(&x), Some(&y)) = (self.group_of.get(&a), self.group_of.get(&b)) else {
            return Ok(());
        };
        if x == y {
            return Ok(());
        }
        let (older, younger) = (x.min(y), x.max(y));
        let (Some(old), Some(young)) = (self.by_name.get(&older), self.by_name.get(&younger))
        else {
            return Ok(());
        };
        if young.members.iter().any(|member| old.forbidden.contains(member)) {
            return Err(Refusal::NonLink);
        }
        if !old.kinds.iter().all(|k| young.kinds.iter().all(|other| k.may_be_same(*other))) {
            return Err(Refusal::Kind);
        }
        if !by_hand && !old.sources.is_disjoint(&young.sources) {
            return Err(Refusal::Source);
        }
        if let Some(young) = self.by_name.remove(&younger) {
            for member in &young.members {
                self.group_of.insert(*member, older);
            }
            if let Some(old) = self.by_name.get_mut(&older) {
                old.members.extend(young.members);
                old.sources.extend(young.sources);
                old.kinds.extend(young.kinds);
                old.forbidden.extend(young.forbidden);
            }
        }
        Ok(())
    }

    /// The groups by their oldest member, members by age.
    pub(super) fn into_clusters(self) -> Vec<Vec<i64>> {
        self.by_name
            .into_values()
            .map(|mut group| {
                group.members.sort_unstable();
                group.members
            })
            .collect()
    }
}
