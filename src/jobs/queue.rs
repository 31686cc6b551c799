//! What a job is, and what follows from it.

use crate::store::job::NewJob;
use serde::{Deserialize, Serialize};

/// Attempts before a job is given up. The next schedule or harvest makes a new one.
pub const MOST_ATTEMPTS: i64 = 8;

/// Something to do in the background.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Run the harvest of a source, or go on with the run that is open.
    Harvest {
        /// Source id.
        source: String,
    },
    /// Look at an import, or apply it.
    Import {
        /// Source id.
        source: String,
        /// Key of the import.
        import: i64,
    },
    /// Take in the images that records name.
    Images,
    /// Drain the stale records into clusters and merged records.
    Reconcile,
    /// Drain the stale clusters into the publication log.
    Publish,
    /// Let the search index follow the publication log.
    Index,
}

impl Task {
    /// The column `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Harvest { .. } => "harvest",
            Self::Import { .. } => "import",
            Self::Images => "images",
            Self::Reconcile => "reconcile",
            Self::Publish => "publish",
            Self::Index => "index",
        }
    }

    /// Tasks of one key run one after the other, and only one waits.
    pub fn dedupe_key(&self) -> String {
        match self {
            Self::Harvest { source } => format!("harvest:{source}"),
            Self::Import { import, .. } => format!("import:{import}"),
            other => other.kind().to_owned(),
        }
    }

    /// What the end of this task makes necessary. A task that is enqueued while one of its kind
    /// runs waits and runs again: what came in after the first looked is not forgotten.
    pub fn followers(&self) -> &'static [Task] {
        match self {
            Self::Harvest { .. } | Self::Import { .. } => &[Self::Images, Self::Reconcile],
            Self::Images => &[Self::Reconcile],
            Self::Reconcile => &[Self::Publish],
            Self::Publish => &[Self::Index],
            Self::Index => &[],
        }
    }

    /// The job that does it, due at a second since the epoch.
    pub fn job(&self, run_at: i64) -> NewJob {
        NewJob {
            kind: self.kind().to_owned(),
            // A tagged enum of strings always has a JSON form.
            payload: serde_json::to_string(self).unwrap_or_default(),
            dedupe_key: Some(self.dedupe_key()),
            run_at,
        }
    }

    /// Reads the payload of a job.
    ///
    /// # Errors
    /// When another version of the program wrote a task that this one does not know.
    pub fn of_payload(payload: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(payload)
    }
}

/// Seconds to wait after an attempt that failed (from 1): 30 s, doubled each time, one hour at
/// most; `None` when that was the last.
pub fn back_off(attempts: i64) -> Option<i64> {
    if attempts >= MOST_ATTEMPTS {
        return None;
    }
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(7);
    Some((30_i64 << doublings).min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_survives_the_queue() {
        for task in [
            Task::Harvest { source: "joconde".to_owned() },
            Task::Import { source: "joconde".to_owned(), import: 7 },
            Task::Images,
            Task::Reconcile,
            Task::Publish,
            Task::Index,
        ] {
            assert_eq!(Task::of_payload(&task.job(0).payload).unwrap(), task);
        }
    }

    #[test]
    fn a_harvest_ends_in_the_index() {
        let mut reached = vec![Task::Harvest { source: "a".to_owned() }];
        let mut next = 0;
        while let Some(task) = reached.get(next).cloned() {
            reached.extend(task.followers().iter().cloned());
            next += 1;
            assert!(next < 20, "the tasks go in a circle");
        }
        assert_eq!(reached.last(), Some(&Task::Index));
        assert!(reached.contains(&Task::Publish) && reached.contains(&Task::Images));
    }

    #[test]
    fn waits_double_up_to_an_hour_and_end() {
        let waits: Vec<_> = (1..=MOST_ATTEMPTS).map(back_off).collect();
        let seconds = [30, 60, 120, 240, 480, 960, 1920];
        let mut expected: Vec<_> = seconds.into_iter().map(Some).collect();
        expected.push(None);
        assert_eq!(waits, expected);
    }
}
