//! What may be shown of an image, remembered for a moment, so that a tile costs no query.
//!
//! A decision is used for [`FRESH`] at most, and not at all once this process has committed
//! anything since it was read: a change of rights made here holds for the next request, one made
//! by another process within a second.

use super::ServedImage;
use super::form::OpenForm;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long a decision is used without looking again.
pub const FRESH: Duration = Duration::from_secs(1);
/// After this long it is read again beside the requests, so that none of them waits.
const SOON: Duration = Duration::from_millis(500);
/// Decisions that are remembered.
const MOST: usize = 16_384;
/// Longest identifier that is remembered, in bytes: strangers choose them.
const LONGEST: usize = 128;

/// An image with its rights, and its serving file where that is open.
#[derive(Debug)]
pub struct Known {
    /// The image; `None` when there is none that may be shown.
    pub image: Option<Arc<ServedImage>>,
    /// Its serving file, when there is one already.
    pub form: Option<Arc<OpenForm>>,
    commits: u64,
    read: Instant,
    renewing: AtomicBool,
}

impl Known {
    /// A decision read now, when `commits` transactions had been committed **before** the reading.
    pub fn new(
        image: Option<Arc<ServedImage>>,
        form: Option<Arc<OpenForm>>,
        commits: u64,
        read: Instant,
    ) -> Self {
        Self { image, form, commits, read, renewing: AtomicBool::new(false) }
    }
}

/// The decisions in force.
#[derive(Debug, Default)]
pub struct Access {
    known: RwLock<HashMap<String, Arc<Known>>>,
}

impl Access {
    /// What is known of an image and still holds; and whether the caller should read it again.
    pub fn get(&self, id: &str, commits: u64) -> Option<(Arc<Known>, bool)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()?;
        let age = known.read.elapsed();
        if known.commits != commits || age >= FRESH {
            return None;
        }
        let renew = age >= SOON && !known.renewing.swap(true, Ordering::Relaxed);
        Some((known, renew))
    }

    /// Remembers a decision.
    pub fn put(&self, id: &str, known: Arc<Known>) {
        if id.len() > LONGEST {
            return;
        }
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, known| known.read.elapsed() < FRESH);
            if all.len() >= MOST {
                all.clear();
            }
        }
        all.insert(id.to_owned(), known);
    }

    /// Forgets a decision.
    pub fn forget(&self, id: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(commits: u64, read: Instant) -> Arc<Known> {
        Arc::new(Known::new(None, None, commits, read))
    }

    #[test]
    fn a_decision_holds_for_a_second_and_until_the_next_commit() {
        let access = Access::default();
        access.put("a", nothing(7, Instant::now()));
        assert!(access.get("a", 7).is_some());
        assert!(access.get("a", 8).is_none(), "something was committed");
        assert!(access.get("b", 7).is_none());
        let earlier = Instant::now().checked_sub(FRESH).unwrap();
        access.put("a", nothing(7, earlier));
        assert!(access.get("a", 7).is_none(), "too old");
    }

    #[test]
    fn one_of_those_who_ask_is_told_to_read_again() {
        let access = Access::default();
        access.put("a", nothing(0, Instant::now().checked_sub(SOON).unwrap()));
        assert!(access.get("a", 0).is_some_and(|(_, renew)| renew));
        assert!(access.get("a", 0).is_some_and(|(_, renew)| !renew));
    }

    #[test]
    fn the_number_of_decisions_is_bounded() {
        let access = Access::default();
        let now = Instant::now();
        for n in 0..=MOST {
            access.put(&n.to_string(), nothing(0, now));
        }
        assert!(access.known.read().unwrap().len() <= MOST);
    }
}
