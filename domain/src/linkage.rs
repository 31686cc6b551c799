//! Record linkage, pure part: which records describe the same thing, from what is certain.
//!
//! Two records of different sources that share a certain key join, unless something forbids it:
//! a key that one source gives to two of its records tells nothing, kinds that cannot be the same
//! thing stay apart, a cluster holds at most one record of each source, and a person's decision
//! goes before every key. The result depends on the records alone, never on their order: the pairs
//! are taken strongest first, and ties go to the records seen first.

mod group;
pub mod naming;

use crate::record::Kind;
use group::{Groups, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// One live record, as far as linkage looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Key of the record; smaller keys were seen first.
    pub record_id: i64,
    /// Source that gave it.
    pub source: String,
    /// What it describes.
    pub kind: Kind,
    /// Its certain keys.
    pub certain_keys: Vec<String>,
}

/// What a person decided about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The same thing, also when one source gave both.
    Link,
    /// Not the same thing, whatever the keys say.
    NonLink,
}

impl Verdict {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::NonLink => "non_link",
        }
    }

    /// The verdict of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Link, Self::NonLink].into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// A decision on a pair of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Review {
    /// One record.
    pub record_a: i64,
    /// The other.
    pub record_b: i64,
    /// The decision.
    pub verdict: Verdict,
}

/// A key that joins nothing because one source gives it to several records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AmbiguousKey {
    /// The key.
    pub key: String,
    /// The records that have it, of all sources, seen first first.
    pub records: Vec<i64>,
}

/// A pair that a key or a person wanted to join and that stayed apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The older record.
    pub record_a: i64,
    /// The younger record.
    pub record_b: i64,
    /// The key, or `review`.
    pub wanted_by: String,
    /// `kind`, `source` (the cluster already has a record of that source) or `non_link`.
    pub refused_by: &'static str,
}

/// What linkage found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Linkage {
    /// Every record once: clusters by their oldest member, members by age.
    pub clusters: Vec<Vec<i64>>,
    /// Keys that joined nothing, by key.
    pub ambiguous: Vec<AmbiguousKey>,
    /// Pairs that stayed apart against a key or a `Link`.
    pub conflicts: Vec<Conflict>,
}

/// Strength of a key: an identifier that producers use in public beats a reciprocal reference,
/// which beats a number that is only unique inside one institution.
fn strength(key: &str) -> u8 {
    match key.strip_prefix("same:").and_then(|rest| rest.split(':').next()) {
        Some("ref" | "uri" | "ark") => 3,
        Some("jocpal") => 2,
        _ => 1,
    }
}

/// Groups `records`. `crowded` are keys that more records have than were given here: they are
/// taken for ambiguous.
///
/// A record that comes twice counts once. Reviews that name an absent record are without effect.
pub fn link(records: &[Candidate], reviews: &[Review], crowded: &BTreeSet<String>) -> Linkage {
    let records: BTreeMap<i64, &Candidate> = records.iter().map(|r| (r.record_id, r)).collect();
    let reviews: BTreeSet<(Verdict, i64, i64)> = reviews
        .iter()
        .map(|r| (r.verdict, r.record_a.min(r.record_b), r.record_a.max(r.record_b)))
        .filter(|(_, a, b)| a != b && records.contains_key(a) && records.contains_key(b))
        .collect();

    let mut groups = Groups::new(records.values().copied());
    for (verdict, a, b) in &reviews {
        if *verdict == Verdict::NonLink {
            groups.forbid(*a, *b);
        }
    }
    let mut linkage = Linkage::default();
    for (verdict, a, b) in &reviews {
        if *verdict == Verdict::Link
            && let Err(refusal) = groups.join(*a, *b, true)
        {
            linkage.conflicts.push(conflict(*a, *b, "review", refusal));
        }
    }

    let mut holders: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for record in records.values() {
        for key in &record.certain_keys {
            holders.entry(key).or_default().insert(record.record_id);
        }
    }
    let mut pairs: Vec<(std::cmp::Reverse<u8>, i64, i64, &str)> = Vec::new();
    for (key, holders) in &holders {
        if crowded.contains(*key) || groups.one_source_gives_it_twice(holders) {
            linkage.ambiguous.push(AmbiguousKey {
                key: (*key).to_owned(),
                records: holders.iter().copied().collect(),
            });
            continue;
        }
        for a in holders {
            for b in holders.range(a + 1..) {
                pairs.push((std::cmp::Reverse(strength(key)), *a, *b, key));
            }
        }
    }
    pairs.sort_unstable();
    for (_, a, b, key) in pairs {
        if let Err(refusal) = groups.join(a, b, false) {
            linkage.conflicts.push(conflict(a, b, key, refusal));
        }
    }
    linkage.conflicts.sort();
    linkage.conflicts.dedup();
    linkage.clusters = groups.into_clusters();
    linkage
}

fn conflict(record_a: i64, record_b: i64, wanted_by: &str, refusal: Refusal) -> Conflict {
    Conflict { record_a, record_b, wanted_by: wanted_by.to_owned(), refused_by: refusal.as_str() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(record_id: i64, source: &str, kind: Kind, keys: &[&str]) -> Candidate {
        let certain_keys = keys.iter().map(|k| (*k).to_owned()).collect();
        Candidate { record_id, source: source.to_owned(), kind, certain_keys }
    }

    fn object(record_id: i64, source: &str, keys: &[&str]) -> Candidate {
        record(record_id, source, Kind::MuseumObject, keys)
    }

    fn review(record_a: i64, record_b: i64, verdict: Verdict) -> Review {
        Review { record_a, record_b, verdict }
    }

    fn clusters(records: &[Candidate], reviews: &[Review]) -> Vec<Vec<i64>> {
        link(records, reviews, &BTreeSet::new()).clusters
    }

    #[test]
    fn records_of_two_sources_join_by_a_shared_key_and_by_nothing_else() {
        let records = [
            object(1, "joconde", &["same:ref:1"]),
            object(2, "partner", &["same:ref:1"]),
            object(3, "partner", &["same:ref:3"]),
        ];
        assert_eq!(clusters(&records, &[]), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn a_key_that_one_source_gives_twice_joins_nothing_and_is_reported() {
        let records = [
            object(1, "joconde", &["same:inv:M1:7"]),
            object(2, "joconde", &["same:inv:M1:7"]),
            object(3, "partner", &["same:inv:M1:7"]),
        ];
        let linkage = link(&records, &[], &BTreeSet::new());
        assert_eq!(linkage.clusters, [vec![1], vec![2], vec![3]]);
        assert_eq!(
            linkage.ambiguous,
            [AmbiguousKey { key: "same:inv:M1:7".to_owned(), records: vec![1, 2, 3] }]
        );
    }

    #[test]
    fn a_key_is_clear_again_once_a_person_says_that_both_records_of_the_source_are_one() {
        let records = [
            object(1, "joconde", &["same:inv:M1:7"]),
            object(2, "joconde", &["same:inv:M1:7"]),
            object(3, "partner", &["same:inv:M1:7"]),
        ];
        assert_eq!(clusters(&records, &[review(2, 1, Verdict::Link)]), [vec![1, 2, 3]]);
    }

    #[test]
    fn a_photograph_never_joins_its_monument() {
        let records = [
            record(1, "merimee", Kind::Monument, &["same:ref:PA1"]),
            record(2, "memoire", Kind::Photograph, &["same:ref:PA1"]),
        ];
        let linkage = link(&records, &[], &BTreeSet::new());
        assert_eq!(linkage.clusters, [vec![1], vec![2]]);
        assert_eq!(linkage.conflicts.first().map(|c| c.refused_by), Some("kind"));
        assert_eq!(clusters(&records, &[review(1, 2, Verdict::Link)]), [vec![1], vec![2]]);
    }

    #[test]
    fn a_chain_does_not_bring_two_records_of_one_source_together() {
        let records = [
            object(1, "joconde", &["same:inv:a"]),
            object(2, "partner", &["same:inv:a", "same:ref:b"]),
            object(3, "joconde", &["same:ref:b"]),
        ];
        // The public reference is stronger than the inventory number.
        assert_eq!(clusters(&records, &[]), [vec![1], vec![2, 3]]);
    }

    #[test]
    fn a_person_goes_before_the_keys() {
        let records =
            [object(1, "joconde", &["same:ref:1"]), object(2, "partner", &["same:ref:1"])];
        assert_eq!(clusters(&records, &[review(2, 1, Verdict::NonLink)]), [vec![1], vec![2]]);
        let strangers = [object(1, "joconde", &[]), object(2, "joconde", &[])];
        assert_eq!(clusters(&strangers, &[review(1, 2, Verdict::Link)]), [vec![1, 2]]);
    }

    #[test]
    fn a_veto_holds_for_whole_clusters() {
        let records = [
            object(1, "a", &["same:ref:1"]),
            object(2, "b", &["same:ref:1", "same:ref:2"]),
            object(3, "c", &["same:ref:2"]),
        ];
        assert_eq!(clusters(&records, &[review(1, 3, Verdict::NonLink)]), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn a_crowded_key_joins_nothing() {
        let records = [object(1, "a", &["same:ref:1"]), object(2, "b", &["same:ref:1"])];
        let crowded = BTreeSet::from(["same:ref:1".to_owned()]);
        assert_eq!(link(&records, &[], &crowded).clusters, [vec![1], vec![2]]);
    }

    fn worlds() -> impl Strategy<Value = (Vec<Candidate>, Vec<Review>)> {
        let kinds = prop::sample::select(vec![
            Kind::MuseumObject,
            Kind::MovableObject,
            Kind::Photograph,
            Kind::Other,
        ]);
        let keys = prop::collection::vec(
            prop::sample::select(vec![
                "same:ref:1",
                "same:ref:2",
                "same:inv:3",
                "same:jocpal:4",
                "x",
            ]),
            0..4,
        );
        let records = prop::collection::vec(("[a-d]", kinds, keys), 0..12).prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(i, (source, kind, keys))| record(i as i64 + 1, &source, kind, &keys))
                .collect::<Vec<_>>()
        });
        let verdict = prop::sample::select(vec![Verdict::Link, Verdict::NonLink]);
        let reviews = prop::collection::vec((1_i64..13, 1_i64..13, verdict), 0..4)
            .prop_map(|rows| rows.into_iter().map(|(a, b, v)| review(a, b, v)).collect());
        (records, reviews)
    }

    proptest! {
        #[test]
        fn the_order_of_records_and_reviews_changes_nothing(
            (records, reviews) in worlds(),
            seed in any::<prop::sample::Index>(),
        ) {
            let straight = link(&records, &reviews, &BTreeSet::new());
            let (mut other, mut decisions) = (records.clone(), reviews.clone());
            other.reverse();
            decisions.reverse();
            if !other.is_empty() {
                let by = seed.index(other.len());
                other.rotate_left(by);
            }
            prop_assert_eq!(straight, link(&other, &decisions, &BTreeSet::new()));
        }

        #[test]
        fn clusters_are_a_partition_that_keeps_the_rules((records, reviews) in worlds()) {
            let linkage = link(&records, &reviews, &BTreeSet::new());
            let mut seen: Vec<i64> = linkage.clusters.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, records.iter().map(|r| r.record_id).collect::<Vec<_>>());
            let by_id: BTreeMap<i64, &Candidate> = records.iter().map(|r| (r.record_id, r)).collect();
            let linked = reviews.iter().any(|r| r.verdict == Verdict::Link);
            for cluster in &linkage.clusters {
                for a in cluster {
                    for b in cluster.iter().filter(|b| *b > a) {
                        let (x, y) = (by_id[a], by_id[b]);
                        prop_assert!(x.kind.may_be_same(y.kind));
                        prop_assert!(linked || x.source != y.source);
                        let apart = reviews.iter().any(|r| r.verdict == Verdict::NonLink
                            && (r.record_a.min(r.record_b), r.record_a.max(r.record_b)) == (*a, *b));
                        prop_assert!(!apart);
                    }
                }
            }
        }
    }
}
