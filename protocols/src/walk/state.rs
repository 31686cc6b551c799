//! What a walk remembers.

use crate::oai_pmh::client::guard::Guards;
use crate::oai_pmh::client::{Completion, Gap, Spent};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};

/// Version of the form of the checkpoint.
pub(super) const VERSION: u32 = 1;

/// Something to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Request {
    /// Its address.
    pub url: String,
    /// The record that it holds, under this identifier; none: a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When that record was changed, as the list says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datestamp: Option<String>,
    /// The record is said to be deleted: nothing is asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// How many records of the list lie before it, or the number of the page.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at: u64,
    /// What the protocol wants to remember.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

impl Request {
    /// A list.
    pub fn list(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// A record.
    pub fn record(url: impl Into<String>, id: impl Into<String>) -> Self {
        Self { url: url.into(), id: Some(id.into()), ..Self::default() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(truth: &bool) -> bool {
    !*truth
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A list that the walk is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Frame {
    /// The list.
    pub request: Request,
    /// Where it goes on.
    pub next: Option<Request>,
    /// What is left of its entries; none after the walk was resumed.
    #[serde(skip)]
    pub left: Option<VecDeque<Request>>,
    /// Whether the store was asked which of them it has.
    #[serde(skip)]
    pub checked: bool,
}

/// The checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub version: u32,
    /// Fingerprint of what is asked for.
    pub target: String,
    /// The lists that the walk is in, the outermost first.
    pub stack: Vec<Frame>,
    /// The next list of a chain.
    pub pending: Option<Request>,
    /// Fingerprints of the lists that were read, where they are told by their addresses.
    pub visited: BTreeSet<String>,
    pub guards: Guards,
    pub spent: Spent,
    pub pages: u64,
    pub received: u64,
    pub deleted: u64,
    pub quarantined: u64,
    pub declared: Option<u64>,
    pub watermark: Option<String>,
    /// Everything was listed, as far as it is known.
    pub whole: bool,
    pub gaps: Vec<Gap>,
    pub gap_count: u64,
    pub notes: Vec<String>,
    /// Answers in a row that gave nothing.
    pub barren: u32,
    /// Lists in a row that held nothing.
    pub empty: u32,
    /// Answers to the present request that could not be read.
    pub bad: u32,
    pub idle_runs: u32,
    pub completion: Option<Completion>,
}

impl State {
    pub fn new(target: String, first: Request) -> Self {
        Self {
            version: VERSION,
            target,
            stack: Vec::new(),
            pending: Some(first),
            visited: BTreeSet::new(),
            guards: Guards::default(),
            spent: Spent::default(),
            pages: 0,
            received: 0,
            deleted: 0,
            quarantined: 0,
            declared: None,
            watermark: None,
            whole: true,
            gaps: Vec::new(),
            gap_count: 0,
            notes: Vec::new(),
            barren: 0,
            empty: 0,
            bad: 0,
            idle_runs: 0,
            completion: None,
        }
    }
}

/// 16 hexadecimal digits that stand for a text.
pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
