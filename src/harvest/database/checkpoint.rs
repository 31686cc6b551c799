//! Where a run over a database stands.

use super::column::Scalar;
use serde::{Deserialize, Serialize};

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// All rows, by key.
    All,
    /// Rows without watermark, by key.
    Unmarked,
    /// Rows from a watermark on, by watermark and key.
    From,
    /// The keys of all rows, so that what is absent is known.
    Keys,
    /// Nothing any more.
    End,
}

/// The checkpoint, stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// How the source is read, as a hash: another one, begin anew.
    pub reading: String,
    /// What is being read.
    pub stage: Stage,
    /// Key of the last row of the stage that is stored.
    pub key: Option<Scalar>,
    /// Watermark of that row.
    pub watermark: Option<Scalar>,
    /// Rows from this watermark on are read; none: all.
    pub from: Option<Scalar>,
    /// The largest watermark when the run began: the next one reads from there.
    pub highest: Option<Scalar>,
    /// All keys are read at the end.
    pub absence: bool,
    /// Rows read of this stage.
    pub rows: u64,
}

impl Checkpoint {
    /// The beginning of a run, before the database was asked anything.
    pub fn begin(reading: String, from: Option<Scalar>, absence: bool) -> Self {
        Self {
            reading,
            stage: if from.is_some() { Stage::Unmarked } else { Stage::All },
            key: None,
            watermark: None,
            from,
            highest: None,
            absence,
            rows: 0,
        }
    }

    /// The beginning of what comes after this stage.
    #[must_use]
    pub fn next(&self) -> Self {
        let stage = match self.stage {
            Stage::Unmarked => Stage::From,
            Stage::From if self.absence => Stage::Keys,
            Stage::All | Stage::From | Stage::Keys | Stage::End => Stage::End,
        };
        Self { stage, key: None, watermark: None, rows: 0, ..self.clone() }
    }

    /// Whether the run sees every record of the source.
    pub fn sees_all(&self) -> bool {
        self.from.is_none() || self.absence
    }
}
