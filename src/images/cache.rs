//! A cache bounded by weight, the least recently used goes first.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Least-recently-used cache with a budget of weight (bytes).
#[derive(Debug)]
pub struct Cache<K, V> {
    entries: HashMap<K, Entry<V>>,
    order: BTreeMap<u64, K>,
    clock: u64,
    weight: u64,
    budget: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    weight: u64,
    used: u64,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// An empty cache.
    pub fn new(budget: u64) -> Self {
        Self { entries: HashMap::new(), order: BTreeMap::new(), clock: 0, weight: 0, budget }
    }

    /// The value of a key, which becomes the most recently used.
    pub fn get(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.get_mut(key)?;
        self.clock += 1;
        self.order.remove(&entry.used);
        self.order.insert(self.clock, key.clone());
        entry.used = self.clock;
        Some(entry.value.clone())
    }

    /// Puts a value; what is heavier than the whole budget is not kept. What had to go for it is
    /// returned.
    pub fn put(&mut self, key: K, value: V, weight: u64) -> Vec<K> {
        let mut gone = Vec::new();
        self.remove(&key);
        if weight > self.budget {
            return gone;
        }
        while self.weight + weight > self.budget {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = oldest.clone();
            self.remove(&oldest);
            gone.push(oldest);
        }
        self.clock += 1;
        self.order.insert(self.clock, key.clone());
        self.weight += weight;
        self.entries.insert(key, Entry { value, weight, used: self.clock });
        gone
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
            self.weight -= entry.weight;
        }
    }

    /// Sum of the weights.
    pub fn weight(&self) -> u64 {
        self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut cache = Cache::new(10);
        cache.put("a", 1, 4);
        cache.put("b", 2, 4);
        assert_eq!(cache.get(&"a"), Some(1));
        assert_eq!(cache.put("c", 3, 4), ["b"]);
        assert_eq!((cache.get(&"a"), cache.get(&"b"), cache.get(&"c")), (Some(1), None, Some(3)));
    }

    #[test]
    fn what_is_heavier_than_the_budget_is_not_kept_and_drives_nothing_out() {
        let mut cache = Cache::new(10);
        cache.put("a", 1, 4);
        cache.put("b", 2, 11);
        assert_eq!((cache.get(&"a"), cache.get(&"b"), cache.weight()), (Some(1), None, 4));
    }

    proptest! {
        #[test]
        fn the_weight_is_kept_below_the_budget(puts in proptest::collection::vec((0u8..20, 0u64..40), 0..200)) {
            let mut cache = Cache::new(100);
            for (key, weight) in puts {
                cache.put(key, (), weight);
                prop_assert!(cache.weight() <= 100);
                prop_assert_eq!(cache.order.len(), cache.entries.len());
                prop_assert_eq!(cache.entries.values().map(|e| e.weight).sum::<u64>(), cache.weight());
            }
        }
    }
}
