//! Jobs: what runs in the background. The scheduler only enqueues, workers do the work, and
//! everything that they know is in the database (invariant 10).

pub mod due;
pub mod queue;
pub mod scheduler;
pub mod worker;

pub use queue::Task;
pub use scheduler::Scheduler;
pub use worker::{JobHandler, Outcome, Worker};

use std::sync::Arc;

/// Where workers and the scheduler read the time: seconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock of the machine.
pub fn system_clock() -> Clock {
    Arc::new(crate::clock::now)
}
