//! What a schedule says of a drop folder (`[drop]`).

use serde::{Deserialize, Serialize};

/// The table `[drop]` of a schedule of kind `drop`. The folder is the schedule's `location`: a path
/// or `s3://BUCKET/PREFIX`, with one `*` pattern as last part, or all files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DropOptions {
    /// A file is whole when it has not changed for so many seconds. An object of S3 always is.
    pub settle_s: u64,
    /// A file is whole when another of its name and this ending is beside it (`.done`). Absent:
    /// see [`DropOptions::settle_s`].
    pub marker: Option<String>,
    /// In which order files are taken.
    pub order: Order,
    /// What becomes of a file that was taken.
    pub after: After,
    /// Each file is everything that the source has: what is not in it is deleted, brake permitting.
    pub complete: bool,
    /// Of S3: the server, when it is not Amazon's.
    pub endpoint: Option<String>,
    /// Of S3: the region.
    pub region: Option<String>,
}

/// Order of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// By name.
    #[default]
    Name,
    /// By time of change, then by name.
    Time,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// It goes into the folder `done` below.
    #[default]
    Move,
    /// It stays, and is remembered.
    Leave,
}

impl Default for DropOptions {
    fn default() -> Self {
        Self {
            settle_s: 10,
            marker: None,
            order: Order::Name,
            after: After::Move,
            complete: false,
            endpoint: None,
            region: None,
        }
    }
}
