//! Clusters by average link under constraints.
//!
//! The two clusters whose pairs weigh most on average join first; all pairs count, also those that
//! were no candidates. Two clusters never join that hold a forbidden pair, two records of a source
//! that holds each thing once, or too many members. What comes out depends on the records alone.

use crate::hash::Table;
use crate::index::Slot;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// What clustering asks about records.
pub trait Pairs {
    /// Weight of a pair in hundredths of a bit; nothing when the two must not join.
    fn weight(&self, a: Slot, b: Slot) -> Option<i32>;
    /// A number of the record that does not depend on the order of arrival.
    fn order(&self, slot: Slot) -> u64;
    /// The source when it holds each thing once.
    fn once(&self, slot: Slot) -> Option<u16>;
}

/// Bounds of clustering, weights in hundredths of a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Least average weight.
    pub threshold: i32,
    /// Least weight that a pair counts for.
    pub floor: i32,
    /// Greatest weight that a pair counts for.
    pub ceiling: i32,
    /// Most members.
    pub largest: usize,
}

/// A weighted pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// One record.
    pub a: Slot,
    /// The other.
    pub b: Slot,
    /// Hundredths of a bit.
    pub weight: i32,
}

/// The record that stands for a group, with the way to it shortened.
fn root(parents: &mut [Slot], mut slot: Slot) -> Slot {
    loop {
        let Some(parent) = parents.get(slot as usize).copied() else { return slot };
        if parent == slot {
            return slot;
        }
        let above = parents.get(parent as usize).copied().unwrap_or(parent);
        if let Some(place) = parents.get_mut(slot as usize) {
            *place = above;
        }
        slot = above;
    }
}

/// The records of each group that the edges hold together, in an order of their own.
pub fn components(edges: &[Edge], records: usize) -> Vec<Vec<Edge>> {
    let mut parents: Vec<Slot> = (0..records as Slot).collect();
    for edge in edges {
        let (a, b) = (root(&mut parents, edge.a), root(&mut parents, edge.b));
        if let Some(place) = parents.get_mut(a.max(b) as usize) {
            *place = a.min(b);
        }
    }
    let mut numbers: Table<Slot, usize> = Table::default();
    let mut out: Vec<Vec<Edge>> = Vec::new();
    for edge in edges {
        let root = root(&mut parents, edge.a);
        let number = *numbers.entry(root).or_insert_with(|| {
            out.push(Vec::new());
            out.len() - 1
        });
        if let Some(list) = out.get_mut(number) {
            list.push(*edge);
        }
    }
    out
}

#[derive(Debug, Clone, Copy)]
struct Link {
    /// Sum of the weights of all pairs; nothing when the two must not join.
    sum: Option<i64>,
}

struct Group {
    members: Vec<Slot>,
    sources: Vec<u16>,
    order: u64,
    links: BTreeMap<u32, Link>,
}

/// Clusters the records of one component; only clusters of two and more are returned. `joined`
/// pairs join first, whatever their weight.
pub fn cluster(
    edges: &[Edge],
    joined: &[(Slot, Slot)],
    pairs: &impl Pairs,
    limits: Limits,
) -> Vec<Vec<Slot>> {
    if let ([edge], []) = (edges, joined) {
        let twice =
            matches!((pairs.once(edge.a), pairs.once(edge.b)), (Some(x), Some(y)) if x == y);
        return if edge.weight >= limits.threshold && !twice {
            vec![vec![edge.a, edge.b]]
        } else {
            Vec::new()
        };
    }
    let mut work = Work { groups: Vec::new(), heap: BinaryHeap::new(), pairs, limits };
    let mut numbers: Table<Slot, u32> = Table::default();
    let mut slots: Vec<Slot> = edges
        .iter()
        .flat_map(|edge| [edge.a, edge.b])
        .chain(joined.iter().flat_map(|(a, b)| [*a, *b]))
        .collect();
    slots.sort_unstable_by_key(|slot| pairs.order(*slot));
    slots.dedup();
    for slot in slots {
        numbers.insert(slot, work.groups.len() as u32);
        work.groups.push(Some(Group {
            members: vec![slot],
            sources: pairs.once(slot).into_iter().collect(),
            order: pairs.order(slot),
            links: BTreeMap::new(),
        }));
    }
    for edge in edges {
        if let (Some(a), Some(b)) = (numbers.get(&edge.a), numbers.get(&edge.b)) {
            work.link(
                *a,
                *b,
                Link { sum: Some(i64::from(edge.weight.clamp(limits.floor, limits.ceiling))) },
            );
        }
    }
    work.force(joined, &mut numbers);
    work.run();
    work.groups
        .into_iter()
        .flatten()
        .map(|group| group.members)
        .filter(|members| members.len() > 1)
        .collect()
}

type Ranked = (i64, Reverse<u64>, Reverse<u64>, u32, u32);

struct Work<'a, P> {
    groups: Vec<Option<Group>>,
    heap: BinaryHeap<Ranked>,
    pairs: &'a P,
    limits: Limits,
}

impl<P: Pairs> Work<'_, P> {
    fn group(&self, number: u32) -> Option<&Group> {
        self.groups.get(number as usize).and_then(Option::as_ref)
    }

    fn link(&mut self, a: u32, b: u32, link: Link) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(Some(group)) = self.groups.get_mut(from as usize) {
                group.links.insert(to, link);
            }
        }
        let (Some(x), Some(y), Some(sum)) = (self.group(a), self.group(b), link.sum) else {
            return;
        };
        if x.sources.iter().any(|source| y.sources.contains(source))
            || x.members.len() + y.members.len() > self.limits.largest
        {
            return;
        }
        let average = sum * 1000 / (x.members.len() * y.members.len()) as i64;
        if average >= i64::from(self.limits.threshold) * 1000 {
            let (low, high) = (x.order.min(y.order), x.order.max(y.order));
            self.heap.push((average, Reverse(low), Reverse(high), a, b));
        }
    }

    /// Sum of the weights of all pairs of two groups.
    fn sum(&self, a: &[Slot], b: &[Slot]) -> Option<i64> {
        let mut sum = 0;
        for x in a {
            for y in b {
                sum += i64::from(
                    self.pairs.weight(*x, *y)?.clamp(self.limits.floor, self.limits.ceiling),
                );
            }
        }
        Some(sum)
    }

    fn force(&mut self, joined: &[(Slot, Slot)], numbers: &mut Table<Slot, u32>) {
        for (x, y) in joined {
            if let (Some(a), Some(b)) = (numbers.get(x).copied(), numbers.get(y).copied())
                && a != b
            {
                let members: Vec<Slot> = [a, b]
                    .iter()
                    .filter_map(|number| self.group(*number))
                    .flat_map(|group| group.members.clone())
                    .collect();
                let number = self.merge(a, b);
                for slot in members {
                    numbers.insert(slot, number);
                }
            }
        }
    }

    fn run(&mut self) {
        while let Some((_, _, _, a, b)) = self.heap.pop() {
            if self.group(a).is_some() && self.group(b).is_some() {
                self.merge(a, b);
            }
        }
    }

    fn merge(&mut self, a: u32, b: u32) -> u32 {
        let (Some(x), Some(y)) = (
            self.groups.get_mut(a as usize).and_then(Option::take),
            self.groups.get_mut(b as usize).and_then(Option::take),
        ) else {
            return a;
        };
        let number = self.groups.len() as u32;
        let mut links: BTreeMap<u32, (Option<Link>, Option<Link>)> = BTreeMap::new();
        for (to, link) in &x.links {
            links.entry(*to).or_default().0 = Some(*link);
        }
        for (to, link) in &y.links {
            links.entry(*to).or_default().1 = Some(*link);
        }
        let mut members = x.members.clone();
        members.extend(&y.members);
        let mut sources = x.sources.clone();
        sources.extend(&y.sources);
        self.groups.push(Some(Group {
            members,
            sources: sources.clone(),
            order: x.order.min(y.order),
            links: BTreeMap::new(),
        }));
        for (to, (left, right)) in links {
            let Some(other) = self.group(to) else { continue };
            // Two of one source, for good: what does not join is not weighed.
            let sum = if other.sources.iter().any(|source| sources.contains(source)) {
                None
            } else {
                let part = |link: Option<Link>, members: &[Slot]| match link {
                    Some(link) => link.sum,
                    None => self.sum(members, &other.members),
                };
                part(left, &x.members)
                    .zip(part(right, &y.members))
                    .map(|(left, right)| left + right)
            };
            if let Some(Some(group)) = self.groups.get_mut(to as usize) {
                group.links.remove(&a);
                group.links.remove(&b);
            }
            self.link(number, to, Link { sum });
        }
        number
    }
}
