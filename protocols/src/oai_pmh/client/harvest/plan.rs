//! What to harvest, and how much of it at most.

use serde::{Deserialize, Serialize};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// What to harvest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarvestPlan {
    /// Base URL of the repository.
    pub base_url: String,
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// setSpec.
    pub set: Option<String>,
    /// For an incremental harvest: the responseDate of the first answer of the last complete one,
    /// as the server wrote it. The window begins one granule (and [`Self::overlap_s`]) earlier.
    pub harvested_until: Option<String>,
    /// Seconds that an incremental harvest reaches back further, for servers that show changes
    /// late.
    pub overlap_s: i64,
    /// Now, seconds since the epoch: a server whose clock is ahead is not believed further.
    pub now: i64,
    /// How the harvest is cut into lists.
    pub window: Unit,
    /// When the identifiers of the whole repository are compared with what is known, so that what
    /// is absent can be deleted.
    pub absence: AbsenceCheck,
    /// Seconds since the last such comparison that was complete.
    pub since_absence_check_s: Option<i64>,
    /// How often an answer that is no whole page is asked for.
    pub attempts: u32,
    /// Bounds of one run.
    pub limits: Limits,
}

impl Default for HarvestPlan {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            metadata_prefix: "oai_dc".to_owned(),
            set: None,
            harvested_until: None,
            overlap_s: 0,
            now: 253_402_300_799,
            window: Unit::None,
            absence: AbsenceCheck::Never,
            since_absence_check_s: None,
            attempts: 3,
            limits: Limits::default(),
        }
    }
}

/// Length of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// One list; it is cut only when it cannot be read to its end.
    #[default]
    None,
    /// A list a calendar year.
    Year,
    /// A list a calendar month.
    Month,
    /// A list a day.
    Day,
}

/// When an incremental harvest looks for records that are absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AbsenceCheck {
    /// Never.
    #[default]
    Never,
    /// When so many seconds have passed since the last time.
    Every(i64),
    /// As Identify says: `persistent` never, `transient` every 30 days, else every 7 days.
    ByDeletedRecord,
}

impl AbsenceCheck {
    /// Whether it is time.
    pub(super) fn is_due(self, deleted_record: Option<&str>, since: Option<i64>) -> bool {
        let every = match self {
            Self::Never => return false,
            Self::Every(seconds) => seconds,
            Self::ByDeletedRecord => match deleted_record {
                Some("persistent") => return false,
                Some("transient") => 30 * DAY,
                _ => 7 * DAY,
            },
        };
        since.is_none_or(|since| since >= every)
    }
}

/// Bounds of one run. Past one the run ends as partial and the next one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests that were answered.
    pub requests: u64,
    /// Pages.
    pub pages: u64,
    /// Records.
    pub records: u64,
    /// Bytes of answers, uncompressed.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 5_000_000, pages: 5_000_000, records: 500_000_000, bytes: 4 << 40 }
    }
}

/// What a run has used of its [`Limits`]; part of the checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spent {
    /// Requests that were answered.
    pub requests: u64,
    /// Pages.
    pub pages: u64,
    /// Records, broken ones included.
    pub records: u64,
    /// Bytes of answers, uncompressed.
    pub bytes: u64,
}

impl Spent {
    /// The first bound that is reached.
    pub(crate) fn over(&self, limits: &Limits) -> Option<String> {
        [
            ("requests", self.requests, limits.requests),
            ("pages", self.pages, limits.pages),
            ("records", self.records, limits.records),
            ("bytes", self.bytes, limits.bytes),
        ]
        .into_iter()
        .find(|(_, spent, limit)| spent >= limit)
        .map(|(what, _, limit)| format!("the run may take {limit} {what}"))
    }
}
