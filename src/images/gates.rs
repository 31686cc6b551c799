//! One at a time for each key: whoever asks for what is being made waits for it instead of making it
//! too.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Mutex as Gate, OwnedMutexGuard};

/// Keys above which those that nobody holds are thrown away.
const MANY: usize = 256;

/// A gate for each key that somebody works on or waits for.
#[derive(Debug)]
pub struct Gates<K> {
    gates: Mutex<HashMap<K, Weak<Gate<()>>>>,
}

impl<K> Default for Gates<K> {
    fn default() -> Self {
        Self { gates: Mutex::default() }
    }
}

impl<K: Hash + Eq + Clone> Gates<K> {
    /// Waits until nobody else is inside; the guard may be moved into the work.
    pub async fn enter(&self, key: &K) -> OwnedMutexGuard<()> {
        self.gate(key).lock_owned().await
    }

    fn gate(&self, key: &K) -> Arc<Gate<()>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(key).and_then(Weak::upgrade) {
            return gate;
        }
        if gates.len() >= MANY {
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::new(Gate::new(()));
        gates.insert(key.clone(), Arc::downgrade(&gate));
        gate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn one_is_inside_and_other_keys_are_not_held_up() {
        let gates = Gates::default();
        let inside = gates.enter(&1).await;
        assert!(gates.enter(&1).now_or_never().is_none());
        assert!(gates.enter(&2).now_or_never().is_some());
        drop(inside);
        assert!(gates.enter(&1).now_or_never().is_some());
    }

    #[tokio::test]
    async fn keys_of_the_past_are_forgotten() {
        let gates = Gates::default();
        let held = gates.enter(&0).await;
        for key in 1..10 * MANY {
            drop(gates.enter(&key).await);
        }
        assert!(gates.gates.lock().unwrap().len() <= MANY);
        assert!(gates.enter(&0).now_or_never().is_none());
        drop(held);
    }
}
