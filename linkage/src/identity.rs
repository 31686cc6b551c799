//! Ids of clusters that outlive every change.
//!
//! Each record brings an id of its own when it is first seen. A cluster goes by the id that most
//! of its members went by before, of several the oldest: so the oldest member names a new cluster,
//! and a merge or a split renames as few records as can be. An id that lost its cluster says where
//! it went; when a record leaves a cluster, its own id comes back. No id ever names two clusters.

use crate::hash::Table;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The id of a cluster; a smaller one is older.
pub type ClusterId = u64;
/// A record, by the hash of its opaque id.
pub type Uid = u64;

/// What became of an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It names a cluster.
    Lives,
    /// Its members went to these clusters: one after a merge, several after a split.
    Moved(Vec<ClusterId>),
    /// Its last member was deleted.
    Gone,
}

/// One cluster that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterChange {
    /// Its id.
    pub id: ClusterId,
    /// Members before, sorted; none when the id is new or came back.
    pub before: Vec<Uid>,
    /// Members after, sorted; none when the id lost its cluster.
    pub after: Vec<Uid>,
}

/// All ids ever given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identities {
    next: ClusterId,
    /// The id that each record brought.
    own: Table<Uid, ClusterId>,
    /// The cluster of each live record.
    of: Table<Uid, ClusterId>,
    members: Table<ClusterId, Vec<Uid>>,
    fates: Table<ClusterId, Fate>,
}

impl Identities {
    /// The cluster of a record.
    pub fn cluster_of(&self, record: Uid) -> Option<ClusterId> {
        self.of.get(&record).copied()
    }

    /// The members of a cluster, sorted; none when there is no such cluster.
    pub fn members(&self, id: ClusterId) -> &[Uid] {
        self.members.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What became of an id; nothing when it was never given.
    pub fn fate(&self, id: ClusterId) -> Option<Fate> {
        if id >= self.next {
            return None;
        }
        if self.members.contains_key(&id) {
            return Some(Fate::Lives);
        }
        Some(self.fates.get(&id).cloned().unwrap_or(Fate::Gone))
    }

    /// What an id answers: as [`Self::fate`], with every redirection followed to clusters that live;
    /// gone when all it led to is gone.
    pub fn answer(&self, id: ClusterId) -> Option<Fate> {
        let mut open = vec![id];
        let mut seen = BTreeSet::new();
        let mut lives = BTreeSet::new();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                match self.fate(next)? {
                    Fate::Lives if next == id => return Some(Fate::Lives),
                    Fate::Lives => {
                        lives.insert(next);
                    }
                    Fate::Moved(to) => open.extend(to),
                    Fate::Gone => {}
                }
            }
        }
        Some(if lives.is_empty() { Fate::Gone } else { Fate::Moved(lives.into_iter().collect()) })
    }

    /// Ids given so far: all below this.
    pub fn given(&self) -> ClusterId {
        self.next
    }

    /// Live clusters with their members.
    pub fn clusters(&self) -> impl Iterator<Item = (ClusterId, &[Uid])> {
        self.members.iter().map(|(id, members)| (*id, members.as_slice()))
    }

    fn fresh(&mut self) -> ClusterId {
        let id = self.next;
        self.next += 1;
        id
    }

    /// A record that is there: it keeps what it had, or gets its own id back, or a new one.
    pub fn arrive(&mut self, record: Uid) {
        if self.of.contains_key(&record) {
            return;
        }
        let own = self.own.get(&record).copied().filter(|id| !self.members.contains_key(id));
        let id = if let Some(id) = own {
            id
        } else {
            let id = self.fresh();
            self.own.entry(record).or_insert(id);
            id
        };
        self.fates.remove(&id);
        self.of.insert(record, id);
        self.members.insert(id, vec![record]);
    }

    /// Regroups records: `groups` hold every record of the clusters they touch that is still
    /// there, and `left` those that are not. Returns what changed, by id.
    pub fn regroup(&mut self, groups: &[Vec<Uid>], left: &[Uid]) -> Vec<ClusterChange> {
        // What each group and each id were to each other.
        let mut claims: Vec<(std::cmp::Reverse<usize>, ClusterId, Uid, usize)> = Vec::new();
        let mut touched: BTreeSet<ClusterId> =
            left.iter().filter_map(|record| self.cluster_of(*record)).collect();
        for (number, group) in groups.iter().enumerate() {
            let mut shares: BTreeMap<ClusterId, usize> = BTreeMap::new();
            for record in group {
                if let Some(id) = self.cluster_of(*record) {
                    *shares.entry(id).or_default() += 1;
                }
            }
            let least = group.iter().copied().min().unwrap_or(0);
            for (id, share) in shares {
                touched.insert(id);
                claims.push((std::cmp::Reverse(share), id, least, number));
            }
        }
        claims.sort_unstable();
        let before: BTreeMap<ClusterId, Vec<Uid>> =
            touched.iter().map(|id| (*id, self.members(*id).to_vec())).collect();
        let mut names: Vec<Option<ClusterId>> = vec![None; groups.len()];
        let mut used: BTreeSet<ClusterId> = BTreeSet::new();
        for (_, id, _, number) in claims {
            if let Some(name @ None) = names.get_mut(number)
                && used.insert(id)
            {
                *name = Some(id);
            }
        }
        for id in &touched {
            self.members.remove(id);
        }
        for record in left {
            self.of.remove(record);
        }
        // Groups without a name: the oldest id that a member brought and nobody goes by.
        for (group, name) in groups.iter().zip(&mut names) {
            if name.is_none() {
                let mut own: Vec<ClusterId> = group
                    .iter()
                    .filter_map(|record| self.own.get(record).copied())
                    .filter(|id| !used.contains(id) && !self.members.contains_key(id))
                    .collect();
                own.sort_unstable();
                let id = own.first().copied().unwrap_or_else(|| self.fresh());
                used.insert(id);
                *name = Some(id);
            }
        }
        let mut changes = Vec::new();
        for (group, name) in groups.iter().zip(&names) {
            let Some(id) = *name else { continue };
            let mut after = group.clone();
            after.sort_unstable();
            for record in &after {
                self.of.insert(*record, id);
            }
            let was = before.get(&id).cloned().unwrap_or_default();
            if was != after {
                changes.push(ClusterChange { id, before: was, after: after.clone() });
            }
            self.fates.remove(&id);
            self.members.insert(id, after);
        }
        for (id, was) in before {
            if !used.contains(&id) {
                let mut heirs: Vec<ClusterId> =
                    was.iter().filter_map(|record| self.cluster_of(*record)).collect();
                heirs.sort_unstable();
                heirs.dedup();
                self.fates
                    .insert(id, if heirs.is_empty() { Fate::Gone } else { Fate::Moved(heirs) });
                changes.push(ClusterChange { id, before: was, after: Vec::new() });
            }
        }
        changes.sort_unstable_by_key(|change| change.id);
        changes
    }
}
