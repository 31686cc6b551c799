//! How a harvest ended, and what is known of its completeness.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a harvest ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// Every record that was there all the time was received.
    Complete,
    /// It stopped early, and why. What came is good; nothing may be deleted by absence.
    Partial(Reason),
    /// It could not begin, and why.
    Failed(Reason),
}

/// Why a harvest is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Kind.
    pub code: ReasonCode,
    /// For people.
    pub text: String,
}

impl Reason {
    pub(super) fn new(code: ReasonCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.text)
    }
}

/// Kinds of [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// A bound of the run was reached; the next run goes on.
    Budget,
    /// The server cannot be reached; the next run goes on.
    Transport,
    /// The server asks to come back later; the next run goes on then.
    Later,
    /// The server answers what is no page, whatever is asked; the next run goes on.
    Answers,
    /// The server refuses (401, 403).
    Refused,
    /// There is no repository at the address (404, 410).
    Gone,
    /// An error of the protocol that nothing heals.
    Protocol,
    /// The set is not one of the repository.
    UnknownSet,
    /// Windows or records that could not be read; see [`Verdict::gaps`].
    Gaps,
    /// The server says that there is much more than it gives.
    Size,
    /// The source had records and has none any more.
    Empty,
    /// More would be deleted than the brake allows.
    Brake,
}

impl ReasonCode {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Transport => "transport",
            Self::Later => "later",
            Self::Answers => "answers",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::Protocol => "protocol",
            Self::UnknownSet => "unknown_set",
            Self::Gaps => "gaps",
            Self::Size => "size",
            Self::Empty => "empty",
            Self::Brake => "brake",
        }
    }

    /// Whether the next run goes on where this one stopped.
    pub fn is_resumable(self) -> bool {
        matches!(self, Self::Budget | Self::Transport | Self::Later | Self::Answers)
    }
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// A list: first and last datestamp as they were asked for, and why it cannot be read to its
    /// end.
    Window {
        /// `from`.
        from: Option<String>,
        /// `until`.
        until: Option<String>,
        /// Why.
        reason: String,
    },
    /// A record that is listed and cannot be had.
    Record {
        /// OAI identifier.
        identifier: String,
        /// Why.
        reason: String,
    },
}

impl Gap {
    /// Why it could not be read.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Window { reason, .. } | Self::Record { reason, .. } => reason,
        }
    }
}

/// What is known of the completeness of a harvest: of all runs that it took.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// `complete`, `partial` or `failed`.
    pub status: String,
    /// [`ReasonCode::as_str`] when it is not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Requests answered in this run.
    pub requests: u64,
    /// Pages stored.
    pub pages: u64,
    /// Records received, broken and repeated ones included.
    pub received: u64,
    /// Different identifiers received, when they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
    /// Size of the lists as the server says it; none when it never does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<u64>,
    /// Tombstones received.
    pub deleted: u64,
    /// Records that could not be read.
    pub quarantined: u64,
    /// Deletions that the brake holds back.
    #[serde(skip_serializing_if = "is_zero")]
    pub held: u64,
    /// Whether everything was asked for, not only what changed.
    pub whole: bool,
    /// Whether every identifier of the repository was seen, so that what is absent is deleted.
    pub absence_checked: bool,
    /// What could not be read; at most [`MAX_NOTES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// How many there were.
    pub gap_count: u64,
    /// What had to be healed, and what was odd; at most [`MAX_NOTES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Gaps and notes that are kept.
pub const MAX_NOTES: usize = 50;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
