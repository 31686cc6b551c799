//! The costly lane: a rendering waits for a core and for the bytes that it will take.
//!
//! Tiles and stored sizes never come here. What comes here says beforehand how many bytes it needs;
//! the sum of those under way stays within the budget, whoever would have to wait too long is told
//! to come back (503), and what is larger than the whole budget is told so (413).

use super::ImagesError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Renderings that may wait; more are told to come back at once.
const MOST_WAITING: usize = 64;
/// Longest wait for room.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes a permit of the budget.
const GRAIN: u64 = 4096;

/// Room for costly work.
#[derive(Debug)]
pub struct Lane {
    cores: Arc<Semaphore>,
    room: Arc<Semaphore>,
    /// In grains.
    whole: u32,
    waiting: AtomicUsize,
    patience: Duration,
}

/// A place in the lane, given back when dropped.
#[derive(Debug)]
pub struct Place {
    _room: OwnedSemaphorePermit,
    _core: OwnedSemaphorePermit,
}

/// Counts one that waits for as long as it does, also when the client goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lane {
    /// A lane of so many workers and bytes.
    pub fn new(cores: usize, bytes: u64) -> Self {
        let whole = u32::try_from(bytes / GRAIN).unwrap_or(u32::MAX).clamp(1, 1 << 28);
        Self {
            cores: Arc::new(Semaphore::new(cores.max(1))),
            room: Arc::new(Semaphore::new(whole as usize)),
            whole,
            waiting: AtomicUsize::new(0),
            patience: PATIENCE,
        }
    }

    /// Bytes of the whole budget.
    pub fn budget(&self) -> u64 {
        u64::from(self.whole) * GRAIN
    }

    /// Waits for room for work that takes so many bytes. Whoever stops asking stops waiting.
    ///
    /// # Errors
    /// [`ImagesError::TooCostly`] above the whole budget, [`ImagesError::Busy`] when too many wait
    /// or the wait is too long.
    pub async fn enter(&self, bytes: u64) -> Result<Place, ImagesError> {
        let grains = u32::try_from(bytes.div_ceil(GRAIN)).unwrap_or(u32::MAX).max(1);
        if grains > self.whole {
            return Err(ImagesError::TooCostly { bytes, budget: self.budget() });
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(ImagesError::Busy);
        }
        let _waiting = Waiting(&self.waiting);
        let both = async {
            // The room first: a core is not held while others still use the bytes.
            let room = self.room.clone().acquire_many_owned(grains).await;
            let core = self.cores.clone().acquire_owned().await;
            Some(Place { _room: room.ok()?, _core: core.ok()? })
        };
        match tokio::time::timeout(self.patience, both).await {
            Ok(Some(place)) => Ok(place),
            Ok(None) => Err(ImagesError::Interrupted),
            Err(_) => Err(ImagesError::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn bytes_and_cores_are_given_out_once() {
        let lane = Lane::new(2, 10 * GRAIN);
        let first = lane.enter(6 * GRAIN).await.unwrap();
        assert!(lane.enter(5 * GRAIN).now_or_never().is_none(), "no room");
        let second = lane.enter(4 * GRAIN).await.unwrap();
        drop(first);
        let third = lane.enter(1).await.unwrap();
        assert!(lane.enter(1).now_or_never().is_none(), "no core");
        drop((second, third));
        assert!(lane.enter(10 * GRAIN).now_or_never().is_some());
        assert_eq!(lane.waiting.load(Ordering::Relaxed), 0, "who left waits no more");
    }

    #[tokio::test]
    async fn what_can_never_fit_is_told_so_and_a_crowd_to_come_back() {
        let lane = Lane::new(1, 2 * GRAIN);
        let error = lane.enter(2 * GRAIN + 1).await.unwrap_err();
        assert_eq!(error.status(), 413);
        let _held = lane.enter(1).await.unwrap();
        let mut crowd: Vec<_> = (0..MOST_WAITING).map(|_| Box::pin(lane.enter(1))).collect();
        for waits in &mut crowd {
            assert!(waits.now_or_never().is_none());
        }
        assert_eq!(lane.enter(1).await.unwrap_err().status(), 503);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let lane = Lane { patience: Duration::from_millis(5), ..Lane::new(1, GRAIN) };
        let _held = lane.enter(1).await.unwrap();
        assert!(matches!(lane.enter(1).await, Err(ImagesError::Busy)));
    }
}
