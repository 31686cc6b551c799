//! Names of clusters (invariant 5): a cluster is named after its oldest member, so that joining,
//! leaving and coming back always lead to the same names, whatever happened in between.

use std::collections::{BTreeMap, BTreeSet};

/// A record of a region under reconciliation, as it stood before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Key; smaller keys were seen first.
    pub record_id: i64,
    /// The source deleted it.
    pub deleted: bool,
    /// Cluster that it was in.
    pub cluster_id: Option<i64>,
}

/// A cluster as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// Record after which it is named: its oldest member, deleted or not.
    pub named_after: i64,
    /// All members, deleted ones included, by age.
    pub members: Vec<i64>,
}

/// Puts the deleted records of a region beside the `groups` of live ones and names every cluster.
///
/// A deleted record says nothing any more but keeps its place: it goes with the oldest live record
/// that it shared its cluster with, so that the object keeps its name as long as one member lives.
/// When none lives, the deleted records of a cluster stay together.
pub fn name_clusters(groups: &[Vec<i64>], region: &[Standing]) -> Vec<Naming> {
    let standing: BTreeMap<i64, &Standing> = region.iter().map(|s| (s.record_id, s)).collect();
    let mut clusters: Vec<BTreeSet<i64>> =
        groups.iter().filter(|g| !g.is_empty()).map(|g| g.iter().copied().collect()).collect();
    let group_of: BTreeMap<i64, usize> = clusters
        .iter()
        .enumerate()
        .flat_map(|(i, group)| group.iter().map(move |record| (*record, i)).collect::<Vec<_>>())
        .collect();
    let mut place_of: BTreeMap<i64, usize> = BTreeMap::new();
    for (record, group) in &group_of {
        if let Some(old) = standing.get(record).and_then(|s| s.cluster_id) {
            // Records come oldest first: the first one of an old cluster decides.
            place_of.entry(old).or_insert(*group);
        }
    }
    for gone in standing.values().filter(|s| s.deleted && !group_of.contains_key(&s.record_id)) {
        let place = gone.cluster_id.and_then(|old| place_of.get(&old).copied());
        let place = place.unwrap_or_else(|| {
            clusters.push(BTreeSet::new());
            clusters.len() - 1
        });
        if let Some(old) = gone.cluster_id {
            place_of.insert(old, place);
        }
        if let Some(cluster) = clusters.get_mut(place) {
            cluster.insert(gone.record_id);
        }
    }
    let mut named: Vec<Naming> = clusters
        .into_iter()
        .filter_map(|members| {
            let named_after = *members.first()?;
            Some(Naming { named_after, members: members.into_iter().collect() })
        })
        .collect();
    named.sort_by_key(|naming| naming.named_after);
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(record_id: i64, deleted: bool, cluster_id: Option<i64>) -> Standing {
        Standing { record_id, deleted, cluster_id }
    }

    fn names(groups: &[Vec<i64>], region: &[Standing]) -> Vec<(i64, Vec<i64>)> {
        name_clusters(groups, region).into_iter().map(|n| (n.named_after, n.members)).collect()
    }

    #[test]
    fn a_cluster_is_named_after_its_oldest_member() {
        let region =
            [standing(1, false, None), standing(2, false, Some(9)), standing(3, false, None)];
        assert_eq!(names(&[vec![1, 2], vec![3]], &region), [(1, vec![1, 2]), (3, vec![3])]);
    }

    #[test]
    fn a_deleted_member_keeps_the_name_of_its_cluster_while_another_lives() {
        let region = [standing(1, true, Some(9)), standing(2, false, Some(9))];
        assert_eq!(names(&[vec![2]], &region), [(1, vec![1, 2])]);
    }

    #[test]
    fn when_the_living_part_ways_the_deleted_goes_with_the_oldest() {
        let region =
            [standing(1, true, Some(9)), standing(2, false, Some(9)), standing(3, false, Some(9))];
        assert_eq!(names(&[vec![2], vec![3]], &region), [(1, vec![1, 2]), (3, vec![3])]);
    }

    #[test]
    fn deleted_records_of_one_cluster_stay_together() {
        let region =
            [standing(1, true, Some(9)), standing(2, true, Some(9)), standing(5, true, None)];
        assert_eq!(names(&[], &region), [(1, vec![1, 2]), (5, vec![5])]);
    }
}
