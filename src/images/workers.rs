//! The threads that make renderings: as many as cores, of a lower priority than those that answer,
//! so that a tile that lies ready never waits for a rendering.

use super::ImagesError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// How much less renderings count than answers when both want a core (`nice`).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// The threads, started when the first work comes.
#[derive(Debug)]
pub struct Workers {
    count: usize,
    queue: OnceLock<Sender<Job>>,
}

impl Workers {
    /// So many threads.
    pub fn new(count: usize) -> Self {
        Self { count: count.max(1), queue: OnceLock::new() }
    }

    /// Does the work on one of the threads. A panic in it is one failed request.
    ///
    /// # Errors
    /// What the work says; [`ImagesError::Interrupted`] when it did not come to its end.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ImagesError> + Send + 'static,
    ) -> Result<T, ImagesError> {
        let (done, outcome) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Nobody may wait any more.
            let _nobody = done.send(work());
        });
        let queue = self.queue.get_or_init(|| start(self.count));
        queue.send(job).map_err(|_| ImagesError::Interrupted)?;
        outcome.await.map_err(|_| ImagesError::Interrupted)?
    }
}

fn start(count: usize) -> Sender<Job> {
    let (queue, jobs) = channel();
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 0..count {
        let jobs = jobs.clone();
        let name = format!("render-{number}");
        if let Err(error) = std::thread::Builder::new().name(name).spawn(move || work_on(&jobs)) {
            tracing::error!(%error, "no thread for renderings");
        }
    }
    queue
}

fn work_on(jobs: &Mutex<Receiver<Job>>) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "renderings have the priority of answers");
    }
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a rendering panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_one_request_and_no_thread() {
        let workers = Workers::new(1);
        for _ in 0..3 {
            let failed = workers.run::<()>(|| panic!("a decoder")).await;
            assert!(matches!(failed, Err(ImagesError::Interrupted)));
        }
        assert_eq!(workers.run(|| Ok(7)).await.unwrap(), 7);
    }
}
